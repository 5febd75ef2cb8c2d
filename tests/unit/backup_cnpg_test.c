/* SPDX-License-Identifier: Apache-2.0 */
/* CloudNativePG's objects in good and bad states: which backups can be restored, and to when. */

#include <stdio.h>

#include "collectors/backup_cnpg_window.h"
#include "tests/unit/backup_formats_fixture.h"

#define NOW 1795262400.0 /* 2026-11-21T12:00:00Z */
#define DAY 86400.0
#define LIST(items) "{'apiVersion':'v1','kind':'List','metadata':{},'items':[" items "]}"
#define OBJECT(group, kind, name, rest)                                                            \
    "{'apiVersion':'" group "/v1','kind':'" kind "','metadata':{'name':'" name                     \
    "','namespace':'db'}," rest "}"
#define BACKUP(name, spec, status)                                                                 \
    OBJECT("postgresql.cnpg.io", "Backup", name,                                                   \
           "'spec':{'cluster':{'name':'orders'}" spec "},'status':{" status "}")
#define CLUSTER(spec, status)                                                                      \
    OBJECT("postgresql.cnpg.io", "Cluster", "orders", "'spec':{" spec "},'status':{" status "}")
#define STORE(windows)                                                                             \
    OBJECT("barmancloud.cnpg.io", "ObjectStore", "west",                                           \
           "'status':{'serverRecoveryWindow':{" windows "}}")
#define TIMES ",'startedAt':'2026-11-21T02:00:00Z','stoppedAt':'2026-11-21T02:10:00Z'"
#define STOPPED (NOW - 36000 + 600)
#define COMPLETED "'phase':'completed','method':'barmanObjectStore'" TIMES
#define PLUGIN                                                                                     \
    "'plugins':[{'name':'barman-cloud.cloudnative-pg.io','isWALArchiver':true,"                    \
    "'parameters':{'barmanObjectName':'west','serverName':'orders-2'}}]"
#define PLUGIN_SPEC                                                                                \
    ",'method':'plugin','pluginConfiguration':{'name':'barman-cloud.cloudnative-pg.io'}"
#define PLUGIN_STATUS "'phase':'completed','method':'plugin'" TIMES

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
    assert_true(feed(&f, backup_cnpg_read,
                     LIST(BACKUP("b", "",
                                 COMPLETED ",'beginWal':'000000010000000000000002','endWal':"
                                           "'000000010000000000000003'") "," CLUSTER("", ""))));
    assert_int_equal(f.catalog.backup_count, 1);
    backup = &f.catalog.backups[0];
    assert_string_equal(backup->repository, "barmanObjectStore");
    assert_string_equal(backup->set, "orders");
    assert_string_equal(backup->type, "full");
    assert_int_equal(backup->state, BACKUP_USABLE);
    /* It replays WAL to its end. */
    assert_instant(backup->restores_to, STOPPED);
    assert_instant(backup->started, STOPPED - 600);
    assert_wal(backup->first_wal, "000000010000000000000002");
    assert_wal(backup->last_wal, "000000010000000000000003");
    assert_int_equal(f.catalog.repository_count, 1);
    assert_string_equal(f.catalog.repositories[0].set, "orders");
    assert_null(f.catalog.repositories[0].archive_problem);
    tear_down(&f);
}

static const struct {
    const char *spec;
    const char *status;
    const char *repository;
    double restores_to;
} methods[] = {
    {"", "'phase':'completed'" TIMES, "barmanObjectStore", STOPPED},
    {"", COMPLETED, "barmanObjectStore", STOPPED},
    {PLUGIN_SPEC, PLUGIN_STATUS, "barman-cloud.cloudnative-pg.io", STOPPED},
    {",'method':'volumeSnapshot'", "'phase':'completed','online':true" TIMES, "volumeSnapshot",
     STOPPED},
    {",'method':'volumeSnapshot'", "'phase':'completed','online':false" TIMES, "volumeSnapshot",
     STOPPED - 600},
    {",'method':'volumeSnapshot'", "'phase':'completed'" TIMES, "volumeSnapshot", STOPPED - 600},
};

static void test_methods(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        struct fixture f;
        char text[2000];

        begin(&f);
        (void)snprintf(text, sizeof text, LIST(BACKUP("b", "%s", "%s")), methods[i].spec,
                       methods[i].status);
        assert_true(feed(&f, backup_cnpg_read, text));
        assert_string_equal(f.catalog.backups[0].repository, methods[i].repository);
        assert_instant(f.catalog.backups[0].restores_to, methods[i].restores_to);
        tear_down(&f);
    }
}

static const struct {
    const char *status;
    enum backup_state state;
    const char *problem;
} rejected[] = {
    {"", BACKUP_RUNNING, "phase pending"},
    {"'phase':'pending'", BACKUP_RUNNING, "phase pending"},
    {"'phase':'started','startedAt':'2026-11-21T02:00:00Z'", BACKUP_RUNNING, "started"},
    {"'phase':'running'" TIMES, BACKUP_RUNNING, "running"},
    {"'phase':'finalizing'" TIMES, BACKUP_RUNNING, "finalizing"},
    {"'phase':'failed','error':'no space left'" TIMES, BACKUP_FAILED,
     "phase failed: no space left"},
    {"'phase':'walArchivingFailing'" TIMES, BACKUP_FAILED, "walArchivingFailing"},
    {"'phase':'invalid backup definition'", BACKUP_FAILED, "invalid"},
    {"'phase':'invented'" TIMES, BACKUP_FAILED, "invented"},
    {"'phase':'completed'", BACKUP_FAILED, "does not tell when"},
    {"'phase':'completed','startedAt':'2026-11-21T02:00:00Z','stoppedAt':null", BACKUP_FAILED,
     "does not tell when"},
};

static void test_rejected(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rejected / sizeof rejected[0]; i++) {
        char text[2000];

        (void)snprintf(text, sizeof text, LIST(BACKUP("b", "", "%s")), rejected[i].status);
        assert_rejected(backup_cnpg_read, NOW, text, rejected[i].state, rejected[i].problem);
    }
}

static void test_archiving_fails(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    assert_true(
        feed(&f, backup_cnpg_read,
             LIST(BACKUP("b", "", COMPLETED) "," CLUSTER(
                 "", "'conditions':[{'type':'Ready','status':'True'},{'type':"
                     "'ContinuousArchiving','status':'False','message':'exit status 4'}]"))));
    assert_string_equal(f.catalog.repositories[0].archive_problem,
                        "WAL is not being archived: exit status 4");
    assert_null(f.catalog.repositories[0].problem);
    tear_down(&f);
}

/* The object store knows of backups whose objects are gone, under the name of the server. */
static void test_window(void **state)
{
    struct fixture f;
    const struct backup *backup;

    (void)state;
    begin(&f);
    assert_true(feed(&f, backup_cnpg_read,
                     LIST(CLUSTER(PLUGIN, "") "," STORE(
                         "'orders-2':{'firstRecoverabilityPoint':'2026-11-14T02:10:00Z',"
                         "'lastSuccessfulBackupTime':'2026-11-21T02:10:00Z',"
                         "'lastFailedBackupTime':'2026-11-21T08:00:00Z'}"))));
    assert_int_equal(f.catalog.backup_count, 3);
    backup = backup_named(&f, "lastSuccessfulBackup");
    assert_string_equal(backup->set, "orders");
    assert_string_equal(backup->repository, "barman-cloud.cloudnative-pg.io");
    assert_int_equal(backup->state, BACKUP_USABLE);
    assert_instant(backup->restores_to, STOPPED);
    assert_instant(backup_named(&f, "firstRecoverabilityPoint")->restores_to, STOPPED - 7 * DAY);
    assert_int_equal(backup_named(&f, "lastFailedBackup")->state, BACKUP_FAILED);
    tear_down(&f);
}

/* Backups that have both are counted once; one before the window, and all when it is empty, are not
 * there any more. */
static const struct {
    const char *window;
    size_t count;
    enum backup_state state; /* Of the Backup object. */
} windows[] = {
    {"'firstRecoverabilityPoint':'2026-11-21T02:10:00Z','lastSuccessfulBackupTime':"
     "'2026-11-21T02:10:01Z'",
     1, BACKUP_USABLE},
    {"'firstRecoverabilityPoint':'2026-11-14T02:10:00Z','lastSuccessfulBackupTime':"
     "'2026-11-21T02:10:00Z'",
     2, BACKUP_USABLE},
    {"'firstRecoverabilityPoint':'2026-11-21T09:00:00Z','lastSuccessfulBackupTime':"
     "'2026-11-21T09:00:00Z'",
     2, BACKUP_EXPIRED},
    {"", 1, BACKUP_EXPIRED},
    {"'lastFailedBackupTime':'2026-11-21T11:00:00Z'", 2, BACKUP_EXPIRED},
};

static void test_window_and_backup(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        struct fixture f;
        char text[2000];

        begin(&f);
        (void)snprintf(text, sizeof text,
                       LIST(BACKUP("b", PLUGIN_SPEC, PLUGIN_STATUS) "," CLUSTER(
                           PLUGIN, "") "," STORE("'orders-2':{%s}")),
                       windows[i].window);
        assert_true(feed(&f, backup_cnpg_read, text));
        assert_int_equal(f.catalog.backup_count, windows[i].count);
        assert_int_equal(backup_named(&f, "b")->state, windows[i].state);
        assert_int_equal(f.catalog.repository_count, 1);
        tear_down(&f);
    }
}

/* Fields of versions before the plugins; they stay behind when one takes over. */
static void test_own_window(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    assert_true(feed(&f, backup_cnpg_read,
                     LIST(CLUSTER("'backup':{'barmanObjectStore':{}}",
                                  "'firstRecoverabilityPoint':'2026-11-14T02:10:00Z',"
                                  "'lastSuccessfulBackup':'2026-11-21T02:10:00Z'"))));
    assert_int_equal(f.catalog.backup_count, 2);
    assert_string_equal(f.catalog.backups[0].repository, "barmanObjectStore");
    assert_instant(f.catalog.backups[0].restores_to, STOPPED);
    tear_down(&f);

    begin(&f);
    assert_true(feed(&f, backup_cnpg_read,
                     LIST(CLUSTER("'backup':{'volumeSnapshot':{}}",
                                  "'lastSuccessfulBackup':'2026-11-21T02:10:00Z',"
                                  "'lastSuccessfulBackupByMethod':{'volumeSnapshot':"
                                  "'2026-11-21T02:10:00Z'}"))));
    assert_int_equal(f.catalog.backup_count, 0);
    assert_string_equal(f.catalog.repositories[0].repository, "volumeSnapshot");
    tear_down(&f);

    begin(&f);
    assert_true(feed(&f, backup_cnpg_read,
                     LIST(CLUSTER(PLUGIN, "'lastSuccessfulBackup':'2026-11-21T02:10:00Z'"))));
    assert_int_equal(f.catalog.backup_count, 0);
    tear_down(&f);
}

/* A cluster without any backup is known: there is nothing to restore. */
static void test_never_backed_up(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    assert_true(feed(&f, backup_cnpg_read, LIST(CLUSTER("", ""))));
    assert_int_equal(f.catalog.backup_count, 0);
    assert_int_equal(f.catalog.repository_count, 1);
    assert_string_equal(f.catalog.repositories[0].set, "orders");
    tear_down(&f);
}

static const struct refused refused[] = {
    {LIST(""), ERROR_NOT_FOUND, "neither a Cluster nor a Backup"},
    {LIST("{'apiVersion':'velero.io/v1','kind':'Backup','metadata':{}}"), ERROR_PROTOCOL,
     "instead of postgresql.cnpg.io"},
    {LIST(CLUSTER("", "") ",{'apiVersion':'postgresql.cnpg.io/v1','kind':'Cluster',"
                          "'metadata':{'namespace':'a'}}"),
     ERROR_INCONSISTENT, "namespaces db and a"},
    {LIST("7"), ERROR_PROTOCOL, "no object"},
    {"{'kind':'Status','message':'Unauthorized','code':401}", ERROR_PROTOCOL, "\"Status\" Unauth"},
    {"{'kind':'ClusterList'}", ERROR_PROTOCOL, "without \"items\""},
    {LIST("") LIST(""), ERROR_PROTOCOL, "something follows"},
};

static void test_refused(void **state)
{
    (void)state;
    assert_all_refused(backup_cnpg_read, NOW, refused, sizeof refused / sizeof refused[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_completed),  cmocka_unit_test(test_methods),
        cmocka_unit_test(test_rejected),   cmocka_unit_test(test_archiving_fails),
        cmocka_unit_test(test_window),     cmocka_unit_test(test_window_and_backup),
        cmocka_unit_test(test_own_window), cmocka_unit_test(test_never_backed_up),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
