/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence and plan → verdict: above all, what must never be called ready. */

#include "tests/unit/verdict_fixture.h"

static void test_never_collected_is_unknown(void **state)
{
    struct fixture f;
    const struct verdict *verdict;

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < f.config->service_count; i++) {
        verdict = judge(&f, f.config->services[i].name);
        assert_int_equal(verdict->state, CHECK_UNKNOWN);
        assert_true(f.config->services[i].need_count == 0 ||
                    verdict->checks[CHECK_RPO].state == CHECK_UNKNOWN);
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
    assert_reason(judge(&f, "zero"), CHECK_RPO, "not proven to hold every acknowledged commit");
    tear_down(&f);
}

static void test_a_copy_that_must_not_be_used(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    collect(&f, 0, 0)->evidence.zero_data_loss = ANSWER_YES;
    f.snapshots[0].evidence.unusable = "it must not be promoted: priority 0";
    assert_int_equal(judge(&f, "two")->state, CHECK_FAIL);
    assert_reason(judge(&f, "two"), CHECK_RPO, "priority 0");
    assert_int_equal(judge(&f, "zero")->state, CHECK_FAIL);
    /* What would be lost is by the copies that can be used, if there are any. */
    collect(&f, C1, 1)->evidence.unusable = "it is loading";
    assert_true(fabs(judge(&f, "paths")->exposure_seconds - 1) < 1e-6);
    (void)collect(&f, C2, 5);
    assert_int_equal(judge(&f, "paths")->state, CHECK_PASS);
    assert_true(fabs(judge(&f, "paths")->exposure_seconds - 5) < 1e-6);
    (void)collect(&f, C1, 6);
    f.snapshots[C2].evidence.unusable = "it is loading";
    assert_true(fabs(judge(&f, "paths")->exposure_seconds - 6) < 1e-6);
    tear_down(&f);
}

/* What is told is why the copy is no use, not that the lost end does not answer. */
static void test_a_copy_that_must_not_be_used_after_a_loss(void **state)
{
    struct fixture f;
    struct evidence *evidence = &f.snapshots[A1].evidence;
    const struct verdict *verdict;

    (void)state;
    set_up(&f);
    (void)collect(&f, A1, 0);
    break_source(&f, A1);
    evidence->has_recovery_point = evidence->copy_answered = true;
    evidence->recovery_point = NOW;
    evidence->unusable = "it is loading";
    f.verdicts = verdicts_evaluate_loss(f.arena, &f.view, NOW, NOW_MS, NOW, &f.count);
    verdict = find_verdict(&f, "two", DISRUPTION_REGION);
    assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_FAIL);
    assert_reason(verdict, CHECK_RPO, "RPO 10s; it is loading");
    tear_down(&f);
}

/* Somebody answered, and has no copy: that is known, and it is the worst there is. */
static void test_nothing_to_restore(void **state)
{
    struct fixture f;
    const struct verdict *verdict;

    (void)state;
    set_up(&f);
    (void)empty_source(&f, D1, "no backup has ever succeeded");
    (void)empty_source(&f, D2, "no backup has ever succeeded");
    verdict = judge(&f, "vault");
    assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_FAIL);
    assert_reason(verdict, CHECK_RPO, "d: d1: nothing to restore: no backup has ever succeeded");
    assert_true(verdict->has_exposure && isinf(verdict->exposure_seconds));
    assert_string_equal(verdict->weakest_source, "d1");
    /* With another path of which nothing is known, it is not certain. */
    break_source(&f, D2);
    verdict = judge(&f, "vault");
    assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_UNKNOWN);
    assert_false(verdict->has_exposure);
    assert_reason(verdict, CHECK_RPO, "connection refused");
    /* Another path that is good, and one that is too old. */
    (void)collect(&f, D2, 60);
    verdict = judge(&f, "vault");
    assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_PASS);
    assert_true(fabs(verdict->exposure_seconds - 60) < 1e-6);
    (void)collect(&f, D2, 3601);
    verdict = judge(&f, "vault");
    assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_FAIL);
    assert_true(fabs(verdict->exposure_seconds - 3601) < 1e-6);
    assert_string_equal(verdict->weakest_source, "d2");
    tear_down(&f);
}

/* It is only believed of a source that is up, and then whatever else the evidence says. */
static void test_nothing_to_restore_is_believed_while_up(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    collect(&f, A1, 0)->evidence.nothing_to_restore = "no backup";
    f.snapshots[A1].evidence.zero_data_loss = ANSWER_YES;
    assert_int_equal(judge(&f, "two")->checks[CHECK_RPO].state, CHECK_FAIL);
    assert_int_equal(judge(&f, "zero")->checks[CHECK_RPO].state, CHECK_FAIL);
    (void)empty_source(&f, A1, "no backup");
    f.snapshots[A1].succeeded = false;
    assert_int_equal(judge(&f, "two")->checks[CHECK_RPO].state, CHECK_UNKNOWN);
    (void)empty_source(&f, A1, "no backup");
    assert_int_equal(judge_at(&f, "two", DISRUPTION_REGION, 2.1)->checks[CHECK_RPO].state,
                     CHECK_UNKNOWN);
    tear_down(&f);
}

static void test_listed_evidence_that_cannot_be_measured(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    (void)collect(&f, 0, 0);
    assert_int_equal(judge(&f, "listing")->checks[CHECK_ENDPOINT].state, CHECK_UNKNOWN);
    assert_reason(judge(&f, "listing"), CHECK_ENDPOINT, "b1: not collected yet");
    (void)collect(&f, B1, 0);
    f.snapshots[B1].evidence.capacity.ratio = (struct reading){true, 1};
    assert_reason(judge(&f, "listing"), CHECK_ENDPOINT, "b1: says nothing of the endpoint");
    assert_int_equal(judge(&f, "listing")->state, CHECK_UNKNOWN);
    f.snapshots[B1].evidence.endpoint.problem = "certificate expired";
    assert_int_equal(judge(&f, "listing")->state, CHECK_UNKNOWN);
    f.snapshots[B1].evidence.endpoint.known = true;
    assert_reason(judge(&f, "listing"), CHECK_ENDPOINT, "b1: certificate expired");
    assert_int_equal(judge(&f, "listing")->state, CHECK_FAIL);
    f.snapshots[B1].evidence.endpoint.problem = NULL;
    assert_int_equal(judge(&f, "listing")->state, CHECK_PASS);
    break_source(&f, B1);
    assert_int_equal(judge(&f, "listing")->state, CHECK_UNKNOWN);
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
    static const struct {
        enum check_kind kind;
        const char *reason;
    } table[] = {
        {CHECK_RTO, "no drill has measured the recovery time, RTO 5m"},
        {CHECK_DRILL, "no successful full drill is known, limit 1y"},
        {CHECK_RUNBOOK, "no validation of a runbook is known, limit 90d"},
        {CHECK_CAPACITY, "no evidence"},
    };
    struct fixture f;
    const struct verdict *verdict;

    (void)state;
    set_up(&f);
    (void)collect(&f, 0, 0);
    verdict = judge(&f, "strict");
    assert_int_equal(verdict->checks[CHECK_RPO].state, CHECK_PASS);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_true(verdict->checks[table[i].kind].present);
        assert_int_equal(verdict->checks[table[i].kind].state, CHECK_UNKNOWN);
        assert_reason(verdict, table[i].kind, table[i].reason);
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

static void test_what_was_not_judged_is_unknown(void **state)
{
    struct verdict_wish wish = {.disruption = DISRUPTION_REGION};
    struct verdict *verdicts;
    struct fixture f;
    size_t count;

    (void)state;
    set_up(&f);
    (void)collect(&f, A1, 1);
    wish.services = arena_alloc_array(f.arena, f.config->service_count, sizeof *wish.services);
    verdicts = verdicts_wish(f.arena, &f.view, NOW, NOW_MS, &wish, &count);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(verdicts[i].state, CHECK_UNKNOWN);
    }
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
        cmocka_unit_test(test_a_copy_that_must_not_be_used),
        cmocka_unit_test(test_a_copy_that_must_not_be_used_after_a_loss),
        cmocka_unit_test(test_nothing_to_restore),
        cmocka_unit_test(test_nothing_to_restore_is_believed_while_up),
        cmocka_unit_test(test_listed_evidence_that_cannot_be_measured),
        cmocka_unit_test(test_only_surviving_paths_count),
        cmocka_unit_test(test_worst_dataset_and_best_path),
        cmocka_unit_test(test_limits_without_evidence_are_unknown),
        cmocka_unit_test(test_a_service_is_no_readier_than_what_it_depends_on),
        cmocka_unit_test(test_what_was_not_judged_is_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
