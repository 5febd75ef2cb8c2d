/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of what several .prom files say together. */

#include "tests/unit/drill_fixture.h"

#include <stdlib.h>

#include "collectors/textfile.h"
#include "collectors/textfile_results.h"
#include "exporter/bounds.h"
#include "exporter/snapshot.h"

struct fixture {
    struct arena *arena;
    struct textfile_results results;
    struct evidence evidence;
    struct snapshot snapshot;
};

static void set_up(struct fixture *f)
{
    *f = (struct fixture){.arena = arena_new()};
    textfile_results_init(&f->results, f->arena);
}

static void tear_down(struct fixture *f)
{
    textfile_results_release(&f->results);
    free(f->snapshot.text);
    arena_free(f->arena);
}

static void add(struct fixture *f, const char *text)
{
    struct drill_file file = read_good(f->arena, text);

    assert_true(textfile_results_add(&f->results, &file));
}

static void publish(struct fixture *f)
{
    struct samples *samples = samples_new(f->arena, &textfile_collector);

    textfile_results_merge(&f->results);
    textfile_results_publish(&f->results, samples, &f->evidence);
    samples_render(samples, "source=\"s\"", &f->snapshot);
}

static void assert_line(const struct fixture *f, const char *line)
{
    const char *found = strstr(f->snapshot.text, line);

    if (found == NULL || strstr(found + 1, line) != NULL) {
        fail_msg("not once %s in\n%s", line, f->snapshot.text);
    }
}

#define AT(metric, value) "dr_drill_" metric FULL " " value "\n"
#define SHOWN(metric, value)                                                                       \
    "dr_drill_" metric "{source=\"s\",dr_service=\"shop\",drill=\"full\"} " value "\n"

static void newest_success_wins(void **state)
{
    static const char *const texts[] = {
        AT("last_attempt_timestamp_seconds", "500") AT("last_success_timestamp_seconds", "500")
            AT("last_result", "1") AT("recovery_seconds", "50") PHASE("cleanup") " 5\n",
        AT("last_attempt_timestamp_seconds", "700") AT("last_success_timestamp_seconds", "600")
            AT("last_result", "0") AT("recovery_seconds", "60") PHASE("cleanup") " 6\n",
        AT("last_attempt_timestamp_seconds", "650") AT("last_success_timestamp_seconds", "650")
            AT("last_result", "1") AT("data_loss_seconds", "1") PHASE("cleanup") " 7\n",
    };

    (void)state;
    /* In whatever order the files come. */
    for (size_t first = 0; first < 3; first++) {
        struct fixture f;

        set_up(&f);
        for (size_t i = 0; i < 3; i++) {
            add(&f, texts[(first + i) % 3]);
        }
        publish(&f);
        assert_int_equal(f.evidence.drill_count, 1);
        assert_true(f.evidence.drills[0].last_attempt.value == 700);
        assert_true(f.evidence.drills[0].last_success.value == 650);
        assert_false(f.evidence.drills[0].recovery_seconds.known);
        assert_true(f.evidence.drills[0].data_loss_seconds.value == 1);
        assert_line(&f, SHOWN("last_attempt_timestamp_seconds", "700"));
        assert_line(&f, SHOWN("last_success_timestamp_seconds", "650"));
        assert_line(&f, SHOWN("last_result", "0"));
        assert_line(&f, "phase=\"cleanup\"} 7\n");
        assert_null(strstr(f.snapshot.text, "recovery_seconds"));
        tear_down(&f);
    }
}

static void worse_of_two_wins(void **state)
{
    static const char *const texts[] = {
        AT("last_attempt_timestamp_seconds", "500") AT("last_success_timestamp_seconds", "400")
            AT("last_result", "0") AT("recovery_seconds", "60") PHASE("cleanup") " 6\n",
        AT("last_attempt_timestamp_seconds", "500") AT("last_success_timestamp_seconds", "400")
            AT("last_result", "1") AT("recovery_seconds", "50") PHASE("cleanup") " 5\n",
    };

    (void)state;
    for (size_t first = 0; first < 2; first++) {
        struct fixture f;

        set_up(&f);
        add(&f, texts[first]);
        add(&f, texts[1 - first]);
        publish(&f);
        assert_line(&f, SHOWN("last_result", "0"));
        assert_true(f.evidence.drills[0].recovery_seconds.value == 60);
        tear_down(&f);
    }
}

static void keeps_services_apart(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    add(&f, SUCCESS "dr_runbook_validated_timestamp_seconds{dr_service=\"shop\"} 5\n");
    add(&f, "dr_drill_last_result{dr_service=\"shop\",drill=\"partial\"} 0\n"
            "dr_drill_last_result{dr_service=\"auth\",drill=\"full\"} 0\n"
            "dr_runbook_validated_timestamp_seconds{dr_service=\"auth\"} 7\n"
            "dr_runbook_validated_timestamp_seconds{dr_service=\"shop\"} 6\n"
            "node_load1 0.5\n");
    publish(&f);
    assert_int_equal(f.evidence.drill_count, 3);
    assert_string_equal(f.evidence.drills[0].service, "auth");
    assert_int_equal(f.evidence.drills[1].type, DRILL_PARTIAL);
    assert_int_equal(f.evidence.drills[2].type, DRILL_FULL);
    assert_false(f.evidence.drills[1].last_success.known);
    assert_int_equal(f.evidence.runbook_count, 2);
    assert_string_equal(f.evidence.runbooks[1].service, "shop");
    assert_true(f.evidence.runbooks[1].validated.value == 6);
    assert_line(&f, "dr_runbook_validated_timestamp_seconds{source=\"s\",dr_service=\"shop\"} 6\n");
    assert_null(strstr(f.snapshot.text, "node_load1"));
    tear_down(&f);
}

static void says_nothing_of_nothing(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    add(&f, "node_load1 0.5\n");
    publish(&f);
    assert_int_equal(f.evidence.drill_count, 0);
    assert_int_equal(f.evidence.runbook_count, 0);
    assert_int_equal(f.snapshot.sample_count, 0);
    tear_down(&f);
}

static void is_bounded(void **state)
{
    struct drill_result *many = calloc(TEXTFILE_RESULTS_MAX + 1, sizeof *many);
    struct drill_file file = {.results = many, .result_count = TEXTFILE_RESULTS_MAX + 1};
    struct fixture f;

    (void)state;
    assert_non_null(many);
    set_up(&f);
    assert_false(textfile_results_add(&f.results, &file));
    assert_int_equal(f.results.drill_count, 0);
    free(many);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newest_success_wins),  cmocka_unit_test(worse_of_two_wins),
        cmocka_unit_test(keeps_services_apart), cmocka_unit_test(says_nothing_of_nothing),
        cmocka_unit_test(is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
