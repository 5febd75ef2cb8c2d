/* SPDX-License-Identifier: Apache-2.0 */
/* The unbroken runs of WAL segments in an archive.
 *
 * PostgreSQL replays WAL up to the first segment that is missing, whatever lies behind it, and a
 * gap makes itself known nowhere else: an archiver that drops segments reports success. So only
 * the end of the run in which a backup ends is what can be restored from it. */

#ifndef COLLECTORS_BACKUP_RUNS_H
#define COLLECTORS_BACKUP_RUNS_H

#include "collectors/backup_catalog.h"

/* Does `b` come right after `a`, in a log of segments of this size? */
bool backup_wal_is_next(struct backup_wal a, struct backup_wal b, uint64_t segment_bytes);

/* Segments in any order, which are sorted here → the runs of the place, which then tells gaps. One
 * that is there twice counts as missing: tools refuse to choose between two of one name. False,
 * with ERROR_INCONSISTENT, where a name shows that segments have another size. */
bool backup_runs_fill(struct arena *arena, struct backup_wal *segments, size_t count,
                      uint64_t segment_bytes, struct backup_repository *place, struct error *error);

/* The same from runs that a tool tells, in any order; they are kept. */
void backup_runs_set(struct backup_run *runs, size_t count, struct backup_repository *place);

/* The run that has the segment; NULL: none. */
const struct backup_run *backup_runs_find(const struct backup_repository *place,
                                          struct backup_wal segment);

#endif
