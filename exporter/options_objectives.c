/* SPDX-License-Identifier: Apache-2.0 */
/* The flags of `objectives`. */

#include <math.h>
#include <string.h>

#include "exporter/number.h"
#include "exporter/options_flags.h"

static const char *set_number(const char *value, double *ret_number)
{
    double number;

    if (!number_parse(value, &number) || !isfinite(number) || number < 0) {
        return "write a number that is not negative, such as 25000";
    }
    *ret_number = number;
    return NULL;
}

static const char *set_hourly_revenue(struct options *options, const char *value)
{
    return set_number(value, &options->business.hourly_revenue);
}

static const char *set_transactions(struct options *options, const char *value)
{
    return set_number(value, &options->business.transactions);
}

static const char *set_recreation_cost(struct options *options, const char *value)
{
    return set_number(value, &options->business.recreation_cost);
}

static const char *set_impact(struct options *options, const char *value)
{
    for (enum impact impact = 0; impact < IMPACT_COUNT; impact++) {
        if (strcmp(value, impact_names[impact]) == 0) {
            options->business.impact = impact;
            return NULL;
        }
    }
    return "write low, medium, high or critical";
}

static const char *set_regulatory(struct options *options, const char *value)
{
    for (enum regulation regulation = 0; regulation < REGULATION_COUNT; regulation++) {
        if (strcmp(value, regulation_names[regulation]) == 0) {
            options->business.regulation = regulation;
            return NULL;
        }
    }
    return "write none, moderate or strict";
}

const struct flag objectives_flags[OBJECTIVES_FLAG_COUNT] = {
    {"--hourly-revenue", "NUMBER", NULL, "What an hour of outage does not earn.",
     set_hourly_revenue, true},
    {"--transactions", "NUMBER", NULL, "Transactions an hour.", set_transactions, true},
    {"--recreation-cost", "NUMBER", NULL, "What it costs to make lost data again.",
     set_recreation_cost, true},
    {"--impact", "IMPACT", NULL, "Beyond revenue: low, medium, high or critical.", set_impact,
     true},
    {"--regulatory", "DEGREE", NULL, "What regulators ask for: none, moderate or strict.",
     set_regulatory, true},
};
