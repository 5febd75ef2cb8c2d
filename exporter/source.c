/* SPDX-License-Identifier: Apache-2.0 */
/* One configured instance of a collector. */

#include "exporter/source.h"

#include <string.h>

bool source_equal(const struct source *a, const struct source *b)
{
    bool same_dataset = a->dataset == NULL || b->dataset == NULL
                            ? a->dataset == b->dataset
                            : strcmp(a->dataset, b->dataset) == 0;

    return a->collector == b->collector && strcmp(a->name, b->name) == 0 && same_dataset &&
           a->survives == b->survives && a->interval_ms == b->interval_ms &&
           a->timeout_ms == b->timeout_ms &&
           settings_equal(a->collector->settings, a->collector->setting_count, a->settings,
                          b->settings);
}

void source_free(struct source *source)
{
    if (source != NULL) {
        /* The source itself lives there too. */
        arena_free(source->arena);
    }
}
