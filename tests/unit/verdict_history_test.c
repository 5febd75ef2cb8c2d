/* SPDX-License-Identifier: Apache-2.0 */
/* The last 24 hours: every second in its slot, gaps stay gaps, and the worst is kept. */

#include "exporter/verdict_history.h"
#include "tests/unit/verdict_fixture.h"

#define SLOT HISTORY_SLOT_SECONDS
/* The beginning of a slot. */
#define START (SLOT * 1000.0)

static struct verdict verdict_of(enum check_state rpo, double exposure)
{
    struct verdict verdict = {
        .state = rpo, .has_exposure = exposure >= 0, .exposure_seconds = exposure};

    verdict.checks[CHECK_RPO] = (struct check){.present = true, .state = rpo, .reason = ""};
    return verdict;
}

static void advance(struct verdict_history *history, enum check_state rpo, double exposure,
                    uint64_t seconds, double now)
{
    struct verdict verdict = verdict_of(rpo, exposure);

    verdict_history_advance(history, &verdict, seconds, false, now);
}

static void test_slots(void **state)
{
    struct verdict_history *history = verdict_history_new();
    struct history_slot slots[HISTORY_SLOTS];
    const struct history_slot *last = &slots[HISTORY_SLOTS - 1];

    (void)state;
    verdict_history_read(history, START, slots);
    for (size_t i = 0; i < HISTORY_SLOTS; i++) {
        assert_false(slots[i].observed);
    }
    advance(history, CHECK_PASS, 2, 10, START + 10);
    advance(history, CHECK_FAIL, 90, 3, START + 13);
    advance(history, CHECK_UNKNOWN, -1, 2, START + 15);
    advance(history, CHECK_PASS, 1, 1, START + 16);
    verdict_history_read(history, START + 16, slots);
    assert_true(last->observed);
    assert_int_equal(last->worst_state, CHECK_FAIL);
    assert_int_equal(last->rpo_seconds[CHECK_PASS], 11);
    assert_int_equal(last->rpo_seconds[CHECK_FAIL], 3);
    assert_int_equal(last->rpo_seconds[CHECK_UNKNOWN], 2);
    assert_true(last->has_exposure && fabs(last->worst_exposure_seconds - 90) < 1e-6);
    assert_false(slots[HISTORY_SLOTS - 2].observed);
    verdict_history_free(history);
}

static void test_boundaries(void **state)
{
    struct verdict_history *history = verdict_history_new();
    struct verdict blind = verdict_of(CHECK_PASS, 1);
    struct history_slot slots[HISTORY_SLOTS];

    (void)state;
    /* A beat across the edge belongs to both sides. */
    advance(history, CHECK_PASS, 1, 5, START + 3);
    verdict_history_read(history, START + 3, slots);
    assert_int_equal(slots[HISTORY_SLOTS - 2].rpo_seconds[CHECK_PASS], 2);
    assert_int_equal(slots[HISTORY_SLOTS - 1].rpo_seconds[CHECK_PASS], 3);
    /* Of what nobody saw, nobody knows how it was. */
    verdict_history_advance(history, &blind, SLOT * 2, true, START + SLOT * 2 + 3);
    verdict_history_read(history, START + SLOT * 2 + 3, slots);
    assert_int_equal(slots[HISTORY_SLOTS - 2].worst_state, CHECK_UNKNOWN);
    assert_int_equal(slots[HISTORY_SLOTS - 2].rpo_seconds[CHECK_UNKNOWN], SLOT);
    assert_false(slots[HISTORY_SLOTS - 2].has_exposure);
    assert_int_equal(slots[HISTORY_SLOTS - 3].rpo_seconds[CHECK_PASS], 3);
    assert_int_equal(slots[HISTORY_SLOTS - 3].rpo_seconds[CHECK_UNKNOWN], SLOT - 3);
    verdict_history_free(history);
}

static void test_a_day_and_more(void **state)
{
    struct verdict_history *history = verdict_history_new();
    struct history_slot slots[HISTORY_SLOTS];
    size_t observed = 0;

    (void)state;
    advance(history, CHECK_FAIL, (double)INFINITY, 1, START + 1);
    /* Two hours without a beat, and then what is newer by two days. */
    advance(history, CHECK_PASS, 1, 1, START + 7201);
    verdict_history_read(history, START + 7201, slots);
    assert_true(isinf(slots[HISTORY_SLOTS - 1 - 24].worst_exposure_seconds));
    assert_false(slots[HISTORY_SLOTS - 2].observed);
    /* Nothing came since: the picture moves on, and old slots are not shown as new ones. */
    verdict_history_read(history, START + 7201 + SLOT * 300.0, slots);
    for (size_t i = 0; i < HISTORY_SLOTS; i++) {
        assert_false(slots[i].observed);
    }
    advance(history, CHECK_PASS, 1, 1000000, START + SLOT * 5000.0);
    verdict_history_read(history, START + SLOT * 5000.0 - 1, slots);
    for (size_t i = 0; i < HISTORY_SLOTS; i++) {
        observed += slots[i].observed && slots[i].rpo_seconds[CHECK_PASS] == SLOT ? 1 : 0;
        assert_int_equal(slots[i].worst_state, CHECK_PASS);
    }
    assert_int_equal(observed, HISTORY_SLOTS);
    verdict_history_free(history);
}

/* The accounting feeds it, and a reload keeps it. */
static void test_fed_by_the_accounting(void **state)
{
    struct history_slot slots[HISTORY_SLOTS];
    struct accounting accounting;
    const struct account *account;
    struct fixture f;

    (void)state;
    set_up(&f);
    accounting_init(&accounting);
    (void)collect(&f, A1, 20);
    (void)judge_at(&f, "two", DISRUPTION_REGION, 0);
    accounting_replace_plan(&accounting, f.verdicts, f.count);
    accounting_advance(&accounting, f.verdicts, f.count, 2, false, NOW);
    accounting_replace_plan(&accounting, f.verdicts, f.count);
    account = accounting_find(&accounting, "two", DISRUPTION_REGION);
    verdict_history_read(account->history, NOW, slots);
    assert_int_equal(slots[HISTORY_SLOTS - 1].rpo_seconds[CHECK_FAIL], 2);
    assert_true(fabs(slots[HISTORY_SLOTS - 1].worst_exposure_seconds - 20) < 1e-3);
    accounting_release(&accounting);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_boundaries),
        cmocka_unit_test(test_a_day_and_more),
        cmocka_unit_test(test_fed_by_the_accounting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
