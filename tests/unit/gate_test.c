/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the gate: what blocks, what only warns, and the moment after a loss. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/cleanup.h"
#include "exporter/gate.h"

#define NOW 2000000000.0
#define NOW_MS 1000000000

static const struct collector fake_collector = {
    .name = "fake",
    .summary = "A collector for tests.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .proves_zero_data_loss = true,
    .feeds = FEEDS(CHECK_ENDPOINT),
};
static const struct collector book_collector = {.name = "book", .feeds = FEEDS(CHECK_RUNBOOK)};

const struct collector *const collector_registry[] = {&fake_collector, &book_collector, NULL};

static const char plan[] =
    "exporter: {interval: 1s, timeout: 1s}\n"
    "tiers:\n"
    "  - {name: zero, rpo: 0s}\n"
    "  - {name: usual, rto: 5m, rpo: 10s, drill_max_age: {full: 30d}}\n"
    "  - {name: careful, rpo: 10s, drill_max_age: {full: 30d}, gate_requires: [drill]}\n"
    "  - {name: other, rpo: {corruption: 1h}}\n"
    "services:\n"
    "  - {name: strict, tier: zero, datasets: [a]}\n"
    "  - {name: usual, tier: usual, datasets: [a]}\n"
    "  - {name: careful, tier: careful, datasets: [a]}\n"
    "  - {name: accepting, tier: usual, datasets: [a, b],\n"
    "     accept_data_loss: {reason: agreed, until: '2033-05-18T03:33:30Z'}}\n"
    "  - {name: front, tier: usual, datasets: [a], depends_on: [middle]}\n"
    "  - {name: middle, tier: usual, datasets: [a], depends_on: [back]}\n"
    "  - {name: back, tier: usual, datasets: [b]}\n"
    "  - {name: stray, tier: usual, datasets: [a], depends_on: [elsewhere]}\n"
    "  - {name: elsewhere, tier: other, datasets: [a]}\n"
    "  - {name: probed, tier: usual, datasets: [a], evidence: [p]}\n"
    "  - {name: lone, tier: usual, evidence: [r]}\n"
    "sources:\n"
    "  - {name: a, collector: fake, dataset: a}\n"
    "  - {name: b, collector: fake, dataset: b}\n"
    "  - {name: p, collector: fake}\n"
    "  - {name: r, collector: book}\n";

enum { A, B, P, R, SOURCE_COUNT };

struct fixture {
    struct config *config;
    struct board_entry *entries[SOURCE_COUNT];
    struct board_view view;
    struct snapshot snapshots[SOURCE_COUNT];
    struct arena *arena;
};

/* Both ends answered just now; the copy is `lag` seconds behind. */
static struct snapshot *collect(struct fixture *f, size_t i, double lag)
{
    struct board_entry *entry = f->entries[i];

    f->snapshots[i] = (struct snapshot){
        .collected_at = NOW,
        .finished_monotonic_ms = NOW_MS,
        .succeeded = true,
        .evidence = {.has_recovery_point = true,
                     .recovery_point = NOW - lag,
                     .has_lag = true,
                     .lag_seconds = lag,
                     .origin_answered = true,
                     .copy_answered = true},
    };
    entry->snapshot = &f->snapshots[i];
    entry->has_recovery_point = true;
    entry->recovery_point = NOW - lag;
    entry->last_success = NOW;
    entry->last_origin_answer = NOW;
    return &f->snapshots[i];
}

/* The origin last answered so many seconds ago; the copy still does. */
static struct snapshot *lose_origin(struct fixture *f, size_t i, double ago)
{
    struct snapshot *snapshot = &f->snapshots[i];

    snapshot->succeeded = false;
    (void)error_set(&snapshot->error, ERROR_CONNECT, "primary: connection refused");
    snapshot->evidence.has_lag = false;
    snapshot->evidence.origin_answered = false;
    snapshot->evidence.zero_data_loss = ANSWER_UNKNOWN;
    f->entries[i]->last_origin_answer = NOW - ago;
    return snapshot;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    CLEANUP(free_text) char *report = NULL;

    assert_non_null(f);
    f->arena = arena_new();
    f->config = config_load_text(plan, strlen(plan), "plan.yml", &report);
    if (f->config == NULL) {
        fail_msg("%s", report);
    }
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        f->entries[i] = board_entry_new(f->config->sources[i]);
        (void)collect(f, i, 1);
    }
    f->view = (struct board_view){
        .config = f->config, .entries = f->entries, .entry_count = SOURCE_COUNT};
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        f->entries[i]->snapshot = NULL; /* They are the fixture's. */
        board_entry_free(f->entries[i]);
    }
    config_free(f->config);
    arena_free(f->arena);
    free(f);
    return 0;
}

static struct gate gate_of(struct fixture *f, const char *service, double now)
{
    size_t count;
    struct verdict *verdicts = verdicts_evaluate(f->arena, &f->view, now, NOW_MS, &count);
    size_t index = verdict_index(verdicts, count, service, DISRUPTION_REGION);

    assert_true(index < count);
    return gate_evaluate(f->arena, f->config, verdicts, count, index, now);
}

static struct gate gate_after_loss(struct fixture *f, const char *service, double lost_since)
{
    size_t count;
    struct verdict *verdicts =
        verdicts_evaluate_loss(f->arena, &f->view, NOW, NOW_MS, lost_since, &count);
    size_t index = verdict_index(verdicts, count, service, DISRUPTION_REGION);

    assert_true(index < count);
    return gate_evaluate(f->arena, f->config, verdicts, count, index, NOW);
}

static void assert_blocked(const struct gate *gate, const char *service, enum check_kind kind)
{
    assert_false(gate->open);
    for (size_t i = 0; i < gate->blocker_count; i++) {
        if (gate->blockers[i].kind == kind && strcmp(gate->blockers[i].service, service) == 0) {
            return;
        }
    }
    fail_msg("not blocked by %s %s", service, check_kind_name(kind));
}

static void warns_of_what_is_only_overdue(void **state)
{
    struct gate gate = gate_of(*state, "usual", NOW);

    assert_true(gate.open);
    assert_int_equal(gate.warning_count, 2);
    assert_int_equal(gate.warnings[0].kind, CHECK_RTO);
    assert_int_equal(gate.warnings[1].kind, CHECK_DRILL);
    assert_null(gate.warnings[0].override);
}

static void blocks_what_the_tier_requires(void **state)
{
    struct gate gate = gate_of(*state, "careful", NOW);

    assert_blocked(&gate, "careful", CHECK_DRILL);
    assert_int_equal(gate.blocker_count, 1);
}

static void blocks_every_doubt_about_the_data(void **state)
{
    struct fixture *f = *state;
    struct gate gate;

    (void)collect(f, A, 11);
    gate = gate_of(f, "usual", NOW);
    assert_blocked(&gate, "usual", CHECK_RPO);

    collect(f, A, 1)->evidence.unusable = "it is loading";
    gate = gate_of(f, "usual", NOW);
    assert_blocked(&gate, "usual", CHECK_RPO);

    /* Within the RPO, but the latest collection failed. */
    (void)collect(f, A, 1);
    (void)lose_origin(f, A, 1);
    gate = gate_of(f, "usual", NOW);
    assert_blocked(&gate, "usual", CHECK_RPO);

    f->entries[A]->snapshot = NULL;
    gate = gate_of(f, "usual", NOW);
    assert_blocked(&gate, "usual", CHECK_RPO);
}

static void blocks_an_endpoint_that_is_not_known(void **state)
{
    struct fixture *f = *state;
    struct gate gate;

    f->entries[P]->snapshot = NULL;
    gate = gate_of(f, "probed", NOW);
    assert_blocked(&gate, "probed", CHECK_ENDPOINT);
}

static void accepts_a_loss_for_a_time(void **state)
{
    struct fixture *f = *state;
    struct gate gate;

    (void)collect(f, A, 100);
    gate = gate_of(f, "accepting", NOW);
    assert_true(gate.open);
    assert_int_equal(gate.warnings[0].kind, CHECK_RPO);
    assert_string_equal(gate.warnings[0].override, "agreed");

    /* It ends at NOW + 10. */
    gate = gate_of(f, "accepting", NOW + 10);
    assert_blocked(&gate, "accepting", CHECK_RPO);

    /* Nobody accepted what is not known, cannot be used, or is not there. */
    collect(f, B, 1)->evidence.unusable = "it is loading";
    gate = gate_of(f, "accepting", NOW);
    assert_blocked(&gate, "accepting", CHECK_RPO);
    (void)collect(f, B, 100);
    (void)lose_origin(f, B, 100);
    gate = gate_of(f, "accepting", NOW);
    assert_blocked(&gate, "accepting", CHECK_RPO);
    f->entries[B]->snapshot = NULL;
    gate = gate_of(f, "accepting", NOW);
    assert_blocked(&gate, "accepting", CHECK_RPO);
}

static void looks_through_dependencies(void **state)
{
    struct fixture *f = *state;
    struct gate gate = gate_of(f, "front", NOW);

    /* Their overdue drills warn too. */
    assert_true(gate.open);
    assert_int_equal(gate.warning_count, 6);

    (void)collect(f, B, 11);
    gate = gate_of(f, "front", NOW);
    assert_blocked(&gate, "back", CHECK_RPO);
    assert_int_equal(gate.blocker_count, 1);

    gate = gate_of(f, "stray", NOW);
    assert_blocked(&gate, "elsewhere", CHECK_DEPENDENCY);
}

static void counts_the_loss_up_to_its_moment(void **state)
{
    struct fixture *f = *state;
    struct gate gate;

    /* The recovery point is 20 s old, and 4 s before the loss. */
    (void)collect(f, A, 20);
    (void)lose_origin(f, A, 17);
    gate = gate_of(f, "usual", NOW);
    assert_blocked(&gate, "usual", CHECK_RPO);
    gate = gate_after_loss(f, "usual", NOW - 16);
    assert_true(gate.open);
    assert_true(fabs(gate.verdict->exposure_seconds - 4) < 0.001);

    /* An origin that was seen alive after the said loss was lost later. */
    (void)lose_origin(f, A, 5);
    gate = gate_after_loss(f, "usual", NOW - 16);
    assert_blocked(&gate, "usual", CHECK_RPO);
    assert_true(fabs(gate.verdict->exposure_seconds - 15) < 0.001);
}

static void does_not_believe_in_a_loss(void **state)
{
    struct fixture *f = *state;
    struct gate gate = gate_after_loss(f, "usual", NOW - 5);

    /* The origin answers. */
    assert_blocked(&gate, "usual", CHECK_RPO);
    /* The copy does not. */
    (void)collect(f, A, 1);
    lose_origin(f, A, 1)->evidence.copy_answered = false;
    gate = gate_after_loss(f, "usual", NOW);
    assert_blocked(&gate, "usual", CHECK_RPO);
    /* The copy does, and has nothing to say, or is no use. */
    (void)collect(f, A, 1);
    lose_origin(f, A, 1)->evidence.has_recovery_point = false;
    gate = gate_after_loss(f, "usual", NOW);
    assert_blocked(&gate, "usual", CHECK_RPO);
    (void)collect(f, A, 1);
    lose_origin(f, A, 1)->evidence.unusable = "it was promoted";
    gate = gate_after_loss(f, "usual", NOW);
    assert_blocked(&gate, "usual", CHECK_RPO);
    /* What it said is old. */
    (void)collect(f, A, 1);
    lose_origin(f, A, 1)->finished_monotonic_ms = NOW_MS - 2001;
    gate = gate_after_loss(f, "usual", NOW);
    assert_blocked(&gate, "usual", CHECK_RPO);
}

static void wants_zero_loss_proven_until_the_loss(void **state)
{
    struct fixture *f = *state;
    struct gate gate;

    (void)collect(f, A, 1);
    (void)lose_origin(f, A, 10);
    f->entries[A]->last_zero_data_loss = NOW - 10;
    gate = gate_after_loss(f, "strict", NOW - 8);
    assert_true(gate.open);
    gate = gate_after_loss(f, "strict", NOW - 7.9);
    assert_blocked(&gate, "strict", CHECK_RPO);
    f->entries[A]->last_zero_data_loss = 0;
    gate = gate_after_loss(f, "strict", NOW - 8);
    assert_blocked(&gate, "strict", CHECK_RPO);
}

/* What is asked for less is the same as the whole. */
static void judges_only_what_is_wanted(void **state)
{
    struct fixture *f = *state;
    struct verdict_wish states = {.states_only = true};
    struct verdict_wish one = {.disruption = DISRUPTION_REGION};
    size_t count;
    struct verdict *all;
    struct verdict *some;

    (void)collect(f, B, 11);
    all = verdicts_evaluate(f->arena, &f->view, NOW, NOW_MS, &count);
    some = verdicts_wish(f->arena, &f->view, NOW, NOW_MS, &states, &count);
    for (size_t i = 0; i < count; i++) {
        for (enum check_kind kind = 0; kind < CHECK_KIND_COUNT; kind++) {
            assert_int_equal(some[i].checks[kind].present, all[i].checks[kind].present);
            assert_int_equal(some[i].checks[kind].state, all[i].checks[kind].state);
        }
        assert_int_equal(some[i].state, all[i].state);
    }
    for (size_t i = 0; i < count; i++) {
        struct gate gate = gate_evaluate(f->arena, f->config, all, count, i, NOW);
        struct gate alone;

        one.services = gate_services(f->arena, f->config, all[i].service);
        one.disruption = all[i].disruption;
        some = verdicts_wish(f->arena, &f->view, NOW, NOW_MS, &one, &count);
        alone = gate_evaluate(f->arena, f->config, some, count, i, NOW);
        assert_int_equal(alone.open, gate.open);
        assert_int_equal(alone.blocker_count, gate.blocker_count);
        assert_int_equal(alone.warning_count, gate.warning_count);
    }
}

static void blocks_what_nothing_is_known_of(void **state)
{
    struct fixture *f = *state;
    struct drill_evidence drill = {"lone", DRILL_FULL, .last_success = {true, NOW}};
    struct gate gate = gate_of(f, "lone", NOW);

    assert_blocked(&gate, "lone", CHECK_DEPENDENCY);
    f->snapshots[R].evidence.drills = &drill;
    f->snapshots[R].evidence.drill_count = 1;
    assert_true(gate_of(f, "lone", NOW).open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(warns_of_what_is_only_overdue, set_up, tear_down),
        cmocka_unit_test_setup_teardown(blocks_what_the_tier_requires, set_up, tear_down),
        cmocka_unit_test_setup_teardown(blocks_every_doubt_about_the_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(blocks_what_nothing_is_known_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(blocks_an_endpoint_that_is_not_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(accepts_a_loss_for_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(looks_through_dependencies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_the_loss_up_to_its_moment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_believe_in_a_loss, set_up, tear_down),
        cmocka_unit_test_setup_teardown(judges_only_what_is_wanted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wants_zero_loss_proven_until_the_loss, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
