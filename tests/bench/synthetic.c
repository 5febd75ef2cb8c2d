/* SPDX-License-Identifier: Apache-2.0 */
/* A collector that measures nothing: as many samples as wanted, and how late its beats are.
 * Linked in place of collectors/registry.c. */

#include <stdio.h>
#include <time.h>

#include "collectors/postgres.h"
#include "exporter/clock.h"
#include "exporter/collector.h"

struct settings {
    int64_t series;
    int64_t latency_ms;
};

static const struct setting setting_table[] = {
    {"series", SETTING_INTEGER, offsetof(struct settings, series), "1", false, "Samples."},
    {"latency", SETTING_DURATION, offsetof(struct settings, latency_ms), "1ms", false,
     "How long a collection takes."},
};

enum { METRIC_VALUE, METRIC_LATENESS, METRIC_BEATS, METRIC_COUNT };

static const struct metric metric_table[METRIC_COUNT] = {
    [METRIC_VALUE] = {"dr_synthetic_value", METRIC_GAUGE, "A made-up value.", {"item"}},
    [METRIC_LATENESS] = {"dr_synthetic_lateness_seconds",
                         METRIC_GAUGE,
                         "How late the latest beat was, next to the most punctual one.",
                         {NULL}},
    [METRIC_BEATS] = {"dr_synthetic_beats_total", METRIC_COUNTER, "Beats so far.", {NULL}},
};

/* Beats lie on a grid of the interval; which one shows with the second beat. */
struct memory {
    int64_t beats;
    int64_t grid_ms;
    int64_t earliest_ms; /* Most punctual beat, relative to the grid. */
};

static void *open_session(const void *settings, const struct deadline *deadline,
                          struct error *error)
{
    (void)deadline;
    (void)error;
    return (void *)(uintptr_t)settings;
}

static void close_session(void *session)
{
    (void)session;
}

static double lateness_seconds(struct memory *memory, int64_t interval_ms, int64_t now_ms)
{
    int64_t offset_ms;

    if (memory->beats == 1) {
        memory->grid_ms = now_ms;
        memory->earliest_ms = 0;
    }
    /* Between minus and plus half an interval. */
    offset_ms = (now_ms - memory->grid_ms + interval_ms / 2) % interval_ms - interval_ms / 2;
    if (offset_ms < memory->earliest_ms) {
        memory->earliest_ms = offset_ms;
    }
    return (double)(offset_ms - memory->earliest_ms) / 1000;
}

static bool collect(void *session, struct collection *collection, struct error *error)
{
    const struct settings *settings = session;
    struct memory *memory = collection->memory;
    struct timespec latency = {settings->latency_ms / 1000, settings->latency_ms % 1000 * 1000000};
    int64_t now_ms = clock_monotonic_ms();
    double now = clock_unix_seconds();

    (void)error;
    if (memory->beats > 0) {
        samples_add(collection->samples, METRIC_LATENESS,
                    lateness_seconds(memory, collection->interval_ms, now_ms));
    }
    memory->beats++;
    samples_add(collection->samples, METRIC_BEATS, (double)memory->beats);
    for (int64_t i = 0; i < settings->series; i++) {
        char item[32];

        (void)snprintf(item, sizeof item, "item-%06d", (int)i);
        samples_add_labelled(collection->samples, METRIC_VALUE, now + (double)i / 7,
                             (const char *[]){item});
    }
    (void)nanosleep(&latency, NULL);
    collection->evidence->has_recovery_point = true;
    collection->evidence->recovery_point = now;
    return true;
}

static const struct collector synthetic_collector = {
    .name = "synthetic",
    .summary = "Made-up samples for measurements of the exporter itself.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .metrics = metric_table,
    .metric_count = METRIC_COUNT,
    .settings = setting_table,
    .setting_count = sizeof setting_table / sizeof setting_table[0],
    .settings_size = sizeof(struct settings),
    .memory_size = sizeof(struct memory),
    .open = open_session,
    .collect = collect,
    .close = close_session,
};

const struct collector *const collector_registry[] = {&synthetic_collector, &postgres_collector,
                                                      NULL};
