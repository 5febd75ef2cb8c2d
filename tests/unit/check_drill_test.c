/* SPDX-License-Identifier: Apache-2.0 */
/* Drills and runbooks: how old, how long it took, and for which service. */

#include "tests/unit/verdict_fixture.h"

#define DAY 86400.0

/* A success of a full drill, some days ago, with its measured recovery time. */
static struct drill_evidence full_drill(const char *service, double days, double recovery)
{
    return (struct drill_evidence){.service = service,
                                   .type = DRILL_FULL,
                                   .last_attempt = {true, NOW - days * DAY},
                                   .last_success = {true, NOW - days * DAY},
                                   .recovery_seconds = {recovery > 0, recovery}};
}

static void give_drills(struct fixture *f, size_t i, const struct drill_evidence *drills,
                        size_t count)
{
    collect(f, i, 0)->evidence.drills = drills;
    f->snapshots[i].evidence.drill_count = count;
}

static void test_drill_and_recovery_time(void **state)
{
    static const struct {
        double days;
        double recovery;
        enum check_state drill;
        enum check_state rto;
    } table[] = {
        {10, 299, CHECK_PASS, CHECK_PASS},
        {365, 300, CHECK_PASS, CHECK_PASS},
        {365.1, 300.1, CHECK_FAIL, CHECK_FAIL},
        {10, 0, CHECK_PASS, CHECK_UNKNOWN},
    };
    struct fixture f;

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct drill_evidence drills[] = {full_drill("other", 1, 1),
                                          full_drill("strict", table[i].days, table[i].recovery)};
        const struct verdict *verdict;

        give_drills(&f, 2, drills, 2);
        verdict = judge(&f, "strict");
        assert_int_equal(verdict->checks[CHECK_DRILL].state, table[i].drill);
        assert_int_equal(verdict->checks[CHECK_RTO].state, table[i].rto);
    }
    tear_down(&f);
}

static void test_the_newest_success_counts(void **state)
{
    struct drill_evidence older[] = {full_drill("strict", 20, 10)};
    struct drill_evidence newer[] = {full_drill("strict", 5, 900)};
    struct fixture f;

    (void)state;
    set_up(&f);
    give_drills(&f, 2, older, 1);
    give_drills(&f, 3, newer, 1);
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RTO].state, CHECK_FAIL);
    assert_reason(judge(&f, "strict"), CHECK_RTO, "5d ago took 15m");
    /* A failed attempt after it is no success, and a success that was never one is none. */
    newer[0].last_success.known = false;
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RTO].state, CHECK_PASS);
    /* One of the future is none either. */
    older[0].last_success.value = NOW + 301;
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RTO].state, CHECK_UNKNOWN);
    older[0].last_success.value = NOW + 300;
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RTO].state, CHECK_PASS);
    /* Nothing counts of a source that cannot be read. */
    f.snapshots[2].succeeded = false;
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RTO].state, CHECK_UNKNOWN);
    assert_int_equal(judge(&f, "strict")->checks[CHECK_DRILL].state, CHECK_UNKNOWN);
    tear_down(&f);
}

static void test_runbook(void **state)
{
    struct runbook_evidence runbook = {.service = "strict", .validated = {true, NOW - 90 * DAY}};
    struct fixture f;

    (void)state;
    set_up(&f);
    collect(&f, 2, 0)->evidence.runbooks = &runbook;
    f.snapshots[2].evidence.runbook_count = 1;
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RUNBOOK].state, CHECK_PASS);
    runbook.validated.value -= 1;
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RUNBOOK].state, CHECK_FAIL);
    runbook.validated = (struct reading){true, NOW};
    runbook.validated.value = NOW + 15 * 3600;
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RUNBOOK].state, CHECK_UNKNOWN);
    runbook.problem = "the section Rollback is missing";
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RUNBOOK].state, CHECK_FAIL);
    assert_reason(judge(&f, "strict"), CHECK_RUNBOOK, "Rollback");
    /* Another service's runbook, and one of a source that the service does not list. */
    runbook = (struct runbook_evidence){.service = "two", .validated = {true, NOW}};
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RUNBOOK].state, CHECK_UNKNOWN);
    runbook.service = NULL;
    assert_int_equal(judge(&f, "strict")->checks[CHECK_RUNBOOK].state, CHECK_UNKNOWN);
    tear_down(&f);
}

/* The document that was validated longest ago decides, and one without a date even more. */
static void test_several_documents(void **state)
{
    struct runbook_evidence documents[] = {{.validated = {true, NOW}},
                                           {.validated = {true, NOW - 91 * DAY}}};
    struct runbook_evidence named = {.service = "listing3", .validated = {true, NOW - DAY}};
    struct fixture f;

    (void)state;
    set_up(&f);
    (void)collect(&f, 0, 0);
    collect(&f, 1, 0)->evidence.runbooks = documents;
    f.snapshots[1].evidence.runbook_count = 2;
    assert_int_equal(judge(&f, "listing3")->checks[CHECK_RUNBOOK].state, CHECK_FAIL);
    documents[1].validated.value = NOW - 89 * DAY;
    assert_int_equal(judge(&f, "listing3")->checks[CHECK_RUNBOOK].state, CHECK_PASS);
    documents[1].validated.known = false;
    assert_int_equal(judge(&f, "listing3")->checks[CHECK_RUNBOOK].state, CHECK_UNKNOWN);
    collect(&f, 2, 0)->evidence.runbooks = &named;
    f.snapshots[2].evidence.runbook_count = 1;
    assert_int_equal(judge(&f, "listing3")->checks[CHECK_RUNBOOK].state, CHECK_PASS);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drill_and_recovery_time),
        cmocka_unit_test(test_the_newest_success_counts),
        cmocka_unit_test(test_runbook),
        cmocka_unit_test(test_several_documents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
