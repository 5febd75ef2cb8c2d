/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of CloudWatch and Azure about replication, and what they prove. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/aws_error.h"
#include "collectors/azure_blob.h"
#include "collectors/s3_replication_cloudwatch.h"

#define T0 1795262400.0
#define RESULT(id, timestamps, values, status)                                                     \
    "{\"Id\":\"" id "\",\"Label\":\"x\",\"Timestamps\":[" timestamps "],\"Values\":[" values       \
    "],\"StatusCode\":\"" status "\"}"
#define ANSWER(results) "{\"Messages\":[],\"MetricDataResults\":[" results "]}"
#define MORE(results) "{\"NextToken\":\"next\",\"MetricDataResults\":[" results "]}"

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static bool read(struct arena *arena, const char *text, struct cloudwatch_series *series,
                 size_t count, const char **ret_token)
{
    struct error error;

    return cloudwatch_read_page(arena, text, strlen(text), series, count, ret_token, &error);
}

static bool equal(double a, double b)
{
    return a >= b && a <= b;
}

/* --- Answers. --- */

static void test_pages(void **state)
{
    struct cloudwatch_series series[2];
    const char *token;
    struct error error;

    cloudwatch_series_init(*state, series, 2);
    assert_true(read(*state,
                     MORE(RESULT("m0", "1795262460,1795262400", "3,1e2",
                                 "PartialData") "," RESULT("m1", "", "", "Complete")),
                     series, 2, &token));
    assert_string_equal(token, "next");
    assert_false(cloudwatch_finish(series, 2, &error));
    assert_int_equal(error.kind, ERROR_QUERY);
    /* One is told again, and it is the larger one that counts. */
    assert_true(read(*state,
                     ANSWER(RESULT("m0", "1795262460.0,1795262340", "7,\"NaN\"", "Complete")),
                     series, 2, &token));
    assert_null(token);
    assert_true(cloudwatch_finish(series, 2, &error));
    assert_int_equal(series[0].count, 3);
    assert_int_equal(series[1].count, 0);
    assert_true(isnan(series[0].points[0].value));
    assert_true(equal(series[0].points[1].value, 100));
    assert_true(equal(series[0].points[2].value, 7));
    assert_true(equal(series[0].points[2].seconds, T0 + 60));
}

static void test_repeated_without_number(void **state)
{
    struct cloudwatch_series series;
    const char *token;
    struct error error;

    cloudwatch_series_init(*state, &series, 1);
    assert_true(read(*state,
                     ANSWER(RESULT("m0", "1795262400,1795262400,1795262460,1795262460",
                                   "1,null,-1,2", "Complete")),
                     &series, 1, &token));
    assert_true(cloudwatch_finish(&series, 1, &error));
    assert_int_equal(series.count, 2);
    assert_true(isnan(series.points[0].value) && isnan(series.points[1].value));
}

static void test_bad_answers(void **state)
{
    static const char *const cases[] = {
        "",
        "{}",
        "[]",
        "null",
        "{\"MetricDataResults\":{}}",
        "{\"MetricDataResults\":[NaN]}",
        "<GetMetricDataResponse/>",
        ANSWER("1"),
        ANSWER("{\"Timestamps\":[],\"Values\":[],\"StatusCode\":\"Complete\"}"),
        ANSWER("{\"Id\":\"m0\",\"Values\":[],\"StatusCode\":\"Complete\"}"),
        ANSWER("{\"Id\":\"m0\",\"Timestamps\":[],\"StatusCode\":\"Complete\"}"),
        ANSWER("{\"Id\":\"m0\",\"Timestamps\":1,\"Values\":1,\"StatusCode\":\"Complete\"}"),
        ANSWER(RESULT("m1", "", "", "Complete")),
        ANSWER(RESULT("m0", "1795262400", "", "Complete")),
        ANSWER(RESULT("m0", "", "1", "Complete")),
        ANSWER(RESULT("m0", "0", "1", "Complete")),
        ANSWER(RESULT("m0", "1e400", "1", "Complete")),
        ANSWER(RESULT("m0", "1795262400000", "1", "Complete")),
        ANSWER(RESULT("m0", "\"2026-11-21T14:00:00Z\"", "1", "Complete")),
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cloudwatch_series series;
        const char *token;

        cloudwatch_series_init(*state, &series, 1);
        assert_false(read(*state, cases[i], &series, 1, &token));
    }
}

static void test_states(void **state)
{
    static const struct {
        const char *text;
        enum error_kind kind;
    } cases[] = {
        {ANSWER(RESULT("m0", "", "", "Complete")), ERROR_NONE},
        {ANSWER(RESULT("m0", "1795262400", "1", "PartialData")), ERROR_QUERY},
        {ANSWER(RESULT("m0", "", "", "InternalError")), ERROR_QUERY},
        {ANSWER(RESULT("m0", "", "", "Forbidden")), ERROR_PERMISSION},
        {ANSWER("{\"Id\":\"m0\",\"Timestamps\":[],\"Values\":[]}"), ERROR_QUERY},
        {ANSWER(""), ERROR_PROTOCOL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cloudwatch_series series;
        const char *token;
        struct error error = {.kind = ERROR_NONE};

        cloudwatch_series_init(*state, &series, 1);
        assert_true(read(*state, cases[i].text, &series, 1, &token));
        assert_int_equal(cloudwatch_finish(&series, 1, &error), cases[i].kind == ERROR_NONE);
        assert_int_equal(error.kind, cases[i].kind);
    }
}

static void test_refusals(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum error_kind kind;
        const char *text;
    } cases[] = {
        {400, "{\"__type\":\"com.amazonaws.cloudwatch#ThrottlingException\"}", ERROR_QUERY,
         "too many requests"},
        {400, "{\"__type\":\"AccessDeniedException\",\"Message\":\"User: x\"}", ERROR_PERMISSION,
         "policy"},
        {403, "{\"__type\":\"InvalidSignatureException\",\"message\":\"The request\"}", ERROR_AUTH,
         "secret"},
        {403, "{\"__type\":\"InvalidSignatureException\",\"message\":\"Signature expired: 2026\"}",
         ERROR_INCONSISTENT, "clock"},
        {400, "{\"__type\":1}", ERROR_PROTOCOL, "status 400"},
        {500, "{", ERROR_QUERY, "status 500"},
        {403, "<Error><Code>AuthenticationFailed</Code></Error>", ERROR_AUTH, "SAS"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error;

        assert_false(aws_error_set(&(struct aws_refusal){.status = cases[i].status,
                                                         .body = cases[i].body,
                                                         .length = strlen(cases[i].body)},
                                   &error));
        assert_int_equal(error.kind, cases[i].kind);
        assert_non_null(strstr(error.message, cases[i].text));
    }
}

/* --- What they prove. --- */

/* One value a minute from T0 on; negative: no point. */
static void set_series(struct cloudwatch_series *series, const double *values, size_t count)
{
    series->count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(values[i] < 0)) {
            series->points[series->count++] =
                (struct cloudwatch_point){T0 + 60 * (double)i, values[i]};
        }
    }
}

static void test_newest(void **state)
{
    static const struct {
        double values[S3_SERIES_COUNT][3];
        double newest; /* Minute; negative: none. */
        double sound;
    } cases[] = {
        {{{1, 2, 3}, {0, 0, 0}, {0, 0, 0}}, 2, 2},
        {{{1, 2, -1}, {0, 0, 0}, {0, 0, 0}}, 1, 1},
        {{{1, 2, 3}, {0, 0, -1}, {0, -1, 0}}, 0, 0},
        {{{-1, -1, 3}, {0, 0, -1}, {0, 0, 0}}, -1, -1},
        {{{1, 2, NAN}, {0, NAN, 0}, {0, 0, 0}}, 0, 0},
        {{{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}, 2, 2},
        {{{0, 0, 0}, {0, 0, 1}, {0, 1, 0}}, 2, 0},
        {{{0, 0, 0}, {5, 5, 5}, {0, 0, 0}}, 2, -1},
        {{{0, 0, 9}, {5, 5, 5}, {1, 1, 1}}, 2, 2},
    };
    struct cloudwatch_series series[S3_SERIES_COUNT];

    cloudwatch_series_init(*state, series, S3_SERIES_COUNT);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double values[S3_SERIES_COUNT];
        double seconds = -60 + T0;

        for (size_t k = 0; k < S3_SERIES_COUNT; k++) {
            set_series(&series[k], cases[i].values[k], 3);
        }
        assert_int_equal(s3_cloudwatch_newest(series, false, &seconds, values),
                         cases[i].newest >= 0);
        assert_true(equal(seconds, T0 + 60 * cases[i].newest));
        seconds = -60 + T0;
        assert_int_equal(s3_cloudwatch_newest(series, true, &seconds, values), cases[i].sound >= 0);
        assert_true(equal(seconds, T0 + 60 * cases[i].sound));
    }
}

static void test_failure(void **state)
{
    struct cloudwatch_series series;
    double seconds;
    double total;

    cloudwatch_series_init(*state, &series, 1);
    set_series(&series, (const double[]){0, 2, 0, 3}, 4);
    assert_true(s3_cloudwatch_failure(&series, 60, 0, &seconds, &total));
    assert_true(equal(seconds, T0 + 60) && equal(total, 5));
    /* Some of a minute that ends later may be later. */
    assert_true(s3_cloudwatch_failure(&series, 60, T0 + 119, &seconds, &total));
    assert_true(equal(seconds, T0 + 60) && equal(total, 5));
    assert_true(s3_cloudwatch_failure(&series, 60, T0 + 120, &seconds, &total));
    assert_true(equal(seconds, T0 + 180) && equal(total, 3));
    assert_false(s3_cloudwatch_failure(&series, 60, T0 + 240, &seconds, &total));
    assert_true(equal(total, 0));
    set_series(&series, (const double[]){0, NAN, 0}, 3);
    assert_true(s3_cloudwatch_failure(&series, 60, 0, &seconds, &total));
    assert_true(equal(seconds, T0 + 60) && isnan(total));
    assert_null(s3_cloudwatch_before(&series, T0 - 1));
    assert_true(equal(s3_cloudwatch_before(&series, T0 + 61)->seconds, T0));
}

static void test_clock(void **state)
{
    static const struct {
        double least;
        double most;
        double service;
        double expected; /* 0: refused. */
    } cases[] = {
        {-0.5, 0.6, 900, 900},  {-0.5, 0.6, 1001, 0}, {299, 301, 1200, 899},  {299, 301, 1302, 0},
        {-301, -299, 600, 600}, {-301, -299, 800, 0}, {-301, -299, 701, 701},
    };
    struct error error;
    double seconds;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct service_clock clock = {.known = true,
                                            .ahead_least = cases[i].least,
                                            .ahead_most = cases[i].most,
                                            .asked = 999,
                                            .answered = 1000};
        bool good = service_clock_past_seconds(&clock, cases[i].service, &seconds, &error);

        assert_int_equal(good, cases[i].expected > 0);
        assert_true(!good || fabs(seconds - cases[i].expected) < 0.5);
    }
    assert_false(service_clock_past_seconds(&(struct service_clock){.answered = 1000}, 900,
                                            &seconds, &error));
    assert_int_equal(error.kind, ERROR_PROTOCOL);
}

/* --- Azure. --- */

#define STATS(status, time)                                                                        \
    "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?><StorageServiceStats><GeoReplication>"  \
    "<Status>" status "</Status><LastSyncTime>" time                                               \
    "</LastSyncTime></GeoReplication></StorageServiceStats>"

static void test_azure(void **state)
{
    static const struct {
        const char *text;
        enum error_kind kind;
    } cases[] = {
        {STATS("live", "Sat, 21 Nov 2026 12:00:00 GMT"), ERROR_NONE},
        {STATS("bootstrap", ""), ERROR_INCONSISTENT},
        {STATS("bootstrap", "Sat, 21 Nov 2026 12:00:00 GMT"), ERROR_INCONSISTENT},
        {STATS("unavailable", "Sat, 21 Nov 2026 12:00:00 GMT"), ERROR_INCONSISTENT},
        {STATS("", "Sat, 21 Nov 2026 12:00:00 GMT"), ERROR_PROTOCOL},
        {STATS("live", ""), ERROR_PROTOCOL},
        {STATS("live", "Sat, 21 Nov 2026 12:00:00 GMT "), ERROR_PROTOCOL},
        {STATS("live", "Sat, 21 Nov 2026 12:00:00 PST"), ERROR_PROTOCOL},
        {STATS("live", "Sun, 21 Nov 2026 12:00:00 GMT"), ERROR_PROTOCOL},
        {STATS("live", "Mon, 30 Feb 2026 12:00:00 GMT"), ERROR_PROTOCOL},
        {STATS("live", "Mon, 01 Jan 0001 00:00:00 GMT"), ERROR_PROTOCOL},
        {STATS("live", "2026-11-21T12:00:00Z"), ERROR_PROTOCOL},
        {"<Other><GeoReplication><Status>live</Status></GeoReplication></Other>", ERROR_PROTOCOL},
        {"", ERROR_PROTOCOL},
        {"<StorageServiceStats>", ERROR_PROTOCOL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {.kind = ERROR_NONE};
        double seconds = 0;
        bool good = azure_stats_read(cases[i].text, strlen(cases[i].text), &seconds, &error);

        assert_int_equal(error.kind, cases[i].kind);
        assert_int_equal(good, cases[i].kind == ERROR_NONE);
        assert_true(!good || equal(seconds, T0));
    }
}

/* --- Settings. --- */

static void test_settings(void **state)
{
    const struct s3_replication_settings good = {
        .source = {.bucket = "files", .aws = {.region = "eu-west-1"}},
        .destination = {.bucket = "files-dr", .aws = {.region = "eu-central-1"}},
        .provider = "s3",
        .canary_interval_ms = 60000,
        .cloudwatch_rule_id = "all",
        .repaired_until = "2026-01-01T00:00:00Z"};
    const struct azure_settings azure = {"https://a-secondary.blob.core.windows.net/", "/token"};
    struct s3_replication_settings cases[9];
    struct error error;

    (void)state;
    assert_true(s3_replication_collector.check(&good, 0, &error));
    assert_true(s3_replication_collector.check(&(struct s3_replication_settings){.azure = azure}, 0,
                                               &error));
    for (size_t i = 0; i < 6; i++) {
        cases[i] = good;
    }
    cases[0].cloudwatch_rule_id = NULL;
    cases[1].repaired_until = "2199-01-01T00:00:00Z";
    cases[2].repaired_until = "yesterday";
    cases[3].azure = azure;
    cases[4].source.aws.region = "EU";
    cases[5].cloudwatch_rule_id = cases[5].repaired_until = NULL;
    cases[6] = (struct s3_replication_settings){.azure = {azure.secondary_url, NULL}};
    cases[7] = (struct s3_replication_settings){.azure = {NULL, "/token"}};
    cases[8] = (struct s3_replication_settings){
        .azure = {"https://a-secondary.blob.core.windows.net/?sig=x", "/token"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(s3_replication_collector.check(&cases[i], 0, &error));
    }
    assert_false(s3_replication_collector.check(&good, SURVIVES(DISRUPTION_RANSOMWARE), &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),       cmocka_unit_test(test_repeated_without_number),
        cmocka_unit_test(test_bad_answers), cmocka_unit_test(test_states),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_newest),
        cmocka_unit_test(test_failure),     cmocka_unit_test(test_clock),
        cmocka_unit_test(test_azure),       cmocka_unit_test(test_settings),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
