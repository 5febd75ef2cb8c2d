/* SPDX-License-Identifier: Apache-2.0 */
/* The gate: may a service be failed over (or restored) now? The last question that an automatic
 * failover asks before it acts.
 *
 * It is stricter than nothing and laxer than readiness: what makes a failover fail or lose more
 * data than was agreed blocks; what is only overdue warns. Unknown counts as failed. */

#ifndef EXPORTER_GATE_H
#define EXPORTER_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/verdict.h"

/* One check that does not pass. */
struct gate_finding {
    const char *service; /* Whose check it is: the service asked about, or one it depends on. */
    enum check_kind kind;
    enum check_state state;
    const char *reason;
    /* Why it only warns although its kind blocks: the reason of the accepted loss, as the plan
     * states it; NULL otherwise. */
    const char *override;
};

struct gate {
    const struct verdict *verdict;
    bool open; /* No finding blocks. */
    /* By index into config.services: the service, and all that it depends on. */
    const bool *services;
    const struct gate_finding *blockers;
    size_t blocker_count;
    const struct gate_finding *warnings;
    size_t warning_count;
};

/* Does a check of this kind that does not pass keep the gate of the service's tier closed?
 * `rpo`, `capacity`, `endpoint` and what a dependency's gate says do always; the others where the
 * tier lists them in `gate_requires`. */
bool gate_requires(const struct tier *tier, enum check_kind kind);

/* By index: the service, and all that it depends on, directly or not. */
bool *gate_services(struct arena *arena, const struct config *config,
                    const struct service *service);

/* Evaluates the gate of verdicts[index]; everything lives in `arena`. `now` as others write it down
 * (clock.h). */
struct gate gate_evaluate(struct arena *arena, const struct config *config,
                          const struct verdict *verdicts, size_t count, size_t index, double now);

/* Is a loss beyond the RPO accepted by the plan at the moment, and is that all that is wrong? Never
 * true for a copy that cannot be used, or a loss that is not known. */
bool gate_accepts_loss(const struct verdict *verdict, double now);

/* The index of the verdict of a (service, disruption); `count` if the plan has none. */
size_t verdict_index(const struct verdict *verdicts, size_t count, const char *service,
                     enum disruption disruption);

#endif
