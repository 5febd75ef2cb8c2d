/* SPDX-License-Identifier: Apache-2.0 */
/* What the primary's workload needs: the pods of a list, summed up by class and by workload. */

#ifndef COLLECTORS_CAPACITY_DEMAND_H
#define COLLECTORS_CAPACITY_DEMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/capacity_amounts.h"
#include "collectors/capacity_class.h"
#include "collectors/capacity_pod.h"
#include "collectors/capacity_settings.h"
#include "collectors/kubernetes_list.h"
#include "exporter/error.h"

struct capacity_demand {
    const struct capacity_settings *settings;
    struct capacity_resources resources;
    struct capacity_classes classes;
    struct name_table namespaces;   /* That they are in. */
    struct name_table workloads;    /* As struct capacity_pod names them. */
    struct capacity_amounts *needs; /* By index of the workload. */
    size_t scheduled;
    size_t pending;  /* They need room as much. */
    size_t left_out; /* Of DaemonSets, or of namespaces that do not count. */
    size_t claiming; /* Of those needed, pods that claim devices. */
    /* Likewise, those with a container that requests no CPU or no memory, and of whose that the
     * first one is. */
    size_t unrequested;
    char unrequested_name[CAPACITY_WORKLOAD_BYTES];
    bool preempts; /* None of them has preemptionPolicy Never. */
    double lowest_priority;
};

void capacity_demand_init(struct capacity_demand *demand, const struct capacity_settings *settings);
void capacity_demand_release(struct capacity_demand *demand);

/* For a list of the primary's pods. */
struct kubernetes_visitor capacity_demand_visitor(struct capacity_demand *demand);

/* CPU and memory of a pod of which a container requests none count at least as
 * settings->unrequested says: the scheduler would count nothing for it, but it is not known how
 * much it uses. */
void capacity_demand_fill(const struct capacity_demand *demand, struct capacity_pod *pod);

/* ERROR_NOT_FOUND when nothing is needed, or nothing in one of settings->namespaces: a selector or
 * a name that matches nothing proves nothing. ERROR_INCONSISTENT when there are needs that cannot
 * be counted. */
bool capacity_demand_check(const struct capacity_demand *demand, struct error *error);

#endif
