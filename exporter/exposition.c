/* SPDX-License-Identifier: Apache-2.0 */
/* The page that Prometheus scrapes: the framework's families, then those of the collectors. */

#include "exporter/exposition.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "exporter/clock.h"
#include "exporter/exposition_writer.h"

static void write_build_info(struct exposition *exposition)
{
    exposition_sample(exposition, NO_LABELS, (const char *[]){VERSION}, 1);
}

static void write_observer_info(struct exposition *exposition)
{
    const char *observer = exposition->view->config->observer;

    if (observer[0] != '\0') {
        exposition_sample(exposition, NO_LABELS, (const char *[]){observer}, 1);
    }
}

static void write_reload_successful(struct exposition *exposition)
{
    exposition_sample(exposition, NO_LABELS, NULL, exposition->status->last_reload_successful);
}

static void write_reload_success_time(struct exposition *exposition)
{
    exposition_instant(exposition, NO_LABELS, NULL, exposition->status->last_reload_success);
}

static void write_config_warnings(struct exposition *exposition)
{
    exposition_sample(exposition, NO_LABELS, NULL, (double)exposition->view->config->warning_count);
}

static void write_usage(struct exposition *exposition, double value)
{
    if (!isnan(value)) {
        exposition_sample(exposition, NO_LABELS, NULL, value);
    }
}

static void write_process_cpu(struct exposition *exposition)
{
    write_usage(exposition, exposition->usage.cpu_seconds);
}

static void write_process_resident(struct exposition *exposition)
{
    write_usage(exposition, exposition->usage.resident_bytes);
}

static void write_process_virtual(struct exposition *exposition)
{
    write_usage(exposition, exposition->usage.virtual_bytes);
}

static void write_process_open_fds(struct exposition *exposition)
{
    write_usage(exposition, exposition->usage.open_fds);
}

static void write_process_max_fds(struct exposition *exposition)
{
    write_usage(exposition, exposition->usage.max_fds);
}

static void write_process_threads(struct exposition *exposition)
{
    write_usage(exposition, exposition->usage.threads);
}

static void write_process_start(struct exposition *exposition)
{
    write_usage(exposition, exposition->usage.start_time);
}

static exposition_family_writer *const family_writers[FRAMEWORK_METRIC_COUNT] = {
    [FRAMEWORK_SERVICE_INFO] = plan_write_service_info,
    [FRAMEWORK_DATASET_INFO] = plan_write_dataset_info,
    [FRAMEWORK_SOURCE_INFO] = plan_write_source_info,
    [FRAMEWORK_SERVICE_EVIDENCE_INFO] = plan_write_service_evidence_info,
    [FRAMEWORK_SERVICE_RTO_OBJECTIVE] = plan_write_service_rto_objective,
    [FRAMEWORK_SERVICE_RPO_OBJECTIVE] = plan_write_service_rpo_objective,
    [FRAMEWORK_DATASET_RPO_OBJECTIVE] = plan_write_dataset_rpo_objective,
    [FRAMEWORK_DRILL_MAX_AGE] = plan_write_drill_max_age,
    [FRAMEWORK_RUNBOOK_MAX_AGE] = plan_write_runbook_max_age,
    [FRAMEWORK_RPO_MET_MIN_RATIO] = plan_write_rpo_met_min_ratio,
    [FRAMEWORK_CAPACITY_MIN_RATIO] = plan_write_capacity_min_ratio,
    [FRAMEWORK_DNS_MAX_TTL] = plan_write_dns_max_ttl,
    [FRAMEWORK_RECOVERY_WINDOW_OBJECTIVE] = plan_write_recovery_window_objective,
    [FRAMEWORK_SOURCE_INTERVAL] = plan_write_source_interval,
    [FRAMEWORK_SOURCE_UP] = source_write_up,
    [FRAMEWORK_SOURCE_LAST_SUCCESS] = source_write_last_success,
    [FRAMEWORK_SOURCE_LAST_DURATION] = source_write_last_duration,
    [FRAMEWORK_SOURCE_COLLECTIONS] = source_write_collections,
    [FRAMEWORK_SOURCE_FAILURES] = source_write_failures,
    [FRAMEWORK_SOURCE_SAMPLES_DROPPED] = source_write_samples_dropped,
    [FRAMEWORK_RECOVERY_POINT] = source_write_recovery_point,
    [FRAMEWORK_RECOVERY_POINT_AGE] = source_write_recovery_point_age,
    [FRAMEWORK_ZERO_DATA_LOSS] = source_write_zero_data_loss,
    [FRAMEWORK_RESTORE_TEST] = service_write_restore_test,
    [FRAMEWORK_RESTORE_TEST_DURATION] = service_write_restore_test_duration,
    [FRAMEWORK_RPO_EXPOSURE] = verdict_write_exposure,
    [FRAMEWORK_RPO_WEAKEST] = verdict_write_weakest,
    [FRAMEWORK_RECOVERY_WINDOW_OLDEST] = verdict_write_recovery_window_oldest,
    [FRAMEWORK_RTO_COMPONENT] = verdict_write_rto_component,
    [FRAMEWORK_RTO_ESTIMATE] = verdict_write_rto_estimate,
    [FRAMEWORK_CHECK] = verdict_write_checks,
    [FRAMEWORK_READY] = verdict_write_ready,
    [FRAMEWORK_GATE_OPEN] = verdict_write_gate_open,
    [FRAMEWORK_ACCEPTED_LOSS] = plan_write_accepted_loss,
    [FRAMEWORK_RPO_MET] = verdict_write_rpo_met,
    [FRAMEWORK_RPO_MISSED] = verdict_write_rpo_missed,
    [FRAMEWORK_RPO_UNKNOWN] = verdict_write_rpo_unknown,
    [FRAMEWORK_EXPOSURE_DISTRIBUTION] = verdict_write_distribution,
    [FRAMEWORK_BUILD_INFO] = write_build_info,
    [FRAMEWORK_OBSERVER_INFO] = write_observer_info,
    [FRAMEWORK_RELOAD_SUCCESSFUL] = write_reload_successful,
    [FRAMEWORK_RELOAD_SUCCESS_TIME] = write_reload_success_time,
    [FRAMEWORK_CONFIG_WARNINGS] = write_config_warnings,
    [FRAMEWORK_PROCESS_CPU] = write_process_cpu,
    [FRAMEWORK_PROCESS_RESIDENT] = write_process_resident,
    [FRAMEWORK_PROCESS_VIRTUAL] = write_process_virtual,
    [FRAMEWORK_PROCESS_OPEN_FDS] = write_process_open_fds,
    [FRAMEWORK_PROCESS_MAX_FDS] = write_process_max_fds,
    [FRAMEWORK_PROCESS_THREADS] = write_process_threads,
    [FRAMEWORK_PROCESS_START] = write_process_start,
};

/* The index of the metric in the collector's table; its metric_count when it has none. */
static size_t find_metric(const struct collector *collector, const char *name)
{
    size_t metric = 0;

    while (metric < collector->metric_count && strcmp(collector->metrics[metric].name, name) != 0) {
        metric++;
    }
    return metric;
}

static void write_lines_of(struct exposition *exposition, const struct collector *collector,
                           size_t metric)
{
    for (size_t i = 0; i < exposition->view->entry_count; i++) {
        const struct board_entry *entry = exposition->view->entries[i];

        /* Old values must not look like fresh ones. */
        if (entry->source->collector == collector &&
            entry_is_current(entry, exposition->monotonic_ms)) {
            exposition_lines(exposition, entry->snapshot->lines[metric].text,
                             entry->snapshot->lines[metric].length);
        }
    }
}

/* Several collectors may have the same metric, and a family has to be in one piece: the first
 * collector in the registry writes the lines of all. */
static void write_family(struct exposition *exposition, size_t first, const struct metric *family)
{
    for (size_t i = 0; i < first; i++) {
        if (find_metric(collector_registry[i], family->name) <
            collector_registry[i]->metric_count) {
            return;
        }
    }
    exposition_begin_family(exposition, family);
    for (size_t i = first; collector_registry[i] != NULL; i++) {
        size_t metric = find_metric(collector_registry[i], family->name);

        if (metric < collector_registry[i]->metric_count) {
            write_lines_of(exposition, collector_registry[i], metric);
        }
    }
}

static void write_collector_families(struct exposition *exposition)
{
    for (size_t i = 0; collector_registry[i] != NULL; i++) {
        for (size_t metric = 0; metric < collector_registry[i]->metric_count; metric++) {
            write_family(exposition, i, &collector_registry[i]->metrics[metric]);
        }
    }
}

static void prepare(struct exposition *exposition)
{
    const struct board_view *view = exposition->view;
    const struct config *config = view->config;

    exposition->now = clock_unix_seconds();
    exposition->step = clock_step_seconds();
    exposition->monotonic_ms = clock_monotonic_ms();
    exposition->verdicts =
        verdicts_wish(exposition->arena, view, exposition->now, exposition->monotonic_ms,
                      &(struct verdict_wish){.states_only = true}, &exposition->verdict_count);
    exposition->drills = drill_results_find(
        exposition->arena, view, exposition->now + exposition->step, exposition->monotonic_ms);
    exposition->verdict_labels =
        arena_alloc_array(exposition->arena, exposition->verdict_count, sizeof(struct labels));
    for (size_t i = 0; i < exposition->verdict_count; i++) {
        const struct verdict *verdict = &exposition->verdicts[i];

        exposition->verdict_labels[i] =
            exposition_labels(exposition, &framework_metrics[FRAMEWORK_READY],
                              (const char *[]){verdict->service->name, verdict->service->tier->name,
                                               disruption_name(verdict->disruption)},
                              3);
    }
    exposition->dataset_tiers =
        arena_alloc_array(exposition->arena, view->entry_count, sizeof(const struct tier *));
    for (size_t i = 0; i < config->dataset_count; i++) {
        for (size_t j = 0; j < config->datasets[i].source_count; j++) {
            exposition->dataset_tiers[config->datasets[i].sources[j]] =
                config->datasets[i].strictest;
        }
    }
}

void exposition_render(struct board *board, enum exposition_format format,
                       const struct exporter_status *status, char **ret_text, size_t *ret_length)
{
    /* What the last one needed, so that no growing and copying is done under the lock. */
    static _Atomic size_t expected_bytes = 64L * 1024;
    struct exposition exposition = {.format = format, .arena = arena_new(), .status = status};

    process_usage_read(&exposition.usage);
    buffer_init(&exposition.text, expected_bytes);
    exposition.view = board_lock(board);
    prepare(&exposition);
    for (size_t i = 0; i < FRAMEWORK_METRIC_COUNT; i++) {
        exposition_begin_family(&exposition, &framework_metrics[i]);
        family_writers[i](&exposition);
    }
    write_collector_families(&exposition);
    board_unlock(board);
    if (format == EXPOSITION_OPENMETRICS) {
        buffer_add_text(&exposition.text, "# EOF\n");
    }
    expected_bytes = exposition.text.length + exposition.text.length / 8;
    arena_free(exposition.arena);
    *ret_text = buffer_detach(&exposition.text, ret_length);
}

const char *exposition_content_type(enum exposition_format format)
{
    return format == EXPOSITION_OPENMETRICS
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}
