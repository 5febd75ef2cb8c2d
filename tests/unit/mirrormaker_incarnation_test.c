/* SPDX-License-Identifier: Apache-2.0 */
/* Topics that are created anew, and rows of the former ones. */

#include "collectors/mirrormaker_missing.h"
#include "tests/unit/mirrormaker_fixture.h"

static void test_smaller_than_what_was_replicated(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);
    struct mirrormaker_result result;

    (void)state;
    round.end = 10;
    result = look(track, round);
    assert_int_equal(result.state, MIRRORMAKER_RECREATED);
    assert_int_equal(result.gap, 10);
    assert_false(result.has_recovery_point);
    /* It outgrows the former one, and the row is still of that. */
    round.end = 5000;
    round.time = NOW + 15;
    assert_int_equal(look(track, round).state, MIRRORMAKER_RECREATED);
    /* A row that MirrorMaker writes for the new one. */
    round.last = 7;
    round.row_time_ms = 120000;
    result = look(track, round);
    assert_int_equal(result.state, MIRRORMAKER_BEHIND);
    assert_int_equal(result.gap, 4992);
    free(track);
}

/* Offsets of the former topic may be committed once more, so the first new row may be of either. */
static void test_late_commit_of_the_former_topic(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);

    (void)state;
    (void)look(track, round);
    round.end = 20;
    round.time = NOW + 15;
    assert_int_equal(look(track, round).state, MIRRORMAKER_RECREATED);
    round.end = 2000;
    round.last = 1010;
    round.row_time_ms = 61000;
    assert_int_equal(look(track, round).state, MIRRORMAKER_RECREATED);
    assert_int_equal(look(track, round).state, MIRRORMAKER_RECREATED);
    round.last = 1500;
    round.row_time_ms = 121000;
    assert_int_equal(look(track, round).state, MIRRORMAKER_BEHIND);
    free(track);
}

static void test_new_topic_without_records(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);

    (void)state;
    (void)look(track, round);
    round.end = 0;
    round.time = NOW + 15;
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);
    round.end = 1;
    round.time = NOW + 30;
    assert_int_equal(look(track, round).state, MIRRORMAKER_RECREATED);
    round.last = 0;
    round.row_time_ms = 90000;
    round.copy_end = 1001;
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);
    free(track);
}

static void test_end_that_goes_back_behind_the_last_look(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);

    (void)state;
    round.end = 5000;
    (void)look(track, round);
    round.time = NOW + 15;
    round.end = 3000;
    assert_int_equal(look(track, round).state, MIRRORMAKER_RECREATED);
    free(track);
}

/* The offsets were set back: what was proven is not certain any more. */
static void test_progress_that_goes_back(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);
    struct mirrormaker_result result;

    (void)state;
    (void)look(track, round);
    round.time = NOW + 15;
    round.last = 99;
    result = look(track, round);
    assert_int_equal(result.state, MIRRORMAKER_BEHIND);
    assert_int_equal(result.gap, 900);
    assert_false(result.has_recovery_point);
    round.replicated = false;
    result = look(track, round);
    assert_int_equal(result.state, MIRRORMAKER_UNMIRRORED);
    assert_int_equal(result.gap, 1000);
    assert_false(result.has_recovery_point);
    free(track);
}

/* MirrorMaker crashed: its syncs begin again at N + 1, and what was replicated still is. */
static void test_restart_of_mirrormaker(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);
    struct mirrormaker_facts facts;

    (void)state;
    round.last = 899;
    facts = facts_of(&round);
    facts.position.next = 1000;
    facts.copy_end = 1000;
    mirrormaker_take_position(track, &facts.position, NOW);
    mirrormaker_take_ends(track, 0, 1000, NOW);
    assert_int_equal(mirrormaker_judge(track, &facts, NOW).state, MIRRORMAKER_CURRENT);
    facts.position.next = 901;
    mirrormaker_take_position(track, &facts.position, NOW);
    mirrormaker_take_ends(track, 0, 1000, NOW + 15);
    assert_int_equal(mirrormaker_judge(track, &facts, NOW + 15).state, MIRRORMAKER_CURRENT);
    free(track);
}

/* It was seen to be deleted, and has outgrown the former one when it is looked at. */
static void test_rows_from_before_a_deletion(void **state)
{
    struct mirrormaker_track *track = new_track();
    struct round round = current(NOW);

    (void)state;
    track->reborn_after_ms = 70000;
    round.end = 5000;
    assert_int_equal(look(track, round).state, MIRRORMAKER_RECREATED);
    assert_int_equal(look(track, round).state, MIRRORMAKER_RECREATED);
    round.row_time_ms = 71000;
    round.last = 10;
    assert_int_equal(look(track, round).state, MIRRORMAKER_BEHIND);
    free(track);
    track = new_track();
    track->reborn_after_ms = 70000;
    round.last = 4999;
    assert_int_equal(look(track, round).state, MIRRORMAKER_CURRENT);
    free(track);
}

/* --- Which partitions there are. --- */

static void test_partitions_come_and_go(void **state)
{
    struct mirrormaker_tracks tracks = {0};
    const struct mirrormaker_place before[] = {{"a", 0}, {"b", 0}, {"c", 0}};
    const struct mirrormaker_place after[] = {{"a", 0}, {"a", 1}, {"c", 0}, {"d", 0}};

    (void)state;
    mirrormaker_tracks_follow(&tracks, before, 3, NOW);
    assert_int_equal(tracks.count, 3);
    assert_false(tracks.items[0]->was_absent);
    tracks.items[1]->lost = 4;
    tracks.items[2]->next = 77;
    mirrormaker_tracks_follow(&tracks, after, 4, NOW + 15);
    assert_int_equal(tracks.count, 4);
    assert_int_equal(tracks.items[2]->next, 77);
    assert_true(tracks.items[1]->was_absent && tracks.items[3]->was_absent);
    assert_true(fabs(tracks.items[3]->absent_until - NOW) < 0.001);
    assert_int_equal(tracks.lost, 4);
    mirrormaker_tracks_release(&tracks);
}

static void follow(struct mirrormaker_tracks *tracks, struct mirrormaker_missing *missing,
                   struct kafka_partition *partitions, size_t count)
{
    struct mirrormaker_place places[4];
    struct kafka_layout layout = {.partitions = partitions, .partition_count = count};

    for (size_t i = 0; i < count; i++) {
        places[i] = (struct mirrormaker_place){partitions[i].topic, partitions[i].partition};
    }
    mirrormaker_missing_note(missing, tracks, &layout);
    mirrormaker_tracks_follow(tracks, places, count, NOW);
    mirrormaker_missing_settle(missing, tracks, &layout);
}

static void test_topics_that_are_not_listed(void **state)
{
    struct mirrormaker_tracks tracks = {0};
    struct mirrormaker_missing missing = {0};
    struct kafka_partition partitions[] = {
        {.topic = "a"}, {.topic = "a", .partition = 1}, {.topic = "b"}};

    (void)state;
    follow(&tracks, &missing, partitions, 3);
    assert_int_equal(mirrormaker_missing_count(&missing), 0);
    follow(&tracks, &missing, partitions + 2, 1);
    assert_int_equal(mirrormaker_missing_count(&missing), 1);
    assert_string_equal(missing.items[0].topic, "a");
    mirrormaker_missing_add(&missing, "c", true);
    mirrormaker_missing_add(&missing, "a", false);
    assert_int_equal(mirrormaker_missing_count(&missing), 2);
    /* Only a name in the configuration has to exist. */
    missing.items[0].deleted = missing.items[1].deleted = true;
    missing.items[0].deleted_at = NOW;
    assert_int_equal(mirrormaker_missing_count(&missing), 1);
    follow(&tracks, &missing, partitions, 3);
    assert_int_equal(missing.count, 1);
    assert_int_equal(tracks.items[1]->reborn_after_ms, (int64_t)NOW * 1000);
    assert_int_equal(tracks.items[2]->reborn_after_ms, 0);
    mirrormaker_missing_release(&missing);
    mirrormaker_tracks_release(&tracks);
}

/* However often points are merged, answers are never newer than the truth. */
static void test_points_only_become_older(void **state)
{
    struct mirrormaker_track *track = new_track();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        mirrormaker_track_note_end(track, NOW + i, 10 * (int64_t)i);
        for (int j = 0; j <= i; j += 7) {
            double time;

            if (mirrormaker_track_not_beyond(track, 10 * (int64_t)j, &time)) {
                assert_true(time <= NOW + j + 0.001);
            }
            if (mirrormaker_track_beyond(track, 10 * (int64_t)j, &time)) {
                assert_true(time <= NOW + j + 1 + 0.001);
            }
        }
    }
    assert_true(track->point_count <= MIRRORMAKER_POINTS);
    assert_true(sizeof *track < 1024);
    free(track);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smaller_than_what_was_replicated),
        cmocka_unit_test(test_late_commit_of_the_former_topic),
        cmocka_unit_test(test_new_topic_without_records),
        cmocka_unit_test(test_end_that_goes_back_behind_the_last_look),
        cmocka_unit_test(test_progress_that_goes_back),
        cmocka_unit_test(test_restart_of_mirrormaker),
        cmocka_unit_test(test_rows_from_before_a_deletion),
        cmocka_unit_test(test_partitions_come_and_go),
        cmocka_unit_test(test_topics_that_are_not_listed),
        cmocka_unit_test(test_points_only_become_older),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
