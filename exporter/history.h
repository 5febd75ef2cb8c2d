/* SPDX-License-Identifier: Apache-2.0 */
/* Position → time: when was the origin last not ahead of where the copy is now?
 *
 * Many systems only tell how far a copy has come (LSN, offset, bytes), not when the origin was
 * there. The history remembers (instant, position of the origin), one clock, bounded: when full,
 * every other point of its older half is forgotten, which can only make an answer older. */

#ifndef EXPORTER_HISTORY_H
#define EXPORTER_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct history;

struct history *history_new(void);
void history_free(struct history *history);

/* Notes that the origin was at `position` at `time` (Unix seconds; for a position that was asked
 * for, the instant *before* asking). A new `epoch` (timeline, replication id) or a position that
 * goes backwards empties the history first: positions before and after are not comparable. */
void history_add(struct history *history, uint64_t epoch, double time, uint64_t position);

/* The newest instant at which the origin's position was not beyond `position`. False when the
 * history does not reach back that far (or is empty, or of another epoch). */
bool history_recovery_point(const struct history *history, uint64_t epoch, uint64_t position,
                            double *ret_time);

/* The oldest known instant of the newest position that was not beyond `position`: as above, but
 * time in which the origin did nothing does not count. For a copy that nothing flows to any more,
 * which is complete only as long as the origin stays idle. */
bool history_reached_since(const struct history *history, uint64_t epoch, uint64_t position,
                           double *ret_time);

/* The oldest known instant at which the origin was beyond `position`: a recovery point of a copy
 * at `position` is before it. False when the origin was never seen beyond. */
bool history_beyond_since(const struct history *history, uint64_t epoch, uint64_t position,
                          double *ret_time);

/* The newest position of the origin. False when empty or of another epoch. */
bool history_newest(const struct history *history, uint64_t epoch, double *ret_time,
                    uint64_t *ret_position);

#endif
