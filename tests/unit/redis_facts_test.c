/* SPDX-License-Identifier: Apache-2.0 */
/* INFO of Redis 6, Redis 7 and Valkey 8, and what is no INFO. */

#include "tests/unit/redis_fixture.h"

static void test_redis_7(void **state)
{
    struct fixture f;
    const struct redis_facts *primary = &f.pair.primary.facts;
    const struct redis_facts *replica = &f.pair.replica.facts;

    (void)state;
    set_up(&f);
    both_answer(&f, NOW, PRIMARY, REPLICA);
    assert_false(primary->replica);
    assert_string_equal(primary->replid, ID_A);
    assert_int_equal(primary->offset.bytes, 1000);
    assert_false(primary->second_offset.known);
    assert_int_equal(primary->row_count, 1);
    assert_true(primary->rows[0].online);
    assert_string_equal(primary->rows[0].ip, "10.0.0.7");
    assert_string_equal(primary->rows[0].port, "6380");
    assert_int_equal(primary->rows[0].acknowledged.bytes, 1000);
    assert_false(primary->good_replicas.known);
    assert_near(primary->full_syncs.value, 2);
    assert_near(primary->last_save.value, 1700000000);
    assert_true(replica->replica && replica->link_up && replica->announced);
    assert_false(replica->syncing || replica->loading || replica->link_down.known);
    assert_near(replica->link_idle.value, 3);
    assert_string_equal(replica->origin_port, "6379");
    tear_down(&f);
}

/* No async_loading, no replica_announced, no slave_read_repl_offset. */
static void test_redis_6(void **state)
{
    struct fixture f;
    const char *info;

    (void)state;
    set_up(&f);
    info = with(&f, REPLICA, "async_loading:0\r\n", "");
    info = with(&f, info, "replica_announced:1\r\n", "");
    answer(&f, &f.pair.replica, NOW, with(&f, info, "slave_read_repl_offset:1000\r\n", ""));
    assert_true(f.pair.replica.facts.announced);
    assert_int_equal(f.pair.replica.facts.applied.bytes, 1000);
    tear_down(&f);
}

/* A full copy through a channel of its own shows as a row of its own. */
static void test_valkey_8(void **state)
{
    struct fixture f;
    const struct redis_facts *primary = &f.pair.primary.facts;

    (void)state;
    set_up(&f);
    answer(&f, &f.pair.primary, NOW,
           with(&f,
                with(&f, PRIMARY, "redis_version:7.0.15",
                     "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1"),
                "slave0:ip=10.0.0.7,port=6380,state=online,offset=1000,lag=0\r\n",
                "slave0:ip=10.0.0.7,port=6380,state=bg_transfer,offset=0,lag=0,type=main-channel"
                "\r\nslave1:ip=10.0.0.7,port=6380,state=send_bulk,offset=0,lag=0,type=rdb-channel"
                "\r\nreplicas_waiting_psync:1\r\nreplicas_repl_buffer_size:512\r\n"));
    assert_int_equal(primary->row_count, 2);
    assert_false(primary->rows[0].online || primary->rows[1].online);
    assert_false(primary->rows[0].acknowledged.known);
    tear_down(&f);
}

/* R1: offset=0,lag=0 is no news of a replica, nor is -1 an age. */
static void test_what_is_not_known(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    both_answer(&f, NOW, with(&f, PRIMARY, "online,offset=1000", "wait_bgsave,offset=0"),
                with(&f, REPLICA, LINK_UP,
                     "master_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\n"
                     "master_link_down_since_seconds:-1\r\n"));
    assert_false(f.pair.primary.facts.rows[0].acknowledged.known);
    assert_false(f.pair.replica.facts.link_idle.known);
    assert_false(f.pair.replica.facts.link_down.known);
    answer(&f, &f.pair.primary, NOW, with(&f, PRIMARY, "offset=1000,lag", "offset=0,lag"));
    assert_false(f.pair.primary.facts.rows[0].acknowledged.known);
    tear_down(&f);
}

static void test_no_info(void **state)
{
    static const struct {
        const char *base;
        const char *old;
        const char *new;
        enum error_kind kind;
    } cases[] = {
        {PRIMARY, "role:master\r\n", "", ERROR_PROTOCOL},
        {PRIMARY, "role:master", "role:sentinel", ERROR_PROTOCOL},
        {PRIMARY, "redis_mode:standalone", "redis_mode:sentinel", ERROR_INCONSISTENT},
        {PRIMARY, "loading:0\r\nasync", "async", ERROR_PROTOCOL},
        {PRIMARY, "master_replid:" ID_A, "master_replid:12", ERROR_PROTOCOL},
        {PRIMARY, "master_repl_offset:1000\r\n", "", ERROR_PROTOCOL},
        {PRIMARY, "run_id:aaaa\r\n", "", ERROR_PROTOCOL},
        {REPLICA, "slave_repl_offset:1000\r\n", "", ERROR_PROTOCOL},
        {REPLICA, "master_link_status:up\r\n", "", ERROR_PROTOCOL},
        {REPLICA, "master_sync_in_progress:0\r\n", "", ERROR_PROTOCOL},
        {REPLICA, "slave_priority:100\r\n", "", ERROR_PROTOCOL},
    };
    struct fixture f;

    (void)state;
    set_up(&f);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct redis_facts facts;
        const char *info = with(&f, cases[i].base, cases[i].old, cases[i].new);

        assert_false(redis_facts_read(f.arena, info, &facts, &f.error));
        assert_int_equal(f.error.kind, cases[i].kind);
    }
    tear_down(&f);
}

/* An INFO that was cut off anywhere is never taken for a whole one with other values. */
static void test_cut_off_anywhere(void **state)
{
    struct fixture f;
    size_t last = (size_t)(strstr(REPLICA, "master_repl_offset:") - REPLICA);

    (void)state;
    set_up(&f);
    for (size_t length = 0; length < last; length++) {
        struct redis_facts facts;

        assert_false(
            redis_facts_read(f.arena, arena_strndup(f.arena, REPLICA, length), &facts, &f.error));
    }
    tear_down(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redis_7),  cmocka_unit_test(test_redis_6),
        cmocka_unit_test(test_valkey_8), cmocka_unit_test(test_what_is_not_known),
        cmocka_unit_test(test_no_info),  cmocka_unit_test(test_cut_off_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
