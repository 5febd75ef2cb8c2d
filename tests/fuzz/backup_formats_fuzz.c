/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a backup tool prints or a primary answers, reading it neither crashes nor makes a bad
 * backup a usable one. */

#include <stdint.h>
#include <stdlib.h>

#include <string.h>

#include "collectors/backup_archiver.h"
#include "collectors/backup_formats.h"
#include "collectors/backup_runs.h"

#define SEGMENT_BYTES (16 * 1024 * 1024)
/* The end of the year 9999. */
#define SECONDS_MAX 253402300800.0

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct backup_catalog *catalog)
{
    for (size_t i = 0; i < catalog->backup_count; i++) {
        const struct backup *backup = &catalog->backups[i];

        if ((backup->state == BACKUP_USABLE) != (backup->problem == NULL) ||
            (backup->restores_to.known &&
             !(backup->restores_to.value >= 0 && backup->restores_to.value < SECONDS_MAX))) {
            abort();
        }
    }
}

static void read_answer(const char *text, size_t size, const struct backup_query *query)
{
    struct backup_archive archive = {.completed = UINT64_MAX, .timeline = 1};
    struct history *history = history_new();
    char *json = strndup(text, size);
    struct error error;

    (void)backup_archive_read(json, "pgbackrest", query, &archive, &error);
    (void)backup_archive_note_segments(json, &archive, query, 1000, history, &error);
    history_free(history);
    free(json);
}

/* A list of files is never an info as well. */
static void read_list(const char *text, size_t size, const struct backup_query *query)
{
    struct arena *arena = arena_new();
    struct backup_repository *place;
    struct backup_catalog catalog;
    struct error error;

    backup_catalog_init(&catalog, arena);
    place = backup_catalog_add_repository(&catalog, &error);
    place->archive_name = "15-1";
    place->has_archive = true;
    place->archive_last = (struct backup_wal){.known = true, .timeline = 2, .segment = 12};
    if (backup_pgbackrest_read_archive(&catalog, query, text, size, &error)) {
        for (size_t i = 0; i < place->run_count; i++) {
            const struct backup_run *run = &place->runs[i];

            if (run->first.segment > run->last.segment ||
                backup_runs_find(place, run->last) != run ||
                (i > 0 && backup_wal_is_next(run[-1].last, run->first, SEGMENT_BYTES))) {
                abort();
            }
        }
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static backup_read *const formats[][2] = {
        {backup_pgbackrest_read, NULL},
        {backup_barman_read, backup_barman_read_archive},
        {backup_wal_g_read, backup_wal_g_read_archive},
        {backup_restic_read, NULL},
    };
    const struct backup_query query = {.repository = "", .set = "", .segment_bytes = SEGMENT_BYTES};
    const char *text = (const char *)data;

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct arena *arena = arena_new();
        struct backup_catalog catalog;
        struct error error;

        backup_catalog_init(&catalog, arena);
        if (formats[i][0](&catalog, &query, text, size, &error) && formats[i][1] != NULL) {
            /* One input can be both documents. */
            (void)formats[i][1](&catalog, &query, text, size, &error);
        }
        check(&catalog);
        arena_free(arena);
    }
    read_answer(text, size, &query);
    read_list(text, size, &query);
    return 0;
}
