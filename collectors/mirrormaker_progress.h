/* SPDX-License-Identifier: Apache-2.0 */
/* How far MirrorMaker says it has copied each partition, from the rows that it wrote so far. */

#ifndef COLLECTORS_MIRRORMAKER_PROGRESS_H
#define COLLECTORS_MIRRORMAKER_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/mirrormaker_rows.h"

struct mirrormaker_progress;

struct mirrormaker_progress *mirrormaker_progress_new(void);
void mirrormaker_progress_free(struct mirrormaker_progress *progress); /* NULL is fine. */

/* Forgets all rows of one kind: they are delivered again from the beginning. */
void mirrormaker_progress_clear_offsets(struct mirrormaker_progress *progress);
void mirrormaker_progress_clear_syncs(struct mirrormaker_progress *progress);

/* Rows have to be added in the order in which they were written. `time_ms` is the timestamp of the
 * record, by the clock of Kafka Connect's worker; negative: none. */
void mirrormaker_progress_add_offset(struct mirrormaker_progress *progress,
                                     const struct mirrormaker_offset_row *row, int64_t time_ms);
void mirrormaker_progress_add_sync(struct mirrormaker_progress *progress,
                                   const struct mirrormaker_sync_row *row, int64_t time_ms);

/* Connectors that have rows, at most MIRRORMAKER_CONNECTORS_MAX. */
size_t mirrormaker_progress_connectors(const struct mirrormaker_progress *progress,
                                       const char *const **ret_names);

/* Calls `visit` with the topic of each partition that has a known offset, in no order, topics with
 * several partitions several times. */
void mirrormaker_progress_each(const struct mirrormaker_progress *progress,
                               void (*visit)(void *context, const char *topic), void *context);

/* Rows were dropped because there are more partitions or connectors than are looked at. */
bool mirrormaker_progress_overflowed(const struct mirrormaker_progress *progress);

/* What the rows say of one partition. */
struct mirrormaker_position {
    bool known;
    int64_t next;   /* All records before it are at the target: P + 1. */
    int64_t offset; /* N, of the newest row of the offsets topic. */
    int64_t offset_time_ms;
    bool set_back;            /* MirrorMaker began again at an earlier offset… */
    int64_t set_back_time_ms; /* …in the row with this timestamp. */
    bool has_pair;            /* The record at `upstream` is at `downstream` of the copy. */
    int64_t upstream;
    int64_t downstream;
};

/* P = max(N, upstream offset of the newest offset sync): both are written after the record was
 * acknowledged by the target; N once in offset.flush.interval.ms, syncs also in between, at the
 * latest every offset.lag.max records (OffsetSyncWriter). But a topic that was created anew and
 * is copied from its beginning makes either go back first, and the other is of the former topic
 * until it does, too. So a sync does not count
 *   - without N, or if it was written before N last went back or was deleted;
 * and N does not count
 *   - if the syncs went back behind it (to N or before) after it was written, or are behind it and
 *     were written clearly later. (A connector that starts again after a crash begins at N + 1, so
 *     its syncs go back, but never to N. Syncs may be sent with a short delay.)
 * When several connectors copy the partition, the one that has come the shortest way counts. */
struct mirrormaker_position mirrormaker_progress_find(const struct mirrormaker_progress *progress,
                                                      const char *topic, int32_t partition);

#endif
