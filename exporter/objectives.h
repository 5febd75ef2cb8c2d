/* SPDX-License-Identifier: Apache-2.0 */
/* Objectives from what an outage costs the business: a place to begin with, to be argued about. */

#ifndef EXPORTER_OBJECTIVES_H
#define EXPORTER_OBJECTIVES_H

#include "exporter/strategy.h"

/* How badly an outage hurts beyond the money that is not earned. */
enum impact { IMPACT_LOW, IMPACT_MEDIUM, IMPACT_HIGH, IMPACT_CRITICAL, IMPACT_COUNT };

/* What regulators ask for. */
enum regulation { REGULATION_NONE, REGULATION_MODERATE, REGULATION_STRICT, REGULATION_COUNT };

struct business {
    double hourly_revenue;
    double transactions;    /* An hour. */
    double recreation_cost; /* Of the lost data, in the currency of the revenue. */
    enum impact impact;
    enum regulation regulation;
};

struct objectives {
    double revenue_factor;
    double impact_factor;
    double regulation_factor;
    double rto_hours;
    double rpo_hours;
    enum strategy strategy;
    const char *rpo_rule; /* The line of the formula that held. */
    const char *cost;     /* Of standing by, as a share of the primary's. */
};

extern const char *const impact_names[IMPACT_COUNT];
extern const char *const regulation_names[REGULATION_COUNT];

/* All in hours:
 *
 *   revenue factor = min(hourly revenue / 10,000, 1)
 *   impact         = low 1, medium 0.5, high 0.25, critical 0.1
 *   regulation     = none 1, moderate 0.5, strict 0.1
 *   RTO            = max(24 x impact x regulation x (1 - revenue factor), 0.25)
 *   RPO            = min(RTO / 2, 1) if recreation cost > 100,000 or transactions > 10,000,
 *                    min(RTO, 4) if they are > 10,000 or > 1,000,
 *                    else min(2 x RTO, 24)
 *   strategy       = hot and synchronous for RTO and RPO <= 0.25, hot and asynchronous for both
 *                    <= 1, warm for RTO <= 4, else cold
 *   cost           = very high for RTO <= 0.25, high for <= 1, medium for <= 4, else low */
struct objectives objectives_propose(const struct business *business);

/* The command `objectives`: prints the proposal, how it comes about, and what to write into the
 * configuration. Returns the exit status. */
int objectives_print(const struct business *business);

#endif
