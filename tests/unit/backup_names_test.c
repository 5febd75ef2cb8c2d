/* SPDX-License-Identifier: Apache-2.0 */
/* Dates in names of backups, and names that no finished backup has. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/backup_names.h"

#define NOON 1795262400.0 /* 2026-11-21T12:00:00Z */

static void test_dates_in_names(void **state)
{
    static const struct {
        const char *pattern;
        const char *name;
        double seconds; /* 0: none. */
    } cases[] = {
        {"%Y-%m-%dT%H:%M:%SZ", "/b/2026-11-21T12:00:00Z-000007", NOON},
        {"%Y%m%d-%H%M", "db-20261121-1200.dump.gz", NOON},
        {"%Y/%m/%d/db-%H", "pg/2026/11/21/db-12.gz", NOON},
        {"%Y%m%d", "db-20261121.gz", NOON - 12 * 3600},
        {"%s", "etcd-snapshot-node1-1795262400.zip", NOON},
        {"-%s", "etcd-snapshot-10-1795262400", NOON},
        {"%Y-%m-%dT%H:%M:%S%z", "a2026-11-21T13:30:00+01:30", NOON},
        {"%Y-%m-%dT%H:%M:%S%z", "a2026-11-21T04:00:00-0800b", NOON},
        {"%Y-%m-%dT%H:%M:%S%z", "a2026-11-21T12:00:00Zb", NOON},
        {"100%%-%Y%m%d%H", "100%-2026112112", NOON},
        /* The last part tells it, or else all of it; of several the oldest. */
        {"%Y%m%d%H", "20269921/2026112113/2026112112", NOON},
        {"%Y%m%d%H", "2026112113/db-2026112112.dump", NOON},
        {"%Y%m%d%H", "20269921/2026112113/2026112112/db.dump", NOON},
        {"%Y%m%d%H", "db-2026112113-of-2026112112.dump", NOON},
        {"%Y%m%d", "db-20260231.gz", 0},
        {"%Y%m%d", "db-20261301.gz", 0},
        {"%Y%m%d%H", "db-2026112124.gz", 0},
        {"%Y%m%d", "db-120261121.gz", 0},
        {"%Y%m%d", "db-202611211.gz", 0},
        {"%Y%m%d", "db-2026112", 0},
        {"%Y%m%d", "", 0},
        {"%s", "node-12345", 0},
        {"%s", "node-123456789012", 0},
        {"%Y-%m-%dT%H:%M:%S%z", "2026-11-21T12:00:00", 0},
        {"%Y-%m-%dT%H:%M:%S%z", "2026-11-21T12:00:00+1", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double seconds = 0;
        struct error error;

        print_message("%s %s\n", cases[i].pattern, cases[i].name);
        assert_true(backup_name_time_check(cases[i].pattern, &error));
        assert_int_equal(backup_name_date(cases[i].pattern, cases[i].name, &seconds),
                         cases[i].seconds > 0);
        assert_true(fabs(seconds - cases[i].seconds) < 1e-6);
    }
}

static void test_patterns_that_are_none(void **state)
{
    static const char *const patterns[] = {"",       "%Y",         "%Y%m",    "%Y%m%d%",
                                           "%Y%m%j", "%Y%m%d%I%p", "%H%M%S%z"};

    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        struct error error = {.message = ""};

        print_message("%s\n", patterns[i]);
        assert_false(backup_name_time_check(patterns[i], &error));
        assert_non_null(strstr(error.message, "name_time"));
    }
}

static void test_names_that_are_not_finished(void **state)
{
    static const char *const own[] = {"*.gz.*", "tmp-?", NULL};
    struct backup_settings settings = {.ignore = NULL};

    (void)state;
    assert_true(backup_name_ignored(&settings, "/backups/db.dump.tmp"));
    assert_true(backup_name_ignored(&settings, "db.partial"));
    assert_false(backup_name_ignored(&settings, "/backups.tmp/db.dump"));
    settings.ignore = own;
    assert_true(backup_name_ignored(&settings, "/backups/db.gz.1"));
    assert_true(backup_name_ignored(&settings, "tmp-1"));
    assert_false(backup_name_ignored(&settings, "db.dump.tmp"));
}

static void test_a_backup_is_as_of_its_start(void **state)
{
    struct arena *arena = arena_new();
    struct backup_settings settings = {.dump_duration_ms = 0};
    struct backup backup = {.name = ""};

    (void)state;
    /* A modification time alone may be that of a copy. */
    backup_name_fill(&settings, arena, "db-20261121-1130", NOON, 7, &backup);
    assert_int_equal(backup.state, BACKUP_FAILED);
    assert_false(backup.restores_to.known);
    assert_non_null(strstr(backup.problem, "name_time"));
    settings.dump_duration_ms = 600000;
    backup_name_fill(&settings, arena, "db-20261121-1130", NOON, 7, &backup);
    assert_int_equal(backup.state, BACKUP_USABLE);
    assert_true(fabs(backup.restores_to.value - (NOON - 600)) < 1e-6);
    assert_false(backup.started.known);
    settings.name_time = "%Y%m%d-%H%M";
    backup_name_fill(&settings, arena, "db-20261121-1130", NOON, 7, &backup);
    assert_true(fabs(backup.restores_to.value - (NOON - 1800)) < 1e-6);
    assert_true(backup.started.known);

    /* Nothing is made up where the name does not say it, or says what cannot be. */
    backup = (struct backup){.name = ""};
    backup_name_fill(&settings, arena, "db-latest", NOON, 7, &backup);
    assert_int_equal(backup.state, BACKUP_FAILED);
    assert_false(backup.restores_to.known);
    assert_non_null(strstr(backup.problem, "no date of the form \"%Y%m%d-%H%M\""));
    backup_name_fill(&settings, arena, "db-20261121-1430", NOON, 7, &backup);
    assert_int_equal(backup.state, BACKUP_FAILED);
    assert_non_null(strstr(backup.problem, "local time"));
    backup_name_fill(&settings, arena, "db-20261121-1130", NOON, 0, &backup);
    assert_int_equal(backup.state, BACKUP_FAILED);
    assert_string_equal(backup.problem, "it is empty");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates_in_names),
        cmocka_unit_test(test_patterns_that_are_none),
        cmocka_unit_test(test_names_that_are_not_finished),
        cmocka_unit_test(test_a_backup_is_as_of_its_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
