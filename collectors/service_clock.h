/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a service that we ask by HTTP, compared with ours by the header `Date`. */

#ifndef COLLECTORS_SERVICE_CLOCK_H
#define COLLECTORS_SERVICE_CLOCK_H

#include <stdbool.h>

#include "collectors/http_fetch.h"

/* All zero: not known yet. */
struct service_clock {
    bool known;         /* Did the latest answer have a date? */
    double ahead_least; /* Of the service's clock before this host's, in seconds; */
    double ahead_most;  /* a date has whole seconds, and the answer took some time. */
    double asked;       /* The look at our clock (the system's, as it stands) before; */
    double answered;    /* and after the latest answer. */
};

/* Before a request, and after its answer. */
void service_clock_ask(struct service_clock *clock);
void service_clock_answer(struct service_clock *clock, struct http_client *client);

/* An instant by the service's clock as one by the clock of this host (the system's, as it stands),
 * not later than it is. Clocks that may be equal are taken as equal. */
double service_clock_local_seconds(const struct service_clock *clock, double service_seconds);

/* By clock_unix_seconds(), for an instant that must lie in the past: what a service claims of the
 * future, or without a date of its own, is an error. Never newer than the service says, too: an old
 * answer out of some cache has an old date, and looks like a clock that is behind. */
bool service_clock_past_seconds(const struct service_clock *clock, double service_seconds,
                                double *ret_seconds, struct error *error);

#endif
