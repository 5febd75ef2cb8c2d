/* SPDX-License-Identifier: Apache-2.0 */
/* The board: the latest snapshot of every source, and the plan they are judged by.
 *
 * The only state that threads share, behind one lock. Under the lock only pointers move and
 * ready-made text is copied; nobody does I/O or takes another lock while holding it. */

#ifndef EXPORTER_BOARD_H
#define EXPORTER_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/accounting.h"
#include "exporter/config.h"
#include "exporter/snapshot.h"

struct board;

/* One source on the board. Guarded by the board's lock, but for `source`. */
struct board_entry {
    const struct source *source;
    char *labels;              /* `source="…",collector="…",dataset="…"`, escaped. */
    struct snapshot *snapshot; /* NULL before the first collection ended. */
    uint64_t collections;
    uint64_t failures[ERROR_KIND_COUNT];
    double last_success; /* Unix seconds; 0: never. */
    /* When a collection last failed, and why; kept when later ones succeed. */
    double last_failure; /* 0: never. */
    struct error last_error;
    /* When the origin last answered, and when commits were last proven to wait for the copy. */
    double last_origin_answer;  /* 0: never. */
    double last_zero_data_loss; /* 0: never. */
    /* The newest that was ever known; kept when later collections fail, forgotten when one succeeds
     * that finds nothing to restore. */
    bool has_recovery_point;
    double recovery_point;
    /* How much a restore would bring back, as was last told by a collection that succeeded. */
    struct reading data_bytes;
    int64_t started_monotonic_ms; /* When its worker began. */
};

/* What may be read while the lock is held. */
struct board_view {
    const struct config *config;
    struct board_entry *const *entries; /* entries[i] is of config->sources[i]. */
    size_t entry_count;
    const struct accounting *accounting;
};

struct board *board_new(void);
void board_free(struct board *board);

/* Every lock is followed by an unlock in the same function. */
const struct board_view *board_lock(struct board *board);
void board_unlock(struct board *board);

struct board_entry *board_entry_new(const struct source *source);
void board_entry_free(struct board_entry *entry);

/* Replaces plan and entries in one step. Takes `config` and the array `entries` (not what it
 * points to); returns the former configuration, or NULL, for the caller to free. */
struct config *board_replace(struct board *board, struct config *config,
                             struct board_entry **entries);

/* Puts the result of a collection on the board; takes the snapshot. */
void board_publish(struct board *board, struct board_entry *entry, struct snapshot *snapshot);

/* One beat of the accounting: `seconds` whole seconds went by, of which `blind` were not
 * observed by this process (it was stopped or the machine suspended). */
void board_account(struct board *board, uint64_t seconds, bool blind);

/* --- Pure readings of an entry; call them under the lock. --- */

/* False when the latest collection ended more than two intervals ago: its worker hangs, or
 * measuring takes longer than the plan assumes. */
bool entry_is_current(const struct board_entry *entry, int64_t monotonic_ms);

/* The latest collection succeeded and is current. This is dr_source_up. */
bool entry_is_up(const struct board_entry *entry, int64_t monotonic_ms);

/* dr_recovery_point_age_seconds: while up, the lag that the collection measured; otherwise
 * now - recovery point, growing. False before a recovery point was ever known. */
bool entry_recovery_point_age(const struct board_entry *entry, double now, int64_t monotonic_ms,
                              double *ret_seconds);

/* ANSWER_UNKNOWN unless up. */
enum answer entry_zero_data_loss(const struct board_entry *entry, int64_t monotonic_ms);

/* Up, and proven to have no copy to bring anything back from. */
bool entry_has_nothing(const struct board_entry *entry, int64_t monotonic_ms);

/* Why the source is not up, for people; "" when it is. */
const char *entry_problem(const struct board_entry *entry, int64_t monotonic_ms);

#endif
