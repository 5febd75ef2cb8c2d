/* SPDX-License-Identifier: Apache-2.0 */
/* How long a recovery would take if a disruption struck now; pure.
 *
 *   estimate   = own + the largest estimate of the services that it depends on
 *   own        = detection + recovery + data_growth + dns_ttl + scale_out
 *   detection  = the larger of what the drill measured as its phase `detect`, and
 *                noticing + alert path:
 *     noticing   = interval + timeout of the quickest source of each dataset that survives the
 *                  disruption, for the dataset that is noticed last: the fault comes just after a
 *                  collection, and the next one waits for an answer until it gives up
 *     alert path = scrape_interval + evaluation_interval + `for`, rounded up to whole evaluations,
 *                  + group_wait: the worst case of Prometheus and Alertmanager
 *   recovery   = the larger of the drill's measured recovery time and the sum of its phases detect,
 *                decide, execute and verify, less its phase detect, which counts as detection
 *   data_growth = (recovery less decide and verify) x (size of what would be restored now, as was
 *                last told / size of what the drill restored - 1), for a restore drill that tells
 *                its size, if there is more now
 *   dns_ttl    = the larger of what the plan declares and the TTLs that probes in the service's
 *                evidence find
 *
 * So no estimate is less than what the drill measured. `cleanup` comes after the recovery. Services
 * that depend on each other are recovered one after the other, each with all of its own time, which
 * is the longest that it may take.
 *
 * A term that the plan does not declare is 0. Without a drill nothing is known of the recovery, and
 * the estimate is unknown; so it is where the drill tells a size to which nothing can be compared
 * yet. */

#ifndef EXPORTER_RTO_ESTIMATE_H
#define EXPORTER_RTO_ESTIMATE_H

#include "exporter/arena.h"
#include "exporter/config.h"

/* The terms of the sum. What the drill measured beside its phases, or without any, is one too. */
enum rto_component {
    RTO_DETECTION,
    RTO_DECIDE,
    RTO_EXECUTE,
    RTO_VERIFY,
    RTO_OTHER,
    RTO_DNS_TTL,
    RTO_SCALE_OUT,
    RTO_DEPENDENCIES,
    RTO_DATA_GROWTH,
    RTO_COMPONENT_COUNT
};

/* A component that is not known, or not declared, is 0 and not known. */
struct rto_estimate {
    struct reading total_seconds;
    struct reading components[RTO_COMPONENT_COUNT];
    struct reading declared_detection;
    const struct drill_evidence *drill; /* That decides; NULL: none. */
    bool lacks_data;                    /* The data_growth since that drill is not known. */
    const char *dependency;             /* That takes longest; NULL: none. */
};

extern const char *const rto_component_names[RTO_COMPONENT_COUNT];

/* What is known before any drill: detection, DNS and scaling out as declared. */
void rto_estimate_begin(const struct config *config, const struct service *service,
                        enum disruption disruption, struct rto_estimate *ret_estimate);

/* What was found of a record that users follow; counts if the plan declares less. */
void rto_estimate_take_dns_ttl(struct rto_estimate *estimate, double seconds);

/* The same with a drill, whose recovery time must be known, in place of the one that it has, if it
 * comes to more. */
void rto_estimate_take_drill(struct rto_estimate *estimate, const struct drill_evidence *drill);

/* How much would be restored now, after a restore drill was taken. */
void rto_estimate_take_data(struct rto_estimate *estimate, struct reading bytes);

/* What is known of one of the services that it depends on; the largest counts, and one that is not
 * known more than any. */
void rto_estimate_take_dependency(struct rto_estimate *estimate, const char *name,
                                  struct reading total_seconds);

/* Makes the sum, if all that it needs is known. */
void rto_estimate_finish(struct rto_estimate *estimate);

/* The sum of what is known of the service itself. */
double rto_estimate_own_seconds(const struct rto_estimate *estimate);

/* The terms that are known, for people: `20s detection, 4m execute, 1m dns_ttl`. */
const char *rto_estimate_describe(struct arena *arena, const struct rto_estimate *estimate);

#endif
