/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints: fit, not fit, unknown, and records that caches keep for too long. */

#include "tests/unit/verdict_fixture.h"

static struct endpoint_evidence *answer(struct fixture *f, const char *problem)
{
    struct endpoint_evidence *endpoint = &collect(f, B1, 0)->evidence.endpoint;

    *endpoint = (struct endpoint_evidence){.known = true, .problem = problem};
    return endpoint;
}

static void assert_check(struct fixture *f, const char *service, enum check_state state,
                         const char *reason)
{
    const struct verdict *verdict = judge(f, service);

    assert_true(verdict->checks[CHECK_ENDPOINT].present);
    assert_int_equal(verdict->checks[CHECK_ENDPOINT].state, state);
    assert_reason(verdict, CHECK_ENDPOINT, reason);
}

static void test_states(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_check(&f, "listing", CHECK_UNKNOWN, "b1: not collected yet");
    (void)answer(&f, NULL);
    assert_check(&f, "listing", CHECK_PASS, "b1: answers as it should");
    (void)answer(&f, "status 503 is not expected");
    assert_check(&f, "listing", CHECK_FAIL, "b1: status 503 is not expected");
    (void)collect(&f, B1, 0);
    assert_check(&f, "listing", CHECK_UNKNOWN, "b1: says nothing of the endpoint");
    /* What it said before it broke counts no more. */
    break_source(&f, B1);
    f.snapshots[B1].evidence.endpoint = (struct endpoint_evidence){.known = true};
    assert_check(&f, "listing", CHECK_UNKNOWN, "b1: connection refused");
    f.snapshots[B1].error.message[0] = '\0';
    assert_check(&f, "listing", CHECK_UNKNOWN, "b1: failed without saying why");
    /* Who lists none has no such check. */
    assert_false(judge(&f, "two")->checks[CHECK_ENDPOINT].present);
    tear_down(&f);
}

static void test_stale(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    (void)answer(&f, NULL);
    assert_int_equal(judge_at(&f, "listing", DISRUPTION_REGION, 60)->checks[CHECK_ENDPOINT].state,
                     CHECK_UNKNOWN);
    tear_down(&f);
}

/* The tier of listing3 limits the TTL to 60 s, that of listing does not. */
static void test_time_to_live(void **state)
{
    struct fixture f;
    struct endpoint_evidence *endpoint;

    (void)state;
    set_up(&f);
    endpoint = answer(&f, NULL);
    assert_check(&f, "listing3", CHECK_PASS, "b1: answers as it should");
    endpoint->has_dns_record = true;
    assert_check(&f, "listing3", CHECK_UNKNOWN, "b1: no responsible name server told the TTL");
    assert_check(&f, "listing", CHECK_PASS, "b1: answers as it should");
    endpoint->dns_ttl_seconds = (struct reading){true, 60};
    assert_check(&f, "listing3", CHECK_PASS, "b1: TTL 60s, limit 1m");
    endpoint->dns_ttl_seconds.value = 61;
    assert_check(&f, "listing3", CHECK_FAIL, "b1: TTL 61s, limit 1m");
    assert_check(&f, "listing", CHECK_PASS, "b1: answers as it should");
    endpoint->problem = "NXDOMAIN";
    endpoint->dns_ttl_seconds.value = 1;
    assert_check(&f, "listing3", CHECK_FAIL, "b1: NXDOMAIN");
    tear_down(&f);
}

/* Where the plan declares a shorter one, or none, users follow a record that late all the same. */
static void test_time_to_live_delays_recovery(void **state)
{
    struct drill_evidence drill = {.service = "drilled",
                                   .type = DRILL_FULL,
                                   .last_success = {true, NOW - 1},
                                   .recovery_seconds = {true, 100}};
    struct rto_estimate declared = {.components[RTO_DNS_TTL] = {true, 60}};
    const struct verdict *verdict;
    struct fixture f;

    (void)state;
    set_up(&f);
    *answer(&f, NULL) = (struct endpoint_evidence){
        .known = true, .has_dns_record = true, .dns_ttl_seconds = {true, 200}};
    f.snapshots[B1].evidence.drills = &drill;
    f.snapshots[B1].evidence.drill_count = 1;
    assert_int_equal(judge(&f, "drilled")->checks[CHECK_RTO].state, CHECK_PASS);
    f.snapshots[B1].evidence.endpoint.dns_ttl_seconds.value = 201;
    verdict = judge(&f, "drilled");
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_FAIL);
    assert_int_equal(verdict->checks[CHECK_ENDPOINT].state, CHECK_PASS);
    rto_estimate_take_dns_ttl(&declared, 59);
    assert_true(declared.components[RTO_DNS_TTL].value == 60);
    rto_estimate_take_dns_ttl(&declared, 61);
    assert_true(declared.components[RTO_DNS_TTL].value == 61);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_time_to_live),
        cmocka_unit_test(test_time_to_live_delays_recovery),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
