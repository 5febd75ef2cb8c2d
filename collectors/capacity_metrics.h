/* SPDX-License-Identifier: Apache-2.0 */
/* What the capacity collector tells: sums become samples and evidence. */

#ifndef COLLECTORS_CAPACITY_METRICS_H
#define COLLECTORS_CAPACITY_METRICS_H

#include <stdbool.h>

#include "collectors/capacity_demand.h"
#include "collectors/capacity_fit.h"
#include "collectors/capacity_growth.h"
#include "collectors/capacity_parity.h"
#include "collectors/capacity_supply.h"
#include "exporter/collector.h"

enum capacity_metric {
    CAPACITY_CLUSTER_UP,
    CAPACITY_RATIO,
    CAPACITY_REQUIRED,
    CAPACITY_AVAILABLE,
    CAPACITY_LARGEST_FITS,
    CAPACITY_PRIMARY_PODS,
    CAPACITY_RECOVERY_PODS,
    CAPACITY_NODES,
    CAPACITY_POOLS,
    CAPACITY_REQUIRED_AT,
    CAPACITY_WORKLOADS,
    CAPACITY_WORKLOADS_MISSING,
    CAPACITY_WORKLOADS_MISMATCHED,
    CAPACITY_WORKLOAD_PROBLEM,
    CAPACITY_METRIC_COUNT
};

/* With the nodes that are there, and with those that could be made. */
enum capacity_stage { CAPACITY_NOW, CAPACITY_AFTER_SCALE_OUT, CAPACITY_STAGE_COUNT };

extern const struct metric capacity_metric_table[CAPACITY_METRIC_COUNT];

void capacity_add_cluster(struct samples *samples, const char *cluster, bool up);
void capacity_add_demand(struct samples *samples, const struct capacity_demand *demand);
void capacity_add_parity(struct samples *samples, const struct capacity_parity *parity);

/* The ratio of each resource is its capacity_fit(); evidence is the smallest one, now or after
 * scaling out as the settings say. What does not fit on any node makes it fail whatever the ratio.
 * `required_at` is when the needs were measured; if that was not in this collection (`measured`)
 * there are no samples of them. */
void capacity_prove(const struct collection *collection, const struct capacity_supply *supply,
                    const struct capacity_growing *growing, double required_at, bool measured);

#endif
