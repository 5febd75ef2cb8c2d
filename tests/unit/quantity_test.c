/* SPDX-License-Identifier: Apache-2.0 */
/* Quantities as the scheduler reads them, and names as they are counted. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/name_table.h"
#include "collectors/quantity.h"

#define REFUSED (-1)

static const struct {
    const char *text;
    int64_t ones;
    int64_t thousandths;
} quantities[] = {
    {"0", 0, 0},
    {"-0", 0, 0},
    {"1", 1, 1000},
    {"+1", 1, 1000},
    {"1.", 1, 1000},
    {".5", 1, 500},
    {"0.5", 1, 500},
    {"007", 7, 7000},
    {"100m", 1, 100},
    {"1500m", 2, 1500},
    {"2000m", 2, 2000},
    {"1u", 1, 1},
    {"1000u", 1, 1},
    {"1001u", 1, 2},
    {"1n", 1, 1},
    {"0n", 0, 0},
    {"0.0001", 1, 1},
    {"1.0001", 2, 1001},
    {"1k", 1000, 1000000},
    {"1M", 1000000, 1000000000},
    {"1G", 1000000000, 1000000000000},
    {"1T", 1000000000000, 1000000000000000},
    {"1P", 1000000000000000, 1000000000000000000},
    {"1E", 1000000000000000000, INT64_MAX},
    {"1Ki", 1024, 1024000},
    {"1.5Ki", 1536, 1536000},
    {"0.1Ki", 103, 102400},
    {"64Gi", 68719476736, 68719476736000},
    {"1Ti", 1099511627776, 1099511627776000},
    {"1Pi", 1125899906842624, 1125899906842624000},
    {"7Ei", 8070450532247928832, INT64_MAX},
    {"8Ei", INT64_MAX, INT64_MAX},
    /* Trap C4: an exponent, and not exa followed by something. */
    {"1E3", 1000, 1000000},
    {"1e3", 1000, 1000000},
    {"1E+3", 1000, 1000000},
    {"12e-1", 2, 1200},
    {"1e-3", 1, 1},
    {"0e9999999999999", 0, 0},
    {"1e9999999999999", INT64_MAX, INT64_MAX},
    {"1e-9999999999999", 1, 1},
    {"128974848", 128974848, 128974848000},
    {"129e6", 129000000, 129000000000},
    {"128974848000m", 128974848, 128974848000},
    {"12345678901234567", 12345678901234567, INT64_MAX},
    /* Digits behind the 17th are rounded up. */
    {"123456789012345678", 123456789012345680, INT64_MAX},
    {"0.00000000000000000000000000001", 1, 1},
    {"1.00000000000000000000000000001", 2, 1001},
    {"9223372036854775807", INT64_MAX, INT64_MAX},
    {"99999999999999999999999999999999", INT64_MAX, INT64_MAX},
    {"", REFUSED, REFUSED},
    {".", REFUSED, REFUSED},
    {"+", REFUSED, REFUSED},
    {"-1", REFUSED, REFUSED},
    {"-0.001", REFUSED, REFUSED},
    {"--1", REFUSED, REFUSED},
    {"1.2.3", REFUSED, REFUSED},
    {"1 Gi", REFUSED, REFUSED},
    {" 1", REFUSED, REFUSED},
    {"1K", REFUSED, REFUSED},
    {"1ki", REFUSED, REFUSED},
    {"1gi", REFUSED, REFUSED},
    {"1Gib", REFUSED, REFUSED},
    {"1e", REFUSED, REFUSED},
    {"1e+", REFUSED, REFUSED},
    {"1E3x", REFUSED, REFUSED},
    {"1e1.5", REFUSED, REFUSED},
    {"1Ei3", REFUSED, REFUSED},
    {"0x10", REFUSED, REFUSED},
    {"inf", REFUSED, REFUSED},
    {"NaN", REFUSED, REFUSED},
    {"Gi", REFUSED, REFUSED},
};

static int64_t parse(const char *text, enum quantity_unit unit)
{
    int64_t amount;

    return quantity_parse(text, unit, &amount) ? amount : REFUSED;
}

static void test_quantities(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof quantities / sizeof quantities[0]; i++) {
        int64_t ones = parse(quantities[i].text, QUANTITY_ONES);
        int64_t thousandths = parse(quantities[i].text, QUANTITY_THOUSANDTHS);

        if (ones != quantities[i].ones || thousandths != quantities[i].thousandths) {
            fail_msg("\"%s\" is %lld and %lld", quantities[i].text, (long long)ones,
                     (long long)thousandths);
        }
    }
}

static void test_sums(void **state)
{
    (void)state;
    assert_int_equal(quantity_add(1, 2), 3);
    assert_int_equal(quantity_add(INT64_MAX, 0), INT64_MAX);
    assert_int_equal(quantity_add(INT64_MAX - 1, 2), INT64_MAX);
    assert_int_equal(quantity_subtract(3, 2), 1);
    assert_int_equal(quantity_subtract(2, 3), 0);
    assert_int_equal(quantity_subtract(INT64_MAX, INT64_MAX), 0);
}

static void test_names(void **state)
{
    struct name_table table = {0};
    char name[32];

    (void)state;
    assert_true(name_table_find(&table, "0") == NAME_TABLE_NONE);
    for (size_t i = 0; i < 5000; i++) {
        (void)snprintf(name, sizeof name, "%zu", i);
        assert_int_equal(name_table_add(&table, name), i);
        assert_int_equal(name_table_add(&table, name), i);
    }
    assert_int_equal(table.count, 5000);
    for (size_t i = 0; i < 5000; i++) {
        (void)snprintf(name, sizeof name, "%zu", i);
        assert_int_equal(name_table_find(&table, name), i);
        assert_string_equal(table.names[i], name);
    }
    assert_true(name_table_find(&table, "5000") == NAME_TABLE_NONE);
    name_table_release(&table);
    assert_true(name_table_find(&table, "1") == NAME_TABLE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantities),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
