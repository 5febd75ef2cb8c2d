/* SPDX-License-Identifier: Apache-2.0 */
/* The two ends of a PostgreSQL replication in one round, and what is remembered between rounds. */

#ifndef COLLECTORS_POSTGRES_PAIR_H
#define COLLECTORS_POSTGRES_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/postgres_facts.h"

struct postgres_settings {
    const char *primary_dsn;
    const char *replica_dsn;
    const char *primary_password_file;
    const char *replica_password_file;
    const char *standby_name;
    const char *region;
};

struct postgres_end {
    bool configured;
    bool reached;       /* In this round; everything below is valid only then. */
    double asked_at;    /* This process' clock, before the question was sent. */
    double answered_at; /* And after the answer came. */
    struct postgres_facts facts;
};

/* Outlives sessions. */
struct postgres_memory {
    bool has_origin; /* What the pair replicated from when it was last seen. */
    uint64_t system_identifier;
    uint32_t timeline;
    bool has_skew; /* How far the primary's clock was ahead of ours, and how sure that is. */
    double skew_seconds;
    double skew_error_seconds;
    struct postgres_lsn copy; /* How far the standby had come. */
    bool diverged;            /* It had WAL that the primary lost. */
    bool has_recovery_point;  /* Of the copy. */
    double recovery_point;
    bool has_sender; /* Which connection on the primary is the standby's. */
    int64_t sender_pid;
    char sender_start[48];
};

struct postgres_pair {
    const struct postgres_settings *settings;
    struct postgres_memory *memory;
    struct postgres_end primary;
    struct postgres_end replica;
};

/* How far the server's clock is ahead of ours; the error is half the round trip. */
double postgres_clock_skew(const struct postgres_end *end, double *ret_error_seconds);

#endif
