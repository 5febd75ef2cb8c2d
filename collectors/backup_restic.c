/* SPDX-License-Identifier: Apache-2.0 */
/* `restic snapshots --json` → catalog.
 *
 * A snapshot is written last, so what is listed is complete, except that restic also saves one of
 * which some files could not be read (its exit status is 3 then) and does not mark it. */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/backup_formats.h"
#include "collectors/backup_json.h"
#include "exporter/cleanup.h"
#include "exporter/hash.h"

/* A label that is longer is cut, and told apart from others by a hash. */
#define SET_BYTES_MAX 200
#define SET_BYTES_KEPT 160

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* `host:path,path`, in the same order whatever the order on the command line was. */
static const char *name_set(struct arena *arena, const cJSON *snapshot)
{
    const cJSON *list = backup_json_array(snapshot, "paths");
    size_t count = 0;
    const char **paths =
        arena_alloc_array(arena, (size_t)cJSON_GetArraySize(list) + 1, sizeof *paths);
    const char *host = backup_json_text(arena, snapshot, "hostname");
    size_t length = strlen(host) + 2;
    const cJSON *item;
    char *end;
    char *set;

    cJSON_ArrayForEach(item, list)
    {
        const char *path = cJSON_GetStringValue(item);

        if (path != NULL) {
            paths[count++] = path;
            length += strlen(path) + 1;
        }
    }
    qsort(paths, count, sizeof *paths, compare_texts);
    set = arena_alloc(arena, length);
    end = stpcpy(stpcpy(set, host), ":");
    for (size_t i = 0; i < count; i++) {
        end = stpcpy(stpcpy(end, i == 0 ? "" : ","), paths[i]);
    }
    if (end - set > SET_BYTES_MAX) {
        return arena_printf(arena, "%.*s…%016" PRIx64, SET_BYTES_KEPT, set,
                            hash_add(HASH_EMPTY, set, strlen(set)));
    }
    return set;
}

static bool add_snapshot(struct backup_catalog *catalog, const struct backup_query *query,
                         const cJSON *snapshot, struct error *error)
{
    const cJSON *summary = cJSON_GetObjectItemCaseSensitive(snapshot, "summary");
    struct reading started = backup_json_rfc3339(snapshot, "time");
    const char *set = name_set(catalog->arena, snapshot);
    struct backup *backup;

    if (!started.known) {
        return error_set(error, ERROR_PROTOCOL,
                         "a snapshot has no time; the command is: restic snapshots --json");
    }
    (void)query;
    backup = backup_catalog_add(catalog, error);
    if (backup == NULL) {
        return false;
    }
    backup->set = set;
    backup->type = "snapshot";
    backup->name = backup_json_text(catalog->arena, snapshot, "short_id");
    backup->started = started;
    backup->restores_to = started;
    /* Told since restic 0.17. */
    backup->completed = backup_json_rfc3339(summary, "backup_end");
    backup->size_bytes = backup_json_number(summary, "total_bytes_processed");
    return true;
}

static bool add_snapshots(struct backup_catalog *catalog, const struct backup_query *query,
                          const cJSON *list, struct error *error)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (!add_snapshot(catalog, query, item, error)) {
            return false;
        }
    }
    return true;
}

bool backup_restic_read(struct backup_catalog *catalog, const struct backup_query *query,
                        const char *text, size_t length, struct error *error)
{
    CLEANUP(backup_json_free) cJSON *root = NULL;
    const cJSON *item;

    if (!backup_json_parse(catalog->arena, text, length, NULL, &root, error)) {
        return false;
    }
    if (cJSON_IsNull(root)) {
        return true;
    }
    if (!cJSON_IsArray(root)) {
        return error_set(error, ERROR_PROTOCOL,
                         "the JSON is no list of snapshots; the command is: restic snapshots "
                         "--json");
    }
    /* With --group-by each item is a group. */
    cJSON_ArrayForEach(item, root)
    {
        const cJSON *group = backup_json_array(item, "snapshots");
        bool added = group != NULL ? add_snapshots(catalog, query, group, error)
                                   : add_snapshot(catalog, query, item, error);

        if (!added) {
            return false;
        }
    }
    return true;
}
