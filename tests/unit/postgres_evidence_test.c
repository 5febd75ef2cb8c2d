/* SPDX-License-Identifier: Apache-2.0 */
/* What two ends of a PostgreSQL replication prove together. */

#include "tests/unit/postgres_fixture.h"

static void test_caught_up(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f.pair.primary, NOW, PRIMARY);
    answer(&f.pair.replica, NOW + 0.01, REPLICA);
    assert_true(prove(&f));
    assert_true(f.evidence.has_recovery_point && f.evidence.has_lag);
    assert_near(f.evidence.recovery_point, NOW);
    assert_near(f.evidence.lag_seconds, 0);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_YES);
    tear_down(&f);
}

static void test_behind_is_dated_by_the_history(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f.pair.primary, NOW, PRIMARY);
    answer(&f.pair.replica, NOW, with(REPLICA, "999999.5", "null"));
    assert_true(prove(&f));
    /* The primary goes on, the standby stays where it was (P2: receive = replay). */
    for (int i = 1; i <= 30; i++) {
        char lsn[64];

        (void)snprintf(lsn, sizeof lsn, "\"current\":\"0/%X\"", 0x3000100 + i);
        answer(&f.pair.primary, NOW + i, with(PRIMARY, "\"current\":\"0/3000100\"", lsn));
        answer(&f.pair.replica, NOW + i, with(REPLICA, "999999.5", "null"));
        assert_true(prove(&f));
        assert_near(f.evidence.recovery_point, NOW);
        assert_near(f.evidence.lag_seconds, i);
    }
    tear_down(&f);
}

/* P2: the link is cut while the primary is idle. Both have the same, and still nothing protects
 * the next commit. */
static void test_idle_time_does_not_count_without_a_link(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    for (int i = 0; i <= 5; i++) {
        answer(&f.pair.primary, NOW + i, PRIMARY);
        answer(&f.pair.replica, NOW + i, with(REPLICA, "999999.5", "null"));
        assert_true(prove(&f));
        assert_near(f.evidence.lag_seconds, 0);
    }
    for (int i = 6; i <= 20; i++) {
        answer(&f.pair.primary, NOW + i, PRIMARY);
        answer(&f.pair.replica, NOW + i,
               with(with(REPLICA, "\"receiver\":{", "\"former\":{"), "999999.5", "null"));
        assert_true(prove(&f));
        assert_near(f.evidence.recovery_point, NOW + 5);
        assert_near(f.evidence.lag_seconds, i - 5);
    }
    /* One that was never meant to stream has what it has. */
    answer(&f.pair.replica, NOW + 20,
           with(with(REPLICA, "\"receiver\":{", "\"former\":{"), "\"streams\":true",
                "\"streams\":false"));
    assert_true(prove(&f));
    assert_near(f.evidence.lag_seconds, 0);
    tear_down(&f);
}

static void test_commit_time_refines_but_never_beats_what_was_seen(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f.pair.primary, NOW, PRIMARY);
    answer(&f.pair.replica, NOW, with(REPLICA, "999999.5", "null"));
    assert_true(prove(&f));
    /* Beyond the copy at NOW + 10; a commit of NOW + 4 by a clock that is 300 s ahead. */
    answer(&f.pair.primary, NOW + 10,
           with(with(PRIMARY, "\"current\":\"0/3000100\"", "\"current\":\"0/4000000\""),
                "\"now\":1000000.0", "\"now\":1000310.0"));
    answer(&f.pair.replica, NOW + 10, with(REPLICA, "999999.5", "1000304.0"));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 4);
    /* A commit of the future proves a wrong clock and nothing else. */
    answer(&f.pair.replica, NOW + 10, with(REPLICA, "999999.5", "1009999.0"));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 4);
    tear_down(&f);
}

static void test_unknown_without_any_proof(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    /* P3: behind from the start, and the standby has replayed no commit. */
    answer(&f.pair.primary, NOW, with(PRIMARY, "0/3000100", "0/9000000"));
    answer(&f.pair.replica, NOW, with(REPLICA, "999999.5", "null"));
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    /* And one that knows no position at all. */
    answer(&f.pair.replica, NOW,
           with(with(REPLICA, "\"received\":\"0/3000100\"", "\"received\":null"),
                "\"replayed\":\"0/3000100\"", "\"replayed\":null"));
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    tear_down(&f);
}

static void test_only_the_replica_can_be_asked(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f.pair.replica, NOW, REPLICA);
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW - 2.5);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_UNKNOWN);
    /* The message was long on its way: by the origin's clock it was sent 8 s ago. */
    f.memory.has_recovery_point = false;
    answer(&f.pair.replica, NOW, with(REPLICA, "\"send_age\":2.5", "\"send_age\":8"));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW - 8);
    /* The origin's clock is known to be 60 s ahead, so it was 68 s. */
    f.memory.has_recovery_point = false;
    f.memory.has_skew = true;
    f.memory.skew_seconds = 60;
    answer(&f.pair.replica, NOW,
           with(with(REPLICA, "\"send_age\":2.5", "\"send_age\":8"), "999999.5", "null"));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW - 68);
    f.memory.has_skew = false;
    answer(&f.pair.replica, NOW, REPLICA);
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW - 2.5);
    /* Messages announced more than the standby has: no news, but what was proven stays true. */
    answer(&f.pair.replica, NOW + 5,
           with(REPLICA, "\"latest_end\":\"0/3000100\"", "\"latest_end\":\"0/3000200\""));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW - 2.5);
    assert_near(f.evidence.lag_seconds, 7.5);
    /* The receiver is gone: what was once heard is no news. */
    answer(&f.pair.replica, NOW + 9,
           with(REPLICA, "\"status\":\"streaming\"", "\"status\":\"waiting\""));
    assert_true(prove(&f));
    assert_near(f.evidence.lag_seconds, 11.5);
    /* The standby starts again from an older copy. */
    answer(&f.pair.replica, NOW + 10,
           with(with(REPLICA, "\"received\":\"0/3000100\"", "\"received\":\"0/2000000\""),
                "\"replayed\":\"0/3000100\"", "\"replayed\":\"0/2000000\""));
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    tear_down(&f);
}

static void test_only_the_primary_can_be_asked(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    /* Nobody ever told which sender is the standby's: it may be another's. */
    answer(&f.pair.primary, NOW, PRIMARY);
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_UNKNOWN);
    /* It was seen once; the very same connection is still there. */
    answer(&f.pair.replica, NOW, REPLICA);
    assert_true(prove(&f));
    forget(&f.pair.replica);
    answer(&f.pair.primary, NOW + 5, PRIMARY);
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 5);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_YES);
    /* Another connection of the same name, or none: the standby is where it was. */
    answer(&f.pair.primary, NOW + 9,
           with(with(PRIMARY, "\"s7\"", "\"s8\""), "\"current\":\"0/3000100\"",
                "\"current\":\"0/3000200\""));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 5);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_UNKNOWN);
    tear_down(&f);
}

static void test_pairs_that_do_not_belong_together(void **state)
{
    static const struct {
        const char *end;
        const char *old;
        const char *new;
        enum error_kind kind;
        const char *message;
    } table[] = {
        {"replica", "\"in_recovery\":true", "\"in_recovery\":false", ERROR_INCONSISTENT,
         "promoted"},
        {"primary", "\"in_recovery\":false", "\"in_recovery\":true", ERROR_INCONSISTENT,
         "is a standby"},
        {"replica", "7710454461314873639", "7710454461314873640", ERROR_INCONSISTENT,
         "system identifier"},
        {"replica", "\"timeline\":1,", "\"timeline\":2,", ERROR_INCONSISTENT, "timeline 2"},
        {"primary", "x00000001", "x0000000A", ERROR_INCONSISTENT, "on 10"},
        {"primary", "\"may_monitor\":true", "\"may_monitor\":false", ERROR_PERMISSION,
         "GRANT pg_monitor"},
        {"replica", "\"may_monitor\":true", "\"may_monitor\":false", ERROR_PERMISSION,
         "GRANT pg_monitor"},
        {"primary", "\"current\":\"0/3000100\"", "\"current\":null", ERROR_PROTOCOL, "position"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bool primary = strcmp(table[i].end, "primary") == 0;
        struct fixture f;

        set_up(&f);
        answer(&f.pair.primary, NOW, primary ? with(PRIMARY, table[i].old, table[i].new) : PRIMARY);
        answer(&f.pair.replica, NOW, primary ? REPLICA : with(REPLICA, table[i].old, table[i].new));
        assert_false(prove(&f));
        assert_int_equal(f.error.kind, table[i].kind);
        assert_non_null(strstr(f.error.message, table[i].message));
        assert_false(f.evidence.has_recovery_point);
        tear_down(&f);
    }
}

/* A round with the primary at one position and the standby at another. */
static bool round_at(struct fixture *f, double at, const char *current, const char *copy)
{
    answer(&f->pair.primary, at,
           with(with(PRIMARY, "\"current\":\"0/3000100\"", with("\"current\":\"@\"", "@", current)),
                "\"flushed\":\"0/3000100\"", "\"flushed\":\"0/0\""));
    answer(&f->pair.replica, at,
           with(with(with(REPLICA, "999999.5", "null"), "\"received\":\"0/3000100\"",
                     with("\"received\":\"@\"", "@", copy)),
                "\"replayed\":\"0/3000100\"", with("\"replayed\":\"@\"", "@", copy)));
    return prove(f);
}

static void test_a_primary_that_lost_wal(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_true(round_at(&f, NOW, "0/3000100", "0/3000100"));
    assert_false(round_at(&f, NOW + 1, "0/3000050", "0/3000100"));
    assert_int_equal(f.error.kind, ERROR_INCONSISTENT);
    assert_non_null(strstr(f.error.message, "diverged"));
    /* Its new WAL has other contents at the same positions; also when one end is lost between. */
    assert_false(round_at(&f, NOW + 2, "0/3000900", "0/3000100"));
    forget(&f.pair.primary);
    assert_false(prove(&f));
    assert_false(round_at(&f, NOW + 3, "0/4000000", "0/3000100"));
    assert_false(f.evidence.has_recovery_point);
    /* Built anew, it is further back for a moment. */
    assert_true(round_at(&f, NOW + 4, "0/4000000", "0/3000000"));
    assert_true(round_at(&f, NOW + 5, "0/4000000", "0/4000000"));
    assert_near(f.evidence.lag_seconds, 0);
    /* Or it replays on, which it could not if the two had parted. */
    assert_false(round_at(&f, NOW + 6, "0/3900000", "0/4000000"));
    assert_true(round_at(&f, NOW + 7, "0/4000100", "0/4000100"));
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caught_up),
        cmocka_unit_test(test_behind_is_dated_by_the_history),
        cmocka_unit_test(test_idle_time_does_not_count_without_a_link),
        cmocka_unit_test(test_commit_time_refines_but_never_beats_what_was_seen),
        cmocka_unit_test(test_unknown_without_any_proof),
        cmocka_unit_test(test_only_the_replica_can_be_asked),
        cmocka_unit_test(test_only_the_primary_can_be_asked),
        cmocka_unit_test(test_pairs_that_do_not_belong_together),
        cmocka_unit_test(test_a_primary_that_lost_wal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
