/* SPDX-License-Identifier: Apache-2.0 */
/* As whom AWS, or a service that speaks its protocol, is asked: settings that several collectors
 * share. */

#ifndef COLLECTORS_AWS_SETTINGS_H
#define COLLECTORS_AWS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"
#include "exporter/setting.h"

struct aws_settings {
    const char *region; /* NULL: see aws_region. */
    const char *access_key_id;
    const char *secret_access_key_file;
    const char *credentials_file;
    const char *profile;
    const char *role_arn;
    const char *external_id;
};

#define AWS_SETTING_COUNT 7

/* Rows of a table of settings for `member`, a struct aws_settings in `type`; `prefix` is put
 * before the keys. */
#define AWS_SETTING_ROWS(prefix, type, member)                                                     \
    {(prefix "region"),                                                                            \
     SETTING_TEXT,                                                                                 \
     offsetof(type, member.region),                                                                \
     NULL,                                                                                         \
     false,                                                                                        \
     "Region of AWS, for example eu-west-1; by default that of the environment (AWS_REGION, "      \
     "AWS_DEFAULT_REGION), and with an endpoint of one's own us-east-1."},                         \
        {(prefix "access_key_id"),                                                                 \
         SETTING_TEXT,                                                                             \
         offsetof(type, member.access_key_id),                                                     \
         NULL,                                                                                     \
         false,                                                                                    \
         "Name of the access key. Without it and `" prefix "credentials_file` the credentials "    \
         "are those of the environment, as AWS's own programs find them: AWS_ACCESS_KEY_ID, web "  \
         "identity (service account of EKS), AWS_SHARED_CREDENTIALS_FILE, the container's or the " \
         "instance's role."},                                                                      \
        {(prefix "secret_access_key_file"),                                                        \
         SETTING_FILE,                                                                             \
         offsetof(type, member.secret_access_key_file),                                            \
         NULL,                                                                                     \
         false,                                                                                    \
         "File with the secret of that access key."},                                              \
        {(prefix "credentials_file"),                                                              \
         SETTING_FILE,                                                                             \
         offsetof(type, member.credentials_file),                                                  \
         NULL,                                                                                     \
         false,                                                                                    \
         "Instead of both, a credentials file of AWS's programs; read anew every minute."},        \
        {(prefix "profile"), SETTING_TEXT, offsetof(type, member.profile),                         \
         "default",          false,        "Section of the credentials file."},                    \
        {(prefix "role_arn"),                                                                      \
         SETTING_TEXT,                                                                             \
         offsetof(type, member.role_arn),                                                          \
         NULL,                                                                                     \
         false,                                                                                    \
         "Role that is assumed with these credentials: `arn:aws:iam::123456789012:role/dr`."},     \
    {                                                                                              \
        (prefix "external_id"), SETTING_TEXT, offsetof(type, member.external_id), NULL, false,     \
            "External ID that the role asks for, if it does."                                      \
    }

/* Of the settings or the environment; NULL: neither has one. */
const char *aws_region(const struct aws_settings *settings);

/* What the table cannot say. `prefix` is that of the rows; `needs_region`: there is no endpoint
 * that would do without. */
bool aws_settings_check(const struct aws_settings *settings, const char *prefix, bool needs_region,
                        struct error *error);

#endif
