/* SPDX-License-Identifier: Apache-2.0 */
/* Copies that do not have what MirrorMaker once wrote there, and those that need not have it. */

#include "tests/unit/mirrormaker_fixture.h"

static void test_copy_that_is_gone(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);
    struct mirrormaker_result result;

    (void)state;
    (void)look(track, round);
    round.time = NOW + 15;
    round.no_copy = true;
    result = look(track, round);
    assert_int_equal(result.state, MIRRORMAKER_COPY_LOST);
    assert_false(result.has_recovery_point);
    /* MirrorMaker creates it again and goes on: what it had before is still missing… */
    round.no_copy = false;
    round.end = 1010;
    round.last = 1009;
    round.copy_end = 10;
    assert_int_equal(look(track, round).state, MIRRORMAKER_COPY_LOST);
    assert_int_equal(look(track, round).state, MIRRORMAKER_COPY_LOST);
    /* …until the source does not have it either. */
    round.start = 1000;
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);
    free(track);
}

static void test_copy_that_shrank(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);

    (void)state;
    (void)look(track, round);
    round.copy_end = 500;
    assert_int_equal(look(track, round).state, MIRRORMAKER_COPY_LOST);
    /* Set back to the beginning, MirrorMaker replicates all of it again. */
    round.last = 3;
    round.copy_end = 504;
    assert_int_equal(look(track, round).state, MIRRORMAKER_BEHIND);
    free(track);
}

static void test_copy_that_ends_before_the_sync(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);
    struct mirrormaker_facts facts = facts_of(&round);

    (void)state;
    facts.position.has_pair = true;
    facts.position.upstream = 999;
    facts.position.downstream = 999;
    facts.copy_end = 300;
    mirrormaker_take_position(track, &facts.position, NOW);
    mirrormaker_take_ends(track, 0, 1000, NOW);
    assert_int_equal(mirrormaker_judge(track, &facts, NOW).state, MIRRORMAKER_COPY_LOST);
    free(track);
}

/* Records were deleted at the target, or retention is shorter there. */
static void test_copy_that_was_emptied(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);

    (void)state;
    round.copy_start = 1000;
    round.copy_end = 1000;
    assert_int_equal(look(track, round).state, MIRRORMAKER_COPY_LOST);
    free(track);

    /* Nothing is left of what was there before, but something new has come. */
    track = new_track();
    round.copy_start = 0;
    (void)look(track, round);
    round.time = NOW + 15;
    round.end = 1020;
    round.last = 1019;
    round.copy_start = 1005;
    round.copy_end = 1020;
    assert_int_equal(look(track, round).state, MIRRORMAKER_COPY_LOST);
    free(track);

    /* Some of it is gone, as retention does; the source may remove it later. */
    track = new_track();
    round.copy_start = 500;
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);
    /* Both have removed all. */
    round.time = NOW + 30;
    round.start = 1020;
    round.copy_start = 1020;
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);
    free(track);
}

static void test_copy_without_the_record_of_the_sync(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);
    struct mirrormaker_facts facts = facts_of(&round);

    (void)state;
    facts.position.has_pair = true;
    facts.position.upstream = 950;
    facts.position.downstream = 950;
    facts.copy_start = 960;
    mirrormaker_take_position(track, &facts.position, NOW);
    mirrormaker_take_ends(track, 0, 1000, NOW);
    assert_int_equal(mirrormaker_judge(track, &facts, NOW).state, MIRRORMAKER_COPY_LOST);
    free(track);
}

/* What the source had removed itself when it was last heard of is not missing at the target. */
static void test_copy_while_the_source_is_away(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);
    struct mirrormaker_facts facts;
    struct mirrormaker_result result;

    (void)state;
    round.start = round.copy_start = round.copy_end = 1000;
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);
    round.time = NOW + 15;
    round.start = round.end = 0;
    round.no_source = true;
    result = look(track, round);
    assert_int_equal(result.state, MIRRORMAKER_UNKNOWN);
    assert_recovery_point(&result, NOW);
    free(track);

    track = new_track();
    round = current(NOW);
    round.start = round.copy_start = 960;
    (void)look(track, round);
    round.no_source = true;
    facts = facts_of(&round);
    facts.start = facts.end = 0;
    facts.position.has_pair = true;
    facts.position.upstream = facts.position.downstream = 950;
    result = mirrormaker_judge(track, &facts, NOW + 15);
    assert_recovery_point(&result, NOW);
    round.no_source = false;
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);

    /* What it still had is. */
    round.no_source = true;
    round.start = round.end = 0;
    round.copy_start = 1000;
    assert_false(look(track, round).has_recovery_point);
    free(track);
}

/* A new session cannot read the offset syncs of a source that is lost. */
static void test_copy_that_is_gone_while_rows_are_unknown(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct mirrormaker_facts facts = {.copy = MIRRORMAKER_COPY_THERE, .copy_end = 1000};

    (void)state;
    (void)look(track, current(NOW));
    assert_true(mirrormaker_judge(track, &facts, NOW + 15).has_recovery_point);
    facts.copy_end = 500;
    assert_false(mirrormaker_judge(track, &facts, NOW + 30).has_recovery_point);
    free(track);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy_that_is_gone),
        cmocka_unit_test(test_copy_that_shrank),
        cmocka_unit_test(test_copy_that_ends_before_the_sync),
        cmocka_unit_test(test_copy_that_was_emptied),
        cmocka_unit_test(test_copy_without_the_record_of_the_sync),
        cmocka_unit_test(test_copy_while_the_source_is_away),
        cmocka_unit_test(test_copy_that_is_gone_while_rows_are_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
