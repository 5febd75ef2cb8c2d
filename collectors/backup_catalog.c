/* SPDX-License-Identifier: Apache-2.0 */
/* Filling a catalog of backups. */

#include "collectors/backup_catalog.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"

#define TIMELINE_DIGITS 8
#define SEGMENT_DIGITS 16
#define WAL_NAME_DIGITS (TIMELINE_DIGITS + SEGMENT_DIGITS)

void backup_catalog_init(struct backup_catalog *catalog, struct arena *arena)
{
    *catalog = (struct backup_catalog){.arena = arena};
}

/* Room for one more; NULL: there is enough. */
static void *grow(struct arena *arena, const void *items, size_t count, size_t *size,
                  size_t item_bytes)
{
    void *grown;

    if (count < *size) {
        return NULL;
    }
    *size = 2 * count + 16;
    grown = arena_alloc_array(arena, *size, item_bytes);
    if (count > 0) {
        memcpy(grown, items, count * item_bytes);
    }
    return grown;
}

struct backup *backup_catalog_add(struct backup_catalog *catalog, struct error *error)
{
    struct backup *backup;
    void *grown;

    if (catalog->backup_count >= BACKUPS_MAX) {
        (void)error_set(error, ERROR_INCONSISTENT,
                        "there are more than %d backups; choose some of them by \"set\" or "
                        "\"repository\", or let old ones expire",
                        BACKUPS_MAX);
        return NULL;
    }
    grown = grow(catalog->arena, catalog->backups, catalog->backup_count, &catalog->backup_size,
                 sizeof *backup);
    if (grown != NULL) {
        catalog->backups = grown;
    }
    backup = &catalog->backups[catalog->backup_count++];
    *backup = (struct backup){.repository = "", .set = "", .type = "", .name = ""};
    return backup;
}

struct backup_repository *backup_catalog_add_repository(struct backup_catalog *catalog,
                                                        struct error *error)
{
    struct backup_repository *repository;
    void *grown;

    if (catalog->repository_count >= BACKUP_REPOSITORIES_MAX) {
        (void)error_set(error, ERROR_INCONSISTENT,
                        "there are more than %d repositories and sets; choose some of them by "
                        "\"set\" or \"repository\"",
                        BACKUP_REPOSITORIES_MAX);
        return NULL;
    }
    grown = grow(catalog->arena, catalog->repositories, catalog->repository_count,
                 &catalog->repository_size, sizeof *repository);
    if (grown != NULL) {
        catalog->repositories = grown;
    }
    repository = &catalog->repositories[catalog->repository_count++];
    *repository = (struct backup_repository){.repository = "", .set = ""};
    return repository;
}

static int compare_newest_first(const void *a, const void *b)
{
    const struct backup *first = a;
    const struct backup *second = b;
    bool first_usable = first->state == BACKUP_USABLE;

    if (first_usable != (second->state == BACKUP_USABLE)) {
        return first_usable ? -1 : 1;
    }
    if (first->completed.known != second->completed.known) {
        return first->completed.known ? -1 : 1;
    }
    return (first->completed.value < second->completed.value) -
           (first->completed.value > second->completed.value);
}

void backup_catalog_keep_newest(struct backup_catalog *catalog, size_t keep)
{
    if (catalog->backup_count > keep) {
        qsort(catalog->backups, catalog->backup_count, sizeof *catalog->backups,
              compare_newest_first);
        catalog->backup_count = keep;
        catalog->truncated = true;
    }
}

static bool is_digit_of_wal(char c)
{
    return isdigit((unsigned char)c) || (c >= 'A' && c <= 'F');
}

static bool is_other_file(const char *ending)
{
    static const char *const endings[] = {".partial", ".backup", ".history"};

    /* Also compressed: `….backup.gz`. A label file has the offset before it: `….00000028.backup`.
     */
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        if (strstr(ending, endings[i]) != NULL) {
            return true;
        }
    }
    return false;
}

bool backup_wal_parse(const char *name, struct backup_wal *ret_wal)
{
    char timeline[TIMELINE_DIGITS + 1] = {0};
    char segment[SEGMENT_DIGITS + 1] = {0};

    for (size_t i = 0; i < WAL_NAME_DIGITS; i++) {
        if (!is_digit_of_wal(name[i])) {
            return false;
        }
    }
    if ((name[WAL_NAME_DIGITS] != '\0' && name[WAL_NAME_DIGITS] != '-' &&
         name[WAL_NAME_DIGITS] != '.') ||
        is_other_file(name + WAL_NAME_DIGITS)) {
        return false;
    }
    memcpy(timeline, name, TIMELINE_DIGITS);
    memcpy(segment, name + TIMELINE_DIGITS, SEGMENT_DIGITS);
    *ret_wal = (struct backup_wal){.known = true,
                                   .timeline = (uint32_t)strtoul(timeline, NULL, 16),
                                   .segment = strtoull(segment, NULL, 16)};
    return true;
}

void backup_wal_format(char text[BACKUP_WAL_TEXT_BYTES], struct backup_wal wal)
{
    (void)snprintf(text, BACKUP_WAL_TEXT_BYTES, "%08" PRIX32 "%016" PRIX64, wal.timeline,
                   wal.segment);
}
