/* SPDX-License-Identifier: Apache-2.0 */
/* The command `drill record`: put the result of a drill where Prometheus finds it. */

#ifndef EXPORTER_DRILL_RECORD_H
#define EXPORTER_DRILL_RECORD_H

#include "exporter/drill_file.h"
#include "exporter/error.h"

/* One drill. What was measured counts only if it succeeded. */
struct drill_record {
    const char *directory;
    const char *service;
    enum drill_type type;
    bool succeeded;
    struct reading at; /* Unix seconds; unknown: now. */
    struct reading recovery_seconds;
    struct reading data_loss_seconds;
    struct reading data_bytes; /* That were brought back. */
    struct reading phases[DRILL_PHASE_COUNT];
    bool runbook_validated;
};

/* The exit status. */
int drill_record(const struct drill_record *record);

/* Puts a drill that was made at `at` into what a file has; false, with nothing changed, if the
 * file has a newer one. A failure at the instant of the recorded success takes that back. */
bool drill_merge(struct arena *arena, struct drill_file *file, const struct drill_record *record,
                 double at, struct error *error);

#endif
