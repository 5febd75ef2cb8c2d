/* SPDX-License-Identifier: Apache-2.0 */
/* What the table of settings of the backup collector cannot say of them. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "collectors/backup_format.h"
#include "collectors/backup_kubernetes.h"
#include "collectors/backup_names.h"
#include "collectors/http_fetch.h"
#include "exporter/evidence.h"

static const char *const transport_keys[BACKUP_TRANSPORT_COUNT] = {
    [BACKUP_BY_COMMAND] = "command", [BACKUP_BY_FILE] = "file", [BACKUP_BY_URL] = "url",
    [BACKUP_BY_GLOB] = "glob",       [BACKUP_BY_S3] = "bucket",
};

/* The keys of the transports that a format takes: `"command", "file" or "url"`. */
static void list_transports(const struct backup_format *format, char *text, size_t size)
{
    size_t count = 0;
    size_t length = 0;

    for (enum backup_transport transport = 0; transport < BACKUP_BY_KUBERNETES; transport++) {
        count += backup_format_takes(format, transport) ? 1 : 0;
    }
    text[0] = '\0';
    for (enum backup_transport transport = 0; transport < BACKUP_BY_KUBERNETES; transport++) {
        if (backup_format_takes(format, transport) && length < size) {
            int added =
                snprintf(text + length, size - length, "\"%s\"%s", transport_keys[transport],
                         --count > 1  ? ", "
                         : count == 1 ? " or "
                                      : "");

            length += added > 0 ? (size_t)added : 0;
        }
    }
}

static bool check_transport(const struct backup_settings *own, const struct backup_format *format,
                            struct error *error)
{
    const enum backup_transport chosen = backup_settings_transport(own);
    char list[100];

    list_transports(format, list, sizeof list);
    for (enum backup_transport other = chosen + 1; other < BACKUP_BY_KUBERNETES; other++) {
        if (backup_settings_give(own, other)) {
            return error_set(error, ERROR_INTERNAL,
                             "both \"%s\" and \"%s\" are given; write one of them",
                             transport_keys[chosen], transport_keys[other]);
        }
    }
    if (chosen == BACKUP_BY_KUBERNETES && !backup_format_takes(format, chosen)) {
        return error_set(error, ERROR_INTERNAL, "format \"%s\" needs %s", own->format, list);
    }
    if (!backup_format_takes(format, chosen)) {
        return error_set(error, ERROR_INTERNAL, "format \"%s\" has no \"%s\"; write %s",
                         own->format, transport_keys[chosen],
                         *list != '\0' ? list : "the keys of its cluster");
    }
    return true;
}

static bool check_url(const struct backup_settings *own, struct error *error)
{
    if (own->url == NULL) {
        return true;
    }
    if (!http_url_check(own->url, error)) {
        return error_prefix(error, "\"url\"");
    }
    if (own->token_file != NULL && strncasecmp(own->url, "https:", 6) != 0) {
        return error_set(error, ERROR_INTERNAL,
                         "\"url\" must begin with https:// when there is a \"token_file\", or "
                         "others could read the token");
    }
    return true;
}

static bool is_variable(const char *name)
{
    if (!isalpha((unsigned char)*name) && *name != '_') {
        return false;
    }
    while (isalnum((unsigned char)*name) || *name == '_') {
        name++;
    }
    return *name == '\0';
}

static bool check_environment(const struct setting_pair *pairs, const struct setting_pair *others,
                              const char *key, struct error *error)
{
    for (; pairs != NULL && pairs->key != NULL; pairs++) {
        if (!is_variable(pairs->key)) {
            return error_set(error, ERROR_INTERNAL,
                             "\"%s\" in \"%s\" is no name of a variable; write letters, digits and "
                             "_",
                             pairs->key, key);
        }
        for (const struct setting_pair *other = others; other != NULL && other->key != NULL;
             other++) {
            if (strcmp(pairs->key, other->key) == 0) {
                return error_set(error, ERROR_INTERNAL,
                                 "\"%s\" is both in \"environment\" and in \"environment_files\"; "
                                 "remove one",
                                 pairs->key);
            }
        }
    }
    return true;
}

static bool check_commands(const struct backup_settings *own, struct error *error)
{
    const char *const *const commands[] = {own->command, own->archive_command};

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const char *program = commands[i] == NULL ? NULL : commands[i][0];

        if (commands[i] != NULL && (program == NULL || *program == '\0')) {
            return error_set(error, ERROR_INTERNAL,
                             "\"%s\" names no program; write for example [pgbackrest, info, "
                             "--output=json]",
                             i == 0 ? "command" : "archive_command");
        }
        if (program != NULL && *program != '/' && strchr(program, '/') != NULL) {
            return error_set(error, ERROR_INTERNAL,
                             "\"%s\" is a relative path; write an absolute one, or only the name "
                             "of a program in PATH",
                             program);
        }
    }
    if ((own->environment != NULL || own->environment_files != NULL) && own->command == NULL &&
        own->archive_command == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"environment\" and \"environment_files\" are for \"command\"; remove "
                         "them");
    }
    return check_environment(own->environment, own->environment_files, "environment", error) &&
           check_environment(own->environment_files, NULL, "environment_files", error);
}

static bool check_archive(const struct backup_settings *own, const struct backup_format *format,
                          struct error *error)
{
    bool has_document = own->archive_command != NULL || own->archive_file != NULL;

    if (own->archive_command != NULL && own->archive_file != NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "both \"archive_command\" and \"archive_file\" are given; write one of "
                         "them");
    }
    if (has_document && format->read_archive == NULL) {
        return error_set(error, ERROR_INTERNAL, "format \"%s\" has no \"%s\"; remove it",
                         own->format,
                         own->archive_command != NULL ? "archive_command" : "archive_file");
    }
    if (own->primary_dsn != NULL && !format->has_wal) {
        return error_set(error, ERROR_INTERNAL, "format \"%s\" has no \"primary_dsn\"; remove it",
                         own->format);
    }
    if (own->primary_dsn == NULL && own->primary_password_file != NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"primary_password_file\" is for \"primary_dsn\"; remove it or give "
                         "both");
    }
    return true;
}

/* The modification time is that of the copy, and of the end at best. Directories of etcd-manager
 * have the start in their names. */
static bool check_start(const struct backup_settings *own, const struct backup_format *format,
                        struct error *error)
{
    bool is_etcd = strcmp(own->format, "etcd") == 0;

    if (format->read != NULL || is_etcd || own->name_time != NULL || own->dump_duration_ms > 0) {
        return true;
    }
    return error_set(error, ERROR_INTERNAL,
                     "format \"%s\" needs \"name_time\" (the date in the names) or "
                     "\"dump_duration\": a backup is as of when it was begun, and the modification "
                     "time is when it was written or copied to its end",
                     own->format);
}

/* Only a format whose objects' locks are looked at can claim to survive somebody who deletes. */
static bool check_ransomware(const struct backup_settings *own, const struct backup_format *format,
                             unsigned survives, struct error *error)
{
    if ((survives & SURVIVES(DISRUPTION_RANSOMWARE)) == 0 || format->verifies_immutability) {
        return true;
    }
    return error_set(error, ERROR_INTERNAL,
                     "\"survives\" names ransomware, but with format \"%s\" nobody verifies that "
                     "the backups cannot be deleted; remove it, and add a source of format "
                     "\"objects\" for their bucket with Object Lock",
                     own->format);
}

bool backup_settings_check(const void *settings, unsigned survives, struct error *error)
{
    const struct backup_settings *own = settings;
    const struct backup_format *format = backup_format_find(own->format);

    if (format == NULL) {
        char list[200];

        backup_format_list(list, sizeof list);
        return error_set(error, ERROR_INTERNAL, "\"format\" is \"%s\"; write one of %s",
                         own->format, list);
    }
    if (own->glob != NULL && *own->glob != '/') {
        return error_set(error, ERROR_INTERNAL, "\"glob\" must be an absolute path");
    }
    if (own->name_time != NULL && !backup_name_time_check(own->name_time, error)) {
        return false;
    }
    if (*own->set != '\0' && format->set == NULL) {
        return error_set(error, ERROR_INTERNAL, "format \"%s\" has no \"set\"; remove it",
                         own->format);
    }
    return check_transport(own, format, error) &&
           backup_objects_settings_check(&own->objects, error) &&
           backup_cluster_check(own, error) && check_url(own, error) &&
           check_commands(own, error) && check_archive(own, format, error) &&
           check_start(own, format, error) && check_ransomware(own, format, survives, error);
}
