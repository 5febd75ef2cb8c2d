/* SPDX-License-Identifier: Apache-2.0 */
/* The log: one parsable line an event, whatever is in it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "exporter/log.h"

static char captured[8192];

/* Standard error goes to a file between these two. */
static FILE *capture_file;
static int saved_error;

static void begin_capture(void)
{
    capture_file = tmpfile();
    assert_non_null(capture_file);
    saved_error = dup(STDERR_FILENO);
    assert_true(dup2(fileno(capture_file), STDERR_FILENO) >= 0);
}

static const char *end_capture(void)
{
    size_t length;

    assert_true(dup2(saved_error, STDERR_FILENO) >= 0);
    (void)close(saved_error);
    rewind(capture_file);
    length = fread(captured, 1, sizeof captured - 1, capture_file);
    captured[length] = '\0';
    (void)fclose(capture_file);
    return captured;
}

/* What follows the instant, whose form is checked. */
static const char *after_instant(const char *line)
{
    int used = 0;
    int year, month, day, hour, minute, second, millisecond;

    assert_int_equal(sscanf(line, "ts=%4d-%2d-%2dT%2d:%2d:%2d.%3dZ %n", &year, &month, &day, &hour,
                            &minute, &second, &millisecond, &used),
                     7);
    assert_int_equal(used, (int)strlen("ts=2026-11-21T02:24:00.123Z "));
    return line + used;
}

static void test_logfmt(void **state)
{
    static const struct {
        const char *value;
        const char *text;
    } table[] = {
        {"orders-west", "orders-west"},
        {"", "\"\""},
        {"two words", "\"two words\""},
        {"a=b", "\"a=b\""},
        {"say \"no\"", "\"say \\\"no\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"line\nline\ttab\r", "\"line\\nline\\ttab\\u000d\""},
        {"\x1b[31mred", "\"\\u001b[31mred\""},
        {"ünï", "ünï"},
    };

    (void)state;
    log_configure(LOG_INFO, LOG_LOGFMT);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char expected[256];

        begin_capture();
        log_event(LOG_WARN, "source failed", "source", table[i].value, "reason", "timeout", NULL);
        (void)snprintf(expected, sizeof expected,
                       "level=warn msg=\"source failed\" source=%s reason=timeout\n",
                       table[i].text);
        assert_string_equal(after_instant(end_capture()), expected);
    }
}

static void test_json(void **state)
{
    const char *hostile = "say \"no\"\nback\\slash\t\x01 end";
    cJSON *line;

    (void)state;
    log_configure(LOG_INFO, LOG_JSON);
    begin_capture();
    log_event(LOG_ERROR, "it broke", "why", hostile, "empty", "", NULL);
    line = cJSON_Parse(end_capture());
    assert_non_null(line);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(line, "level")), "error");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(line, "msg")), "it broke");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(line, "why")), hostile);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(line, "empty")), "");
    assert_int_equal(strlen(cJSON_GetStringValue(cJSON_GetObjectItem(line, "ts"))),
                     strlen("2026-11-21T02:24:00.123Z"));
    cJSON_Delete(line);
}

static void test_level(void **state)
{
    (void)state;
    log_configure(LOG_WARN, LOG_LOGFMT);
    begin_capture();
    log_event(LOG_DEBUG, "no", NULL);
    log_event(LOG_INFO, "no", NULL);
    log_event(LOG_WARN, "yes", NULL);
    assert_string_equal(after_instant(end_capture()), "level=warn msg=yes\n");
}

/* Too long a value is cut, in one line that still parses, in either format. */
static void test_long_values(void **state)
{
    char *huge = malloc(100001);
    const char *line;
    cJSON *json;

    (void)state;
    assert_non_null(huge);
    for (int quotes = 0; quotes < 2; quotes++) {
        memset(huge, quotes ? '"' : 'x', 100000);
        huge[100000] = '\0';
        log_configure(LOG_INFO, LOG_JSON);
        begin_capture();
        log_event(LOG_INFO, "long", "first", huge, "second", huge, NULL);
        line = end_capture();
        assert_true(strlen(line) <= 4096);
        json = cJSON_Parse(line);
        assert_non_null(json);
        cJSON_Delete(json);

        log_configure(LOG_INFO, LOG_LOGFMT);
        begin_capture();
        log_event(LOG_INFO, "long", "first", huge, "second", huge, NULL);
        line = end_capture();
        assert_true(strlen(line) <= 4096);
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    }
    free(huge);
}

static void test_names(void **state)
{
    enum log_level level;
    enum log_format format;

    (void)state;
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_true(log_level_parse("error", &level));
    assert_int_equal(level, LOG_ERROR);
    assert_false(log_level_parse("loud", &level));
    assert_true(log_format_parse("json", &format));
    assert_int_equal(format, LOG_JSON);
    assert_true(log_format_parse("logfmt", &format));
    assert_int_equal(format, LOG_LOGFMT);
    assert_false(log_format_parse("", &format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logfmt),      cmocka_unit_test(test_json),
        cmocka_unit_test(test_level),       cmocka_unit_test(test_names),
        cmocka_unit_test(test_long_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
