/* SPDX-License-Identifier: Apache-2.0 */
/* A Redis Cluster across two regions: every shard needs a copy on the other side.
 *
 * Which node is a primary the cluster says. A shard whose primary is not in the DR region must
 * have a replica there; one whose primary moved there must have a replica elsewhere. Each such
 * pair is judged as a pair of its own, and the worst shard decides. */

#ifndef COLLECTORS_REDIS_CLUSTER_H
#define COLLECTORS_REDIS_CLUSTER_H

#include "collectors/redis_settings.h"
#include "exporter/collector.h"

struct redis_cluster;

struct redis_cluster *redis_cluster_new(const struct redis_settings *settings);
void redis_cluster_free(struct redis_cluster *cluster);

bool redis_cluster_collect(struct redis_cluster *cluster, struct collection *collection,
                           struct error *error);

#endif
