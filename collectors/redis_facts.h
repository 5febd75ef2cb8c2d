/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what one Redis or Valkey server says about itself in INFO. */

#ifndef COLLECTORS_REDIS_FACTS_H
#define COLLECTORS_REDIS_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/arena.h"
#include "exporter/error.h"
#include "exporter/evidence.h"

struct redis_offset {
    bool known;
    uint64_t bytes;
};

/* `slave0:ip=…,port=…,state=…,offset=…`. Its `lag` is 0 while a copy is being made, and is not
 * read. */
struct redis_row {
    const char *ip; /* As the replica announced it. */
    const char *port;
    bool online;
    struct redis_offset acknowledged; /* Known only while online. */
};

/* What is missing or "-1" is not known; texts are "" then. */
struct redis_facts {
    bool replica; /* Its role; else it is a primary. */
    const char *mode;
    const char *run_id;
    const char *port; /* On which the server itself listens. */
    const char *replid;
    const char *replid2;
    struct redis_offset offset;        /* master_repl_offset */
    struct redis_offset second_offset; /* Its history is that of replid2 before this one. */
    bool loading;

    /* Of a replica. */
    const char *origin_host;
    const char *origin_port;
    bool link_up;
    struct reading link_idle; /* Seconds since the primary last sent something. */
    struct reading link_down; /* Seconds since the link was lost; unknown if there never was one. */
    bool syncing;
    struct redis_offset applied; /* slave_repl_offset */
    struct reading priority;
    bool announced;
    /* Its data may not be the primary's although the offsets are: writes of others are allowed,
     * what the primary sent failed, or it threw keys away by itself. */
    bool diverged;

    /* Of a primary. */
    struct reading connected_replicas;
    struct reading good_replicas; /* Only with min-replicas-to-write. */
    struct redis_row *rows;
    size_t row_count;
    struct reading full_syncs;
    struct reading refused_partial_syncs;

    struct reading last_save; /* Unix seconds by the server's clock. */
    struct reading last_save_succeeded;
    struct reading aof_enabled;
    struct reading aof_write_succeeded;
};

/* The texts of *ret_facts live in the arena. What is not INFO of a data server, or is cut off, is
 * ERROR_PROTOCOL; that of a Sentinel ERROR_INCONSISTENT. */
bool redis_facts_read(struct arena *arena, const char *info, struct redis_facts *ret_facts,
                      struct error *error);

#endif
