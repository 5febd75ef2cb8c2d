/* SPDX-License-Identifier: Apache-2.0 */
/* What the majority of the Sentinels say: who the primary is, and whom they would promote. */

#include "collectors/redis_sentinel.h"

#include <stdlib.h>
#include <string.h>

/* The value of `key` in a list of alternating keys and values; "" when missing. */
static const char *find_value(const redisReply *list, const char *key)
{
    for (size_t i = 0; i + 1 < list->elements; i += 2) {
        const redisReply *name = list->element[i];
        const redisReply *value = list->element[i + 1];

        if (name->type == REDIS_REPLY_STRING && value->type == REDIS_REPLY_STRING &&
            strcmp(name->str, key) == 0) {
            return value->str;
        }
    }
    return "";
}

static struct redis_known read_known(struct arena *arena, const redisReply *list)
{
    const char *flags = find_value(list, "flags");

    return (struct redis_known){
        .ip = arena_strdup(arena, find_value(list, "ip")),
        .port = arena_strdup(arena, find_value(list, "port")),
        .run_id = arena_strdup(arena, find_value(list, "runid")),
        .reachable = strstr(flags, "down") == NULL && strstr(flags, "disconnected") == NULL,
    };
}

bool redis_sentinel_read(struct arena *arena, const redisReply *primary, const redisReply *replicas,
                         struct redis_sentinel_answer *ret_answer, struct error *error)
{
    struct redis_sentinel_answer answer = {.reached = true};

    if (primary->type != REDIS_REPLY_ARRAY || replicas->type != REDIS_REPLY_ARRAY) {
        return error_set(error, ERROR_PROTOCOL, "SENTINEL: the answer is no list");
    }
    answer.primary = read_known(arena, primary);
    answer.down_after_seconds = strtod(find_value(primary, "down-after-milliseconds"), NULL) / 1000;
    if (*answer.primary.ip == '\0' || *answer.primary.port == '\0' ||
        !(answer.down_after_seconds > 0)) {
        return error_set(error, ERROR_PROTOCOL, "SENTINEL MASTER: the answer is incomplete");
    }
    answer.replicas = arena_alloc_array(arena, replicas->elements + 1, sizeof *answer.replicas);
    for (size_t i = 0; i < replicas->elements; i++) {
        if (replicas->element[i]->type == REDIS_REPLY_ARRAY) {
            answer.replicas[answer.replica_count++] = read_known(arena, replicas->element[i]);
        }
    }
    *ret_answer = answer;
    return true;
}

static bool is_same_primary(const struct redis_sentinel_answer *a,
                            const struct redis_sentinel_answer *b)
{
    return a->reached && b->reached && strcmp(a->primary.ip, b->primary.ip) == 0 &&
           strcmp(a->primary.port, b->primary.port) == 0;
}

bool redis_sentinel_agree(struct redis_sentinel_view *view, struct error *error)
{
    const struct redis_sentinel_answer *chosen = NULL;
    size_t reached = 0;

    view->agreeing = 0;
    for (size_t i = 0; i < view->configured; i++) {
        size_t agreeing = 0;

        for (size_t j = 0; j < view->configured; j++) {
            agreeing += is_same_primary(&view->answers[i], &view->answers[j]) ? 1 : 0;
        }
        if (agreeing > view->agreeing) {
            view->agreeing = agreeing;
            chosen = &view->answers[i];
        }
        reached += view->answers[i].reached ? 1 : 0;
    }
    if (view->agreeing * 2 <= view->configured) {
        return error_set(error, ERROR_INCONSISTENT,
                         "sentinels: no majority says who the primary is: of %zu, %zu answered "
                         "and %zu of them agree",
                         view->configured, reached, view->agreeing);
    }
    view->primary = &chosen->primary;
    view->down_after_seconds = chosen->down_after_seconds;
    return true;
}

static bool ask_one(struct redis_link *link, const char *master_name, struct arena *arena,
                    const struct deadline *deadline, struct redis_sentinel_answer *ret_answer,
                    struct error *error)
{
    CLEANUP(redis_clear_reply) redisReply *primary = NULL;
    CLEANUP(redis_clear_reply) redisReply *replicas = NULL;

    return redis_link_ask(link, 3, (const char *const[]){"SENTINEL", "MASTER", master_name},
                          deadline, &primary, error) &&
           redis_link_ask(link, 3, (const char *const[]){"SENTINEL", "REPLICAS", master_name},
                          deadline, &replicas, error) &&
           redis_sentinel_read(arena, primary, replicas, ret_answer, error);
}

bool redis_sentinel_ask(struct redis_link *links, size_t count, const char *master_name,
                        struct arena *arena, int64_t budget_ms, const struct deadline *deadline,
                        struct redis_sentinel_view *ret_view, struct error *error)
{
    struct error own = {.kind = ERROR_NONE};
    struct error failure = {.kind = ERROR_NONE};

    *ret_view = (struct redis_sentinel_view){
        .configured = count,
        .answers = arena_alloc_array(arena, count, sizeof *ret_view->answers),
    };
    for (size_t i = 0; i < count; i++) {
        struct deadline share = deadline_within(deadline, budget_ms / (int64_t)count);

        if (!ask_one(&links[i], master_name, arena, &share, &ret_view->answers[i], &own)) {
            (void)error_prefix(&own, links[i].address);
            failure = own;
        }
    }
    if (redis_sentinel_agree(ret_view, error)) {
        return true;
    }
    if (failure.kind != ERROR_NONE) {
        struct error disagreement = *error;

        (void)error_set(error, failure.kind, "%s; %s", disagreement.message, failure.message);
    }
    return false;
}

bool redis_is_known(const struct redis_end *end, const struct redis_known *known)
{
    return end->reached &&
           ((*known->run_id != '\0' && strcmp(end->facts.run_id, known->run_id) == 0) ||
            (strcmp(end->peer, known->ip) == 0 && strcmp(end->facts.port, known->port) == 0));
}

static unsigned obstacles_of(const struct redis_sentinel_answer *answer,
                             const struct redis_end *replica)
{
    for (size_t i = 0; i < answer->replica_count; i++) {
        if (redis_is_known(replica, &answer->replicas[i])) {
            return answer->replicas[i].reachable ? 0 : REDIS_BLOCKED_BY(REDIS_OBSTACLE_LINK);
        }
    }
    return REDIS_BLOCKED_BY(REDIS_OBSTACLE_ANNOUNCED);
}

unsigned redis_sentinel_obstacles(const struct redis_sentinel_view *view,
                                  const struct redis_end *replica)
{
    unsigned all = 0;
    size_t willing = 0;

    for (size_t i = 0; replica->reached && i < view->configured; i++) {
        if (view->answers[i].reached) {
            unsigned obstacles = obstacles_of(&view->answers[i], replica);

            all |= obstacles;
            willing += obstacles == 0 ? 1 : 0;
        }
    }
    return willing * 2 > view->configured ? 0 : all;
}
