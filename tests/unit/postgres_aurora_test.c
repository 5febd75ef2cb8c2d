/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of aurora_global_db_status(), good and worthless. */

#include "tests/unit/postgres_fixture.h"

static void test_aurora(void **state)
{
#define AURORA(rows) "{\"version\":\"150004\",\"now\":1000000.0,\"regions\":[" rows "]}"
#define MAIN "{\"name\":\"us-east-1\",\"durability_lag_ms\":-1,\"rpo_lag_ms\":-1}"
#define WEST(age)                                                                                  \
    "{\"name\":\"us-west-2\",\"durability_lag_ms\":900,\"rpo_lag_ms\":1090,"                       \
    "\"calculated_age\":" age "}"
#define NORTH                                                                                      \
    "{\"name\":\"eu-north-1\",\"durability_lag_ms\":9,\"rpo_lag_ms\":10,\"calculated_age\":0}"
    static const struct {
        const char *json;
        const char *region;
        enum error_kind kind;
        double lag;
    } table[] = {
        {AURORA(MAIN "," WEST("0.5")), NULL, ERROR_NONE, 1.59},
        {AURORA(MAIN "," WEST("0.5")), "us-west-2", ERROR_NONE, 1.59},
        {AURORA(MAIN "," WEST("0.5") "," NORTH), "us-west-2", ERROR_NONE, 1.59},
        {AURORA(MAIN "," WEST("0.5") "," NORTH), NULL, ERROR_INCONSISTENT, 0},
        {AURORA(MAIN "," WEST("95")), NULL, ERROR_INCONSISTENT, 0},
        {AURORA(MAIN "," WEST("-60")), NULL, ERROR_INCONSISTENT, 0},
        {AURORA(MAIN "," WEST("null")), NULL, ERROR_INCONSISTENT, 0},
        {AURORA(MAIN), NULL, ERROR_NOT_FOUND, 0},
        {AURORA(""), NULL, ERROR_NOT_FOUND, 0},
        {AURORA(MAIN "," WEST("0.5")), "eu-west-1", ERROR_NOT_FOUND, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct fixture f;

        set_up(&f);
        f.settings.region = table[i].region;
        answer(&f.pair.replica, NOW, table[i].json);
        assert_int_equal(postgres_prove_aurora(&f.pair, &f.evidence, &f.error),
                         table[i].kind == ERROR_NONE);
        assert_int_equal(f.error.kind, table[i].kind);
        assert_int_equal(f.evidence.has_recovery_point, table[i].kind == ERROR_NONE);
        if (table[i].kind == ERROR_NONE) {
            assert_near(f.evidence.recovery_point, NOW - table[i].lag);
            assert_near(f.evidence.lag_seconds, table[i].lag);
            assert_int_equal(f.evidence.zero_data_loss, ANSWER_NO);
        }
        tear_down(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aurora),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
