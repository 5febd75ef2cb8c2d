/* SPDX-License-Identifier: Apache-2.0 */
/* What the exposition says of restores, and of a source that has nothing to restore any more. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/board.h"
#include "exporter/clock.h"
#include "exporter/exposition.h"

static const struct collector backup_collector = {
    .name = "backup",
    .summary = "Made up.",
    .survives = SURVIVES(DISRUPTION_REGION) | SURVIVES(DISRUPTION_CORRUPTION),
    .settings_size = 1,
};

const struct collector *const collector_registry[] = {&backup_collector, NULL};

static const char plan[] =
    "tiers:\n"
    "  - {name: '1', rpo: {corruption: 1d, region: 1d}, recovery_window: 7d}\n"
    "  - {name: '2', rpo: 1d}\n"
    "services:\n"
    "  - {name: shop, tier: '1', datasets: [orders]}\n"
    "  - {name: wiki, tier: '2', datasets: [pages]}\n"
    "sources:\n"
    "  - {name: orders-backup, collector: backup, dataset: orders}\n"
    "  - {name: pages-backup, collector: backup, dataset: pages}\n";

struct fixture {
    struct board *board;
    struct board_entry *entries[2];
};

static void set_up(struct fixture *f)
{
    struct board_entry **entries = calloc(2, sizeof *entries);
    char *report = NULL;
    struct config *config = config_load_text(plan, strlen(plan), "plan.yml", &report);

    if (config == NULL || entries == NULL) {
        fail_msg("%s", report);
    }
    for (size_t i = 0; i < 2; i++) {
        f->entries[i] = entries[i] = board_entry_new(config->sources[i]);
    }
    f->board = board_new();
    (void)board_replace(f->board, config, entries);
}

static void tear_down(struct fixture *f)
{
    board_free(f->board);
    for (size_t i = 0; i < 2; i++) {
        board_entry_free(f->entries[i]);
    }
}

static void publish(struct fixture *f, size_t i, bool succeeded, const struct evidence *evidence)
{
    struct arena *arena = arena_new();
    struct snapshot *snapshot = arena_alloc(arena, sizeof *snapshot);

    snapshot->arena = arena;
    snapshot->collected_at = clock_unix_seconds();
    snapshot->finished_monotonic_ms = clock_monotonic_ms();
    snapshot->succeeded = succeeded;
    snapshot->evidence = *evidence;
    if (!succeeded) {
        (void)error_set(&snapshot->error, ERROR_TIMEOUT, "no answer");
    }
    samples_render(samples_new(arena, &backup_collector), f->entries[i]->labels, snapshot);
    board_publish(f->board, f->entries[i], snapshot);
}

static char *render(const struct fixture *f)
{
    struct exporter_status status = {.last_reload_successful = true};
    size_t length;
    char *text;

    exposition_render(f->board, EXPOSITION_TEXT, &status, &text, &length);
    return text;
}

/* Whether this is in the exposition. */
static void assert_shown(const struct fixture *f, const char *part, bool shown)
{
    char *text = render(f);

    if ((strstr(text, part) != NULL) != shown) {
        fail_msg("%s: %s\n%s", shown ? "missing" : "should not be there", part, text);
    }
    free(text);
}

static void test_restores(void **state)
{
    double now = clock_unix_seconds();
    struct drill_evidence drills[] = {
        {.service = "shop",
         .type = DRILL_RESTORE,
         .last_success = {true, 1700000000},
         .recovery_seconds = {true, 1234.5}},
        {.service = "wiki", .type = DRILL_RESTORE, .last_success = {true, 1700000001}},
        {.service = "wiki", .type = DRILL_FULL, .last_success = {true, now}},
    };
    struct evidence evidence = {.has_recovery_point = true,
                                .recovery_point = now,
                                .oldest_restorable = {true, 1690000000},
                                .drills = drills,
                                .drill_count = 3};
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_shown(
        &f, "dr_recovery_window_objective_seconds{dr_service=\"shop\",dr_tier=\"1\"} 604800", true);
    assert_shown(&f, "dr_recovery_window_objective_seconds{dr_service=\"wiki\"", false);
    assert_shown(&f, "dr_recovery_window_oldest_timestamp_seconds", false);
    assert_shown(&f, "dr_backup_last_restore_test", false);
    publish(&f, 0, true, &evidence);
    assert_shown(&f,
                 "dr_backup_last_restore_test_timestamp_seconds{dr_service=\"shop\",dr_tier=\"1\"} "
                 "1700000000\n",
                 true);
    assert_shown(&f,
                 "dr_backup_last_restore_test_duration_seconds{dr_service=\"shop\",dr_tier=\"1\"} "
                 "1234.5\n",
                 true);
    assert_shown(&f,
                 "dr_backup_last_restore_test_timestamp_seconds{dr_service=\"wiki\",dr_tier=\"2\"} "
                 "1700000001\n",
                 true);
    assert_shown(&f, "dr_backup_last_restore_test_duration_seconds{dr_service=\"wiki\"", false);
    assert_shown(&f,
                 "dr_recovery_window_oldest_timestamp_seconds{dr_service=\"shop\",dr_tier=\"1\","
                 "disruption=\"corruption\"} 1690000000\n",
                 true);
    assert_shown(&f,
                 "dr_recovery_window_oldest_timestamp_seconds{dr_service=\"shop\",dr_tier=\"1\","
                 "disruption=\"region\"}",
                 false);
    /* What a source that failed says of drills and its reach does not count. */
    publish(&f, 0, false, &evidence);
    assert_shown(&f, "dr_backup_last_restore_test", false);
    assert_shown(&f, "dr_recovery_window_oldest_timestamp_seconds", false);
    tear_down(&f);
}

static void test_a_recovery_point_is_forgotten_when_nothing_is_left(void **state)
{
    static const char point[] = "dr_recovery_point_timestamp_seconds{source=\"orders-backup\"";
    static const char age[] = "dr_recovery_point_age_seconds{source=\"orders-backup\"";
    static const char exposed[] = "dr_rpo_exposure_seconds{dr_service=\"shop\",dr_tier=\"1\","
                                  "disruption=\"corruption\"} +Inf\n";
    struct evidence full = {.has_recovery_point = true, .recovery_point = clock_unix_seconds()};
    struct evidence empty = {.nothing_to_restore = "no backup"};
    struct fixture f;

    (void)state;
    set_up(&f);
    publish(&f, 0, true, &full);
    assert_shown(&f, point, true);
    /* Nobody knows: what was is kept. */
    publish(&f, 0, false, &empty);
    assert_shown(&f, point, true);
    assert_shown(&f, exposed, false);
    publish(&f, 0, true, &empty);
    assert_shown(&f, point, false);
    assert_shown(&f, age, false);
    assert_shown(&f, exposed, true);
    publish(&f, 0, false, &(struct evidence){0});
    assert_shown(&f, point, false);
    assert_shown(&f, exposed, false);
    publish(&f, 0, true, &full);
    assert_shown(&f, point, true);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restores),
        cmocka_unit_test(test_a_recovery_point_is_forgotten_when_nothing_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
