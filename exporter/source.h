/* SPDX-License-Identifier: Apache-2.0 */
/* One configured instance of a collector. Immutable once loaded. */

#ifndef EXPORTER_SOURCE_H
#define EXPORTER_SOURCE_H

#include <stdint.h>

#include "exporter/collector.h"

struct source {
    struct arena *arena; /* Owns everything below and outlives a reload if nothing changed. */
    const char *name;
    const struct collector *collector;
    const char *dataset; /* NULL for a source that gives evidence of another kind. */
    unsigned survives;   /* Bits SURVIVES(disruption). */
    unsigned feeds;      /* Bits FEEDS(check_kind) of its collector, or of its settings. */
    int64_t interval_ms;
    int64_t timeout_ms;
    const void *settings; /* Of the collector's settings table. */
};

/* True if a session, history and counters of `a` serve `b` as well. */
bool source_equal(const struct source *a, const struct source *b);

void source_free(struct source *source);

#endif
