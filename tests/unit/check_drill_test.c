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
                                   .last_result = ANSWER_YES,
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
        /* Its source is asked every second and has another one to answer. */
        {10, 297, CHECK_PASS, CHECK_PASS},
        {365, 298, CHECK_PASS, CHECK_PASS},
        {365.1, 298.1, CHECK_FAIL, CHECK_FAIL},
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
    assert_reason(judge(&f, "strict"), CHECK_RTO,
                  "15m 2s (2s detection, 15m other) by the full drill 5d ago, RTO 5m");
    newer[0].last_success.known = false;
    newer[0].last_attempt.known = false;
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

/* What failed last does not work now, however new the success before it is. */
static void test_a_newer_failure_counts(void **state)
{
    static const struct {
        double attempt_days;
        enum answer result;
        bool attempt_known;
        double other_days; /* Since the success that another source knows of. */
        enum check_state expected;
    } table[] = {
        {2, ANSWER_NO, true, 9, CHECK_FAIL},
        {2, ANSWER_NO, true, 2, CHECK_FAIL}, /* Which was first? */
        {2, ANSWER_NO, true, 1, CHECK_PASS},
        {2, ANSWER_UNKNOWN, true, 9, CHECK_FAIL},
        {2, ANSWER_YES, true, 9, CHECK_PASS},
        {5, ANSWER_UNKNOWN, true, 9, CHECK_PASS}, /* It is the success itself. */
        {2, ANSWER_NO, false, 9, CHECK_FAIL},
        {2, ANSWER_NO, false, 1, CHECK_PASS},
        {2, ANSWER_UNKNOWN, false, 9, CHECK_PASS},
        {-1, ANSWER_NO, true, 1, CHECK_FAIL}, /* Of the future. */
    };
    struct drill_evidence drill = full_drill("strict", 5, 60);
    struct drill_evidence other = full_drill("strict", 5, 60);
    struct fixture f;

    (void)state;
    set_up(&f);
    give_drills(&f, C1, &drill, 1);
    give_drills(&f, C2, &other, 1);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        drill.last_attempt.value = NOW - table[i].attempt_days * DAY;
        drill.last_attempt.known = table[i].attempt_known;
        drill.last_result = table[i].result;
        other = full_drill("strict", table[i].other_days, 60);
        assert_int_equal(judge(&f, "strict")->checks[CHECK_DRILL].state, table[i].expected);
        assert_int_equal(judge(&f, "strict")->checks[CHECK_RTO].state, table[i].expected);
    }
    drill.last_attempt.value = NOW - 7200;
    assert_reason(judge(&f, "strict"), CHECK_DRILL, "the full drill 2h ago failed, limit 1y");
    assert_reason(judge(&f, "strict"), CHECK_RTO, "the full drill 2h ago failed, RTO 5m");
    /* A failure is known although no success is. */
    drill.last_success.known = false;
    other.last_success.known = false;
    assert_int_equal(judge(&f, "strict")->checks[CHECK_DRILL].state, CHECK_FAIL);
    assert_int_equal(judge(&f, "drilled")->checks[CHECK_RTO].state, CHECK_UNKNOWN);
    tear_down(&f);
}

/* The slower of both, and a part that works does not make the whole work. */
static void test_full_and_partial_drills(void **state)
{
    struct drill_evidence drills[] = {full_drill("drilled", 100, 299), full_drill("drilled", 5, 9)};
    struct fixture f;

    (void)state;
    set_up(&f);
    drills[1].type = DRILL_PARTIAL;
    give_drills(&f, B1, drills, 2);
    assert_int_equal(judge(&f, "drilled")->checks[CHECK_RTO].state, CHECK_PASS);
    assert_reason(judge(&f, "drilled"), CHECK_RTO,
                  "4m 59s (4m 59s other) by the full drill 100d ago, RTO 5m");
    drills[0].recovery_seconds.value = 301;
    assert_int_equal(judge(&f, "drilled")->checks[CHECK_RTO].state, CHECK_FAIL);
    drills[0].recovery_seconds.known = false;
    assert_int_equal(judge(&f, "drilled")->checks[CHECK_RTO].state, CHECK_PASS);
    assert_reason(judge(&f, "drilled"), CHECK_RTO, "the partial drill 5d ago");
    drills[0].last_attempt.value = NOW - 50 * DAY;
    drills[0].last_result = ANSWER_NO;
    assert_int_equal(judge(&f, "drilled")->checks[CHECK_RTO].state, CHECK_FAIL);
    assert_reason(judge(&f, "drilled"), CHECK_RTO, "the full drill 50d ago failed");
    /* The other way round the full drill makes it good. */
    drills[0] = full_drill("drilled", 3, 60);
    drills[1].last_attempt.value = NOW - 4 * DAY;
    drills[1].last_result = ANSWER_NO;
    assert_int_equal(judge(&f, "drilled")->checks[CHECK_RTO].state, CHECK_PASS);
    drills[0].recovery_seconds.known = false;
    assert_int_equal(judge(&f, "drilled")->checks[CHECK_RTO].state, CHECK_FAIL);
    assert_reason(judge(&f, "drilled"), CHECK_RTO, "the partial drill 4d ago failed");
    drills[0].recovery_seconds.known = true;
    drills[1].last_attempt.value = NOW - 2 * DAY;
    assert_int_equal(judge(&f, "drilled")->checks[CHECK_RTO].state, CHECK_FAIL);
    assert_reason(judge(&f, "drilled"), CHECK_RTO, "the partial drill 2d ago failed");
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
        cmocka_unit_test(test_a_newer_failure_counts),
        cmocka_unit_test(test_full_and_partial_drills),
        cmocka_unit_test(test_runbook),
        cmocka_unit_test(test_several_documents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
