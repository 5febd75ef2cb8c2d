/* SPDX-License-Identifier: Apache-2.0 */
/* `pgbackrest repo-ls --recurse --output=json archive/STANZA` → runs of WAL segments.
 *
 * The files of a repository: https://pgbackrest.org/command.html#command-repo-ls. A segment is
 * `15-1/0000000100000000/000000010000000000000007-<SHA-1>.gz`; `15-1` is the database, of which
 * there are several after an upgrade, and their segments may have the same names. */

#include <string.h>

#include "collectors/backup_formats.h"
#include "collectors/backup_json.h"
#include "collectors/backup_runs.h"
#include "exporter/cleanup.h"

#define WAL_NAME_DIGITS 24
#define CHECKSUM_DIGITS 40

/* `-<SHA-1>` and what compression adds; what is still written ends in `.pgbackrest.tmp`. */
static bool is_ending(const char *text)
{
    static const char *const endings[] = {"", ".gz", ".bz2", ".lz4", ".zst"};

    if (*text != '-' || strspn(text + 1, "0123456789abcdef") != CHECKSUM_DIGITS) {
        return false;
    }
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (strcmp(text + 1 + CHECKSUM_DIGITS, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Segments beyond the newest that `info` told of came later: what it told is of before. */
static bool is_segment(const cJSON *item, const struct backup_repository *place,
                       struct backup_wal *ret_wal)
{
    size_t length = strlen(place->archive_name);
    const char *path = item->string == NULL ? "" : item->string;
    const char *slash = strrchr(path, '/');
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "type"));

    if (slash == NULL || strncmp(path, place->archive_name, length) != 0 || path[length] != '/' ||
        type == NULL || strcmp(type, "file") != 0 || !backup_wal_parse(slash + 1, ret_wal) ||
        !is_ending(slash + 1 + WAL_NAME_DIGITS)) {
        return false;
    }
    return ret_wal->timeline < place->archive_last.timeline ||
           (ret_wal->timeline == place->archive_last.timeline &&
            ret_wal->segment <= place->archive_last.segment);
}

/* The list does not say whose it is. */
static bool find_place(const struct backup_catalog *catalog, const struct backup_query *query,
                       struct backup_repository **ret_place, struct error *error)
{
    *ret_place = NULL;
    for (size_t i = 0; i < catalog->repository_count; i++) {
        struct backup_repository *place = &catalog->repositories[i];

        if ((*query->set != '\0' && strcmp(query->set, place->set) != 0) ||
            (*query->repository != '\0' && strcmp(query->repository, place->repository) != 0)) {
            continue;
        }
        if (*ret_place != NULL) {
            return error_set(error, ERROR_INCONSISTENT,
                             "the archive is that of one stanza in one repository, and there are "
                             "several; choose one by \"set\" and \"repository\"");
        }
        *ret_place = place;
    }
    return true;
}

static bool check_newest(const struct backup_wal *segments, size_t count,
                         const struct backup_repository *place, struct error *error)
{
    char name[BACKUP_WAL_TEXT_BYTES];

    for (size_t i = count; place->archive_last.known && i > 0; i--) {
        if (segments[i - 1].timeline == place->archive_last.timeline &&
            segments[i - 1].segment == place->archive_last.segment) {
            return true;
        }
    }
    if (!place->archive_last.known) {
        return true;
    }
    backup_wal_format(name, place->archive_last);
    return error_set(error, ERROR_INCONSISTENT,
                     "the list of the archive has no segment %s, which pgbackrest info tells of; "
                     "both have to be of the same stanza and repository, and the list with "
                     "--recurse of archive/STANZA",
                     name);
}

bool backup_pgbackrest_read_archive(struct backup_catalog *catalog,
                                    const struct backup_query *query, const char *text,
                                    size_t length, struct error *error)
{
    CLEANUP(backup_json_free) cJSON *root = NULL;
    struct backup_repository *place;
    struct backup_wal *segments;
    size_t count = 0;
    const cJSON *item;

    if (!backup_json_parse(catalog->arena, text, length, NULL, &root, error)) {
        return false;
    }
    if (!cJSON_IsObject(root)) {
        return error_set(error, ERROR_PROTOCOL,
                         "the JSON is no list of files; the command is: pgbackrest repo-ls "
                         "--recurse --output=json archive/STANZA");
    }
    if (!find_place(catalog, query, &place, error)) {
        return false;
    }
    if (place == NULL || place->problem != NULL || place->archive_name == NULL) {
        return true;
    }
    segments =
        arena_alloc_array(catalog->arena, (size_t)cJSON_GetArraySize(root) + 1, sizeof *segments);
    cJSON_ArrayForEach(item, root)
    {
        count += is_segment(item, place, &segments[count]) ? 1 : 0;
    }
    return check_newest(segments, count, place, error) &&
           backup_runs_fill(catalog->arena, segments, count, query->segment_bytes, place, error);
}
