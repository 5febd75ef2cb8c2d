/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the files of drills: what is read, refused, merged and missed. */

#include "tests/unit/drill_fixture.h"

#include "exporter/drill_check.h"
#include "exporter/drill_record.h"

static void reads_results(void **state)
{
    struct arena *arena = arena_new();
    struct drill_file file =
        read_good(arena, "dr_drill_last_result{dr_service=\"a\",drill=\"tabletop\"} 0\n"
                         "other{dr_service=\"a\"} 7\n" SUCCESS
                         "dr_runbook_validated_timestamp_seconds{dr_service=\"shop\"} 1.6e9\n");
    const struct drill_result *shop = &file.results[1];

    (void)state;
    assert_int_equal(file.result_count, 2);
    assert_string_equal(file.results[0].service, "a");
    assert_int_equal(file.results[0].type, DRILL_TABLETOP);
    assert_false(file.results[0].values[DRILL_METRIC_LAST_ATTEMPT].known);
    assert_string_equal(shop->service, "shop");
    assert_int_equal(shop->type, DRILL_FULL);
    assert_int_equal(shop->place.line, 3);
    assert_true(shop->values[DRILL_METRIC_LAST_SUCCESS].value == 1700000000);
    assert_true(shop->values[DRILL_METRIC_RECOVERY].value == 450);
    assert_true(shop->phases[DRILL_PHASE_CLEANUP].value == 30);
    assert_false(shop->phases[DRILL_PHASE_DETECT].known);
    assert_int_equal(file.validation_count, 1);
    assert_true(file.validations[0].validated == 1600000000);
    arena_free(arena);
}

static void refuses_what_proves_nothing(void **state)
{
    static const struct {
        const char *text;
        size_t line;
        const char *message;
    } table[] = {
        {"up 1 5\n", 1, "must not have a timestamp"},
        {"dr_drill_last_attempt_timestamp_seconds" FULL " 1800000061\n", 1, "1m 1s in the future"},
        {"dr_drill_last_attempt_timestamp_seconds" FULL " 1700000000000\n", 1, "milliseconds"},
        {"dr_drill_last_attempt_timestamp_seconds" FULL " 0\n", 1, "no instant"},
        {"dr_drill_last_attempt_timestamp_seconds" FULL " NaN\n", 1, "no instant"},
        {"dr_drill_last_attempt_timestamp_seconds" FULL " -1\n", 1, "no instant"},
        {"dr_runbook_validated_timestamp_seconds{dr_service=\"a\"} 1.9e9\n", 1, "in the future"},
        {"dr_drill_last_result" FULL " 2\n", 1, "must be 1 or 0"},
        {"dr_drill_recovery_seconds" FULL " -1\n", 1, "no duration"},
        {"dr_drill_data_loss_seconds" FULL " NaN\n", 1, "no duration"},
        {"dr_drill_recovery_seconds" FULL " +Inf\n", 1, "no duration"},
        {PHASE("coffee") " 1\n", 1, "unknown phase \"coffee\""},
        {"dr_drill_last_result{dr_service=\"a\",drill=\"fire\"} 1\n", 1, "unknown drill \"fire\""},
        {"dr_drill_last_result{drill=\"full\"} 1\n", 1, "exactly the labels dr_service, drill"},
        {"dr_drill_last_result{dr_service=\"\",drill=\"full\"} 1\n", 1, "exactly the labels"},
        {"dr_drill_last_result{dr_service=\"a\",drill=\"full\",x=\"\"} 1\n", 1, "exactly"},
        {"dr_drill_last_result 1\n", 1, "exactly the labels dr_service, drill"},
        {"dr_runbook_validated_timestamp_seconds 1\n", 1, "exactly the labels dr_service"},
        {"# TYPE dr_drill_last_result counter\ndr_drill_last_result" FULL " 1\n"
         "dr_drill_last_result{dr_service=\"a\",drill=\"full\"} 1\n",
         1, "wrong type"},
        {"dr_drill_last_success_timestamp_seconds" FULL " 1700000000\n", 1, "no phase cleanup"},
        {PHASE("cleanup") " 1\ndr_drill_last_success_timestamp_seconds" FULL " 1700000000\n"
                          "dr_drill_last_attempt_timestamp_seconds" FULL " 1600000000\n",
         1, "after its last attempt"},
        {PHASE("cleanup") " 1\ndr_drill_last_success_timestamp_seconds" FULL " 1700000000\n"
                          "dr_drill_last_attempt_timestamp_seconds" FULL " 1700000000\n"
                          "dr_drill_last_result" FULL " 0\n",
         1, "its result is 0"},
        {SUCCESS "dr_drill_last_result" FULL " 1\n", 7, "stands already in line 3"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct drill_file file = read_drills(arena, table[i].text);

        assert_problem(&file, table[i].line, table[i].message);
    }
    /* Clocks differ a little, and a tabletop changes nothing that had to be cleaned up. */
    (void)read_good(arena, "dr_drill_last_attempt_timestamp_seconds" FULL " 1800000059\n");
    (void)read_good(arena, "dr_drill_last_success_timestamp_seconds{dr_service=\"a\","
                           "drill=\"tabletop\"} 1700000000\n");
    arena_free(arena);
}

static void prints_what_it_reads(void **state)
{
    struct arena *arena = arena_new();
    struct drill_file file = read_good(
        arena, SUCCESS "dr_runbook_validated_timestamp_seconds{dr_service=\"a\\\"b\\\\\"} 1.5\n");
    struct drill_file again;
    struct buffer text;

    (void)state;
    buffer_init(&text, 0);
    drill_file_print(&text, arena, &file);
    drill_file_read(arena, text.text, text.length, NOW, &again);
    assert_int_equal(again.document.problems.count, 0);
    assert_int_equal(again.document.sample_count, file.document.sample_count);
    assert_memory_equal(again.results[0].values, file.results[0].values,
                        sizeof file.results[0].values);
    assert_string_equal(again.validations[0].service, "a\"b\\");
    assert_int_equal(again.document.samples[0].type, TEXT_GAUGE);
    buffer_release(&text);
    arena_free(arena);
}

static struct drill_record drill(enum drill_type type, bool succeeded, double recovery)
{
    return (struct drill_record){.service = "shop",
                                 .type = type,
                                 .succeeded = succeeded,
                                 .recovery_seconds = {true, recovery},
                                 .phases = {[DRILL_PHASE_CLEANUP] = {true, 1}}};
}

static void merge(struct arena *arena, struct drill_file *file, struct drill_record record,
                  double at)
{
    struct error error;

    if (!drill_merge(arena, file, &record, at, &error)) {
        fail_msg("%s", error.message);
    }
}

static void merges_a_drill(void **state)
{
    struct arena *arena = arena_new();
    struct drill_file file = read_good(arena, SUCCESS);
    struct drill_record older = drill(DRILL_FULL, false, 1);
    const struct reading *full;
    struct error error;

    (void)state;
    /* A failure leaves the measurements of the last success alone. */
    merge(arena, &file, drill(DRILL_FULL, false, 9), 1700000001);
    full = file.results[0].values;
    assert_true(full[DRILL_METRIC_LAST_ATTEMPT].value == 1700000001);
    assert_true(full[DRILL_METRIC_LAST_SUCCESS].value == 1700000000);
    assert_true(full[DRILL_METRIC_LAST_RESULT].value == 0);
    assert_true(full[DRILL_METRIC_RECOVERY].value == 450);
    /* A success replaces them all, also by nothing. */
    merge(arena, &file, drill(DRILL_FULL, true, 9), 1700000002);
    assert_true(full[DRILL_METRIC_LAST_SUCCESS].value == 1700000002);
    assert_true(full[DRILL_METRIC_LAST_RESULT].value == 1);
    assert_true(full[DRILL_METRIC_RECOVERY].value == 9);
    assert_false(full[DRILL_METRIC_DATA_LOSS].known);
    /* What is older than the newest attempt changes nothing. */
    assert_false(drill_merge(arena, &file, &older, 1700000001, &error));
    assert_non_null(strstr(error.message, "2023-11-14T22:13:22Z is recorded already"));
    assert_true(full[DRILL_METRIC_LAST_RESULT].value == 1);
    arena_free(arena);
}

static void merges_into_nothing(void **state)
{
    struct arena *arena = arena_new();
    struct drill_file file = {.result_count = 0};
    struct drill_record record = drill(DRILL_FULL, false, 1);

    (void)state;
    record.runbook_validated = true;
    merge(arena, &file, record, 5);
    assert_int_equal(file.result_count, 1);
    assert_true(file.results[0].values[DRILL_METRIC_LAST_ATTEMPT].value == 5);
    assert_false(file.results[0].values[DRILL_METRIC_LAST_SUCCESS].known);
    assert_false(file.results[0].values[DRILL_METRIC_RECOVERY].known);
    assert_true(file.validations[0].validated == 5);
    arena_free(arena);
}

static void takes_a_success_back(void **state)
{
    struct arena *arena = arena_new();
    struct drill_file file = read_good(arena, SUCCESS);
    const struct reading *full;

    (void)state;
    merge(arena, &file, drill(DRILL_FULL, false, 9), 1700000000);
    full = file.results[0].values;
    assert_true(full[DRILL_METRIC_LAST_RESULT].value == 0);
    assert_false(full[DRILL_METRIC_LAST_SUCCESS].known);
    assert_false(full[DRILL_METRIC_RECOVERY].known);
    assert_false(file.results[0].phases[DRILL_PHASE_CLEANUP].known);
    arena_free(arena);
}

static void merges_other_drills_and_runbooks(void **state)
{
    struct arena *arena = arena_new();
    struct drill_file file = read_good(arena, SUCCESS);
    struct drill_record record = drill(DRILL_RESTORE, true, 5);

    (void)state;
    record.runbook_validated = true;
    merge(arena, &file, record, 1600000000);
    assert_int_equal(file.result_count, 2);
    assert_int_equal(file.validation_count, 1);
    record.type = DRILL_COMPONENT;
    merge(arena, &file, record, 1500000000);
    assert_int_equal(file.result_count, 3);
    assert_int_equal(file.validation_count, 1);
    assert_true(file.validations[0].validated == 1600000000);
    assert_true(file.results[0].values[DRILL_METRIC_RECOVERY].value == 450);
    arena_free(arena);
}

static void checks_what_is_missing(void **state)
{
    static const struct {
        const char *text;
        const char *missing[4];
    } table[] = {
        {"dr_drill_last_attempt_timestamp_seconds" FULL " 1700000000\n",
         {"dr_drill_last_attempt_timestamp_seconds has no type", "last_result is missing"}},
        {"# TYPE dr_drill_last_result gauge\ndr_drill_last_result" FULL " 1\n",
         {"last_attempt_timestamp_seconds is missing",
          "last_success_timestamp_seconds is missing"}},
        {"# TYPE dr_drill_last_result gauge\ndr_drill_last_result" FULL " 0\n",
         {"last_attempt_timestamp_seconds is missing"}},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct drill_file file = read_good(arena, table[i].text);
        size_t count = 0;

        drill_check_file(&file, NULL);
        for (; table[i].missing[count] != NULL; count++) {
            assert_true(count < file.document.problems.count);
            if (strstr(file.document.problems.list[count].message, table[i].missing[count]) ==
                NULL) {
                fail_msg("%s", file.document.problems.list[count].message);
            }
        }
        assert_int_equal(file.document.problems.count, count);
    }
    arena_free(arena);
}

static void encodes_names(void **state)
{
    static const char *const table[][2] = {
        {"checkout", "checkout"},
        {"a.b_c-9", "a.b_c-9"},
        {"../etc", "..%2Fetc"},
        {"50% \xC3\xA9", "50%25%20%C3%A9"},
        {"", ""},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_string_equal(drill_encode_name(arena, table[i][0]), table[i][1]);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_results),
        cmocka_unit_test(refuses_what_proves_nothing),
        cmocka_unit_test(prints_what_it_reads),
        cmocka_unit_test(merges_a_drill),
        cmocka_unit_test(merges_into_nothing),
        cmocka_unit_test(takes_a_success_back),
        cmocka_unit_test(merges_other_drills_and_runbooks),
        cmocka_unit_test(checks_what_is_missing),
        cmocka_unit_test(encodes_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
