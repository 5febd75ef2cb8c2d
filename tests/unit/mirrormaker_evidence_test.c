/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery points of a partition that MirrorMaker copies: never newer than the truth. */

#include "tests/unit/mirrormaker_fixture.h"

static void test_caught_up(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct mirrormaker_result result;

    (void)state;
    result = look(track, (struct round){.time = NOW, .end = 100, .replicated = true, .last = 99});
    assert_int_equal(result.state, MIRRORMAKER_CURRENT);
    assert_int_equal(result.gap, 0);
    assert_recovery_point(&result, NOW);
    assert_false(result.wants_peek);
    free(track);
}

static void test_empty_partition_misses_nothing(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct mirrormaker_result result;

    (void)state;
    result = look(track, (struct round){.time = NOW, .start = 40, .end = 40, .no_copy = true});
    assert_int_equal(result.state, MIRRORMAKER_CURRENT);
    assert_recovery_point(&result, NOW);
    free(track);
}

/* Rows that were written after the ends were asked for may be ahead of them. */
static void test_progress_after_the_ends_is_no_other_topic(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = {.time = NOW, .end = 100, .replicated = true, .last = 90};
    struct mirrormaker_facts facts = facts_of(&round);
    struct mirrormaker_result result;

    (void)state;
    mirrormaker_take_position(track, &facts.position, NOW);
    mirrormaker_take_ends(track, 0, 100, NOW);
    round.last = 120;
    facts = facts_of(&round);
    mirrormaker_take_position(track, &facts.position, NOW);
    result = mirrormaker_judge(track, &facts, NOW);
    assert_int_equal(result.state, MIRRORMAKER_CURRENT);
    assert_recovery_point(&result, NOW);
    assert_int_equal(
        look(track, (struct round){.time = NOW + 1, .end = 130, .replicated = true, .last = 120})
            .state,
        MIRRORMAKER_BEHIND);
    free(track);
}

/* MirrorMaker is dead: the gap grows with the source, and the recovery point stays. */
static void test_gap_grows_while_nothing_is_committed(void **state)
{
    struct mirrormaker_track *track = new_track();

    (void)state;
    (void)look(track, (struct round){.time = NOW, .end = 100, .replicated = true, .last = 99});
    for (int i = 1; i <= 200; i++) {
        struct round round = {.time = NOW + i, .end = 100 + 10 * i, .replicated = true, .last = 99};
        struct mirrormaker_result result = look(track, round);

        assert_int_equal(result.state, MIRRORMAKER_BEHIND);
        assert_int_equal(result.gap, 10 * i);
        assert_recovery_point(&result, i == 1 ? NOW : NOW + 0.7);
        find_record(track, round, 100, NOW + 0.7, &result);
        assert_recovery_point(&result, NOW + 0.7);
    }
    free(track);
}

/* A steady stream whose offsets are committed once a minute: never newer than the truth, and not
 * older than the points of the history allow. */
static void test_steady_flow(void **state)
{
    struct mirrormaker_track *track = new_track();

    (void)state;
    for (int i = 0; i <= 600; i++) {
        int64_t end = 1000 + 10 * i;
        int64_t last = 1000 + 10 * (i - i % 60) - 1;
        struct mirrormaker_result result = look(
            track, (struct round){.time = NOW + i, .end = end, .replicated = true, .last = last});
        double truth = NOW + i - i % 60;

        assert_int_equal(result.gap, end - last - 1);
        assert_true(result.has_recovery_point);
        assert_true(result.recovery_point <= (i % 60 == 0 ? NOW + i : truth) + 0.001);
        assert_true(result.recovery_point >= truth - 60);
    }
    free(track);
}

/* An idle topic, then a burst: the age counts from the last look without it. */
static void test_burst_gives_no_spike(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round idle = {.end = 100, .replicated = true, .last = 99};
    struct round burst = {.time = NOW + 3615, .end = 9100, .replicated = true, .last = 99};
    struct mirrormaker_result result;

    (void)state;
    for (int i = 0; i <= 240; i++) {
        idle.time = NOW + 15 * i;
        (void)look(track, idle);
    }
    result = look(track, burst);
    assert_recovery_point(&result, NOW + 3600);
    /* A producer's clock that is an hour late does not make it older. */
    find_record(track, burst, 100, NOW + 10, &result);
    assert_recovery_point(&result, NOW + 3600);
    free(track);
}

static void test_clocks_of_producers_are_bounded(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = {.time = NOW, .end = 100, .replicated = true, .last = 99};
    struct mirrormaker_result result;

    (void)state;
    (void)look(track, round);
    round.time = NOW + 15;
    round.end = 200;
    (void)look(track, round);
    round.time = NOW + 30;
    result = look(track, round);
    find_record(track, round, 100, NOW + 16, &result);
    assert_recovery_point(&result, NOW + 15);
    /* The next one's clock is clearly wrong. */
    round.last = 149;
    round.end = 300;
    round.time = NOW + 45;
    result = look(track, round);
    find_record(track, round, 150, NOW + 3000, &result);
    assert_recovery_point(&result, NOW + 15);
    free(track);
}

/* At the first look nothing bounds it from below. */
static void test_first_look_at_a_backlog(void **state)
{
    static const double implausible[] = {-1, 0};
    struct round round = {.time = NOW, .end = 100, .replicated = true, .last = 9};

    (void)state;
    for (size_t i = 0; i < sizeof implausible / sizeof implausible[0]; i++) {
        struct mirrormaker_track *track = new_track();
        struct mirrormaker_result result = look(track, round);

        assert_false(result.has_recovery_point);
        find_record(track, round, 10, implausible[i], &result);
        assert_false(result.has_recovery_point);
        find_record(track, round, 10, NOW - 900, &result);
        assert_recovery_point(&result, NOW - 900);
        free(track);
    }
}

/* Who was seen to be ahead of the time is not believed later either. */
static void test_clock_that_is_ahead(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = {.time = NOW, .end = 100, .replicated = true, .last = 9};
    struct mirrormaker_result result = look(track, round);

    (void)state;
    find_record(track, round, 10, NOW + 60, &result);
    assert_false(result.has_recovery_point);
    round.time = NOW + 90;
    result = look(track, round);
    find_record(track, round, 10, NOW + 60, &result);
    assert_false(result.has_recovery_point);
    /* What was there at the first look has been replicated. */
    round.time = NOW + 120;
    round.end = 150;
    round.last = 99;
    result = look(track, round);
    assert_recovery_point(&result, NOW + 90);
    free(track);
}

/* The marker that ends a transaction takes an offset, and is no record. */
static void test_control_records_are_no_gap(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = {.time = NOW, .end = 101, .replicated = true, .last = 99};
    struct mirrormaker_result result = look(track, round);

    (void)state;
    assert_int_equal(result.gap, 1);
    find_nothing(track, round, 101, &result);
    assert_int_equal(result.state, MIRRORMAKER_CURRENT);
    assert_int_equal(result.gap, 0);
    assert_recovery_point(&result, NOW);
    /* That is remembered: retention that removes the marker loses nothing. */
    round.time = NOW + 15;
    round.start = 101;
    result = look(track, round);
    assert_int_equal(result.state, MIRRORMAKER_CURRENT);
    assert_int_equal(track->lost, 0);
    /* A record that comes behind it. */
    round.time = NOW + 30;
    round.end = 102;
    result = look(track, round);
    assert_int_equal(result.state, MIRRORMAKER_BEHIND);
    assert_int_equal(result.peek_offset, 101);
    assert_recovery_point(&result, NOW + 15);
    free(track);
}

/* read_committed: records behind the last stable offset are not seen, and are not replicated. */
static void test_hung_transaction_is_a_backlog(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = {.time = NOW, .end = 100, .replicated = true, .last = 99};
    struct mirrormaker_facts facts;
    struct kafka_peek peek = {.state = KAFKA_PEEK_RECORD, .found_offset = 100};
    struct mirrormaker_result result;

    (void)state;
    (void)look(track, round);
    for (int i = 1; i <= 5; i++) {
        round.time = NOW + 15 * i;
        round.end = 100 + i;
        result = look(track, round);
        find_nothing(track, round, 100, &result);
        assert_int_equal(result.state, MIRRORMAKER_BEHIND);
        assert_int_equal(result.gap, i);
        assert_recovery_point(&result, i == 1 ? NOW : NOW + 10);
        assert_true(result.wants_peek);
        facts = facts_of(&round);
        peek.timestamp_ms = (int64_t)(NOW + 10) * 1000;
        mirrormaker_date(track, &facts, &peek, true, round.time, 0, &result);
        assert_recovery_point(&result, NOW + 10);
    }
    /* It is aborted at last. */
    find_nothing(track, round, 105, &result);
    assert_int_equal(result.state, MIRRORMAKER_CURRENT);
    free(track);
}

/* Compaction removes a record that was not replicated; what follows is younger. */
static void test_compaction_does_not_make_it_younger(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = {.time = NOW, .end = 200, .replicated = true, .last = 99};
    struct mirrormaker_result result = look(track, round);

    (void)state;
    find_record(track, round, 100, NOW - 1000, &result);
    assert_recovery_point(&result, NOW - 1000);
    round.time = NOW + 15;
    result = look(track, round);
    find_record(track, round, 150, NOW - 10, &result);
    assert_recovery_point(&result, NOW - 1000);
    result = look(track, round);
    find_nothing(track, round, 200, &result);
    assert_int_equal(result.state, MIRRORMAKER_BEHIND);
    assert_recovery_point(&result, NOW - 1000);
    round.last = 199;
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);
    free(track);
}

static void test_retention_loss_is_counted_once(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = {.time = NOW, .end = 100, .replicated = true, .last = 9};
    struct mirrormaker_result result;

    (void)state;
    result = look(track, round);
    find_record(track, round, 10, NOW - 100, &result);
    for (int i = 0; i < 3; i++) {
        round.time = NOW + 15;
        round.start = 30;
        result = look(track, round);
        assert_int_equal(result.state, MIRRORMAKER_LOST);
        assert_int_equal(track->lost, 20);
        assert_int_equal(result.gap, 70);
        assert_recovery_point(&result, NOW - 100);
    }
    round.start = 40;
    (void)look(track, round);
    assert_int_equal(track->lost, 30);
    round.last = 45;
    assert_int_equal(look(track, round).state, MIRRORMAKER_BEHIND);
    assert_int_equal(track->lost, 30);
    free(track);
}

/* Everything that was not replicated expired: it is lost, and nothing more can be replicated. */
static void test_retention_of_everything(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = {.time = NOW, .end = 100, .replicated = true, .last = 89};

    (void)state;
    (void)look(track, round);
    round.start = 100;
    round.time = NOW + 15;
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);
    assert_int_equal(track->lost, 10);
    free(track);

    /* Seen so at first, it may have been control records. */
    track = new_track();
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);
    assert_int_equal(track->lost, 0);
    free(track);
}

static void test_never_replicated(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = {.time = NOW, .start = 5, .end = 100, .no_copy = true};
    struct mirrormaker_result result = look(track, round);

    (void)state;
    assert_int_equal(result.state, MIRRORMAKER_UNMIRRORED);
    assert_int_equal(result.gap, 95);
    assert_int_equal(result.peek_offset, 5);
    assert_false(result.has_recovery_point);
    find_record(track, round, 5, NOW - 500, &result);
    assert_recovery_point(&result, NOW - 500);
    round.time = NOW + 15;
    round.start = 7;
    assert_int_equal(look(track, round).state, MIRRORMAKER_LOST);
    assert_int_equal(track->lost, 2);
    free(track);
}

static void test_an_end_that_is_not_known(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = {.time = NOW, .end = 100, .replicated = true, .last = 99};
    struct mirrormaker_result result;

    (void)state;
    (void)look(track, round);
    round.time = NOW + 15;
    round.no_source = true;
    result = look(track, round);
    assert_int_equal(result.state, MIRRORMAKER_UNKNOWN);
    assert_false(result.has_gap);
    assert_recovery_point(&result, NOW);
    round.no_source = false;
    round.no_target = true;
    round.end = 110;
    result = look(track, round);
    assert_int_equal(result.state, MIRRORMAKER_UNKNOWN);
    assert_int_equal(result.gap, 10);
    assert_recovery_point(&result, NOW);
    free(track);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caught_up),
        cmocka_unit_test(test_empty_partition_misses_nothing),
        cmocka_unit_test(test_progress_after_the_ends_is_no_other_topic),
        cmocka_unit_test(test_gap_grows_while_nothing_is_committed),
        cmocka_unit_test(test_steady_flow),
        cmocka_unit_test(test_burst_gives_no_spike),
        cmocka_unit_test(test_clocks_of_producers_are_bounded),
        cmocka_unit_test(test_first_look_at_a_backlog),
        cmocka_unit_test(test_clock_that_is_ahead),
        cmocka_unit_test(test_control_records_are_no_gap),
        cmocka_unit_test(test_hung_transaction_is_a_backlog),
        cmocka_unit_test(test_compaction_does_not_make_it_younger),
        cmocka_unit_test(test_retention_loss_is_counted_once),
        cmocka_unit_test(test_retention_of_everything),
        cmocka_unit_test(test_never_replicated),
        cmocka_unit_test(test_an_end_that_is_not_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
