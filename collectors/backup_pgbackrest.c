/* SPDX-License-Identifier: Apache-2.0 */
/* `pgbackrest info --output=json` → catalog.
 *
 * A repository counts by itself: the status of the stanza only says that they differ. Failed
 * backups are not listed at all, nor is one that runs. Repositories came with version 2.32; what
 * is older has one, whose key is not written. */

#include <string.h>

#include "collectors/backup_formats.h"
#include "collectors/backup_json.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"

/* Codes of a status. */
#define CODE_OK 0
#define CODE_MISSING_PATH 1
#define CODE_NO_BACKUP 2
#define CODE_MISSING_DATA 3
#define CODE_DIFFERENT 4 /* Of the stanza: each repository has its own. */
#define CODE_DATABASE_MISMATCH 5

/* One stanza while it is read. */
struct stanza {
    struct backup_catalog *catalog;
    const cJSON *object;
    const char *name;
    struct backup_labels labels; /* `key/label` of all backups. */
};

/* The database that a repository is of at present. */
struct database {
    uint64_t id; /* 0: not told. */
    uint64_t system_id;
    const char *archive_name; /* `15-1`: its version and id. */
};

/* `repo-key` of an entry or of what it has as `database`. */
static uint64_t read_key(const cJSON *object)
{
    uint64_t key = backup_json_uint64(object, "repo-key");

    return key == 0 ? 1 : key;
}

static const char *key_text(const struct stanza *stanza, uint64_t key)
{
    return arena_printf(stanza->catalog->arena, "%llu", (unsigned long long)key);
}

/* After an upgrade there are several; the last id is the one that is backed up now. */
static struct database find_database(const struct stanza *stanza, uint64_t key)
{
    struct arena *arena = stanza->catalog->arena;
    struct database found = {0};
    const cJSON *item;

    cJSON_ArrayForEach(item, backup_json_array(stanza->object, "db"))
    {
        uint64_t id = backup_json_uint64(item, "id");

        if (read_key(item) == key && id >= found.id) {
            found = (struct database){.id = id,
                                      .system_id = backup_json_uint64(item, "system-id"),
                                      .archive_name =
                                          arena_printf(arena, "%s-%llu",
                                                       backup_json_text(arena, item, "version"),
                                                       (unsigned long long)id)};
        }
    }
    return found;
}

/* An archive is always told of, with null instead of names or not at all when it is empty. */
static void read_archive(const struct stanza *stanza, uint64_t key, uint64_t database,
                         struct backup_repository *repository)
{
    struct arena *arena = stanza->catalog->arena;
    const cJSON *item;

    repository->has_archive = true;
    cJSON_ArrayForEach(item, backup_json_array(stanza->object, "archive"))
    {
        const cJSON *of = cJSON_GetObjectItemCaseSensitive(item, "database");

        if (read_key(of) != key || backup_json_uint64(of, "id") != database) {
            continue;
        }
        (void)backup_wal_parse(backup_json_text(arena, item, "min"), &repository->archive_first);
        (void)backup_wal_parse(backup_json_text(arena, item, "max"), &repository->archive_last);
    }
}

/* A path that is missing may be a file system that is not mounted: nobody could look. */
static void judge_status(struct arena *arena, const cJSON *status, bool of_stanza,
                         struct backup_repository *repository)
{
    struct reading code = backup_json_number(status, "code");
    const char *message = backup_json_text(arena, status, "message");

    if (repository->problem != NULL ||
        (code.known && (code.value == CODE_OK || code.value == CODE_NO_BACKUP ||
                        (of_stanza && code.value == CODE_DIFFERENT)))) {
        return;
    }
    repository->problem = !code.known        ? "pgBackRest tells no status"
                          : *message != '\0' ? message
                                             : "pgBackRest tells a status that is not ok";
    repository->unreadable =
        !code.known || (code.value != CODE_MISSING_DATA && code.value != CODE_DATABASE_MISMATCH);
}

static bool add_repository(const struct stanza *stanza, uint64_t key, const cJSON *status,
                           struct error *error)
{
    struct backup_repository *repository = backup_catalog_add_repository(stanza->catalog, error);
    struct database database = find_database(stanza, key);

    if (repository == NULL) {
        return false;
    }
    repository->repository = key_text(stanza, key);
    repository->set = stanza->name;
    repository->system_id = database.system_id;
    repository->archive_name = database.archive_name;
    read_archive(stanza, key, database.id, repository);
    if (status != NULL) {
        judge_status(stanza->catalog->arena, status, false, repository);
    }
    judge_status(stanza->catalog->arena, cJSON_GetObjectItemCaseSensitive(stanza->object, "status"),
                 status != NULL, repository);
    return true;
}

static bool add_repositories(const struct stanza *stanza, struct error *error)
{
    const cJSON *repositories = backup_json_array(stanza->object, "repo");
    const cJSON *item;

    if (repositories == NULL) {
        return add_repository(stanza, 1, NULL, error);
    }
    cJSON_ArrayForEach(item, repositories)
    {
        const cJSON *status = cJSON_GetObjectItemCaseSensitive(item, "status");
        uint64_t key = backup_json_uint64(item, "key");

        if (key == 0 || status == NULL) {
            return error_set(error, ERROR_PROTOCOL,
                             "a repository of stanza \"%s\" has no key or no status: this is not "
                             "what pgbackrest info prints",
                             stanza->name);
        }
        if (!add_repository(stanza, key, status, error)) {
            return false;
        }
    }
    return true;
}

static const char *qualify(const struct stanza *stanza, uint64_t key, const char *label)
{
    return arena_printf(stanza->catalog->arena, "%llu/%s", (unsigned long long)key, label);
}

/* A backup that it builds on and that is not there any more. */
static const char *find_missing(struct stanza *stanza, const cJSON *object, uint64_t key)
{
    const char *prior = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "prior"));
    const cJSON *item;

    if (prior != NULL && !backup_labels_have(&stanza->labels, qualify(stanza, key, prior))) {
        return prior;
    }
    cJSON_ArrayForEach(item, backup_json_array(object, "reference"))
    {
        const char *label = cJSON_GetStringValue(item);

        if (label == NULL || !backup_labels_have(&stanza->labels, qualify(stanza, key, label))) {
            return label == NULL ? "?" : label;
        }
    }
    return NULL;
}

static void judge_backup(struct stanza *stanza, const cJSON *object, uint64_t key,
                         struct backup *backup)
{
    struct arena *arena = stanza->catalog->arena;
    const cJSON *of = cJSON_GetObjectItemCaseSensitive(object, "database");
    const char *missing = find_missing(stanza, object, key);

    if (backup_json_uint64(of, "id") != find_database(stanza, key).id) {
        backup->state = BACKUP_EXPIRED;
        backup->problem = "it is of the database before the last stanza-upgrade";
    } else if (missing != NULL) {
        backup->state = BACKUP_FAILED;
        backup->problem =
            arena_printf(arena, "it builds on backup %s, which is not there", missing);
    } else if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "error"))) {
        backup->state = BACKUP_FAILED;
        backup->problem = "it contains pages whose checksums are wrong";
    }
}

static const char *name_type(const char *type)
{
    return strcmp(type, "diff") == 0   ? "differential"
           : strcmp(type, "incr") == 0 ? "incremental"
                                       : "full";
}

static bool add_backup(struct stanza *stanza, const cJSON *object, struct error *error)
{
    struct arena *arena = stanza->catalog->arena;
    const cJSON *times = cJSON_GetObjectItemCaseSensitive(object, "timestamp");
    const cJSON *wal = cJSON_GetObjectItemCaseSensitive(object, "archive");
    uint64_t key = read_key(cJSON_GetObjectItemCaseSensitive(object, "database"));
    struct backup *backup = backup_catalog_add(stanza->catalog, error);

    if (backup == NULL) {
        return false;
    }
    backup->repository = key_text(stanza, key);
    backup->set = stanza->name;
    backup->type = name_type(backup_json_text(arena, object, "type"));
    backup->name = backup_json_text(arena, object, "label");
    backup->started = backup_json_unix(times, "start");
    backup->completed = backup_json_unix(times, "stop");
    backup->restores_to = backup->completed;
    backup->size_bytes =
        backup_json_number(cJSON_GetObjectItemCaseSensitive(object, "info"), "size");
    (void)backup_wal_parse(backup_json_text(arena, wal, "start"), &backup->first_wal);
    (void)backup_wal_parse(backup_json_text(arena, wal, "stop"), &backup->last_wal);
    judge_backup(stanza, object, key, backup);
    return true;
}

static bool read_stanza(struct stanza *stanza, struct error *error)
{
    const cJSON *backups = backup_json_array(stanza->object, "backup");
    const cJSON *item;

    stanza->labels = backup_labels_new(stanza->catalog->arena, (size_t)cJSON_GetArraySize(backups));
    cJSON_ArrayForEach(item, backups)
    {
        uint64_t key = read_key(cJSON_GetObjectItemCaseSensitive(item, "database"));

        backup_labels_add(
            &stanza->labels,
            qualify(stanza, key, backup_json_text(stanza->catalog->arena, item, "label")));
    }
    if (!add_repositories(stanza, error)) {
        return false;
    }
    cJSON_ArrayForEach(item, backups)
    {
        if (!add_backup(stanza, item, error)) {
            return false;
        }
    }
    return true;
}

bool backup_pgbackrest_read(struct backup_catalog *catalog, const struct backup_query *query,
                            const char *text, size_t length, struct error *error)
{
    static const char *const exact[] = {"system-id", NULL};
    CLEANUP(backup_json_free) cJSON *root = NULL;
    const cJSON *item;

    /* All stanzas, so that a wrong name in the query is seen to be one. */
    (void)query;
    if (!backup_json_parse(catalog->arena, text, length, exact, &root, error)) {
        return false;
    }
    if (!cJSON_IsArray(root)) {
        return error_set(error, ERROR_PROTOCOL,
                         "the JSON is no list of stanzas; the command is: pgbackrest info "
                         "--output=json");
    }
    cJSON_ArrayForEach(item, root)
    {
        struct stanza stanza = {.catalog = catalog, .object = item};

        stanza.name = backup_json_text(catalog->arena, item, "name");
        if (*stanza.name == '\0' || backup_json_array(item, "backup") == NULL) {
            return error_set(error, ERROR_PROTOCOL,
                             "a stanza has no name or no list of backups; the command is: "
                             "pgbackrest info --output=json");
        }
        if (!read_stanza(&stanza, error)) {
            return false;
        }
    }
    return true;
}
