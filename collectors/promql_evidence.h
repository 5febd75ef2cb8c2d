/* SPDX-License-Identifier: Apache-2.0 */
/* What a number of Prometheus proves.
 *
 * Three clocks meet here: ours, the server's (evaluated_at, and the samples of what it scrapes),
 * and that of whoever exports dates. An instant counts as the earlier of what it is by our clock
 * and what it is by the distance to the server's now, so a server whose clock is wrong never makes
 * anything younger; one that is more than a minute off, or answers from a cache, is an error. */

#ifndef COLLECTORS_PROMQL_EVIDENCE_H
#define COLLECTORS_PROMQL_EVIDENCE_H

#include "collectors/promql_settings.h"
#include "exporter/arena.h"
#include "exporter/evidence.h"

struct promql_reading {
    enum promql_yield yield;
    double asked_at;      /* By clock_unix_seconds(), before asking. */
    double answered_at;   /* The same, after it. */
    double step;          /* clock_step_seconds(). */
    double evaluated_at;  /* By the server's clock. */
    double oldest_sample; /* Of all that the value is made of, likewise. */
    double value;
};

/* Is the server's now ours, as far as that matters? */
bool promql_clock_check(const struct promql_reading *reading, struct error *error);

/* Seconds from the oldest sample to when it was asked for, by the clock that makes it older. */
double promql_sample_age(const struct promql_reading *reading);

/* False, with what to do, for a value that cannot be what it is said to be; the evidence stays as
 * it was. What answered is not known, so neither end of the path is said to have answered: after a
 * loss such a recovery point proves nothing by itself. */
bool promql_evidence_add(const struct promql_reading *reading, struct arena *arena,
                         struct evidence *evidence, struct error *error);

#endif
