/* SPDX-License-Identifier: Apache-2.0 */
/* A plan whose services have an RTO, and drills of them. */

#ifndef TESTS_UNIT_RTO_FIXTURE_H
#define TESTS_UNIT_RTO_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/cleanup.h"
#include "exporter/verdict.h"

#define NOW 2000000000.0
#define NOW_MS 1000000000
#define DAY 86400.0

static const struct collector fake_collector = {
    .name = "fake",
    .summary = "A collector for tests.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
};

static const struct collector file_collector = {
    .name = "file",
    .summary = "What a directory says of any service.",
    .names_services = true,
    .feeds = FEEDS(CHECK_DRILL) | FEEDS(CHECK_RTO),
};

const struct collector *const collector_registry[] = {&fake_collector, &file_collector, NULL};

/* The alert path: 10 s + 20 s + 45 s, which are three evaluations, + 5 s = 95 s. */
#define PATH                                                                                       \
    "alert_path: {scrape_interval: 10s, evaluation_interval: 20s, for: 45s, group_wait: 5s}"

static const char plan[] =
    "exporter: {interval: 10s, timeout: 5s, " PATH "}\n"
    "tiers:\n"
    "  - {name: top, rto: {region: 10m, zone: 10m, ransomware: 1h}, rpo: {region: 1h, zone: 1h},\n"
    "     dns_ttl: 30s, scale_out_time: 2m}\n"
    "  - {name: low, rpo: 1h}\n"
    "  - {name: vault, rto: {corruption: 1h}, rpo: {corruption: 1h}}\n"
    "services:\n"
    "  - {name: shop, tier: top, datasets: [a, b]}\n"
    "  - {name: fast, tier: top, datasets: [a], dns_ttl: 0s, scale_out_time: 1s}\n"
    "  - {name: bare, tier: low, datasets: [b]}\n"
    "  - {name: front, tier: top, datasets: [a], depends_on: [middle, bare]}\n"
    "  - {name: middle, tier: top, datasets: [a], depends_on: [shop]}\n"
    "  - {name: store, tier: vault, datasets: [b]}\n"
    "sources:\n"
    "  - {name: a1, collector: fake, dataset: a}\n"
    "  - {name: a2, collector: fake, dataset: a, interval: 1m}\n"
    "  - {name: b1, collector: fake, dataset: b, interval: 20s}\n"
    "  - {name: b2, collector: fake, dataset: b, interval: 1s, survives: [corruption]}\n"
    "  - {name: files, collector: file}\n";

enum { B2 = 3, FILES, SOURCE_COUNT, DRILLS_MAX = 8 };

struct fixture {
    struct config *config;
    struct board_entry *entries[SOURCE_COUNT];
    struct board_view view;
    struct snapshot snapshot;
    struct snapshot files; /* Has nothing to say. */
    struct drill_evidence drills[DRILLS_MAX];
    struct arena *arena;
};

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    CLEANUP(free_text) char *report = NULL;

    assert_non_null(f);
    f->arena = arena_new();
    f->config = config_load_text(plan, strlen(plan), "plan.yml", &report);
    if (f->config == NULL) {
        fail_msg("%s", report);
    }
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        f->entries[i] = board_entry_new(f->config->sources[i]);
    }
    f->snapshot = (struct snapshot){.collected_at = NOW,
                                    .finished_monotonic_ms = NOW_MS,
                                    .succeeded = true,
                                    .evidence = {.drills = f->drills}};
    f->entries[0]->snapshot = &f->snapshot;
    f->files =
        (struct snapshot){.collected_at = NOW, .finished_monotonic_ms = NOW_MS, .succeeded = true};
    f->entries[FILES]->snapshot = &f->files;
    f->view = (struct board_view){
        .config = f->config, .entries = f->entries, .entry_count = SOURCE_COUNT};
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;

    f->entries[0]->snapshot = NULL;
    f->entries[FILES]->snapshot = NULL;
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        board_entry_free(f->entries[i]);
    }
    config_free(f->config);
    arena_free(f->arena);
    free(f);
    return 0;
}

/* A successful drill; phases in their order, those of 0 were not measured. */
static inline struct drill_evidence *add_drill(struct fixture *f, const char *service,
                                               enum drill_type type, double recovery,
                                               const double phases[DRILL_PHASE_COUNT])
{
    struct drill_evidence *drill = &f->drills[f->snapshot.evidence.drill_count++];

    *drill = (struct drill_evidence){.service = service,
                                     .type = type,
                                     .last_attempt = {true, NOW - DAY},
                                     .last_result = ANSWER_YES,
                                     .last_success = {true, NOW - DAY},
                                     .recovery_seconds = {true, recovery}};
    for (size_t i = 0; phases != NULL && i < DRILL_PHASE_COUNT; i++) {
        drill->phases[i] = (struct reading){phases[i] > 0, phases[i]};
    }
    return drill;
}

static inline const struct verdict *judge(struct fixture *f, const char *service,
                                          enum disruption disruption)
{
    size_t count;
    struct verdict *verdicts = verdicts_evaluate(f->arena, &f->view, NOW, NOW_MS, &count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(verdicts[i].service->name, service) == 0 &&
            verdicts[i].disruption == disruption) {
            return &verdicts[i];
        }
    }
    fail_msg("no verdict for %s", service);
    return NULL;
}

static inline void assert_reading(const struct reading *reading, double expected)
{
    assert_int_equal(reading->known, expected >= 0);
    if (expected >= 0 && reading->value != expected) {
        fail_msg("%f instead of %f", reading->value, expected);
    }
}

/* -1: not known. */
static inline void assert_components(const struct verdict *verdict,
                                     const double expected[RTO_DATA_GROWTH], double total)
{
    for (enum rto_component i = 0; i < RTO_DATA_GROWTH; i++) {
        assert_reading(&verdict->rto.components[i], expected[i]);
    }
    assert_reading(&verdict->rto.components[RTO_DATA_GROWTH], -1);
    assert_reading(&verdict->rto.total_seconds, total);
}

#endif
