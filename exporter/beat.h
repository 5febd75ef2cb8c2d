/* SPDX-License-Identifier: Apache-2.0 */
/* The accounting beat: a thread that advances the time accounting once a second. */

#ifndef EXPORTER_BEAT_H
#define EXPORTER_BEAT_H

#include <pthread.h>

#include "exporter/board.h"
#include "exporter/stop.h"

struct beat {
    struct board *board;
    struct stop stop;
    pthread_t thread;
};

void beat_start(struct beat *beat, struct board *board);
/* Waits for the thread, which never blocks for long. */
void beat_stop(struct beat *beat);

#endif
