/* SPDX-License-Identifier: Apache-2.0 */
/* From what the two ends said to a recovery point, and to whether the replica may take over. */

#include "collectors/redis_evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Replication ids are 160 random bits as hexadecimal digits. */
static uint64_t epoch_of(const struct redis_memory *memory)
{
    char first[17];

    (void)snprintf(first, sizeof first, "%.16s", memory->replid);
    return strtoull(first, NULL, 16);
}

static enum redis_kinship compare_with_primary(const struct redis_facts *primary,
                                               const struct redis_facts *replica)
{
    if (strcmp(primary->replid, replica->replid) == 0) {
        return REDIS_KIN_SAME;
    }
    if (strcmp(primary->replid2, replica->replid) == 0 && primary->second_offset.known &&
        replica->applied.known && replica->applied.bytes < primary->second_offset.bytes) {
        return REDIS_KIN_EARLIER;
    }
    return REDIS_KIN_STRANGER;
}

enum redis_kinship redis_kinship(const struct redis_pair *pair)
{
    const struct redis_memory *memory = pair->memory;

    if (!pair->replica.reached) {
        return REDIS_KIN_UNKNOWN;
    }
    if (pair->primary.reached) {
        return compare_with_primary(&pair->primary.facts, &pair->replica.facts);
    }
    /* A primary that is only out of reach may have begun a new history, which the replica follows.
     */
    return memory->has_origin && strcmp(memory->replid, pair->replica.facts.replid) == 0
               ? REDIS_KIN_SAME
               : REDIS_KIN_UNKNOWN;
}

/* One pair of a cluster says nothing of its other shards. */
static bool check_mode(const struct redis_end *end, const char *name, bool in_cluster,
                       struct error *error)
{
    if (!end->reached || in_cluster || strcmp(end->facts.mode, "cluster") != 0) {
        return true;
    }
    return error_set(error, ERROR_INCONSISTENT,
                     "%s: it is a node of a Redis Cluster; give \"region_nodes\" instead of "
                     "primary and replica, so that every shard is looked at",
                     name);
}

static bool check_roles(const struct redis_pair *pair, struct error *error)
{
    const struct redis_facts *primary = &pair->primary.facts;

    if (pair->primary.reached && pair->replica.reached &&
        strcmp(primary->run_id, pair->replica.facts.run_id) == 0) {
        return error_set(error, ERROR_INCONSISTENT,
                         "replica: it is the primary itself; if a failover made it so, name the "
                         "other end as \"primary\"");
    }
    if (pair->primary.reached && primary->replica) {
        return error_set(error, ERROR_INCONSISTENT, "primary: it is a replica, of %s:%s",
                         primary->origin_host, primary->origin_port);
    }
    if (pair->replica.reached && !pair->replica.facts.replica) {
        return error_set(error, ERROR_INCONSISTENT,
                         "replica: it is a primary: it was promoted, or replicates nothing");
    }
    return true;
}

bool redis_check_pair(const struct redis_pair *pair, struct error *error)
{
    const struct redis_facts *primary = &pair->primary.facts;
    const struct redis_facts *replica = &pair->replica.facts;
    const struct redis_memory *memory = pair->memory;

    if (!check_mode(&pair->primary, "primary", pair->in_cluster, error) ||
        !check_mode(&pair->replica, "replica", pair->in_cluster, error) ||
        !check_roles(pair, error)) {
        return false;
    }
    if (!pair->primary.reached) {
        return true;
    }
    if (!primary->offset.known) {
        return error_set(error, ERROR_PROTOCOL, "primary: it does not tell its own offset");
    }
    if (pair->replica.reached && replica->link_up && !replica->syncing &&
        redis_kinship(pair) == REDIS_KIN_STRANGER) {
        return error_set(error, ERROR_INCONSISTENT,
                         "replica: it follows %s:%s, whose data are not those of the primary",
                         replica->origin_host, replica->origin_port);
    }
    /* What the replica had in an earlier round the primary must have in this one. */
    if (memory->has_origin && memory->copy.known && strcmp(memory->replid, primary->replid) == 0 &&
        memory->copy.bytes > primary->offset.bytes) {
        return error_set(error, ERROR_INCONSISTENT,
                         "replica: it is %llu bytes ahead of the primary: they have diverged",
                         (unsigned long long)(memory->copy.bytes - primary->offset.bytes));
    }
    return true;
}

static void forget_copy(struct redis_memory *memory)
{
    memory->copy.known = false;
    memory->has_recovery_point = false;
}

/* A new primary, or the old one after a restart, has a history of its own. What the replica had
 * of the former one it still has if the new one has it too. */
static void remember_origin(struct redis_pair *pair, struct history *history)
{
    struct redis_memory *memory = pair->memory;
    const struct redis_facts *primary = &pair->primary.facts;

    if (memory->has_origin && strcmp(memory->replid, primary->replid) != 0) {
        bool continued = strcmp(memory->replid, primary->replid2) == 0 &&
                         primary->second_offset.known && memory->copy.known &&
                         memory->copy.bytes < primary->second_offset.bytes;

        if (!continued) {
            forget_copy(memory);
        }
    }
    memory->has_origin = true;
    (void)snprintf(memory->replid, sizeof memory->replid, "%s", primary->replid);
    history_add(history, epoch_of(memory), pair->primary.asked_at, primary->offset.bytes);
}

/* The replica's row on the primary; NULL if it is not there or not certain. */
static const struct redis_row *find_row(const struct redis_pair *pair)
{
    const struct redis_facts *primary = &pair->primary.facts;
    const struct redis_memory *memory = pair->memory;
    const struct redis_row *found = NULL;

    for (size_t i = 0; *memory->row_ip != '\0' && i < primary->row_count; i++) {
        const struct redis_row *row = &primary->rows[i];

        if (row->online && strcmp(row->ip, memory->row_ip) == 0 &&
            strcmp(row->port, memory->row_port) == 0) {
            if (found != NULL) {
                return NULL;
            }
            found = row;
        }
    }
    return found;
}

void redis_remember_row(struct redis_pair *pair)
{
    const struct redis_facts *primary = &pair->primary.facts;
    const struct redis_facts *replica = &pair->replica.facts;
    struct redis_memory *memory = pair->memory;

    if (!pair->primary.reached || !pair->replica.reached || !replica->link_up) {
        return;
    }
    for (size_t i = 0; i < primary->row_count; i++) {
        const struct redis_row *row = &primary->rows[i];

        if (row->online && strcmp(row->ip, pair->replica.peer) == 0 &&
            strcmp(row->port, replica->port) == 0 && strlen(row->ip) < sizeof memory->row_ip &&
            strlen(row->port) < sizeof memory->row_port) {
            (void)snprintf(memory->row_ip, sizeof memory->row_ip, "%s", row->ip);
            (void)snprintf(memory->row_port, sizeof memory->row_port, "%s", row->port);
        }
    }
}

/* Whether what the primary writes next will find its way to the replica. */
static bool is_attached(const struct redis_pair *pair)
{
    const struct redis_facts *replica = &pair->replica.facts;

    if (pair->replica.reached) {
        return replica->link_up && !replica->syncing && !replica->loading &&
               redis_kinship(pair) == REDIS_KIN_SAME;
    }
    return pair->primary.reached && find_row(pair) != NULL;
}

static struct redis_offset find_copy(const struct redis_pair *pair)
{
    const struct redis_facts *replica = &pair->replica.facts;
    enum redis_kinship kinship = redis_kinship(pair);
    const struct redis_row *row;

    if (pair->replica.reached) {
        if (replica->loading || replica->syncing ||
            (kinship != REDIS_KIN_SAME && kinship != REDIS_KIN_EARLIER)) {
            return (struct redis_offset){0};
        }
        return replica->applied;
    }
    row = pair->primary.reached ? find_row(pair) : NULL;
    return row != NULL && row->acknowledged.known ? row->acknowledged : pair->memory->copy;
}

static bool find_recovery_point(const struct redis_pair *pair, const struct history *history,
                                bool attached, double *ret_time)
{
    const struct redis_memory *memory = pair->memory;
    uint64_t epoch = epoch_of(memory);
    uint64_t copy = memory->copy.bytes;
    double best = memory->has_recovery_point ? memory->recovery_point : -INFINITY;
    double time;

    if (attached ? history_recovery_point(history, epoch, copy, &time)
                 : history_reached_since(history, epoch, copy, &time)) {
        best = fmax(best, time);
    }
    if (history_beyond_since(history, epoch, copy, &time)) {
        best = fmin(best, time);
    }
    if (isinf(best)) {
        return false;
    }
    *ret_time = best;
    return true;
}

void redis_prove(struct redis_pair *pair, struct history *history, struct evidence *evidence)
{
    struct redis_memory *memory = pair->memory;
    double now = pair->replica.reached ? pair->replica.asked_at : pair->primary.asked_at;
    struct redis_offset copy;
    bool attached;

    /* Replication is asynchronous: a primary acknowledges before anybody has a copy, and WAIT is
     * the choice of each client. */
    evidence->zero_data_loss = ANSWER_NO;
    if (pair->primary.reached) {
        remember_origin(pair, history);
    }
    redis_remember_row(pair);
    attached = is_attached(pair);
    copy = find_copy(pair);
    if (!copy.known || (memory->copy.known && copy.bytes < memory->copy.bytes)) {
        /* The replica starts anew: what it once had it has no more. */
        forget_copy(memory);
    }
    memory->copy = copy;
    if (!copy.known || !find_recovery_point(pair, history, attached, &evidence->recovery_point)) {
        return;
    }
    evidence->recovery_point = fmin(evidence->recovery_point, now);
    memory->has_recovery_point = true;
    memory->recovery_point = evidence->recovery_point;
    evidence->has_recovery_point = true;
    evidence->has_lag = true;
    evidence->lag_seconds =
        attached && pair->primary.reached && copy.bytes >= pair->primary.facts.offset.bytes
            ? 0
            : now - evidence->recovery_point;
}

bool redis_gap(const struct redis_pair *pair, uint64_t *ret_bytes)
{
    uint64_t origin = pair->primary.facts.offset.bytes;
    uint64_t copy = pair->memory->copy.bytes;

    if (!pair->primary.reached || !pair->memory->copy.known) {
        return false;
    }
    *ret_bytes = copy >= origin ? 0 : origin - copy;
    return true;
}

unsigned redis_find_obstacles(const struct redis_pair *pair)
{
    const struct redis_facts *replica = &pair->replica.facts;
    double limit = pair->data_age_max_seconds;
    enum redis_kinship kinship = redis_kinship(pair);
    const bool applies[REDIS_OBSTACLE_COUNT] = {
        [REDIS_OBSTACLE_LOADING] = replica->loading,
        [REDIS_OBSTACLE_SYNC] = replica->syncing,
        [REDIS_OBSTACLE_REPLID] = kinship == REDIS_KIN_STRANGER,
        [REDIS_OBSTACLE_DIVERGED] = replica->diverged,
        [REDIS_OBSTACLE_PRIORITY] = !replica->priority.known || replica->priority.value == 0,
        [REDIS_OBSTACLE_ANNOUNCED] = !replica->announced,
        [REDIS_OBSTACLE_LINK] =
            !replica->link_up && (!replica->link_down.known || replica->link_down.value > limit),
        [REDIS_OBSTACLE_DATA_AGE] =
            replica->link_up && (!replica->link_idle.known || replica->link_idle.value > limit),
    };
    unsigned obstacles = pair->obstacles;

    if (!pair->replica.reached || !replica->replica) {
        return 0;
    }
    for (unsigned i = 0; i < REDIS_OBSTACLE_COUNT; i++) {
        obstacles |= applies[i] ? REDIS_BLOCKED_BY(i) : 0;
    }
    return obstacles;
}

const char *redis_explain_obstacles(struct arena *arena, const struct redis_pair *pair)
{
    static const char *const texts[REDIS_OBSTACLE_COUNT] = {
        [REDIS_OBSTACLE_LOADING] = "it is loading its data",
        [REDIS_OBSTACLE_SYNC] = "it is receiving a full copy",
        [REDIS_OBSTACLE_REPLID] = "its master_replid is not the primary's: it holds other data",
        [REDIS_OBSTACLE_PRIORITY] = "its replica-priority is 0",
        [REDIS_OBSTACLE_ANNOUNCED] = "Sentinel does not see it (replica-announced no)",
        [REDIS_OBSTACLE_LINK] = "its link to the primary is down",
        [REDIS_OBSTACLE_DATA_AGE] = "it has not heard from the primary for too long",
        [REDIS_OBSTACLE_DIVERGED] =
            ("its data may not be the primary's: it is writable, evicted keys by itself, or failed "
             "to apply writes (mend that, synchronize it anew, then CONFIG RESETSTAT there)"),
    };
    unsigned obstacles = redis_find_obstacles(pair);
    const char *all = NULL;

    for (unsigned i = 0; i < REDIS_OBSTACLE_COUNT; i++) {
        if ((obstacles & REDIS_BLOCKED_BY(i)) != 0) {
            all = all == NULL
                      ? arena_printf(arena, "the replica must not be promoted: %s", texts[i])
                      : arena_printf(arena, "%s, %s", all, texts[i]);
        }
    }
    return all;
}
