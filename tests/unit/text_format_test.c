/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the reader of Prometheus' text format. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/bounds.h"
#include "exporter/buffer.h"
#include "exporter/text_format.h"

static struct text_document read_text(struct arena *arena, const char *text)
{
    struct text_document document;

    text_format_read(arena, text, strlen(text), &document);
    return document;
}

static void reads_samples(void **state)
{
    static const struct {
        const char *text;
        const char *name;
        double value;
        const char *label; /* The value of `a`; NULL: there is none. */
        size_t label_count;
        size_t timestamp;
    } table[] = {
        {"up 1\n", "up", 1, NULL, 0, 0},
        {" \tup \t 1.5 \t\n", "up", 1.5, NULL, 0, 0},
        {"a:b_C9 -1e-3\n", "a:b_C9", -0.001, NULL, 0, 0},
        {"up{} .5\n", "up", 0.5, NULL, 0, 0},
        {"up{a=\"b\"} 5.\n", "up", 5, "b", 1, 0},
        {"up {a=\"b\"}1\n", "up", 1, "b", 1, 0},
        {"up{ a = \"b\" , c=\"d\" , } 1\n", "up", 1, "b", 2, 0},
        {"up{c=\"\",a=\"\\\\ \\\" \\n , } \xC3\xA9\"} 1\n", "up", 1, "\\ \" \n , } \xC3\xA9", 2, 0},
        {"up +Inf\n", "up", INFINITY, NULL, 0, 0},
        {"up -inf\n", "up", -INFINITY, NULL, 0, 0},
        {"up 1 1395066363000\n", "up", 1, NULL, 0, 6},
        {"up 1 -7 \n", "up", 1, NULL, 0, 6},
        {"\n# a comment\n#\n# HELP up \\\\ or \\n\n# TYPE other gauge\n# EOF\nup 1\n", "up", 1,
         NULL, 0, 0},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct text_document document = read_text(arena, table[i].text);
        const struct text_sample *sample = document.samples;
        const char *label;

        if (document.problems.count > 0) {
            fail_msg("%s: %s", table[i].text, document.problems.list[0].message);
        }
        assert_int_equal(document.sample_count, 1);
        assert_string_equal(sample->name, table[i].name);
        assert_true(sample->value == table[i].value);
        assert_int_equal(sample->label_count, table[i].label_count);
        assert_int_equal(sample->timestamp.column, table[i].timestamp);
        label = text_sample_label(sample, "a");
        assert_int_equal(label == NULL, table[i].label == NULL);
        assert_true(label == NULL || strcmp(label, table[i].label) == 0);
    }
    arena_free(arena);
}

static void reads_nothing_from_nothing(void **state)
{
    static const char *const texts[] = {"", "\n", "# only a comment\n", "  \n\t\n"};
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct text_document document = read_text(arena, texts[i]);

        assert_int_equal(document.sample_count, 0);
        assert_int_equal(document.problems.count, 0);
    }
    arena_free(arena);
}

/* Each text has one problem, and it is found where it is. */
static const struct {
    const char *text;
    size_t line;
    size_t column;
    const char *message;
} problems[] = {
    {"up 1", 1, 5, "half-written"},
    {"up 1\ndown{a=\"", 2, 9, "half-written"},
    {"up 1\r\ndown 1\r\n", 1, 5, "carriage return"},
    {"up\n", 1, 3, "no value"},
    {"up{a=\"b\"}\n", 1, 10, "no value"},
    {"up one\n", 1, 4, "no number"},
    {"up 1,5\n", 1, 4, "no number"},
    {"up 0x10\n", 1, 4, "no number"},
    {"up 1e999\n", 1, 4, "no number"},
    {"up .\n", 1, 4, "no number"},
    {"up 1e\n", 1, 4, "no number"},
    {"up 1_0\n", 1, 4, "no number"},
    {"up 1 now\n", 1, 6, "no timestamp"},
    {"up 1 1.5\n", 1, 6, "no timestamp"},
    {"up 1 2 3\n", 1, 8, "goes on"},
    {"9up 1\n", 1, 1, "no metric"},
    {"\xEF\xBB\xBFup 1\n", 1, 1, "no metric"},
    {"up-down 1\n", 1, 3, "only letters"},
    {"up{a} 1\n", 1, 5, "= is missing"},
    {"up{a=b} 1\n", 1, 6, "not quoted"},
    {"up{a=\"b} 1\n", 1, 7, "does not end"},
    {"up{a=\"b\\\"} 1\n", 1, 7, "does not end"},
    {"up{a=\"b\\", 1, 9, "half-written"},
    {"up{a=\"\\t\"} 1\n", 1, 7, "unknown escape"},
    {"up{a=\"b\" c=\"d\"} 1\n", 1, 10, "comma"},
    {"up{,} 1\n", 1, 4, "no label"},
    {"up{a=\"b\",,} 1\n", 1, 10, "no label"},
    {"up{9=\"b\"} 1\n", 1, 4, "no label"},
    {"up{__name__=\"b\"} 1\n", 1, 4, "__name__"},
    {"up{a=\"b\",a=\"c\"} 1\n", 1, 3, "twice"},
    {"up{a=\"\xFF\"} 1\n", 1, 7, "UTF-8"},
    {"# TYPE up meter\n", 1, 11, "no such type"},
    {"# TYPE up\n", 1, 10, "no such type"},
    {"# TYPE up gauge 1\n", 1, 17, "goes on"},
    {"# TYPE 9 gauge\n", 1, 8, "no name"},
    {"# HELP up \\x\n", 1, 11, "unknown escape"},
    {"# HELP up a\n# HELP up a\n", 2, 1, "HELP of up stands already in line 1"},
    {"# TYPE up gauge\nup 1\n#TYPE up gauge\n", 3, 1, "TYPE of up stands already in line 1"},
    {"up 1\n# TYPE up gauge\n", 2, 1, "after its first sample"},
    {"up{a=\"1\",b=\"2\"} 1\nup 1\nup{b=\"2\",a=\"1\"} 2\n", 3, 1, "already in line 1"},
};

static void tells_what_is_wrong_and_where(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof problems / sizeof problems[0]; i++) {
        struct text_document document = read_text(arena, problems[i].text);
        const struct text_problem *problem = document.problems.list;

        if (document.problems.count != 1) {
            fail_msg("%s: %zu problems", problems[i].text, document.problems.count);
        }
        if (problem->place.line != problems[i].line ||
            problem->place.column != problems[i].column ||
            strstr(problem->message, problems[i].message) == NULL) {
            fail_msg("%s: %zu:%zu: %s", problems[i].text, problem->place.line,
                     problem->place.column, problem->message);
        }
    }
    arena_free(arena);
}

static void refuses_zero_bytes(void **state)
{
    static const char in_label[] = "up{a=\"b\0\"} 1\n";
    static const char in_value[] = "up 1\0\n";
    struct arena *arena = arena_new();
    struct text_document document;

    (void)state;
    text_format_read(arena, in_label, sizeof in_label - 1, &document);
    assert_int_equal(document.problems.count, 1);
    text_format_read(arena, in_value, sizeof in_value - 1, &document);
    assert_int_equal(document.problems.count, 1);
    arena_free(arena);
}

/* A line with a problem costs that line only, for who wants to know all of them. */
static void goes_on_after_a_problem(void **state)
{
    struct arena *arena = arena_new();
    struct text_document document =
        read_text(arena, "# TYPE a counter\na 1\nb\n# TYPE c gauge\nc 3\nd d\na{x=\"\"} 4\n");

    (void)state;
    assert_int_equal(document.problems.count, 2);
    assert_int_equal(document.problems.list[0].place.line, 3);
    assert_int_equal(document.problems.list[1].place.line, 6);
    assert_int_equal(document.sample_count, 3);
    assert_int_equal(document.samples[0].type, TEXT_COUNTER);
    assert_int_equal(document.samples[1].type, TEXT_GAUGE);
    assert_int_equal(document.samples[1].typed.line, 4);
    assert_int_equal(document.samples[2].type, TEXT_COUNTER);
    arena_free(arena);
}

static void is_bounded(void **state)
{
    struct arena *arena = arena_new();
    struct text_document document;
    struct buffer text;

    (void)state;
    buffer_init(&text, 1024);
    for (int i = 0; i <= TEXT_FORMAT_ENTRIES_MAX; i++) {
        buffer_printf(&text, "a%d 1\n", i);
    }
    text_format_read(arena, text.text, text.length, &document);
    assert_int_equal(document.problems.count, 1);
    assert_non_null(strstr(document.problems.list[0].message, "too many lines"));
    text.length = 0;
    for (int i = 0; i < 2 * TEXT_FORMAT_PROBLEMS_MAX; i++) {
        buffer_add_text(&text, "?\n");
    }
    text_format_read(arena, text.text, text.length, &document);
    assert_int_equal(document.problems.count, TEXT_FORMAT_PROBLEMS_MAX);
    text.length = 0;
    buffer_add_text(&text, "a{");
    for (int i = 0; i <= TEXT_FORMAT_LABELS_MAX; i++) {
        buffer_printf(&text, "l%d=\"\",", i);
    }
    buffer_add_text(&text, "} 1\n");
    text_format_read(arena, text.text, text.length, &document);
    assert_int_equal(document.problems.count, 1);
    assert_non_null(strstr(document.problems.list[0].message, "too many labels"));
    buffer_release(&text);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_samples),
        cmocka_unit_test(reads_nothing_from_nothing),
        cmocka_unit_test(tells_what_is_wrong_and_where),
        cmocka_unit_test(refuses_zero_bytes),
        cmocka_unit_test(goes_on_after_a_problem),
        cmocka_unit_test(is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
