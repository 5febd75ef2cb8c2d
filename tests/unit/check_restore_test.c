/* SPDX-License-Identifier: Apache-2.0 */
/* Restores: tried with success, recently, within the objectives, and far enough back. */

#include "tests/unit/verdict_fixture.h"

#define DAY 86400.0

static const struct drill_evidence good_restore = {.service = "vault",
                                                   .type = DRILL_RESTORE,
                                                   .last_attempt = {true, NOW - 3 * DAY},
                                                   .last_result = ANSWER_YES,
                                                   .last_success = {true, NOW - 3 * DAY},
                                                   .recovery_seconds = {true, 3600},
                                                   .data_loss_seconds = {true, 600}};

static const struct verdict *judge_corruption(struct fixture *f, const char *service)
{
    return judge_at(f, service, DISRUPTION_CORRUPTION, 0);
}

static enum check_state judge_restore(struct fixture *f, const char *service)
{
    const struct verdict *verdict = judge_corruption(f, service);

    assert_true(verdict->checks[CHECK_RESTORE].present);
    return verdict->checks[CHECK_RESTORE].state;
}

/* Source `i` goes back so many days; the drill comes from a source of other data. */
static void reach_back(struct fixture *f, size_t i, double days)
{
    collect(f, i, 0)->evidence.oldest_restorable = (struct reading){true, NOW - days * DAY};
}

static void give_drill(struct fixture *f, const struct drill_evidence *drill)
{
    collect(f, C1, 0)->evidence.drills = drill;
    f->snapshots[C1].evidence.drill_count = 1;
}

static void test_only_where_data_is_restored(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_false(judge(&f, "vault")->checks[CHECK_RESTORE].present);
    assert_int_equal(judge_restore(&f, "vault"), CHECK_UNKNOWN);
    assert_reason(judge_corruption(&f, "vault"), CHECK_RESTORE,
                  "no successful restore drill is known, limit 90d");
    assert_reason(judge_corruption(&f, "untested"), CHECK_RESTORE,
                  "no successful restore drill is known");
    tear_down(&f);
}

static void test_a_tested_restore(void **state)
{
    struct drill_evidence drill = good_restore;
    struct fixture f;

    (void)state;
    set_up(&f);
    reach_back(&f, D1, 14);
    give_drill(&f, &drill);
    assert_int_equal(judge_restore(&f, "vault"), CHECK_PASS);
    assert_reason(judge_corruption(&f, "vault"), CHECK_RESTORE,
                  "restore drill 3d ago, limit 90d; d: d1: goes back 14d, wanted 1w");
    assert_int_equal(judge_corruption(&f, "vault")->state, CHECK_PASS);
    drill.last_attempt.value = drill.last_success.value = NOW - 90 * DAY;
    assert_int_equal(judge_restore(&f, "vault"), CHECK_PASS);
    drill.last_attempt.value = drill.last_success.value = NOW - 90 * DAY - 1;
    assert_int_equal(judge_restore(&f, "vault"), CHECK_FAIL);
    /* One that failed since. */
    drill = good_restore;
    drill.last_attempt.value = NOW - DAY;
    drill.last_result = ANSWER_NO;
    assert_int_equal(judge_restore(&f, "vault"), CHECK_FAIL);
    assert_reason(judge_corruption(&f, "vault"), CHECK_RESTORE, "the restore drill 1d ago failed");
    assert_int_equal(judge_corruption(&f, "vault")->checks[CHECK_RTO].state, CHECK_FAIL);
    /* Of another service, or of a source that cannot be read. */
    drill = good_restore;
    drill.service = "vaults";
    assert_int_equal(judge_restore(&f, "vault"), CHECK_UNKNOWN);
    drill = good_restore;
    break_source(&f, C1);
    assert_int_equal(judge_restore(&f, "vault"), CHECK_UNKNOWN);
    tear_down(&f);
}

static void test_without_a_limit_any_age_will_do(void **state)
{
    struct drill_evidence drill = good_restore;
    struct fixture f;

    (void)state;
    set_up(&f);
    drill.service = "untested";
    drill.last_attempt.value = drill.last_success.value = NOW - 10 * DAY;
    give_drill(&f, &drill);
    assert_int_equal(judge_restore(&f, "untested"), CHECK_PASS);
    assert_string_equal(judge_corruption(&f, "untested")->checks[CHECK_RESTORE].reason,
                        "restore drill 10d ago");
    tear_down(&f);
}

static void test_a_restore_that_lost_too_much(void **state)
{
    struct drill_evidence drill = good_restore;
    struct fixture f;

    (void)state;
    set_up(&f);
    reach_back(&f, D1, 14);
    reach_back(&f, E1, 14);
    give_drill(&f, &drill);
    drill.data_loss_seconds.value = 3600;
    assert_int_equal(judge_restore(&f, "vault"), CHECK_PASS);
    drill.data_loss_seconds.value = 3601;
    assert_int_equal(judge_restore(&f, "vault"), CHECK_FAIL);
    assert_reason(judge_corruption(&f, "vault"), CHECK_RESTORE,
                  "restore drill 3d ago, limit 90d; it lost 1h, RPO 1h");
    drill.data_loss_seconds.known = false;
    assert_int_equal(judge_restore(&f, "vault"), CHECK_PASS);
    /* Of some data it may have been as much. */
    drill = good_restore;
    drill.service = "vaults";
    drill.data_loss_seconds.value = 7200;
    assert_int_equal(judge_restore(&f, "vaults"), CHECK_PASS);
    drill.data_loss_seconds.value = 7201;
    assert_int_equal(judge_restore(&f, "vaults"), CHECK_FAIL);
    tear_down(&f);
}

static void test_how_far_back(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    give_drill(&f, &good_restore);
    assert_int_equal(judge_restore(&f, "vault"), CHECK_UNKNOWN);
    assert_reason(judge_corruption(&f, "vault"), CHECK_RESTORE, "d: d1: not collected yet");
    (void)collect(&f, D1, 0);
    assert_int_equal(judge_restore(&f, "vault"), CHECK_UNKNOWN);
    assert_reason(judge_corruption(&f, "vault"), CHECK_RESTORE, "it is not known how far back");
    assert_false(judge_corruption(&f, "vault")->oldest_restorable.known);
    reach_back(&f, D1, 7);
    assert_int_equal(judge_restore(&f, "vault"), CHECK_PASS);
    assert_true(judge_corruption(&f, "vault")->oldest_restorable.known);
    assert_true(judge_corruption(&f, "vault")->oldest_restorable.value == NOW - 7 * DAY);
    reach_back(&f, D1, 6.99);
    assert_int_equal(judge_restore(&f, "vault"), CHECK_UNKNOWN); /* d2 may reach back further. */
    assert_reason(judge_corruption(&f, "vault"), CHECK_RESTORE, "d: d2: not collected yet");
    reach_back(&f, D2, 2);
    assert_int_equal(judge_restore(&f, "vault"), CHECK_FAIL);
    assert_reason(judge_corruption(&f, "vault"), CHECK_RESTORE,
                  "d: d1: goes back 6d 23h, wanted 1w");
    reach_back(&f, D2, 8);
    assert_int_equal(judge_restore(&f, "vault"), CHECK_PASS);
    f.snapshots[D2].evidence.unusable = "it is locked";
    assert_int_equal(judge_restore(&f, "vault"), CHECK_FAIL);
    /* A source that is gone, and one that is overdue. */
    reach_back(&f, D1, 8);
    (void)empty_source(&f, D2, "no backup");
    assert_int_equal(judge_restore(&f, "vault"), CHECK_PASS);
    break_source(&f, D1);
    assert_int_equal(judge_restore(&f, "vault"), CHECK_UNKNOWN);
    (void)empty_source(&f, D1, "no backup");
    assert_int_equal(judge_restore(&f, "vault"), CHECK_FAIL);
    assert_reason(judge_corruption(&f, "vault"), CHECK_RESTORE, "d: d1: no backup");
    tear_down(&f);
}

static void test_the_dataset_that_reaches_back_least(void **state)
{
    struct drill_evidence drill = good_restore;
    const struct verdict *verdict;
    struct fixture f;

    (void)state;
    set_up(&f);
    drill.service = "vaults";
    give_drill(&f, &drill);
    reach_back(&f, D1, 14);
    assert_int_equal(judge_restore(&f, "vaults"), CHECK_UNKNOWN);
    assert_false(judge_corruption(&f, "vaults")->oldest_restorable.known);
    reach_back(&f, E1, 9);
    verdict = judge_corruption(&f, "vaults");
    assert_int_equal(verdict->checks[CHECK_RESTORE].state, CHECK_PASS);
    assert_true(verdict->oldest_restorable.value == NOW - 9 * DAY);
    reach_back(&f, E1, 1);
    verdict = judge_corruption(&f, "vaults");
    assert_int_equal(verdict->checks[CHECK_RESTORE].state, CHECK_FAIL);
    assert_reason(verdict, CHECK_RESTORE, "e: e1: goes back 1d, wanted 1w");
    /* Without a path at all. */
    assert_int_equal(judge_restore(&f, "one"), CHECK_UNKNOWN);
    assert_false(judge_corruption(&f, "one")->oldest_restorable.known);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_where_data_is_restored),
        cmocka_unit_test(test_a_tested_restore),
        cmocka_unit_test(test_without_a_limit_any_age_will_do),
        cmocka_unit_test(test_a_restore_that_lost_too_much),
        cmocka_unit_test(test_how_far_back),
        cmocka_unit_test(test_the_dataset_that_reaches_back_least),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
