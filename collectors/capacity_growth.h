/* SPDX-License-Identifier: Apache-2.0 */
/* How far the DR cluster could grow: nodes that are not there yet.
 *
 * Only what somebody limits counts: a NodePool without `limits.memory` adds no memory, however
 * endless it is, because quotas and stocks of the cloud are not. How many pods and how much
 * ephemeral storage new nodes bring nobody limits; they come with CPU and memory, and count as
 * endless where new nodes are possible at all. */

#ifndef COLLECTORS_CAPACITY_GROWTH_H
#define COLLECTORS_CAPACITY_GROWTH_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/capacity_fit.h"
#include "collectors/capacity_supply.h"
#include "collectors/kubernetes_list.h"
#include "exporter/error.h"

struct capacity_growing {
    struct capacity_supply *supply; /* Not owned; its lists have been read. */
    struct capacity_groups groups;
    /* What pods that wait in the DR cluster have not taken yet: they come first. NULL, as is the
     * next one, until there is a place. */
    struct capacity_amounts *takes;
    struct capacity_fits
        *largest_fits;   /* On nodes that could be made, as far as their size is known. */
    size_t pools;        /* That there are. */
    size_t pools_usable; /* That can make nodes: ready, not in backoff. */
    bool found;          /* cluster-autoscaler's status was read. */
    double now;          /* By the system's clock, to see how old that is. */
};

void capacity_growing_release(struct capacity_growing *growing);

/* Up to the ceiling that the settings declare, less what all nodes together offer. */
void capacity_growth_declared(struct capacity_growing *growing);

/* For a list of Karpenter's NodePools (karpenter.sh/v1): limits less what they have made, for the
 * classes that their template admits, if their condition Ready is True. Static pools and those that
 * limit `nodes` add nothing.
 * https://karpenter.sh/docs/concepts/nodepools/ */
struct kubernetes_visitor capacity_growth_pools(struct capacity_growing *growing);

/* For a list with cluster-autoscaler's ConfigMap: of each of settings->node_groups that is healthy
 * and not in backoff the nodes up to its maximum, each as settings->new_node says. They are taken
 * to have no labels of their own and no taints, which the status does not tell: so the groups have
 * to be named. A status that was not renewed for 15 minutes, or is as far in the future,
 * counts for nothing. Versions before 1.30 write free text, which is refused.
 * https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md */
struct kubernetes_visitor capacity_growth_autoscaler(struct capacity_growing *growing);

/* The text of its status, `data.status` of the ConfigMap. */
bool capacity_growth_status(struct capacity_growing *growing, const char *text,
                            struct error *error);

#endif
