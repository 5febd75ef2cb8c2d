/* SPDX-License-Identifier: Apache-2.0 */
/* Formats of backups, and the transports by which each can be had. */

#ifndef COLLECTORS_BACKUP_FORMAT_H
#define COLLECTORS_BACKUP_FORMAT_H

#include "collectors/backup_catalog.h"
#include "collectors/backup_settings.h"
#include "exporter/stop.h"

/* One question to a talker. */
struct backup_asking {
    const struct backup_settings *settings;
    struct backup_query query;
    struct deadline deadline;
};

/* A transport that is a conversation of its own. */
struct backup_talker {
    /* Secrets are read here; NULL with *error set on failure. */
    void *(*open)(const struct backup_settings *settings, const struct deadline *deadline,
                  struct error *error);
    /* Everything there is → the catalog. After a failure the session is closed. */
    bool (*gather)(void *session, const struct backup_asking *asking,
                   struct backup_catalog *catalog, struct error *error);
    void (*close)(void *session);
};

struct backup_format {
    const char *name;
    const char *set;   /* What the setting `set` names in it, for messages; NULL: it has none. */
    backup_read *read; /* Of documents; NULL: there are none. */
    /* Of the second document, which completes the catalog with the archive; NULL: there is none. */
    backup_read *read_archive;
    const struct backup_talker *talkers[BACKUP_TRANSPORT_COUNT]; /* NULL: not by this one. */
    bool verifies_immutability;
    bool has_wal; /* Its archive of WAL can be followed with a primary_dsn. */
};

/* NULL: there is none of that name. */
const struct backup_format *backup_format_find(const char *name);

/* The names of all, separated by commas; for messages. */
void backup_format_list(char *text, size_t size);

bool backup_format_takes(const struct backup_format *format, enum backup_transport transport);

#endif
