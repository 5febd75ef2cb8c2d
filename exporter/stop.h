/* SPDX-License-Identifier: Apache-2.0 */
/* A request to stop that wakes whoever waits, and deadlines that end early because of it. */

#ifndef EXPORTER_STOP_H
#define EXPORTER_STOP_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/error.h"
/* An eventfd: readable once a stop was requested, and for ever after. */
struct stop {
    int descriptor;
};

/* False when the process may not open another descriptor. */
bool stop_init(struct stop *stop);
void stop_release(struct stop *stop);
void stop_request(struct stop *stop);
/* Waits until a stop is requested (true) or the monotonic instant has come (false). */
bool stop_wait_until(const struct stop *stop, int64_t monotonic_ms);

/* The latest instant at which a blocking call has to return. */
struct deadline {
    int64_t monotonic_ms;
    const struct stop *stop; /* Not owned; ends every wait early. */
};

/* At least 0. */
int64_t deadline_remaining_ms(const struct deadline *deadline);
/* The earlier of the deadline and `budget_ms` from now. */
struct deadline deadline_within(const struct deadline *deadline, int64_t budget_ms);
/* Waits until `descriptor` has one of the poll(2) `events`; ERROR_TIMEOUT otherwise. */
bool deadline_wait(const struct deadline *deadline, int descriptor, short events,
                   struct error *error);

#endif
