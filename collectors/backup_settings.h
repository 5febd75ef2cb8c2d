/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the backup collector. */

#ifndef COLLECTORS_BACKUP_SETTINGS_H
#define COLLECTORS_BACKUP_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/backup_objects_settings.h"
#include "collectors/kubernetes_settings.h"
#include "exporter/error.h"
#include "exporter/setting.h"

struct backup_settings {
    const char *format;
    /* Transports. */
    const char *const *command;
    const char *const *archive_command;
    const struct setting_pair *environment;
    const struct setting_pair *environment_files;
    const char *file;
    const char *archive_file;
    int64_t max_age_ms; /* 0: not given. */
    const char *url;
    const char *token_file;
    const char *ca_file;
    const char *glob;
    const char *const *ignore; /* NULL: the usual ones. */
    const char *name_time;     /* NULL: none. */
    int64_t dump_duration_ms;  /* 0: not told. */
    int64_t settle_ms;
    struct kubernetes_settings kubernetes; /* Without its two files: they are those above. */
    const char *namespace;
    struct backup_objects_settings objects;
    /* What is looked for. */
    const char *repository; /* "" for all, as is set. */
    const char *set;
    int64_t min_size_bytes; /* 0: any. */
    int64_t schedule_ms;    /* 0: none. */
    bool accept_partial;
    /* The WAL archive. */
    int64_t wal_segment_bytes;
    const char *primary_dsn;
    const char *primary_password_file;
};

/* How the backups are told of. */
enum backup_transport {
    /* A document is fetched, and the format reads it. */
    BACKUP_BY_COMMAND,
    BACKUP_BY_FILE,
    BACKUP_BY_URL,
    /* Talkers: they know what they ask for. */
    BACKUP_BY_GLOB,
    BACKUP_BY_S3,
    BACKUP_BY_KUBERNETES,
    BACKUP_TRANSPORT_COUNT
};

/* The definition leaves the size out, so that the compiler compares. */
#define BACKUP_SETTING_COUNT (28 + BACKUP_OBJECTS_SETTING_COUNT)
extern const struct setting backup_setting_table[BACKUP_SETTING_COUNT];

/* The only one that is given; without any it is Kubernetes, whose default is to ask the cluster in
 * which the exporter runs. */
enum backup_transport backup_settings_transport(const struct backup_settings *settings);

/* Whether a key of the transport is among the settings. */
bool backup_settings_give(const struct backup_settings *settings, enum backup_transport transport);

/* What the table cannot say. */
bool backup_settings_check(const void *settings, unsigned survives, struct error *error);

#endif
