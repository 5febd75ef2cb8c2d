/* SPDX-License-Identifier: Apache-2.0 */
/* Objectives from what an outage costs the business. */

#include "exporter/objectives.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "exporter/duration.h"
#include "exporter/number.h"

const char *const impact_names[IMPACT_COUNT] = {
    [IMPACT_LOW] = "low",
    [IMPACT_MEDIUM] = "medium",
    [IMPACT_HIGH] = "high",
    [IMPACT_CRITICAL] = "critical",
};

const char *const regulation_names[REGULATION_COUNT] = {
    [REGULATION_NONE] = "none",
    [REGULATION_MODERATE] = "moderate",
    [REGULATION_STRICT] = "strict",
};

static const double impact_factors[IMPACT_COUNT] = {
    [IMPACT_LOW] = 1, [IMPACT_MEDIUM] = 0.5, [IMPACT_HIGH] = 0.25, [IMPACT_CRITICAL] = 0.1};

static const double regulation_factors[REGULATION_COUNT] = {
    [REGULATION_NONE] = 1, [REGULATION_MODERATE] = 0.5, [REGULATION_STRICT] = 0.1};

static void propose_rpo(const struct business *business, struct objectives *objectives)
{
    if (business->recreation_cost > 100000 || business->transactions > 10000) {
        objectives->rpo_hours = fmin(objectives->rto_hours / 2, 1);
        objectives->rpo_rule = "min(RTO / 2, 1 h): the lost data is very expensive to make again, "
                               "or very many transactions an hour";
    } else if (business->recreation_cost > 10000 || business->transactions > 1000) {
        objectives->rpo_hours = fmin(objectives->rto_hours, 4);
        objectives->rpo_rule = "min(RTO, 4 h): the lost data is expensive to make again, or many "
                               "transactions an hour";
    } else {
        objectives->rpo_hours = fmin(2 * objectives->rto_hours, 24);
        objectives->rpo_rule = "min(2 x RTO, 24 h): the lost data is cheap to make again, and few "
                               "transactions an hour";
    }
}

static enum strategy propose_strategy(const struct objectives *objectives)
{
    if (objectives->rto_hours <= 0.25 && objectives->rpo_hours <= 0.25) {
        return STRATEGY_HOT_STANDBY_SYNC;
    }
    if (objectives->rto_hours <= 1 && objectives->rpo_hours <= 1) {
        return STRATEGY_HOT_STANDBY_ASYNC;
    }
    return objectives->rto_hours <= 4 ? STRATEGY_WARM_STANDBY : STRATEGY_COLD_STANDBY;
}

struct objectives objectives_propose(const struct business *business)
{
    struct objectives objectives = {
        .revenue_factor = fmin(business->hourly_revenue / 10000, 1),
        .impact_factor = impact_factors[business->impact],
        .regulation_factor = regulation_factors[business->regulation],
    };

    objectives.rto_hours = fmax(24 * objectives.impact_factor * objectives.regulation_factor *
                                    (1 - objectives.revenue_factor),
                                0.25);
    propose_rpo(business, &objectives);
    objectives.strategy = propose_strategy(&objectives);
    objectives.cost = objectives.rto_hours <= 0.25 ? "very high, twice the primary's or more"
                      : objectives.rto_hours <= 1  ? "high, 1.5 times the primary's"
                      : objectives.rto_hours <= 4  ? "medium, half of the primary's"
                                                   : "low, storage only";
    return objectives;
}

/* Whole seconds; cut off, because a stricter objective is on the safe side. */
static void format_hours(char text[DURATION_TEXT_BYTES], double hours)
{
    duration_format(text, (int64_t)(hours * 3600 + 1e-6) * 1000);
}

static void print_input(const char *name, double value)
{
    char text[NUMBER_TEXT_BYTES];

    (void)number_format(text, value);
    (void)printf("%-20s%-12s", name, text);
}

static void print_factor(const char *name, const char *word, double factor)
{
    char text[NUMBER_TEXT_BYTES];

    (void)number_format(text, factor);
    (void)printf("%-20s%-12sfactor %s\n", name, word, text);
}

int objectives_print(const struct business *business)
{
    struct objectives objectives = objectives_propose(business);
    const char *strategy = strategy_names[objectives.strategy];
    char rto[DURATION_TEXT_BYTES];
    char rpo[DURATION_TEXT_BYTES];

    format_hours(rto, objectives.rto_hours);
    format_hours(rpo, objectives.rpo_hours);
    print_input("hourly revenue", business->hourly_revenue);
    (void)printf("factor %.4g = min(revenue / 10000, 1)\n", objectives.revenue_factor);
    print_factor("impact", impact_names[business->impact], objectives.impact_factor);
    print_factor("regulatory", regulation_names[business->regulation],
                 objectives.regulation_factor);
    print_input("transactions", business->transactions);
    (void)puts("an hour");
    print_input("recreation cost", business->recreation_cost);
    (void)printf("once\n\nRTO       %-18smax(24 h x %g x %g x (1 - %.4g), 15 min)\n", rto,
                 objectives.impact_factor, objectives.regulation_factor, objectives.revenue_factor);
    (void)printf("RPO       %-18s%s\n", rpo, objectives.rpo_rule);
    (void)printf("strategy  %s\ncost      %s\n", strategy, objectives.cost);
    (void)printf(
        "\nThis is where a discussion begins, not where it ends. For the configuration:\n\n"
        "tiers:\n  - name: \"NAME\"\n    rto: %s\n    rpo: %s\n    strategy: %s\n"
        "    severity: %s\n",
        rto, rpo, strategy, objectives.rto_hours <= 1 ? "critical" : "warning");
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
