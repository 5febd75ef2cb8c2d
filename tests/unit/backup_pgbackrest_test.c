/* SPDX-License-Identifier: Apache-2.0 */
/* What pgbackrest info prints, in good and bad states, of version 2.45 and before 2.32. */

#include <stdio.h>

#include "tests/unit/backup_formats_fixture.h"

#define DB(key, id, system)                                                                        \
    "{'id':" #id ",'repo-key':" #key ",'system-id':" #system ",'version':'15'}"
#define ARCHIVE(key, id, min, max)                                                                 \
    "{'database':{'id':" #id ",'repo-key':" #key "},'id':'15-1','max':" max ",'min':" min "}"
#define REPO(key, code, message)                                                                   \
    "{'cipher':'none','key':" #key ",'status':{'code':" #code ",'message':'" message "'}}"
#define BACKUP(key, id, label, type, error, prior, reference, wal, start, stop)                    \
    "{'archive':{'start':'00000001000000000000000" wal "','stop':'00000001000000000000000" wal     \
    "'},'backrest':{'format':5,'version':'2.45'},'database':{'id':" #id ",'repo-key':" #key        \
    "},'error':" #error ",'info':{'delta':22958654,'repository':{'delta':3491781,'size':3491781}," \
    "'size':22958654},'label':'" label "','lsn':{'start':'0/2000028','stop':'0/2000100'},"         \
    "'prior':" prior ",'reference':" reference ",'timestamp':{'start':" #start ",'stop':" #stop    \
    "},'type':'" type "'}"
#define STANZA(archive, backup, db, repo, code)                                                    \
    "[{'archive':[" archive "],'backup':[" backup "],'cipher':'none','db':[" db                    \
    "],'name':'main','repo':[" repo "],'status':{'code':" #code                                    \
    ",'lock':{'backup':{'held':false}},'message':'of the stanza'}}]"

#define FULL                                                                                       \
    BACKUP(1, 1, "20261121-114031F", "full", false, "null", "null", "2", 1795261231, 1795261234)
#define INCREMENTAL                                                                                \
    BACKUP(1, 1, "20261121-114031F_20261121-114040I", "incr", false, "'20261121-114031F'",         \
           "['20261121-114031F']", "7", 1795261240, 1795261241)
#define OF_SECOND                                                                                  \
    BACKUP(2, 1, "20261121-114034F", "full", false, "null", "null", "4", 1795261234, 1795261237)
#define ARCHIVE_1 ARCHIVE(1, 1, "'000000010000000000000001'", "'000000010000000000000008'")
#define ARCHIVE_2 ARCHIVE(2, 1, "'000000010000000000000001'", "'000000010000000000000006'")

static void test_two_repositories(void **state)
{
    struct fixture f;
    const struct backup *backup;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_pgbackrest_read,
                     STANZA(ARCHIVE_1 "," ARCHIVE_2, FULL "," INCREMENTAL "," OF_SECOND,
                            DB(1, 1, 7710588268858904986) "," DB(2, 1, 7710588268858904986),
                            REPO(1, 0, "ok") "," REPO(2, 0, "ok"), 0)));
    assert_int_equal(f.catalog.backup_count, 3);
    assert_int_equal(f.catalog.repository_count, 2);
    backup = &f.catalog.backups[1];
    assert_string_equal(backup->repository, "1");
    assert_string_equal(backup->set, "main");
    assert_string_equal(backup->type, "incremental");
    assert_string_equal(backup->name, "20261121-114031F_20261121-114040I");
    assert_int_equal(backup->state, BACKUP_USABLE);
    assert_null(backup->problem);
    assert_instant(backup->started, 1795261240);
    assert_instant(backup->completed, 1795261241);
    assert_instant(backup->restores_to, 1795261241);
    assert_instant(backup->size_bytes, 22958654);
    assert_wal(backup->first_wal, "000000010000000000000007");
    assert_string_equal(f.catalog.backups[2].repository, "2");
    assert_string_equal(f.catalog.repositories[1].repository, "2");
    assert_wal(f.catalog.repositories[0].archive_last, "000000010000000000000008");
    assert_wal(f.catalog.repositories[1].archive_last, "000000010000000000000006");
    /* To the last digit. */
    assert_true(f.catalog.repositories[0].system_id == 7710588268858904986U);
    assert_null(f.catalog.repositories[0].problem);
    tear_down(&f);
}

/* Trap B4: the off-site repository died, the other one is fine. */
static void test_one_of_two_is_lost(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_pgbackrest_read,
                     STANZA(ARCHIVE_1, FULL, DB(1, 1, 7710588268858904986),
                            REPO(1, 0, "ok") "," REPO(2, 1, "missing stanza path"), 4)));
    assert_null(f.catalog.repositories[0].problem);
    assert_string_equal(f.catalog.repositories[1].problem, "missing stanza path");
    assert_true(f.catalog.repositories[1].unreadable);
    /* Nothing is in it, as far as is told. */
    assert_true(f.catalog.repositories[1].has_archive);
    assert_false(f.catalog.repositories[1].archive_last.known);
    tear_down(&f);
    set_up(&f);
    assert_true(feed(&f, backup_pgbackrest_read,
                     STANZA(ARCHIVE_1, FULL, DB(1, 1, 7710588268858904986),
                            REPO(1, 0, "ok") "," REPO(2, 99, "[PathOpenError] denied"), 4)));
    assert_string_equal(f.catalog.repositories[1].problem, "[PathOpenError] denied");
    assert_true(f.catalog.repositories[1].unreadable);
    tear_down(&f);
}

static void test_never_a_backup(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_pgbackrest_read,
                     STANZA(ARCHIVE(1, 1, "null", "null"), "", DB(1, 1, 7710588268858904986),
                            REPO(1, 2, "no valid backups"), 2)));
    assert_int_equal(f.catalog.backup_count, 0);
    assert_int_equal(f.catalog.repository_count, 1);
    assert_null(f.catalog.repositories[0].problem);
    assert_true(f.catalog.repositories[0].has_archive);
    assert_false(f.catalog.repositories[0].archive_last.known);
    tear_down(&f);
    set_up(&f);
    assert_true(
        feed(&f, backup_pgbackrest_read, STANZA("", "", "", REPO(1, 3, "missing stanza data"), 3)));
    assert_string_equal(f.catalog.repositories[0].problem, "missing stanza data");
    assert_false(f.catalog.repositories[0].unreadable);
    tear_down(&f);
}

static void test_unusable_backups(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(
        feed(&f, backup_pgbackrest_read,
             STANZA(ARCHIVE_1,
                    FULL "," BACKUP(1, 1, "corrupt", "full", true, "null", "null", "3", 10, 20) ","
                    /* What it builds on is only in the other repository. */
                    BACKUP(1, 1, "orphan", "diff", false, "'20261121-114034F'",
                           "['20261121-114034F']", "3", 10,
                           20) "," BACKUP(1, 1, "reference", "incr", false, "'20261121-114031F'",
                                          "['20261121-114031F','expired']", "3", 10,
                                          20) "," OF_SECOND "," BACKUP(1, 0, "old", "full", false,
                                                                       "null", "null", "3", 10, 20),
                    DB(1, 0, 7) "," DB(1, 1, 7710588268858904986) "," DB(2, 1, 7710588268858904986),
                    REPO(1, 0, "ok") "," REPO(2, 0, "ok"), 0)));
    assert_int_equal(backup_named(&f, "20261121-114031F")->state, BACKUP_USABLE);
    assert_int_equal(backup_named(&f, "corrupt")->state, BACKUP_FAILED);
    assert_non_null(strstr(backup_named(&f, "corrupt")->problem, "checksums"));
    assert_int_equal(backup_named(&f, "orphan")->state, BACKUP_FAILED);
    assert_non_null(strstr(backup_named(&f, "orphan")->problem, "20261121-114034F"));
    assert_int_equal(backup_named(&f, "reference")->state, BACKUP_FAILED);
    assert_non_null(strstr(backup_named(&f, "reference")->problem, "expired"));
    assert_int_equal(backup_named(&f, "old")->state, BACKUP_EXPIRED);
    tear_down(&f);
}

static void test_databases_differ(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_pgbackrest_read,
                     STANZA(ARCHIVE_1, FULL, DB(1, 1, 7710588268858904986) "," DB(2, 1, 99),
                            REPO(1, 0, "ok") "," REPO(2, 0, "ok"), 5)));
    assert_string_equal(f.catalog.repositories[0].problem, "of the stanza");
    assert_string_equal(f.catalog.repositories[1].problem, "of the stanza");
    tear_down(&f);
}

static void test_before_repositories_had_keys(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(
        &f, backup_pgbackrest_read,
        "[{'archive':[{'database':{'id':1},'id':'11-1','max':'000000010000000000000003',"
        "'min':'000000010000000000000001'}],'backup':[{'archive':{'start':'"
        "000000010000000000000002'"
        ",'stop':'000000010000000000000002'},'backrest':{'format':5,'version':'2.20'},"
        "'database':{'id':1},'info':{'delta':1,'repository':{'delta':1,'size':1},'size':25692256},"
        "'label':'20190601-100000F','prior':null,'reference':null,"
        "'timestamp':{'start':1559383200,'stop':1559383205},'type':'full'}],"
        "'db':[{'id':1,'system-id':6569239123849665679,'version':'11'}],'name':'demo',"
        "'status':{'code':0,'message':'ok'}}]"));
    assert_int_equal(f.catalog.repository_count, 1);
    assert_string_equal(f.catalog.repositories[0].repository, "1");
    assert_true(f.catalog.repositories[0].system_id == 6569239123849665679U);
    assert_true(f.catalog.repositories[0].has_archive);
    assert_int_equal(f.catalog.backups[0].state, BACKUP_USABLE);
    assert_string_equal(f.catalog.backups[0].repository, "1");
    assert_instant(f.catalog.backups[0].restores_to, 1559383205);
    tear_down(&f);
}

static void test_what_is_none(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_refused(&f, backup_pgbackrest_read, "", ERROR_PROTOCOL, "empty");
    assert_refused(&f, backup_pgbackrest_read, "stanza: main\n    status: ok\n", ERROR_PROTOCOL,
                   "begins with \"stanza: main\"");
    assert_refused(&f, backup_pgbackrest_read, "P00   INFO: info command begin 2.45\n[]",
                   ERROR_PROTOCOL, "begins with \"P00   INFO: info command begin 2.45\"");
    assert_refused(&f, backup_pgbackrest_read, "[]\nP00   INFO: info command end\n", ERROR_PROTOCOL,
                   "goes on with \"P00   INFO: info command end\"");
    assert_refused(&f, backup_pgbackrest_read, "[{'archive':[", ERROR_PROTOCOL, "cut off");
    assert_refused(&f, backup_pgbackrest_read, "{}", ERROR_PROTOCOL, "--output=json");
    assert_refused(&f, backup_pgbackrest_read, "[{}]", ERROR_PROTOCOL, "--output=json");
    assert_refused(&f, backup_pgbackrest_read,
                   "[{'name':'a','backup':[],'repo':[{'status':{'code':0}}]}]", ERROR_PROTOCOL,
                   "no key");
    assert_true(feed(&f, backup_pgbackrest_read, "[]\n"));
    assert_int_equal(f.catalog.backup_count + f.catalog.repository_count, 0);
    tear_down(&f);
}

/* A stanza whose status is not told is not a good one. */
static void test_no_status(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_pgbackrest_read, "[{'name':'a','backup':[]}]"));
    assert_non_null(f.catalog.repositories[0].problem);
    assert_true(f.catalog.repositories[0].unreadable);
    tear_down(&f);
}

/* --- The files of an archive. --- */

#define SHA "d9dbf66dc5b946a27c577bfb48f4e7169e4251ce"
#define FILE_OF(database, name)                                                                    \
    ",'" database "/0000000100000000/" name "':{'type':'file','size':7122,'time':1795266161}"
#define SEGMENT(number) FILE_OF("15-1", "0000000100000000000000" number "-" SHA ".gz")
#define LISTED(files)                                                                              \
    ("{'.':{'type':'path'},'15-1':{'type':'path'},'archive.info':{'type':'file','size':253}" files \
     "}")

/* One full backup in segment 2, an archive from 1 to 8. */
static void set_up_archive(struct fixture *f, const char *archive)
{
    char text[3000];

    set_up(f);
    (void)snprintf(
        text, sizeof text, "%s%s%s", "[{'archive':[", archive,
        "],'backup':[" FULL "],'db':[" DB(1, 0, 7) "," DB(
            1, 1, 8) "],'name':'main',"
                     "'repo':[" REPO(1, 0, "ok") "],'status':{'code':0,'message':'ok'}}]");
    assert_true(feed(f, backup_pgbackrest_read, text));
    assert_string_equal(f->catalog.repositories[0].archive_name, "15-1");
    assert_false(f->catalog.repositories[0].tells_gaps);
}

static void assert_runs(struct fixture *f, const char *files, const char *expected)
{
    const struct backup_repository *place = &f->catalog.repositories[0];
    char text[300] = "";

    assert_true(feed(f, backup_pgbackrest_read_archive, files));
    assert_true(place->tells_gaps);
    for (size_t i = 0; i < place->run_count; i++) {
        size_t length = strlen(text);

        (void)snprintf(text + length, sizeof text - length, "%llX-%llX ",
                       (unsigned long long)place->runs[i].first.segment,
                       (unsigned long long)place->runs[i].last.segment);
    }
    assert_string_equal(text, expected);
}

static void test_what_the_archive_has(void **state)
{
    struct fixture f;

    (void)state;
    set_up_archive(&f, ARCHIVE_1);
    assert_runs(&f, LISTED(SEGMENT("01") SEGMENT("02") SEGMENT("03") SEGMENT("08")), "1-3 8-8 ");
    /* In another order, compressed in other ways, and newer ones than info told of. */
    assert_runs(&f,
                LISTED(SEGMENT("08") FILE_OF("15-1", "000000010000000000000007-" SHA)
                           FILE_OF("15-1", "000000010000000000000006-" SHA ".zst") SEGMENT("09")
                               FILE_OF("15-1", "000000010000000000000002-" SHA ".lz4")),
                "2-2 6-8 ");
    /* What is no segment: other files, half ones, those of the database before the upgrade. */
    assert_runs(&f,
                LISTED(SEGMENT("08") FILE_OF("15-1", "000000010000000000000007.00000028.backup")
                           FILE_OF("15-1", "000000010000000000000006.partial-" SHA ".gz")
                               FILE_OF("15-1", "000000010000000000000005-" SHA ".gz.pgbackrest.tmp")
                                   FILE_OF("15-0", "000000010000000000000004-" SHA ".gz")
                                       FILE_OF("15-11", "000000010000000000000003-" SHA ".gz")
                                           FILE_OF("15-1", "000000010000000000000002-" SHA "0.gz")
                                               FILE_OF("15-1", "00000001.history")),
                "8-8 ");
    /* pgBackRest refuses to choose between two of one name. */
    assert_runs(&f,
                LISTED(SEGMENT("06") SEGMENT("07") SEGMENT("08")
                           FILE_OF("15-1", "000000010000000000000007-"
                                           "0000000000000000000000000000000000000000.gz")),
                "6-6 8-8 ");
    tear_down(&f);
    /* Emptied by somebody: nothing that needs WAL can be restored. */
    set_up_archive(&f, ARCHIVE(1, 1, "null", "null"));
    assert_runs(&f, LISTED(), "");
    tear_down(&f);
    set_up_archive(&f, "");
    assert_true(f.catalog.repositories[0].has_archive);
    assert_false(f.catalog.repositories[0].archive_last.known);
    tear_down(&f);
}

static void test_a_list_of_another_archive(void **state)
{
    struct fixture f;
    struct backup_repository *place;

    (void)state;
    set_up_archive(&f, ARCHIVE_1);
    assert_refused(&f, backup_pgbackrest_read_archive, LISTED(SEGMENT("07")), ERROR_INCONSISTENT,
                   "no segment 000000010000000000000008");
    assert_refused(&f, backup_pgbackrest_read_archive, "{}", ERROR_INCONSISTENT, "no segment");
    assert_refused(&f, backup_pgbackrest_read_archive, "[]", ERROR_PROTOCOL, "repo-ls");
    assert_refused(&f, backup_pgbackrest_read_archive, "15-1\n", ERROR_PROTOCOL, "15-1");
    /* It does not say whose it is. */
    place = backup_catalog_add_repository(&f.catalog, &f.error);
    place->repository = "2";
    place->set = "main";
    assert_refused(&f, backup_pgbackrest_read_archive, LISTED(SEGMENT("08")), ERROR_INCONSISTENT,
                   "choose one");
    f.query.repository = "1";
    assert_runs(&f, LISTED(SEGMENT("08")), "8-8 ");
    f.query.set = "none";
    assert_true(feed(&f, backup_pgbackrest_read_archive, LISTED(SEGMENT("01"))));
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_repositories),
        cmocka_unit_test(test_one_of_two_is_lost),
        cmocka_unit_test(test_never_a_backup),
        cmocka_unit_test(test_unusable_backups),
        cmocka_unit_test(test_databases_differ),
        cmocka_unit_test(test_before_repositories_had_keys),
        cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_no_status),
        cmocka_unit_test(test_what_the_archive_has),
        cmocka_unit_test(test_a_list_of_another_archive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
