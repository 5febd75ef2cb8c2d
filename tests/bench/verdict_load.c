/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a large plan many times and prints as JSON how long that took, the median: 500 services,
 * each for four disruptions and on top of another one, 2,000 sources with every kind of evidence.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exporter/buffer.h"
#include "exporter/clock.h"
#include "exporter/gate.h"

enum { SERVICES = 500, SOURCES_OF_EACH = 4, SOURCES = SERVICES * SOURCES_OF_EACH, ROUNDS = 200 };
enum { REPLICA, BACKUP, SITE, DRILLS };

#define DAY 86400.0

static const struct collector fake_collector = {
    .name = "fake",
    .summary = "A collector of a benchmark.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .feeds = FEEDS(CHECK_ENDPOINT) | FEEDS(CHECK_CAPACITY),
};

static const struct collector drill_collector = {
    .name = "drills",
    .summary = "Another one, of drills.",
    .names_services = true,
    .feeds = FEEDS(CHECK_DRILL) | FEEDS(CHECK_RTO),
};

const struct collector *const collector_registry[] = {&fake_collector, &drill_collector, NULL};

/* Five services depend on each other in a row. */
static struct config *make_plan(void)
{
    struct buffer text;
    char *report = NULL;
    struct config *config;
    size_t length;
    char *plan;

    buffer_init(&text, 65536);
    buffer_add_text(&text, "tiers: [{name: '0', rto: {zone: 1h, region: 1h, corruption: 1h, "
                           "ransomware: 1h}, rpo: {zone: 1m, region: 1m, corruption: 1h, "
                           "ransomware: 1h}, drill_max_age: {full: 365d, restore: 90d}, "
                           "runbook_max_age: 90d, recovery_window: 7d, capacity_min_ratio: 1.0, "
                           "dns_ttl: 30s}]\nservices:\n");
    for (int i = 0; i < SERVICES; i++) {
        buffer_printf(&text,
                      "- {name: service-%03d, tier: '0', datasets: [data-%d], "
                      "evidence: [site-%d]",
                      i, i, i);
        if (i % 5 > 0) {
            buffer_printf(&text, ", depends_on: [service-%03d]", i - 1);
        }
        buffer_add_text(&text, "}\n");
    }
    buffer_add_text(&text, "sources:\n");
    for (int i = 0; i < SERVICES; i++) {
        buffer_printf(&text,
                      "- {name: replica-%d, collector: fake, dataset: data-%d}\n"
                      "- {name: backup-%d, collector: fake, dataset: data-%d, "
                      "survives: [region, corruption, ransomware]}\n"
                      "- {name: site-%d, collector: fake}\n"
                      "- {name: drills-%d, collector: drills}\n",
                      i, i, i, i, i, i);
    }
    plan = buffer_detach(&text, &length);
    config = config_load_text(plan, length, "plan", &report);
    free(plan);
    if (config == NULL) {
        (void)fputs(report, stderr);
        exit(EXIT_FAILURE);
    }
    return config;
}

static void add_drills(struct arena *arena, struct evidence *evidence, const char *service,
                       double now)
{
    static const enum drill_type types[] = {DRILL_FULL, DRILL_PARTIAL, DRILL_RESTORE};
    struct drill_evidence *drills = arena_alloc_array(arena, 3, sizeof *drills);
    struct runbook_evidence *runbook = arena_alloc(arena, sizeof *runbook);

    for (size_t i = 0; i < 3; i++) {
        drills[i] = (struct drill_evidence){.service = service,
                                            .type = types[i],
                                            .last_attempt = {true, now - DAY},
                                            .last_result = ANSWER_YES,
                                            .last_success = {true, now - DAY},
                                            .recovery_seconds = {true, 300}};
        for (size_t phase = 0; phase < DRILL_PHASE_COUNT; phase++) {
            drills[i].phases[phase] = (struct reading){true, 60};
        }
    }
    *runbook = (struct runbook_evidence){.service = service, .validated = {true, now - DAY}};
    evidence->drills = drills;
    evidence->drill_count = 3;
    evidence->runbooks = runbook;
    evidence->runbook_count = 1;
}

static struct board_entry *make_entry(struct arena *arena, const struct config *config, size_t i,
                                      double now)
{
    struct board_entry *entry = board_entry_new(config->sources[i]);
    struct snapshot *snapshot = arena_alloc(arena, sizeof *snapshot);
    struct evidence *evidence = &snapshot->evidence;

    *snapshot = (struct snapshot){
        .collected_at = now, .finished_monotonic_ms = clock_monotonic_ms(), .succeeded = true};
    switch (i % SOURCES_OF_EACH) {
    case REPLICA:
    case BACKUP:
        *evidence = (struct evidence){.has_recovery_point = true,
                                      .recovery_point = now - 2,
                                      .has_lag = true,
                                      .lag_seconds = 2,
                                      .oldest_restorable = {true, now - 30 * DAY}};
        entry->has_recovery_point = true;
        entry->recovery_point = now - 2;
        break;
    case SITE:
        evidence->capacity.ratio = (struct reading){true, 1.5};
        evidence->capacity.required_at = (struct reading){true, now};
        evidence->endpoint.known = true;
        break;
    default:
        add_drills(arena, evidence, config->services[i / SOURCES_OF_EACH].name, now);
        break;
    }
    entry->snapshot = snapshot;
    return entry;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

static double now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int main(void)
{
    static struct board_entry *entries[SOURCES];
    static double verdict_ms[ROUNDS];
    static double gate_ms[ROUNDS];
    static double explained_ms[ROUNDS];
    struct arena *kept = arena_new();
    struct config *config = make_plan();
    struct board_view view = {.config = config, .entries = entries, .entry_count = SOURCES};
    double now = clock_unix_seconds();
    size_t count = 0;
    size_t passed = 0;

    for (size_t i = 0; i < SOURCES; i++) {
        entries[i] = make_entry(kept, config, i, now);
    }
    for (size_t i = 0; i < ROUNDS; i++) {
        struct arena *arena = arena_new();
        double start = now_ms();
        struct verdict *verdicts =
            verdicts_wish(arena, &view, now, clock_monotonic_ms(),
                          &(struct verdict_wish){.states_only = true}, &count);

        verdict_ms[i] = now_ms() - start;
        start = now_ms();
        passed = 0;
        for (size_t j = 0; j < count; j++) {
            passed += gate_evaluate(arena, config, verdicts, count, j, now).open ? 1 : 0;
            passed += verdicts[j].state == CHECK_PASS ? 1 : 0;
        }
        gate_ms[i] = now_ms() - start;
        start = now_ms();
        (void)verdicts_evaluate(arena, &view, now, clock_monotonic_ms(), &count);
        explained_ms[i] = now_ms() - start;
        arena_free(arena);
    }
    qsort(verdict_ms, ROUNDS, sizeof verdict_ms[0], compare);
    qsort(gate_ms, ROUNDS, sizeof gate_ms[0], compare);
    qsort(explained_ms, ROUNDS, sizeof explained_ms[0], compare);
    if (count != 4 * (size_t)SERVICES || passed != 2 * count) {
        (void)fprintf(stderr, "%zu verdicts, %zu of them ready and their gates open\n", count,
                      passed);
        return EXIT_FAILURE;
    }
    (void)printf("{\"states_ms\": %.3f, \"gates_ms\": %.3f, \"explained_ms\": %.3f}\n",
                 verdict_ms[ROUNDS / 2], gate_ms[ROUNDS / 2], explained_ms[ROUNDS / 2]);
    for (size_t i = 0; i < SOURCES; i++) {
        entries[i]->snapshot = NULL;
        board_entry_free(entries[i]);
    }
    config_free(config);
    arena_free(kept);
    return EXIT_SUCCESS;
}
