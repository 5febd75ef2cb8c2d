/* SPDX-License-Identifier: Apache-2.0 */
/* The page that Prometheus scrapes, and the reference of what may be on it. */

#ifndef EXPORTER_EXPOSITION_H
#define EXPORTER_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "exporter/board.h"
#include "exporter/self_metrics.h"

enum exposition_format {
    EXPOSITION_TEXT,        /* Prometheus text format 0.0.4 */
    EXPOSITION_OPENMETRICS, /* OpenMetrics 1.0.0 */
};

/* Renders the whole board as of now. The text is from malloc and terminated. */
void exposition_render(struct board *board, enum exposition_format format,
                       const struct exporter_status *status, char **ret_text, size_t *ret_length);

const char *exposition_content_type(enum exposition_format format);

/* Writes the Markdown reference: one table for the framework's metrics and one a collector, each
 * row `| name | type | labels | meaning |`. Only the collector `collector_name` unless NULL; false
 * if there is no such collector. */
bool exposition_print_reference(FILE *out, const char *collector_name);

#endif
