/* SPDX-License-Identifier: Apache-2.0 */
/* One exposition in the making: what it is about, and how families and samples are written.
 * Private to exporter/exposition*.c. */

#ifndef EXPORTER_EXPOSITION_WRITER_H
#define EXPORTER_EXPOSITION_WRITER_H

#include "exporter/arena.h"
#include "exporter/buffer.h"
#include "exporter/drill_results.h"
#include "exporter/exposition.h"
#include "exporter/framework_metrics.h"
#include "exporter/verdict.h"

/* Ready-made text of the first `count` labels of a metric's row. */
struct labels {
    const char *text;
    size_t count;
};

struct exposition {
    struct buffer text;
    enum exposition_format format;
    struct arena *arena; /* For what is needed only while rendering. */

    const struct board_view *view;
    double now;
    double step; /* clock_step_seconds() */
    int64_t monotonic_ms;
    const struct service_drills *drills; /* Of each service. */
    const struct verdict *verdicts;
    size_t verdict_count;
    struct labels *verdict_labels;     /* Of each verdict. */
    const struct tier **dataset_tiers; /* Of each entry's dataset; NULL: it has none. */
    const struct exporter_status *status;
    struct process_usage usage;

    /* The family that is being written. Its header comes with its first sample, so that no family
     * is there without one. */
    const struct metric *metric;
    bool header_written;
};

#define NO_LABELS ((struct labels){"", 0})

void exposition_begin_family(struct exposition *exposition, const struct metric *metric);

/* One sample of the current family: `labels`, then the values of the rest of the row's labels,
 * which `values` has in order (NULL if there are none). */
void exposition_sample(struct exposition *exposition, struct labels labels,
                       const char *const *values, double value);

/* Instants and durations, in microseconds' resolution: more digits would only be noise. */
void exposition_seconds(struct exposition *exposition, struct labels labels,
                        const char *const *values, double seconds);

/* An instant of our own clock, as others understand it. */
void exposition_instant(struct exposition *exposition, struct labels labels,
                        const char *const *values, double instant);

/* Ready-made lines of the current family. */
void exposition_lines(struct exposition *exposition, const char *lines, size_t length);

void exposition_histogram(struct exposition *exposition, struct labels labels,
                          const struct account *account);

/* The label texts of a metric's first labels, for use with many metrics. */
struct labels exposition_labels(struct exposition *exposition, const struct metric *metric,
                                const char *const *values, size_t count);

/* Writes the samples of one of the framework's families, or none. */
typedef void exposition_family_writer(struct exposition *exposition);

exposition_family_writer plan_write_service_info;
exposition_family_writer plan_write_dataset_info;
exposition_family_writer plan_write_source_info;
exposition_family_writer plan_write_service_evidence_info;
exposition_family_writer plan_write_service_rto_objective;
exposition_family_writer plan_write_service_rpo_objective;
exposition_family_writer plan_write_dataset_rpo_objective;
exposition_family_writer plan_write_drill_max_age;
exposition_family_writer plan_write_runbook_max_age;
exposition_family_writer plan_write_rpo_met_min_ratio;
exposition_family_writer plan_write_capacity_min_ratio;
exposition_family_writer plan_write_dns_max_ttl;
exposition_family_writer plan_write_recovery_window_objective;
exposition_family_writer plan_write_source_interval;
exposition_family_writer plan_write_accepted_loss;
exposition_family_writer verdict_write_gate_open;

exposition_family_writer source_write_up;
exposition_family_writer source_write_last_success;
exposition_family_writer source_write_last_duration;
exposition_family_writer source_write_collections;
exposition_family_writer source_write_failures;
exposition_family_writer source_write_samples_dropped;
exposition_family_writer source_write_recovery_point;
exposition_family_writer source_write_recovery_point_age;
exposition_family_writer source_write_zero_data_loss;
exposition_family_writer service_write_restore_test;
exposition_family_writer service_write_restore_test_duration;

exposition_family_writer verdict_write_exposure;
exposition_family_writer verdict_write_weakest;
exposition_family_writer verdict_write_recovery_window_oldest;
exposition_family_writer verdict_write_rto_component;
exposition_family_writer verdict_write_rto_estimate;
exposition_family_writer verdict_write_checks;
exposition_family_writer verdict_write_ready;
exposition_family_writer verdict_write_rpo_met;
exposition_family_writer verdict_write_rpo_missed;
exposition_family_writer verdict_write_rpo_unknown;
exposition_family_writer verdict_write_distribution;

#endif
