/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of table-driven settings: loading, defaults, the environment, comparing, printing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/cleanup.h"
#include "exporter/setting_load.h"
#include "exporter/source.h"
#include "tests/unit/example_collectors.h"

#define ROW_COUNT (sizeof replica_rows / sizeof replica_rows[0])

struct fixture {
    struct arena *arena;
    struct replica_settings settings;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    fixture->arena = arena_new();
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    arena_free(fixture->arena);
    free(fixture);
    return 0;
}

/* Loads the settings from `text` and returns the report, NULL if there were no problems. */
static char *load(struct fixture *fixture, const char *text)
{
    struct yaml_report report;
    struct yaml_file *file;
    char *printed;

    memset(&fixture->settings, 0, sizeof fixture->settings);
    yaml_report_init(&report);
    file = yaml_file_parse(text, strlen(text), "etc/dr.yml", 0, &report);
    if (file != NULL) {
        struct setting_loader loader = {fixture->arena, &report, "source \"x\"", false};
        struct setting_section section = {replica_rows, ROW_COUNT, &fixture->settings};

        settings_load(&loader, yaml_root(file), &section, 1);
    }
    printed = yaml_report_print(&report);
    yaml_file_free(file);
    yaml_report_release(&report);
    return printed;
}

static void loads_every_type(void **state)
{
    struct fixture *fixture = *state;
    const struct replica_settings *settings = &fixture->settings;

    assert_null(load(fixture, "dsn: host=a\npassword_file: /run/p\nlabel: l\nbudget: 1m30s\n"
                              "bytes_max: 2KiB\nslots: 7\nratio: 1.25\nstrict: false\n"));
    assert_string_equal(settings->dsn, "host=a");
    assert_null(settings->other_dsn);
    assert_string_equal(settings->password_file, "/run/p");
    assert_string_equal(settings->label, "l");
    assert_int_equal(settings->budget_ms, 90000);
    assert_int_equal(settings->bytes_max, 2048);
    assert_int_equal(settings->slots, 7);
    assert_true(settings->ratio == 1.25);
    assert_false(settings->strict);
}

static void takes_defaults(void **state)
{
    struct fixture *fixture = *state;
    const struct replica_settings *settings = &fixture->settings;

    assert_null(load(fixture, "dsn: host=a\n"));
    assert_null(settings->password_file);
    assert_string_equal(settings->label, "none");
    assert_int_equal(settings->budget_ms, 2000);
    assert_int_equal(settings->bytes_max, 1048576);
    assert_int_equal(settings->slots, 3);
    assert_true(settings->ratio == 0.5);
    assert_true(settings->strict);
}

static void resolves_files_where_they_stand(void **state)
{
    struct fixture *fixture = *state;

    assert_null(load(fixture, "dsn: a\npassword_file: secrets/p\n"));
    assert_string_equal(fixture->settings.password_file, "etc/secrets/p");
}

static void replaces_the_environment(void **state)
{
    static const struct {
        const char *text;
        const char *value;
    } cases[] = {
        {"${DR_TEST}", "s3cret"},
        {"a${DR_TEST}b${DR_TEST}", "as3cretbs3cret"},
        {"${DR_TEST_EMPTY}x", "x"},
        {"$$", "$"},
        {"$${DR_TEST}", "${DR_TEST}"},
        {"$DR_TEST", "$DR_TEST"},
        {"a$", "a$"},
        {"p$x", "p$x"},
        {"${DR_TEST_DOLLAR}", "${DR_TEST}"},
    };
    struct fixture *fixture = *state;

    assert_int_equal(setenv("DR_TEST", "s3cret", 1), 0);
    assert_int_equal(setenv("DR_TEST_EMPTY", "", 1), 0);
    assert_int_equal(setenv("DR_TEST_DOLLAR", "${DR_TEST}", 1), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[100];

        (void)snprintf(text, sizeof text, "dsn: '%s'\n", cases[i].text);
        assert_null(load(fixture, text));
        assert_string_equal(fixture->settings.dsn, cases[i].value);
    }
}

static const struct {
    const char *text;
    const char *report;
} bad_settings[] = {
    {"label: x", "1:1: missing key \"dsn\" in source \"x\"; add for example \"dsn: "
                 "host=db.example.com user=dr_monitor\""},
    {"dsn: a\nbudgt: 3s", "2:1: unknown key \"budgt\" in source \"x\"; did you mean \"budget\"?"},
    {"dsn: a\nfrobnicate: 3s",
     "2:1: unknown key \"frobnicate\" in source \"x\"; known: dsn, other_dsn, password_file, "
     "label, budget, bytes_max, slots, ratio, strict, patterns, properties"},
    {"dsn: a\n[x]: 3s", "2:1: a key in source \"x\" must be text, not a list; write its name"},
    {"dsn: a\nbudget: 3", "2:9: key \"budget\" in source \"x\": \"3\" has no unit; write \"3s\""},
    {"dsn: a\nbudget: 3 s",
     "2:9: key \"budget\" in source \"x\": \"3 s\" is not a duration; write for example 15s "
     "or 1h30m"},
    {"dsn: a\nbudget: 0s",
     "2:9: key \"budget\" in source \"x\": \"0s\" is too short; write more than 0s"},
    {"dsn: a\nbytes_max: 512",
     "2:12: key \"bytes_max\" in source \"x\": \"512\" has no unit; write \"512B\" or "
     "\"512MiB\""},
    {"dsn: a\nbytes_max: 5M",
     "2:12: key \"bytes_max\" in source \"x\": \"5M\" is not a size; write for example "
     "512KiB, 10MiB or 1.5GB"},
    {"dsn: a\nslots: -1",
     "2:8: key \"slots\" in source \"x\": \"-1\" is not a whole number; write for example 10"},
    {"dsn: a\nslots: 9999999999999999999",
     "2:8: key \"slots\" in source \"x\": \"9999999999999999999\" is not a whole number; "
     "write for example 10"},
    {"dsn: a\nratio: nan",
     "2:8: key \"ratio\" in source \"x\": \"nan\" is not a number from 0 up; write for example "
     "0.8"},
    {"dsn: a\nratio: 1e999",
     "2:8: key \"ratio\" in source \"x\": \"1e999\" is not a number from 0 up; write for "
     "example 0.8"},
    {"dsn: a\nratio: -0.5",
     "2:8: key \"ratio\" in source \"x\": \"-0.5\" is not a number from 0 up; write for "
     "example 0.8"},
    {"dsn: a\nstrict: yes",
     "2:9: key \"strict\" in source \"x\": \"yes\" is neither true nor false; write one of "
     "them"},
    {"dsn: a\nslots: [1]",
     "2:8: key \"slots\" in source \"x\" must be a whole number, not a list; write for "
     "example 10"},
    {"dsn: a\nslots: {a: b}",
     "2:8: key \"slots\" in source \"x\" must be a whole number, not a mapping; write for "
     "example 10"},
    {"dsn: a\nslots:",
     "2:7: key \"slots\" in source \"x\" has no value; write for example 10, or remove the "
     "key"},
    {"dsn: ~",
     "1:6: key \"dsn\" in source \"x\" has no value; write for example host=db.example.com "
     "user=dr_monitor, or remove the key"},
    {"dsn: ''", "1:6: key \"dsn\" in source \"x\" is empty; write for example host=db.example.com "
                "user=dr_monitor"},
    {"dsn: a\npassword_file: \"\"",
     "2:16: key \"password_file\" in source \"x\" is empty; write for example "
     "/run/secrets/password"},
    {"[a]", "1:1: source \"x\" must be a mapping, not a list; write \"key: value\""},
    {"dsn: a\ndsn: b", "2:1: duplicate key \"dsn\"; remove it or the one in line 1"},
    {"dsn: \"a\\0b\"", "1:6: a zero byte in the text; remove the \"\\0\""},
};

static void says_what_would_be_right(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof bad_settings / sizeof bad_settings[0]; i++) {
        CLEANUP(free_text) char *report = load(fixture, bad_settings[i].text);
        CLEANUP(free_text) char *expected = NULL;

        assert_true(asprintf(&expected, "etc/dr.yml:%s\n", bad_settings[i].report) > 0);
        assert_non_null(report);
        assert_string_equal(report, expected);
    }
}

static void never_shows_the_environment(void **state)
{
    static const struct {
        const char *text;
        const char *report;
    } cases[] = {
        {"dsn: a\nbudget: ${DR_TEST}",
         "2:9: key \"budget\" in source \"x\": \"${DR_TEST}\" is not a duration; write for example "
         "15s or 1h30m"},
        {"dsn: a\nslots: ${DR_TEST}",
         "2:8: key \"slots\" in source \"x\": \"${DR_TEST}\" is not a whole number; write for "
         "example 10"},
        {"dsn: ${DR_TEST_UNSET}",
         "1:6: key \"dsn\" in source \"x\": the environment variable DR_TEST_UNSET is not set; set "
         "it, or write \"$$\" for a dollar"},
        {"dsn: a${", "1:6: key \"dsn\" in source \"x\": \"${\" does not begin a ${NAME}; write "
                     "\"$$\" for a dollar"},
        {"dsn: ${1A}", "1:6: key \"dsn\" in source \"x\": \"${\" does not begin a ${NAME}; write "
                       "\"$$\" for a dollar"},
        {"dsn: ${A B}", "1:6: key \"dsn\" in source \"x\": \"${\" does not begin a ${NAME}; write "
                        "\"$$\" for a dollar"},
        {"dsn: ${DR_TEST_LATIN}",
         "1:6: key \"dsn\" in source \"x\": the environment variable DR_TEST_LATIN is not UTF-8; "
         "set it to UTF-8 text"},
    };
    struct fixture *fixture = *state;

    assert_int_equal(setenv("DR_TEST", "s3cret", 1), 0);
    assert_int_equal(unsetenv("DR_TEST_UNSET"), 0);
    assert_int_equal(setenv("DR_TEST_LATIN", "s3cr\xE9t", 1), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(free_text) char *report = load(fixture, cases[i].text);
        CLEANUP(free_text) char *expected = NULL;

        assert_true(asprintf(&expected, "etc/dr.yml:%s\n", cases[i].report) > 0);
        assert_non_null(report);
        assert_string_equal(report, expected);
        assert_null(strstr(report, "s3cr"));
    }
}

static void compares_by_value(void **state)
{
    static const char *const changes[] = {
        "dsn: b",           "dsn: a\nother_dsn: c", "dsn: a\npassword_file: /p",
        "dsn: a\nlabel: l", "dsn: a\nbudget: 3s",   "dsn: a\nbytes_max: 3B",
        "dsn: a\nslots: 4", "dsn: a\nratio: 1",     "dsn: a\nstrict: false",
    };
    struct fixture *fixture = *state;
    struct replica_settings first;

    assert_null(load(fixture, "dsn: a"));
    first = fixture->settings;
    assert_null(load(fixture, "{budget: 2000ms, slots: 3, dsn: 'a'}"));
    assert_true(settings_equal(replica_rows, ROW_COUNT, &first, &fixture->settings));
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        assert_null(load(fixture, changes[i]));
        assert_false(settings_equal(replica_rows, ROW_COUNT, &first, &fixture->settings));
    }
}

static void compares_sources(void **state)
{
    struct fixture *fixture = *state;

    assert_null(load(fixture, "dsn: a"));

    struct replica_settings other = fixture->settings;
    const struct source source = {.name = "s",
                                  .collector = &replica_collector,
                                  .dataset = "d",
                                  .survives = 1,
                                  .interval_ms = 1,
                                  .timeout_ms = 1,
                                  .settings = &fixture->settings};
    struct source changed[7];

    for (size_t i = 0; i < 7; i++) {
        changed[i] = source;
        assert_true(source_equal(&source, &changed[i]));
    }
    other.slots = 99;
    changed[0].name = "t";
    changed[1].dataset = "e";
    changed[2].dataset = NULL;
    changed[3].survives = 2;
    changed[4].interval_ms = 2;
    changed[5].timeout_ms = 2;
    changed[6].settings = &other;
    for (size_t i = 0; i < 7; i++) {
        assert_false(source_equal(&source, &changed[i]));
        assert_false(source_equal(&changed[i], &source));
    }
}

static void prints_a_table(void **state)
{
    CLEANUP(free_text) char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(out);
    settings_print(out, replica_rows, 5);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "| key | type | default | meaning |\n"
                              "|---|---|---|---|\n"
                              "| `dsn` | DSN | **required** | Where it is. |\n"
                              "| `other_dsn` | DSN |  | Where the other is. |\n"
                              "| `password_file` | file |  | Its password. |\n"
                              "| `label` | text | `none` | Free text, a \\| b. |\n"
                              "| `budget` | duration | `2s` | Time. |\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loads_every_type, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resolves_files_where_they_stand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(replaces_the_environment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_what_would_be_right, set_up, tear_down),
        cmocka_unit_test_setup_teardown(never_shows_the_environment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(compares_by_value, set_up, tear_down),
        cmocka_unit_test_setup_teardown(compares_sources, set_up, tear_down),
        cmocka_unit_test(prints_a_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
