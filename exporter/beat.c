/* SPDX-License-Identifier: Apache-2.0 */
/* The accounting beat: a thread that advances the time accounting once a second, and looks for what
 * changes by time alone. */

#include "exporter/beat.h"

#include <stdlib.h>

#include "exporter/clock.h"
#include "exporter/loss_watch.h"

/* Beyond this the process or the machine stood still, and what happened meanwhile is unknown. */
#define STANDSTILL_SECONDS 5

static void *run(void *argument)
{
    struct beat *beat = argument;
    int64_t counted_ms = clock_monotonic_ms();
    struct loss_watch watch = {.arena = NULL};

    loss_watch_look(&watch, beat->board);
    /* Whole seconds are counted; the rest of each beat stays for the next one. */
    while (!stop_wait_until(&beat->stop, counted_ms + 1000)) {
        int64_t seconds = (clock_monotonic_ms() - counted_ms) / 1000;

        counted_ms += seconds * 1000;
        board_account(beat->board, (uint64_t)seconds, seconds > STANDSTILL_SECONDS);
        loss_watch_look(&watch, beat->board);
    }
    loss_watch_release(&watch);
    return NULL;
}

void beat_start(struct beat *beat, struct board *board)
{
    beat->board = board;
    if (!stop_init(&beat->stop) || pthread_create(&beat->thread, NULL, run, beat) != 0) {
        abort();
    }
}

void beat_stop(struct beat *beat)
{
    stop_request(&beat->stop);
    (void)pthread_join(beat->thread, NULL);
    stop_release(&beat->stop);
}
