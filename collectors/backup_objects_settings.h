/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of backups that are objects of an S3 bucket. */

#ifndef COLLECTORS_BACKUP_OBJECTS_SETTINGS_H
#define COLLECTORS_BACKUP_OBJECTS_SETTINGS_H

#include <stdint.h>

#include "collectors/s3_settings.h"

struct backup_objects_settings {
    struct s3_settings s3; /* Its bucket is NULL when the transport is another one. */
    const char *prefix;
    int64_t lookback_ms;
    int64_t immutable_for_ms;
    bool accept_governance;
};

#define BACKUP_OBJECTS_SETTING_COUNT (4 + S3_SETTING_COUNT)

/* Rows of a table of settings for `member`, a struct backup_objects_settings in `type`. */
#define BACKUP_OBJECTS_SETTING_ROWS(type, member)                                                  \
    S3_SETTING_ROWS("", type, member.s3),                                                          \
        {"prefix",                                                                                 \
         SETTING_TEXT,                                                                             \
         offsetof(type, member.prefix),                                                            \
         "",                                                                                       \
         false,                                                                                    \
         ("What the keys of the backups begin with. With the date in it (%Y %m %d %H %M %S, in "   \
          "UTC, from the largest on: `db/%Y/%m/%d/`) only the latest keys are listed, which a "    \
          "bucket with very many needs: without it all that begins with the prefix is listed "     \
          "each "                                                                                  \
          "time, up to 200,000 objects.")},                                                        \
        {"lookback",                                                                               \
         SETTING_DURATION,                                                                         \
         offsetof(type, member.lookback_ms),                                                       \
         "14d",                                                                                    \
         false,                                                                                    \
         "How far dates in `prefix` are followed back when there is no newer backup."},            \
        {"immutable_for",                                                                          \
         SETTING_DURATION,                                                                         \
         offsetof(type, member.immutable_for_ms),                                                  \
         "7d",                                                                                     \
         false,                                                                                    \
         ("For a source that `survives` ransomware: for how long from now on a backup must be "    \
          "locked against deletion (Object Lock) to count: as long as it may take until the "      \
          "attack is noticed.")},                                                                  \
    {                                                                                              \
        "accept_governance", SETTING_BOOLEAN, offsetof(type, member.accept_governance), "false",   \
            false,                                                                                 \
            ("Whether locks in governance mode count, which those with the permission "            \
             "s3:BypassGovernanceRetention can take away.")                                        \
    }

/* What the table cannot say. */
bool backup_objects_settings_check(const struct backup_objects_settings *settings,
                                   struct error *error);

#endif
