/* SPDX-License-Identifier: Apache-2.0 */
/* What Prometheus answers, as it is read. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/promql_answer.h"

#define NOON 1795262400.0 /* 2026-11-21T12:00:00Z */

#define VECTOR(result)                                                                             \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" result "]}}"
#define SERIES(value) "{\"metric\":{\"a\":\"b\"},\"value\":[1795262400.25,\"" value "\"]}"

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {VECTOR(SERIES("1")), 1},
        {VECTOR(SERIES("1.795262400123e+09")), 1795262400.123},
        {VECTOR(SERIES("-0.5")) " \n", -0.5},
        {"{\"status\":\"success\",\"warnings\":[],\"infos\":[\"PromQL info\"],\"data\":{"
         "\"resultType\":\"scalar\",\"result\":[1795262400.25,\"2\"]}}",
         2},
    };
    struct promql_number number;
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(promql_answer_read(cases[i].text, strlen(cases[i].text), &number, &error));
        assert_true(number.value == cases[i].value);
        assert_true(number.evaluated_at == NOON + 0.25);
    }
}

static void test_answers_that_are_no_number(void **state)
{
    static const struct {
        const char *text;
        enum error_kind kind;
        const char *message;
    } cases[] = {
        {"", ERROR_PROTOCOL, "not JSON"},
        {"<html><h1>Log in</h1></html>", ERROR_PROTOCOL, "login"},
        {"{\"status\":\"success\",\"data\":{\"resultType\":\"vec", ERROR_PROTOCOL, "cut off"},
        {VECTOR(SERIES("1")) "{}", ERROR_PROTOCOL, "not JSON"},
        {"[]", ERROR_PROTOCOL, "not JSON"},
        {"{}", ERROR_QUERY, "failed"},
        {"{\"status\":\"success\"}", ERROR_INCONSISTENT, "no number"},
        {"{\"status\":\"error\",\"error\":\"no\\nway\"}", ERROR_QUERY, "failed: no way"},
        {VECTOR(""), ERROR_NOT_FOUND, "empty"},
        {VECTOR(SERIES("1") "," SERIES("1")), ERROR_INCONSISTENT, "2 series"},
        {VECTOR(SERIES("NaN")), ERROR_INCONSISTENT, "NaN"},
        {VECTOR(SERIES("+Inf")), ERROR_INCONSISTENT, "infinite"},
        {VECTOR(SERIES("-Inf")), ERROR_INCONSISTENT, "infinite"},
        {VECTOR(SERIES("")), ERROR_PROTOCOL, "no number"},
        {VECTOR(SERIES("1x")), ERROR_PROTOCOL, "no number"},
        {VECTOR("{\"value\":[1795262400,1]}"), ERROR_PROTOCOL, "no number"},
        {VECTOR("{\"value\":[\"1\",\"1\"]}"), ERROR_PROTOCOL, "no number"},
        {VECTOR("{\"value\":[1,\"1\",2]}"), ERROR_PROTOCOL, "no number"},
        {VECTOR("{\"value\":[1e999,\"1\"]}"), ERROR_PROTOCOL, "no number"},
        {VECTOR("{\"value\":[-1,\"1\"]}"), ERROR_PROTOCOL, "no number"},
        {VECTOR("{\"metric\":{}}"), ERROR_PROTOCOL, "no number"},
        {VECTOR("1"), ERROR_PROTOCOL, "no number"},
        {VECTOR("{\"histogram\":[1,{}]}"), ERROR_INCONSISTENT, "histogram"},
        {"{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":null}}",
         ERROR_PROTOCOL, "no result"},
        {"{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}",
         ERROR_INCONSISTENT, "range of samples"},
        {"{\"status\":\"success\",\"data\":{\"resultType\":\"string\",\"result\":[1,\"1\"]}}",
         ERROR_INCONSISTENT, "string"},
        {"{\"status\":\"success\",\"warnings\":[\"store 10.0.0.1 is away\"],\"data\":{"
         "\"resultType\":\"vector\",\"result\":[" SERIES("1") "]}}",
         ERROR_QUERY, "store 10.0.0.1 is away"},
        {"{\"status\":\"success\",\"warnings\":\"x\",\"data\":{\"resultType\":\"scalar\","
         "\"result\":[1,\"1\"]}}",
         ERROR_QUERY, "has warnings"},
        {"{\"status\":\"success\",\"isPartial\":true,\"data\":{\"resultType\":\"scalar\","
         "\"result\":[1,\"1\"]}}",
         ERROR_QUERY, "cannot reach all of its data"},
    };
    struct promql_number number = {0};
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(promql_answer_read(cases[i].text, strlen(cases[i].text), &number, &error));
        assert_int_equal(error.kind, cases[i].kind);
        assert_non_null(strstr(error.message, cases[i].message));
    }
    assert_true(number.evaluated_at == 0);
}

static void test_refusals(void **state)
{
    static const char body[] = "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"many-"
                               "to-many\\nmatching\"}";
    static const struct {
        int status;
        enum error_kind kind;
        const char *message;
    } cases[] = {
        {400, ERROR_QUERY, "many-to-many matching"},
        {422, ERROR_QUERY, "many-to-many matching"},
        {302, ERROR_PROTOCOL, "elsewhere"},
        {401, ERROR_AUTH, "tenant"},
        {403, ERROR_PERMISSION, "not allowed"},
        {404, ERROR_NOT_FOUND, "prefix"},
        {405, ERROR_NOT_FOUND, "prefix"},
        {429, ERROR_QUERY, "status 429"},
        {503, ERROR_QUERY, "many-to-many matching"},
        {204, ERROR_PROTOCOL, "status 204"},
    };
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(promql_refusal_read(cases[i].status, body, strlen(body), &error));
        assert_int_equal(error.kind, cases[i].kind);
        assert_non_null(strstr(error.message, cases[i].message));
    }
    assert_false(promql_refusal_read(502, "<html>", 6, &error));
    assert_string_equal(error.message, "the server cannot answer (status 502)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_answers_that_are_no_number),
        cmocka_unit_test(test_refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
