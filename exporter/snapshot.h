/* SPDX-License-Identifier: Apache-2.0 */
/* Samples, evidence and error of one collection; immutable once published. */

#ifndef EXPORTER_SNAPSHOT_H
#define EXPORTER_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/collector.h"

struct text_slice {
    const char *text;
    size_t length;
};

struct snapshot {
    struct arena *arena; /* Owns the snapshot itself too. */
    double collected_at; /* When the collection began, Unix seconds. */
    int64_t finished_monotonic_ms;
    double duration_seconds;
    bool succeeded;
    struct error error; /* Of kind ERROR_NONE when it succeeded. */
    struct evidence evidence;
    /* Exposition lines of each metric of the collector, complete with labels; in the order of
     * its table. The same text serves both exposition formats. */
    const struct text_slice *lines;
    char *text; /* What the slices point into; from malloc. */
    size_t sample_count;
    size_t samples_dropped;
};

void snapshot_free(struct snapshot *snapshot);

/* --- For the worker: from an empty set of samples to rendered lines. --- */

struct samples *samples_new(struct arena *arena, const struct collector *collector);

/* Renders every sample with the source's `labels` (see board.h) into snapshot->lines. */
void samples_render(struct samples *samples, const char *labels, struct snapshot *snapshot);

#endif
