/* SPDX-License-Identifier: Apache-2.0 */
/* `barman -f json list-backup`, `barman diagnose` and `barman -f json show-backup` → catalog.
 *
 * What list-backup writes as end_time is local time without a zone; end_time_timestamp beside it
 * is Unix time. Members that begin with _ are messages, not servers. */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collectors/backup_formats.h"
#include "collectors/backup_json.h"
#include "collectors/backup_runs.h"
#include "exporter/cleanup.h"

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What barman says in place of an answer. */
static bool check_messages(struct arena *arena, const cJSON *root, struct error *error)
{
    static const char *const keys[] = {"_ERROR", "_EXCEPTION"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const cJSON *first = cJSON_GetArrayItem(backup_json_array(root, keys[i]), 0);
        const char *message = cJSON_GetStringValue(first);

        if (message != NULL) {
            message = arena_strdup(arena, message);
            return error_set(error,
                             begins_with(message, "Unknown server") ? ERROR_NOT_FOUND : ERROR_QUERY,
                             "barman says: %s", message);
        }
    }
    return true;
}

static bool parse(struct backup_catalog *catalog, const char *text, size_t length, cJSON **ret_root,
                  struct error *error)
{
    static const char *const exact[] = {"systemid", "system_id", NULL};

    if (!backup_json_parse(catalog->arena, text, length, exact, ret_root, error)) {
        return false;
    }
    if (!cJSON_IsObject(*ret_root)) {
        return error_set(error, ERROR_PROTOCOL,
                         "the JSON is not from barman; the option -f json stands before the "
                         "command: barman -f json list-backup SERVER");
    }
    return check_messages(catalog->arena, *ret_root, error);
}

static bool is_server(const cJSON *item)
{
    return item->string != NULL && item->string[0] != '_';
}

/* The instant that a backup id like 20261121T114610 gives, as if it were in UTC. */
static struct reading read_id(const char *id)
{
    struct tm parts = {0};
    const char *end = strptime(id, "%Y%m%dT%H%M%S", &parts);

    if (end == NULL || *end != '\0') {
        return (struct reading){0};
    }
    return (struct reading){.known = true, .value = (double)timegm(&parts)};
}

static void judge_status(struct arena *arena, const char *status, const char *retention,
                         struct backup *backup)
{
    if (strcmp(status, "DONE") == 0) {
        if (strcmp(retention, "OBSOLETE") == 0) {
            backup->state = BACKUP_EXPIRED;
            backup->problem = "the retention policy is about to remove it";
        }
    } else if (strcmp(status, "WAITING_FOR_WALS") == 0) {
        backup->state = BACKUP_RUNNING;
        backup->problem = "WAL that it needs has not arrived yet";
    } else if (strcmp(status, "STARTED") == 0 || strcmp(status, "EMPTY") == 0 ||
               strcmp(status, "SYNCING") == 0) {
        backup->state = BACKUP_RUNNING;
        backup->problem = arena_printf(arena, "its status is %s", status);
    } else {
        backup->state = BACKUP_FAILED;
        backup->problem =
            arena_printf(arena, "its status is %s", *status != '\0' ? status : "not told");
    }
}

static const char *name_type(const char *type)
{
    return strcmp(type, "incremental") == 0 ? "incremental"
           : strcmp(type, "snapshot") == 0  ? "snapshot"
                                            : "full";
}

/* `anchor` is what has to be added to the date in an id, which is in a zone that is not told. */
static bool add_backup(struct backup_catalog *catalog, const char *server, const cJSON *object,
                       double anchor, struct error *error)
{
    struct arena *arena = catalog->arena;
    struct backup *backup = backup_catalog_add(catalog, error);
    struct reading in_id;

    if (backup == NULL) {
        return false;
    }
    backup->set = server;
    backup->name = backup_json_text(arena, object, "backup_id");
    backup->type = name_type(backup_json_text(arena, object, "backup_type"));
    judge_status(arena, backup_json_text(arena, object, "status"),
                 backup_json_text(arena, object, "retention_status"), backup);
    backup->completed = backup_json_unix(object, "end_time_timestamp");
    backup->restores_to = backup->completed;
    backup->size_bytes = backup_json_number(object, "size_bytes");
    in_id = read_id(backup->name);
    if (!backup->completed.known && in_id.known) {
        backup->started = (struct reading){.known = true, .value = in_id.value + anchor};
    }
    if (!backup->completed.known && cJSON_HasObjectItem(object, "end_time")) {
        return error_set(error, ERROR_PROTOCOL,
                         "this barman tells when a backup ended without the time zone; it has to "
                         "be one that tells end_time_timestamp (3.4 does)");
    }
    return true;
}

/* The ids of backups whose end is told tell the zone of all ids, as far as it matters: which of two
 * is newer. */
static double find_anchor(struct arena *arena, const cJSON *backups)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, backups)
    {
        struct reading ended = backup_json_unix(item, "end_time_timestamp");
        struct reading in_id = read_id(backup_json_text(arena, item, "backup_id"));

        if (ended.known && in_id.known) {
            return ended.value - in_id.value;
        }
    }
    return 0;
}

bool backup_barman_read(struct backup_catalog *catalog, const struct backup_query *query,
                        const char *text, size_t length, struct error *error)
{
    CLEANUP(backup_json_free) cJSON *root = NULL;
    const cJSON *server;
    const cJSON *item;

    /* All servers, so that a wrong name in the query is seen to be one. */
    (void)query;
    if (!parse(catalog, text, length, &root, error)) {
        return false;
    }
    cJSON_ArrayForEach(server, root)
    {
        struct backup_repository *repository;
        const char *name;
        double anchor;

        if (!is_server(server)) {
            continue;
        }
        if (!cJSON_IsArray(server)) {
            return error_set(error, ERROR_PROTOCOL,
                             "\"%s\" has no list of backups; the command is: barman -f json "
                             "list-backup SERVER",
                             server->string);
        }
        name = arena_strdup(catalog->arena, server->string);
        repository = backup_catalog_add_repository(catalog, error);
        if (repository == NULL) {
            return false;
        }
        repository->set = name;
        anchor = find_anchor(catalog->arena, server);
        cJSON_ArrayForEach(item, server)
        {
            if (!add_backup(catalog, name, item, anchor, error)) {
                return false;
            }
        }
    }
    return true;
}

/* --- The archive. --- */

static struct backup_repository *find_repository(const struct backup_catalog *catalog,
                                                 const char *server)
{
    for (size_t i = 0; i < catalog->repository_count; i++) {
        if (strcmp(catalog->repositories[i].set, server) == 0) {
            return &catalog->repositories[i];
        }
    }
    return NULL;
}

static struct backup *find_backup(const struct backup_catalog *catalog, const char *server,
                                  const char *name)
{
    for (size_t i = 0; i < catalog->backup_count; i++) {
        if (strcmp(catalog->backups[i].set, server) == 0 &&
            strcmp(catalog->backups[i].name, name) == 0) {
            return &catalog->backups[i];
        }
    }
    return NULL;
}

/* Barman keeps the WAL from the first backup that it has, so that is where the archive begins. */
static void take_wal(struct arena *arena, const cJSON *details, struct backup *backup,
                     struct backup_repository *repository)
{
    (void)backup_wal_parse(backup_json_text(arena, details, "begin_wal"), &backup->first_wal);
    (void)backup_wal_parse(backup_json_text(arena, details, "end_wal"), &backup->last_wal);
    if (backup->first_wal.known &&
        (!repository->archive_first.known ||
         backup->first_wal.segment < repository->archive_first.segment)) {
        repository->archive_first = backup->first_wal;
    }
}

static uint64_t segment_number(struct backup_wal wal, uint64_t segment_bytes)
{
    return (wal.segment >> 32) * ((1ULL << 32) / segment_bytes) + (wal.segment & UINT32_MAX);
}

/* Barman keeps what a backup that is done needs, and counts the segments that came after it. */
static void count_run(struct arena *arena, const struct backup_query *query, const cJSON *wal,
                      const struct backup *backup, struct backup_repository *repository)
{
    struct reading files = backup_json_number(wal, "no_of_files");
    struct backup_run *run = arena_alloc(arena, sizeof *run);

    *run = (struct backup_run){backup->first_wal, repository->archive_last};
    if (!files.known || !backup->first_wal.known || !backup->last_wal.known ||
        !repository->archive_last.known || query->segment_bytes == 0 ||
        backup->first_wal.timeline != repository->archive_last.timeline ||
        backup->last_wal.timeline != repository->archive_last.timeline) {
        repository->archive_problem =
            "it is not known whether segments are missing after the latest backup";
        return;
    }
    if ((double)segment_number(repository->archive_last, query->segment_bytes) -
            (double)segment_number(backup->last_wal, query->segment_bytes) >
        files.value) {
        repository->archive_problem = "segments are missing after the latest backup";
        run->last = backup->last_wal;
    }
    backup_runs_set(run, 1, repository);
}

/* The latest backup that is done, which is what barman shows as `latest`. */
static void read_shown(struct backup_catalog *catalog, const struct backup_query *query,
                       const cJSON *shown, struct backup_repository *repository)
{
    struct arena *arena = catalog->arena;
    const cJSON *details = cJSON_GetObjectItemCaseSensitive(shown, "base_backup_information");
    const cJSON *wal = cJSON_GetObjectItemCaseSensitive(shown, "wal_information");
    const char *last = backup_json_text(arena, wal, "last_available");
    struct backup *backup =
        find_backup(catalog, repository->set, backup_json_text(arena, shown, "backup_id"));

    if (backup == NULL || details == NULL || wal == NULL) {
        return;
    }
    take_wal(arena, details, backup, repository);
    backup->started = backup_json_unix(details, "begin_time_timestamp");
    repository->system_id = backup_json_uint64(shown, "system_id");
    /* null where nothing is there. */
    repository->has_archive = true;
    (void)backup_wal_parse(last, &repository->archive_last);
    count_run(arena, query, wal, backup, repository);
}

/* The newest segment on the newest timeline. */
static void read_last_archived(struct arena *arena, const cJSON *server,
                               struct backup_repository *repository)
{
    const cJSON *wals = cJSON_GetObjectItemCaseSensitive(server, "wals");
    const cJSON *newest = cJSON_GetObjectItemCaseSensitive(wals, "last_archived_wal_per_timeline");
    const cJSON *item;

    /* Empty, or null, where nothing is there. */
    repository->has_archive = newest != NULL;
    cJSON_ArrayForEach(item, newest)
    {
        struct backup_wal last = {0};

        if (backup_wal_parse(backup_json_text(arena, item, "name"), &last) &&
            (!repository->archive_last.known ||
             last.timeline > repository->archive_last.timeline)) {
            repository->archive_last = last;
        }
    }
}

static void read_diagnosed(struct backup_catalog *catalog, const cJSON *server,
                           struct backup_repository *repository)
{
    struct arena *arena = catalog->arena;
    double newest = 0;
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(server, "backups"))
    {
        struct backup *backup =
            find_backup(catalog, repository->set, backup_json_text(arena, item, "backup_id"));
        struct reading started = backup_json_rfc3339(item, "begin_time");

        if (backup == NULL || !backup->completed.known) {
            continue;
        }
        backup->started = started;
        take_wal(arena, item, backup, repository);
        if (backup->completed.value >= newest) {
            newest = backup->completed.value;
            repository->system_id = backup_json_uint64(item, "systemid");
        }
    }
    read_last_archived(arena, server, repository);
}

static bool is_meant(const struct backup_query *query, const char *server)
{
    return *query->set == '\0' || strcmp(query->set, server) == 0;
}

/* Of none of the servers that are meant: nobody looked whether their WAL is there. */
static bool fail_servers(const struct backup_catalog *catalog, const struct backup_query *query,
                         struct error *error)
{
    for (size_t i = 0; i < catalog->repository_count; i++) {
        const char *server = catalog->repositories[i].set;

        if (is_meant(query, server)) {
            return error_set(error, ERROR_INCONSISTENT,
                             "what barman tells of its archive is not of the server \"%s\"; both "
                             "commands have to be about the same server",
                             server);
        }
    }
    return true;
}

bool backup_barman_read_archive(struct backup_catalog *catalog, const struct backup_query *query,
                                const char *text, size_t length, struct error *error)
{
    CLEANUP(backup_json_free) cJSON *root = NULL;
    bool is_told = false;
    const cJSON *diagnosed;
    const cJSON *servers;
    const cJSON *item;

    if (!parse(catalog, text, length, &root, error)) {
        return false;
    }
    diagnosed = cJSON_GetObjectItemCaseSensitive(root, "servers");
    servers = diagnosed != NULL ? diagnosed : root;
    cJSON_ArrayForEach(item, servers)
    {
        struct backup_repository *repository =
            is_server(item) ? find_repository(catalog, item->string) : NULL;

        is_told = is_told || (repository != NULL && is_meant(query, repository->set));
        if (repository != NULL && diagnosed != NULL) {
            read_diagnosed(catalog, item, repository);
        } else if (repository != NULL) {
            read_shown(catalog, query, item, repository);
        }
    }
    return is_told || fail_servers(catalog, query, error);
}
