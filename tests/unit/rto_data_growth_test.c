/* SPDX-License-Identifier: Apache-2.0 */
/* The estimate of a restore when there is more data than the drill restored. */

#include "tests/unit/rto_fixture.h"

/* More data than in the drill takes longer to restore, to execute and not to decide. */
static void grows_with_the_data(void **state)
{
    static const double phases[DRILL_PHASE_COUNT] = {0, 60, 600, 40, 0};
    struct fixture *f = *state;
    struct snapshot backup = f->files;
    struct drill_evidence *drill = add_drill(f, "store", DRILL_RESTORE, 1000, phases);
    const struct verdict *verdict;

    f->entries[B2]->snapshot = &backup;
    backup.evidence.data_bytes = (struct reading){true, 300};
    /* 600 s execute and 300 s other for an unknown size. */
    assert_reading(&judge(f, "store", DISRUPTION_CORRUPTION)->rto.total_seconds, 101 + 1000);
    drill->data_bytes = (struct reading){true, 100};
    verdict = judge(f, "store", DISRUPTION_CORRUPTION);
    assert_reading(&verdict->rto.components[RTO_DATA_GROWTH], 1800);
    assert_reading(&verdict->rto.total_seconds, 101 + 1000 + 1800);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_PASS);
    assert_non_null(strstr(verdict->checks[CHECK_RTO].reason, "30m data_growth"));
    backup.evidence.data_bytes.value = 500;
    verdict = judge(f, "store", DISRUPTION_CORRUPTION);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_FAIL);
    /* Less data is no promise that it goes faster. */
    backup.evidence.data_bytes.value = 50;
    assert_reading(&judge(f, "store", DISRUPTION_CORRUPTION)->rto.total_seconds, 101 + 1000);
    /* What cannot be measured now says nothing. */
    backup.evidence.data_bytes.value = 500;
    backup.succeeded = false;
    assert_reading(&judge(f, "store", DISRUPTION_CORRUPTION)->rto.total_seconds, 101 + 1000);
    f->entries[B2]->snapshot = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(grows_with_the_data, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
