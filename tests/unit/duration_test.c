/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of durations and sizes as users write them. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "exporter/duration.h"

static void reads_prometheus_durations(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"0", 0},          {"0s", 0},           {"1ms", 1},
        {"15s", 15000},    {"1h30m", 5400000},  {"90d", 7776000000},
        {"1w", 604800000}, {"1y", 31536000000}, {"1y2w3d4h5m6s7ms", 33019506007},
        {"120m", 7200000}, {"007s", 7000},      {"292y", 292 * 31536000000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;

        assert_true(duration_parse(cases[i].text, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
}

static void refuses_what_is_no_duration(void **state)
{
    static const char *const cases[] = {
        "",      "1",    "15",   "s",    "1.5h",   "-1s",  "+1s",        " 1s",
        "1s ",   "1 s",  "1sec", "1S",   "1m1h",   "1s1s", "1ms1s",      "1h 30m",
        "1hms",  "293y", "1e3s", "0x1s", "1s\xff", "00",   "1d1",        "9223372036854775807y",
        "1mss1", "µs",   "5ns",  "5us",  "1M",     "1d-",  "1\xC2\xB5s", "99999999999999999999s",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 42;

        assert_false(duration_parse(cases[i], &ms));
        assert_int_equal(ms, 42);
    }
}

static void writes_durations_back(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "0s"},
        {-5, "0s"},
        {1, "1ms"},
        {1500, "1s500ms"},
        {60000, "1m"},
        {5400000, "1h30m"},
        {90LL * 86400000, "90d"},
        {7LL * 86400000, "1w"},
        {8LL * 86400000, "8d"},
        {365LL * 86400000, "1y"},
        {366LL * 86400000, "366d"},
        {INT64_MAX, "106751991167d7h12m55s807ms"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[DURATION_TEXT_BYTES];

        duration_format(text, cases[i].ms);
        assert_string_equal(text, cases[i].text);
    }
}

static void reads_what_it_wrote(void **state)
{
    (void)state;
    for (int64_t ms = 1; ms < INT64_MAX / 1000000 / 7; ms = ms * 7 + 3) {
        char text[DURATION_TEXT_BYTES];
        int64_t again;

        duration_format(text, ms);
        assert_true(duration_parse(text, &again));
        assert_int_equal(again, ms);
    }
}

static void describes_seconds_for_people(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "0s"},
        {0.0004, "0s"},
        {0.25, "250ms"},
        {0.9994, "999ms"},
        {0.9996, "1s"},
        {3.2, "3.2s"},
        {5, "5s"},
        {59.94, "59.9s"},
        {59.96, "1m"},
        {60, "1m"},
        {250.9, "4m 10s"},
        {3600, "1h"},
        {3660, "1h 1m"},
        {3601, "1h"},
        {90000, "1d 1h"},
        {86400.0 * 90, "90d"},
        {86400.0 * 400, "1y 35d"},
        {-30, "-30s"},
        {-90, "-1m 30s"},
        {INFINITY, "unbounded"},
        {1e300, "unbounded"},
        {(double)NAN, "unknown"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[DURATION_TEXT_BYTES];

        duration_describe(text, cases[i].seconds);
        assert_string_equal(text, cases[i].text);
    }
}

static void reads_sizes(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } cases[] = {
        {"0", 0},
        {"512", 512},
        {"512B", 512},
        {"1kB", 1000},
        {"1KB", 1000},
        {"10MiB", 10485760},
        {"1.5GB", 1500000000},
        {"0.29GB", 290000000},
        {"1.5KiB", 1536},
        {"2TiB", 2199023255552},
        {"9223372036854775807", INT64_MAX},
    };
    static const char *const bad[] = {
        "",      "MiB",  "-1B",   "1 MiB",      "1.MiB",
        ".5MiB", "1.5",  "1.5B",  "1M",         "1mib",
        "1MiB ", "1e3B", "1,5GB", "9000000TiB", "9223372036854775808",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t bytes = -1;

        assert_true(size_parse(cases[i].text, &bytes));
        assert_int_equal(bytes, cases[i].bytes);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t bytes = 42;

        assert_false(size_parse(bad[i], &bytes));
        assert_int_equal(bytes, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_prometheus_durations),
        cmocka_unit_test(refuses_what_is_no_duration),
        cmocka_unit_test(writes_durations_back),
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(describes_seconds_for_people),
        cmocka_unit_test(reads_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
