/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence and plan → the state of every check of a (service, disruption). */

#ifndef EXPORTER_VERDICT_H
#define EXPORTER_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/board.h"

/* Ordered from best to worst for a conjunction: one fail makes the whole fail. */
enum check_state { CHECK_PASS, CHECK_UNKNOWN, CHECK_FAIL, CHECK_STATE_COUNT };

struct check {
    bool present; /* Whether this (service, disruption) has this check at all. */
    enum check_state state;
    const char *reason; /* One line that names what decides, with its figures. */
};

struct verdict {
    const struct service *service;
    enum disruption disruption;
    struct check checks[CHECK_KIND_COUNT];
    enum check_state state; /* Of all together; never CHECK_PASS without a check. */
    /* dr_rpo_exposure_seconds: of the worst dataset's best surviving path. */
    bool has_exposure;
    double exposure_seconds; /* +Inf: a dataset has no surviving path. */
    /* The dataset that is worst off, the RPO that holds for it, and its best surviving source. */
    struct limit rpo;
    const char *weakest_dataset; /* NULL when there are no datasets. */
    const char *weakest_source;  /* NULL when that dataset has no surviving source. */
};

/* Judges every (service, disruption in scope), services in the order of the file. The array and
 * its texts live in `arena`. Call it under the board's lock. */
struct verdict *verdicts_evaluate(struct arena *arena, const struct board_view *view, double now,
                                  int64_t monotonic_ms, size_t *ret_count);

const char *check_kind_name(enum check_kind kind);
const char *check_state_name(enum check_state state);

#endif
