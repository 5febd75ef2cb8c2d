/* SPDX-License-Identifier: Apache-2.0 */
/* Seconds met, missed and not known, and the exposure in each of them. */

#include "tests/unit/verdict_fixture.h"

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
    accounting_advance(&accounting, f.verdicts, f.count, 2, false, 10);
    (void)collect(&f, 0, 20);
    (void)judge(&f, "two");
    accounting_advance(&accounting, f.verdicts, f.count, 3, false, 20);
    accounting_advance(&accounting, f.verdicts, f.count, 600, true, 30);
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
        cmocka_unit_test(test_accounting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
