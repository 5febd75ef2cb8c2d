/* SPDX-License-Identifier: Apache-2.0 */
/* What two ends of a Redis replication prove together. */

#include "tests/unit/redis_fixture.h"

static void test_caught_up(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    both_answer(&f, NOW, PRIMARY, REPLICA);
    assert_true(prove(&f));
    assert_true(f.evidence.has_recovery_point && f.evidence.has_lag);
    assert_near(f.evidence.recovery_point, NOW);
    assert_near(f.evidence.lag_seconds, 0);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_NO);
    assert_int_equal(redis_find_obstacles(&f.pair), 0);
    assert_null(redis_explain_obstacles(f.arena, &f.pair));
    tear_down(&f);
}

static void test_behind_is_dated_by_the_history(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    for (unsigned i = 0; i <= 20; i++) {
        uint64_t gap;

        both_answer(&f, NOW + i, primary_at(&f, 1000 + 10 * i), REPLICA);
        assert_true(prove(&f));
        assert_near(f.evidence.recovery_point, NOW);
        assert_near(f.evidence.lag_seconds, i);
        assert_true(redis_gap(&f.pair, &gap));
        assert_int_equal(gap, 10 * i);
    }
    both_answer(&f, NOW + 21, primary_at(&f, 1300), replica_at(&f, 1105));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 10);
    tear_down(&f);
}

/* Nothing is written, and still nothing protects the next write. */
static void test_idle_time_does_not_count_without_a_link(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    for (unsigned i = 0; i <= 20; i++) {
        both_answer(&f, NOW + i, PRIMARY, i <= 5 ? REPLICA : with(&f, REPLICA, LINK_UP, LINK_DOWN));
        assert_true(prove(&f));
        assert_near(f.evidence.lag_seconds, i <= 5 ? 0 : i - 5);
    }
    tear_down(&f);
}

static void test_no_offset_of_another_history(void **state)
{
    struct fixture f;
    uint64_t gap;

    (void)state;
    set_up(&f);
    both_answer(&f, NOW, PRIMARY, with(&f, with(&f, REPLICA, ID_A, ID_B), LINK_UP, LINK_DOWN));
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    assert_false(redis_gap(&f.pair, &gap));
    assert_int_equal(redis_find_obstacles(&f.pair), REDIS_BLOCKED_BY(REDIS_OBSTACLE_REPLID));
    /* And one that follows another primary. */
    both_answer(&f, NOW, PRIMARY, with(&f, REPLICA, ID_A, ID_B));
    assert_false(prove(&f));
    assert_int_equal(f.error.kind, ERROR_INCONSISTENT);
    tear_down(&f);
}

/* The primary began a new history at 1001; what came before is common. */
static void test_second_history(void **state)
{
    static const struct {
        unsigned offset;
        enum redis_kinship kinship;
    } cases[] = {{900, REDIS_KIN_EARLIER}, {1000, REDIS_KIN_EARLIER}, {1001, REDIS_KIN_STRANGER}};
    struct fixture f;

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *primary = with(&f, with(&f, PRIMARY, ID_A, ID_B), NO_ID, ID_A);

        both_answer(&f, NOW, with(&f, primary, "second_repl_offset:-1", "second_repl_offset:1001"),
                    with(&f, replica_at(&f, cases[i].offset), LINK_UP, LINK_DOWN));
        assert_int_equal(redis_kinship(&f.pair), cases[i].kinship);
    }
    tear_down(&f);
}

/* What was proven survives a new history of the primary only if that continues the old one. */
static void test_new_history_keeps_or_drops_what_was_proven(void **state)
{
    static const bool continues[] = {true, false};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture f;
        const char *primary;

        set_up(&f);
        both_answer(&f, NOW, PRIMARY, REPLICA);
        assert_true(prove(&f));
        primary = with(&f, primary_at(&f, 1500), ID_A, ID_B);
        if (continues[i]) {
            primary = with(&f, with(&f, primary, NO_ID, ID_A), "second_repl_offset:-1",
                           "second_repl_offset:1001");
        }
        both_answer(&f, NOW + 5, primary, with(&f, REPLICA, LINK_UP, LINK_DOWN));
        assert_true(prove(&f));
        assert_int_equal(f.evidence.has_recovery_point, continues[i]);
        if (continues[i]) {
            assert_near(f.evidence.recovery_point, NOW);
        }
        tear_down(&f);
    }
}

static void test_roles(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    both_answer(&f, NOW, REPLICA, REPLICA);
    assert_false(prove(&f));
    assert_int_equal(f.error.kind, ERROR_INCONSISTENT);
    both_answer(&f, NOW, PRIMARY, PRIMARY);
    assert_false(prove(&f));
    assert_int_equal(f.error.kind, ERROR_INCONSISTENT);
    tear_down(&f);
}

static void test_a_primary_that_went_back(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    both_answer(&f, NOW, PRIMARY, REPLICA);
    assert_true(prove(&f));
    both_answer(&f, NOW + 1, primary_at(&f, 999), REPLICA);
    assert_false(prove(&f));
    assert_int_equal(f.error.kind, ERROR_INCONSISTENT);
    tear_down(&f);
}

static void test_obstacles(void **state)
{
    static const struct {
        const char *old;
        const char *new;
        enum redis_obstacle obstacle;
        bool has_copy;
    } cases[] = {
        {"loading:0", "loading:1", REDIS_OBSTACLE_LOADING, false},
        {"async_loading:0", "async_loading:1", REDIS_OBSTACLE_LOADING, false},
        {"progress:0", "progress:1", REDIS_OBSTACLE_SYNC, false},
        {"slave_priority:100", "slave_priority:0", REDIS_OBSTACLE_PRIORITY, true},
        {"replica_announced:1", "replica_announced:0", REDIS_OBSTACLE_ANNOUNCED, true},
        {"seconds_ago:3", "seconds_ago:301", REDIS_OBSTACLE_DATA_AGE, true},
        {"seconds_ago:3", "seconds_ago:-1", REDIS_OBSTACLE_DATA_AGE, true},
        {LINK_UP, "master_link_status:down\r\nmaster_link_down_since_seconds:301\r\n",
         REDIS_OBSTACLE_LINK, true},
        {LINK_UP, "master_link_status:down\r\nmaster_link_down_since_seconds:-1\r\n",
         REDIS_OBSTACLE_LINK, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;

        set_up(&f);
        both_answer(&f, NOW, PRIMARY, with(&f, REPLICA, cases[i].old, cases[i].new));
        assert_true(prove(&f));
        assert_int_equal(redis_find_obstacles(&f.pair), REDIS_BLOCKED_BY(cases[i].obstacle));
        assert_non_null(redis_explain_obstacles(f.arena, &f.pair));
        assert_int_equal(f.evidence.has_recovery_point, cases[i].has_copy);
        tear_down(&f);
    }
}

static void test_a_full_copy_forgets_what_was_proven(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    both_answer(&f, NOW, PRIMARY, REPLICA);
    assert_true(prove(&f));
    both_answer(&f, NOW + 1, PRIMARY, with(&f, REPLICA, "loading:0", "loading:1"));
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    both_answer(&f, NOW + 2, primary_at(&f, 2000), with(&f, REPLICA, LINK_UP, LINK_DOWN));
    assert_true(prove(&f));
    /* 1000 is what the primary had at NOW, by the history, which is still true. */
    assert_near(f.evidence.recovery_point, NOW);
    tear_down(&f);
}

static void test_only_the_primary(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    /* Without having seen both, a row is nobody's. */
    answer(&f, &f.pair.primary, NOW, PRIMARY);
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    both_answer(&f, NOW + 1, PRIMARY, REPLICA);
    assert_true(prove(&f));
    f.pair.replica.reached = false;
    answer(&f, &f.pair.primary, NOW + 2, PRIMARY);
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 2);
    /* R1: no longer online, whatever its lag says. */
    answer(&f, &f.pair.primary, NOW + 3,
           with(&f, primary_at(&f, 1100), "online,offset=1000", "wait_bgsave,offset=0"));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 2);
    assert_near(f.evidence.lag_seconds, 1);
    tear_down(&f);
}

/* A second is no proof: what the primary holds back is not to be seen here. */
static void test_only_the_replica(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f, &f.pair.replica, NOW, REPLICA);
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    both_answer(&f, NOW + 1, PRIMARY, REPLICA);
    assert_true(prove(&f));
    f.pair.primary.reached = false;
    answer(&f, &f.pair.replica, NOW + 9, replica_at(&f, 5000));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 1);
    assert_near(f.evidence.lag_seconds, 8);
    tear_down(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caught_up),
        cmocka_unit_test(test_behind_is_dated_by_the_history),
        cmocka_unit_test(test_idle_time_does_not_count_without_a_link),
        cmocka_unit_test(test_no_offset_of_another_history),
        cmocka_unit_test(test_second_history),
        cmocka_unit_test(test_new_history_keeps_or_drops_what_was_proven),
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_a_primary_that_went_back),
        cmocka_unit_test(test_obstacles),
        cmocka_unit_test(test_a_full_copy_forgets_what_was_proven),
        cmocka_unit_test(test_only_the_primary),
        cmocka_unit_test(test_only_the_replica),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
