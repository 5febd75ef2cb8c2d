/* SPDX-License-Identifier: Apache-2.0 */
/* The board: the latest snapshot of every source, and the plan they are judged by. */

#include "exporter/board.h"

#include <pthread.h>
#include <stdlib.h>

#include "exporter/clock.h"
#include "exporter/verdict.h"

struct board {
    pthread_mutex_t lock;
    struct config *config;
    struct board_entry **entries;
    struct accounting accounting;
    struct board_view view; /* Shows the three above to readers. */
};

struct board *board_new(void)
{
    struct board *board = calloc(1, sizeof *board);

    if (board == NULL || pthread_mutex_init(&board->lock, NULL) != 0) {
        abort();
    }
    accounting_init(&board->accounting);
    board->view.accounting = &board->accounting;
    return board;
}

void board_free(struct board *board)
{
    if (board == NULL) {
        return;
    }
    config_free(board->config);
    free(board->entries);
    accounting_release(&board->accounting);
    (void)pthread_mutex_destroy(&board->lock);
    free(board);
}

const struct board_view *board_lock(struct board *board)
{
    (void)pthread_mutex_lock(&board->lock);
    return &board->view;
}

void board_unlock(struct board *board)
{
    (void)pthread_mutex_unlock(&board->lock);
}

struct config *board_replace(struct board *board, struct config *config,
                             struct board_entry **entries)
{
    struct arena *arena = arena_new();
    struct board_entry **old_entries;
    struct config *old_config;
    struct verdict *verdicts;
    size_t count;

    (void)board_lock(board);
    old_config = board->config;
    old_entries = board->entries;
    board->config = config;
    board->entries = entries;
    board->view.config = config;
    board->view.entries = entries;
    board->view.entry_count = config->source_count;
    verdicts =
        verdicts_evaluate(arena, &board->view, clock_unix_seconds(), clock_monotonic_ms(), &count);
    accounting_replace_plan(&board->accounting, verdicts, count);
    board_unlock(board);
    free(old_entries);
    arena_free(arena);
    return old_config;
}

void board_publish(struct board *board, struct board_entry *entry, struct snapshot *snapshot)
{
    struct snapshot *old;

    (void)board_lock(board);
    old = entry->snapshot;
    entry->snapshot = snapshot;
    entry->collections++;
    if (snapshot->succeeded) {
        entry->last_success = snapshot->collected_at;
    } else {
        entry->failures[snapshot->error.kind]++;
        entry->last_failure = snapshot->collected_at;
        entry->last_error = snapshot->error;
    }
    if (snapshot->evidence.origin_answered) {
        entry->last_origin_answer = snapshot->collected_at;
    }
    if (snapshot->succeeded && snapshot->evidence.zero_data_loss == ANSWER_YES) {
        entry->last_zero_data_loss = snapshot->collected_at;
    }
    if (snapshot->succeeded && snapshot->evidence.nothing_to_restore != NULL) {
        entry->has_recovery_point = false;
    } else if (snapshot->evidence.has_recovery_point) {
        entry->has_recovery_point = true;
        entry->recovery_point = snapshot->evidence.recovery_point;
    }
    if (snapshot->succeeded && snapshot->evidence.data_bytes.known) {
        entry->data_bytes = snapshot->evidence.data_bytes;
    }
    board_unlock(board);
    snapshot_free(old);
}

void board_account(struct board *board, uint64_t seconds, bool blind)
{
    struct arena *arena = arena_new();
    struct verdict *verdicts;
    double now = clock_unix_seconds();
    size_t count;

    (void)board_lock(board);
    verdicts = verdicts_wish(arena, &board->view, now, clock_monotonic_ms(),
                             &(struct verdict_wish){.states_only = true}, &count);
    accounting_advance(&board->accounting, verdicts, count, seconds, blind, now);
    board_unlock(board);
    arena_free(arena);
}
