/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of backups that this process saw, so that one that vanishes is missed: a stanza that was
 * deleted, a host whose snapshots are gone. The sets that are left must not pass for all. */

#ifndef COLLECTORS_BACKUP_SETS_H
#define COLLECTORS_BACKUP_SETS_H

#include "collectors/backup_evidence.h"

/* For how long one that is gone is missed. */
#define BACKUP_SET_MISSED_SECONDS (24 * 3600)

struct backup_seen_set;

/* All zero is the empty one. */
struct backup_sets {
    struct backup_seen_set *items;
    size_t count;
};

void backup_sets_release(struct backup_sets *sets);

/* Remembers the sets of these judged groups, seen at `now` (clock_unix_seconds()).
 * ERROR_INCONSISTENT when one that was seen less than a day ago is not among them, or there are
 * more than BACKUP_REPOSITORIES_MAX to remember; for where `set` names none. True while one of the
 * groups has no recovery point: that is worse, and told of anyway. */
bool backup_sets_watch(struct backup_sets *sets, const struct backup_groups *groups, double now,
                       struct error *error);

#endif
