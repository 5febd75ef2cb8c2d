/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of settings that are lists of texts or mappings of texts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/bounds.h"
#include "exporter/buffer.h"
#include "exporter/cleanup.h"
#include "exporter/setting_load.h"
#include "tests/unit/example_collectors.h"

#define ROW_COUNT (sizeof replica_rows / sizeof replica_rows[0])

/* Loads the settings from `text` and returns the report, NULL if there were no problems. */
static char *load(struct arena *arena, const char *text, struct replica_settings *settings)
{
    struct yaml_report report;
    struct yaml_file *file;
    char *printed;

    memset(settings, 0, sizeof *settings);
    yaml_report_init(&report);
    file = yaml_file_parse(text, strlen(text), "etc/dr.yml", 0, &report);
    if (file != NULL) {
        struct setting_loader loader = {arena, &report, "source \"x\"", false};
        struct setting_section section = {replica_rows, ROW_COUNT, settings};

        settings_load(&loader, yaml_root(file), &section, 1);
    }
    printed = yaml_report_print(&report);
    yaml_file_free(file);
    yaml_report_release(&report);
    return printed;
}

static void loads_items_in_their_order(void **state)
{
    static const char *const patterns[] = {"/usr/bin/tool", "", "--key=s3cret", "a$b", "12"};
    static const struct setting_pair pairs[] = {
        {"security.protocol", "ssl"}, {"ps3cret", "x s3cret"}, {"empty", ""}};
    struct arena *arena = arena_new();
    struct replica_settings settings;

    (void)state;
    assert_int_equal(setenv("DR_TEST", "s3cret", 1), 0);
    assert_null(load(arena,
                     "dsn: a\npatterns: [/usr/bin/tool, '', '--key=${DR_TEST}', 'a$$b', 12]\n"
                     "properties: {security.protocol: ssl, 'p${DR_TEST}': 'x ${DR_TEST}', "
                     "empty: ''}\n",
                     &settings));
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        assert_string_equal(settings.patterns[i], patterns[i]);
    }
    assert_null(settings.patterns[sizeof patterns / sizeof patterns[0]]);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_string_equal(settings.properties[i].key, pairs[i].key);
        assert_string_equal(settings.properties[i].value, pairs[i].value);
    }
    assert_null(settings.properties[sizeof pairs / sizeof pairs[0]].key);
    assert_null(load(arena, "dsn: a", &settings));
    assert_null(settings.patterns);
    assert_null(settings.properties);
    arena_free(arena);
}

static const struct {
    const char *text;
    const char *report;
} bad_settings[] = {
    {"dsn: a\npatterns: x",
     "2:11: key \"patterns\" in source \"x\" must be a list, not text; write for example [one, "
     "two]"},
    {"dsn: a\npatterns: {a: b}",
     "2:11: key \"patterns\" in source \"x\" must be a list, not a mapping; write for example "
     "[one, two]"},
    {"dsn: a\npatterns:",
     "2:10: key \"patterns\" in source \"x\" must be a list, not nothing; write for example [one, "
     "two]"},
    {"dsn: a\npatterns: []",
     "2:11: key \"patterns\" in source \"x\" has 0 items; write between 1 and 1000, or remove the "
     "key"},
    {"dsn: a\npatterns: [a,\n  [b]]",
     "3:3: key \"patterns\" in source \"x\" must be text, not a list; write for example \"some "
     "text\""},
    {"dsn: a\npatterns:\n- a\n- ~",
     "4:3: key \"patterns\" in source \"x\" has no value; write for example \"some text\", or "
     "remove the key"},
    {"dsn: a\npatterns: [a, '${DR_TEST_UNSET}']",
     "2:15: key \"patterns\" in source \"x\": the environment variable DR_TEST_UNSET is not set; "
     "set it, or write \"$$\" for a dollar"},
    {"dsn: a\nproperties: [a]",
     "2:13: key \"properties\" in source \"x\" must be a mapping, not a list; write for example "
     "{key: value}"},
    {"dsn: a\nproperties: {}",
     "2:13: key \"properties\" in source \"x\" has 0 items; write between 1 and 1000, or remove "
     "the key"},
    {"dsn: a\nproperties:\n  a: b\n  c:\n    d: e",
     "5:5: key \"properties\" in source \"x\" must be text, not a mapping; write for example "
     "\"some text\""},
    {"dsn: a\nproperties:\n  a: b\n  c: '${DR_TEST_UNSET}'",
     "4:6: key \"properties\" in source \"x\": the environment variable DR_TEST_UNSET is not set; "
     "set it, or write \"$$\" for a dollar"},
};

static void says_what_would_be_right(void **state)
{
    struct arena *arena = arena_new();

    (void)state;
    assert_int_equal(unsetenv("DR_TEST_UNSET"), 0);
    for (size_t i = 0; i < sizeof bad_settings / sizeof bad_settings[0]; i++) {
        struct replica_settings settings;
        CLEANUP(free_text) char *report = load(arena, bad_settings[i].text, &settings);
        CLEANUP(free_text) char *expected = NULL;

        assert_true(asprintf(&expected, "etc/dr.yml:%s\n", bad_settings[i].report) > 0);
        assert_non_null(report);
        assert_string_equal(report, expected);
        assert_null(settings.patterns);
        assert_null(settings.properties);
    }
    arena_free(arena);
}

static void caps_the_number_of_items(void **state)
{
    (void)state;
    for (int count = SETTING_ITEMS_MAX; count <= SETTING_ITEMS_MAX + 1; count++) {
        struct arena *arena = arena_new();
        struct replica_settings settings;
        struct buffer buffer;
        char *report;

        buffer_init(&buffer, 16);
        buffer_add_text(&buffer, "dsn: a\npatterns:\n");
        for (int i = 0; i < count; i++) {
            buffer_add_text(&buffer, "- a\n");
        }
        buffer_add(&buffer, "", 1);
        report = load(arena, buffer.text, &settings);
        assert_int_equal(report == NULL, count == SETTING_ITEMS_MAX);
        free(report);
        buffer_release(&buffer);
        arena_free(arena);
    }
}

static void compares_by_value(void **state)
{
    static const char base[] = "{dsn: a, patterns: [b, c], properties: {d: e, f: g}}";
    static const char *const changes[] = {
        "{dsn: a, properties: {d: e, f: g}}",
        "{dsn: a, patterns: [b], properties: {d: e, f: g}}",
        "{dsn: a, patterns: [b, c, d], properties: {d: e, f: g}}",
        "{dsn: a, patterns: [c, b], properties: {d: e, f: g}}",
        "{dsn: a, patterns: [b, x], properties: {d: e, f: g}}",
        "{dsn: a, patterns: [b, c]}",
        "{dsn: a, patterns: [b, c], properties: {d: e}}",
        "{dsn: a, patterns: [b, c], properties: {d: e, f: g, h: i}}",
        "{dsn: a, patterns: [b, c], properties: {d: e, f: x}}",
        "{dsn: a, patterns: [b, c], properties: {d: e, x: g}}",
    };
    struct arena *arena = arena_new();
    struct replica_settings first;
    struct replica_settings other;

    (void)state;
    assert_null(load(arena, base, &first));
    assert_null(load(arena, "properties: {d: 'e', f: g}\npatterns: ['b', c]\ndsn: a", &other));
    assert_true(settings_equal(replica_rows, ROW_COUNT, &first, &other));
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        assert_null(load(arena, changes[i], &other));
        assert_false(settings_equal(replica_rows, ROW_COUNT, &first, &other));
        assert_false(settings_equal(replica_rows, ROW_COUNT, &other, &first));
    }
    arena_free(arena);
}

static void documents_their_types(void **state)
{
    CLEANUP(free_text) char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(out);
    settings_print(out, replica_rows + ROW_COUNT - 2, 2);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, "| key | type | default | meaning |\n"
                              "|---|---|---|---|\n"
                              "| `patterns` | list |  | What of it. |\n"
                              "| `properties` | mapping |  | Of the client. |\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_items_in_their_order), cmocka_unit_test(says_what_would_be_right),
        cmocka_unit_test(caps_the_number_of_items),   cmocka_unit_test(compares_by_value),
        cmocka_unit_test(documents_their_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
