/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the primary where it is, and telling when it was where its WAL archive ends. */

#include "collectors/backup_archiver.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/backup_json.h"
#include "collectors/postgres_connection.h"
#include "collectors/postgres_facts.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

/* The header of the first page of a segment (SizeOfXLogLongPHD); no record is there. */
#define SEGMENT_HEADER_BYTES 40
/* Without a note for this long the segments are asked for. */
#define GAP_SECONDS_MAX 60

/* The position is taken before the files are listed: what was complete by then and does not wait
 * was archived. It is where records are inserted, which with synchronous_commit off is ahead of
 * what was written, and behind it lies all that was acknowledged. A transaction that ends or is
 * prepared changes the snapshot or the prepared transactions. */
static const char position_query[] =
    "SELECT json_build_object("
    "'in_recovery', pg_is_in_recovery(), 'may_monitor', pg_has_role('pg_monitor', 'USAGE'),"
    "'system_id', (SELECT system_identifier::text FROM pg_control_system()),"
    "'segment_bytes', (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'),"
    "'commits', hashtextextended(txid_current_snapshot()::text, 0)::text || ' ' ||"
    " (SELECT count(*) || ' ' || coalesce(max(extract(epoch FROM prepared)), 0)"
    " FROM pg_prepared_xacts),"
    "'position', CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn() END,"
    "'file', CASE WHEN NOT pg_is_in_recovery()"
    " THEN pg_walfile_name(pg_current_wal_insert_lsn()) END,"
    "'mode', current_setting('archive_mode'),"
    "'empty', current_setting('archive_command') = ''"
    " AND coalesce(current_setting('archive_library', true), '') = '',"
    "'archiver', (SELECT json_build_object('archived', archived_count, 'failed', failed_count,"
    " 'last_archived', extract(epoch FROM last_archived_time),"
    " 'last_failed', extract(epoch FROM last_failed_time)) FROM pg_stat_archiver),"
    "'ready', (SELECT json_build_object('count', count(*), 'first', min(left(name, 24)"
    " COLLATE \"C\") FILTER (WHERE name ~ '^[0-9A-F]{24}[.]ready$'))"
    " FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'))";

/* A segment was last written to when it was completed, and nothing had been written behind it
 * before that. That is so only of what this server wrote since it started: files that were copied
 * here have other dates. */
static const char segments_query[] =
    "SELECT json_build_object('segments', (SELECT json_agg(json_build_object('name', name,"
    "'age', extract(epoch FROM clock_timestamp() - modification)) ORDER BY name COLLATE \"C\")"
    " FROM (SELECT name, modification FROM pg_ls_waldir(),"
    " pg_walfile_name(pg_current_wal_insert_lsn()) AS current WHERE name ~ '^[0-9A-F]{24}$'"
    " AND left(name, 8) = left(current, 8) AND name COLLATE \"C\" < current COLLATE \"C\""
    " AND modification > pg_postmaster_start_time()"
    " ORDER BY name COLLATE \"C\" DESC LIMIT 256) AS s))";

struct backup_archiver {
    const struct backup_settings *settings;
    struct postgres_connection *connection; /* NULL until asked. */
};

/* --- Reading. --- */

static uint64_t make_epoch(uint64_t system_id, uint32_t timeline)
{
    return system_id ^ (uint64_t)timeline << 32;
}

/* Where a segment ends; false for what is no segment of this size. */
static bool find_end(struct backup_wal wal, uint64_t segment_bytes, uint64_t *ret_position)
{
    uint64_t log = wal.segment >> 32;
    uint64_t within = wal.segment & UINT32_MAX;

    if (!wal.known || segment_bytes == 0 || segment_bytes > 1ULL << 32 || log == UINT32_MAX ||
        within >= (1ULL << 32) / segment_bytes) {
        return false;
    }
    *ret_position = (log << 32) + (within + 1) * segment_bytes;
    return true;
}

static bool check_answer(const cJSON *root, const struct backup_query *query, struct error *error)
{
    uint64_t segment_bytes = backup_json_uint64(root, "segment_bytes");

    if (segment_bytes == 0) {
        return error_set(error, ERROR_PROTOCOL,
                         "primary: the answer is not the JSON that was asked for");
    }
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "in_recovery"))) {
        return error_set(error, ERROR_INCONSISTENT,
                         "primary: it is in recovery: a standby, and not the primary");
    }
    if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "may_monitor"))) {
        return error_set(error, ERROR_PERMISSION,
                         "primary: the role may not look at the archiver; run there: GRANT "
                         "pg_monitor TO the role of primary_dsn");
    }
    if (segment_bytes != query->segment_bytes) {
        return error_set(error, ERROR_INCONSISTENT,
                         "primary: its WAL segments have %llu bytes; write that as "
                         "\"wal_segment_size\"",
                         (unsigned long long)segment_bytes);
    }
    return true;
}

static bool read_position(const cJSON *root, const struct backup_query *query,
                          struct backup_archive *archive, struct error *error)
{
    struct postgres_lsn lsn = {0};
    const char *position = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "position"));
    const char *file = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "file"));
    const char *commits = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "commits"));
    struct backup_wal current;

    archive->system_id = backup_json_uint64(root, "system_id");
    if (position == NULL || !postgres_lsn_parse(position, &lsn) || file == NULL ||
        !backup_wal_parse(file, &current) || commits == NULL || archive->system_id == 0 ||
        strlen(commits) >= sizeof archive->commits) {
        return error_set(error, ERROR_PROTOCOL, "primary: it does not tell its WAL position");
    }
    memcpy(archive->commits, commits, strlen(commits) + 1);
    archive->timeline = current.timeline;
    archive->position = lsn.bytes;
    archive->completed = lsn.bytes - lsn.bytes % query->segment_bytes;
    if (archive->position - archive->completed <= SEGMENT_HEADER_BYTES) {
        archive->position = archive->completed;
    }
    return true;
}

static void read_archiver(const cJSON *root, const char *format, struct backup_archive *archive)
{
    const cJSON *statistics = cJSON_GetObjectItemCaseSensitive(root, "archiver");
    const cJSON *ready = cJSON_GetObjectItemCaseSensitive(root, "ready");
    const char *mode = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "mode"));
    const char *first = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(ready, "first"));
    struct reading last_failed = backup_json_unix(statistics, "last_failed");
    bool is_on = mode != NULL && strcmp(mode, "off") != 0;

    /* Barman has its own way, and says itself how far it came. */
    archive->follows_archiver = is_on && strcmp(format, "barman") != 0;
    if (!is_on) {
        archive->problem = strcmp(format, "pgbackrest") == 0
                               ? "archive_mode is off on the primary: no WAL is archived"
                               : NULL;
        return;
    }
    archive->last_archived = backup_json_unix(statistics, "last_archived");
    archive->archived = backup_json_number(statistics, "archived");
    archive->failed = backup_json_number(statistics, "failed");
    archive->ready_files = backup_json_number(ready, "count");
    archive->failing = last_failed.known && !(archive->last_archived.known &&
                                              archive->last_archived.value >= last_failed.value)
                           ? ANSWER_YES
                           : ANSWER_NO;
    if (first != NULL) {
        (void)backup_wal_parse(first, &archive->first_ready);
    }
    if (archive->follows_archiver &&
        cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "empty"))) {
        archive->problem = "archive_command is empty on the primary: no WAL is archived";
        archive->failing = ANSWER_YES;
    }
}

bool backup_archive_read(const char *json, const char *format, const struct backup_query *query,
                         struct backup_archive *ret_archive, struct error *error)
{
    CLEANUP(backup_json_free) cJSON *root = cJSON_Parse(json);
    struct backup_archive archive = {.known = true};

    if (!check_answer(root, query, error) || !read_position(root, query, &archive, error)) {
        return false;
    }
    read_archiver(root, format, &archive);
    *ret_archive = archive;
    return true;
}

void backup_archive_note(const struct backup_archive *archive, double asked_at,
                         struct backup_position *last, struct history *history)
{
    uint64_t epoch = make_epoch(archive->system_id, archive->timeline);
    double time;
    uint64_t newest;

    if (last->epoch != epoch || strcmp(last->commits, archive->commits) != 0 ||
        last->position > archive->position) {
        last->epoch = epoch;
        last->position = archive->position;
        memcpy(last->commits, archive->commits, sizeof last->commits);
    } else if (history_newest(history, epoch, &time, &newest) && newest > last->position &&
               newest <= archive->position) {
        /* A segment was completed since, though nothing was committed: the history is not to go
         * back. */
        last->position = newest;
    }
    history_add(history, epoch, asked_at, last->position);
}

bool backup_archive_needs_segments(const struct backup_archive *archive,
                                   const struct history *history, double asked_at)
{
    double time;
    uint64_t position;

    return !history_newest(history, make_epoch(archive->system_id, archive->timeline), &time,
                           &position) ||
           time < asked_at - GAP_SECONDS_MAX;
}

bool backup_archive_note_segments(const char *json, const struct backup_archive *archive,
                                  const struct backup_query *query, double asked_at,
                                  struct history *history, struct error *error)
{
    CLEANUP(backup_json_free) cJSON *root = cJSON_Parse(json);
    uint64_t epoch = make_epoch(archive->system_id, archive->timeline);
    const cJSON *item;

    if (!cJSON_IsObject(root)) {
        return error_set(error, ERROR_PROTOCOL,
                         "primary: the answer is not the JSON that was asked for");
    }
    cJSON_ArrayForEach(item, backup_json_array(root, "segments"))
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "name"));
        struct reading age = backup_json_number(item, "age");
        struct backup_wal wal = {0};
        double newest_time = 0;
        uint64_t newest = 0;
        uint64_t end;

        if (name == NULL || !backup_wal_parse(name, &wal) || wal.timeline != archive->timeline ||
            !find_end(wal, query->segment_bytes, &end) || end > archive->completed || !age.known ||
            age.value < 0) {
            continue;
        }
        if (!history_newest(history, epoch, &newest_time, &newest) ||
            (end > newest && asked_at - age.value > newest_time)) {
            history_add(history, epoch, asked_at - age.value, end);
        }
    }
    return true;
}

bool backup_archiver_check(const struct backup_archive *archive,
                           const struct backup_repository *repository, struct error *error)
{
    if (!archive->known || repository->system_id == 0 ||
        archive->system_id == repository->system_id) {
        return true;
    }
    return error_set(error, ERROR_INCONSISTENT,
                     "primary: its system identifier is %llu, the backups are of %llu: "
                     "\"primary_dsn\" leads to another database",
                     (unsigned long long)archive->system_id,
                     (unsigned long long)repository->system_id);
}

/* How far the primary itself has archived everything. */
static bool limit_to_ready(const struct backup_archive *archive, const struct backup_query *query,
                           uint32_t timeline, uint64_t *position)
{
    uint64_t end = archive->completed;

    if (!archive->known || !archive->follows_archiver) {
        return true;
    }
    if (archive->first_ready.known) {
        if (archive->first_ready.timeline != timeline ||
            !find_end(archive->first_ready, query->segment_bytes, &end)) {
            return false;
        }
        end -= query->segment_bytes;
    }
    if (archive->timeline == timeline && end < *position) {
        *position = end;
    }
    return true;
}

bool backup_archiver_recovery_point(const struct backup_archive *archive,
                                    const struct history *history, const struct backup_query *query,
                                    const struct backup_repository *repository,
                                    struct backup_wal end, double *ret_time)
{
    uint64_t position;

    if (repository->system_id == 0 || !find_end(end, query->segment_bytes, &position) ||
        !limit_to_ready(archive, query, end.timeline, &position)) {
        return false;
    }
    return history_recovery_point(history, make_epoch(repository->system_id, end.timeline),
                                  position, ret_time);
}

/* --- Talking. --- */

struct backup_archiver *backup_archiver_new(const struct backup_settings *settings)
{
    struct backup_archiver *archiver = calloc(1, sizeof *archiver);

    if (archiver == NULL) {
        abort();
    }
    archiver->settings = settings;
    return archiver;
}

void backup_archiver_free(struct backup_archiver *archiver)
{
    if (archiver != NULL) {
        postgres_disconnect(archiver->connection);
        free(archiver);
    }
}

static bool ask(struct backup_archiver *archiver, const char *query,
                const struct deadline *deadline, char **ret_text, struct error *error)
{
    if (archiver->connection == NULL && !postgres_connect(archiver->settings->primary_dsn,
                                                          archiver->settings->primary_password_file,
                                                          deadline_remaining_ms(deadline) + 1,
                                                          deadline, &archiver->connection, error)) {
        return error_prefix(error, "primary");
    }
    if (!postgres_query_text(archiver->connection, query, deadline, ret_text, error)) {
        postgres_disconnect(archiver->connection);
        archiver->connection = NULL;
        return error_prefix(error, "primary");
    }
    return true;
}

bool backup_archiver_ask(struct backup_archiver *archiver, struct collection *collection,
                         const struct backup_query *query, struct backup_position *last,
                         struct backup_archive *ret_archive, struct error *error)
{
    CLEANUP(free_text) char *answer = NULL;
    CLEANUP(free_text) char *segments = NULL;
    struct backup_archive archive;
    double asked_at = clock_unix_seconds();

    if (!ask(archiver, position_query, &collection->deadline, &answer, error) ||
        !backup_archive_read(answer, archiver->settings->format, query, &archive, error)) {
        return false;
    }
    if (backup_archive_needs_segments(&archive, collection->history, asked_at) &&
        (!ask(archiver, segments_query, &collection->deadline, &segments, error) ||
         !backup_archive_note_segments(segments, &archive, query, asked_at, collection->history,
                                       error))) {
        return false;
    }
    backup_archive_note(&archive, asked_at, last, collection->history);
    *ret_archive = archive;
    return true;
}
