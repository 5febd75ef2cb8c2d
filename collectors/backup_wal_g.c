/* SPDX-License-Identifier: Apache-2.0 */
/* `wal-g backup-list --detail --json` and `wal-g wal-verify integrity timeline --json` → catalog.
 *
 * What failed leaves no sentinel and is not listed. The member `time` is when the sentinel was
 * written, which is after the end of the backup; only --detail tells the end itself. */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/backup_formats.h"
#include "collectors/backup_json.h"
#include "collectors/backup_runs.h"
#include "collectors/postgres_facts.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"

#define NAME_PREFIX "base_"
#define WAL_NAME_DIGITS 24
/* Between the segment of a delta backup and that of the backup on which it builds. */
#define DELTA_MARK "_D_"

/* Older versions log this to where the list would be, after a date, and print no list. */
#define NOTHING_FOUND "No backups found"

static bool says_nothing_found(const char *text, size_t length)
{
    size_t mark = strlen(NOTHING_FOUND);

    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    return length >= mark && memchr(text, '\n', length) == NULL &&
           memcmp(text + length - mark, NOTHING_FOUND, mark) == 0;
}

/* A position as a number, or as PostgreSQL writes it. */
static uint64_t read_lsn(struct arena *arena, const cJSON *object, const char *key)
{
    struct postgres_lsn lsn = {0};

    if (postgres_lsn_parse(backup_json_text(arena, object, key), &lsn)) {
        return lsn.bytes;
    }
    return backup_json_uint64(object, key);
}

/* The segment in which a backup that ends at this position has its last byte. */
static struct backup_wal find_segment(uint64_t lsn, uint32_t timeline, uint64_t segment_bytes)
{
    uint64_t number;
    uint64_t per_log;

    if (lsn == 0 || segment_bytes == 0 || segment_bytes > 1ULL << 32) {
        return (struct backup_wal){0};
    }
    number = (lsn - 1) / segment_bytes;
    per_log = (1ULL << 32) / segment_bytes;
    return (struct backup_wal){.known = true,
                               .timeline = timeline,
                               .segment = (number / per_log) << 32 | number % per_log};
}

/* The name of the backup on which a delta builds, as `storage/segment`; NULL for a full one. */
static const char *find_base(struct arena *arena, const char *storage, const char *name)
{
    const char *mark = strstr(name, DELTA_MARK);

    return mark == NULL ? NULL
                        : arena_printf(arena, "%s/%.*s", storage, WAL_NAME_DIGITS,
                                       mark + strlen(DELTA_MARK));
}

static bool add_backup(struct backup_catalog *catalog, const struct backup_query *query,
                       const cJSON *object, struct error *error)
{
    struct arena *arena = catalog->arena;
    struct reading ended = backup_json_rfc3339(object, "finish_time");
    struct backup *backup;

    if (!ended.known) {
        return error_set(error, ERROR_PROTOCOL,
                         "a backup has no finish_time; the command is: wal-g backup-list --detail "
                         "--json");
    }
    backup = backup_catalog_add(catalog, error);
    if (backup == NULL) {
        return false;
    }
    backup->name = backup_json_text(arena, object, "backup_name");
    backup->repository = backup_json_text(arena, object, "storage_name");
    backup->type = strstr(backup->name, DELTA_MARK) != NULL ? "incremental" : "full";
    backup->started = backup_json_rfc3339(object, "start_time");
    backup->completed = ended;
    backup->restores_to = ended;
    backup->size_bytes = backup_json_number(object, "uncompressed_size");
    if (!(backup->size_bytes.value > 0)) {
        backup->size_bytes = (struct reading){0};
    }
    if (backup_wal_parse(backup_json_text(arena, object, "wal_file_name"), &backup->first_wal)) {
        backup->last_wal = find_segment(read_lsn(arena, object, "finish_lsn"),
                                        backup->first_wal.timeline, query->segment_bytes);
    }
    return true;
}

/* The storages. `newest` has when the newest backup in each of them ended: its database counts. */
static bool add_repository(struct backup_catalog *catalog, double *newest, uint64_t system_id,
                           struct error *error)
{
    const struct backup *backup = &catalog->backups[catalog->backup_count - 1];
    size_t i = 0;

    while (i < catalog->repository_count &&
           strcmp(catalog->repositories[i].repository, backup->repository) != 0) {
        i++;
    }
    if (i == catalog->repository_count) {
        struct backup_repository *repository = backup_catalog_add_repository(catalog, error);

        if (repository == NULL) {
            return false;
        }
        repository->repository = backup->repository;
    }
    if (backup->completed.value >= newest[i]) {
        newest[i] = backup->completed.value;
        catalog->repositories[i].system_id = system_id;
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    const struct backup *const *first = a;
    const struct backup *const *second = b;

    int repositories = strcmp((*first)->repository, (*second)->repository);

    return repositories != 0 ? repositories : strcmp((*first)->name, (*second)->name);
}

/* A delta is no use without what it builds on, all the way down. Names begin with the segment of
 * the start, so what a backup builds on comes before it. */
static void judge_deltas(struct backup_catalog *catalog)
{
    struct arena *arena = catalog->arena;
    struct backup **order = arena_alloc_array(arena, catalog->backup_count + 1, sizeof *order);
    struct backup_labels usable = backup_labels_new(arena, catalog->backup_count);

    for (size_t i = 0; i < catalog->backup_count; i++) {
        order[i] = &catalog->backups[i];
    }
    qsort(order, catalog->backup_count, sizeof *order, compare_names);
    for (size_t i = 0; i < catalog->backup_count; i++) {
        struct backup *backup = order[i];
        const char *base = find_base(arena, backup->repository, backup->name);

        if (base != NULL && !backup_labels_have(&usable, base)) {
            backup->state = BACKUP_FAILED;
            backup->problem = "the backup that it builds on is not there";
        } else if (strncmp(backup->name, NAME_PREFIX, strlen(NAME_PREFIX)) == 0) {
            backup_labels_add(&usable,
                              arena_printf(arena, "%s/%.*s", backup->repository, WAL_NAME_DIGITS,
                                           backup->name + strlen(NAME_PREFIX)));
        }
    }
}

bool backup_wal_g_read(struct backup_catalog *catalog, const struct backup_query *query,
                       const char *text, size_t length, struct error *error)
{
    static const char *const exact[] = {"system_identifier", "start_lsn", "finish_lsn", NULL};
    CLEANUP(backup_json_free) cJSON *root = NULL;
    const cJSON *item;
    double *newest;

    if (says_nothing_found(text, length)) {
        return true;
    }
    if (!backup_json_parse(catalog->arena, text, length, exact, &root, error)) {
        return false;
    }
    if (!cJSON_IsArray(root) && !cJSON_IsNull(root)) {
        return error_set(error, ERROR_PROTOCOL,
                         "the JSON is no list of backups; the command is: wal-g backup-list "
                         "--detail --json");
    }
    newest = arena_alloc_array(catalog->arena, BACKUP_REPOSITORIES_MAX, sizeof *newest);
    cJSON_ArrayForEach(item, root)
    {
        if (!add_backup(catalog, query, item, error) ||
            !add_repository(catalog, newest, backup_json_uint64(item, "system_identifier"),
                            error)) {
            return false;
        }
    }
    judge_deltas(catalog);
    return true;
}

/* --- The archive. --- */

/* Its report goes from the oldest backup to where the primary is; what it has not found is not
 * there. */
static bool read_runs(struct arena *arena, const cJSON *integrity, struct backup_repository *found,
                      struct error *error)
{
    const cJSON *details = backup_json_array(integrity, "details");
    struct backup_run *runs =
        arena_alloc_array(arena, (size_t)cJSON_GetArraySize(details) + 1, sizeof *runs);
    size_t count = 0;
    const cJSON *item;

    found->archive_problem = NULL;
    cJSON_ArrayForEach(item, details)
    {
        struct backup_run run = {.first = {.known = false}};
        const char *status = backup_json_text(arena, item, "status");
        const char *first = backup_json_text(arena, item, "start_segment");
        const char *last = backup_json_text(arena, item, "end_segment");

        if (strcmp(status, "MISSING_LOST") == 0) {
            found->archive_problem =
                arena_printf(arena, "segments are lost from %s to %s", first, last);
        }
        if (strcmp(status, "FOUND") != 0) {
            continue;
        }
        if (!backup_wal_parse(first, &run.first) || !backup_wal_parse(last, &run.last) ||
            run.first.timeline != run.last.timeline || run.first.segment > run.last.segment) {
            return error_set(error, ERROR_PROTOCOL,
                             "a run of segments has no start or no end; the command is: wal-g "
                             "wal-verify integrity timeline --json");
        }
        runs[count++] = run;
    }
    found->has_archive = true;
    backup_runs_set(runs, count, found);
    if (count > 0) {
        found->archive_first = runs[0].first;
        found->archive_last = runs[count - 1].last;
    }
    return true;
}

bool backup_wal_g_read_archive(struct backup_catalog *catalog, const struct backup_query *query,
                               const char *text, size_t length, struct error *error)
{
    CLEANUP(backup_json_free) cJSON *root = NULL;
    struct backup_repository found = {0};
    const cJSON *integrity;
    const char *timeline;

    (void)query;
    if (!backup_json_parse(catalog->arena, text, length, NULL, &root, error)) {
        return false;
    }
    integrity = cJSON_GetObjectItemCaseSensitive(root, "integrity");
    timeline = backup_json_text(catalog->arena, cJSON_GetObjectItemCaseSensitive(root, "timeline"),
                                "status");
    if (!cJSON_IsObject(integrity)) {
        return error_set(error, ERROR_PROTOCOL,
                         "there is no report on the integrity; the command is: wal-g wal-verify "
                         "integrity timeline --json");
    }
    if (catalog->repository_count == 1) {
        found = catalog->repositories[0];
    }
    if (!read_runs(catalog->arena, integrity, &found, error)) {
        return false;
    }
    if (strcmp(timeline, "FAILURE") == 0 || strcmp(timeline, "WARNING") == 0) {
        found.archive_problem = "the storage has WAL of another timeline than the primary is on";
    }
    /* It does not say of which storage it is, so it is of the only one. */
    if (catalog->repository_count == 1) {
        catalog->repositories[0] = found;
    }
    return true;
}
