/* SPDX-License-Identifier: Apache-2.0 */
/* What one end of a PostgreSQL replication answers, read from text. */

#include "tests/unit/postgres_fixture.h"

static void test_lsn(void **state)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t bytes;
    } table[] = {
        {"0/0", true, 0},
        {"16/B374D848", true, 0x16B374D848},
        {"FFFFFFFF/FFFFFFFF", true, UINT64_MAX},
        {"", false, 0},
        {"/", false, 0},
        {"1/", false, 0},
        {"/1", false, 0},
        {"123456789/0", false, 0},
        {"0/123456789", false, 0},
        {"0/0 ", false, 0},
        {"-1/0", false, 0},
        {"g/0", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct postgres_lsn lsn = {0};

        assert_int_equal(postgres_lsn_parse(table[i].text, &lsn), table[i].good);
        assert_true(lsn.known == table[i].good && lsn.bytes == table[i].bytes);
    }
}

static void test_standby_names(void **state)
{
    static const struct {
        const char *text;
        bool good;
        enum postgres_method method;
        int64_t count;
    } table[] = {
        {"", true, POSTGRES_ASYNCHRONOUS, 0},
        {"  ", true, POSTGRES_ASYNCHRONOUS, 0},
        {"west", true, POSTGRES_FIRST, 1},
        {"*", true, POSTGRES_FIRST, 1},
        {"any_standby, b", true, POSTGRES_FIRST, 1},
        {"FIRST 2 (a, b, c)", true, POSTGRES_FIRST, 2},
        {"2 (a, b)", true, POSTGRES_FIRST, 2},
        {"ANY 1 (a, b)", true, POSTGRES_ANY, 1},
        {"any 2(a,b)", true, POSTGRES_ANY, 2},
        {"\"ANY 1\"", true, POSTGRES_FIRST, 1},
        {"ANY x (a)", false, POSTGRES_ASYNCHRONOUS, 0},
        {"ANY 0 (a)", false, POSTGRES_ASYNCHRONOUS, 0},
        {"3", false, POSTGRES_ASYNCHRONOUS, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        enum postgres_method method = POSTGRES_ASYNCHRONOUS;
        int64_t count = 0;

        assert_int_equal(postgres_standby_names_parse(table[i].text, &method, &count),
                         table[i].good);
        assert_int_equal(method, table[i].method);
        assert_int_equal(count, table[i].count);
    }
}

static void test_answers_that_are_not_read(void **state)
{
    static const char *const table[] = {
        "",
        "[]",
        "{",
        "null",
        "{}",
        "{\"version\":\"150020\"}",
        "{\"version\":\"x\",\"now\":1,\"system_identifier\":\"1\",\"timeline\":\"1\"}",
        "{\"version\":\"150020\",\"now\":1,\"system_identifier\":\"-1\",\"timeline\":\"1\"}",
        "{\"version\":\"150020\",\"now\":1,\"system_identifier\":\"1\",\"timeline\":\"0\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct postgres_facts facts;
        struct error error = {.kind = ERROR_NONE};

        assert_false(postgres_facts_read(table[i], &facts, &error));
        assert_int_equal(error.kind, ERROR_PROTOCOL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lsn),
        cmocka_unit_test(test_standby_names),
        cmocka_unit_test(test_answers_that_are_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
