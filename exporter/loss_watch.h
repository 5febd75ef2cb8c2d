/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the log when the plan begins and ceases to accept more loss than an RPO allows. */

#ifndef EXPORTER_LOSS_WATCH_H
#define EXPORTER_LOSS_WATCH_H

#include <stddef.h>

#include "exporter/arena.h"
#include "exporter/board.h"

/* What was in effect when it last looked; {0} at the beginning. */
struct loss_watch {
    struct arena *arena;
    struct accepted_loss_seen *seen;
    size_t count;
};

/* Logs each change once. */
void loss_watch_look(struct loss_watch *watch, struct board *board);

void loss_watch_release(struct loss_watch *watch);

#endif
