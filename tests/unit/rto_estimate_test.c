/* SPDX-License-Identifier: Apache-2.0 */
/* The estimate of the time to recover: its terms, its sum, and what the check makes of it. */

#include "tests/unit/rto_fixture.h"

static void knows_what_is_declared_without_a_drill(void **state)
{
    struct fixture *f = *state;

    /* b is noticed last: 20 s + 5 s; its other source does not survive the loss of a region. */
    assert_components(judge(f, "shop", DISRUPTION_REGION),
                      (double[]){120, -1, -1, -1, -1, 30, 120, -1}, -1);
    assert_components(judge(f, "fast", DISRUPTION_REGION),
                      (double[]){110, -1, -1, -1, -1, 0, 1, -1}, -1);
    /* No capacity of another region is needed for a zone. */
    assert_components(judge(f, "shop", DISRUPTION_ZONE),
                      (double[]){120, -1, -1, -1, -1, 30, -1, -1}, -1);
    /* Nothing survives: only the alert path is known. */
    assert_components(judge(f, "shop", DISRUPTION_RANSOMWARE),
                      (double[]){95, -1, -1, -1, -1, 30, 120, -1}, -1);
    assert_int_equal(judge(f, "shop", DISRUPTION_REGION)->checks[CHECK_RTO].state, CHECK_UNKNOWN);
    assert_string_equal(judge(f, "shop", DISRUPTION_REGION)->checks[CHECK_RTO].reason,
                        "no drill has measured the recovery time, RTO 10m");
}

static void counts_every_part_of_a_drill_once(void **state)
{
    static const struct {
        double recovery;
        double phases[DRILL_PHASE_COUNT];
        double expected[RTO_DATA_GROWTH];
        double total;
    } table[] = {
        /* Nothing but the whole, which may hold its detection. */
        {200, {0}, {120, -1, -1, -1, 200, 30, 120, -1}, 470},
        /* All phases; cleaning up comes later. */
        {200, {60, 40, 70, 30, 900}, {120, 40, 70, 30, -1, 30, 120, -1}, 410},
        /* Longer than the phases. */
        {250, {60, 40, 70, 30, 900}, {120, 40, 70, 30, 50, 30, 120, -1}, 460},
        /* Shorter than the phases, which may be without detection. */
        {140, {60, 40, 70, 30, 900}, {120, 40, 70, 30, -1, 30, 120, -1}, 410},
        {100, {60, 40, 70, 30, 900}, {120, 40, 70, 30, -1, 30, 120, -1}, 410},
        /* The drill was noticed later than it should have been. */
        {340, {200, 40, 70, 30, 0}, {200, 40, 70, 30, -1, 30, 120, -1}, 490},
        /* Some phases. */
        {200, {0, 0, 70, 0, 0}, {120, -1, 70, -1, 130, 30, 120, -1}, 470},
        {200, {60, 0, 0, 0, 0}, {120, -1, -1, -1, 140, 30, 120, -1}, 410},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct verdict *verdict;

        f->snapshot.evidence.drill_count = 0;
        (void)add_drill(f, "shop", DRILL_FULL, table[i].recovery, table[i].phases);
        verdict = judge(f, "shop", DISRUPTION_REGION);
        assert_components(verdict, table[i].expected, table[i].total);
        assert_true(verdict->rto.total_seconds.value >= table[i].recovery);
    }
}

static void fails_beyond_the_objective(void **state)
{
    struct fixture *f = *state;
    struct drill_evidence *drill = add_drill(f, "shop", DRILL_FULL, 330, NULL);
    const struct verdict *verdict = judge(f, "shop", DISRUPTION_REGION);

    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_PASS);
    assert_reading(&verdict->rto.total_seconds, 600);
    assert_string_equal(verdict->checks[CHECK_RTO].reason,
                        "10m (2m detection, 5m 30s other, 30s dns_ttl, 2m scale_out) by the full "
                        "drill 1d ago, RTO 10m");
    drill->recovery_seconds.value = 330.1;
    assert_int_equal(judge(f, "shop", DISRUPTION_REGION)->checks[CHECK_RTO].state, CHECK_FAIL);
    /* A zone needs nothing to be scaled out. */
    assert_int_equal(judge(f, "shop", DISRUPTION_ZONE)->checks[CHECK_RTO].state, CHECK_PASS);
    /* What failed last does not work now, and nothing is estimated. */
    drill->recovery_seconds.value = 10;
    drill->last_attempt.value = NOW - 3600;
    drill->last_result = ANSWER_NO;
    verdict = judge(f, "shop", DISRUPTION_REGION);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_FAIL);
    assert_components(verdict, (double[]){120, -1, -1, -1, -1, 30, 120, -1}, -1);
}

/* Who cannot be asked may know of a newer attempt that failed. */
static void doubts_what_not_all_were_asked_for(void **state)
{
    struct fixture *f = *state;

    (void)add_drill(f, "shop", DRILL_FULL, 10, NULL);
    (void)add_drill(f, "shop", DRILL_RESTORE, 10, NULL);
    assert_int_equal(judge(f, "shop", DISRUPTION_REGION)->checks[CHECK_RTO].state, CHECK_PASS);
    assert_int_equal(judge(f, "shop", DISRUPTION_RANSOMWARE)->checks[CHECK_RESTORE].state,
                     CHECK_PASS);
    f->files.succeeded = false;
    (void)error_set(&f->files.error, ERROR_PERMISSION, "no right");
    assert_int_equal(judge(f, "shop", DISRUPTION_REGION)->checks[CHECK_RTO].state, CHECK_UNKNOWN);
    assert_string_equal(judge(f, "shop", DISRUPTION_RANSOMWARE)->checks[CHECK_RESTORE].reason,
                        "files: no right");
    /* It adds no check that the plan does not ask for. */
    assert_false(judge(f, "shop", DISRUPTION_REGION)->checks[CHECK_RESTORE].present);
    assert_false(judge(f, "shop", DISRUPTION_REGION)->checks[CHECK_DRILL].present);
}

/* Whichever comes to more, in any order. */
static void lets_the_slower_drill_decide(void **state)
{
    static const double noticed_late[DRILL_PHASE_COUNT] = {180, 0, 0, 0, 0};
    struct fixture *f = *state;

    /* 180 s + 120 s, and 120 s + 190 s, although the other one took longer. */
    (void)add_drill(f, "shop", DRILL_PARTIAL, 300, noticed_late);
    (void)add_drill(f, "shop", DRILL_FULL, 190, NULL);
    assert_components(judge(f, "shop", DISRUPTION_REGION),
                      (double[]){120, -1, -1, -1, 190, 30, 120, -1}, 460);
    f->drills[0].type = DRILL_FULL;
    f->drills[1].type = DRILL_PARTIAL;
    assert_components(judge(f, "shop", DISRUPTION_REGION),
                      (double[]){120, -1, -1, -1, 190, 30, 120, -1}, 460);
    /* A part of the service that is restored proves nothing for a region, and the other way. */
    f->drills[1].type = DRILL_RESTORE;
    assert_components(judge(f, "shop", DISRUPTION_REGION),
                      (double[]){180, -1, -1, -1, 120, 30, 120, -1}, 450);
    assert_components(judge(f, "shop", DISRUPTION_RANSOMWARE),
                      (double[]){95, -1, -1, -1, 190, 30, 120, -1}, 435);
}

static void adds_the_slowest_dependency(void **state)
{
    struct fixture *f = *state;
    const struct verdict *verdict;

    (void)add_drill(f, "front", DRILL_FULL, 10, NULL);
    (void)add_drill(f, "middle", DRILL_FULL, 20, NULL);
    (void)add_drill(f, "shop", DRILL_FULL, 30, NULL);
    /* What is not known of one leaves the whole unknown. */
    verdict = judge(f, "front", DISRUPTION_REGION);
    assert_components(verdict, (double[]){110, -1, -1, -1, 10, 30, 120, -1}, -1);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_UNKNOWN);
    assert_non_null(strstr(verdict->checks[CHECK_RTO].reason, "how long bare takes is not known"));

    (void)add_drill(f, "bare", DRILL_FULL, 40, NULL);
    assert_components(judge(f, "bare", DISRUPTION_REGION),
                      (double[]){120, -1, -1, -1, 40, -1, -1, -1}, 160);
    assert_components(judge(f, "middle", DISRUPTION_REGION),
                      (double[]){110, -1, -1, -1, 20, 30, 120, 300}, 580);
    verdict = judge(f, "front", DISRUPTION_REGION);
    assert_components(verdict, (double[]){110, -1, -1, -1, 10, 30, 120, 580}, 850);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_FAIL);
    assert_non_null(strstr(verdict->checks[CHECK_RTO].reason, "; after middle, RTO 10m"));
    /* One that is out of scope is not known either. */
    assert_reading(&judge(f, "front", DISRUPTION_ZONE)->rto.total_seconds, -1);
    /* Too long alone is too long, whatever the others take. */
    f->drills[0].recovery_seconds.value = 341;
    verdict = judge(f, "front", DISRUPTION_ZONE);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_UNKNOWN);
    f->drills[0].recovery_seconds.value = 461;
    verdict = judge(f, "front", DISRUPTION_ZONE);
    assert_int_equal(verdict->checks[CHECK_RTO].state, CHECK_FAIL);
}

static struct config *load(const char *alert_path, const char *rto, char **ret_report)
{
    CLEANUP(free_text) char *text = NULL;

    assert_true(asprintf(&text,
                         "exporter: {interval: 10s, timeout: 5s, %s}\n"
                         "tiers: [{name: t, rto: %s, rpo: 1h, dns_ttl: 10s, scale_out_time: 5s}]\n"
                         "services: [{name: s, tier: t, datasets: [d]}]\n"
                         "sources: [{name: e, collector: fake, dataset: d}]\n",
                         alert_path, rto) > 0);
    return config_load_text(text, strlen(text), "f", ret_report);
}

static void warns_of_what_cannot_be_met(void **state)
{
    CLEANUP(free_text) char *report = NULL;
    struct config *config = load(PATH, "125001ms", &report);

    (void)state;
    assert_non_null(config);
    assert_int_equal(config->warning_count, 0);
    config_free(config);
    config = load(PATH, "125s", &report);
    assert_non_null(config);
    assert_int_equal(config->warning_count, 1);
    assert_string_equal(config->warnings[0],
                        "service \"s\": 2m 5s pass before any recovery begins (1m 50s detection, "
                        "10s dns_ttl, 5s scale_out), and its RTO for region is 2m5s; shorten "
                        "them, or accept another RTO");
    config_free(config);
}

static void refuses_half_an_alert_path(void **state)
{
    static const struct {
        const char *path;
        const char *report;
    } table[] = {
        {"alert_path: {scrape_interval: 1m, evaluation_interval: 1m, group_wait: 0s}",
         "f:1:52: missing key \"for\" in \"alert_path\" of \"exporter\"; add for example \"for: "
         "15s\"\n"},
        {"alert_path: {scrape_interval: 0s, evaluation_interval: 1m, for: 0s, group_wait: 0s}",
         "f:1:70: key \"scrape_interval\" in \"alert_path\" of \"exporter\": \"0s\" is too short; "
         "write more than 0s\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        CLEANUP(free_text) char *report = NULL;

        assert_null(load(table[i].path, "1h", &report));
        assert_string_equal(report, table[i].report);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(knows_what_is_declared_without_a_drill, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_every_part_of_a_drill_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fails_beyond_the_objective, set_up, tear_down),
        cmocka_unit_test_setup_teardown(doubts_what_not_all_were_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lets_the_slower_drill_decide, set_up, tear_down),
        cmocka_unit_test_setup_teardown(adds_the_slowest_dependency, set_up, tear_down),
        cmocka_unit_test(warns_of_what_cannot_be_met),
        cmocka_unit_test(refuses_half_an_alert_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
