/* SPDX-License-Identifier: Apache-2.0 */
/* Redis and Valkey replication, asked at both ends. */

#include "collectors/redis.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/redis_cluster.h"
#include "collectors/redis_evidence.h"
#include "collectors/redis_link.h"
#include "collectors/redis_metrics.h"
#include "collectors/redis_sentinel.h"
#include "collectors/redis_settings.h"

/* Sentinel's factor to down-after-milliseconds: a replica whose link is down for longer is passed
 * over (sentinelSelectReplica). */
#define SENTINEL_LINK_DOWN_FACTOR 10

enum { PRIMARY, REPLICA, END_COUNT };

struct session {
    /* As configured; which of them is the primary the memory knows. */
    struct redis_link ends[END_COUNT];
    struct redis_link *sentinels;
    size_t sentinel_count;
    struct redis_cluster *cluster; /* NULL: none; else it has everything itself. */
};

static void init_link(struct redis_link *link, const struct redis_settings *own,
                      const char *address, const char *user, const char *password_file)
{
    redis_link_init(link, own, user, password_file);
    if (address != NULL) {
        redis_link_turn(link, address);
    }
}

struct adding {
    struct session *session;
    const struct redis_settings *own;
};

static bool add_sentinel(void *context, const char *address)
{
    struct adding *adding = context;

    init_link(&adding->session->sentinels[adding->session->sentinel_count++], adding->own, address,
              adding->own->sentinel_user, adding->own->sentinel_password_file);
    return true;
}

static void *open_session(const void *settings, const struct deadline *deadline,
                          struct error *error)
{
    const struct redis_settings *own = settings;
    struct session *session = calloc(1, sizeof *session);
    struct adding adding = {.session = session, .own = own};

    /* Either end may be lost, so connecting is part of each collection. */
    (void)deadline;
    (void)error;
    if (session == NULL ||
        (session->sentinels = calloc(REDIS_SENTINELS_MAX, sizeof *session->sentinels)) == NULL) {
        abort();
    }
    if (own->region_nodes != NULL) {
        session->cluster = redis_cluster_new(own);
    }
    init_link(&session->ends[PRIMARY], own, own->primary, own->user, own->password_file);
    init_link(&session->ends[REPLICA], own, own->replica, own->user,
              own->replica_password_file == NULL ? own->password_file : own->replica_password_file);
    if (own->sentinels != NULL) {
        (void)redis_addresses_each(own->sentinels, add_sentinel, &adding);
    }
    return session;
}

static void close_session(void *data)
{
    struct session *session = data;

    for (size_t i = 0; i < END_COUNT; i++) {
        redis_link_release(&session->ends[i]);
    }
    for (size_t i = 0; i < session->sentinel_count; i++) {
        redis_link_release(&session->sentinels[i]);
    }
    free(session->sentinels);
    redis_cluster_free(session->cluster);
    free(session);
}

/* The primary is asked first: what the replica then has of its offset is safe. It has at most
 * half of the budget, so that one that hangs leaves time for the other. */
static bool ask_both(struct session *session, struct collection *collection,
                     struct redis_pair *pair, struct error *error)
{
    size_t origin = pair->memory->origin;
    int64_t half_ms = deadline_remaining_ms(&collection->deadline) / 2;
    struct deadline first = deadline_within(&collection->deadline, half_ms);
    struct error replica_error = {.kind = ERROR_NONE};
    bool complete = redis_link_ask_info(&session->ends[origin], "primary", collection->arena,
                                        &first, &pair->primary, error);

    if (redis_link_ask_info(&session->ends[END_COUNT - 1 - origin], "replica", collection->arena,
                            &collection->deadline, &pair->replica, &replica_error)) {
        return complete;
    }
    if (complete) {
        *error = replica_error;
    } else {
        struct error primary_error = *error;

        (void)error_set(error, primary_error.kind, "%s; %s", primary_error.message,
                        replica_error.message);
    }
    return false;
}

/* What was remembered is of the other end. */
static void set_origin(struct redis_memory *memory, size_t origin)
{
    if (memory->origin != origin) {
        *memory = (struct redis_memory){.origin = origin};
    }
}

/* Turns the session to the primary that the Sentinels name, which may be the other end, or a third
 * server. Returns whether anything changed. */
static bool follow(struct session *session, struct collection *collection, struct redis_pair *pair,
                   const struct redis_known *primary)
{
    const struct redis_settings *own = collection->settings;
    const char *address = redis_address_join(collection->arena, primary->ip, primary->port);
    struct redis_link *link = &session->ends[PRIMARY];
    struct error ignored;

    if (redis_is_known(&pair->primary, primary)) {
        return false;
    }
    if (redis_is_known(&pair->replica, primary)) {
        /* Now a copy is wanted at the other end. */
        set_origin(pair->memory, END_COUNT - 1 - pair->memory->origin);
        if (pair->memory->origin == REPLICA && own->primary != NULL &&
            strcmp(link->address, own->primary) != 0) {
            redis_link_turn(link, own->primary);
        }
        return true;
    }
    if (pair->memory->origin == PRIMARY && strcmp(link->address, address) == 0) {
        return false;
    }
    if (!socket_address_check(address, &ignored)) {
        return false;
    }
    set_origin(pair->memory, PRIMARY);
    redis_link_turn(link, address);
    return true;
}

/* Asks the ends in the roles that the Sentinels give them. */
static bool ask_as_sentinels_say(struct session *session, struct collection *collection,
                                 struct redis_pair *pair, struct error *error)
{
    const struct redis_settings *own = collection->settings;
    struct redis_link *link = &session->ends[PRIMARY];
    struct redis_sentinel_view view;
    bool agreed = redis_sentinel_ask(
        session->sentinels, session->sentinel_count, own->master_name, collection->arena,
        deadline_remaining_ms(&collection->deadline) / 3, &collection->deadline, &view, error);
    bool complete;

    redis_add_sentinels(collection->samples, view.configured, view.agreeing);
    if (!agreed) {
        struct error ignored;

        /* What the ends say is still true. */
        if (link->address != NULL) {
            (void)ask_both(session, collection, pair, &ignored);
        }
        return false;
    }
    if (link->address == NULL) {
        const char *address =
            redis_address_join(collection->arena, view.primary->ip, view.primary->port);

        if (!socket_address_check(address, error)) {
            return error_prefix(error, "sentinels: the primary");
        }
        redis_link_turn(link, address);
    }
    complete = ask_both(session, collection, pair, error);
    if (follow(session, collection, pair, view.primary)) {
        complete = ask_both(session, collection, pair, error);
    }
    if (pair->primary.reached && !redis_is_known(&pair->primary, view.primary)) {
        pair->primary.reached = false;
        return error_set(error, ERROR_INCONSISTENT,
                         "primary: the Sentinels name %s:%s, which is another server",
                         view.primary->ip, view.primary->port);
    }
    pair->obstacles = redis_sentinel_obstacles(&view, &pair->replica);
    pair->data_age_max_seconds = view.down_after_seconds * SENTINEL_LINK_DOWN_FACTOR;
    return complete;
}

/* Adds what the reached ends prove. An error of a missing end is kept unless a worse one, that
 * makes the evidence worthless, takes its place. */
static bool prove(struct redis_pair *pair, struct collection *collection, struct error *error)
{
    struct error inconsistency = {.kind = ERROR_NONE};

    if (!redis_check_pair(pair, &inconsistency)) {
        *error = inconsistency;
        return false;
    }
    redis_prove(pair, collection->history, collection->evidence);
    redis_add_gap(collection->samples, pair);
    collection->evidence->unusable = redis_explain_obstacles(collection->arena, pair);
    return true;
}

static bool collect_pair(struct session *session, struct collection *collection,
                         struct error *error)
{
    const struct redis_settings *own = collection->settings;
    struct redis_pair pair = {.memory = collection->memory,
                              .data_age_max_seconds = (double)own->data_age_max_ms / 1000};
    bool complete = session->sentinel_count > 0
                        ? ask_as_sentinels_say(session, collection, &pair, error)
                        : ask_both(session, collection, &pair, error);
    bool proven = true;

    if (pair.primary.reached || pair.replica.reached) {
        proven = prove(&pair, collection, error);
    }
    collection->evidence->origin_answered = pair.primary.reached;
    collection->evidence->copy_answered = pair.replica.reached;
    redis_add_reached(collection->samples, &pair);
    redis_add_samples(collection->samples, &pair);
    return complete && proven;
}

static bool collect(void *data, struct collection *collection, struct error *error)
{
    struct session *session = data;

    return session->cluster != NULL ? redis_cluster_collect(session->cluster, collection, error)
                                    : collect_pair(session, collection, error);
}

const struct collector redis_collector = {
    .name = "redis",
    .summary =
        "Redis 6 and 7 and Valkey replication, with Sentinel or Cluster, asked at both ends; "
        "nothing is written.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .proves_zero_data_loss = false,
    .metrics = redis_metric_table,
    .metric_count = REDIS_METRIC_COUNT,
    .settings = redis_setting_table,
    .setting_count = REDIS_SETTING_COUNT,
    .settings_size = sizeof(struct redis_settings),
    .memory_size = sizeof(struct redis_memory),
    .check = redis_settings_check,
    .open = open_session,
    .collect = collect,
    .close = close_session,
};
