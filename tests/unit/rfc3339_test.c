/* SPDX-License-Identifier: Apache-2.0 */
/* Instants of RFC 3339: what is read, and what is refused. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/rfc3339.h"

#define NOW 1795262400.0
#define NONE (-1.0)

static const struct {
    const char *text;
    double seconds;
} instants[] = {
    {"2026-11-21T12:00:00Z", NOW},
    {"2026-11-21t12:00:00z", NOW},
    {"2026-11-21 12:00:00Z", NOW},
    {"2026-11-21T12:00:00+00:00", NOW},
    {"2026-11-21T12:00:00-00:00", NOW},
    {"2026-11-21T14:30:00+02:30", NOW},
    {"2026-11-21T04:00:00-08:00", NOW},
    {"2026-11-21T12:00:00.5Z", NOW + 0.5},
    {"2026-11-21T12:00:00.123456789Z", NOW + 0.123456789},
    {"2026-11-21T14:00:00.25+02:00", NOW + 0.25},
    {"2026-12-31T23:59:60Z", 1798761600},
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T01:00:00+02:00", NONE},
    {"0001-01-01T00:00:00Z", NONE},
    {"2026-02-29T00:00:00Z", NONE},
    {"2026-11-21T12:00:00", NONE},
    {"2026-11-21T12:00:00+0200", NONE},
    {"2026-11-21T12:00:00.Z", NONE},
    {"2026-11-21T12:00:00,5Z", NONE},
    {"2026-11-21T12:00:00Z ", NONE},
    {"2026-11-21T24:00:00Z", NONE},
    {"2026-11-21T12:60:00Z", NONE},
    {"2026-11-21T12:00:61Z", NONE},
    {"2026-11-21", NONE},
    {"1795262400", NONE},
    {"", NONE},
    {NULL, NONE},
};

static void test_instants(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        double seconds = NONE;
        bool parsed = rfc3339_parse(instants[i].text, &seconds);

        print_message("%s\n", instants[i].text == NULL ? "NULL" : instants[i].text);
        assert_int_equal(parsed, instants[i].seconds > NONE);
        assert_true(fabs(seconds - instants[i].seconds) < 1e-6);
    }
}

/* What stands behind it is the caller's. */
static void test_start_of_text(void **state)
{
    const char *text = "2026-11-21T12:00:00Z-0001/";
    double seconds;

    (void)state;
    assert_int_equal(rfc3339_read(text, strlen(text), &seconds), 20);
    assert_true(fabs(seconds - NOW) < 1e-6);
    assert_int_equal(rfc3339_read(text, 19, &seconds), 0);
    assert_int_equal(rfc3339_read_day(text, strlen(text), &seconds), 10);
    assert_true(fabs(seconds - (NOW - 43200)) < 1e-6);
    assert_int_equal(rfc3339_read_day(text, 9, &seconds), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instants),
        cmocka_unit_test(test_start_of_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
