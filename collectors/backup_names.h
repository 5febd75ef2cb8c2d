/* SPDX-License-Identifier: Apache-2.0 */
/* What the name of a file or object says of a backup: whether it is one, and when it was begun. */

#ifndef COLLECTORS_BACKUP_NAMES_H
#define COLLECTORS_BACKUP_NAMES_H

#include "collectors/backup_catalog.h"
#include "collectors/backup_settings.h"

/* Of the setting `name_time`: %Y %m %d %H %M %S of two digits (four: %Y), %s of Unix seconds, %z
 * (`Z`, `+01:00`, `+0100`), %% and other characters as they are. */
bool backup_name_time_check(const char *pattern, struct error *error);

/* The place in the last part of the name (a whole path or key) that has the form, or else in all of
 * it, as Unix seconds; UTC unless %z says otherwise. Of several the oldest: a directory or a job
 * may be younger than what it holds. False if there is none. */
bool backup_name_date(const char *pattern, const char *name, double *ret_seconds);

/* Is the last part of the name one of those that no finished backup has? */
bool backup_name_ignored(const struct backup_settings *settings, const char *name);

/* Fills name, type, size, state and the instants of one that was complete at `completed`. It is as
 * of its start: the one in its name where `name_time` is given, else `dump_duration` before it was
 * complete. Without either it does not count: a copy is dated when it was made. The name must live
 * as long as the backup. */
void backup_name_fill(const struct backup_settings *settings, struct arena *arena, const char *name,
                      double completed, double size_bytes, struct backup *backup);

#endif
