/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a commit waits for the standby. */

#include "tests/unit/postgres_fixture.h"

static void test_zero_data_loss(void **state)
{
    static const struct {
        const char *old;
        const char *new;
        enum answer expected;
    } table[] = {
        {"\"weak_overrides\":0", "\"weak_overrides\":0", ANSWER_YES},
        {"\"standby_names\":\"west\"", "\"standby_names\":\"\"", ANSWER_NO},
        {"\"commit\":\"on\"", "\"commit\":\"remote_apply\"", ANSWER_YES},
        {"\"commit\":\"on\"", "\"commit\":\"remote_write\"", ANSWER_NO},
        {"\"commit\":\"on\"", "\"commit\":\"local\"", ANSWER_NO},
        {"\"commit\":\"on\"", "\"commit\":\"off\"", ANSWER_NO},
        {"\"source\":\"default\"", "\"source\":\"user\"", ANSWER_UNKNOWN},
        {"\"weak_overrides\":0", "\"weak_overrides\":1", ANSWER_NO},
        {"\"sync_state\":\"sync\"", "\"sync_state\":\"async\"", ANSWER_NO},
        {"\"sync_state\":\"sync\"", "\"sync_state\":\"potential\"", ANSWER_NO},
        {"\"state\":\"streaming\"", "\"state\":\"catchup\"", ANSWER_NO},
        {"\"active_pid\":7", "\"active_pid\":8", ANSWER_NO},
        {"\"standby_names\":\"west\"", "\"standby_names\":\"ANY x\"", ANSWER_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct fixture f;

        set_up(&f);
        answer(&f.pair.primary, NOW, with(PRIMARY, table[i].old, table[i].new));
        answer(&f.pair.replica, NOW, REPLICA);
        assert_true(prove(&f));
        assert_int_equal(f.evidence.zero_data_loss, table[i].expected);
        tear_down(&f);
    }
}

static void test_quorum_of_two(void **state)
{
    static const char two[] = "\"senders\":[{\"pid\":7,\"application_name\":\"west\","
                              "\"backend_start\":\"s7\",\"state\":\"streaming\","
                              "\"sync_state\":\"quorum\",\"flushed\":\"0/3000100\"},{\"pid\":9,"
                              "\"application_name\":\"east\",\"state\":\"streaming\","
                              "\"sync_state\":\"quorum\"}],\"others\":[{\"pid\":7,";
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f.pair.replica, NOW, REPLICA);
    answer(&f.pair.primary, NOW,
           with(with(PRIMARY, "\"senders\":[{\"pid\":7,", two), "\"standby_names\":\"west\"",
                "\"standby_names\":\"ANY 1 (west, east)\""));
    assert_true(prove(&f));
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_NO);
    answer(&f.pair.primary, NOW,
           with(with(PRIMARY, "\"senders\":[{\"pid\":7,", two), "\"standby_names\":\"west\"",
                "\"standby_names\":\"ANY 2 (west, east)\""));
    assert_true(prove(&f));
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_YES);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_data_loss),
        cmocka_unit_test(test_quorum_of_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
