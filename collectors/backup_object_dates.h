/* SPDX-License-Identifier: Apache-2.0 */
/* Prefixes of keys that have the date in them, so that the newest of a million are found by asking
 * only for those behind a certain one: lists are in the order of keys, not of time. */

#ifndef COLLECTORS_BACKUP_OBJECT_DATES_H
#define COLLECTORS_BACKUP_OBJECT_DATES_H

#include <stdbool.h>

#include "exporter/error.h"

/* Are its conversions %Y, %m, %d, %H, %M and %S as in date(1), in UTC, from the largest to the
 * smallest and none left out, so that the order of the texts is that of the instants? %% stands
 * for a percent sign. All other functions are for prefixes that passed. */
bool backup_dates_check(const char *prefix, struct error *error);

/* Has it any conversion? */
bool backup_dates_have(const char *prefix);

/* How long what the smallest conversion tells takes, at most, in seconds; 0 without any. */
double backup_dates_unit_seconds(const char *prefix);

/* What stands before the first conversion; all of it, where there is none. From malloc, as is the
 * next one. */
char *backup_dates_fixed(const char *prefix);

/* The prefix of what was made at the instant. */
char *backup_dates_format(const char *prefix, double unix_seconds);

/* Does the key begin with such a prefix, of whatever date? */
bool backup_dates_match(const char *prefix, const char *key);

#endif
