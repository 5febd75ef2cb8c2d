/* SPDX-License-Identifier: Apache-2.0 */
/* Time accounting: how long each service met, missed or did not know its RPO, second by second,
 * so that no spike can hide between two scrapes. */

#ifndef EXPORTER_ACCOUNTING_H
#define EXPORTER_ACCOUNTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/evidence.h"

/* Ordered from best to worst for a conjunction: one fail makes the whole fail. */
enum check_state { CHECK_PASS, CHECK_UNKNOWN, CHECK_FAIL, CHECK_STATE_COUNT };

/* Upper bounds of the exposure histogram in seconds, ascending; +Inf comes after the last. */
extern const double accounting_bounds[];
extern const size_t accounting_bound_count;
#define ACCOUNTING_BOUNDS_MAX 16

/* Since when a check is in its state, by our clock. */
struct check_history {
    bool known; /* False before it was looked at. */
    enum check_state state;
    double since;
};

struct account {
    char *service; /* The key, with `disruption`; owned. */
    enum disruption disruption;
    uint64_t met_seconds;
    uint64_t missed_seconds;
    uint64_t unknown_seconds;
    /* Seconds spent at an exposure within each bound (not cumulative), the last one beyond all. */
    uint64_t exposure_seconds[ACCOUNTING_BOUNDS_MAX + 1];
    double exposure_sum;
    struct check_history checks[CHECK_KIND_COUNT];
    struct verdict_history *history; /* Owned. */
};

struct accounting {
    struct account *accounts;
    size_t count;
};

struct verdict;
struct verdict_history;

void accounting_init(struct accounting *accounting);
void accounting_release(struct accounting *accounting);

/* The account of a (service, disruption); NULL if it has none. */
const struct account *accounting_find(const struct accounting *accounting, const char *service,
                                      enum disruption disruption);

/* Makes accounts for exactly these verdicts, keeping the figures of those that exist. */
void accounting_replace_plan(struct accounting *accounting, const struct verdict *verdicts,
                             size_t count);

/* Adds `seconds` to each verdict's account; to its unknown time when `blind`. Checks that changed
 * their state did so at `now`. */
void accounting_advance(struct accounting *accounting, const struct verdict *verdicts, size_t count,
                        uint64_t seconds, bool blind, double now);

#endif
