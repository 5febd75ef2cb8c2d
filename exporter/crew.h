/* SPDX-License-Identifier: Apache-2.0 */
/* The crew: one worker for every source of the running plan; a reload hires and retires. */

#ifndef EXPORTER_CREW_H
#define EXPORTER_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/board.h"

struct crew;

struct crew *crew_new(struct board *board);

/* Puts the plan in force: sources that did not change keep their worker, with its session,
 * history and counters; new ones get one; the others' workers are retired. Takes `config`. On
 * false nothing changed, and `config` is freed. Called by one thread only. */
bool crew_adopt(struct crew *crew, struct config *config, struct error *error);

/* Retires every worker and waits for them, at most `timeout_ms`; on false some are still in a
 * call that cannot be woken, so neither crew nor board may be freed: leave by _exit. The board
 * has no valid entries afterwards. */
bool crew_stop(struct crew *crew, int64_t timeout_ms);

/* After crew_stop returned true. */
void crew_free(struct crew *crew);

#endif
