/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of the redis collector, and how facts become samples. */

#include "collectors/redis_metrics.h"

#include "collectors/redis_evidence.h"

const struct metric redis_metric_table[REDIS_METRIC_COUNT] = {
    [REDIS_END_UP] = {"dr_redis_end_up",
                      METRIC_GAUGE,
                      "Whether this end of the replication (primary or replica, as their roles are "
                      "now) could be asked in the latest collection.",
                      {"end"}},
    [REDIS_LOADING] = {"dr_redis_loading",
                       METRIC_GAUGE,
                       "Whether the server is loading its data from disk or from its primary "
                       "(loading, async_loading).",
                       {"end"}},
    [REDIS_OFFSET] = {"dr_redis_offset_bytes",
                      METRIC_GAUGE,
                      "Replication offset: master_repl_offset of the primary, slave_repl_offset "
                      "(applied) of the replica. Only comparable while dr_redis_not_promotable_"
                      "reason{reason=\"replid\"} is 0.",
                      {"end"}},
    [REDIS_REPLICATION_GAP] = {"dr_redis_replication_gap_bytes",
                               METRIC_GAUGE,
                               "Bytes of the primary's replication stream that the replica has "
                               "not applied; absent while the two have no history in common.",
                               {NULL}},
    [REDIS_LINK_UP] = {"dr_redis_link_up",
                       METRIC_GAUGE,
                       "Whether the replica is connected to its primary (master_link_status).",
                       {NULL}},
    [REDIS_LINK_DOWN] = {"dr_redis_link_down_seconds",
                         METRIC_GAUGE,
                         "For how long the replica's link has been down; absent while it is up "
                         "and when there never was one.",
                         {NULL}},
    [REDIS_LINK_IDLE] = {"dr_redis_link_idle_seconds",
                         METRIC_GAUGE,
                         "How long ago the replica last heard from its primary, which pings it "
                         "every 10 seconds; no measure of lag. Absent while the link is down.",
                         {NULL}},
    [REDIS_SYNC_IN_PROGRESS] = {"dr_redis_sync_in_progress",
                                METRIC_GAUGE,
                                "Whether the replica is receiving a full copy "
                                "(master_sync_in_progress).",
                                {NULL}},
    [REDIS_PROMOTABLE] = {"dr_redis_promotable",
                          METRIC_GAUGE,
                          "Whether nothing speaks against promoting the replica.",
                          {NULL}},
    [REDIS_NOT_PROMOTABLE_REASON] =
        {"dr_redis_not_promotable_reason",
         METRIC_GAUGE,
         "1 for each reason why the replica must not be promoted: loading, sync (receives a full "
         "copy), replid (holds other data than the primary), priority (replica-priority 0), "
         "announced (hidden from Sentinel), link (down for too long, or never up), data_age "
         "(heard nothing for too long), diverged (writable, evicted keys by itself, or failed to "
         "apply writes).",
         {"reason"}},
    [REDIS_REPLICA_PRIORITY] = {"dr_redis_replica_priority",
                                METRIC_GAUGE,
                                "slave_priority of the replica: Sentinel prefers low ones and "
                                "never promotes 0.",
                                {NULL}},
    [REDIS_CONNECTED_REPLICAS] = {"dr_redis_connected_replicas",
                                  METRIC_GAUGE,
                                  "Replicas that are connected to the primary, those that are "
                                  "still being copied to included.",
                                  {NULL}},
    [REDIS_GOOD_REPLICAS] = {"dr_redis_good_replicas",
                             METRIC_GAUGE,
                             "Replicas that count for min-replicas-to-write; with fewer than that "
                             "the primary refuses writes. Absent when it is not configured.",
                             {NULL}},
    [REDIS_FULL_SYNCS] = {"dr_redis_full_syncs_total",
                          METRIC_COUNTER,
                          "Full copies that the primary made for replicas (sync_full).",
                          {NULL}},
    [REDIS_REFUSED_PARTIAL_SYNCS] = {"dr_redis_refused_partial_syncs_total",
                                     METRIC_COUNTER,
                                     "Reconnections for which the primary's backlog no longer "
                                     "sufficed (sync_partial_err).",
                                     {NULL}},
    [REDIS_LAST_SAVE] = {"dr_redis_last_save_timestamp_seconds",
                         METRIC_GAUGE,
                         "When the server last wrote an RDB file, by its clock; its start when it "
                         "has not written one since.",
                         {"end"}},
    [REDIS_LAST_SAVE_SUCCEEDED] = {"dr_redis_last_save_succeeded",
                                   METRIC_GAUGE,
                                   "Whether the latest attempt to write an RDB file succeeded.",
                                   {"end"}},
    [REDIS_AOF_ENABLED] = {"dr_redis_aof_enabled",
                           METRIC_GAUGE,
                           "Whether the server writes an append-only file.",
                           {"end"}},
    [REDIS_AOF_WRITE_SUCCEEDED] = {"dr_redis_aof_write_succeeded",
                                   METRIC_GAUGE,
                                   "Whether the latest write to the append-only file succeeded; "
                                   "absent without one.",
                                   {"end"}},
    [REDIS_SENTINELS] = {"dr_redis_sentinels", METRIC_GAUGE, "Configured Sentinels.", {NULL}},
    [REDIS_SENTINELS_AGREEING] = {"dr_redis_sentinels_agreeing",
                                  METRIC_GAUGE,
                                  "Sentinels that could be asked and name the same primary as most "
                                  "others; without a majority nobody is promoted.",
                                  {NULL}},
    [REDIS_SHARDS] = {"dr_redis_shards",
                      METRIC_GAUGE,
                      "Shards of the cluster: primaries that serve slots.",
                      {NULL}},
    [REDIS_SHARDS_COVERED] = {"dr_redis_shards_covered",
                              METRIC_GAUGE,
                              "Shards with a replica on the other side of the region's border that "
                              "could be promoted and whose recovery point is known.",
                              {NULL}},
};

static void add_with(struct samples *samples, size_t metric, const char *label, double value)
{
    samples_add_labelled(samples, metric, value, (const char *const[]){label});
}

static void add_reading(struct samples *samples, size_t metric, struct reading reading)
{
    if (reading.known) {
        samples_add(samples, metric, reading.value);
    }
}

static void add_reading_with(struct samples *samples, size_t metric, const char *label,
                             struct reading reading)
{
    if (reading.known) {
        add_with(samples, metric, label, reading.value);
    }
}

void redis_add_reached(struct samples *samples, const struct redis_pair *pair)
{
    add_with(samples, REDIS_END_UP, "primary", pair->primary.reached ? 1 : 0);
    add_with(samples, REDIS_END_UP, "replica", pair->replica.reached ? 1 : 0);
}

static void add_end(struct samples *samples, const struct redis_end *end, const char *name)
{
    const struct redis_facts *facts = &end->facts;
    struct redis_offset offset = facts->replica ? facts->applied : facts->offset;

    if (!end->reached) {
        return;
    }
    add_with(samples, REDIS_LOADING, name, facts->loading ? 1 : 0);
    if (offset.known) {
        add_with(samples, REDIS_OFFSET, name, (double)offset.bytes);
    }
    add_reading_with(samples, REDIS_LAST_SAVE, name, facts->last_save);
    add_reading_with(samples, REDIS_LAST_SAVE_SUCCEEDED, name, facts->last_save_succeeded);
    add_reading_with(samples, REDIS_AOF_ENABLED, name, facts->aof_enabled);
    if (facts->aof_enabled.known && facts->aof_enabled.value > 0) {
        add_reading_with(samples, REDIS_AOF_WRITE_SUCCEEDED, name, facts->aof_write_succeeded);
    }
}

static void add_primary(struct samples *samples, const struct redis_facts *primary)
{
    add_reading(samples, REDIS_CONNECTED_REPLICAS, primary->connected_replicas);
    add_reading(samples, REDIS_GOOD_REPLICAS, primary->good_replicas);
    add_reading(samples, REDIS_FULL_SYNCS, primary->full_syncs);
    add_reading(samples, REDIS_REFUSED_PARTIAL_SYNCS, primary->refused_partial_syncs);
}

static void add_obstacles(struct samples *samples, unsigned obstacles)
{
    static const char *const reasons[REDIS_OBSTACLE_COUNT] = {
        [REDIS_OBSTACLE_LOADING] = "loading",     [REDIS_OBSTACLE_SYNC] = "sync",
        [REDIS_OBSTACLE_REPLID] = "replid",       [REDIS_OBSTACLE_PRIORITY] = "priority",
        [REDIS_OBSTACLE_ANNOUNCED] = "announced", [REDIS_OBSTACLE_LINK] = "link",
        [REDIS_OBSTACLE_DATA_AGE] = "data_age",   [REDIS_OBSTACLE_DIVERGED] = "diverged",
    };

    samples_add(samples, REDIS_PROMOTABLE, obstacles == 0 ? 1 : 0);
    for (unsigned i = 0; i < REDIS_OBSTACLE_COUNT; i++) {
        add_with(samples, REDIS_NOT_PROMOTABLE_REASON, reasons[i],
                 (obstacles & REDIS_BLOCKED_BY(i)) != 0 ? 1 : 0);
    }
}

static void add_replica(struct samples *samples, const struct redis_facts *replica)
{
    samples_add(samples, REDIS_LINK_UP, replica->link_up ? 1 : 0);
    if (replica->link_up) {
        add_reading(samples, REDIS_LINK_IDLE, replica->link_idle);
    } else {
        add_reading(samples, REDIS_LINK_DOWN, replica->link_down);
    }
    samples_add(samples, REDIS_SYNC_IN_PROGRESS, replica->syncing ? 1 : 0);
    add_reading(samples, REDIS_REPLICA_PRIORITY, replica->priority);
}

void redis_add_sentinels(struct samples *samples, size_t configured, size_t agreeing)
{
    samples_add(samples, REDIS_SENTINELS, (double)configured);
    samples_add(samples, REDIS_SENTINELS_AGREEING, (double)agreeing);
}

void redis_add_cluster(struct samples *samples, const struct redis_cluster_summary *summary)
{
    samples_add(samples, REDIS_SHARDS, (double)summary->shards);
    samples_add(samples, REDIS_SHARDS_COVERED, (double)summary->covered);
    add_obstacles(samples, summary->obstacles);
    samples_add(samples, REDIS_REPLICATION_GAP, (double)summary->gap);
}

void redis_add_gap(struct samples *samples, const struct redis_pair *pair)
{
    uint64_t gap;

    if (redis_gap(pair, &gap)) {
        samples_add(samples, REDIS_REPLICATION_GAP, (double)gap);
    }
}

void redis_add_samples(struct samples *samples, const struct redis_pair *pair)
{
    add_end(samples, &pair->primary, "primary");
    add_end(samples, &pair->replica, "replica");
    if (pair->primary.reached && !pair->primary.facts.replica) {
        add_primary(samples, &pair->primary.facts);
    }
    if (pair->replica.reached && pair->replica.facts.replica) {
        add_replica(samples, &pair->replica.facts);
        add_obstacles(samples, redis_find_obstacles(pair));
    }
}
