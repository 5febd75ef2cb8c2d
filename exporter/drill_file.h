/* SPDX-License-Identifier: Apache-2.0 */
/* Results of drills as they stand in .prom files: one contract for who writes and who reads them.
 *
 * The same names and labels reach Prometheus whether this exporter or node_exporter reads a file.
 */

#ifndef EXPORTER_DRILL_FILE_H
#define EXPORTER_DRILL_FILE_H

#include "exporter/buffer.h"
#include "exporter/evidence.h"
#include "exporter/metric.h"
#include "exporter/text_format.h"

enum drill_metric {
    DRILL_METRIC_LAST_ATTEMPT,
    DRILL_METRIC_LAST_SUCCESS,
    DRILL_METRIC_LAST_RESULT,
    DRILL_METRIC_RECOVERY,
    DRILL_METRIC_DATA_LOSS,
    DRILL_METRIC_DATA_BYTES,
    DRILL_METRIC_PHASE,
    DRILL_METRIC_RUNBOOK_VALIDATED,
    DRILL_METRIC_COUNT
};

/* How many of them are one number a drill: those before the phases. */
#define DRILL_VALUE_COUNT DRILL_METRIC_PHASE

/* Rows for tables of metrics that begin with these. */
#define DRILL_METRIC_ROWS                                                                          \
    [DRILL_METRIC_LAST_ATTEMPT] = {"dr_drill_last_attempt_timestamp_seconds",                      \
                                   METRIC_GAUGE,                                                   \
                                   "When the last drill of this type was made, whatever its "      \
                                   "result. From drill record or a file of the same form.",        \
                                   {"dr_service", "drill"}},                                       \
    [DRILL_METRIC_LAST_SUCCESS] = {"dr_drill_last_success_timestamp_seconds",                      \
                                   METRIC_GAUGE,                                                   \
                                   "When the last successful drill of this type was made. From "   \
                                   "drill record or a file of the same form.",                     \
                                   {"dr_service", "drill"}},                                       \
    [DRILL_METRIC_LAST_RESULT] = {"dr_drill_last_result",                                          \
                                  METRIC_GAUGE,                                                    \
                                  "1 if the last drill of this type succeeded, else 0. From "      \
                                  "drill record or a file of the same form.",                      \
                                  {"dr_service", "drill"}},                                        \
    [DRILL_METRIC_RECOVERY] = {"dr_drill_recovery_seconds",                                        \
                               METRIC_GAUGE,                                                       \
                               "How long the recovery took in the last successful drill of this "  \
                               "type. From drill record or a file of the same form.",              \
                               {"dr_service", "drill"}},                                           \
    [DRILL_METRIC_DATA_LOSS] = {"dr_drill_data_loss_seconds",                                      \
                                METRIC_GAUGE,                                                      \
                                "How much of the newest data was lost in the last successful "     \
                                "drill of this type. From drill record or a file of the same "     \
                                "form.",                                                           \
                                {"dr_service", "drill"}},                                          \
    [DRILL_METRIC_DATA_BYTES] = {"dr_drill_data_bytes",                                            \
                                 METRIC_GAUGE,                                                     \
                                 "How much data the last successful drill of this type brought "   \
                                 "back. From drill record or a file of the same form.",            \
                                 {"dr_service", "drill"}},                                         \
    [DRILL_METRIC_PHASE] = {"dr_drill_phase_seconds",                                              \
                            METRIC_GAUGE,                                                          \
                            "How long each phase took in the last successful drill of this type. " \
                            "From drill record or a file of the same form.",                       \
                            {"dr_service", "drill", "phase"}},                                     \
    [DRILL_METRIC_RUNBOOK_VALIDATED] = {"dr_runbook_validated_timestamp_seconds",                  \
                                        METRIC_GAUGE,                                              \
                                        "When the runbook was last validated.",                    \
                                        {"dr_service"}}

extern const struct metric drill_metrics[DRILL_METRIC_COUNT];

/* DRILL_METRIC_COUNT when it is none of them. */
enum drill_metric drill_metric_find(const char *name);

/* What is known of one type of drill of one service. Recovery, data loss and phases are those of
 * the last success. */
struct drill_result {
    struct text_place place; /* Of the first line. */
    const char *service;
    enum drill_type type;
    struct reading values[DRILL_VALUE_COUNT]; /* By metric. */
    struct reading phases[DRILL_PHASE_COUNT];
};

struct drill_validation {
    struct text_place place;
    const char *service;
    double validated;
};

struct drill_file {
    struct text_document document; /* Its problems are those of the contract too. */
    struct drill_result *results;  /* Sorted by service and type, each pair once. */
    size_t result_count;
    struct drill_validation *validations; /* Sorted by service, each once. */
    size_t validation_count;
};

/* How far ahead the clock of the host that writes a file may be. */
#define DRILL_CLOCK_SKEW_SECONDS 60.0

/* Reads a whole file. One that has problems proves nothing. */
void drill_file_read(struct arena *arena, const char *text, size_t length, double now,
                     struct drill_file *ret_file);

/* Adds the text of results and validations, with their HELP and TYPE. */
void drill_file_print(struct buffer *out, struct arena *arena, const struct drill_file *file);

/* Has such a drill changed anything, so that it is over only once that was cleaned up? */
bool drill_needs_cleanup(enum drill_type type);

/* `text` with all but letters, digits and `._-` as %XX: fit for a file's name and for a label. */
const char *drill_encode_name(struct arena *arena, const char *text);

#endif
