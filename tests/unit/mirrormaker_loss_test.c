/* SPDX-License-Identifier: Apache-2.0 */
/* What a round says when the source is lost: of consumer groups, and of the copies. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/mirrormaker.h"
#include "collectors/mirrormaker_round.h"
#include "exporter/snapshot.h"

#define NOW 1700000000.0

/* What a round finds when neither cluster tells of the groups. */
static void assert_unusable(struct mirrormaker_memory *memory, const char *expected)
{
    static const char *const texts[] = {"billing", NULL};
    const struct mirrormaker_settings settings = {.source_alias = "A",
                                                  .target_alias = "B",
                                                  .replication_policy = "default",
                                                  .separator = ".",
                                                  .groups = texts,
                                                  .checkpoint_max_age_ms = 300000};
    struct mirrormaker_session session = {.settings = &settings};
    struct evidence evidence = {0};
    struct collection collection = {.arena = arena_new(), .evidence = &evidence};
    struct error error;
    struct mirrormaker_round round = {
        .session = &session, .memory = memory, .collection = &collection, .target_up = true};

    collection.samples = samples_new(collection.arena, &mirrormaker_collector);
    assert_true(mirrormaker_policy_init(&session.policy, &settings, &error));
    mirrormaker_judge_groups(&round, &collection.deadline);
    /* The clusters answer, but the checkpoints could not be read: those from before do not count.
     */
    round.source_listed = true;
    session.checkpoints.ready = true;
    mirrormaker_judge_groups(&round, &collection.deadline);
    if (expected == NULL) {
        assert_null(evidence.unusable);
    } else {
        assert_non_null(evidence.unusable);
        assert_non_null(strstr(evidence.unusable, expected));
    }
    mirrormaker_policy_release(&session.policy);
    arena_free(collection.arena);
}

static void test_groups_are_as_they_last_were(void **state)
{
    struct mirrormaker_memory memory = {
        .tracks = {.has_layout_time = true, .layout_time = NOW},
        .marks = {.has_time = true, .time = NOW},
    };

    (void)state;
    assert_unusable(&memory, NULL);
    memory.unusable = strdup("group billing could not resume");
    assert_unusable(&memory, "group billing could not resume");
    mirrormaker_collector.release_memory(&memory);
}

static void test_groups_that_were_not_judged(void **state)
{
    struct mirrormaker_memory memory = {.tracks = {.has_layout_time = true, .layout_time = NOW}};

    (void)state;
    assert_unusable(&memory, "it is not known");
    /* The source answered until now, but for long did not tell of them. */
    memory.marks = (struct mirrormaker_marks){.has_time = true, .time = NOW - 300};
    assert_unusable(&memory, NULL);
    memory.marks.time = NOW - 301;
    assert_unusable(&memory, "it is not known");
}

/* The target is there, but it does not tell of one of the copies. */
static void test_copies_that_do_not_answer(void **state)
{
    const struct mirrormaker_settings settings = {.isolation = "read_uncommitted",
                                                  .topics_shown_max = 1};
    struct mirrormaker_session session = {.settings = &settings};
    const struct mirrormaker_place places[] = {{"orders", 0}, {"orders", 1}};
    struct mirrormaker_memory memory = {0};
    struct mirrormaker_result results[] = {{.state = MIRRORMAKER_UNKNOWN},
                                           {.state = MIRRORMAKER_UNKNOWN}};
    struct mirrormaker_facts facts[] = {{.copy = MIRRORMAKER_COPY_THERE},
                                        {.copy = MIRRORMAKER_COPY_UNKNOWN}};
    struct evidence evidence = {0};
    struct collection collection = {.arena = arena_new(), .evidence = &evidence};
    struct error error = {.kind = ERROR_CONNECT};
    struct mirrormaker_round round = {.session = &session,
                                      .memory = &memory,
                                      .collection = &collection,
                                      .scratch = collection.arena,
                                      .error = &error,
                                      .target_up = true,
                                      .facts = facts,
                                      .results = results};

    (void)state;
    mirrormaker_tracks_follow(&memory.tracks, places, 2, NOW);
    collection.samples = samples_new(collection.arena, &mirrormaker_collector);
    mirrormaker_conclude(&round);
    assert_false(evidence.copy_answered);
    facts[1].copy = MIRRORMAKER_COPY_ABSENT;
    collection.samples = samples_new(collection.arena, &mirrormaker_collector);
    mirrormaker_conclude(&round);
    assert_true(evidence.copy_answered);
    assert_false(evidence.origin_answered);
    mirrormaker_collector.release_memory(&memory);
    arena_free(collection.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_are_as_they_last_were),
        cmocka_unit_test(test_groups_that_were_not_judged),
        cmocka_unit_test(test_copies_that_do_not_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
