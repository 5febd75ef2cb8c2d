/* SPDX-License-Identifier: Apache-2.0 */
/* What WAL-G and restic print, of several versions. */

#include "tests/unit/backup_formats_fixture.h"

/* --- WAL-G. --- */

#define WAL_G(name, storage, wal, finish, lsn)                                                     \
    "{'backup_name':'" name "','time':'2026-11-21T10:05:00Z','wal_file_name':'" wal                \
    "','storage_name':'" storage                                                                   \
    "','start_time':'2026-11-21T10:00:00.123456Z','finish_time':'" finish                          \
    "','date_fmt':'%Y-%m-%dT%H:%M:%S.%fZ','hostname':'db1','data_dir':'/data',"                    \
    "'pg_version':150004,'start_lsn':33554472,'finish_lsn':" lsn ",'is_permanent':false,"          \
    "'system_identifier':7710588268858904986,'uncompressed_size':23000000,"                        \
    "'compressed_size':4000000}"

#define BASE                                                                                       \
    WAL_G("base_000000010000000000000002", "default", "000000010000000000000002",                  \
          "2026-11-21T10:03:20.5Z", "50331648")

static void test_wal_g_list(void **state)
{
    struct fixture f;
    const struct backup *backup;

    (void)state;
    set_up(&f);
    assert_true(feed(
        &f, backup_wal_g_read,
        "[" WAL_G("base_000000010000000000000005_D_000000010000000000000002", "default",
                  "000000010000000000000005", "2026-11-21T12:03:20.5Z",
                  "'0/6000001'") "," BASE
                                 "," WAL_G(
                                     "base_000000010000000000000006_D_000000010000000000000002",
                                     "far", "000000010000000000000006", "2026-11-21T12:03:20.5Z",
                                     "1") "]"));
    assert_int_equal(f.catalog.repository_count, 2);
    assert_true(f.catalog.repositories[0].system_id == 7710588268858904986U);
    backup = backup_named(&f, "base_000000010000000000000002");
    assert_int_equal(backup->state, BACKUP_USABLE);
    assert_string_equal(backup->repository, "default");
    assert_string_equal(backup->type, "full");
    assert_instant(backup->started, 1795255200.123456);
    assert_instant(backup->restores_to, 1795255400.5);
    assert_wal(backup->first_wal, "000000010000000000000002");
    /* 50331648 is 0/3000000: the last byte is in the segment before. */
    assert_wal(backup->last_wal, "000000010000000000000002");
    backup = backup_named(&f, "base_000000010000000000000005_D_000000010000000000000002");
    assert_int_equal(backup->state, BACKUP_USABLE);
    assert_string_equal(backup->type, "incremental");
    assert_wal(backup->last_wal, "000000010000000000000006");
    /* What it builds on is in another storage. */
    backup = backup_named(&f, "base_000000010000000000000006_D_000000010000000000000002");
    assert_int_equal(backup->state, BACKUP_FAILED);
    tear_down(&f);
}

static void test_wal_g_says_nothing(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_wal_g_read, "INFO: 2026/11/21 10:00:00.000000 No backups found\n"));
    assert_true(feed(&f, backup_wal_g_read, "[]"));
    assert_true(feed(&f, backup_wal_g_read, "null\n"));
    assert_int_equal(f.catalog.backup_count, 0);
    assert_refused(&f, backup_wal_g_read, "", ERROR_PROTOCOL, "empty");
    assert_refused(&f, backup_wal_g_read, "x\nNo backups found", ERROR_PROTOCOL, "begins with");
    /* Without --detail there is only when the sentinel was written. */
    assert_refused(&f, backup_wal_g_read,
                   "[{'backup_name':'base_000000010000000000000002','time':'2026-11-21T10:05:00Z',"
                   "'wal_file_name':'000000010000000000000002'}]",
                   ERROR_PROTOCOL, "--detail");
    /* As Go writes what is not known. */
    assert_refused(&f, backup_wal_g_read, "[{'finish_time':'0001-01-01T00:00:00Z'}]",
                   ERROR_PROTOCOL, "finish_time");
    tear_down(&f);
}

#define RUN(timeline, start, end, status)                                                          \
    "{'timeline_id':" #timeline ",'start_segment':'" start "','end_segment':'" end                 \
    "','segments_count':1,'status':'" status "'}"
#define VERIFIED(status, runs)                                                                     \
    "{'integrity':{'status':'" status "','details':[" runs "]},'timeline':{'status':'OK',"         \
    "'details':{'current_timeline_id':1,'highest_storage_timeline_id':1}}}"

static void test_wal_g_integrity(void **state)
{
    struct fixture f;
    const struct backup_repository *repository;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_wal_g_read, "[" BASE "]"));
    repository = &f.catalog.repositories[0];
    assert_true(feed(
        &f, backup_wal_g_read_archive,
        VERIFIED("WARNING", RUN(1, "000000010000000000000002", "000000010000000000000009",
                                "FOUND") "," RUN(1, "00000001000000000000000A",
                                                 "00000001000000000000000B", "MISSING_DELAYED"))));
    assert_true(repository->has_archive);
    assert_null(repository->archive_problem);
    assert_wal(repository->archive_first, "000000010000000000000002");
    assert_wal(repository->archive_last, "000000010000000000000009");
    assert_true(repository->tells_gaps);
    assert_int_equal(repository->run_count, 1);
    assert_true(feed(
        &f, backup_wal_g_read_archive,
        VERIFIED("FAILURE",
                 RUN(1, "000000010000000000000002", "000000010000000000000004", "FOUND") "," RUN(
                     1, "000000010000000000000005", "000000010000000000000005",
                     "MISSING_LOST") "," RUN(1, "000000010000000000000006",
                                             "000000010000000000000009", "FOUND"))));
    assert_int_equal(repository->run_count, 2);
    assert_wal(repository->runs[0].last, "000000010000000000000004");
    assert_wal(repository->runs[1].first, "000000010000000000000006");
    assert_wal(repository->archive_last, "000000010000000000000009");
    assert_non_null(strstr(repository->archive_problem, "000000010000000000000005"));
    /* A report that has found nothing. */
    assert_true(feed(&f, backup_wal_g_read_archive, VERIFIED("OK", "")));
    assert_true(repository->has_archive);
    assert_int_equal(repository->run_count, 0);
    assert_refused(&f, backup_wal_g_read_archive, "{'timeline':{}}", ERROR_PROTOCOL, "integrity");
    assert_refused(&f, backup_wal_g_read_archive, VERIFIED("OK", "{'status':'FOUND'}"),
                   ERROR_PROTOCOL, "no start");
    tear_down(&f);
}

/* As its documentation shows it. */
static void test_wal_g_two_timelines(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_wal_g_read, "[" BASE "]"));
    assert_true(feed(&f, backup_wal_g_read_archive,
                     VERIFIED("OK", RUN(3, "00000003000000030000004D", "0000000300000004000000F0",
                                        "FOUND") "," RUN(4, "0000000400000004000000F1",
                                                         "000000040000000800000034", "FOUND"))));
    assert_wal(f.catalog.repositories[0].archive_first, "00000003000000030000004D");
    assert_int_equal(f.catalog.repositories[0].run_count, 2);
    assert_wal(f.catalog.repositories[0].archive_last, "000000040000000800000034");
    tear_down(&f);
}

/* --- restic. --- */

#define SNAPSHOT(host, paths, id, time, more)                                                      \
    "{'time':'" time "','tree':'c8d0','paths':[" paths "],'hostname':'" host                       \
    "','username':'root','id':'" id "0000','short_id':'" id "'" more "}"

static void test_restic_plain_and_grouped(void **state)
{
    static const char *const shapes[] = {
        "[" SNAPSHOT("db1", "'/srv'", "a", "2026-11-21T11:42:41.086662167Z", "") "," SNAPSHOT(
            "db1", "'/srv','/etc'", "b", "2026-11-21T13:42:41+02:00", ",'tags':['x']") "]",
        "[{'group_key':{'hostname':'db1'},'snapshots':[" SNAPSHOT(
            "db1", "'/srv'", "a", "2026-11-21T11:42:41.086662167Z",
            "") "]},{'group_key':{},'snapshots':[" SNAPSHOT("db1", "'/srv','/etc'", "b",
                                                            "2026-11-21T13:42:41+02:00", "") "]}]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct fixture f;

        set_up(&f);
        assert_true(feed(&f, backup_restic_read, shapes[i]));
        assert_int_equal(f.catalog.backup_count, 2);
        assert_string_equal(backup_named(&f, "a")->set, "db1:/srv");
        assert_instant(backup_named(&f, "a")->restores_to, 1795261361.086662);
        assert_false(backup_named(&f, "a")->completed.known);
        assert_string_equal(backup_named(&f, "b")->set, "db1:/etc,/srv");
        assert_instant(backup_named(&f, "b")->restores_to, 1795261361);
        tear_down(&f);
    }
}

static void test_restic_summary(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_restic_read,
                     "[" SNAPSHOT("db1", "'/srv'", "a", "2026-11-21T11:42:41Z",
                                  ",'program_version':'restic 0.17.3','summary':{'backup_start':"
                                  "'2026-11-21T11:42:41Z','backup_end':'2026-11-21T11:43:41Z',"
                                  "'total_bytes_processed':1234}") "]"));
    assert_instant(f.catalog.backups[0].restores_to, 1795261361);
    assert_instant(f.catalog.backups[0].completed, 1795261421);
    assert_instant(f.catalog.backups[0].size_bytes, 1234);
    tear_down(&f);
}

static void test_restic_empty_and_refused(void **state)
{
    struct fixture f;
    char text[2000];

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_restic_read, "[]\n"));
    assert_true(feed(&f, backup_restic_read, "null\n"));
    assert_int_equal(f.catalog.backup_count, 0);
    assert_refused(&f, backup_restic_read, "{'message_type':'exit_error','code':12}",
                   ERROR_PROTOCOL, "no list");
    assert_refused(&f, backup_restic_read, "[{'paths':[]}]", ERROR_PROTOCOL, "no time");
    assert_refused(&f, backup_restic_read, "[{'time':'2026-11-21 11:42'}]", ERROR_PROTOCOL,
                   "no time");
    memset(text, 'x', sizeof text);
    memcpy(text, "[{'time':'2026-11-21T11:42:41Z','paths':['", 42);
    memcpy(text + sizeof text - 6, "']}]\n", 6);
    assert_true(feed(&f, backup_restic_read, text));
    assert_true(strlen(f.catalog.backups[0].set) < 200);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wal_g_list),
        cmocka_unit_test(test_wal_g_says_nothing),
        cmocka_unit_test(test_wal_g_integrity),
        cmocka_unit_test(test_wal_g_two_timelines),
        cmocka_unit_test(test_restic_plain_and_grouped),
        cmocka_unit_test(test_restic_summary),
        cmocka_unit_test(test_restic_empty_and_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
