/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text: short, and the same double when read back. */

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/number.h"

static void test_known_values(void **state)
{
    static const struct {
        double value;
        const char *text;
    } table[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {0.5, "0.5"},
        {-0.25, "-0.25"},
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {1763692800.123456, "1763692800.123456"},
        {1763692800.1, "1763692800.1"},
        {0.000001, "0.000001"},
        {100000.000001, "100000.000001"},
        {1e-9, "1e-09"},
        {9007199254740991, "9007199254740991"},
        {-9007199254740991, "-9007199254740991"},
        {1e21, "1e+21"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {5e-324, "4.94065645841247e-324"},
        {(double)INFINITY, "+Inf"},
        {(double)-INFINITY, "-Inf"},
        {(double)NAN, "NaN"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[NUMBER_TEXT_BYTES];
        size_t length = number_format(text, table[i].value);

        assert_string_equal(text, table[i].text);
        assert_int_equal(length, strlen(text));
    }
}

static void test_every_double_reads_back(void **state)
{
    uint64_t random = 0x9E3779B97F4A7C15U;

    (void)state;
    for (int i = 0; i < 300000; i++) {
        char text[NUMBER_TEXT_BYTES];
        double value;
        double back;

        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        switch (i % 3) {
        case 0: /* Any bits at all. */
            memcpy(&value, &random, sizeof value);
            break;
        case 1: /* Instants. */
            value = 1.7e9 + (double)(random % 100000000000) / 1e6;
            break;
        default: /* Small decimals of both signs. */
            value = (double)(int64_t)(random % 2000000) / 1e3 - 1000;
        }
        if (isnan(value) || isinf(value)) {
            continue;
        }
        assert_true(number_format(text, value) < NUMBER_TEXT_BYTES);
        back = strtod(text, NULL);
        assert_memory_equal(&back, &value, sizeof value);
    }
}

/* A locale with another decimal mark must not show. */
static void test_locale_does_not_matter(void **state)
{
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8"};
    char text[NUMBER_TEXT_BYTES];
    size_t found = 0;

    (void)state;
    for (size_t i = 0; i < sizeof locales / sizeof locales[0]; i++) {
        found += setlocale(LC_NUMERIC, locales[i]) != NULL;
        number_format(text, 1.0 / 3);
        assert_string_equal(text, "0.3333333333333333");
        number_format(text, 1.5e-300);
        assert_string_equal(text, "1.5e-300");
        number_format(text, 1e300);
        assert_string_equal(text, "1e+300");
    }
    (void)setlocale(LC_NUMERIC, "C");
    if (found == 0) {
        print_message("no locale with another decimal mark is installed\n");
    }
}

static void reads_numbers_and_nothing_else(void **state)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"0", 0},           {"-0.5", -0.5},
        {"+3", 3},          {"1.", 1},
        {".25", 0.25},      {"1e+21", 1e21},
        {"2E-3", 0.002},    {"1795233821.234", 1795233821.234},
        {"+Inf", INFINITY}, {"-inf", -INFINITY},
        {"1e-999", 0},
    };
    static const char *const bad[] = {"",         " 1",   "1 ",    ".",      "-",     "+-1",
                                      "0x10",     "1e",   "1e+",   "1,5",    "1_0",   "one",
                                      "infinite", "+nan", "1e999", "-1e999", "1.2.3", "--1"};
    double value = 7;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(number_parse(good[i].text, &value));
        assert_true(value == good[i].value);
    }
    assert_true(number_parse("NaN", &value) && isnan(value));
    value = 7;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (number_parse(bad[i], &value) || value != 7) {
            fail_msg("\"%s\" was read as %g", bad[i], value);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_numbers_and_nothing_else),
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_every_double_reads_back),
        cmocka_unit_test(test_locale_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
