/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of plans in several files. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/config.h"
#include "tests/unit/example_collectors.h"

#define TIERS "tiers: [{name: a, rpo: 1m}]\n"
#define SERVICES "services: [{name: shop, tier: a, datasets: [orders]}]\n"
#define SOURCES "sources: [{name: west, collector: backup, dataset: orders}]\n"

/* The tests run in a directory of their own, so that messages have short paths. */
static char directory[] = "/tmp/config_include_XXXXXX";

static int enter_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL || chdir(directory) != 0 ? -1 : mkdir("conf.d", 0700);
}

/* Every test removes its files. */
static int leave_directory(void **state)
{
    (void)state;
    return rmdir("conf.d") != 0 || chdir("/") != 0 ? -1 : rmdir(directory);
}

struct text_file {
    const char *path;
    const char *text;
};

#define FILES_MAX 5

static void write_files(const struct text_file *files)
{
    for (size_t i = 0; i < FILES_MAX && files[i].path != NULL; i++) {
        FILE *file = fopen(files[i].path, "w");

        assert_non_null(file);
        assert_true(fputs(files[i].text, file) >= 0);
        assert_int_equal(fclose(file), 0);
    }
}

static void remove_files(const struct text_file *files)
{
    for (size_t i = 0; i < FILES_MAX && files[i].path != NULL; i++) {
        assert_int_equal(remove(files[i].path), 0);
    }
}

/* Loads dr.yml: what has to come out is a report, or names of sources and a warning. */
static void check(const struct text_file *files, const char *report, const char *sources,
                  const char *warning)
{
    CLEANUP(free_text) char *actual = NULL;
    char names[200] = "";
    struct config *config;

    write_files(files);
    config = config_load("dr.yml", &actual);
    remove_files(files);
    if (report != NULL) {
        assert_null(config);
        assert_string_equal(actual, report);
        return;
    }
    assert_null(actual);
    assert_non_null(config);
    for (size_t i = 0; i < config->source_count; i++) {
        strncat(names, config->sources[i]->name, 50);
        strncat(names, " ", 2);
    }
    assert_string_equal(names, sources);
    assert_int_equal(config->warning_count, warning != NULL);
    if (warning != NULL) {
        assert_string_equal(config->warnings[0], warning);
    }
    config_free(config);
}

static void appends_in_sorted_order(void **state)
{
    const struct text_file files[FILES_MAX] = {
        {"dr.yml", "include: conf.d/*.yml\n" TIERS SOURCES},
        {"conf.d/b.yml", "sources: [{name: b, collector: backup, dataset: orders}]\n"},
        {"conf.d/a.yml", "exporter: {observer: here}\n" SERVICES
                         "sources: [{name: a, collector: backup, dataset: orders}]\n"},
        {"conf.d/c.txt", "not: included\n"},
    };

    (void)state;
    check(files, NULL, "west a b ", NULL);
}

static void reads_no_file_twice(void **state)
{
    const struct text_file files[FILES_MAX] = {
        {"dr.yml", "include: ['*.yml', more.yml, ./more.yml, conf.d/../more.yml]\n" TIERS SERVICES},
        {"more.yml", SOURCES},
    };

    (void)state;
    check(files, NULL, "west ", NULL);
}

static void warns_when_nothing_matches(void **state)
{
    const struct text_file files[FILES_MAX] = {
        {"dr.yml", "include: [nowhere/*.yml]\n" TIERS SERVICES SOURCES},
    };

    (void)state;
    check(files, NULL, "west ", "include: no file matches \"nowhere/*.yml\" of dr.yml");
}

static void reports_in_the_order_of_files(void **state)
{
    const struct text_file files[FILES_MAX] = {
        {"dr.yml", "include: [conf.d/b.yml, conf.d/a.yml, gone.yml]\nexporter: {}\nfoo: 1\n"},
        {"conf.d/a.yml", "bar: 1\nexporter: {}\ninclude: c.yml\n" TIERS SERVICES SOURCES},
        {"conf.d/b.yml", TIERS "zzz: 1\n" SOURCES},
    };

    (void)state;
    check(
        files,
        "dr.yml:1:39: the included file \"gone.yml\" does not exist; check the path, which is "
        "relative to this file\n"
        "dr.yml:3:1: unknown key \"foo\" in this file; known: exporter, tiers, services, sources, "
        "include\n"
        "conf.d/b.yml:2:1: unknown key \"zzz\" in this file; known: exporter, tiers, services, "
        "sources, include\n"
        "conf.d/a.yml:1:1: unknown key \"bar\" in this file; known: exporter, tiers, services, "
        "sources, include\n"
        "conf.d/a.yml:2:11: \"exporter\" stands in dr.yml already; keep it in one file\n"
        "conf.d/a.yml:3:10: an included file includes others; list them in \"include\" of "
        "dr.yml\n"
        "conf.d/a.yml:4:9: duplicate tier \"a\"; give it another name, the first is at "
        "conf.d/b.yml:1\n"
        "conf.d/a.yml:6:11: duplicate source \"west\"; give it another name, the first is at "
        "conf.d/b.yml:3\n",
        NULL, NULL);
}

static void guesses_nothing_from_what_is_unreadable(void **state)
{
    const struct text_file files[FILES_MAX] = {
        {"dr.yml", "include: conf.d\n" TIERS SERVICES},
        {"more.yml", ""},
    };
    const struct text_file broken[FILES_MAX] = {
        {"dr.yml", "include: more.yml\n" SERVICES "sources: [{name: x}]\n"},
        {"more.yml", "tiers: [\n"},
    };

    (void)state;
    check(files, "conf.d: cannot be read: Is a directory; check path and permissions\n", NULL,
          NULL);
    check(broken,
          "dr.yml:3:11: missing key \"collector\" in source \"x\"; add for example \"collector: "
          "some-name\"\n"
          "more.yml:2:1: not YAML: did not find expected node content while parsing a flow node; "
          "check indentation and quotes from here upwards\n",
          NULL, NULL);
}

static void refuses_empty_and_wrong_includes(void **state)
{
    const struct text_file files[FILES_MAX] = {
        {"dr.yml", "include: [more.yml, {a: b}, '']\n" TIERS SERVICES SOURCES},
        {"more.yml", ""},
    };

    (void)state;
    check(files,
          "dr.yml:1:21: key \"include\" in this file must be a name, not a mapping; write for "
          "example some-name\n"
          "dr.yml:1:29: key \"include\" in this file is empty; give it a name\n"
          "more.yml:1:1: the file is empty; write tiers, services and sources, see \"dr_exporter "
          "settings\"\n",
          NULL, NULL);
}

static void resolves_paths_where_they_stand(void **state)
{
    const struct text_file files[FILES_MAX] = {
        {"conf.d/dr[1].yml", "include: a*.yml\n" TIERS SERVICES},
        {"conf.d/a.yml", "sources: [{name: a, collector: replica, dataset: orders, dsn: x, "
                         "password_file: p}]\n"},
    };
    CLEANUP(free_text) char *report = NULL;
    struct config *config;

    (void)state;
    write_files(files);
    config = config_load("conf.d/dr[1].yml", &report);
    remove_files(files);
    assert_non_null(config);

    const struct replica_settings *settings = config->sources[0]->settings;

    assert_string_equal(settings->password_file, "conf.d/p");
    config_free(config);
}

static void refuses_files_that_are_too_large(void **state)
{
    CLEANUP(free_text) char *report = NULL;
    FILE *file = fopen("dr.yml", "w");

    (void)state;
    assert_non_null(file);
    assert_int_equal(ftruncate(fileno(file), CONFIG_FILE_BYTES_MAX + 1), 0);
    assert_int_equal(fclose(file), 0);
    assert_null(config_load("dr.yml", &report));
    assert_int_equal(remove("dr.yml"), 0);
    assert_string_equal(report, "dr.yml: cannot be read: it is larger than 8388608 bytes; check "
                                "path and permissions\n");
}

static void says_which_file_is_missing(void **state)
{
    CLEANUP(free_text) char *report = NULL;

    (void)state;
    assert_null(config_load("gone.yml", &report));
    assert_string_equal(report, "gone.yml: cannot be read: No such file or directory; check path "
                                "and permissions\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_in_sorted_order),
        cmocka_unit_test(reads_no_file_twice),
        cmocka_unit_test(warns_when_nothing_matches),
        cmocka_unit_test(reports_in_the_order_of_files),
        cmocka_unit_test(guesses_nothing_from_what_is_unreadable),
        cmocka_unit_test(refuses_empty_and_wrong_includes),
        cmocka_unit_test(resolves_paths_where_they_stand),
        cmocka_unit_test(refuses_files_that_are_too_large),
        cmocka_unit_test(says_which_file_is_missing),
    };

    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
