/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of the postgres collector, and how facts become samples. */

#include "collectors/postgres_metrics.h"

#include <math.h>
#include <string.h>

#include "collectors/postgres_evidence.h"

const struct metric postgres_metric_table[POSTGRES_METRIC_COUNT] = {
    [POSTGRES_END_UP] =
        {"dr_postgres_end_up",
         METRIC_GAUGE,
         "Whether this end of the replication (primary or replica) could be asked in the "
         "latest collection.",
         {"end"}},
    [POSTGRES_CLOCK_SKEW] =
        {"dr_postgres_clock_skew_seconds",
         METRIC_GAUGE,
         "How far the server's clock is ahead of the exporter's (clock_timestamp "
         "against the middle of the round trip).",
         {"end"}},
    [POSTGRES_SERVER_VERSION] = {"dr_postgres_server_version",
                                 METRIC_GAUGE,
                                 "server_version_num, for example 150018 for 15.18.",
                                 {"end"}},
    [POSTGRES_IN_RECOVERY] = {"dr_postgres_in_recovery",
                              METRIC_GAUGE,
                              "Whether the server is a standby (pg_is_in_recovery).",
                              {"end"}},
    [POSTGRES_TIMELINE] = {"dr_postgres_timeline",
                           METRIC_GAUGE,
                           "Timeline of the WAL that the server writes, or as a standby receives.",
                           {"end"}},
    [POSTGRES_WAL_POSITION] =
        {"dr_postgres_wal_position_bytes",
         METRIC_GAUGE,
         "WAL positions (LSN): current on the primary (pg_current_wal_lsn), received "
         "and replayed on the replica (pg_last_wal_receive_lsn, "
         "pg_last_wal_replay_lsn).",
         {"position"}},
    [POSTGRES_FLUSH_LAG_BYTES] =
        {"dr_postgres_flush_lag_bytes",
         METRIC_GAUGE,
         "WAL of the primary that is not yet safe on the replica, counted from "
         "the primary's current position, so WAL not yet sent is included.",
         {NULL}},
    [POSTGRES_REPLAY_LAG_BYTES] = {"dr_postgres_replay_lag_bytes",
                                   METRIC_GAUGE,
                                   "WAL of the primary that is not yet applied on the replica.",
                                   {NULL}},
    [POSTGRES_REPLAY_LAG_SECONDS] =
        {"dr_postgres_replay_lag_seconds",
         METRIC_GAUGE,
         "How long ago the primary was where the replica's replay is, from the "
         "history of positions that this exporter saw.",
         {NULL}},
    [POSTGRES_REPLAY_PAUSED] =
        {"dr_postgres_replay_paused",
         METRIC_GAUGE,
         "Whether replay is paused on the replica: data is safe, but a failover has "
         "to replay first (pg_is_wal_replay_paused).",
         {NULL}},
    [POSTGRES_RECEIVER_STREAMING] = {"dr_postgres_receiver_streaming",
                                     METRIC_GAUGE,
                                     "Whether the replica has a WAL receiver that is streaming "
                                     "(pg_stat_wal_receiver).",
                                     {NULL}},
    [POSTGRES_RECEIVER_MESSAGE_AGE] =
        {"dr_postgres_receiver_message_age_seconds",
         METRIC_GAUGE,
         "Age of the last message from the origin, by the replica's clock "
         "(pg_stat_wal_receiver.last_msg_receipt_time).",
         {NULL}},
    [POSTGRES_SENDER_STREAMING] = {"dr_postgres_sender_streaming",
                                   METRIC_GAUGE,
                                   "Whether the primary is streaming to this replica "
                                   "(pg_stat_replication.state).",
                                   {NULL}},
    [POSTGRES_SENDER_SYNCHRONOUS] = {"dr_postgres_sender_synchronous",
                                     METRIC_GAUGE,
                                     "Whether the primary counts this replica as synchronous "
                                     "(pg_stat_replication.sync_state is sync or quorum).",
                                     {NULL}},
    [POSTGRES_SENDER_LAG_BYTES] =
        {"dr_postgres_sender_lag_bytes",
         METRIC_GAUGE,
         "WAL of the primary beyond what the sender of this replica reports as "
         "sent, write, flush or replay (pg_stat_replication).",
         {"stage"}},
    [POSTGRES_SENDER_LAG_SECONDS] =
        {"dr_postgres_sender_lag_seconds",
         METRIC_GAUGE,
         "write_lag, flush_lag and replay_lag of pg_stat_replication; absent "
         "when idle.",
         {"stage"}},
    [POSTGRES_SYNCHRONOUS_COMMIT_OVERRIDES] =
        {"dr_postgres_synchronous_commit_overrides",
         METRIC_GAUGE,
         "Roles and databases of the primary with a "
         "synchronous_commit of their own that does not wait for a "
         "flush on the standby (pg_db_role_setting).",
         {NULL}},
    [POSTGRES_SLOTS] =
        {"dr_postgres_slots",
         METRIC_GAUGE,
         "Replication slots of the primary; the first 100 by name have series of their own.",
         {NULL}},
    [POSTGRES_SLOT_ACTIVE] = {"dr_postgres_slot_active",
                              METRIC_GAUGE,
                              "Whether somebody streams from the slot of the primary.",
                              {"slot"}},
    [POSTGRES_SLOT_RETAINED_BYTES] =
        {"dr_postgres_slot_retained_wal_bytes",
         METRIC_GAUGE,
         "WAL that the primary keeps for the slot (current position less "
         "restart_lsn).",
         {"slot"}},
    [POSTGRES_SLOT_WAL_STATUS] =
        {"dr_postgres_slot_wal_status",
         METRIC_GAUGE,
         "State set of the slot's wal_status; lost: the replica has to be built "
         "anew. PostgreSQL 13 and later.",
         {"slot", "status"}},
    [POSTGRES_ARCHIVED] = {"dr_postgres_archived_wal_total",
                           METRIC_COUNTER,
                           "WAL files that the primary archived (pg_stat_archiver).",
                           {NULL}},
    [POSTGRES_ARCHIVE_FAILURES] = {"dr_postgres_archive_failures_total",
                                   METRIC_COUNTER,
                                   "Failed attempts of the primary to archive (pg_stat_archiver).",
                                   {NULL}},
    [POSTGRES_ARCHIVE_LAST_SUCCESS] =
        {"dr_postgres_archive_last_success_timestamp_seconds",
         METRIC_GAUGE,
         "When the primary last archived a WAL file, by its clock; an idle "
         "primary archives nothing.",
         {NULL}},
    [POSTGRES_ARCHIVE_LAST_FAILURE] = {"dr_postgres_archive_last_failure_timestamp_seconds",
                                       METRIC_GAUGE,
                                       "When the primary last failed to archive, by its clock.",
                                       {NULL}},
    [POSTGRES_AURORA_RPO_LAG] =
        {"dr_postgres_aurora_rpo_lag_seconds",
         METRIC_GAUGE,
         "rpo_lag_in_msec of a secondary region in aurora_global_db_status().",
         {"region"}},
    [POSTGRES_AURORA_DURABILITY_LAG] = {"dr_postgres_aurora_durability_lag_seconds",
                                        METRIC_GAUGE,
                                        "durability_lag_in_msec of a secondary region in "
                                        "aurora_global_db_status().",
                                        {"region"}},
    [POSTGRES_AURORA_CALCULATION_AGE] =
        {"dr_postgres_aurora_calculation_age_seconds",
         METRIC_GAUGE,
         "How long ago the region's lag was last calculated; old lag is no "
         "evidence.",
         {"region"}},
};

static void add_with(struct samples *samples, size_t metric, const char *label, double value)
{
    samples_add_labelled(samples, metric, value, (const char *const[]){label});
}

static void add_number(struct samples *samples, size_t metric, struct postgres_number number)
{
    if (number.known) {
        samples_add(samples, metric, number.value);
    }
}

/* A position that went ahead between two questions is not a negative lag. */
static double behind(struct postgres_lsn origin, struct postgres_lsn copy)
{
    return copy.bytes >= origin.bytes ? 0 : (double)(origin.bytes - copy.bytes);
}

void postgres_add_reached(struct samples *samples, const struct postgres_pair *pair)
{
    if (pair->primary.configured) {
        add_with(samples, POSTGRES_END_UP, "primary", pair->primary.reached ? 1 : 0);
    }
    if (pair->replica.configured) {
        add_with(samples, POSTGRES_END_UP, "replica", pair->replica.reached ? 1 : 0);
    }
}

static void add_end(struct samples *samples, const struct postgres_end *end, const char *name)
{
    double skew_error;

    if (!end->reached) {
        return;
    }
    add_with(samples, POSTGRES_CLOCK_SKEW, name, postgres_clock_skew(end, &skew_error));
    add_with(samples, POSTGRES_SERVER_VERSION, name, (double)end->facts.version);
    if (!end->facts.aurora) {
        add_with(samples, POSTGRES_IN_RECOVERY, name, end->facts.in_recovery ? 1 : 0);
        add_with(samples, POSTGRES_TIMELINE, name, end->facts.timeline);
    }
}

static void add_replica(struct samples *samples, const struct postgres_facts *replica)
{
    if (replica->received.known) {
        add_with(samples, POSTGRES_WAL_POSITION, "received", (double)replica->received.bytes);
    }
    if (replica->replayed.known) {
        add_with(samples, POSTGRES_WAL_POSITION, "replayed", (double)replica->replayed.bytes);
    }
    samples_add(samples, POSTGRES_REPLAY_PAUSED, replica->replay_paused ? 1 : 0);
    samples_add(samples, POSTGRES_RECEIVER_STREAMING, replica->receiver.streaming ? 1 : 0);
    add_number(samples, POSTGRES_RECEIVER_MESSAGE_AGE, replica->receiver.receipt_age);
}

/* Replay never counts as further than its origin was when it was last asked. */
static void add_lags(struct samples *samples, const struct postgres_pair *pair,
                     const struct history *history)
{
    const struct postgres_facts *primary = &pair->primary.facts;
    const struct postgres_facts *replica = &pair->replica.facts;
    double time;

    if (pair->memory->copy.known) {
        samples_add(samples, POSTGRES_FLUSH_LAG_BYTES,
                    behind(primary->current, pair->memory->copy));
    }
    if (!pair->replica.reached || !replica->replayed.known) {
        return;
    }
    samples_add(samples, POSTGRES_REPLAY_LAG_BYTES, behind(primary->current, replica->replayed));
    if (history_recovery_point(history, postgres_epoch(pair->memory), replica->replayed.bytes,
                               &time)) {
        samples_add(samples, POSTGRES_REPLAY_LAG_SECONDS, fmax(pair->primary.asked_at - time, 0));
    }
}

static void add_slot(struct samples *samples, const struct postgres_slot *slot,
                     struct postgres_lsn current)
{
    static const char *const statuses[] = {"reserved", "extended", "unreserved", "lost"};

    add_with(samples, POSTGRES_SLOT_ACTIVE, slot->name, slot->active ? 1 : 0);
    if (slot->restart.known) {
        add_with(samples, POSTGRES_SLOT_RETAINED_BYTES, slot->name, behind(current, slot->restart));
    }
    for (size_t i = 0; *slot->wal_status != '\0' && i < sizeof statuses / sizeof *statuses; i++) {
        samples_add_labelled(samples, POSTGRES_SLOT_WAL_STATUS,
                             strcmp(slot->wal_status, statuses[i]) == 0 ? 1 : 0,
                             (const char *const[]){slot->name, statuses[i]});
    }
}

static void add_primary(struct samples *samples, const struct postgres_facts *primary)
{
    add_with(samples, POSTGRES_WAL_POSITION, "current", (double)primary->current.bytes);
    samples_add(samples, POSTGRES_SYNCHRONOUS_COMMIT_OVERRIDES, (double)primary->weak_overrides);
    samples_add(samples, POSTGRES_SLOTS, (double)primary->slot_total);
    for (size_t i = 0; i < primary->slot_count; i++) {
        add_slot(samples, &primary->slots[i], primary->current);
    }
    if (primary->archiver.enabled) {
        add_number(samples, POSTGRES_ARCHIVED, primary->archiver.archived);
        add_number(samples, POSTGRES_ARCHIVE_FAILURES, primary->archiver.failed);
        add_number(samples, POSTGRES_ARCHIVE_LAST_SUCCESS, primary->archiver.last_archived);
        add_number(samples, POSTGRES_ARCHIVE_LAST_FAILURE, primary->archiver.last_failed);
    }
}

static void add_sender_lag(struct samples *samples, const char *stage, struct postgres_lsn current,
                           struct postgres_lsn position, struct postgres_number seconds)
{
    if (position.known) {
        add_with(samples, POSTGRES_SENDER_LAG_BYTES, stage, behind(current, position));
    }
    if (seconds.known) {
        add_with(samples, POSTGRES_SENDER_LAG_SECONDS, stage, seconds.value);
    }
}

static void add_sender(struct samples *samples, const struct postgres_sender *sender,
                       struct postgres_lsn current)
{
    bool synchronous =
        strcmp(sender->sync_state, "sync") == 0 || strcmp(sender->sync_state, "quorum") == 0;

    samples_add(samples, POSTGRES_SENDER_STREAMING, sender->streaming ? 1 : 0);
    samples_add(samples, POSTGRES_SENDER_SYNCHRONOUS, synchronous ? 1 : 0);
    add_sender_lag(samples, "sent", current, sender->sent, (struct postgres_number){0});
    add_sender_lag(samples, "write", current, sender->written, sender->write_lag);
    add_sender_lag(samples, "flush", current, sender->flushed, sender->flush_lag);
    add_sender_lag(samples, "replay", current, sender->replayed, sender->replay_lag);
}

static void add_regions(struct samples *samples, const struct postgres_facts *facts)
{
    for (size_t i = 0; i < facts->region_count; i++) {
        const struct postgres_region *region = &facts->regions[i];

        /* -1 marks the primary region, which lags behind nobody. */
        if (!region->rpo_lag_ms.known || region->rpo_lag_ms.value < 0) {
            continue;
        }
        add_with(samples, POSTGRES_AURORA_RPO_LAG, region->name, region->rpo_lag_ms.value / 1000);
        if (region->durability_lag_ms.known && region->durability_lag_ms.value >= 0) {
            add_with(samples, POSTGRES_AURORA_DURABILITY_LAG, region->name,
                     region->durability_lag_ms.value / 1000);
        }
        if (region->calculated_age.known) {
            add_with(samples, POSTGRES_AURORA_CALCULATION_AGE, region->name,
                     region->calculated_age.value);
        }
    }
}

void postgres_add_samples(struct samples *samples, const struct postgres_pair *pair,
                          const struct history *history, const struct postgres_sender *sender)
{
    const struct postgres_end *primary = &pair->primary;
    const struct postgres_end *replica = &pair->replica;

    add_end(samples, primary, "primary");
    add_end(samples, replica, "replica");
    if ((primary->reached && primary->facts.aurora) ||
        (replica->reached && replica->facts.aurora)) {
        /* Both ends know all regions; one telling is enough. */
        add_regions(samples, replica->reached ? &replica->facts : &primary->facts);
        return;
    }
    if (replica->reached) {
        add_replica(samples, &replica->facts);
    }
    if (primary->reached && primary->facts.current.known) {
        add_primary(samples, &primary->facts);
        add_lags(samples, pair, history);
    }
    if (sender != NULL) {
        add_sender(samples, sender, primary->facts.current);
    }
}
