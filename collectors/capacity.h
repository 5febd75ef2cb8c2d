/* SPDX-License-Identifier: Apache-2.0 */
/* Room in the DR cluster for what runs in the primary's: two Kubernetes clusters are asked.
 *
 *     pods of the primary ─ capacity_pod ─→ capacity_demand     what is needed, by class
 *     pods, nodes of the DR cluster ──────→ capacity_supply     what is free there, by class
 *     NodePools, autoscaler, ceiling ─────→ capacity_growth     what could be made
 *     demand, supply and growth ─ capacity_fit ─→ capacity_metrics     ratio of each resource
 *     Deployments and StatefulSets of both ─────→ capacity_parity      what is missing there
 *
 * A class is all pods that may run on the same nodes (capacity_class, by capacity_match). Objects
 * are looked at one by one as the pages of a list come; only sums are kept. */

#ifndef COLLECTORS_CAPACITY_H
#define COLLECTORS_CAPACITY_H

#include "exporter/collector.h"

extern const struct collector capacity_collector;

#endif
