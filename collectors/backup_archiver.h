/* SPDX-License-Identifier: Apache-2.0 */
/* When was the primary where its WAL archive ends?
 *
 * An archive names segments and tells no times. When a segment arrived says nothing: a slow
 * archiver delivers old WAL now. So the primary is asked where it is, and the history of the source
 * keeps when. All that was committed up to the newest instant at which the primary was not beyond
 * the end of the archive can be restored.
 *
 * Views and functions: https://www.postgresql.org/docs/current/monitoring-stats.html and
 * https://www.postgresql.org/docs/current/functions-admin.html */

#ifndef COLLECTORS_BACKUP_ARCHIVER_H
#define COLLECTORS_BACKUP_ARCHIVER_H

#include <stdbool.h>

#include "collectors/backup_catalog.h"
#include "collectors/backup_settings.h"
#include "exporter/collector.h"

/* A hash of what is committed, as text. */
#define BACKUP_COMMITS_BYTES 64

/* A conversation with the primary, which is opened when it is first asked. */
struct backup_archiver;

/* What the primary says about its own archiving. */
struct backup_archive {
    bool known; /* It answered; everything below is valid only then. */
    uint64_t system_id;
    struct reading last_archived; /* Unix seconds, by the primary's clock. */
    struct reading ready_files;   /* Files that wait to be archived. */
    struct reading archived;      /* Counters of pg_stat_archiver. */
    struct reading failed;
    enum answer failing; /* The latest attempt failed; unknown without archive_mode. */
    const char *problem; /* Why nothing will be archived, one line; NULL: nothing known. Static. */
    /* The repository gets its WAL from the primary's archive_command, and not by streaming. */
    bool follows_archiver;
    uint32_t timeline;
    uint64_t position;             /* Where it is, as a count of bytes of WAL. */
    uint64_t completed;            /* Where the segment begins that is written to. */
    struct backup_wal first_ready; /* The first segment that waits. */
    /* Stays the same as long as nothing is committed. */
    char commits[BACKUP_COMMITS_BYTES];
};

/* Where the primary was when something was last committed, as far as is known. Kept together with
 * the history, also when sessions end; zeroed at first. */
struct backup_position {
    uint64_t epoch;
    uint64_t position;
    char commits[BACKUP_COMMITS_BYTES];
};

struct backup_archiver *backup_archiver_new(const struct backup_settings *settings);
void backup_archiver_free(struct backup_archiver *archiver);

/* Asks the primary, and notes in the collection's history where it is. */
bool backup_archiver_ask(struct backup_archiver *archiver, struct collection *collection,
                         const struct backup_query *query, struct backup_position *last,
                         struct backup_archive *ret_archive, struct error *error);

/* ERROR_INCONSISTENT unless the primary that answered has the database whose backups these are. */
bool backup_archiver_check(const struct backup_archive *archive,
                           const struct backup_repository *repository, struct error *error);

/* The newest instant, by clock_unix_seconds(), at which the primary was not beyond `end`, the last
 * segment to which the repository's archive leads without a gap; nor beyond the first segment that
 * it still has to archive, because tools archive several segments at once and in any order. False
 * when that is not known, also when the repository does not tell of which database it is. `archive`
 * need not be known: the primary may be lost. */
bool backup_archiver_recovery_point(const struct backup_archive *archive,
                                    const struct history *history, const struct backup_query *query,
                                    const struct backup_repository *repository,
                                    struct backup_wal end, double *ret_time);

/* --- What it consists of, without the talk. --- */

/* Reads the answer; `format` is the setting. */
bool backup_archive_read(const char *json, const char *format, const struct backup_query *query,
                         struct backup_archive *ret_archive, struct error *error);

/* Notes an answer to what was asked at `asked_at` (clock_unix_seconds()). WAL that an idle primary
 * writes without a commit (checkpoints, snapshots) does not count as progress: it may stay in an
 * incomplete segment for ever, and nobody misses it. */
void backup_archive_note(const struct backup_archive *archive, double asked_at,
                         struct backup_position *last, struct history *history);

/* Is nothing in the history that was shortly before? Then the segments tell more. */
bool backup_archive_needs_segments(const struct backup_archive *archive,
                                   const struct history *history, double asked_at);

/* Notes when segments were completed, from the answer to the question about them. */
bool backup_archive_note_segments(const char *json, const struct backup_archive *archive,
                                  const struct backup_query *query, double asked_at,
                                  struct history *history, struct error *error);

#endif
