/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of a verdict, one function each; verdict.c puts them together.
 *
 * Each sets its check to present with a state and a reason, or leaves it alone when the plan does
 * not ask for it. Only sources whose latest collection succeeded and is current count. */

#ifndef EXPORTER_CHECKS_H
#define EXPORTER_CHECKS_H

#include "exporter/drill_results.h"
#include "exporter/verdict.h"

/* What all runbooks of a service say together. */
struct service_runbooks {
    const char *problem; /* Of the first that has one. */
    /* The newest validation that names the service, for example by a drill. */
    struct reading named;
    /* The documents that the service lists: the one that was validated longest ago decides, and
     * one of which no validation is known even more so. */
    bool has_documents;
    struct reading oldest;
};

/* What every check may look at. */
struct judging {
    struct arena *arena; /* Of the reasons. */
    bool explains;       /* Else all reasons are "": most of the time goes into them. */
    const struct board_view *view;
    const struct service_drills *drills;     /* By index into config.services. */
    const struct service_runbooks *runbooks; /* Likewise: those that name the service. */
    /* Names services, and cannot be asked: it may know of a drill that failed. NULL: none. */
    const struct board_entry *unheard;
    double now;
    double wall_now;           /* For instants that others wrote down. */
    struct reading lost_since; /* When the origins are said to have been lost; see verdict.h. */
    int64_t monotonic_ms;
};

void check_set(struct verdict *verdict, enum check_kind kind, enum check_state state,
               const char *reason);

/* A text for a reason; "" if none are wanted. */
const char *reason_printf(const struct judging *judging, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Would the data come back to an instant that is recent enough? Also sets the verdict's exposure
 * and weakest link.
 *
 * A path (source) passes if its latest collection succeeded, is current, and proved a recovery
 * point no older than the RPO, and nothing makes the copy unusable; for an RPO of 0, if it proved
 * that no commit is acknowledged before it is safe there. It fails if the recovery point is known
 * and too old. Anything else is unknown. A dataset is as good as its best path that survives the
 * disruption, a service as bad as its worst dataset.
 *
 * With judging->lost_since, see verdicts_evaluate_loss().
 *
 * A path that answers and says that there is nothing to restore fails, and if it is the only one
 * that survives, everything would be lost: the exposure is +Inf, as without any path. */
void check_rpo(const struct judging *judging, struct verdict *verdict);

/* The state of one type of drill of the verdict's service: fail if its newest attempt failed (what
 * did not work yesterday does not work now, however new the success before it is) or if its newest
 * success is older than the tier's limit, if that is stated; unknown if there is none. */
enum check_state judge_drill(const struct judging *judging, const struct verdict *verdict,
                             enum drill_type type, const char **ret_reason);

/* Every type of drill that the tier wants, by judge_drill(); the worst decides. */
void check_drill(const struct judging *judging, struct verdict *verdict);

/* What the newest attempts of one type of drill of the verdict's service came to. */
const struct drill_results *find_drills(const struct judging *judging,
                                        const struct verdict *verdict, enum drill_type type);

/* Would recovery take no longer than the RTO, by verdict->rto, which it completes? Of the newest
 * successful full and the newest successful partial drill that counts by which it takes longer,
 * because a part that is quick does not make the whole quick; for corruption and ransomware, the
 * newest restore drill. Fail also if the newest attempt of one of them failed, after which nothing
 * is estimated; a full drill that succeeds later makes a partial one good, but not the other way
 * round. Of the services that it depends on verdict->rto knows already. */
void check_rto(const struct judging *judging, struct verdict *verdict);

/* For corruption and ransomware: was a restore tried with success, by judge_drill(), did it lose no
 * more than the RPO (the laxest one, since a drill does not say of which data), and could every
 * dataset be brought back to as long ago as the tier wants (`recovery_window`)? Also sets the
 * verdict's oldest_restorable.
 *
 * A path reaches back to what it proves while its latest collection succeeded and is current;
 * otherwise it is unknown. A dataset is as good as its best path that survives the disruption. */
void check_restore(const struct judging *judging, struct verdict *verdict);

/* What names a service of the plan, of every source; for judging->runbooks. */
const struct service_runbooks *find_named_runbooks(const struct judging *judging);

/* Was the runbook validated within the tier's limit, and is nothing wrong with it? */
void check_runbook(const struct judging *judging, struct verdict *verdict);

/* Has every source that the service lists as evidence of capacity room for what is needed, by the
 * tier's `capacity_min_ratio` (1 where it states none)? The worst one decides. `zone` asks for no
 * room in another region.
 *
 * With judging->lost_since a source counts although its origin does not answer, as long as the DR
 * side does, and what was needed was measured at most an hour before the loss (or two intervals, if
 * they are longer). */
void check_capacity(const struct judging *judging, struct verdict *verdict);

/* Does every endpoint that the service lists as evidence answer as it should, and is the TTL of
 * those that are DNS records within the tier's `dns_max_ttl`, if that is stated? One that could not
 * be asked is seen to with all listed evidence. */
void check_endpoint(const struct judging *judging, struct verdict *verdict);

#endif
