/* SPDX-License-Identifier: Apache-2.0 */
/* A plan of every kind of service, and sources that prove what a test wants them to. */

#ifndef TESTS_UNIT_VERDICT_FIXTURE_H
#define TESTS_UNIT_VERDICT_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/clock.h"
#include "exporter/verdict.h"

#define NOW 1000000.0
#define NOW_MS 1000000000

static const struct collector fake_collector = {
    .name = "fake",
    .summary = "A collector for tests.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .proves_zero_data_loss = true,
    .feeds = FEEDS(CHECK_ENDPOINT) | FEEDS(CHECK_CAPACITY),
};

const struct collector *const collector_registry[] = {&fake_collector, NULL};

static const char plan[] =
    "exporter: {interval: 1s, timeout: 1s}\n"
    "tiers:\n"
    "  - {name: '0', rpo: 0s}\n"
    "  - {name: '1', rpo: {region: 10s, corruption: 1h}}\n"
    "  - {name: '2', rpo: 10s}\n"
    "  - {name: '3', rto: 5m, rpo: 10s, drill_max_age: {full: 365d}, runbook_max_age: 90d,"
    " capacity_min_ratio: 1.0, dns_max_ttl: 60s}\n"
    "  - {name: '4', rto: {corruption: 2h}, rpo: {corruption: 1h, region: 1h},"
    " recovery_window: 7d, drill_max_age: {restore: 90d}}\n"
    "  - {name: '5', rto: 5m}\n"
    "services:\n"
    "  - {name: zero, tier: '0', datasets: [a]}\n"
    "  - {name: one, tier: '1', datasets: [a]}\n"
    "  - {name: two, tier: '2', datasets: [a]}\n"
    "  - {name: both, tier: '2', datasets: [a, {name: b, rpo: 1m}]}\n"
    "  - {name: paths, tier: '2', datasets: [c]}\n"
    "  - {name: strict, tier: '3', datasets: [a]}\n"
    "  - {name: dependent, tier: '2', datasets: [c], depends_on: [two]}\n"
    "  - {name: listing, tier: '2', datasets: [a], evidence: [b1]}\n"
    "  - {name: listing3, tier: '3', datasets: [a], evidence: [b1]}\n"
    "  - {name: vault, tier: '4', datasets: [d]}\n"
    "  - {name: vaults, tier: '4', datasets: [d, {name: e, rpo: 2h}]}\n"
    "  - {name: untested, tier: '1', datasets: [d]}\n"
    "  - {name: drilled, tier: '5', evidence: [b1]}\n"
    "sources:\n"
    "  - {name: a1, collector: fake, dataset: a}\n"
    "  - {name: b1, collector: fake, dataset: b}\n"
    "  - {name: c1, collector: fake, dataset: c}\n"
    "  - {name: c2, collector: fake, dataset: c}\n"
    "  - {name: d1, collector: fake, dataset: d, survives: [region, corruption]}\n"
    "  - {name: d2, collector: fake, dataset: d, survives: [region, corruption]}\n"
    "  - {name: e1, collector: fake, dataset: e, survives: [region, corruption]}\n";

/* Their places. */
enum { A1, B1, C1, C2, D1, D2, E1, SOURCE_COUNT };

struct fixture {
    struct config *config;
    struct board_entry *entries[SOURCE_COUNT];
    struct board_view view;
    struct snapshot snapshots[SOURCE_COUNT];
    struct arena *arena;
    struct verdict *verdicts;
    size_t count;
};

static inline void set_up(struct fixture *f)
{
    char *report = NULL;

    *f = (struct fixture){.arena = arena_new()};
    f->config = config_load_text(plan, strlen(plan), "plan.yml", &report);
    if (f->config == NULL) {
        fail_msg("%s", report);
    }
    assert_int_equal(f->config->source_count, SOURCE_COUNT);
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        f->entries[i] = board_entry_new(f->config->sources[i]);
    }
    f->view = (struct board_view){
        .config = f->config, .entries = f->entries, .entry_count = SOURCE_COUNT};
}

static inline void tear_down(struct fixture *f)
{
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        f->entries[i]->snapshot = NULL; /* They are the fixture's. */
        board_entry_free(f->entries[i]);
    }
    config_free(f->config);
    arena_free(f->arena);
}

/* Source `i` was collected with success just now and is so far behind. */
static inline struct snapshot *collect(struct fixture *f, size_t i, double lag)
{
    struct snapshot *snapshot = &f->snapshots[i];

    *snapshot = (struct snapshot){
        .collected_at = NOW,
        .finished_monotonic_ms = NOW_MS,
        .succeeded = true,
        .evidence = {.has_recovery_point = true,
                     .recovery_point = NOW - lag,
                     .has_lag = true,
                     .lag_seconds = lag},
    };
    f->entries[i]->snapshot = snapshot;
    f->entries[i]->has_recovery_point = true;
    f->entries[i]->recovery_point = NOW - lag;
    return snapshot;
}

/* Source `i` answers, and has no copy; as board_publish() does, its recovery point is forgotten. */
static inline struct snapshot *empty_source(struct fixture *f, size_t i, const char *why)
{
    struct snapshot *snapshot = collect(f, i, 0);

    snapshot->evidence = (struct evidence){.nothing_to_restore = why};
    f->entries[i]->has_recovery_point = false;
    return snapshot;
}

static inline void break_source(struct fixture *f, size_t i)
{
    f->snapshots[i] = (struct snapshot){.collected_at = NOW, .finished_monotonic_ms = NOW_MS};
    (void)error_set(&f->snapshots[i].error, ERROR_CONNECT, "connection refused");
    f->entries[i]->snapshot = &f->snapshots[i];
}

static inline const struct verdict *find_verdict(const struct fixture *f, const char *service,
                                                 enum disruption disruption)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->verdicts[i].service->name, service) == 0 &&
            f->verdicts[i].disruption == disruption) {
            return &f->verdicts[i];
        }
    }
    fail_msg("no verdict for %s", service);
    return NULL;
}

static inline const struct verdict *judge_at(struct fixture *f, const char *service,
                                             enum disruption disruption, double later)
{
    f->verdicts = verdicts_evaluate(f->arena, &f->view, NOW + later,
                                    NOW_MS + (int64_t)(later * 1000), &f->count);
    return find_verdict(f, service, disruption);
}

static inline const struct verdict *judge(struct fixture *f, const char *service)
{
    return judge_at(f, service, DISRUPTION_REGION, 0);
}

static inline void assert_reason(const struct verdict *verdict, enum check_kind kind,
                                 const char *part)
{
    if (strstr(verdict->checks[kind].reason, part) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", verdict->checks[kind].reason, part);
    }
}

#endif
