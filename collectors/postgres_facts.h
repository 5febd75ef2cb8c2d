/* SPDX-License-Identifier: Apache-2.0 */
/* What one end of a PostgreSQL pair says about itself: one query, one JSON document.
 *
 * Columns and functions: https://www.postgresql.org/docs/current/monitoring-stats.html and
 * https://www.postgresql.org/docs/current/functions-admin.html; the differences between 12 and 17
 * are in the query itself. */

#ifndef COLLECTORS_POSTGRES_FACTS_H
#define COLLECTORS_POSTGRES_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/error.h"

/* A write-ahead log position (LSN): a byte count, written `16/B374D848`. */
struct postgres_lsn {
    bool known;
    uint64_t bytes;
};

bool postgres_lsn_parse(const char *text, struct postgres_lsn *ret_lsn);

/* A number that the server may not know (NULL). */
struct postgres_number {
    bool known;
    double value;
};

/* A row of pg_stat_replication: a standby as its sender on the primary sees it. */
struct postgres_sender {
    int64_t pid;
    const char *application_name;
    const char *client_address; /* "" for a Unix socket. */
    const char *backend_start;  /* With pid the identity of a connection. */
    bool streaming;
    const char *sync_state;
    struct postgres_lsn sent, written, flushed, replayed;
    struct postgres_number write_lag, flush_lag, replay_lag; /* Seconds; unknown when idle. */
};

struct postgres_slot {
    const char *name;
    bool active;
    int64_t active_pid;
    const char *wal_status; /* "" before PostgreSQL 13. */
    struct postgres_lsn restart;
};

/* The row of pg_stat_wal_receiver: the connection of a standby to its origin. */
struct postgres_receiver {
    bool present;
    bool streaming;
    uint32_t timeline;
    struct postgres_lsn latest_end;     /* How far the origin said to be. */
    struct postgres_number receipt_age; /* Of the last message, by the standby's clock. */
    struct postgres_number send_age;    /* Its clock against the origin's when it was sent. */
    const char *slot;                   /* "" without one. */
    const char *application_name;       /* Of its own, in primary_conninfo; "" without. */
};

struct postgres_archiver {
    bool enabled;
    struct postgres_number archived, failed, last_archived, last_failed;
};

/* A row of aurora_global_db_status(). */
struct postgres_region {
    const char *name;
    struct postgres_number durability_lag_ms, rpo_lag_ms; /* -1 for the primary region. */
    struct postgres_number calculated_age;                /* Seconds, by the server's clock. */
};

struct postgres_facts {
    void *document; /* Owns every text below. */
    int64_t version;
    double server_now; /* The server's clock, Unix seconds. */
    bool aurora;
    bool in_recovery;
    bool may_monitor; /* Without pg_monitor the statistics views show NULLs. */
    uint64_t system_identifier;
    uint32_t timeline; /* Of the WAL being written, or, on a standby, received or replayed. */

    struct postgres_lsn current;            /* Primary: the end of the WAL that was written. */
    struct postgres_lsn received, replayed; /* Standby: safe on disk; applied. */
    struct postgres_number replayed_commit; /* The origin's clock at the newest replayed commit. */
    bool replay_paused;
    const char *address; /* Where we reached it; "" for a Unix socket. */
    bool streams;        /* primary_conninfo is set: the standby is meant to have a receiver. */
    struct postgres_receiver receiver;

    const char *synchronous_commit;
    const char *synchronous_commit_source; /* pg_settings.source */
    const char *synchronous_standby_names;
    /* ALTER ROLE or ALTER DATABASE … SET synchronous_commit to less than a flush at the standby. */
    int64_t weak_overrides;

    struct postgres_sender *senders;
    size_t sender_count;
    struct postgres_slot *slots;
    size_t slot_count;
    int64_t slot_total; /* Also those beyond POSTGRES_SLOTS_MAX. */
    struct postgres_archiver archiver;

    struct postgres_region *regions;
    size_t region_count;
};

extern const char postgres_facts_query[];
extern const char postgres_aurora_query[];

/* Reads the answer to one of the queries. */
bool postgres_facts_read(const char *json, struct postgres_facts *ret_facts, struct error *error);
void postgres_facts_release(struct postgres_facts *facts);

#endif
