/* SPDX-License-Identifier: Apache-2.0 */
/* Which backups count, and what they prove together. */

#include "collectors/backup_runs.h"
#include "tests/unit/backup_fixture.h"

static void test_never_a_backup(void **state)
{
    struct bench *bench = *state;

    assert_nothing(bench, "there is no backup");
    assert_int_equal(bench->groups.count, 1);
    (void)add_place(bench, "1", "main");
    assert_nothing(bench, "set \"main\" in repository \"1\": there is no backup");
    add_place(bench, "1", "main")->problem = "missing stanza path";
    assert_nothing(bench, "missing stanza path");
}

static void test_the_newest_that_counts(void **state)
{
    struct bench *bench = *state;

    (void)add(bench, "", "", 48);
    (void)add(bench, "", "", 2);
    (void)add(bench, "", "", 24);
    assert_recovery_point(bench, 2);
    assert_true(bench->evidence.oldest_restorable.known);
    assert_true(fabs(bench->evidence.oldest_restorable.value - (NOW - 48 * HOUR)) < 1e-6);
    assert_int_equal(bench->groups.items[0].failures, 0);
    assert_int_equal(bench->groups.items[0].rejected_for, BACKUP_COUNTS);
    /* A few seconds in the future are the clocks', and prove the present only. */
    (void)add(bench, "", "", -30 / HOUR);
    assert_recovery_point(bench, 0);
}

static void test_what_does_not_count(void **state)
{
    static const struct {
        enum backup_state state;
        double hours_ago;
        double size;
        bool no_size;
        bool no_date;
        enum backup_obstacle obstacle;
        bool is_failure;
        const char *reason;
    } cases[] = {
        {BACKUP_RUNNING, 1, 1000, false, false, BACKUP_OBSTACLE_RUNNING, false, "still being made"},
        {BACKUP_PARTIAL, 1, 1000, false, false, BACKUP_OBSTACLE_PARTIAL, true, "it failed"},
        {BACKUP_FAILED, 1, 1000, false, false, BACKUP_OBSTACLE_FAILED, true, "it failed"},
        {BACKUP_EXPIRED, 1, 1000, false, false, BACKUP_OBSTACLE_EXPIRED, false, "it failed"},
        {BACKUP_USABLE, 1, 99, false, false, BACKUP_OBSTACLE_SIZE, true,
         "it has 99 bytes, \"min_size\" is 100"},
        {BACKUP_USABLE, 1, 0, true, false, BACKUP_OBSTACLE_SIZE, true, "its size is not told"},
        {BACKUP_USABLE, -1, 1000, false, false, BACKUP_OBSTACLE_FUTURE, true, "in the future"},
        {BACKUP_USABLE, 1, 1000, false, true, BACKUP_OBSTACLE_DATE, true, "it has no date"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench *bench = *state;
        struct backup *backup = add(bench, "", "", cases[i].hours_ago);

        bench->settings.min_size_bytes = 100;
        backup->state = cases[i].state;
        backup->size_bytes = (struct reading){.known = !cases[i].no_size, .value = cases[i].size};
        backup->restores_to.known = !cases[i].no_date;
        assert_nothing(bench, cases[i].reason);
        assert_non_null(strstr(bench->evidence.nothing_to_restore, backup->name));
        (void)add(bench, "", "", 5);
        assert_recovery_point(bench, 5);
        assert_int_equal(bench->groups.items[0].rejected_for, cases[i].obstacle);
        assert_int_equal(bench->groups.items[0].failures, cases[i].is_failure ? 1 : 0);
        /* A later success makes up for it. */
        if (cases[i].hours_ago > 0) {
            (void)add(bench, "", "", 0.5);
            assert_recovery_point(bench, 0.5);
            assert_int_equal(bench->groups.items[0].rejected_for, BACKUP_COUNTS);
            assert_int_equal(bench->groups.items[0].failures, 0);
        }
        (void)tear_down(state);
        (void)set_up(state);
    }
}

static void test_failures_are_counted(void **state)
{
    struct bench *bench = *state;

    add(bench, "", "", 30)->state = BACKUP_FAILED;
    (void)add(bench, "", "", 24);
    for (int i = 1; i <= 3; i++) {
        struct backup *backup = add(bench, "", "", i);

        backup->state = BACKUP_FAILED;
        backup->problem = arena_printf(bench->arena, "disk full %d", i);
    }
    add(bench, "", "", 0.1)->state = BACKUP_RUNNING;
    /* Nothing tells when it was: it may be older. */
    add(bench, "", "", 0.1)->state = BACKUP_FAILED;
    bench->catalog.backups[bench->catalog.backup_count - 1].started.known = false;
    bench->catalog.backups[bench->catalog.backup_count - 1].completed.known = false;
    bench->catalog.backups[bench->catalog.backup_count - 1].restores_to.known = false;
    assert_recovery_point(bench, 24);
    assert_int_equal(bench->groups.items[0].failures, 3);
    assert_int_equal(bench->groups.items[0].rejected_for, BACKUP_OBSTACLE_RUNNING);
}

static void test_partial_ones_where_accepted(void **state)
{
    struct bench *bench = *state;

    add(bench, "", "", 1)->state = BACKUP_PARTIAL;
    bench->settings.accept_partial = true;
    assert_recovery_point(bench, 1);
}

static void test_only_locked_ones_survive_ransomware(void **state)
{
    struct bench *bench = *state;

    add(bench, "", "", 24)->immutable = ANSWER_YES;
    add(bench, "", "", 2)->immutable = ANSWER_NO;
    (void)add(bench, "", "", 1);
    bench->query.must_be_immutable = true;
    assert_recovery_point(bench, 24);
    assert_int_equal(bench->groups.items[0].rejected_for, BACKUP_OBSTACLE_MUTABLE);
    assert_int_equal(bench->groups.items[0].failures, 2);
    bench->query.must_be_immutable = false;
    assert_recovery_point(bench, 1);
}

static void test_a_dead_repository_is_not_hidden(void **state)
{
    struct bench *bench = *state;

    (void)add(bench, "1", "main", 1);
    (void)add(bench, "2", "main", 72);
    assert_unknown(bench, ERROR_INCONSISTENT, "the repositories \"1\", \"2\"; choose one");
    bench->query.repository = "2";
    assert_recovery_point(bench, 72);
    bench->query.repository = "1";
    assert_recovery_point(bench, 1);
    bench->query.repository = "3";
    assert_unknown(bench, ERROR_NOT_FOUND,
                   "no repository \"3\"; correct \"repository\", there are "
                   "\"1\", \"2\"");
}

static void test_the_worst_set_decides(void **state)
{
    struct bench *bench = *state;

    (void)add(bench, "", "b", 1);
    (void)add(bench, "", "a", 30);
    (void)add(bench, "", "b", 100);
    assert_recovery_point(bench, 30);
    /* As far as all go back. */
    assert_true(fabs(bench->evidence.oldest_restorable.value - (NOW - 30 * HOUR)) < 1e-6);
    bench->query.set = "b";
    assert_recovery_point(bench, 1);
    bench->query.set = "";
    (void)add_place(bench, "", "c");
    assert_nothing(bench, "set \"c\": there is no backup");
    bench->query.set = "d";
    assert_unknown(bench, ERROR_NOT_FOUND,
                   "no set \"d\"; correct \"set\", there are \"a\", \"b\", "
                   "\"c\"");
    for (int i = 0; i < 9; i++) {
        (void)add(bench, "", arena_printf(bench->arena, "e%d", i), 1);
    }
    assert_unknown(bench, ERROR_NOT_FOUND, "\"e0\", \"e1\", …");
}

static void test_a_broken_repository(void **state)
{
    struct bench *bench = *state;
    struct backup_repository *place;

    (void)add(bench, "1", "main", 1);
    place = add_place(bench, "1", "main");
    place->problem = "database mismatch";
    assert_nothing(bench, "database mismatch");
    assert_int_equal(bench->groups.items[0].rejected_for, BACKUP_OBSTACLE_REPOSITORY);
    place->unreadable = true;
    assert_unknown(bench, ERROR_QUERY, "set \"main\" in repository \"1\": database mismatch");
}

static void test_a_repository_as_a_whole(void **state)
{
    struct bench *bench = *state;
    struct backup_repository *place = add_place(bench, "default", "");

    bench->query.set = "daily";
    assert_nothing(bench, "set \"daily\" in repository \"default\": there is no backup");
    bench->query.set = "";
    (void)add(bench, "default", "daily", 1);
    (void)add(bench, "default", "hourly", 2);
    assert_recovery_point(bench, 2);
    assert_int_equal(bench->groups.count, 2);
    place = &bench->catalog.repositories[0];
    place->problem = "the storage location is unavailable";
    assert_nothing(bench, "the storage location is unavailable");
    /* What is told of one set goes before. */
    (void)add_place(bench, "default", "daily");
    bench->query.set = "daily";
    assert_recovery_point(bench, 1);
}

static void assert_window(struct bench *bench, double hours_ago)
{
    prove(bench);
    assert_true(bench->evidence.oldest_restorable.known);
    assert_true(fabs(bench->evidence.oldest_restorable.value - (NOW - hours_ago * HOUR)) < 1e-6);
}

/* A snapshot of last year beside those of yesterday does not bring back last month. */
static void test_the_window_begins_behind_a_hole(void **state)
{
    struct bench *bench = *state;
    struct backup_run runs[1];
    struct backup_repository *place;

    (void)add(bench, "", "", 2);
    (void)add(bench, "", "", 9000);
    (void)add(bench, "", "", 26);
    (void)add(bench, "", "", 97);
    assert_window(bench, 9000);
    bench->settings.schedule_ms = 24 * 3600 * 1000;
    assert_window(bench, 97);
    bench->settings.schedule_ms = 12 * 3600 * 1000;
    assert_window(bench, 26);
    bench->settings.schedule_ms = 3600 * 1000;
    assert_window(bench, 2);
    /* WAL fills it. */
    place = add_place(bench, "", "");
    for (size_t i = 0; i < bench->catalog.backup_count; i++) {
        struct backup *backup = &bench->catalog.backups[i];

        backup->first_wal = wal("000000010000000000000001");
        backup->first_wal.segment = (uint64_t)(NOW - backup->restores_to.value < 48 * HOUR ? 5 : 1);
        backup->last_wal = backup->first_wal;
    }
    runs[0].first = wal("000000010000000000000005");
    runs[0].last = wal("000000010000000000000009");
    place->has_archive = true;
    place->archive_first = runs[0].first;
    place->archive_last = runs[0].last;
    backup_runs_set(runs, 1, place);
    assert_window(bench, 26);
    runs[0].first.segment = 1;
    assert_window(bench, 9000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_never_a_backup),
        TEST(test_the_newest_that_counts),
        TEST(test_what_does_not_count),
        TEST(test_failures_are_counted),
        TEST(test_partial_ones_where_accepted),
        TEST(test_only_locked_ones_survive_ransomware),
        TEST(test_a_dead_repository_is_not_hidden),
        TEST(test_the_worst_set_decides),
        TEST(test_a_broken_repository),
        TEST(test_a_repository_as_a_whole),
        TEST(test_the_window_begins_behind_a_hole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
