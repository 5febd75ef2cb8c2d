/* SPDX-License-Identifier: Apache-2.0 */
/* What a backup tool, whichever it is, says it has: the one form into which every format is read.
 * All texts live in the catalog's arena, which is freed at the end of the collection. Instants are
 * Unix seconds as the tool wrote them down (by the system's clock, see exporter/clock.h). */

#ifndef COLLECTORS_BACKUP_CATALOG_H
#define COLLECTORS_BACKUP_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/arena.h"
#include "exporter/error.h"
#include "exporter/evidence.h"

/* By how much clocks of tools, stores and file systems may be ahead of ours: what is dated further
 * in the future is not believed. */
#define BACKUP_CLOCKS_APART_SECONDS_MAX 60

enum backup_state {
    BACKUP_USABLE,  /* It can be restored, as far as the tool says. */
    BACKUP_RUNNING, /* Not complete yet. */
    BACKUP_PARTIAL, /* Complete but for some of its content (Velero's PartiallyFailed). */
    BACKUP_FAILED,  /* Failed, errored, or not in a state that the tool restores from. */
    BACKUP_EXPIRED, /* Was usable; about to be removed, or removed in part. */
    BACKUP_STATE_COUNT
};

/* A place in the write-ahead log as names of segments give it. */
struct backup_wal {
    bool known;
    uint32_t timeline;
    uint64_t segment; /* The last 16 of the 24 hexadecimal digits: log and segment of the log. */
};

/* Segments of one timeline, none of which is missing from the first to the last. */
struct backup_run {
    struct backup_wal first;
    struct backup_wal last;
};

struct backup {
    const char *repository; /* Label: pgBackRest's repo key, WAL-G's storage, …; "" for none. */
    const char *set;        /* Label: stanza, server, host, schedule, …; "" for none. */
    const char *type;       /* Label: full, differential, incremental, snapshot or object. */
    const char *name;       /* For messages only: never a label. */
    enum backup_state state;
    const char *problem; /* Why it is not usable, one line; NULL for a usable one. */
    struct reading started;
    struct reading completed;
    /* The recovery point that this backup alone gives: the stop time of a physical backup that
     * replays WAL to its end, the start time of a logical or file snapshot. */
    struct reading restores_to;
    /* Of what was backed up, or what is stored where only that is told. */
    struct reading size_bytes;
    /* That a restore of it needs. */
    struct backup_wal first_wal;
    struct backup_wal last_wal;
    /* Was it verified that nobody can change or delete it for as long as the settings ask? Only
     * formats that look at Object Lock answer. */
    enum answer immutable;
};

/* A place where backups of one set are, and its archive of WAL. One whose set is "" tells of all
 * sets in that repository that have none of their own. */
struct backup_repository {
    const char *repository;
    const char *set;
    const char *problem;      /* Why nothing can be restored from it, one line; NULL: none. */
    bool unreadable;          /* The problem is that nobody could look: what is there is unknown. */
    uint64_t system_id;       /* Of the database that it is of at present; 0: not told. */
    const char *archive_name; /* Its directory of the present database; NULL: not told. */
    bool has_archive;         /* What is in the archive is told. */
    /* Not known: it is empty. Segments between them may be missing. */
    struct backup_wal archive_first;
    struct backup_wal archive_last;
    /* Which are missing is told: what is there are the runs, in order (see backup_runs.h). */
    bool tells_gaps;
    const struct backup_run *runs;
    size_t run_count;
    const char *archive_problem; /* A gap, a failing archiver, …; NULL: none known. */
};

struct backup_catalog {
    struct arena *arena;
    struct backup *backups;
    size_t backup_count;
    size_t backup_size; /* For how many there is room. */
    struct backup_repository *repositories;
    size_t repository_count;
    size_t repository_size;
    bool truncated; /* Older backups were left out. */
};

/* Which of what a tool tells is meant, and how to look at it. A format may leave out what is not
 * meant; it need not. */
struct backup_query {
    const char *repository; /* "" stands for all. */
    const char *set;        /* "" stands for all. */
    double now;             /* By the system's clock, as others write instants down. */
    uint64_t segment_bytes; /* wal_segment_size */
    bool must_be_immutable; /* Only what is proven to be counts. */
};

void backup_catalog_init(struct backup_catalog *catalog, struct arena *arena);

/* Adds an empty one, whose labels are "", and returns it; it moves when another is added. NULL
 * with ERROR_INCONSISTENT once there are BACKUPS_MAX or BACKUP_REPOSITORIES_MAX. */
struct backup *backup_catalog_add(struct backup_catalog *catalog, struct error *error);
struct backup_repository *backup_catalog_add_repository(struct backup_catalog *catalog,
                                                        struct error *error);

/* Of more than `keep` backups forgets all but the newest by completion, those that are not usable
 * first, and marks the catalog as truncated. For formats of one set only: a set must not drive
 * out another one. */
void backup_catalog_keep_newest(struct backup_catalog *catalog, size_t keep);

/* `000000010000000A000000FF`, alone or with the ending of a compressed or checksummed copy behind
 * it (`-…`, `.gz`, …). Names of other files (`.partial`, `.backup`, `.history`) are none. */
bool backup_wal_parse(const char *name, struct backup_wal *ret_wal);

/* `000000010000000A000000FF`; for messages. */
#define BACKUP_WAL_TEXT_BYTES 25
void backup_wal_format(char text[BACKUP_WAL_TEXT_BYTES], struct backup_wal wal);

/* A format: the output of a tool → a catalog. ERROR_PROTOCOL for what is not its output, with what
 * was found in its place; ERROR_NOT_FOUND when the query names something that is not there. A tool
 * that says that it has no backups is understood: that is no error. */
typedef bool backup_read(struct backup_catalog *catalog, const struct backup_query *query,
                         const char *text, size_t length, struct error *error);

#endif
