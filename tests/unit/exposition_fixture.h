/* SPDX-License-Identifier: Apache-2.0 */
/* A small board for the tests of what is made of it: three sources of a made-up collector, of
 * which one is healthy, one failed after it had succeeded, and one was never collected. */

#ifndef TESTS_UNIT_EXPOSITION_FIXTURE_H
#define TESTS_UNIT_EXPOSITION_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/board.h"
#include "exporter/clock.h"
#include "exporter/self_metrics.h"

static const struct metric fixture_metrics[] = {
    {"dr_fake_bytes", METRIC_GAUGE, "Bytes \"in\" a\\b\nslot.", {"slot"}},
    {"dr_fake_rounds_total", METRIC_COUNTER, "Rounds.", {NULL}},
    {"dr_fake_never", METRIC_GAUGE, "Never measured.", {NULL}},
};

static const struct collector fixture_collector = {
    .name = "fake",
    .summary = "Made up.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .proves_zero_data_loss = true,
    .metrics = fixture_metrics,
    .metric_count = 3,
    .settings_size = 1,
};

const struct collector *const collector_registry[] = {&fixture_collector, NULL};

static const char fixture_config[] =
    "exporter: {observer: us-west-2, interval: 10s}\n"
    "tiers:\n"
    "  - {name: \"0\", severity: critical, rpo: {region: 30s}}\n"
    "  - {name: \"1\", severity: warning, rto: {region: 1h}, rpo: {region: 5m, corruption: 1d},\n"
    "     runbook_max_age: 90d, capacity_min_ratio: 0.5,\n"
    "     drill_max_age: {tabletop: 30d, full: 365d}}\n"
    "services:\n"
    "  - {name: checkout, tier: \"0\", owner: 'the \"pay\" team', datasets: [orders],\n"
    "     runbook_url: 'https://example.com/<b>'}\n"
    "  - {name: reports, tier: \"1\", datasets: [{name: orders, rpo: 1m}, files]}\n"
    "sources:\n"
    "  - {name: orders-west, collector: fake, dataset: orders}\n"
    "  - {name: orders-south, collector: fake, dataset: orders}\n"
    "  - {name: files-west, collector: fake, dataset: files}\n";

static struct snapshot *fixture_snapshot(const struct board_entry *entry, bool succeeded)
{
    struct arena *arena = arena_new();
    struct snapshot *snapshot = arena_alloc(arena, sizeof *snapshot);
    struct samples *samples = samples_new(arena, &fixture_collector);

    snapshot->arena = arena;
    snapshot->collected_at = clock_unix_seconds();
    snapshot->finished_monotonic_ms = clock_monotonic_ms();
    snapshot->duration_seconds = 0.125;
    snapshot->succeeded = succeeded;
    if (succeeded) {
        samples_add_labelled(samples, 0, 1024, (const char *[]){"a\"b"});
        samples_add_labelled(samples, 0, 2.5, (const char *[]){"c"});
        samples_add(samples, 1, 7);
        snapshot->evidence = (struct evidence){.has_recovery_point = true,
                                               .recovery_point = snapshot->collected_at - 3,
                                               .has_lag = true,
                                               .lag_seconds = 2.5,
                                               .zero_data_loss = ANSWER_YES};
    } else {
        (void)error_set(&snapshot->error, ERROR_TIMEOUT, "<no> answer & \"more\" in 5s");
    }
    samples_render(samples, entry->labels, snapshot);
    return snapshot;
}

struct fixture {
    struct board *board;
    struct config *config;
    struct board_entry *entries[3];
    struct exporter_status status;
};

static void fixture_init(struct fixture *fixture)
{
    char *report = NULL;
    struct board_entry **entries = calloc(3, sizeof *entries);

    fixture->config = config_load_text(fixture_config, strlen(fixture_config), "test.yml", &report);
    if (fixture->config == NULL || entries == NULL) {
        (void)fputs(report, stderr);
        abort();
    }
    for (size_t i = 0; i < 3; i++) {
        fixture->entries[i] = board_entry_new(fixture->config->sources[i]);
        entries[i] = fixture->entries[i];
    }
    fixture->board = board_new();
    (void)board_replace(fixture->board, fixture->config, entries);
    board_publish(fixture->board, fixture->entries[0], fixture_snapshot(fixture->entries[0], true));
    board_publish(fixture->board, fixture->entries[1], fixture_snapshot(fixture->entries[1], true));
    board_publish(fixture->board, fixture->entries[1],
                  fixture_snapshot(fixture->entries[1], false));
    board_account(fixture->board, 4, false);
    fixture->status.last_reload_successful = true;
    fixture->status.last_reload_success = 1700000000.5;
}

static void fixture_release(struct fixture *fixture)
{
    board_free(fixture->board);
    for (size_t i = 0; i < 3; i++) {
        board_entry_free(fixture->entries[i]);
    }
}

#endif
