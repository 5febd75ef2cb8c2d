/* SPDX-License-Identifier: Apache-2.0 */
/* The estimate of a restore when there is more data than the drill restored. */

#include "tests/unit/rto_fixture.h"

/* A collection of the backup of the dataset b. */
static void publish(struct fixture *f, struct board *board, bool succeeded, struct reading bytes)
{
    struct arena *arena = arena_new();
    struct snapshot *snapshot = arena_alloc(arena, sizeof *snapshot);

    *snapshot = (struct snapshot){.arena = arena,
                                  .collected_at = NOW,
                                  .finished_monotonic_ms = NOW_MS,
                                  .succeeded = succeeded,
                                  .evidence = {.data_bytes = bytes}};
    if (!succeeded) {
        (void)error_set(&snapshot->error, ERROR_TIMEOUT, "no answer");
    }
    board_publish(board, f->entries[B2], snapshot);
}

/* More data than in the drill takes longer to restore, to execute and not to decide. */
static void grows_with_the_data(void **state)
{
    static const double phases[DRILL_PHASE_COUNT] = {0, 60, 600, 40, 0};
    struct fixture *f = *state;
    struct board *board = board_new();
    struct drill_evidence *drill = add_drill(f, "store", DRILL_RESTORE, 1000, phases);
    const struct verdict *verdict;

    publish(f, board, true, (struct reading){true, 300});
    /* 600 s execute and 300 s other for an unknown size. */
    assert_reading(&judge(f, "store", DISRUPTION_CORRUPTION)->rto.total_seconds, 101 + 1000);
    drill->data_bytes = (struct reading){true, 100};
    verdict = judge(f, "store", DISRUPTION_CORRUPTION);
    assert_reading(&verdict->rto.components[RTO_DATA_GROWTH], 1800);
    assert_reading(&verdict->rto.total_seconds, 101 + 1000 + 1800);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_PASS);
    assert_non_null(strstr(verdict->checks[CHECK_RTO].reason, "30m data_growth"));
    publish(f, board, true, (struct reading){true, 500});
    verdict = judge(f, "store", DISRUPTION_CORRUPTION);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_FAIL);
    /* Less data is no promise that it goes faster. */
    publish(f, board, true, (struct reading){true, 50});
    assert_reading(&judge(f, "store", DISRUPTION_CORRUPTION)->rto.total_seconds, 101 + 1000);
    board_free(board);
}

/* Nothing has become smaller because nobody can be asked. */
static void remembers_how_much_data_there_was(void **state)
{
    struct fixture *f = *state;
    struct board *board = board_new();
    struct drill_evidence *drill = add_drill(f, "store", DRILL_RESTORE, 1000, NULL);
    const struct verdict *verdict;

    drill->data_bytes = (struct reading){true, 100};
    verdict = judge(f, "store", DISRUPTION_CORRUPTION);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_UNKNOWN);
    assert_reading(&verdict->rto.total_seconds, -1);
    assert_non_null(
        strstr(verdict->checks[CHECK_RTO].reason, "how much there is to restore is not known"));
    /* That would take too long anyway. */
    drill->recovery_seconds.value = 3600;
    assert_int_equal(judge(f, "store", DISRUPTION_CORRUPTION)->checks[CHECK_RTO].state, CHECK_FAIL);
    drill->recovery_seconds.value = 1000;
    publish(f, board, false, (struct reading){true, 50});
    assert_int_equal(judge(f, "store", DISRUPTION_CORRUPTION)->checks[CHECK_RTO].state,
                     CHECK_UNKNOWN);
    publish(f, board, true, (struct reading){true, 500});
    assert_reading(&judge(f, "store", DISRUPTION_CORRUPTION)->rto.total_seconds, 101 + 5000);
    publish(f, board, false, (struct reading){false, 0});
    verdict = judge(f, "store", DISRUPTION_CORRUPTION);
    assert_reading(&verdict->rto.total_seconds, 101 + 5000);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_FAIL);
    publish(f, board, true, (struct reading){false, 0});
    assert_reading(&judge(f, "store", DISRUPTION_CORRUPTION)->rto.total_seconds, 101 + 5000);
    board_free(board);
}

/* It answers, and has never told how much it holds: the estimate is that of the drill. */
static void leaves_out_what_tells_no_size(void **state)
{
    struct fixture *f = *state;
    struct board *board = board_new();

    add_drill(f, "store", DRILL_RESTORE, 1000, NULL)->data_bytes = (struct reading){true, 100};
    publish(f, board, true, (struct reading){false, 0});
    assert_reading(&judge(f, "store", DISRUPTION_CORRUPTION)->rto.total_seconds, 101 + 1000);
    board_free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(grows_with_the_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(remembers_how_much_data_there_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_out_what_tells_no_size, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
