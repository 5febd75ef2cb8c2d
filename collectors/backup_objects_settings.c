/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of backups that are objects of an S3 bucket. */

#include "collectors/backup_objects_settings.h"

#include <string.h>

#include "collectors/backup_object_dates.h"

bool backup_objects_settings_check(const struct backup_objects_settings *own, struct error *error)
{
    if (own->s3.bucket == NULL) {
        return *own->prefix == '\0' ||
               error_set(error, ERROR_INTERNAL,
                         "\"prefix\" is for \"bucket\"; remove it or give both");
    }
    if (*own->prefix == '/') {
        return error_set(error, ERROR_INTERNAL,
                         "\"prefix\" begins with a slash, which keys hardly ever do; remove it");
    }
    return backup_dates_check(own->prefix, error) && s3_settings_check(&own->s3, "", error);
}
