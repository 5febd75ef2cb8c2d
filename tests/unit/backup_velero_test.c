/* SPDX-License-Identifier: Apache-2.0 */
/* Velero's objects in good and bad states: which backups can be restored, and to when. */

#include <stdio.h>

#include "collectors/backup_kubernetes.h"
#include "tests/unit/backup_formats_fixture.h"

#define NOW 1795262400.0 /* 2026-11-21T12:00:00Z */
#define LIST(items) "{'apiVersion':'v1','kind':'List','metadata':{},'items':[" items "]}"
#define OBJECT(kind, name, meta, rest)                                                             \
    "{'apiVersion':'velero.io/v1','kind':'" kind "','metadata':{'name':'" name                     \
    "','namespace':'velero'" meta "}," rest "}"
#define OF(schedule) ",'labels':{'velero.io/schedule-name':'" schedule "'}"
#define BACKUP(name, meta, status)                                                                 \
    OBJECT("Backup", name, meta, "'spec':{'storageLocation':'default'},'status':{" status "}")
#define TIMES                                                                                      \
    ",'startTimestamp':'2026-11-21T02:00:05Z','completionTimestamp':'2026-11-21T02:07:00Z'"
#define STARTED (NOW - 36000 + 5)
#define LOCATION(name, spec, status)                                                               \
    OBJECT("BackupStorageLocation", name, "", "'spec':{" spec "},'status':{" status "}")
#define AVAILABLE "'phase':'Available','lastValidationTime':'2026-11-21T11:59:30Z'"
#define DEFAULT LOCATION("default", "'default':true", AVAILABLE)
#define COMPLETED(name) BACKUP(name, OF("nightly"), "'phase':'Completed'" TIMES)

static void begin(struct fixture *f)
{
    set_up(f);
    f->query.now = NOW;
}

static void test_completed(void **state)
{
    struct fixture f;
    const struct backup *backup;

    (void)state;
    begin(&f);
    assert_true(feed(&f, backup_velero_read, LIST(COMPLETED("nightly-1") "," DEFAULT)));
    backup = backup_named(&f, "nightly-1");
    assert_string_equal(backup->repository, "default");
    assert_string_equal(backup->set, "nightly");
    assert_string_equal(backup->type, "snapshot");
    assert_int_equal(backup->state, BACKUP_USABLE);
    assert_null(backup->problem);
    /* The data is as of the start. */
    assert_instant(backup->restores_to, STARTED);
    assert_instant(backup->started, STARTED);
    assert_instant(backup->completed, STARTED + 415);
    assert_int_equal(f.catalog.repository_count, 1);
    assert_null(f.catalog.repositories[0].problem);
    assert_false(f.catalog.repositories[0].unreadable);
    tear_down(&f);
}

/* Trap B2: everything that is no complete backup. */
static const struct {
    const char *meta;
    const char *status;
    enum backup_state state;
    const char *problem;
} rejected[] = {
    {"", "", BACKUP_RUNNING, "phase New"},
    {"", "'phase':'New'", BACKUP_RUNNING, "phase New"},
    {"", "'phase':'InProgress','startTimestamp':'2026-11-21T11:00:00Z'", BACKUP_RUNNING,
     "InProgress"},
    {"", "'phase':'WaitingForPluginOperations'" TIMES, BACKUP_RUNNING, "WaitingFor"},
    {"", "'phase':'Finalizing'" TIMES, BACKUP_RUNNING, "Finalizing"},
    {"", "'phase':'FinalizingPartiallyFailed'" TIMES, BACKUP_RUNNING, "FinalizingPartially"},
    {"", "'phase':'PartiallyFailed','errors':3" TIMES, BACKUP_PARTIAL, "phase PartiallyFailed"},
    {"", "'phase':'Failed','failureReason':'no\\nspace'" TIMES, BACKUP_FAILED,
     "phase Failed: no space"},
    {"", "'phase':'FailedValidation','validationErrors':['no such location']", BACKUP_FAILED,
     "phase FailedValidation: no such location"},
    {"", "'phase':'Deleting'" TIMES, BACKUP_EXPIRED, "Deleting"},
    {"", "'phase':'Invented'" TIMES, BACKUP_FAILED, "phase Invented"},
    {"", "'phase':7" TIMES, BACKUP_RUNNING, "phase New"},
    {"", "'phase':'Completed'", BACKUP_FAILED, "does not tell when"},
    {"", "'phase':'Completed','startTimestamp':'yesterday','completionTimestamp':'now'",
     BACKUP_FAILED, "does not tell when"},
    {"", "'phase':'Completed','expiration':'2026-11-21T11:59:59Z'" TIMES, BACKUP_EXPIRED,
     "expired"},
    {",'deletionTimestamp':'2026-11-21T11:00:00Z'", "'phase':'Completed'" TIMES, BACKUP_EXPIRED,
     "being deleted"},
    {"", "'phase':'Completed','volumeSnapshotsAttempted':2,'volumeSnapshotsCompleted':1" TIMES,
     BACKUP_PARTIAL, "snapshots"},
    {"", "'phase':'Completed','volumeSnapshotsAttempted':2" TIMES, BACKUP_PARTIAL, "snapshots"},
    {"",
     "'phase':'Completed','csiVolumeSnapshotsAttempted':2,'csiVolumeSnapshotsCompleted':1" TIMES,
     BACKUP_PARTIAL, "snapshots"},
    {"", "'phase':'Completed','backupItemOperationsFailed':1" TIMES, BACKUP_PARTIAL, "errors"},
    {"", "'phase':'Completed','errors':3,'warnings':1" TIMES, BACKUP_PARTIAL, "errors"},
};

static void test_rejected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rejected / sizeof rejected[0]; i++) {
        char text[2000];

        (void)snprintf(text, sizeof text, LIST(BACKUP("b", "%s", "%s") "," DEFAULT),
                       rejected[i].meta, rejected[i].status);
        assert_rejected(backup_velero_read, NOW, text, rejected[i].state, rejected[i].problem);
    }
}

/* One that never began is newer than the last success all the same. */
static void test_failed_validation_has_a_date(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    assert_true(feed(&f, backup_velero_read,
                     LIST(BACKUP("b", ",'creationTimestamp':'2026-11-21T03:00:00Z'",
                                 "'phase':'FailedValidation'") "," DEFAULT)));
    assert_instant(f.catalog.backups[0].started, NOW - 9 * 3600);
    assert_false(f.catalog.backups[0].restores_to.known);
    tear_down(&f);
}

static const struct {
    const char *spec;
    const char *status;
    const char *problem; /* NULL: none. */
    bool unreadable;
} locations[] = {
    {"", AVAILABLE, NULL, false},
    {"",
     "'phase':'Unavailable','message':'AccessDenied','lastValidationTime':'2026-11-21T11:59:30Z'",
     "default is Unavailable: AccessDenied", false},
    {"", "'phase':'Unavailable'", "is Unavailable", false},
    {"", "", "has not validated", true},
    {"", "'phase':'Available'", "has not validated", true},
    {"", "'phase':'Available','lastValidationTime':'2026-11-21T10:59:59Z'", "has not validated",
     true},
    {"'validationFrequency':'6h0m0s'",
     "'phase':'Available','lastValidationTime':'2026-11-21T06:00:00Z'", NULL, false},
    {"'validationFrequency':'6h0m0s'",
     "'phase':'Available','lastValidationTime':'2026-11-20T06:00:00Z'", "has not validated", true},
};

static void test_locations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++) {
        struct fixture f;
        char text[2000];
        const struct backup_repository *place;

        begin(&f);
        (void)snprintf(text, sizeof text, LIST(LOCATION("default", "%s", "%s")), locations[i].spec,
                       locations[i].status);
        assert_true(feed(&f, backup_velero_read, text));
        place = &f.catalog.repositories[0];
        print_message("%s\n", place->problem == NULL ? "no problem" : place->problem);
        assert_int_equal(place->problem == NULL, locations[i].problem == NULL);
        assert_int_equal(place->unreadable, locations[i].unreadable);
        if (place->problem != NULL) {
            assert_non_null(strstr(place->problem, locations[i].problem));
        }
        tear_down(&f);
    }
}

/* Velero removes the objects of a location that was deleted only later. */
static void test_location_is_gone(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    assert_true(feed(&f, backup_velero_read,
                     LIST(COMPLETED("nightly-1") "," LOCATION("other", "", AVAILABLE))));
    assert_int_equal(f.catalog.backups[0].state, BACKUP_FAILED);
    assert_string_equal(f.catalog.backups[0].problem,
                        "its storage location \"default\" does not exist");
    tear_down(&f);
}

#define SCHEDULE(name, spec) OBJECT("Schedule", name, "", "'spec':{" spec "}")

#define SCHEDULES                                                                                  \
    LIST(DEFAULT "," SCHEDULE("nightly", "'template':{}") "," SCHEDULE(                            \
        "off", "'paused':true") "," SCHEDULE("weekly",                                             \
                                             "'template':{'storageLocation':'default'}"))

static void test_schedules(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    assert_true(feed(&f, backup_velero_read, SCHEDULES));
    assert_int_equal(f.catalog.repository_count, 3);
    assert_string_equal(f.catalog.repositories[1].set, "nightly");
    assert_string_equal(f.catalog.repositories[1].repository, "default");
    assert_string_equal(f.catalog.repositories[2].set, "weekly");
    tear_down(&f);
}

/* A backup made by hand must not hide that the schedule stands still, nor look like a set. */
static void test_by_hand(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    assert_true(feed(&f, backup_velero_read,
                     LIST(BACKUP("hand", "", "'phase':'Completed'" TIMES) "," DEFAULT)));
    assert_int_equal(f.catalog.backup_count, 1);
    assert_string_equal(f.catalog.backups[0].set, "");
    tear_down(&f);

    begin(&f);
    assert_true(feed(&f, backup_velero_read,
                     LIST(BACKUP("hand", "", "'phase':'Completed'" TIMES) "," DEFAULT "," COMPLETED(
                         "nightly-1"))));
    assert_int_equal(f.catalog.backup_count, 1);
    assert_string_equal(f.catalog.backups[0].name, "nightly-1");
    tear_down(&f);
}

static const struct refused refused[] = {
    {LIST(""), ERROR_NOT_FOUND, "no BackupStorageLocation"},
    {LIST(COMPLETED("a")), ERROR_NOT_FOUND, "no BackupStorageLocation"},
    {"{'kind':'BackupList','apiVersion':'postgresql.cnpg.io/v1','items':[{'metadata':{}}]}",
     ERROR_PROTOCOL, "a Backup of \"postgresql.cnpg.io/v1\" instead of velero.io"},
    {LIST(DEFAULT ",{'apiVersion':'velero.io/v1','kind':'Backup','metadata':{'namespace':"
                  "'other'}}"),
     ERROR_INCONSISTENT, "namespaces velero and other"},
    {"{'kind':'BackupList','metadata':{'continue':'x'},'items':[]}", ERROR_INCONSISTENT,
     "one page of several"},
    {"Error from server (Forbidden)", ERROR_PROTOCOL, "begins with \"Error from server"},
    {"", ERROR_PROTOCOL, "not JSON"},
};

static void test_refused(void **state)
{
    struct fixture f;

    (void)state;
    assert_all_refused(backup_velero_read, NOW, refused, sizeof refused / sizeof refused[0]);
    begin(&f);
    f.query.set = "hourly";
    assert_refused(&f, backup_velero_read, LIST(DEFAULT "," COMPLETED("a")), ERROR_NOT_FOUND,
                   "neither a Schedule \"hourly\"");
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_completed), cmocka_unit_test(test_rejected),
        cmocka_unit_test(test_locations), cmocka_unit_test(test_location_is_gone),
        cmocka_unit_test(test_schedules), cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_failed_validation_has_a_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
