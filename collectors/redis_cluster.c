/* SPDX-License-Identifier: Apache-2.0 */
/* A Redis Cluster across two regions: every shard needs a copy on the other side. */

#include "collectors/redis_cluster.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/redis_evidence.h"
#include "collectors/redis_link.h"
#include "collectors/redis_metrics.h"
#include "collectors/redis_nodes.h"
#include "exporter/clock.h"

#define MEMBERS_MAX (2 * REDIS_NODES_MAX)

/* A node that was asked, or a replica that is judged. Found again by its key, which is the address
 * of a node, and the ids of primary and replica of a pair. */
struct member {
    char *key;
    struct redis_link link;
    struct redis_memory memory;
    struct history *history; /* NULL for a node. */
};

struct redis_cluster {
    const struct redis_settings *settings;
    struct member *members;
    size_t count;
    /* The last map of a cluster that worked. Without its majority no node tells a map that can be
     * relied on, but what the shards of this one held up to then is all that there was. */
    struct arena *map_arena; /* NULL: none. */
    struct redis_nodes map;
    double map_at;
};

/* What is being found out in one collection. */
struct survey {
    struct redis_cluster *cluster;
    struct collection *collection;
    struct redis_nodes nodes;
    size_t region_count;    /* Of the nodes. */
    struct redis_end *ends; /* As many as nodes; reached once they were asked. */
    struct error *error;    /* The first. */
    bool complete;
    bool map_is_old;
    struct redis_cluster_summary summary;
    bool all_proven;
    bool all_copies_answered;
    double recovery_point;
    double lag_seconds;
    const char *unusable;
};

struct redis_cluster *redis_cluster_new(const struct redis_settings *settings)
{
    struct redis_cluster *cluster = calloc(1, sizeof *cluster);

    if (cluster == NULL ||
        (cluster->members = calloc((size_t)MEMBERS_MAX, sizeof *cluster->members)) == NULL) {
        abort();
    }
    cluster->settings = settings;
    return cluster;
}

void redis_cluster_free(struct redis_cluster *cluster)
{
    if (cluster == NULL) {
        return;
    }
    for (size_t i = 0; i < cluster->count; i++) {
        redis_link_release(&cluster->members[i].link);
        history_free(cluster->members[i].history);
        free(cluster->members[i].key);
    }
    arena_free(cluster->map_arena);
    free(cluster->members);
    free(cluster);
}

/* The member of that key, made when there is none; NULL when there are too many, as in a cluster
 * that changes all the time. */
static struct member *find_member(struct redis_cluster *cluster, const char *key)
{
    const struct redis_settings *own = cluster->settings;
    struct member *member;

    for (size_t i = 0; i < cluster->count; i++) {
        if (strcmp(cluster->members[i].key, key) == 0) {
            return &cluster->members[i];
        }
    }
    if (cluster->count == (size_t)MEMBERS_MAX) {
        return NULL;
    }
    member = &cluster->members[cluster->count++];
    member->key = strdup(key);
    if (member->key == NULL) {
        abort();
    }
    redis_link_init(&member->link, own, own->user, own->password_file);
    return member;
}

static void note(struct survey *survey, const struct error *error)
{
    if (survey->complete) {
        *survey->error = *error;
    }
    survey->complete = false;
}

/* Half of what is left, so that a node that hangs leaves time for the others; of many that hang,
 * when a region is lost, each has its part. */
static struct deadline share_of(const struct survey *survey)
{
    const struct deadline *deadline = &survey->collection->deadline;
    int64_t parts = survey->map_is_old ? (int64_t)survey->nodes.count + 1 : 2;

    return deadline_within(deadline, deadline_remaining_ms(deadline) / parts);
}

static struct redis_link *find_link(struct redis_cluster *cluster, const char *address)
{
    struct member *member = find_member(cluster, address);

    if (member == NULL) {
        return NULL;
    }
    if (member->link.address == NULL) {
        redis_link_turn(&member->link, address);
    }
    return &member->link;
}

/* Any node of the region will do that is not cut off from the others. Goes on while it returns
 * true. */
static bool try_node(void *context, const char *address)
{
    struct survey *survey = context;
    struct redis_link *link = find_link(survey->cluster, address);
    struct deadline share = share_of(survey);
    struct error error;

    if (link == NULL ||
        redis_link_ask_map(link, survey->collection->arena, &share, &survey->nodes, &error)) {
        return false;
    }
    (void)error_prefix(&error, address);
    note(survey, &error);
    return true;
}

static bool mark_node(void *context, const char *address)
{
    struct survey *survey = context;

    for (size_t i = 0; i < survey->nodes.count; i++) {
        if (strcmp(survey->nodes.nodes[i].address, address) == 0) {
            survey->nodes.nodes[i].in_region = true;
            survey->region_count++;
        }
    }
    return true;
}

static void ask_node(struct survey *survey, size_t index)
{
    const char *address = survey->nodes.nodes[index].address;
    struct redis_link *link = find_link(survey->cluster, address);
    struct deadline share = share_of(survey);
    struct error error;

    survey->ends[index].peer = "";
    if (link == NULL) {
        (void)error_set(&error, ERROR_INTERNAL, "too many nodes");
        note(survey, &error);
    } else if (!redis_link_ask_info(link, address, survey->collection->arena, &share,
                                    &survey->ends[index], &error)) {
        note(survey, &error);
    }
}

static bool is_pair(const struct survey *survey, size_t primary, size_t replica)
{
    const struct redis_node *origin = &survey->nodes.nodes[primary];
    const struct redis_node *copy = &survey->nodes.nodes[replica];

    return !copy->primary && strcmp(copy->primary_id, origin->id) == 0 &&
           origin->in_region != copy->in_region;
}

/* All primaries before any replica: what the replicas then have of their offsets is safe. */
static void ask_nodes(struct survey *survey)
{
    const struct redis_nodes *nodes = &survey->nodes;

    for (size_t i = 0; i < nodes->count; i++) {
        if (nodes->nodes[i].primary && nodes->nodes[i].has_slots) {
            ask_node(survey, i);
        }
    }
    for (size_t i = 0; i < nodes->count; i++) {
        for (size_t j = 0; j < nodes->count; j++) {
            if (nodes->nodes[j].has_slots && is_pair(survey, j, i)) {
                ask_node(survey, i);
                break;
            }
        }
    }
}

/* What one pair proves. */
static bool prove_pair(struct survey *survey, size_t primary, size_t replica,
                       struct redis_shard *ret_shard)
{
    struct arena *arena = survey->collection->arena;
    const struct redis_node *origin = &survey->nodes.nodes[primary];
    const struct redis_node *copy = &survey->nodes.nodes[replica];
    struct member *member =
        find_member(survey->cluster, arena_printf(arena, "%s %s", origin->id, copy->id));
    struct redis_pair pair = {.primary = survey->ends[primary], .replica = survey->ends[replica]};
    struct redis_shard shard = {0};
    struct error error;

    /* Without its primary a copy still has what it has. */
    if (member == NULL || !pair.replica.reached) {
        return false;
    }
    if (member->history == NULL) {
        member->history = history_new();
    }
    pair.memory = &member->memory;
    pair.in_cluster = true;
    pair.data_age_max_seconds = (double)survey->cluster->settings->data_age_max_ms / 1000;
    pair.obstacles = copy->may_fail_over ? 0 : REDIS_BLOCKED_BY(REDIS_OBSTACLE_PRIORITY);
    if (!redis_check_pair(&pair, &error)) {
        (void)error_prefix(&error, copy->address);
        note(survey, &error);
        return false;
    }
    redis_prove(&pair, member->history, &shard.evidence);
    shard.obstacles = redis_find_obstacles(&pair);
    shard.evidence.unusable = redis_explain_obstacles(arena, &pair);
    shard.has_gap = redis_gap(&pair, &shard.gap);
    *ret_shard = shard;
    return true;
}

/* Whether `a` is the better copy of a shard. */
static bool is_better(const struct redis_shard *a, const struct redis_shard *b)
{
    if ((a->obstacles == 0) != (b->obstacles == 0)) {
        return a->obstacles == 0;
    }
    if (a->evidence.has_recovery_point != b->evidence.has_recovery_point) {
        return a->evidence.has_recovery_point;
    }
    return a->evidence.recovery_point > b->evidence.recovery_point;
}

/* A shard is as good as its best copy on the other side, the cluster as bad as its worst shard. */
static void judge_shard(struct survey *survey, size_t primary)
{
    struct redis_cluster_summary *summary = &survey->summary;
    const char *address = survey->nodes.nodes[primary].address;
    struct arena *arena = survey->collection->arena;
    struct redis_shard best = {0};
    bool found = false;

    for (size_t i = 0; i < survey->nodes.count; i++) {
        struct redis_shard shard;

        if (is_pair(survey, primary, i) && prove_pair(survey, primary, i, &shard) &&
            (!found || is_better(&shard, &best))) {
            best = shard;
            found = true;
        }
    }
    summary->shards++;
    if (!found) {
        survey->all_proven = false;
        survey->all_copies_answered = false;
        survey->unusable = arena_printf(
            arena, "the shard of %s has no copy on the other side that could be judged", address);
        /* There is nothing to promote. */
        summary->obstacles |= REDIS_BLOCKED_BY(REDIS_OBSTACLE_LINK);
        return;
    }
    summary->obstacles |= best.obstacles;
    if (survey->ends[primary].reached && best.obstacles == 0 && best.evidence.has_recovery_point) {
        summary->covered++;
    }
    if (best.has_gap && best.gap > summary->gap) {
        summary->gap = best.gap;
    }
    if (best.evidence.unusable != NULL && survey->unusable == NULL) {
        survey->unusable =
            arena_printf(arena, "the shard of %s: %s", address, best.evidence.unusable);
    }
    if (!best.evidence.has_recovery_point) {
        survey->all_proven = false;
        return;
    }
    survey->recovery_point = fmin(survey->recovery_point, best.evidence.recovery_point);
    survey->lag_seconds = fmax(survey->lag_seconds, best.evidence.lag_seconds);
}

static void judge(struct survey *survey)
{
    struct evidence *evidence = survey->collection->evidence;

    for (size_t i = 0; i < survey->nodes.count; i++) {
        if (survey->nodes.nodes[i].primary && survey->nodes.nodes[i].has_slots) {
            judge_shard(survey, i);
            evidence->origin_answered = evidence->origin_answered || survey->ends[i].reached;
        }
    }
    evidence->copy_answered = survey->all_copies_answered && survey->summary.shards > 0;
    evidence->zero_data_loss = ANSWER_NO;
    evidence->unusable = survey->unusable;
    if (survey->all_proven && survey->summary.shards > 0) {
        evidence->has_recovery_point = true;
        /* What was moved to other shards since the map was read is not looked at. */
        evidence->recovery_point = survey->map_is_old
                                       ? fmin(survey->recovery_point, survey->cluster->map_at)
                                       : survey->recovery_point;
        evidence->has_lag = survey->complete;
        evidence->lag_seconds = survey->lag_seconds;
    }
    redis_add_cluster(survey->collection->samples, &survey->summary);
}

/* Keeps a copy of the map for the time when there is none. */
static void remember_map(struct survey *survey, double at)
{
    struct redis_cluster *cluster = survey->cluster;

    arena_free(cluster->map_arena);
    cluster->map_arena = arena_new();
    cluster->map_at = at;
    redis_nodes_copy(cluster->map_arena, &survey->nodes, &cluster->map);
}

/* The nodes of a cluster that works, or of when it last did. */
static bool find_nodes(struct survey *survey, struct error *error)
{
    double at = clock_unix_seconds();

    (void)redis_addresses_each(survey->cluster->settings->region_nodes, try_node, survey);
    if (survey->nodes.count == 0) {
        if (survey->complete) {
            return error_set(error, ERROR_PROTOCOL, "CLUSTER NODES: no nodes");
        }
        survey->map_is_old = true;
        survey->nodes = survey->cluster->map;
        return survey->nodes.count > 0;
    }
    (void)redis_addresses_each(survey->cluster->settings->region_nodes, mark_node, survey);
    if (survey->region_count == 0) {
        return error_set(error, ERROR_INCONSISTENT,
                         "region_nodes: none of them is in CLUSTER NODES; write host:port as it "
                         "stands there");
    }
    remember_map(survey, at);
    return true;
}

bool redis_cluster_collect(struct redis_cluster *cluster, struct collection *collection,
                           struct error *error)
{
    struct survey survey = {.cluster = cluster,
                            .collection = collection,
                            .error = error,
                            .complete = true,
                            .all_proven = true,
                            .all_copies_answered = true,
                            .recovery_point = INFINITY};

    /* What is remembered is worth most when a region is lost; links that failed were dropped. */
    collection->keep_session = cluster->count < MEMBERS_MAX;
    if (!find_nodes(&survey, error)) {
        return false;
    }
    survey.ends = arena_alloc_array(collection->arena, survey.nodes.count, sizeof *survey.ends);
    ask_nodes(&survey);
    judge(&survey);
    return survey.complete;
}
