/* SPDX-License-Identifier: Apache-2.0 */
/* One source on the board, and what its latest snapshot is worth right now. */

#include <stdlib.h>
#include <string.h>

#include "exporter/board.h"
#include "exporter/clock.h"
#include "exporter/label.h"

struct board_entry *board_entry_new(const struct source *source)
{
    struct board_entry *entry = calloc(1, sizeof *entry);
    struct arena *arena = arena_new();
    const char *labels = arena_printf(arena, "source=\"%s\",collector=\"%s\"",
                                      label_escape(arena, source->name), source->collector->name);

    if (source->dataset != NULL) {
        labels =
            arena_printf(arena, "%s,dataset=\"%s\"", labels, label_escape(arena, source->dataset));
    }
    if (entry == NULL || (entry->labels = strdup(labels)) == NULL) {
        abort();
    }
    entry->source = source;
    entry->started_monotonic_ms = clock_monotonic_ms();
    arena_free(arena);
    return entry;
}

void board_entry_free(struct board_entry *entry)
{
    if (entry != NULL) {
        snapshot_free(entry->snapshot);
        free(entry->labels);
        free(entry);
    }
}

bool entry_is_current(const struct board_entry *entry, int64_t monotonic_ms)
{
    return entry->snapshot != NULL &&
           monotonic_ms - entry->snapshot->finished_monotonic_ms <= 2 * entry->source->interval_ms;
}

bool entry_is_up(const struct board_entry *entry, int64_t monotonic_ms)
{
    return entry_is_current(entry, monotonic_ms) && entry->snapshot->succeeded;
}

bool entry_recovery_point_age(const struct board_entry *entry, double now, int64_t monotonic_ms,
                              double *ret_seconds)
{
    double age = now - entry->recovery_point;

    if (!entry->has_recovery_point) {
        return false;
    }
    if (entry_is_up(entry, monotonic_ms) && entry->snapshot->evidence.has_lag) {
        age = entry->snapshot->evidence.lag_seconds;
    }
    *ret_seconds = age > 0 ? age : 0;
    return true;
}

enum answer entry_zero_data_loss(const struct board_entry *entry, int64_t monotonic_ms)
{
    if (!entry_is_up(entry, monotonic_ms)) {
        return ANSWER_UNKNOWN;
    }
    return entry->snapshot->evidence.zero_data_loss;
}

bool entry_has_nothing(const struct board_entry *entry, int64_t monotonic_ms)
{
    return entry_is_up(entry, monotonic_ms) && entry->snapshot->evidence.nothing_to_restore != NULL;
}

const char *entry_problem(const struct board_entry *entry, int64_t monotonic_ms)
{
    if (entry->snapshot == NULL) {
        return "not collected yet";
    }
    if (!entry_is_current(entry, monotonic_ms)) {
        return "collection overdue: nothing was measured for two intervals";
    }
    if (entry->snapshot->succeeded) {
        return "";
    }
    /* Some servers refuse without a word. */
    return *entry->snapshot->error.message == '\0' ? "failed without saying why"
                                                   : entry->snapshot->error.message;
}
