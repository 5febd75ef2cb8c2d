/* SPDX-License-Identifier: Apache-2.0 */
/* The two ends of a Redis replication in one round, and what is remembered between rounds. */

#ifndef COLLECTORS_REDIS_PAIR_H
#define COLLECTORS_REDIS_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/redis_facts.h"

#define REDIS_REPLID_BYTES 41
#define REDIS_ADDRESS_BYTES 80

struct redis_end {
    bool reached;     /* In this round; everything below is valid only then. */
    double asked_at;  /* This process' clock, before the question was sent. */
    const char *peer; /* Numeric address; "" through a Unix socket. */
    struct redis_facts facts;
};

/* Outlives sessions. */
struct redis_memory {
    size_t origin;   /* Which of the session's two ends is the primary. */
    bool has_origin; /* What was replicated when the primary was last seen. */
    char replid[REDIS_REPLID_BYTES];
    struct redis_offset copy; /* How far the replica had come. */
    bool has_recovery_point;  /* Of that. */
    double recovery_point;
    /* How the primary lists the replica; "" until both were seen connected. */
    char row_ip[REDIS_ADDRESS_BYTES];
    char row_port[8];
};

/* Why a replica must not be promoted; also the values of the label `reason`, in this order. */
enum redis_obstacle {
    REDIS_OBSTACLE_LOADING,
    REDIS_OBSTACLE_SYNC,
    REDIS_OBSTACLE_REPLID,
    REDIS_OBSTACLE_PRIORITY,
    REDIS_OBSTACLE_ANNOUNCED,
    REDIS_OBSTACLE_LINK,
    REDIS_OBSTACLE_DATA_AGE,
    REDIS_OBSTACLE_DIVERGED,
    REDIS_OBSTACLE_COUNT
};

#define REDIS_BLOCKED_BY(obstacle) (1U << (obstacle))

struct redis_pair {
    struct redis_memory *memory;
    bool in_cluster;             /* One of the pairs of a cluster, which are looked at all. */
    double data_age_max_seconds; /* A replica that heard nothing for longer is not promoted. */
    unsigned obstacles;          /* Bits REDIS_BLOCKED_BY(obstacle) that others told of. */
    struct redis_end primary;
    struct redis_end replica;
};

#endif
