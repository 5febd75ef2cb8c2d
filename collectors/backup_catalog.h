/* SPDX-License-Identifier: Apache-2.0 */
/* What a backup tool, whichever it is, says it has: the one form into which every format is read.
 * All texts live in the catalog's arena. Instants are Unix seconds as the tool wrote them down. */

#ifndef COLLECTORS_BACKUP_CATALOG_H
#define COLLECTORS_BACKUP_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/arena.h"
#include "exporter/error.h"
#include "exporter/evidence.h"

enum backup_state {
    BACKUP_USABLE,  /* It can be restored, as far as the tool says. */
    BACKUP_RUNNING, /* Not complete yet. */
    BACKUP_PARTIAL, /* Complete but for some of its content (Velero's PartiallyFailed). */
    BACKUP_FAILED,  /* Failed, errored, or not in a state that the tool restores from. */
    BACKUP_STATE_COUNT
};

/* A place in the write-ahead log as names of segments give it. */
struct backup_wal {
    bool known;
    uint32_t timeline;
    uint64_t segment; /* Log and segment number as one: 16 hexadecimal digits of the name. */
};

struct backup {
    const char *repository; /* Label: pgBackRest's repo key, WAL-G's storage, …; "" for none. */
    const char *set;        /* Label: stanza, server, schedule, …; "" for none. */
    const char *type;       /* Label: full, differential, incremental, snapshot or object. */
    const char *name;       /* For messages only: never a label. */
    enum backup_state state;
    const char *problem;        /* Why it is not usable, one line; NULL for a usable one. */
    struct reading started;
    struct reading completed;
    struct reading restores_to; /* The recovery point that this backup alone gives: the stop time
                                   of a physical backup that replays WAL to its end, the start time
                                   of a logical or file snapshot. */
    struct reading size_bytes;  /* Of what was backed up, or what is stored where only that is
                                   told. */
    struct backup_wal first_wal; /* That a restore of it needs. */
    struct backup_wal last_wal;
};

/* A place where backups are, and its archive of WAL. */
struct backup_repository {
    const char *repository;
    const char *set;
    const char *problem; /* Why nothing can be restored from it, one line; NULL: none. */
    bool has_archive;
    struct backup_wal archive_first;
    struct backup_wal archive_last;   /* Unbroken from archive_first to here. */
    const char *archive_problem;      /* A gap, a failing archiver, …; NULL: none known. */
};

struct backup_catalog {
    struct arena *arena;
    struct backup *backups;
    size_t backup_count;
    size_t backup_size;
    struct backup_repository *repositories;
    size_t repository_count;
    size_t repository_size;
    bool truncated; /* There were more than BACKUPS_MAX; the oldest by start were left out. */
};

/* Which of what a tool tells is meant; "" stands for all. */
struct backup_query {
    const char *repository;
    const char *set;
    bool accept_partial;
    uint64_t segment_bytes; /* wal_segment_size; 16 MiB unless set. */
};

void backup_catalog_init(struct backup_catalog *catalog, struct arena *arena);

/* Adds an empty one and returns it; it moves when another is added. NULL once there are
 * BACKUPS_MAX. */
struct backup *backup_catalog_add(struct backup_catalog *catalog);
struct backup_repository *backup_catalog_add_repository(struct backup_catalog *catalog);

/* `000000010000000A000000FF`, with what may stand behind it (`-…`, `.partial` is none). */
bool backup_wal_parse(const char *name, struct backup_wal *ret_wal);

/* A format: the output of a tool → a catalog. ERROR_PROTOCOL for what is not its output, with what
 * was found in its place; ERROR_NOT_FOUND when the query names something that is not there. */
typedef bool backup_read(struct backup_catalog *catalog, const struct backup_query *query,
                         const char *text, size_t length, struct error *error);

#endif
