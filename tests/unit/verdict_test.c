/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence and plan → verdict: above all, what must never be called ready. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/clock.h"
#include "exporter/verdict.h"

#define NOW 1000000.0
#define NOW_MS 1000000000

static const struct collector fake_collector = {
    .name = "fake",
    .summary = "A collector for tests.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .proves_zero_data_loss = true,
};

const struct collector *const collector_registry[] = {&fake_collector, NULL};

static const char plan[] =
    "exporter: {interval: 1s, timeout: 1s}\n"
    "tiers:\n"
    "  - {name: '0', rpo: 0s}\n"
    "  - {name: '1', rpo: {region: 10s, corruption: 1h}}\n"
    "  - {name: '2', rpo: 10s}\n"
    "  - {name: '3', rto: 5m, rpo: 10s, drill_max_age: {full: 365d}, runbook_max_age: 90d,"
    " capacity_min_ratio: 1.0}\n"
    "services:\n"
    "  - {name: zero, tier: '0', datasets: [a]}\n"
    "  - {name: one, tier: '1', datasets: [a]}\n"
    "  - {name: two, tier: '2', datasets: [a]}\n"
    "  - {name: both, tier: '2', datasets: [a, {name: b, rpo: 1m}]}\n"
    "  - {name: paths, tier: '2', datasets: [c]}\n"
    "  - {name: strict, tier: '3', datasets: [a]}\n"
    "  - {name: dependent, tier: '2', datasets: [c], depends_on: [two]}\n"
    "sources:\n"
    "  - {name: a1, collector: fake, dataset: a}\n"
    "  - {name: b1, collector: fake, dataset: b}\n"
    "  - {name: c1, collector: fake, dataset: c}\n"
    "  - {name: c2, collector: fake, dataset: c}\n";

struct fixture {
    struct config *config;
    struct board_entry *entries[4];
    struct board_view view;
    struct snapshot snapshots[4];
    struct arena *arena;
    struct verdict *verdicts;
    size_t count;
};

static void set_up(struct fixture *f)
{
    char *report = NULL;

    *f = (struct fixture){.arena = arena_new()};
    f->config = config_load_text(plan, strlen(plan), "plan.yml", &report);
    if (f->config == NULL) {
        fail_msg("%s", report);
    }
    assert_int_equal(f->config->source_count, 4);
    for (size_t i = 0; i < 4; i++) {
        f->entries[i] = board_entry_new(f->config->sources[i]);
    }
    f->view = (struct board_view){.config = f->config, .entries = f->entries, .entry_count = 4};
}

static void tear_down(struct fixture *f)
{
    for (size_t i = 0; i < 4; i++) {
        f->entries[i]->snapshot = NULL; /* They are the fixture's. */
        board_entry_free(f->entries[i]);
    }
    config_free(f->config);
    arena_free(f->arena);
}

/* Source `i` was collected with success just now and is so far behind. */
static struct snapshot *collect(struct fixture *f, size_t i, double lag)
{
    struct snapshot *snapshot = &f->snapshots[i];

    *snapshot = (struct snapshot){
        .collected_at = NOW,
        .finished_monotonic_ms = NOW_MS,
        .succeeded = true,
        .evidence = {.has_recovery_point = true,
                     .recovery_point = NOW - lag,
                     .has_lag = true,
                     .lag_seconds = lag},
    };
    f->entries[i]->snapshot = snapshot;
    f->entries[i]->has_recovery_point = true;
    f->entries[i]->recovery_point = NOW - lag;
    return snapshot;
}

static void break_source(struct fixture *f, size_t i)
{
    f->snapshots[i] = (struct snapshot){.collected_at = NOW, .finished_monotonic_ms = NOW_MS};
    (void)error_set(&f->snapshots[i].error, ERROR_CONNECT, "connection refused");
    f->entries[i]->snapshot = &f->snapshots[i];
}

static const struct verdict *judge_at(struct fixture *f, const char *service,
                                      enum disruption disruption, double later)
{
    f->verdicts = verdicts_evaluate(f->arena, &f->view, NOW + later,
                                    NOW_MS + (int64_t)(later * 1000), &f->count);
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->verdicts[i].service->name, service) == 0 &&
            f->verdicts[i].disruption == disruption) {
            return &f->verdicts[i];
        }
    }
    fail_msg("no verdict for %s", service);
    return NULL;
}

static const struct verdict *judge(struct fixture *f, const char *service)
{
    return judge_at(f, service, DISRUPTION_REGION, 0);
}

static void assert_reason(const struct verdict *verdict, enum check_kind kind, const char *part)
{
    if (strstr(verdict->checks[kind].reason, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", verdict->checks[kind].reason, part);
    }
}

static void test_never_collected_is_unknown(void **state)
{
    struct fixture f;
    const struct verdict *verdict;

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < f.config->service_count; i++) {
        verdict = judge(&f, f.config->services[i].name);
        assert_int_equal(verdict->state, CHECK_UNKNOWN);
        assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_UNKNOWN);
        assert_false(verdict->has_exposure);
    }
    assert_reason(judge(&f, "two"), CHECK_RPO, "a1: no recovery point is known; not collected yet");
    tear_down(&f);
}

static void test_age_against_objective(void **state)
{
    static const struct {
        double lag;
        enum check_state expected;
    } table[] = {{0, CHECK_PASS}, {9.9, CHECK_PASS}, {10, CHECK_PASS}, {10.001, CHECK_FAIL}};
    struct fixture f;

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct verdict *verdict;

        (void)collect(&f, 0, table[i].lag);
        verdict = judge(&f, "two");
        assert_int_equal(verdict->checks[CHECK_RPO].state, table[i].expected);
        assert_int_equal(verdict->state, table[i].expected);
        assert_true(verdict->has_exposure);
        assert_true(fabs(verdict->exposure_seconds - table[i].lag) < 1e-6);
        assert_string_equal(verdict->weakest_source, "a1");
    }
    assert_reason(judge(&f, "two"), CHECK_RPO, "RPO 10s");
    tear_down(&f);
}

static void test_a_lost_source_never_passes(void **state)
{
    struct fixture f;
    const struct verdict *verdict;

    (void)state;
    set_up(&f);
    (void)collect(&f, 0, 0);
    break_source(&f, 0);
    verdict = judge_at(&f, "two", DISRUPTION_REGION, 1);
    assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_UNKNOWN);
    assert_true(fabs(verdict->exposure_seconds - 1) < 1e-6);
    assert_reason(verdict, CHECK_RPO, "connection refused");
    /* Its age goes on, until it is certain that the objective is missed. */
    f.snapshots[0].finished_monotonic_ms += 11000;
    verdict = judge_at(&f, "two", DISRUPTION_REGION, 11);
    assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_FAIL);
    assert_true(fabs(verdict->exposure_seconds - 11) < 1e-6);
    tear_down(&f);
}

static void test_an_overdue_collection_never_passes(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    (void)collect(&f, 0, 0);
    assert_int_equal(judge_at(&f, "two", DISRUPTION_REGION, 2)->state, CHECK_PASS);
    assert_int_equal(judge_at(&f, "two", DISRUPTION_REGION, 2.1)->state, CHECK_UNKNOWN);
    assert_reason(judge_at(&f, "two", DISRUPTION_REGION, 2.1), CHECK_RPO, "overdue");
    assert_true(judge_at(&f, "two", DISRUPTION_REGION, 2.1)->exposure_seconds > 2);
    assert_int_equal(judge_at(&f, "two", DISRUPTION_REGION, 60)->state, CHECK_FAIL);
    tear_down(&f);
}

static void test_success_without_evidence_never_passes(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    (void)collect(&f, 0, 0);
    f.snapshots[0].evidence = (struct evidence){0};
    assert_int_equal(judge_at(&f, "two", DISRUPTION_REGION, 1)->state, CHECK_UNKNOWN);
    tear_down(&f);
}

static void test_rpo_of_zero(void **state)
{
    static const struct {
        enum answer enforced;
        double lag;
        bool broken;
        enum check_state expected;
        double exposure;
    } table[] = {
        {ANSWER_YES, 0, false, CHECK_PASS, 0},        {ANSWER_YES, 3, false, CHECK_PASS, 0},
        {ANSWER_NO, 0, false, CHECK_FAIL, 0},         {ANSWER_NO, 3, false, CHECK_FAIL, 3},
        {ANSWER_UNKNOWN, 0, false, CHECK_UNKNOWN, 0}, {ANSWER_UNKNOWN, 3, false, CHECK_FAIL, 3},
        {ANSWER_YES, 0, true, CHECK_UNKNOWN, 0},      {ANSWER_YES, 3, true, CHECK_FAIL, 3},
    };
    struct fixture f;

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct verdict *verdict;

        collect(&f, 0, table[i].lag)->evidence.zero_data_loss = table[i].enforced;
        f.snapshots[0].succeeded = !table[i].broken;
        verdict = judge(&f, "zero");
        assert_int_equal(verdict->checks[CHECK_RPO].state, table[i].expected);
        assert_true(fabs(verdict->exposure_seconds - table[i].exposure) < 1e-6);
    }
    collect(&f, 0, 0)->evidence.zero_data_loss = ANSWER_NO;
    assert_reason(judge(&f, "zero"), CHECK_RPO, "acknowledged before they are safe");
    tear_down(&f);
}

static void test_only_surviving_paths_count(void **state)
{
    struct fixture f;
    const struct verdict *verdict;

    (void)state;
    set_up(&f);
    (void)collect(&f, 0, 0);
    assert_int_equal(judge(&f, "one")->state, CHECK_PASS);
    verdict = judge_at(&f, "one", DISRUPTION_CORRUPTION, 0);
    assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_FAIL);
    assert_true(verdict->has_exposure && isinf(verdict->exposure_seconds));
    assert_null(verdict->weakest_source);
    assert_reason(verdict, CHECK_RPO, "no source survives corruption");
    assert_int_equal(verdict->checks[CHECK_RESTORE].state, CHECK_UNKNOWN);
    tear_down(&f);
}

static void test_worst_dataset_and_best_path(void **state)
{
    struct fixture f;
    const struct verdict *verdict;

    (void)state;
    set_up(&f);
    /* b has an RPO of its own, so that a is the worse one although b is further behind. */
    (void)collect(&f, 0, 9);
    (void)collect(&f, 1, 30);
    verdict = judge(&f, "both");
    assert_int_equal(verdict->state, CHECK_PASS);
    assert_string_equal(verdict->weakest_dataset, "a");
    assert_true(fabs(verdict->exposure_seconds - 30) < 1e-6);
    (void)collect(&f, 1, 61);
    verdict = judge(&f, "both");
    assert_int_equal(verdict->state, CHECK_FAIL);
    assert_string_equal(verdict->weakest_dataset, "b");
    /* One dataset of which nothing is known leaves the whole unknown. */
    f.entries[1]->snapshot = NULL;
    f.entries[1]->has_recovery_point = false;
    verdict = judge(&f, "both");
    assert_int_equal(verdict->state, CHECK_UNKNOWN);
    assert_false(verdict->has_exposure);
    /* The better of two paths decides. */
    (void)collect(&f, 2, 99);
    (void)collect(&f, 3, 5);
    verdict = judge(&f, "paths");
    assert_int_equal(verdict->state, CHECK_PASS);
    assert_string_equal(verdict->weakest_source, "c2");
    assert_true(fabs(verdict->exposure_seconds - 5) < 1e-6);
    break_source(&f, 3);
    assert_int_equal(judge(&f, "paths")->state, CHECK_UNKNOWN);
    tear_down(&f);
}

static void test_limits_without_evidence_are_unknown(void **state)
{
    static const enum check_kind kinds[] = {CHECK_RTO, CHECK_DRILL, CHECK_RUNBOOK, CHECK_CAPACITY};
    struct fixture f;
    const struct verdict *verdict;

    (void)state;
    set_up(&f);
    (void)collect(&f, 0, 0);
    verdict = judge(&f, "strict");
    assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_PASS);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_true(verdict->checks[kinds[i]].present);
        assert_int_equal(verdict->checks[kinds[i]].state, CHECK_UNKNOWN);
        assert_reason(verdict, kinds[i], "no evidence");
    }
    assert_int_equal(verdict->state, CHECK_UNKNOWN);
    tear_down(&f);
}

static void test_a_service_is_no_readier_than_what_it_depends_on(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    (void)collect(&f, 2, 0);
    (void)collect(&f, 0, 0);
    assert_int_equal(judge(&f, "dependent")->state, CHECK_PASS);
    (void)collect(&f, 0, 11);
    assert_int_equal(judge(&f, "dependent")->state, CHECK_FAIL);
    assert_reason(judge(&f, "dependent"), CHECK_DEPENDENCY, "two is not ready");
    assert_int_equal(judge(&f, "dependent")->checks[CHECK_RPO].state, CHECK_PASS);
    break_source(&f, 0);
    f.entries[0]->has_recovery_point = false;
    assert_int_equal(judge(&f, "dependent")->state, CHECK_UNKNOWN);
    tear_down(&f);
}

static void test_accounting(void **state)
{
    struct accounting accounting;
    const struct account *account;
    struct fixture f;

    (void)state;
    set_up(&f);
    accounting_init(&accounting);
    (void)collect(&f, 0, 0);
    (void)judge(&f, "two");
    accounting_replace_plan(&accounting, f.verdicts, f.count);
    accounting_advance(&accounting, f.verdicts, f.count, 2, false);
    (void)collect(&f, 0, 20);
    (void)judge(&f, "two");
    accounting_advance(&accounting, f.verdicts, f.count, 3, false);
    accounting_advance(&accounting, f.verdicts, f.count, 600, true);
    /* The same plan again keeps the figures. */
    accounting_replace_plan(&accounting, f.verdicts, f.count);
    account = accounting_find(&accounting, "two", DISRUPTION_REGION);
    assert_non_null(account);
    assert_int_equal(account->met_seconds, 2);
    assert_int_equal(account->missed_seconds, 3);
    assert_int_equal(account->unknown_seconds, 600);
    assert_int_equal(account->exposure_seconds[0], 2);
    assert_int_equal(account->exposure_seconds[4], 3); /* Up to 30 s. */
    assert_true(fabs(account->exposure_sum - 60) < 1e-6);
    assert_null(accounting_find(&accounting, "two", DISRUPTION_ZONE));
    accounting_release(&accounting);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_collected_is_unknown),
        cmocka_unit_test(test_age_against_objective),
        cmocka_unit_test(test_a_lost_source_never_passes),
        cmocka_unit_test(test_an_overdue_collection_never_passes),
        cmocka_unit_test(test_success_without_evidence_never_passes),
        cmocka_unit_test(test_rpo_of_zero),
        cmocka_unit_test(test_only_surviving_paths_count),
        cmocka_unit_test(test_worst_dataset_and_best_path),
        cmocka_unit_test(test_limits_without_evidence_are_unknown),
        cmocka_unit_test(test_a_service_is_no_readier_than_what_it_depends_on),
        cmocka_unit_test(test_accounting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
