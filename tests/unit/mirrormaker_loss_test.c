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
#include "collectors/mirrormaker_metrics.h"
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

/* A round in which the source does not answer, of a topic with two partitions. */
struct fixture {
    struct mirrormaker_settings settings;
    struct mirrormaker_session session;
    struct mirrormaker_memory memory;
    struct mirrormaker_facts facts[2];
    struct mirrormaker_result results[2];
    struct evidence evidence;
    struct snapshot snapshot;
};

static void conclude(struct fixture *f)
{
    struct arena *arena = arena_new();
    struct collection collection = {.arena = arena, .evidence = &f->evidence};
    struct error error = {.kind = ERROR_CONNECT};
    struct mirrormaker_round round = {.session = &f->session,
                                      .memory = &f->memory,
                                      .collection = &collection,
                                      .scratch = arena,
                                      .error = &error,
                                      .target_up = true,
                                      .facts = f->facts,
                                      .results = f->results};
    const struct mirrormaker_place places[] = {{"orders", 0}, {"orders", 1}};

    f->settings =
        (struct mirrormaker_settings){.isolation = "read_uncommitted", .topics_shown_max = 1};
    f->session.settings = &f->settings;
    collection.samples = samples_new(arena, &mirrormaker_collector);
    mirrormaker_tracks_follow(&f->memory.tracks, places, 2, NOW);
    mirrormaker_conclude(&round);
    f->snapshot = (struct snapshot){.arena = arena};
    samples_render(collection.samples, "source=\"events\"", &f->snapshot);
}

static void tear_down(struct fixture *f)
{
    free(f->snapshot.text);
    arena_free(f->snapshot.arena);
    mirrormaker_collector.release_memory(&f->memory);
}

/* The target is there, but it does not tell of one of the copies. */
static void test_copies_that_do_not_answer(void **state)
{
    static const struct {
        enum mirrormaker_copy copy;
        bool answered;
    } table[] = {{MIRRORMAKER_COPY_UNKNOWN, false},
                 {MIRRORMAKER_COPY_ABSENT, true},
                 {MIRRORMAKER_COPY_THERE, true}};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct fixture f = {
            .results = {{.state = MIRRORMAKER_UNKNOWN}, {.state = MIRRORMAKER_UNKNOWN}},
            .facts = {{.copy = MIRRORMAKER_COPY_THERE}, {.copy = table[i].copy}}};

        conclude(&f);
        assert_int_equal(f.evidence.copy_answered, table[i].answered);
        assert_false(f.evidence.origin_answered);
        tear_down(&f);
    }
}

static bool is_shown(const struct fixture *f, enum mirrormaker_metric metric)
{
    return f->snapshot.lines[metric].length > 0;
}

/* Whether anything of a topic was ever replicated is not known while nobody told. */
static void test_topics_that_nobody_told_of(void **state)
{
    struct fixture f = {
        .results = {{.state = MIRRORMAKER_UNKNOWN}, {.state = MIRRORMAKER_UNKNOWN}}};

    (void)state;
    conclude(&f);
    assert_true(is_shown(&f, MIRRORMAKER_TOPIC_PARTITIONS));
    assert_false(is_shown(&f, MIRRORMAKER_TOPIC_MIRRORED));
    assert_false(is_shown(&f, MIRRORMAKER_TOPICS_NOT_MIRRORED));
    assert_false(is_shown(&f, MIRRORMAKER_TOPICS_VANISHED));
    tear_down(&f);
    f = (struct fixture){
        .results = {{.state = MIRRORMAKER_UNKNOWN}, {.state = MIRRORMAKER_UNMIRRORED}}};
    conclude(&f);
    assert_true(is_shown(&f, MIRRORMAKER_TOPIC_MIRRORED));
    assert_true(is_shown(&f, MIRRORMAKER_TOPICS_NOT_MIRRORED));
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_are_as_they_last_were),
        cmocka_unit_test(test_groups_that_were_not_judged),
        cmocka_unit_test(test_copies_that_do_not_answer),
        cmocka_unit_test(test_topics_that_nobody_told_of),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
