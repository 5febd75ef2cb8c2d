/* SPDX-License-Identifier: Apache-2.0 */
/* Objectives from what an outage costs: the formula, at and around each of its bounds. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/objectives.h"

enum { LOW = IMPACT_LOW, MEDIUM = IMPACT_MEDIUM, HIGH = IMPACT_HIGH, CRITICAL = IMPACT_CRITICAL };
enum { NONE = REGULATION_NONE, MODERATE = REGULATION_MODERATE, STRICT = REGULATION_STRICT };
enum { SYNC = STRATEGY_HOT_STANDBY_SYNC, ASYNC = STRATEGY_HOT_STANDBY_ASYNC };
enum { WARM = STRATEGY_WARM_STANDBY, COLD = STRATEGY_COLD_STANDBY };

static const struct {
    double revenue;
    double transactions;
    double recreation_cost;
    int impact;
    int regulation;
    double rto_hours;
    double rpo_hours;
    int strategy;
    const char *cost;
} table[] = {
    /* Nothing is at stake. */
    {0, 0, 0, LOW, NONE, 24, 24, COLD, "low"},
    /* Revenue, and where it stops to count. */
    {5000, 0, 0, LOW, NONE, 12, 24, COLD, "low"},
    {9000, 0, 0, LOW, NONE, 2.4, 4.8, WARM, "medium"},
    {10000, 0, 0, LOW, NONE, 0.25, 0.5, ASYNC, "very high"},
    {1e9, 0, 0, LOW, NONE, 0.25, 0.5, ASYNC, "very high"},
    /* Impact and regulation. */
    {0, 0, 0, MEDIUM, NONE, 12, 24, COLD, "low"},
    {0, 0, 0, HIGH, NONE, 6, 12, COLD, "low"},
    {0, 0, 0, CRITICAL, NONE, 2.4, 4.8, WARM, "medium"},
    {0, 0, 0, LOW, MODERATE, 12, 24, COLD, "low"},
    {0, 0, 0, LOW, STRICT, 2.4, 4.8, WARM, "medium"},
    {0, 0, 0, CRITICAL, STRICT, 0.25, 0.5, ASYNC, "very high"},
    {4000, 5000, 2000, HIGH, MODERATE, 1.8, 1.8, WARM, "medium"},
    /* What may be lost, by transactions and by cost; the bounds themselves are not beyond. */
    {0, 1000, 10000, CRITICAL, NONE, 2.4, 4.8, WARM, "medium"},
    {0, 1001, 0, CRITICAL, NONE, 2.4, 2.4, WARM, "medium"},
    {0, 0, 10001, CRITICAL, NONE, 2.4, 2.4, WARM, "medium"},
    {0, 10000, 100000, LOW, NONE, 24, 4, COLD, "low"},
    {0, 10001, 0, LOW, NONE, 24, 1, COLD, "low"},
    {0, 0, 100001, LOW, NONE, 24, 1, COLD, "low"},
    {0, 10001, 0, HIGH, STRICT, 0.6, 0.3, ASYNC, "high"},
    {0, 0, 0, HIGH, STRICT, 0.6, 1.2, WARM, "high"},
    /* The strategies' bounds. */
    {10000, 20000, 0, CRITICAL, STRICT, 0.25, 0.125, SYNC, "very high"},
    {10000, 2000, 0, CRITICAL, STRICT, 0.25, 0.25, SYNC, "very high"},
    {120000.0 * 60, 80000.0 * 3600, 1e6, CRITICAL, STRICT, 0.25, 0.125, SYNC, "very high"},
};

static void test_formula(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct business business = {.hourly_revenue = table[i].revenue,
                                    .transactions = table[i].transactions,
                                    .recreation_cost = table[i].recreation_cost,
                                    .impact = (enum impact)table[i].impact,
                                    .regulation = (enum regulation)table[i].regulation};
        struct objectives objectives = objectives_propose(&business);

        if (fabs(objectives.rto_hours - table[i].rto_hours) > 1e-9 ||
            fabs(objectives.rpo_hours - table[i].rpo_hours) > 1e-9 ||
            (int)objectives.strategy != table[i].strategy ||
            strncmp(objectives.cost, table[i].cost, strlen(table[i].cost)) != 0) {
            fail_msg("row %zu: RTO %g, RPO %g, %s, %s", i, objectives.rto_hours,
                     objectives.rpo_hours, strategy_names[objectives.strategy], objectives.cost);
        }
    }
}

/* What is proposed can be met by what is proposed: check-config has nothing against it. */
static void test_no_contradiction(void **state)
{
    (void)state;
    for (double revenue = 0; revenue <= 12000; revenue += 50) {
        for (int i = 0; i < IMPACT_COUNT * REGULATION_COUNT * 3; i++) {
            struct business business = {.hourly_revenue = revenue,
                                        .transactions = i % 3 * 7000,
                                        .impact = (enum impact)(i / 3 % IMPACT_COUNT),
                                        .regulation = (enum regulation)(i / 3 / IMPACT_COUNT)};
            struct objectives objectives = objectives_propose(&business);

            assert_true(objectives.rto_hours * 3600000 >
                        (double)strategy_rto_bound_ms(objectives.strategy));
            assert_true(objectives.rpo_hours > 0 ||
                        objectives.strategy == STRATEGY_HOT_STANDBY_SYNC);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formula),
        cmocka_unit_test(test_no_contradiction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
