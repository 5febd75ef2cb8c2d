/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of a verdict, one function each; verdict.c puts them together.
 *
 * Each sets its check to present with a state and a reason, or leaves it alone when the plan does
 * not ask for it. Only sources whose latest collection succeeded and is current count. */

#ifndef EXPORTER_CHECKS_H
#define EXPORTER_CHECKS_H

#include "exporter/verdict.h"

/* What every check may look at. */
struct judging {
    struct arena *arena; /* Of the reasons. */
    const struct board_view *view;
    double now;
    double wall_now; /* For instants that others wrote down. */
    int64_t monotonic_ms;
};

void check_set(struct verdict *verdict, enum check_kind kind, enum check_state state,
               const char *reason);

/* Would the data come back to an instant that is recent enough? Also sets the verdict's exposure
 * and weakest link.
 *
 * A path (source) passes if its latest collection succeeded, is current, and proved a recovery
 * point no older than the RPO, and nothing makes the copy unusable; for an RPO of 0, if it proved
 * that no commit is acknowledged before it is safe there. It fails if the recovery point is known
 * and too old. Anything else is unknown. A dataset is as good as its best path that survives the
 * disruption, a service as bad as its worst dataset. */
void check_rpo(const struct judging *judging, struct verdict *verdict);

/* Is there a success of every type of drill that the tier wants, and is the newest recent? */
void check_drill(const struct judging *judging, struct verdict *verdict);

/* Did recovery take no longer than the RTO when it was last measured: in the newest successful
 * full or partial drill; for corruption and ransomware, in the newest restore drill? */
void check_rto(const struct judging *judging, struct verdict *verdict);

/* Was the runbook validated within the tier's limit, and is nothing wrong with it? */
void check_runbook(const struct judging *judging, struct verdict *verdict);

#endif
