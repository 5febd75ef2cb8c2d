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

/* Another standby's connection must never be taken for ours. */
static void test_look_alikes(void **state)
{
    static const struct {
        const char *end; /* Whose answer is changed. */
        const char *old;
        const char *new;
        const char *standby_name;
        enum answer expected;
    } table[] = {
        {"primary", "\"pid\":7", "\"pid\":7", NULL, ANSWER_YES},
        {"primary", "\"pid\":7", "\"pid\":7", "west", ANSWER_YES},
        /* The name is another one's than the receiver's. */
        {"primary", "\"pid\":7", "\"pid\":7", "east", ANSWER_UNKNOWN},
        {"primary", "\"application_name\":\"west\"", "\"application_name\":\"near\"", NULL,
         ANSWER_UNKNOWN},
        /* A default name is no name, even with a slot. */
        {"replica", "application_name=west ", "", NULL, ANSWER_UNKNOWN},
        {"replica", "application_name=west ", "", "west", ANSWER_UNKNOWN},
        /* It has flushed what ours does not have: it is a standby between the two. */
        {"primary", "\"flushed\":\"0/3000100\"", "\"flushed\":\"0/3000108\"", NULL, ANSWER_UNKNOWN},
        {"primary", "\"flushed\":\"0/3000100\"", "\"flushed\":\"0/3000108\"", "west",
         ANSWER_UNKNOWN},
        /* It comes from elsewhere; the user may know better. */
        {"primary", "\"pid\":7", "\"client_address\":\"10.1.0.8\",\"pid\":7", NULL, ANSWER_UNKNOWN},
        {"primary", "\"pid\":7", "\"client_address\":\"10.1.0.8\",\"pid\":7", "west", ANSWER_YES},
        {"primary", "\"pid\":7", "\"client_address\":\"10.1.0.7\",\"pid\":7", NULL, ANSWER_YES},
        /* Ours has no receiver that streams, whoever else does. */
        {"replica", "\"status\":\"streaming\"", "\"status\":\"waiting\"", NULL, ANSWER_NO},
        {"replica", "\"receiver\":{", "\"former\":{", "west", ANSWER_NO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bool primary = strcmp(table[i].end, "primary") == 0;
        const char *replica = with(REPLICA, "\"in_recovery\"",
                                   "\"address\":\"10.1.0.7\","
                                   "\"in_recovery\"");
        struct fixture f;

        set_up(&f);
        f.settings.standby_name = table[i].standby_name;
        answer(&f.pair.primary, NOW, primary ? with(PRIMARY, table[i].old, table[i].new) : PRIMARY);
        answer(&f.pair.replica, NOW, primary ? replica : with(replica, table[i].old, table[i].new));
        assert_true(prove(&f));
        assert_int_equal(f.evidence.zero_data_loss, table[i].expected);
        /* And it does not stand in when ours cannot be asked any more. */
        assert_int_equal(f.memory.has_sender, table[i].expected == ANSWER_YES);
        tear_down(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_data_loss),
        cmocka_unit_test(test_quorum_of_two),
        cmocka_unit_test(test_look_alikes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
