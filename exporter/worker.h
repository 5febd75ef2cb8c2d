/* SPDX-License-Identifier: Apache-2.0 */
/* A worker: the thread that measures one source, again and again, on its own beat.
 *
 * It opens, reuses and closes the session, publishes a snapshot after every collection, and logs,
 * only when the state of its source changes. No worker waits for another. */

#ifndef EXPORTER_WORKER_H
#define EXPORTER_WORKER_H

#include <stdbool.h>

#include "exporter/board.h"

struct worker;

/* Called by the worker's thread as its last act. */
typedef void worker_left(void *context);

/* Starts the thread. The worker owns `source` and `entry` from then on; on false the caller still
 * does. */
bool worker_start(struct board *board, struct source *source, struct board_entry *entry,
                  worker_left *left, void *context, struct worker **ret_worker,
                  struct error *error);

/* Asks the worker to leave. It does so at once when it waits, and at the end of its collection
 * when it is in a call that cannot be woken. Its entry must not be on the board any more. */
void worker_retire(struct worker *worker);

bool worker_has_left(const struct worker *worker);

/* Waits for the thread of a retired worker, and frees it with its source and entry. */
void worker_free(struct worker *worker);

struct source *worker_source(const struct worker *worker);
struct board_entry *worker_entry(const struct worker *worker);

#endif
