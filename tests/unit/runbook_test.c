/* SPDX-License-Identifier: Apache-2.0 */
/* What a runbook says of itself: dates, headings, and how they go wrong. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/runbook_date.h"
#include "collectors/runbook_text.h"

/* 2026-11-21T12:00:00Z */
#define NOW 1795262400.0
#define DAY 86400.0
#define TODAY (NOW - DAY / 2)
#define NONE (-1.0)

static const struct {
    const char *text;
    double seconds; /* NONE: not a date. */
    bool whole_day;
} dates[] = {
    {"2026-11-21", TODAY, true},
    {"2026-11-21 by Ann", TODAY, true},
    {"2026-11-21\"", TODAY, true},
    {"2026-11-21.", TODAY, true},
    {"2026-11-21T12:00:00Z", NOW, false},
    {"2026-11-21t12:00:00z", NOW, false},
    {"2026-11-21 12:00:00Z", NOW, false},
    {"2026-11-21T12:00:00.123456789Z", NOW, false},
    {"2026-11-21T14:30:00+02:30", NOW, false},
    {"2026-11-21T04:00:00-08:00", NOW, false},
    {"1970-01-01", 0, true},
    {"2024-02-29", 1709164800, true},
    {"2023-02-29", NONE, false},
    {"2026-13-01", NONE, false},
    {"2026-00-10", NONE, false},
    {"2026-11-31", NONE, false},
    {"2026-11-211", NONE, false},
    {"2026-11-21-22", NONE, false},
    {"2026-11-21x", NONE, false},
    {"2026-1-2", NONE, false},
    {"1969-12-31", NONE, false},
    {"21.11.2026", NONE, false},
    {"11/21/2026", NONE, false},
    {"2026/11/21", NONE, false},
    {"1795262400", NONE, false},
    {"2026-11-21T12:00:00", NONE, false},
    {"2026-11-21 12:00", NONE, false},
    {"2026-11-21T24:00:00Z", NONE, false},
    {"2026-11-21T12:60:00Z", NONE, false},
    {"2026-11-21T12:00:00.Z", NONE, false},
    {"2026-11-21T12:00:00+0200", NONE, false},
    {"2026-11-21T12:00:00+24:00", NONE, false},
    {"2026-11-21T", NONE, false},
    {"today", NONE, false},
    {"", NONE, false},
};

static void test_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        struct runbook_date date = {.seconds = NONE};
        bool parsed = runbook_date_parse(dates[i].text, strlen(dates[i].text), &date);

        print_message("%s\n", dates[i].text);
        assert_int_equal(parsed, dates[i].seconds > NONE);
        assert_true(date.seconds - dates[i].seconds == 0);
        assert_int_equal(date.whole_day, dates[i].whole_day);
    }
}

/* A date beyond the length that was given is not read. */
static void test_date_is_bounded(void **state)
{
    struct runbook_date date;

    (void)state;
    assert_false(runbook_date_parse("2026-11-21", 9, &date));
    assert_true(runbook_date_parse("2026-11-215", 10, &date));
}

static struct runbook_text read_text(struct arena *arena, const char *text, const char *required)
{
    struct runbook_sections sections = runbook_sections_parse(arena, required);

    return runbook_text_read(arena, text, strlen(text), &sections, NOW);
}

#define LINE_DATE "last_validated: 2026-11-20\n"
#define OLD (TODAY - DAY)
#define UNREADABLE(line)                                                                           \
    "line " line " has no date that can be read; write 2026-11-21 or 2026-11-21T14:00:00Z"

static const struct {
    const char *text;
    double validated; /* NONE: unknown. */
    const char *problem;
} documents[] = {
    {"---\n" LINE_DATE "---\n# A", OLD, NULL},
    {"---\r\ntitle: x\r\nlast_reviewed: '2026-11-20' # by Ann\r\n---\r\n", OLD, NULL},
    {"\xEF\xBB\xBF---\n" LINE_DATE "...\n", OLD, NULL},
    {"# Checkout\n\nText.\n\n" LINE_DATE, OLD, NULL},
    {"**Last validated:** 2026-11-20", OLD, NULL},
    {"- **Last reviewed**: 2026-11-20 (game day)", OLD, NULL},
    {"> last-validated: `2026-11-20`", OLD, NULL},
    {"= Checkout\n:last_validated: 2026-11-20\n", OLD, NULL},
    {"<!-- last_validated: 2026-11-20 -->\n# A", OLD, NULL},
    {"<!--\nlast_validated: 2026-11-20\n-->\n# A", OLD, NULL},
    {"<!DOCTYPE html>\n<p><b>Last validated:</b> 2026-11-20</p>", OLD, NULL},
    /* The newer one, in whichever order. */
    {"last_validated: 2026-11-20\nlast_reviewed: 2026-11-01", OLD, NULL},
    {"last_reviewed: 2026-11-01\nlast_validated: 2026-11-20", OLD, NULL},
    /* Nothing that says so. */
    {"", NONE, NULL},
    {"# A\n\nUpdated: 2026-11-20\n", NONE, NULL},
    {"the last_validated: 2026-11-20", NONE, NULL},
    {"last_validated 2026-11-20", NONE, NULL},
    {"last_validated_by: 2026-11-20", NONE, NULL},
    {"---\n# last_validated: 2026-11-20\n---\n", NONE, NULL},
    {"```\n" LINE_DATE "```\n", NONE, NULL},
    {"= A\n\n----\n" LINE_DATE "----\n", NONE, NULL},
    /* Unreadable: never taken for the other one. */
    {"last_validated: 20.11.2026\nlast_reviewed: 2026-11-20", NONE, UNREADABLE("1")},
    {"last_reviewed: 2026-11-20\nlast_validated:\n", NONE, UNREADABLE("2")},
    {"---\nlast_validated: yesterday\n---\n", NONE, UNREADABLE("2")},
    /* The future, with allowance for time zones and clocks. */
    {"last_validated: 2026-11-22", NOW, NULL},
    {"last_validated: 2026-11-23", NONE, "the date in line 1 is in the future"},
    {"last_validated: 2026-11-21T12:05:00Z", NOW, NULL},
    {"last_validated: 2026-11-21T12:05:01Z", NONE, "the date in line 1 is in the future"},
    {"last_validated: 2062-11-21\nlast_reviewed: 2026-11-20", NONE,
     "the date in line 1 is in the future"},
};

static void test_validated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        struct arena *arena = arena_new();
        struct runbook_text text = read_text(arena, documents[i].text, "");

        print_message("%s\n", documents[i].text);
        assert_int_equal(text.validated.known, documents[i].validated > NONE);
        if (text.validated.known) {
            assert_true(text.validated.value - documents[i].validated == 0);
        }
        assert_int_equal(text.missing_count, 0);
        if (documents[i].problem == NULL) {
            assert_null(text.problem);
        } else {
            assert_string_equal(text.problem, documents[i].problem);
        }
        arena_free(arena);
    }
}

static void test_only_the_top_counts(void **state)
{
    char text[256] = "";
    struct arena *arena = arena_new();

    (void)state;
    memset(text, '\n', 99);
    memcpy(text + 99, LINE_DATE, sizeof LINE_DATE);
    assert_true(read_text(arena, text, "").validated.known);
    memset(text, '\n', 100);
    memcpy(text + 100, LINE_DATE, sizeof LINE_DATE);
    assert_false(read_text(arena, text, "").validated.known);
    arena_free(arena);
}

static const struct {
    const char *text;
    bool found; /* Rollback. */
} headings[] = {
    {"# Rollback", true},
    {"###### how to ROLLBACK ######", true},
    {"   ## 4. Rollback (in a hurry)\r\n", true},
    {"Rollback\n========\n", true},
    {"Rollback\n---", true},
    {"== Rollback\n\nText", true},
    {"= Checkout\n\n=== Rollback", true},
    {"<!DOCTYPE html><html><body><h2 id=\"x\">Rollback</h2>", true},
    {"<html>\n<H3 class=a\n>The <em>rollback</em> of it</H3>", true},
    {"---\ntitle: x\n---\n# Rollback", true},
    {"<!-- a note -->\n# Rollback", true},
    {"<!-- a\nnote -->\n# Rollback", true},
    {"~~~\n# A\n~~~\n# Rollback", true},
    {"````\n```\n````\n# Rollback", true},
    {"`a` ```b``` c\n# Rollback", true},
    /* No headings. */
    {"Rollback", false},
    {"#Rollback", false},
    {"####### Rollback", false},
    {"    # Rollback", false},
    {"* Rollback", false},
    {"Rollback\n\n---", false},
    {"> Rollback\n---", false},
    {"Text\n==Rollback", false},
    {"```sh\n# Rollback\n```", false},
    {"  ~~~\n# Rollback", false},
    {"````\n```\n# Rollback\n````", false},
    {"<!--\n# Rollback\n-->", false},
    {"---\ntitle: x\nRollback\n---\n", false},
    {"= Checkout\n\n[source,sh]\n----\n= Rollback\n----", false},
    {"= Checkout\n\n# Rollback", false},
    {"= Checkout\n\n////\n== Rollback\n////", false},
    {"<html><p>Rollback</p><h1>Other</h1>", false},
    {"<html><!-- <h2>Rollback</h2> -->", false},
    {"<html><pre><h2>Rollback</h2></pre>", false},
    {"<html><h2><a href='#rollback'>Other</a></h2>", false},
    {"<html><h2>Other <p>Rollback</p>", false},
    /* Other words. */
    {"# Norollback", false},
    {"# Rollbacks", false},
    {"# R\xC3\xB6llback", false},
    {"# \xC3\xA4Rollback", false},
    {"# Roll back", false},
};

static void test_headings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++) {
        struct arena *arena = arena_new();
        struct runbook_text text = read_text(arena, headings[i].text, "Rollback");

        print_message("%s\n", headings[i].text);
        assert_int_equal(text.missing_count, headings[i].found ? 0 : 1);
        assert_int_equal(text.missing[0], !headings[i].found);
        arena_free(arena);
    }
}

static void test_problems_are_told(void **state)
{
    static const struct {
        const char *text;
        const char *problem;
    } cases[] = {
        {"# A\n# B\n# C d", NULL},
        {"# a\n# c d", "the section B is missing"},
        {"# B", "the sections A, C d are missing"},
        {"last_validated: ?\n# B\n# A", UNREADABLE("1") "; the section C d is missing"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new();
        struct runbook_text text = read_text(arena, cases[i].text, " A,B ,, C d,\n");

        if (cases[i].problem == NULL) {
            assert_null(text.problem);
        } else {
            assert_string_equal(text.problem, cases[i].problem);
        }
        arena_free(arena);
    }
}

static void test_sections_are_checked(void **state)
{
    struct error error;
    char text[256] = "";

    (void)state;
    assert_true(runbook_sections_check("", &error));
    assert_true(runbook_sections_check("Failover, Rollback, Fail", &error));
    assert_false(runbook_sections_check("Failover, failover ", &error));
    assert_string_equal(error.message,
                        "\"required_sections\" names \"Failover\" twice; remove one");
    memset(text, 'a', 100);
    assert_true(runbook_sections_check(text, &error));
    text[100] = 'a';
    assert_false(runbook_sections_check(text, &error));
    text[0] = '\0';
    for (int i = 0; i < 51; i++) {
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%d,", i);
    }
    assert_false(runbook_sections_check(text, &error));
    assert_non_null(strstr(error.message, "more than 50"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_date_is_bounded),
        cmocka_unit_test(test_validated),
        cmocka_unit_test(test_only_the_top_counts),
        cmocka_unit_test(test_headings),
        cmocka_unit_test(test_problems_are_told),
        cmocka_unit_test(test_sections_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
