/* SPDX-License-Identifier: Apache-2.0 */
/* Which bucket, and where: settings that several collectors share. */

#ifndef COLLECTORS_S3_SETTINGS_H
#define COLLECTORS_S3_SETTINGS_H

#include "collectors/aws_settings.h"

struct s3_settings {
    const char *bucket;
    const char *endpoint; /* NULL: AWS. */
    bool path_style;      /* Of an endpoint. */
    struct aws_settings aws;
};

#define S3_SETTING_COUNT (3 + AWS_SETTING_COUNT)

/* Rows of a table of settings for `member`, a struct s3_settings in `type`; `prefix` is put before
 * the keys. A row for the authorities of the server, `ca_file`, is the collector's own. */
#define S3_SETTING_ROWS(prefix, type, member)                                                      \
    {(prefix "bucket"),      SETTING_TEXT, offsetof(type, member.bucket), NULL, false,             \
     "Name of an S3 bucket."},                                                                     \
        {(prefix "endpoint"),                                                                      \
         SETTING_TEXT,                                                                             \
         offsetof(type, member.endpoint),                                                          \
         NULL,                                                                                     \
         false,                                                                                    \
         "http(s) address of a store other than AWS that speaks S3 (MinIO, Ceph, Google Cloud "    \
         "Storage, …)."},                                                                          \
        {(prefix "path_style"),                                                                    \
         SETTING_BOOLEAN,                                                                          \
         offsetof(type, member.path_style),                                                        \
         "true",                                                                                   \
         false,                                                                                    \
         "Whether that store has its buckets in paths; false puts them into host names."},         \
        AWS_SETTING_ROWS(prefix, type, member.aws)

/* What the table cannot say. `prefix` is that of the rows. Only for settings with a bucket. */
bool s3_settings_check(const struct s3_settings *settings, const char *prefix, struct error *error);

/* Are both in the same region of AWS, or in one store? A store of one's own is one place, whatever
 * region its requests are signed for. */
bool s3_settings_same_place(const struct s3_settings *a, const struct s3_settings *b);

#endif
