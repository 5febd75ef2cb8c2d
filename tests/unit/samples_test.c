/* SPDX-License-Identifier: Apache-2.0 */
/* Samples become exposition lines once, with hostile label values made harmless. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/label.h"
#include "exporter/snapshot.h"

enum { PLAIN, LABELLED, UNUSED, METRIC_COUNT };

static const struct metric metrics[METRIC_COUNT] = {
    [PLAIN] = {"dr_fake_plain", METRIC_GAUGE, "Plain.", {NULL}},
    [LABELLED] = {"dr_fake_labelled", METRIC_GAUGE, "Labelled.", {"slot", "state"}},
    [UNUSED] = {"dr_fake_unused", METRIC_GAUGE, "Unused.", {NULL}},
};

static const struct collector fake_collector = {
    .name = "fake", .metrics = metrics, .metric_count = METRIC_COUNT};

static void assert_lines(const struct snapshot *snapshot, size_t metric, const char *expected)
{
    assert_int_equal(snapshot->lines[metric].length, strlen(expected));
    assert_memory_equal(snapshot->lines[metric].text, expected, strlen(expected));
}

static void test_rendering(void **state)
{
    struct arena *arena = arena_new();
    struct snapshot *snapshot = arena_alloc(arena, sizeof *snapshot);
    struct samples *samples = samples_new(arena, &fake_collector);
    char slot[] = "a\"b\\c\nd";

    (void)state;
    snapshot->arena = arena;
    samples_add_labelled(samples, LABELLED, 1, (const char *const[]){slot, "x"});
    slot[0] = '?'; /* It was copied. */
    samples_add(samples, PLAIN, 0.25);
    samples_add(samples, PLAIN, NAN); /* Not measured: absent. */
    samples_add_labelled(samples, LABELLED, INFINITY, (const char *const[]){"z", "y"});
    samples_render(samples, "source=\"s\"", snapshot);
    assert_lines(snapshot, PLAIN, "dr_fake_plain{source=\"s\"} 0.25\n");
    assert_lines(snapshot, LABELLED,
                 "dr_fake_labelled{source=\"s\",slot=\"a\\\"b\\\\c\\nd\",state=\"x\"} 1\n"
                 "dr_fake_labelled{source=\"s\",slot=\"z\",state=\"y\"} +Inf\n");
    assert_lines(snapshot, UNUSED, "");
    assert_int_equal(snapshot->sample_count, 3);
    assert_int_equal(snapshot->samples_dropped, 0);
    snapshot_free(snapshot);
}

static void test_too_many_are_dropped_and_counted(void **state)
{
    struct arena *arena = arena_new();
    struct snapshot *snapshot = arena_alloc(arena, sizeof *snapshot);
    struct samples *samples = samples_new(arena, &fake_collector);

    (void)state;
    snapshot->arena = arena;
    for (size_t i = 0; i < SAMPLES_PER_COLLECTION_MAX + 7; i++) {
        samples_add(samples, PLAIN, 1);
    }
    samples_render(samples, "", snapshot);
    assert_int_equal(snapshot->sample_count, SAMPLES_PER_COLLECTION_MAX);
    assert_int_equal(snapshot->samples_dropped, 7);
    snapshot_free(snapshot);
}

#define REPLACED "\xEF\xBF\xBD"

static void test_labels(void **state)
{
    static const struct {
        const char *value;
        const char *expected;
    } table[] = {
        {"", ""},
        {"plain", "plain"},
        {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"},
        {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
        {"\x01\x7F", "\x01\x7F"},
        {"\xFF", REPLACED},
        {"a\xC3", "a" REPLACED},
        {"\xC0\xAF", REPLACED REPLACED},              /* Overlong. */
        {"\xED\xA0\x80", REPLACED REPLACED REPLACED}, /* A surrogate. */
        {"\xF4\x90\x80\x80", REPLACED REPLACED REPLACED REPLACED},
        {"\xE2\x82", REPLACED REPLACED},
    };
    struct arena *arena = arena_new();
    char longest[LABEL_VALUE_BYTES_MAX + 2];
    const char *cut;

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_string_equal(label_escape(arena, table[i].value), table[i].expected);
    }
    /* The last character would be cut in the middle, so it is left out. */
    memset(longest, 'x', sizeof longest);
    longest[LABEL_VALUE_BYTES_MAX - 1] = '\xC3';
    longest[LABEL_VALUE_BYTES_MAX] = '\xBC';
    longest[LABEL_VALUE_BYTES_MAX + 1] = '\0';
    cut = label_escape(arena, longest);
    assert_int_equal(strlen(cut), LABEL_VALUE_BYTES_MAX - 1);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rendering),
        cmocka_unit_test(test_too_many_are_dropped_and_counted),
        cmocka_unit_test(test_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
