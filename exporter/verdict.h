/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence and plan → the state of every check of a (service, disruption). */

#ifndef EXPORTER_VERDICT_H
#define EXPORTER_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/board.h"
#include "exporter/rto_estimate.h"

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
    /* The check rpo does not pass, and only because what there is to bring back is older than the
     * RPO allows: every dataset has a copy that is known and can be used. */
    bool only_late;
    /* The oldest instant to which all of the service's data could be brought back: of the dataset
     * that reaches back least, by its best surviving path. Only for corruption and ransomware. */
    struct reading oldest_restorable;
    struct rto_estimate rto;
    /* The dataset that is worst off, the RPO that holds for it, and its best surviving source. */
    struct limit rpo;
    const char *weakest_dataset; /* NULL when there are no datasets. */
    const char *weakest_source;  /* NULL when that dataset has no surviving source. */
};

/* Judges every (service, disruption in scope), services in the order of the file. The array and
 * its texts live in `arena`. Call it under the board's lock. */
struct verdict *verdicts_evaluate(struct arena *arena, const struct board_view *view, double now,
                                  int64_t monotonic_ms, size_t *ret_count);

/* The same for the moment after a loss: whoever asks knows that the origins take no writes any more
 * since `lost_since` (by our clock) and will not again before the failover. What would be lost then
 * is what was written between the recovery point and that instant, and does not grow any more. A
 * path counts although its origin does not answer, as long as the copy itself does. For an RPO of 0
 * it must have been proven at most two intervals before the loss that commits wait for the copy. A
 * path whose origin answered after the loss contradicts the claim and fails. */
struct verdict *verdicts_evaluate_loss(struct arena *arena, const struct board_view *view,
                                       double now, int64_t monotonic_ms, double lost_since,
                                       size_t *ret_count);

/* What of the verdicts is wanted; {0}: everything, as of now. */
struct verdict_wish {
    bool states_only;     /* No reasons, which take most of the time: they are "". */
    const bool *services; /* By index, with all that they depend on; NULL: all. Those of the others
                             are there, but unknown and without checks. */
    enum disruption disruption; /* Of these services; without meaning if they are all wanted. */
    struct reading lost_since;  /* See verdicts_evaluate_loss(). */
};

struct verdict *verdicts_wish(struct arena *arena, const struct board_view *view, double now,
                              int64_t monotonic_ms, const struct verdict_wish *wish,
                              size_t *ret_count);

const char *check_kind_name(enum check_kind kind);
const char *check_state_name(enum check_state state);

#endif
