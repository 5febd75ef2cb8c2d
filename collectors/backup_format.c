/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all formats of backups. */

#include "collectors/backup_format.h"

#include <stdio.h>
#include <string.h>

#include "collectors/backup_files.h"
#include "collectors/backup_formats.h"
#include "collectors/backup_kubernetes.h"
#include "collectors/backup_objects.h"

static const struct backup_format formats[] = {
    {.name = "pgbackrest",
     .set = "stanza",
     .read = backup_pgbackrest_read,
     .read_archive = backup_pgbackrest_read_archive,
     .has_wal = true},
    {.name = "barman",
     .set = "server",
     .read = backup_barman_read,
     .read_archive = backup_barman_read_archive,
     .has_wal = true},
    {.name = "wal-g",
     .read = backup_wal_g_read,
     .read_archive = backup_wal_g_read_archive,
     .has_wal = true},
    {.name = "restic", .set = "host:paths", .read = backup_restic_read},
    {.name = "velero",
     .set = "schedule",
     .read = backup_velero_read,
     .talkers = {[BACKUP_BY_KUBERNETES] = &backup_velero_talker}},
    {.name = "cnpg",
     .set = "cluster",
     .read = backup_cnpg_read,
     .talkers = {[BACKUP_BY_KUBERNETES] = &backup_cnpg_talker}},
    {.name = "files", .talkers = {[BACKUP_BY_GLOB] = &backup_files_talker}},
    {.name = "etcd",
     .talkers = {[BACKUP_BY_GLOB] = &backup_etcd_files_talker,
                 [BACKUP_BY_S3] = &backup_etcd_objects_talker}},
    {.name = "objects",
     .talkers = {[BACKUP_BY_S3] = &backup_objects_talker},
     .verifies_immutability = true},
};

#define FORMAT_COUNT (sizeof formats / sizeof formats[0])

const struct backup_format *backup_format_find(const char *name)
{
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

void backup_format_list(char *text, size_t size)
{
    size_t length = 0;

    for (size_t i = 0; i < FORMAT_COUNT && length < size; i++) {
        int added =
            snprintf(text + length, size - length, "%s%s", i == 0 ? "" : ", ", formats[i].name);

        length += added > 0 ? (size_t)added : 0;
    }
}

bool backup_format_takes(const struct backup_format *format, enum backup_transport transport)
{
    switch (transport) {
    case BACKUP_BY_COMMAND:
    case BACKUP_BY_FILE:
    case BACKUP_BY_URL:
        return format->read != NULL;
    default:
        return format->talkers[transport] != NULL;
    }
}
