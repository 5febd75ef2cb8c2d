/* SPDX-License-Identifier: Apache-2.0 */
/* Position → time: no answer is ever newer than the truth. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exporter/bounds.h"
#include "exporter/history.h"

static void test_empty_knows_nothing(void **state)
{
    struct history *history = history_new();
    uint64_t position;
    double time;

    (void)state;
    assert_false(history_recovery_point(history, 1, 100, &time));
    assert_false(history_beyond_since(history, 1, 100, &time));
    assert_false(history_newest(history, 1, &time, &position));
    history_free(history);
}

static void test_recovery_point(void **state)
{
    static const struct {
        uint64_t position;
        bool known;
        double time;
        bool beyond;
        double beyond_since;
    } table[] = {
        {99, false, 0, true, 10},   /* Before all that is known. */
        {100, true, 11, true, 12},  /* The newest instant of an idle time. */
        {150, true, 11, true, 12},  /* Between two points: dated by the earlier. */
        {200, true, 12, true, 13},  /* Exactly. */
        {300, true, 13, false, 0},  /* Caught up. */
        {9999, true, 13, false, 0}, /* Never seen that far. */
    };
    struct history *history = history_new();

    (void)state;
    history_add(history, 7, 10, 100);
    history_add(history, 7, 11, 100);
    history_add(history, 7, 12, 200);
    history_add(history, 7, 13, 300);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double time = -1;
        double since = -1;

        assert_int_equal(history_recovery_point(history, 7, table[i].position, &time),
                         table[i].known);
        assert_true(!table[i].known || (time >= table[i].time && time <= table[i].time));
        assert_int_equal(history_beyond_since(history, 7, table[i].position, &since),
                         table[i].beyond);
        if (table[i].known && table[i].position < 200) {
            assert_true(history_reached_since(history, 7, table[i].position, &since));
            assert_true(since >= 10 && since <= 10); /* Idle time does not count. */
            since = table[i].beyond_since;
        }
        assert_true(!table[i].beyond ||
                    (since >= table[i].beyond_since && since <= table[i].beyond_since));
    }
    history_free(history);
}

static void test_forgets_what_is_not_comparable(void **state)
{
    struct history *history = history_new();
    uint64_t position;
    double time;

    (void)state;
    history_add(history, 1, 10, 100);
    assert_false(history_recovery_point(history, 2, 100, &time));
    history_add(history, 2, 11, 500); /* Another timeline. */
    assert_false(history_recovery_point(history, 1, 100, &time));
    assert_false(history_recovery_point(history, 2, 100, &time));
    history_add(history, 2, 12, 400); /* Backwards. */
    assert_true(history_newest(history, 2, &time, &position));
    assert_int_equal(position, 400);
    history_add(history, 2, 5, 600); /* The clock was set back. */
    assert_false(history_recovery_point(history, 2, 500, &time));
    assert_true(history_recovery_point(history, 2, 600, &time));
    history_free(history);
}

/* However long it runs: bounded, and every answer at most as new as the truth. */
static void test_thins_out_towards_older_answers(void **state)
{
    const uint64_t count = 50 * HISTORY_POINTS_MAX;
    struct history *history = history_new();
    double worst = 0;

    (void)state;
    for (uint64_t i = 0; i < count; i++) {
        history_add(history, 1, (double)i, i * 10);
    }
    for (uint64_t i = 0; i < count; i += 97) {
        double time;

        assert_true(history_recovery_point(history, 1, i * 10, &time));
        assert_true(time <= (double)i);
        worst = (double)i - time > worst && i > count - HISTORY_POINTS_MAX / 4 ? (double)i - time
                                                                               : worst;
    }
    assert_true(worst < 1); /* The newest quarter is in full detail. */
    history_free(history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_knows_nothing),
        cmocka_unit_test(test_recovery_point),
        cmocka_unit_test(test_forgets_what_is_not_comparable),
        cmocka_unit_test(test_thins_out_towards_older_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
