/* SPDX-License-Identifier: Apache-2.0 */
/* Time accounting: how long each service met, missed or did not know its RPO, second by second,
 * so that no spike can hide between two scrapes. */

#ifndef EXPORTER_ACCOUNTING_H
#define EXPORTER_ACCOUNTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/evidence.h"

/* Upper bounds of the exposure histogram in seconds, ascending; +Inf comes after the last. */
extern const double accounting_bounds[];
extern const size_t accounting_bound_count;
#define ACCOUNTING_BOUNDS_MAX 16

struct account {
    char *service; /* The key, with `disruption`; owned. */
    enum disruption disruption;
    uint64_t met_seconds;
    uint64_t missed_seconds;
    uint64_t unknown_seconds;
    /* Seconds spent at an exposure within each bound (not cumulative), the last one beyond all. */
    uint64_t exposure_seconds[ACCOUNTING_BOUNDS_MAX + 1];
    double exposure_sum;
};

struct accounting {
    struct account *accounts;
    size_t count;
};

struct verdict;

void accounting_init(struct accounting *accounting);
void accounting_release(struct accounting *accounting);

/* The account of a (service, disruption); NULL if it has none. */
const struct account *accounting_find(const struct accounting *accounting, const char *service,
                                      enum disruption disruption);

/* Makes accounts for exactly these verdicts, keeping the figures of those that exist. */
void accounting_replace_plan(struct accounting *accounting, const struct verdict *verdicts,
                             size_t count);

/* Adds `seconds` to each verdict's account; to its unknown time when `blind`. */
void accounting_advance(struct accounting *accounting, const struct verdict *verdicts, size_t count,
                        uint64_t seconds, bool blind);

#endif
