/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a list of Kubernetes objects contains, reading it neither crashes nor makes a usable
 * backup of one without a date or without the phase of a complete one. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/backup_kubernetes.h"

#define NOW 1795262400.0

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(backup_read *read, const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const struct backup_query query = {.repository = "", .set = "", .now = NOW};
    struct backup_catalog catalog;
    struct error error;

    backup_catalog_init(&catalog, arena);
    if (read(&catalog, &query, (const char *)data, size, &error)) {
        for (size_t i = 0; i < catalog.backup_count; i++) {
            const struct backup *backup = &catalog.backups[i];

            if ((backup->state == BACKUP_USABLE) != (backup->problem == NULL) ||
                (backup->state == BACKUP_USABLE && !backup->restores_to.known)) {
                abort();
            }
        }
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_all(backup_velero_read, data, size);
    read_all(backup_cnpg_read, data, size);
    return 0;
}
