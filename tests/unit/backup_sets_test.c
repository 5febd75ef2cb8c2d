/* SPDX-License-Identifier: Apache-2.0 */
/* A set of backups that vanishes is missed for a day. */

#include "collectors/backup_sets.h"
#include "tests/unit/backup_fixture.h"

#define DAY 86400.0

static bool watch(struct bench *bench, struct backup_sets *sets, double now)
{
    prove(bench);
    return backup_sets_watch(sets, &bench->groups, now, &bench->error);
}

static void test_a_set_vanishes(void **state)
{
    struct bench *bench = *state;
    struct backup_sets sets = {.items = NULL};

    (void)add(bench, "", "a", 1);
    (void)add(bench, "", "b", 1);
    assert_true(watch(bench, &sets, NOW));
    assert_true(watch(bench, &sets, NOW + 10));
    bench->catalog.backup_count = 1;
    assert_false(watch(bench, &sets, NOW + 70));
    print_message("%s\n", bench->error.message);
    assert_int_equal(bench->error.kind, ERROR_INCONSISTENT);
    assert_non_null(strstr(bench->error.message, "set \"b\" is gone; it was last there"));
    assert_false(watch(bench, &sets, NOW + DAY));
    /* It comes back, and goes for good. */
    bench->catalog.backup_count = 2;
    assert_true(watch(bench, &sets, NOW + DAY + 1));
    bench->catalog.backup_count = 1;
    assert_false(watch(bench, &sets, NOW + DAY + 2));
    assert_true(watch(bench, &sets, NOW + 2 * DAY + 2));
    assert_int_equal(sets.count, 1);
    backup_sets_release(&sets);
}

/* Then the check fails, which is worse than not to know. */
static void test_nothing_is_left(void **state)
{
    struct bench *bench = *state;
    struct backup_sets sets = {.items = NULL};

    (void)add(bench, "", "a", 1);
    assert_true(watch(bench, &sets, NOW));
    bench->catalog.backup_count = 0;
    assert_true(watch(bench, &sets, NOW + 1));
    /* The first set of a repository that had none. */
    (void)add_place(bench, "1", "");
    assert_true(watch(bench, &sets, NOW + DAY));
    (void)add(bench, "1", "c", 1);
    assert_true(watch(bench, &sets, NOW + DAY + 1));
    backup_sets_release(&sets);
}

static void test_too_many(void **state)
{
    struct bench *bench = *state;
    struct backup_sets sets = {.items = NULL};

    for (int i = 0; i < BACKUP_REPOSITORIES_MAX; i++) {
        (void)add(bench, "", arena_printf(bench->arena, "%d", i), 1);
    }
    assert_true(watch(bench, &sets, NOW));
    (void)add(bench, "", "one more", 1);
    assert_false(watch(bench, &sets, NOW + 1));
    assert_non_null(strstr(bench->error.message, "choose one by \"set\""));
    backup_sets_release(&sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_set_vanishes),
        TEST(test_nothing_is_left),
        TEST(test_too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
