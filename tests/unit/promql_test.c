/* SPDX-License-Identifier: Apache-2.0 */
/* What numbers of Prometheus prove, and the settings. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/promql.h"
#include "collectors/promql_evidence.h"
#include "collectors/promql_settings.h"
#include "exporter/cleanup.h"
#include "exporter/config.h"

#define NOON 1795262400.0 /* 2026-11-21T12:00:00Z */

/* Asked at noon, ten seconds after which the sample was taken; all clocks agree. */
static struct promql_reading make_reading(enum promql_yield yield, double value)
{
    return (struct promql_reading){.yield = yield,
                                   .asked_at = NOON,
                                   .answered_at = NOON + 0.1,
                                   .evaluated_at = NOON,
                                   .oldest_sample = NOON - 10,
                                   .value = value};
}

static bool add(const struct promql_reading *reading, struct evidence *evidence,
                struct error *error)
{
    struct arena *arena = arena_new();
    bool added;

    *evidence = (struct evidence){0};
    added = promql_evidence_add(reading, arena, evidence, error);
    assert_false(evidence->origin_answered);
    assert_false(evidence->copy_answered);
    assert_int_equal(evidence->zero_data_loss, ANSWER_UNKNOWN);
    if (evidence->runbook_count > 0) {
        assert_true(evidence->runbooks[0].validated.value <= NOON);
        assert_null(evidence->runbooks[0].service);
    }
    arena_free(arena);
    return added;
}

static void test_recovery_points(void **state)
{
    struct promql_reading dated = make_reading(PROMQL_RECOVERY_POINT_TIMESTAMP, NOON - 60);
    struct promql_reading aged = make_reading(PROMQL_RECOVERY_POINT_AGE, 60);
    struct evidence evidence;
    struct error error;

    (void)state;
    assert_true(add(&dated, &evidence, &error));
    assert_true(evidence.has_recovery_point && evidence.recovery_point == NOON - 60);
    assert_true(add(&aged, &evidence, &error));
    assert_true(evidence.has_recovery_point && evidence.recovery_point == NOON - 70);
    /* A little ahead is when the sample was taken; never later. */
    dated.value = NOON + 3;
    assert_true(add(&dated, &evidence, &error));
    assert_true(evidence.recovery_point == NOON - 10);
    /* A clock that is ahead by as much as the sample is old does not make it of now. */
    dated.oldest_sample = NOON - 60;
    assert_true(add(&dated, &evidence, &error));
    assert_true(evidence.recovery_point == NOON - 60);
    aged.value = 0;
    assert_true(add(&aged, &evidence, &error));
    assert_true(evidence.recovery_point == NOON - 10);
}

/* Whichever way the server's clock is off, nothing gets younger. */
static void test_clocks(void **state)
{
    static const double skews[] = {-59, -1, 0, 1, 59};
    struct evidence evidence;
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof skews / sizeof skews[0]; i++) {
        struct promql_reading aged = make_reading(PROMQL_RECOVERY_POINT_AGE, 60);
        struct promql_reading dated = make_reading(PROMQL_RECOVERY_POINT_TIMESTAMP, NOON - 80);

        aged.evaluated_at += skews[i];
        aged.oldest_sample += skews[i];
        dated.evaluated_at += skews[i];
        assert_true(promql_clock_check(&aged, &error));
        assert_true(add(&aged, &evidence, &error));
        assert_true(evidence.recovery_point <= NOON - 70);
        assert_true(add(&dated, &evidence, &error));
        assert_true(evidence.recovery_point <= NOON - 80);
    }
    for (size_t i = 0; i < sizeof skews / sizeof skews[0]; i++) {
        struct promql_reading reading = make_reading(PROMQL_UP, 1);

        /* Its sample is dated by a clock that is right, */
        reading.evaluated_at += skews[i];
        assert_true(promql_sample_age(&reading) == 10 + (skews[i] > 0 ? skews[i] : 0));
        /* or by the server's own, which cannot be told from an answer that comes late. */
        reading.oldest_sample += skews[i];
        assert_true(promql_sample_age(&reading) == 10 + (skews[i] < 0 ? -skews[i] : 0));
    }
    for (int sign = -1; sign <= 1; sign += 2) {
        struct promql_reading reading = make_reading(PROMQL_UP, 1);

        reading.evaluated_at += sign * 61;
        assert_false(promql_clock_check(&reading, &error));
        assert_int_equal(error.kind, ERROR_INCONSISTENT);
        assert_non_null(strstr(error.message, sign < 0 ? "behind ours" : "ahead of ours"));
        /* Our own system's clock was set; the process's goes on as before. */
        reading.step = sign * 61;
        assert_true(promql_clock_check(&reading, &error));
    }
}

static void test_a_step_of_our_clock(void **state)
{
    struct promql_reading reading = make_reading(PROMQL_RECOVERY_POINT_TIMESTAMP, NOON + 3540);
    struct evidence evidence;
    struct error error;

    (void)state;
    reading.step = 3600;
    reading.evaluated_at += 3600;
    reading.oldest_sample += 3600;
    assert_true(promql_clock_check(&reading, &error));
    assert_true(promql_sample_age(&reading) == 10);
    assert_true(add(&reading, &evidence, &error));
    assert_true(evidence.recovery_point == NOON - 60);
}

static void test_values_that_cannot_be(void **state)
{
    static const struct {
        enum promql_yield yield;
        double value;
        const char *message;
    } cases[] = {
        {PROMQL_RECOVERY_POINT_TIMESTAMP, 0, "never happened"},
        {PROMQL_RECOVERY_POINT_TIMESTAMP, -1, "no date"},
        {PROMQL_RECOVERY_POINT_TIMESTAMP, 30, "is it an age?"},
        {PROMQL_RECOVERY_POINT_TIMESTAMP, NOON * 1e3, "milliseconds: divide it by 1e3"},
        {PROMQL_RECOVERY_POINT_TIMESTAMP, NOON * 1e6, "microseconds: divide it by 1e6"},
        {PROMQL_RECOVERY_POINT_TIMESTAMP, NOON * 1e9, "nanoseconds: divide it by 1e9"},
        {PROMQL_RECOVERY_POINT_TIMESTAMP, NOON + 6, "in the future"},
        {PROMQL_RECOVERY_POINT_TIMESTAMP, NOON + 86400, "1d in the future"},
        {PROMQL_RECOVERY_POINT_AGE, -1, "negative age"},
        {PROMQL_RECOVERY_POINT_AGE, NOON, "is it a date"},
        {PROMQL_CAPACITY_RATIO, -0.1, "no ratio"},
        {PROMQL_CAPACITY_RATIO, 10.5, "divide it by 100"},
        {PROMQL_CAPACITY_RATIO, 60, "the result 60 is more than 10 times"},
        {PROMQL_UP, 0.5, "neither 1 (up) nor 0"},
        {PROMQL_UP, 2, "neither 1 (up) nor 0"},
        {PROMQL_VALIDATED_TIMESTAMP, 0, "never happened"},
        {PROMQL_VALIDATED_TIMESTAMP, NOON * 1e3, "milliseconds"},
        {PROMQL_VALIDATED_TIMESTAMP, NOON + 60, "in the future"},
        {PROMQL_YIELD_COUNT, 1, "nothing"},
    };
    static const struct evidence nothing;
    struct evidence evidence;
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct promql_reading reading = make_reading(cases[i].yield, cases[i].value);

        assert_false(add(&reading, &evidence, &error));
        assert_non_null(strstr(error.message, cases[i].message));
        assert_memory_equal(&evidence, &nothing, sizeof nothing);
    }
}

static void test_other_evidence(void **state)
{
    struct promql_reading reading = make_reading(PROMQL_CAPACITY_RATIO, 1.25);
    struct evidence evidence;
    struct error error;

    (void)state;
    assert_true(add(&reading, &evidence, &error));
    assert_true(evidence.capacity.ratio.known && evidence.capacity.ratio.value == 1.25);
    assert_true(evidence.capacity.required_at.value == NOON - 10);
    reading = make_reading(PROMQL_UP, 1);
    assert_true(add(&reading, &evidence, &error));
    assert_true(evidence.endpoint.known && evidence.endpoint.problem == NULL);
    reading.value = 0;
    assert_true(add(&reading, &evidence, &error));
    assert_true(evidence.endpoint.known && evidence.endpoint.problem != NULL);
    reading = make_reading(PROMQL_VALIDATED_TIMESTAMP, NOON - 86400);
    assert_true(add(&reading, &evidence, &error));
    assert_int_equal(evidence.runbook_count, 1);
    assert_false(evidence.has_recovery_point);
}

static void test_selectors(void **state)
{
    static const char *const good[] = {
        "up",
        " up ",
        "job:up:sum",
        "up{}",
        "up {a=\"b\"}",
        "{__name__=\"x\"}",
        "{\"a.b\", c=~'d'}",
        "up{a=\"}(\",b!~`\\`,}",
        "up{a=\"\\\"}\"}",
    };
    static const char *const bad[] = {
        "",
        " ",
        "up + up",
        "sum(up)",
        "up[5m]",
        "up offset 5m",
        "up @ 1",
        "(up)",
        "up{a=\"b\"",
        "up{a=\"b}",
        "up # x",
        "up{} # x",
        "up{a=\"b\"} or vector(1)",
        "1",
        "up{sum(a)}",
        "up{}{}",
        "up{a=\"b\\",
        "up) or (up",
        "-up",
        "up{a=b # c}",
        "\"up\"",
        "1up",
        "up\xC3\xBC",
    };

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(promql_selector_check(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(promql_selector_check(bad[i]));
    }
}

static const struct promql_settings good = {
    .url = "https://prometheus.example.com/", .query = "up", .yields = "up"};

struct settings_case {
    struct promql_settings settings;
    const char *message; /* NULL: they are right. */
};

static void check_settings(const struct settings_case *cases, size_t count)
{
    struct error error;

    for (size_t i = 0; i < count; i++) {
        bool accepted = promql_settings_check(&cases[i].settings, 0, &error);

        assert_int_equal(accepted, cases[i].message == NULL);
        assert_true(accepted || strstr(error.message, cases[i].message) != NULL);
    }
}

static void test_settings(void **state)
{
    const struct settings_case cases[] = {
        {good, NULL},
        {{.url = good.url, .query = "up", .yields = "down"}, "recovery_point_timestamp"},
        {{.url = "prometheus", .query = "up", .yields = "up"}, "not a URL"},
        {{.url = "https://a/api/v1/query", .query = "up", .yields = "up"}, "goes too far"},
        {{.url = "https://a/?b", .query = "up", .yields = "up"}, "goes too far"},
        {{.url = "http://a", .query = "a", .yields = "up", .token_file = "t"}, "https://"},
        {{.url = good.url, .query = "a", .yields = "up", .token_file = "t"}, NULL},
        {{.url = good.url, .query = "a", .yields = "up", .user = "u"}, "password_file"},
        {{.url = good.url, .query = "a", .yields = "up", .password_file = "p"}, "\"user\" too"},
        {{.url = good.url, .query = "a", .yields = "up", .user = "u:v", .password_file = "p"},
         "colon"},
        {{.url = good.url,
          .query = "a",
          .yields = "up",
          .user = "u",
          .password_file = "p",
          .token_file = "t"},
         "both"},
        {{.url = good.url, .query = "a", .yields = "up", .tenant = "a\r\nb: c"}, "tenant"},
        {{.url = good.url, .query = "a", .yields = "up", .cert_file = "c"}, "give both"},
    };

    (void)state;
    check_settings(cases, sizeof cases / sizeof cases[0]);
}

static void test_samples(void **state)
{
    static const char *const selectors[] = {"a", "b{c=\"d\"}", NULL};
    static const char *const expressions[] = {"a", "sum(b)", NULL};
    static const char *const none[] = {NULL};
    static const char *const dotted[] = {"{\"a.b\"}", NULL};
    static const char *const rules[] = {"a", "a:b", NULL};
    static const char point[] = "recovery_point_timestamp";
    const struct settings_case cases[] = {
        {{.url = good.url, .query = "a - b", .yields = "up", .samples = selectors}, NULL},
        {{.url = good.url, .query = "a - b", .yields = "up"}, "give \"samples\""},
        {{.url = good.url, .query = "a:b", .yields = "up"}, "recording rule"},
        {{.url = good.url, .query = "a{b=\"c:d\"}", .yields = "up"}, NULL},
        {{.url = good.url, .query = " {__name__=\"a:b\"}", .yields = "up"}, "begin with a name"},
        {{.url = good.url, .query = "{\"a:b\"}", .yields = "up"}, "begin with a name"},
        {{.url = good.url, .query = "{\"a.b\"}", .yields = "up", .samples = dotted}, NULL},
        {{.url = good.url, .query = "a", .yields = "up", .samples = rules}, "\"a:b\" in"},
        {{.url = good.url, .query = "a", .yields = "up", .samples = expressions}, "no selector"},
        {{.url = good.url, .query = "a", .yields = "up", .samples = none}, "1 to 20"},
        {{.url = good.url, .query = "time() - a", .yields = point, .samples = selectors},
         "recovery_point_age"},
        {{.url = good.url, .query = "a-time ( )", .yields = point, .samples = selectors},
         "recovery_point_age"},
        {{.url = good.url, .query = "now() - a", .yields = point, .samples = selectors},
         "recovery_point_age"},
        {{.url = good.url, .query = "time() - a", .yields = "up", .samples = selectors}, NULL},
        {{.url = good.url,
          .query = "timestamp(a) - a_time + uptime()",
          .yields = point,
          .samples = selectors},
         NULL},
    };

    (void)state;
    check_settings(cases, sizeof cases / sizeof cases[0]);
}

static void test_feeds(void **state)
{
    struct promql_settings settings = {.yields = "up"};

    (void)state;
    assert_int_equal(promql_collector.feeds_of(&settings), FEEDS(CHECK_ENDPOINT));
    settings.yields = "capacity_ratio";
    assert_int_equal(promql_collector.feeds_of(&settings), FEEDS(CHECK_CAPACITY));
    settings.yields = "validated_timestamp";
    assert_int_equal(promql_collector.feeds_of(&settings), FEEDS(CHECK_RUNBOOK));
    settings.yields = "recovery_point_age";
    assert_int_equal(promql_collector.feeds_of(&settings), 0);
    settings.yields = NULL;
    assert_int_equal(promql_collector.feeds_of(&settings), 0);
}

#define PLAN(service, source)                                                                      \
    "tiers: [{name: a, rto: 5m, rpo: 1m}]\n"                                                       \
    "services: [{name: shop, tier: a, " service "}]\n"                                             \
    "sources: [{name: one, collector: promql, url: 'http://a', query: b, " source "}]\n"

/* What a source yields has to fit how the plan uses it. */
static void test_plans(void **state)
{
    static const struct {
        const char *text;
        const char *message; /* NULL: it is right. */
    } cases[] = {
        {PLAN("datasets: [d]", "dataset: d, yields: recovery_point_age"), NULL},
        {PLAN("evidence: [one]", "yields: up"), NULL},
        {PLAN("datasets: [d]", "dataset: d, yields: up"), "proves nothing of data"},
        {PLAN("datasets: [d], evidence: [one]", "dataset: d, yields: capacity_ratio"),
         "proves nothing of data"},
        {PLAN("evidence: [one]", "yields: recovery_point_age"), "only proves that data is safe"},
        {PLAN("datasets: [d]", "yields: recovery_point_age"), "has no \"dataset\""},
        {PLAN("datasets: [d]", "dataset: d"), "\"yields\""},
        {PLAN("datasets: [d]", "dataset: d, yields: lag"), "nothing that a query"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(free_text) char *report = NULL;
        struct config *config =
            config_load_text(cases[i].text, strlen(cases[i].text), "f", &report);

        assert_int_equal(config != NULL, cases[i].message == NULL);
        assert_true(config != NULL || strstr(report, cases[i].message) != NULL);
        config_free(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recovery_points),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_a_step_of_our_clock),
        cmocka_unit_test(test_values_that_cannot_be),
        cmocka_unit_test(test_other_evidence),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_feeds),
        cmocka_unit_test(test_plans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
