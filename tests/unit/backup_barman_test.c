/* SPDX-License-Identifier: Apache-2.0 */
/* What barman prints, in good and bad states. */

#include "collectors/backup_evidence.h"
#include "tests/unit/backup_formats_fixture.h"

/* Why the first backup does not count, by what is told of its archive. */
static enum backup_obstacle obstacle_of_first(const struct fixture *f)
{
    const struct backup_settings settings = {.format = ""};

    return backup_obstacle(&settings, &(struct backup_query){.now = 1795262400},
                           &f->catalog.repositories[0], &f->catalog.backups[0]);
}

#define DONE(id, end)                                                                              \
    "{'backup_id':'" id "','end_time':'Sat Nov 21 11:44:44 2026','end_time_timestamp':'" end       \
    "','retention_status':'-','size':'38.2 MiB','size_bytes':40013201,'status':'DONE',"            \
    "'tablespaces':[],'wal_size':'0 B','wal_size_bytes':0}"

#define FIRST DONE("20261121T114438", "1795261479")
#define SECOND DONE("20261121T114443", "1795261484")

static void test_barman_list(void **state)
{
    struct fixture f;
    const struct backup *backup;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_barman_read,
                     "{'_INFO':['hello'],'main':[{'backup_id':'20261121T114446','status':'FAILED'},"
                     "{'backup_id':'20261121T114450','status':'STARTED'},"
                     "{'backup_id':'x','status':'NEW ONE'}," SECOND "," FIRST "],'empty':[]}"));
    assert_int_equal(f.catalog.repository_count, 2);
    assert_string_equal(f.catalog.repositories[1].set, "empty");
    backup = backup_named(&f, "20261121T114443");
    assert_string_equal(backup->set, "main");
    assert_int_equal(backup->state, BACKUP_USABLE);
    assert_instant(backup->restores_to, 1795261484);
    assert_instant(backup->size_bytes, 40013201);
    /* Newer than the last success, whatever the zone in which the ids are. */
    backup = backup_named(&f, "20261121T114446");
    assert_int_equal(backup->state, BACKUP_FAILED);
    assert_instant(backup->started, 1795261484 + 3);
    assert_int_equal(backup_named(&f, "20261121T114450")->state, BACKUP_RUNNING);
    assert_int_equal(backup_named(&f, "x")->state, BACKUP_FAILED);
    tear_down(&f);
}

static void test_barman_states(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_barman_read,
                     "{'main':[{'backup_id':'a','end_time':'Sat Nov 21 11:43:22 2026',"
                     "'end_time_timestamp':'1795261402','status':'WAITING_FOR_WALS'},"
                     "{'backup_id':'b','end_time_timestamp':'1795261402','status':'DONE',"
                     "'retention_status':'OBSOLETE'},{'backup_id':'c','backup_type':'incremental',"
                     "'end_time_timestamp':'1795261402','status':'DONE'}]}"));
    assert_int_equal(f.catalog.repository_count, 1);
    assert_int_equal(backup_named(&f, "a")->state, BACKUP_RUNNING);
    assert_non_null(backup_named(&f, "a")->problem);
    assert_int_equal(backup_named(&f, "b")->state, BACKUP_EXPIRED);
    assert_string_equal(backup_named(&f, "c")->type, "incremental");
    tear_down(&f);
}

static void test_barman_refused(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    /* Trap B3: local time without a zone. */
    assert_refused(&f, backup_barman_read,
                   "{'main':[{'backup_id':'a','end_time':'Sat Nov 21 11:43:22 2026',"
                   "'status':'DONE'}]}",
                   ERROR_PROTOCOL, "time zone");
    assert_refused(&f, backup_barman_read, "{'_ERROR':[\"Unknown server nobody\"]}",
                   ERROR_NOT_FOUND, "barman says: Unknown server");
    assert_refused(&f, backup_barman_read, "{'_EXCEPTION':['disk full'],'main':[]}", ERROR_QUERY,
                   "disk full");
    assert_refused(&f, backup_barman_read, "main 20261121T114443 - Sat Nov 21\n", ERROR_PROTOCOL,
                   "begins with \"main 2026");
    assert_refused(&f, backup_barman_read, "WARNING: No systemid\n{'main':[]}", ERROR_PROTOCOL,
                   "begins with \"WARNING: No systemid\"");
    assert_refused(&f, backup_barman_read, "[]", ERROR_PROTOCOL, "-f json");
    assert_refused(&f, backup_barman_read, "{'main':{'status':{}}}", ERROR_PROTOCOL, "list-backup");
    tear_down(&f);
}

static void test_barman_diagnose(void **state)
{
    struct fixture f;
    const struct backup_repository *repository;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_barman_read, "{'main':[" SECOND "," FIRST "]}"));
    assert_true(feed(
        &f, backup_barman_read_archive,
        "{'global':{},'servers':{'main':{'backups':{'20261121T114438':{'backup_id':"
        "'20261121T114438','begin_time':'2026-11-21T13:44:38.5+02:00','begin_wal':"
        "'000000010000000000000003','end_wal':'000000010000000000000003','systemid':'5'},"
        "'20261121T114443':{'backup_id':'20261121T114443','begin_wal':'000000010000000000000008',"
        "'end_wal':'000000010000000000000009','systemid':7710589635367027151}},"
        "'wals':{'last_archived_wal_per_timeline':{'00000001':{'name':'00000001000000000000000A',"
        "'time':1795261564.4}}}}}}"));
    repository = &f.catalog.repositories[0];
    assert_true(repository->has_archive);
    assert_wal(repository->archive_first, "000000010000000000000003");
    assert_wal(repository->archive_last, "00000001000000000000000A");
    assert_true(repository->system_id == 7710589635367027151U);
    assert_wal(backup_named(&f, "20261121T114443")->last_wal, "000000010000000000000009");
    assert_instant(backup_named(&f, "20261121T114438")->started, 1795261478.5);
    tear_down(&f);
}

#define DIAGNOSED(wals)                                                                            \
    "{'servers':{'main':{'backups':{'20261121T114443':{'backup_id':'20261121T114443','begin_wal':" \
    "'000000010000000000000008','end_wal':'000000010000000000000009','systemid':'1'}}" wals "}}}"

/* What it needs has to be there. */
static void test_barman_archive_is_empty(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_barman_read, "{'main':[" SECOND "]}"));
    assert_true(feed(&f, backup_barman_read_archive, DIAGNOSED("")));
    assert_int_equal(obstacle_of_first(&f), BACKUP_COUNTS);
    assert_true(feed(&f, backup_barman_read_archive,
                     DIAGNOSED(",'wals':{'last_archived_wal_per_timeline':{}}")));
    assert_int_equal(obstacle_of_first(&f), BACKUP_OBSTACLE_ARCHIVE);
    assert_true(feed(&f, backup_barman_read_archive,
                     DIAGNOSED(",'wals':{'last_archived_wal_per_timeline':null}")));
    assert_int_equal(obstacle_of_first(&f), BACKUP_OBSTACLE_ARCHIVE);
    tear_down(&f);
}

/* Then nobody looked whether WAL is there. */
static void test_barman_archive_of_another_server(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_barman_read, "{'other':[],'main':[" SECOND "]}"));
    assert_true(feed(&f, backup_barman_read_archive, DIAGNOSED("")));
    f.query.set = "main";
    assert_true(feed(&f, backup_barman_read_archive, DIAGNOSED("")));
    f.query.set = "other";
    assert_refused(&f, backup_barman_read_archive, DIAGNOSED(""), ERROR_INCONSISTENT,
                   "not of the server \"other\"");
    f.query.set = "";
    assert_refused(&f, backup_barman_read_archive, "{'global':{},'servers':{}}", ERROR_INCONSISTENT,
                   "not of the server \"other\"");
    tear_down(&f);
}

#define SHOWN(files) SHOWN_TO("'000000010000000100000001'", files)
#define SHOWN_TO(last, files)                                                                      \
    "{'main':{'backup_id':'20261121T114443','system_id':'7710589635367027151','status':'DONE',"    \
    "'base_backup_information':{'begin_time_timestamp':'1795261483','begin_wal':"                  \
    "'000000010000000000000008','end_wal':'0000000100000000000000FE'},'wal_information':{"         \
    "'last_available':" last ",'no_of_files':" files ",'timelines':[]}}}"

/* From …0000FE to …0100000001 there are FF, 100000000 and 100000001. */
static void test_barman_show_backup_counts(void **state)
{
    struct fixture f;
    const struct backup_repository *repository;

    (void)state;
    set_up(&f);
    assert_true(feed(&f, backup_barman_read, "{'main':[" SECOND "]}"));
    assert_true(feed(&f, backup_barman_read_archive, SHOWN("3")));
    repository = &f.catalog.repositories[0];
    assert_null(repository->archive_problem);
    assert_wal(repository->archive_last, "000000010000000100000001");
    assert_wal(repository->runs[0].last, "000000010000000100000001");
    assert_true(repository->system_id == 7710589635367027151U);
    assert_instant(f.catalog.backups[0].started, 1795261483);
    assert_true(feed(&f, backup_barman_read_archive, SHOWN("2")));
    assert_non_null(repository->archive_problem);
    /* The archive goes on, the run does not. */
    assert_wal(repository->archive_last, "000000010000000100000001");
    assert_wal(repository->runs[0].last, "0000000100000000000000FE");
    assert_int_equal(obstacle_of_first(&f), BACKUP_COUNTS);
    assert_true(feed(&f, backup_barman_read_archive, "{'main':{'backup_id':'unknown'}}"));
    tear_down(&f);

    set_up(&f);
    assert_true(feed(&f, backup_barman_read, "{'main':[" SECOND "]}"));
    assert_true(feed(&f, backup_barman_read_archive, SHOWN("null")));
    assert_non_null(f.catalog.repositories[0].archive_problem);
    assert_false(f.catalog.repositories[0].tells_gaps);
    assert_int_equal(obstacle_of_first(&f), BACKUP_COUNTS);
    tear_down(&f);

    set_up(&f);
    assert_true(feed(&f, backup_barman_read, "{'main':[" SECOND "]}"));
    assert_true(feed(&f, backup_barman_read_archive, SHOWN_TO("null", "0")));
    assert_int_equal(obstacle_of_first(&f), BACKUP_OBSTACLE_ARCHIVE);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_barman_list),
        cmocka_unit_test(test_barman_states),
        cmocka_unit_test(test_barman_refused),
        cmocka_unit_test(test_barman_diagnose),
        cmocka_unit_test(test_barman_archive_is_empty),
        cmocka_unit_test(test_barman_archive_of_another_server),
        cmocka_unit_test(test_barman_show_backup_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
