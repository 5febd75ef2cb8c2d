/* SPDX-License-Identifier: Apache-2.0 */
/* What two ends of a replication say, recorded or made up, and what that proves. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/postgres_evidence.h"
#include "collectors/postgres_synchronous.h"

#define NOW 1000000.0

/* As PostgreSQL 15 answers, without what a test does not look at. */
#define PRIMARY                                                                                    \
    "{\"version\":\"150020\",\"now\":1000000.0,\"in_recovery\":false,\"may_monitor\":true,"        \
    "\"system_identifier\":\"7710454461314873639\",\"timeline\":\"x00000001\","                    \
    "\"current\":\"0/3000100\",\"senders\":[{\"pid\":7,\"application_name\":\"west\","             \
    "\"backend_start\":\"s7\",\"state\":\"streaming\",\"sync_state\":\"sync\","                    \
    "\"flushed\":\"0/3000100\"}],\"slots\":[{\"name\":\"west\",\"active\":true,"                   \
    "\"active_pid\":7,\"wal_status\":\"reserved\",\"restart\":\"0/3000000\"}],\"slot_total\":1,"   \
    "\"synchronous\":{\"commit\":\"on\",\"source\":\"default\",\"standby_names\":\"west\","        \
    "\"weak_overrides\":0}}"
#define REPLICA                                                                                    \
    "{\"version\":\"150020\",\"now\":1000000.0,\"in_recovery\":true,\"may_monitor\":true,"         \
    "\"system_identifier\":\"7710454461314873639\",\"timeline\":\"1\","                            \
    "\"received\":\"0/3000100\",\"replayed\":\"0/3000100\",\"replayed_commit\":999999.5,"          \
    "\"replay_paused\":false,\"streams\":true,\"receiver\":{\"status\":\"streaming\","             \
    "\"timeline\":1,"                                                                              \
    "\"latest_end\":\"0/3000100\",\"last_message_age\":2.5,\"slot\":\"west\","                     \
    "\"conninfo\":\"host=h application_name=west fallback_application_name=x\"}}"

struct fixture {
    struct postgres_settings settings;
    struct postgres_memory memory;
    struct postgres_pair pair;
    struct history *history;
    struct evidence evidence;
    struct error error;
};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){.history = history_new()};
    fixture->pair.settings = &fixture->settings;
    fixture->pair.memory = &fixture->memory;
    fixture->pair.primary.configured = true;
    fixture->pair.replica.configured = true;
}

static void forget(struct postgres_end *end)
{
    postgres_facts_release(&end->facts);
    end->reached = false;
}

static void tear_down(struct fixture *fixture)
{
    forget(&fixture->pair.primary);
    forget(&fixture->pair.replica);
    history_free(fixture->history);
}

static void answer(struct postgres_end *end, double at, const char *json)
{
    struct error error;

    postgres_facts_release(&end->facts);
    end->reached = true;
    end->asked_at = at;
    end->answered_at = at;
    if (!postgres_facts_read(json, &end->facts, &error)) {
        fail_msg("%s", error.message);
    }
}

/* One round as the collector does it. */
static bool prove(struct fixture *fixture)
{
    const struct postgres_sender *sender;
    bool ambiguous;

    fixture->evidence = (struct evidence){0};
    fixture->error = (struct error){.kind = ERROR_NONE};
    if (!postgres_check_pair(&fixture->pair, &fixture->error)) {
        return false;
    }
    sender = postgres_find_sender(&fixture->pair, &ambiguous);
    postgres_prove(&fixture->pair, fixture->history, sender, &fixture->evidence);
    fixture->evidence.zero_data_loss = postgres_zero_data_loss(&fixture->pair, sender, ambiguous);
    return true;
}

static void assert_near(double actual, double expected)
{
    if (!(fabs(actual - expected) < 0.001)) {
        fail_msg("%.6f is not %.6f", actual, expected);
    }
}

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

static void test_caught_up(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f.pair.primary, NOW, PRIMARY);
    answer(&f.pair.replica, NOW + 0.01, REPLICA);
    assert_true(prove(&f));
    assert_true(f.evidence.has_recovery_point && f.evidence.has_lag);
    assert_near(f.evidence.recovery_point, NOW);
    assert_near(f.evidence.lag_seconds, 0);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_YES);
    tear_down(&f);
}

/* Replaces one text by another of any length in a copy of `json`; two copies take turns, so that
 * calls can be nested. */
static const char *with(const char *json, const char *old, const char *new)
{
    static char copies[2][4096];
    static size_t turn;
    char *copy = copies[turn++ % 2];
    const char *at = strstr(json, old);

    assert_non_null(at);
    (void)snprintf(copy, sizeof copies[0], "%.*s%s%s", (int)(at - json), json, new,
                   at + strlen(old));
    return copy;
}

static void test_behind_is_dated_by_the_history(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f.pair.primary, NOW, PRIMARY);
    answer(&f.pair.replica, NOW, with(REPLICA, "999999.5", "null"));
    assert_true(prove(&f));
    /* The primary goes on, the standby stays where it was (P2: receive = replay). */
    for (int i = 1; i <= 30; i++) {
        char lsn[64];

        (void)snprintf(lsn, sizeof lsn, "\"current\":\"0/%X\"", 0x3000100 + i);
        answer(&f.pair.primary, NOW + i, with(PRIMARY, "\"current\":\"0/3000100\"", lsn));
        answer(&f.pair.replica, NOW + i, with(REPLICA, "999999.5", "null"));
        assert_true(prove(&f));
        assert_near(f.evidence.recovery_point, NOW);
        assert_near(f.evidence.lag_seconds, i);
    }
    tear_down(&f);
}

/* P2: the link is cut while the primary is idle. Both have the same, and still nothing protects
 * the next commit. */
static void test_idle_time_does_not_count_without_a_link(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    for (int i = 0; i <= 5; i++) {
        answer(&f.pair.primary, NOW + i, PRIMARY);
        answer(&f.pair.replica, NOW + i, with(REPLICA, "999999.5", "null"));
        assert_true(prove(&f));
        assert_near(f.evidence.lag_seconds, 0);
    }
    for (int i = 6; i <= 20; i++) {
        answer(&f.pair.primary, NOW + i, PRIMARY);
        answer(&f.pair.replica, NOW + i,
               with(with(REPLICA, "\"receiver\":{", "\"former\":{"), "999999.5", "null"));
        assert_true(prove(&f));
        assert_near(f.evidence.recovery_point, NOW + 5);
        assert_near(f.evidence.lag_seconds, i - 5);
    }
    /* One that was never meant to stream has what it has. */
    answer(&f.pair.replica, NOW + 20,
           with(with(REPLICA, "\"receiver\":{", "\"former\":{"), "\"streams\":true",
                "\"streams\":false"));
    assert_true(prove(&f));
    assert_near(f.evidence.lag_seconds, 0);
    tear_down(&f);
}

static void test_commit_time_refines_but_never_beats_what_was_seen(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f.pair.primary, NOW, PRIMARY);
    answer(&f.pair.replica, NOW, with(REPLICA, "999999.5", "null"));
    assert_true(prove(&f));
    /* Beyond the copy at NOW + 10; a commit of NOW + 4 by a clock that is 300 s ahead. */
    answer(&f.pair.primary, NOW + 10,
           with(with(PRIMARY, "\"current\":\"0/3000100\"", "\"current\":\"0/4000000\""),
                "\"now\":1000000.0", "\"now\":1000310.0"));
    answer(&f.pair.replica, NOW + 10, with(REPLICA, "999999.5", "1000304.0"));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 4);
    /* A commit time of after the primary was seen beyond the copy cannot be true. */
    answer(&f.pair.replica, NOW + 10, with(REPLICA, "999999.5", "1009999.0"));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 10);
    tear_down(&f);
}

static void test_unknown_without_any_proof(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    /* P3: behind from the start, and the standby has replayed no commit. */
    answer(&f.pair.primary, NOW, with(PRIMARY, "0/3000100", "0/9000000"));
    answer(&f.pair.replica, NOW, with(REPLICA, "999999.5", "null"));
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    /* And one that knows no position at all. */
    answer(&f.pair.replica, NOW,
           with(with(REPLICA, "\"received\":\"0/3000100\"", "\"received\":null"),
                "\"replayed\":\"0/3000100\"", "\"replayed\":null"));
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    tear_down(&f);
}

static void test_only_the_replica_can_be_asked(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f.pair.replica, NOW, REPLICA);
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW - 2.5);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_UNKNOWN);
    /* Messages announced more than the standby has: no news, but what was proven stays true. */
    answer(&f.pair.replica, NOW + 5,
           with(REPLICA, "\"latest_end\":\"0/3000100\"", "\"latest_end\":\"0/3000200\""));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW - 2.5);
    assert_near(f.evidence.lag_seconds, 7.5);
    /* The receiver is gone: what was once heard is no news. */
    answer(&f.pair.replica, NOW + 9,
           with(REPLICA, "\"status\":\"streaming\"", "\"status\":\"waiting\""));
    assert_true(prove(&f));
    assert_near(f.evidence.lag_seconds, 11.5);
    /* The standby starts again from an older copy. */
    answer(&f.pair.replica, NOW + 10,
           with(with(REPLICA, "\"received\":\"0/3000100\"", "\"received\":\"0/2000000\""),
                "\"replayed\":\"0/3000100\"", "\"replayed\":\"0/2000000\""));
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    tear_down(&f);
}

static void test_only_the_primary_can_be_asked(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    /* Nobody ever told which sender is the standby's: it may be another's. */
    answer(&f.pair.primary, NOW, PRIMARY);
    assert_true(prove(&f));
    assert_false(f.evidence.has_recovery_point);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_UNKNOWN);
    /* It was seen once; the very same connection is still there. */
    answer(&f.pair.replica, NOW, REPLICA);
    assert_true(prove(&f));
    forget(&f.pair.replica);
    answer(&f.pair.primary, NOW + 5, PRIMARY);
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 5);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_YES);
    /* Another connection of the same name, or none: the standby is where it was. */
    answer(&f.pair.primary, NOW + 9,
           with(with(PRIMARY, "\"s7\"", "\"s8\""), "\"current\":\"0/3000100\"",
                "\"current\":\"0/3000200\""));
    assert_true(prove(&f));
    assert_near(f.evidence.recovery_point, NOW + 5);
    assert_int_equal(f.evidence.zero_data_loss, ANSWER_UNKNOWN);
    tear_down(&f);
}

static void test_pairs_that_do_not_belong_together(void **state)
{
    static const struct {
        const char *end;
        const char *old;
        const char *new;
        enum error_kind kind;
        const char *message;
    } table[] = {
        {"replica", "\"in_recovery\":true", "\"in_recovery\":false", ERROR_INCONSISTENT,
         "promoted"},
        {"primary", "\"in_recovery\":false", "\"in_recovery\":true", ERROR_INCONSISTENT,
         "is a standby"},
        {"replica", "7710454461314873639", "7710454461314873640", ERROR_INCONSISTENT,
         "system identifier"},
        {"replica", "\"timeline\":1,", "\"timeline\":2,", ERROR_INCONSISTENT, "timeline 2"},
        {"primary", "x00000001", "x0000000A", ERROR_INCONSISTENT, "on 10"},
        {"primary", "\"may_monitor\":true", "\"may_monitor\":false", ERROR_PERMISSION,
         "GRANT pg_monitor"},
        {"replica", "\"may_monitor\":true", "\"may_monitor\":false", ERROR_PERMISSION,
         "GRANT pg_monitor"},
        {"primary", "\"current\":\"0/3000100\"", "\"current\":null", ERROR_PROTOCOL, "position"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bool primary = strcmp(table[i].end, "primary") == 0;
        struct fixture f;

        set_up(&f);
        answer(&f.pair.primary, NOW, primary ? with(PRIMARY, table[i].old, table[i].new) : PRIMARY);
        answer(&f.pair.replica, NOW, primary ? REPLICA : with(REPLICA, table[i].old, table[i].new));
        assert_false(prove(&f));
        assert_int_equal(f.error.kind, table[i].kind);
        assert_non_null(strstr(f.error.message, table[i].message));
        assert_false(f.evidence.has_recovery_point);
        tear_down(&f);
    }
}

static void test_a_primary_that_lost_wal(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    answer(&f.pair.primary, NOW, PRIMARY);
    answer(&f.pair.replica, NOW, REPLICA);
    assert_true(prove(&f));
    answer(&f.pair.primary, NOW + 1, with(PRIMARY, "0/3000100", "0/3000050"));
    assert_false(prove(&f));
    assert_int_equal(f.error.kind, ERROR_INCONSISTENT);
    assert_non_null(strstr(f.error.message, "diverged"));
    tear_down(&f);
}

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
        cmocka_unit_test(test_caught_up),
        cmocka_unit_test(test_behind_is_dated_by_the_history),
        cmocka_unit_test(test_idle_time_does_not_count_without_a_link),
        cmocka_unit_test(test_commit_time_refines_but_never_beats_what_was_seen),
        cmocka_unit_test(test_unknown_without_any_proof),
        cmocka_unit_test(test_only_the_replica_can_be_asked),
        cmocka_unit_test(test_only_the_primary_can_be_asked),
        cmocka_unit_test(test_pairs_that_do_not_belong_together),
        cmocka_unit_test(test_a_primary_that_lost_wal),
        cmocka_unit_test(test_zero_data_loss),
        cmocka_unit_test(test_quorum_of_two),
        cmocka_unit_test(test_aurora),
        cmocka_unit_test(test_answers_that_are_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
