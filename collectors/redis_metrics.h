/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of the redis collector, and how facts become samples. */

#ifndef COLLECTORS_REDIS_METRICS_H
#define COLLECTORS_REDIS_METRICS_H

#include "collectors/redis_pair.h"
#include "exporter/metric.h"
#include "exporter/samples.h"

enum redis_metric {
    REDIS_END_UP,
    REDIS_LOADING,
    REDIS_OFFSET,
    REDIS_REPLICATION_GAP,
    REDIS_LINK_UP,
    REDIS_LINK_DOWN,
    REDIS_LINK_IDLE,
    REDIS_SYNC_IN_PROGRESS,
    REDIS_PROMOTABLE,
    REDIS_NOT_PROMOTABLE_REASON,
    REDIS_REPLICA_PRIORITY,
    REDIS_CONNECTED_REPLICAS,
    REDIS_GOOD_REPLICAS,
    REDIS_FULL_SYNCS,
    REDIS_REFUSED_PARTIAL_SYNCS,
    REDIS_LAST_SAVE,
    REDIS_LAST_SAVE_SUCCEEDED,
    REDIS_AOF_ENABLED,
    REDIS_AOF_WRITE_SUCCEEDED,
    REDIS_SENTINELS,
    REDIS_SENTINELS_AGREEING,
    REDIS_SHARDS,
    REDIS_SHARDS_COVERED,
    REDIS_METRIC_COUNT
};

extern const struct metric redis_metric_table[REDIS_METRIC_COUNT];

/* Which ends were reached, whatever else happened. */
void redis_add_reached(struct samples *samples, const struct redis_pair *pair);

/* How many Sentinels there should be, and how many agree on the primary. */
void redis_add_sentinels(struct samples *samples, size_t configured, size_t agreeing);

/* A shard and the best of its copies on the other side. */
struct redis_shard {
    struct evidence evidence;
    unsigned obstacles;
    bool has_gap;
    uint64_t gap;
};

struct redis_cluster_summary {
    size_t shards;
    size_t covered;
    unsigned obstacles; /* Of any shard. */
    uint64_t gap;       /* The largest. */
};

void redis_add_cluster(struct samples *samples, const struct redis_cluster_summary *summary);

/* What only a pair that was proven to belong together has. */
void redis_add_gap(struct samples *samples, const struct redis_pair *pair);

/* Everything else that the reached ends said. */
void redis_add_samples(struct samples *samples, const struct redis_pair *pair);

#endif
