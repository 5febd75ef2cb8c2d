/* SPDX-License-Identifier: Apache-2.0 */
/* What the majority of the Sentinels say: who the primary is, and whom they would promote.
 *
 * https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ */

#ifndef COLLECTORS_REDIS_SENTINEL_H
#define COLLECTORS_REDIS_SENTINEL_H

#include "collectors/redis_link.h"

/* A server as a Sentinel knows it. */
struct redis_known {
    const char *ip;
    const char *port;
    const char *run_id;
    bool reachable; /* Neither subjectively nor objectively down, nor disconnected. */
};

struct redis_sentinel_answer {
    bool reached;
    struct redis_known primary;
    double down_after_seconds;
    struct redis_known *replicas;
    size_t replica_count;
};

struct redis_sentinel_view {
    size_t configured;
    size_t agreeing; /* On the primary. */
    const struct redis_known *primary;
    double down_after_seconds;
    struct redis_sentinel_answer *answers; /* `configured` of them. */
};

/* Reads the answers of one Sentinel to SENTINEL MASTER and SENTINEL REPLICAS. */
bool redis_sentinel_read(struct arena *arena, const redisReply *primary, const redisReply *replicas,
                         struct redis_sentinel_answer *ret_answer, struct error *error);

/* From view->configured and view->answers to the rest. Fewer than half of all Sentinels
 * (configured, not reached) agreeing is ERROR_INCONSISTENT: those that are left may be the ones
 * that a partition keeps from the news. */
bool redis_sentinel_agree(struct redis_sentinel_view *view, struct error *error);

/* Asks each of the `count` Sentinels; each has an equal share of `budget_ms`. */
bool redis_sentinel_ask(struct redis_link *links, size_t count, const char *master_name,
                        struct arena *arena, int64_t budget_ms, const struct deadline *deadline,
                        struct redis_sentinel_view *ret_view, struct error *error);

/* Whether the server that was asked is the one that a Sentinel knows. */
bool redis_is_known(const struct redis_end *end, const struct redis_known *known);

/* What keeps the Sentinels from promoting the server; 0 when most of them would. */
unsigned redis_sentinel_obstacles(const struct redis_sentinel_view *view,
                                  const struct redis_end *replica);

#endif
