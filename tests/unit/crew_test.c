/* SPDX-License-Identifier: Apache-2.0 */
/* Workers and reload: sessions, history and counters, with a collector that does as it is told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "exporter/clock.h"
#include "exporter/crew.h"
#include "exporter/log.h"

struct fake_settings {
    const char *mode; /* works, fails, busy (fails in a good session), ahead (of time), far-ahead,
                         hangs (can be woken), stuck */
};

static const struct setting fake_table[] = {
    {"mode", SETTING_TEXT, offsetof(struct fake_settings, mode), "works", false, "What it does."},
};

/* Counted over all sources. */
static atomic_int opened;
static atomic_int closed;
static atomic_int released;
static atomic_bool stuck_released;

/* Outlives sessions; the table stands for what a collector remembers. */
struct fake_memory {
    uint64_t rounds;
    char *table;
};

static void *fake_open(const void *settings, const struct deadline *deadline, struct error *error)
{
    (void)settings;
    (void)deadline;
    (void)error;
    opened++;
    return malloc(1);
}

static bool fake_collect(void *session, struct collection *collection, struct error *error)
{
    const struct fake_settings *settings = collection->settings;
    struct fake_memory *memory = collection->memory;

    (void)session;
    memory->rounds++;
    if (memory->table == NULL) {
        memory->table = strdup("remembered");
    }
    assert_string_equal(memory->table, "remembered");
    assert_int_equal(collection->survives,
                     SURVIVES(DISRUPTION_REGION) | SURVIVES(DISRUPTION_CORRUPTION));
    if (strcmp(settings->mode, "fails") == 0) {
        return error_set(error, ERROR_AUTH, "wrong password");
    }
    collection->evidence->has_recovery_point = true;
    collection->evidence->recovery_point = (double)memory->rounds;
    if (strcmp(settings->mode, "ahead") == 0 || strcmp(settings->mode, "far-ahead") == 0) {
        collection->evidence->recovery_point =
            clock_unix_seconds() + (*settings->mode == 'a' ? 2 : 60);
        return true;
    }
    if (strcmp(settings->mode, "busy") == 0) {
        collection->keep_session = true;
        return error_set(error, ERROR_INCONSISTENT, "not everything is read yet");
    }
    if (strcmp(settings->mode, "hangs") == 0) {
        int silent[2];
        bool answered;

        assert_int_equal(pipe(silent), 0);
        answered = deadline_wait(&collection->deadline, silent[0], 1, error);
        (void)close(silent[0]);
        (void)close(silent[1]);
        return answered;
    }
    while (strcmp(settings->mode, "stuck") == 0 && !stuck_released) {
        (void)usleep(1000);
    }
    return true;
}

static void fake_close(void *session)
{
    closed++;
    free(session);
}

static void fake_release_memory(void *memory)
{
    released++;
    free(((struct fake_memory *)memory)->table);
}

static const struct collector fake_collector = {
    .name = "fake",
    .summary = "A collector for tests.",
    .survives = SURVIVES(DISRUPTION_REGION) | SURVIVES(DISRUPTION_CORRUPTION),
    .settings = fake_table,
    .setting_count = 1,
    .settings_size = sizeof(struct fake_settings),
    .memory_size = sizeof(struct fake_memory),
    .release_memory = fake_release_memory,
    .open = fake_open,
    .collect = fake_collect,
    .close = fake_close,
};

const struct collector *const collector_registry[] = {&fake_collector, NULL};

/* A plan with one source a word of `modes`; a source is named after its place and mode. */
static struct config *make_plan(const char *const *modes, const char *interval)
{
    char text[4096];
    size_t length = 0;
    char *report = NULL;
    struct config *config;

    length += (size_t)snprintf(text, sizeof text,
                               "exporter: {interval: %s, timeout: 300ms}\n"
                               "tiers: [{name: '1', rpo: 1h}]\n"
                               "services: [{name: s, tier: '1', datasets: [d]}]\n"
                               "sources:\n",
                               interval);
    for (size_t i = 0; modes[i] != NULL; i++) {
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "- {name: n%zu-%s, collector: fake, dataset: d, mode: %s}\n", i,
                                   modes[i], modes[i]);
    }
    config = config_load_text(text, length, "plan.yml", &report);
    if (config == NULL) {
        fail_msg("%s", report);
    }
    return config;
}

static void adopt(struct crew *crew, const char *const *modes, const char *interval)
{
    struct error error;

    if (!crew_adopt(crew, make_plan(modes, interval), &error)) {
        fail_msg("%s", error.message);
    }
}

/* A copy of what may be looked at only under the lock. */
static struct board_entry look(struct board *board, size_t i)
{
    struct board_entry entry = *board_lock(board)->entries[i];

    board_unlock(board);
    return entry;
}

static void wait_for_collections(struct board *board, size_t i, uint64_t count)
{
    int64_t until_ms = clock_monotonic_ms() + 10000;

    while (look(board, i).collections < count) {
        assert_true(clock_monotonic_ms() < until_ms);
        (void)usleep(1000);
    }
}

static void test_sessions_are_kept_until_a_failure(void **state)
{
    struct board *board = board_new();
    struct crew *crew = crew_new(board);

    (void)state;
    opened = closed = 0;
    adopt(crew, (const char *const[]){"works", NULL}, "10ms");
    wait_for_collections(board, 0, 5);
    assert_int_equal(opened, 1);
    assert_int_equal(closed, 0);
    assert_true(crew_stop(crew, 1000));
    assert_int_equal(closed, 1);
    crew_free(crew);
    board_free(board);

    board = board_new();
    crew = crew_new(board);
    opened = closed = 0;
    adopt(crew, (const char *const[]){"fails", NULL}, "10ms");
    wait_for_collections(board, 0, 5);
    assert_true(look(board, 0).failures[ERROR_AUTH] >= 5);
    assert_true(look(board, 0).last_success <= 0);
    assert_true(opened >= 5 && opened - closed <= 1);
    assert_true(crew_stop(crew, 1000));
    assert_int_equal(opened, closed);
    crew_free(crew);
    board_free(board);
}

/* A failure of what is measured, not of the conversation. */
static void test_a_failure_may_keep_the_session(void **state)
{
    struct board *board = board_new();
    struct crew *crew = crew_new(board);
    struct board_entry entry;

    (void)state;
    opened = closed = released = 0;
    adopt(crew, (const char *const[]){"busy", NULL}, "10ms");
    wait_for_collections(board, 0, 5);
    entry = look(board, 0);
    assert_int_equal(opened, 1);
    assert_int_equal(closed, 0);
    assert_true(entry.failures[ERROR_INCONSISTENT] >= 5);
    assert_true(entry.last_success <= 0);
    /* What it found is true all the same. */
    assert_true(entry.has_recovery_point && entry.recovery_point >= 5);
    assert_true(crew_stop(crew, 1000));
    assert_int_equal(closed, 1);
    crew_free(crew);
    assert_int_equal(released, 1);
    board_free(board);
}

/* Nobody can bring data back to an instant that is still to come: with a lag of 0 until then the
 * service would be ready whatever happens. */
static void test_a_recovery_point_of_the_future_is_refused(void **state)
{
    struct board *board = board_new();
    struct crew *crew = crew_new(board);
    struct board_entry entry;

    (void)state;
    adopt(crew, (const char *const[]){"ahead", "far-ahead", NULL}, "10ms");
    wait_for_collections(board, 0, 2);
    wait_for_collections(board, 1, 2);
    entry = look(board, 0);
    assert_true(entry.has_recovery_point && entry.last_success > 0);
    entry = look(board, 1);
    assert_false(entry.has_recovery_point);
    assert_true(entry.last_success <= 0);
    assert_true(entry.failures[ERROR_INCONSISTENT] >= 2);
    assert_string_equal(entry.last_error.message,
                        "the recovery point is in the future; compare the clocks");
    assert_true(crew_stop(crew, 1000));
    crew_free(crew);
    board_free(board);
}

/* Once for each source, when it goes, not when a session ends. */
static void test_memory_is_released_once(void **state)
{
    struct board *board = board_new();
    struct crew *crew = crew_new(board);

    (void)state;
    opened = closed = released = 0;
    adopt(crew, (const char *const[]){"works", "fails", NULL}, "10ms");
    wait_for_collections(board, 0, 3);
    wait_for_collections(board, 1, 3);
    assert_int_equal(released, 0);
    /* The first stays, the second goes. */
    adopt(crew, (const char *const[]){"works", NULL}, "10ms");
    wait_for_collections(board, 0, 6);
    assert_true(released <= 1);
    assert_true(crew_stop(crew, 1000));
    crew_free(crew);
    assert_int_equal(released, 2);
    board_free(board);
}

static void test_one_that_hangs_delays_nobody_and_can_be_woken(void **state)
{
    struct board *board = board_new();
    struct crew *crew = crew_new(board);
    int64_t before_ms;

    (void)state;
    adopt(crew, (const char *const[]){"hangs", "works", NULL}, "20ms");
    wait_for_collections(board, 1, 10);
    assert_true(look(board, 0).collections <= 1);
    wait_for_collections(board, 0, 2);
    assert_true(look(board, 0).failures[ERROR_TIMEOUT] >= 2);
    before_ms = clock_monotonic_ms();
    assert_true(crew_stop(crew, 1000));
    assert_true(clock_monotonic_ms() - before_ms < 200);
    crew_free(crew);
    board_free(board);
}

static void test_reload_keeps_what_did_not_change(void **state)
{
    struct board *board = board_new();
    struct crew *crew = crew_new(board);
    struct board_entry before;

    (void)state;
    opened = closed = 0;
    adopt(crew, (const char *const[]){"works", "works", NULL}, "10ms");
    wait_for_collections(board, 0, 5);
    before = look(board, 0);
    adopt(crew, (const char *const[]){"works", "fails", "works", NULL}, "10ms");
    wait_for_collections(board, 0, before.collections + 1);
    assert_true(look(board, 0).labels == before.labels); /* The same entry. */
    assert_true(look(board, 0).recovery_point > before.recovery_point);
    wait_for_collections(board, 2, 1);
    assert_int_equal(look(board, 1).failures[ERROR_INTERNAL], 0);
    adopt(crew, (const char *const[]){"works", NULL}, "10ms");
    wait_for_collections(board, 0, before.collections + 5);
    /* Another interval is another source. */
    adopt(crew, (const char *const[]){"works", NULL}, "11ms");
    assert_true(look(board, 0).collections < before.collections);
    assert_true(crew_stop(crew, 1000));
    assert_int_equal(opened, closed);
    crew_free(crew);
    board_free(board);
}

static void test_one_that_cannot_be_woken_is_left_behind(void **state)
{
    struct board *board = board_new();
    struct crew *crew = crew_new(board);
    int64_t before_ms;

    (void)state;
    stuck_released = false;
    adopt(crew, (const char *const[]){"stuck", NULL}, "10ms");
    before_ms = clock_monotonic_ms();
    assert_false(crew_stop(crew, 100));
    assert_true(clock_monotonic_ms() - before_ms < 1000);
    stuck_released = true;
    assert_true(crew_stop(crew, 5000));
    crew_free(crew);
    board_free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions_are_kept_until_a_failure),
        cmocka_unit_test(test_a_failure_may_keep_the_session),
        cmocka_unit_test(test_a_recovery_point_of_the_future_is_refused),
        cmocka_unit_test(test_memory_is_released_once),
        cmocka_unit_test(test_one_that_hangs_delays_nobody_and_can_be_woken),
        cmocka_unit_test(test_reload_keeps_what_did_not_change),
        cmocka_unit_test(test_one_that_cannot_be_woken_is_left_behind),
    };

    log_configure(LOG_ERROR, LOG_LOGFMT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
