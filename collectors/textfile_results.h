/* SPDX-License-Identifier: Apache-2.0 */
/* What all files of a directory say together of drills and runbooks; pure. */

#ifndef COLLECTORS_TEXTFILE_RESULTS_H
#define COLLECTORS_TEXTFILE_RESULTS_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/drill_file.h"
#include "exporter/evidence.h"
#include "exporter/samples.h"

struct textfile_results {
    struct arena *arena; /* Of the names and of the evidence. */
    struct drill_result *drills;
    size_t drill_count;
    size_t drill_capacity;
    struct drill_validation *validations;
    size_t validation_count;
    size_t validation_capacity;
};

void textfile_results_init(struct textfile_results *results, struct arena *arena);
void textfile_results_release(struct textfile_results *results);

/* Adds what a file without problems says; false, and nothing is added, when it is too much. */
bool textfile_results_add(struct textfile_results *results, const struct drill_file *file);

/* Leaves each drill of a service, and each runbook, once: the newest success with what was measured
 * in it, and the newest attempt. Of two at the same instant the worse one counts. */
void textfile_results_merge(struct textfile_results *results);

/* As samples of the metrics of the contract, which begin the collector's table, and evidence. */
void textfile_results_publish(const struct textfile_results *results, struct samples *samples,
                              struct evidence *evidence);

#endif
