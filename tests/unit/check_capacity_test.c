/* SPDX-License-Identifier: Apache-2.0 */
/* Room in the DR region: enough, too little, unknown, and after a loss of the primary. */

#include "tests/unit/verdict_fixture.h"

#define HOUR 3600.0

static struct evidence *give_ratio(struct fixture *f, double ratio)
{
    struct evidence *evidence = &collect(f, B1, 0)->evidence;

    evidence->capacity.ratio = (struct reading){true, ratio};
    evidence->capacity.required_at = (struct reading){true, NOW};
    evidence->capacity.limiting = "memory";
    evidence->copy_answered = true;
    return evidence;
}

static void assert_check(struct fixture *f, const char *service, enum check_state state,
                         const char *reason)
{
    const struct verdict *verdict = judge(f, service);

    assert_true(verdict->checks[CHECK_CAPACITY].present);
    assert_int_equal(verdict->checks[CHECK_CAPACITY].state, state);
    assert_reason(verdict, CHECK_CAPACITY, reason);
}

/* The tier of listing3 has the limit 1.0, that of listing has none, which is the same. */
static void test_ratios(void **state)
{
    static const char *const services[] = {"listing", "listing3"};
    struct fixture f;

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < 2; i++) {
        (void)give_ratio(&f, 1.0);
        assert_check(&f, services[i], CHECK_PASS,
                     "b1: room for 1 of what is needed by memory, limit 1");
        (void)give_ratio(&f, INFINITY);
        assert_check(&f, services[i], CHECK_PASS, "b1: room for inf");
        /* What is not enough does not look as if it were. */
        (void)give_ratio(&f, 0.99999);
        assert_check(&f, services[i], CHECK_FAIL,
                     "b1: room for 0.999 of what is needed by memory, limit 1");
        (void)give_ratio(&f, 0);
        assert_check(&f, services[i], CHECK_FAIL, "b1: room for 0 of");
        give_ratio(&f, 2)->capacity.problem = "a pod fits on no node";
        assert_check(&f, services[i], CHECK_FAIL, "b1: a pod fits on no node");
        give_ratio(&f, 0.5)->capacity.problem = "a pod fits on no node";
        assert_check(&f, services[i], CHECK_FAIL, "b1: room for 0.5 of");
    }
    tear_down(&f);
}

static void test_unknown(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    /* The tier wants it, nothing is listed. */
    assert_check(&f, "strict", CHECK_UNKNOWN, "no evidence of the capacity");
    assert_check(&f, "listing", CHECK_UNKNOWN, "b1: not collected yet");
    assert_check(&f, "listing3", CHECK_UNKNOWN, "b1: not collected yet");
    break_source(&f, B1);
    f.snapshots[B1].evidence.capacity.ratio = (struct reading){true, 2};
    f.snapshots[B1].evidence.copy_answered = true;
    assert_check(&f, "listing3", CHECK_UNKNOWN, "b1: connection refused");
    (void)collect(&f, B1, 0);
    assert_check(&f, "listing3", CHECK_UNKNOWN, "b1: says nothing of the capacity");
    assert_check(&f, "listing", CHECK_UNKNOWN, "b1: says nothing of the capacity");
    /* What others list is no evidence. */
    (void)give_ratio(&f, 2);
    assert_check(&f, "strict", CHECK_UNKNOWN, "no evidence of the capacity");
    assert_false(judge(&f, "two")->checks[CHECK_CAPACITY].present);
    tear_down(&f);
}

/* It is old, because its worker hangs. */
static void test_stale(void **state)
{
    struct fixture f;
    const struct verdict *verdict;

    (void)state;
    set_up(&f);
    (void)give_ratio(&f, 2);
    verdict = judge_at(&f, "listing3", DISRUPTION_REGION, 60);
    assert_int_equal(verdict->checks[CHECK_CAPACITY].state, CHECK_UNKNOWN);
    tear_down(&f);
}

static enum check_state judge_loss(struct fixture *f, double lost_since)
{
    f->verdicts = verdicts_evaluate_loss(f->arena, &f->view, NOW, NOW_MS, lost_since, &f->count);
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->verdicts[i].service->name, "listing3") == 0) {
            return f->verdicts[i].checks[CHECK_CAPACITY].state;
        }
    }
    fail_msg("no verdict");
    return CHECK_UNKNOWN;
}

/* What was needed before the loss is what needs room after it; the room is looked at now. */
static void test_loss(void **state)
{
    struct fixture f;
    struct evidence *evidence;

    (void)state;
    set_up(&f);
    evidence = give_ratio(&f, 2);
    assert_int_equal(judge_loss(&f, NOW), CHECK_PASS);
    f.snapshots[B1].succeeded = false;
    (void)error_set(&f.snapshots[B1].error, ERROR_CONNECT, "primary: connection refused");
    assert_check(&f, "listing3", CHECK_UNKNOWN, "b1: primary: connection refused");
    assert_int_equal(judge_loss(&f, NOW), CHECK_PASS);
    evidence->capacity.required_at.value = NOW - HOUR;
    assert_int_equal(judge_loss(&f, NOW), CHECK_PASS);
    assert_int_equal(judge_loss(&f, NOW + 1), CHECK_UNKNOWN);
    evidence->capacity.required_at.value = NOW - 5 * HOUR;
    assert_int_equal(judge_loss(&f, NOW - 4.5 * HOUR), CHECK_PASS);
    evidence->capacity.ratio.value = 0.5;
    assert_int_equal(judge_loss(&f, NOW - 4.5 * HOUR), CHECK_FAIL);
    evidence->capacity.ratio.value = 2;
    evidence->copy_answered = false;
    assert_int_equal(judge_loss(&f, NOW - 4.5 * HOUR), CHECK_UNKNOWN);
    evidence->copy_answered = true;
    evidence->capacity.required_at.known = false;
    assert_int_equal(judge_loss(&f, NOW - 4.5 * HOUR), CHECK_UNKNOWN);
    evidence->capacity.required_at.known = true;
    f.snapshots[B1].finished_monotonic_ms = NOW_MS - 60000;
    assert_int_equal(judge_loss(&f, NOW - 4.5 * HOUR), CHECK_UNKNOWN);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_loss),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
