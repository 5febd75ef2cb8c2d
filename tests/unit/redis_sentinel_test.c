/* SPDX-License-Identifier: Apache-2.0 */
/* What Sentinels and the map of a cluster say. */

#include "tests/unit/redis_fixture.h"

#include "collectors/redis_nodes.h"
#include "collectors/redis_reader.h"
#include "collectors/redis_sentinel.h"

static struct redis_sentinel_answer answer_of(const char *port)
{
    return (struct redis_sentinel_answer){
        .reached = port != NULL,
        .primary = {.ip = "10.0.0.1", .port = port == NULL ? "" : port, .run_id = "aaaa"},
        .down_after_seconds = 30};
}

static void test_majority(void **state)
{
    static const struct {
        const char *ports[3];
        size_t agreeing;
        const char *primary; /* NULL: none. */
    } cases[] = {
        {{"1", "1", "1"}, 3, "1"},     {{"1", "2", "2"}, 2, "2"},    {{NULL, "1", "1"}, 2, "1"},
        {{"1", "2", "3"}, 1, NULL},    {{"1", NULL, NULL}, 1, NULL}, {{NULL, "1", "2"}, 1, NULL},
        {{NULL, NULL, NULL}, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct redis_sentinel_answer answers[3];
        struct redis_sentinel_view view = {.configured = 3, .answers = answers};
        struct error error;

        for (size_t j = 0; j < 3; j++) {
            answers[j] = answer_of(cases[i].ports[j]);
        }
        assert_int_equal(redis_sentinel_agree(&view, &error), cases[i].primary != NULL);
        assert_int_equal(view.agreeing, cases[i].agreeing);
        if (cases[i].primary != NULL) {
            assert_string_equal(view.primary->port, cases[i].primary);
        } else {
            assert_int_equal(error.kind, ERROR_INCONSISTENT);
        }
    }
}

/* Most Sentinels, not most of those that answer, must be willing. */
static void test_candidate(void **state)
{
    static const struct {
        int willing;
        int unwilling;
        unsigned obstacles;
    } cases[] = {{3, 0, 0},
                 {2, 1, 0},
                 {1, 2, REDIS_BLOCKED_BY(REDIS_OBSTACLE_LINK)},
                 {1, 0, REDIS_BLOCKED_BY(REDIS_OBSTACLE_ANNOUNCED)}};
    struct redis_known good = {.ip = "10.0.0.7", .port = "6380", .run_id = "", .reachable = true};
    struct redis_known bad = {.ip = "x", .port = "y", .run_id = "bbbb", .reachable = false};
    struct redis_end replica = {.reached = true, .peer = "10.0.0.7"};

    (void)state;
    replica.facts.run_id = "bbbb";
    replica.facts.port = "6380";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct redis_sentinel_answer answers[3];
        struct redis_sentinel_view view = {.configured = 3, .answers = answers};

        for (int j = 0; j < 3; j++) {
            answers[j] = answer_of("1");
            answers[j].replicas = j < cases[i].willing ? &good : &bad;
            answers[j].replica_count = j < cases[i].willing + cases[i].unwilling ? 1 : 0;
        }
        assert_int_equal(redis_sentinel_obstacles(&view, &replica), cases[i].obstacles);
    }
}

static void test_sentinel_answers(void **state)
{
    static const char primary[] = "*6\r\n$2\r\nip\r\n$8\r\n10.0.0.1\r\n$4\r\nport\r\n$4\r\n6379\r\n"
                                  "$23\r\ndown-after-milliseconds\r\n$4\r\n5000\r\n";
    static const char replicas[] = "*2\r\n*4\r\n$2\r\nip\r\n$8\r\n10.0.0.7\r\n$5\r\nflags\r\n"
                                   "$12\r\nslave,s_down\r\n*2\r\n$5\r\nflags\r\n$5\r\nslave\r\n";
    struct redis_reader *reader = redis_reader_new();
    struct arena *arena = arena_new();
    struct redis_sentinel_answer answer;
    redisReply *first = NULL;
    redisReply *second = NULL;
    struct error error;

    (void)state;
    assert_true(redis_reader_feed(reader, primary, strlen(primary), &first, &error));
    assert_true(redis_reader_feed(reader, replicas, strlen(replicas), &second, &error));
    assert_true(redis_sentinel_read(arena, first, second, &answer, &error));
    assert_string_equal(answer.primary.ip, "10.0.0.1");
    assert_near(answer.down_after_seconds, 5);
    assert_int_equal(answer.replica_count, 2);
    assert_false(answer.replicas[0].reachable);
    assert_true(answer.replicas[1].reachable);
    assert_false(redis_sentinel_read(arena, second, first, &answer, &error));
    assert_int_equal(error.kind, ERROR_PROTOCOL);
    redis_clear_reply(&first);
    redis_clear_reply(&second);
    redis_reader_free(reader);
    arena_free(arena);
}

static void test_nodes(void **state)
{
    static const char text[] =
        "aa 10.0.0.1:7000@17000,host,shard-id=x myself,master - 0 0 1 connected 0-5460 7000\n"
        "bb 10.1.0.1:7000@17000 slave,nofailover aa 0 0 1 connected\n"
        "cc fd00::1:7000@17000 master - 0 0 2 connected\n"
        "dd :0@0 master,noaddr - 0 0 3 disconnected\n";
    struct arena *arena = arena_new();
    struct redis_nodes nodes;
    struct error error;

    (void)state;
    assert_true(redis_nodes_read(arena, text, &nodes, &error));
    assert_int_equal(nodes.count, 3);
    assert_string_equal(nodes.nodes[0].address, "10.0.0.1:7000");
    assert_true(nodes.nodes[0].primary && nodes.nodes[0].has_slots);
    assert_true(nodes.nodes[0].may_fail_over);
    assert_false(nodes.nodes[1].primary || nodes.nodes[1].may_fail_over);
    assert_string_equal(nodes.nodes[1].primary_id, "aa");
    assert_string_equal(nodes.nodes[2].address, "[fd00::1]:7000");
    assert_false(nodes.nodes[2].has_slots);
    assert_false(redis_nodes_read(arena, "aa 10.0.0.1:7000@17000 mas", &nodes, &error));
    assert_int_equal(error.kind, ERROR_PROTOCOL);
    arena_free(arena);
}

static void test_cluster_state(void **state)
{
    struct error error;

    (void)state;
    assert_true(redis_nodes_check_state("cluster_state:ok\r\ncluster_slots_ok:16384\r\n", &error));
    assert_false(
        redis_nodes_check_state("cluster_state:fail\r\ncluster_slots_ok:16384\r\n", &error));
    assert_int_equal(error.kind, ERROR_INCONSISTENT);
    assert_false(redis_nodes_check_state("cluster_state:ok\r\ncluster_slots_ok:9\r\n", &error));
    assert_false(redis_nodes_check_state("", &error));
}

static bool collect_address(void *context, const char *address)
{
    char *all = context;
    size_t length = strlen(all);

    (void)snprintf(all + length, 100 - length, "<%s>", address);
    return true;
}

static void test_addresses(void **state)
{
    char all[100] = "";
    struct error error;

    (void)state;
    assert_true(redis_addresses_each(" a:1, b:2\tc:3,,", collect_address, all));
    assert_string_equal(all, "<a:1><b:2><c:3>");
    assert_true(socket_address_check("redis-1.example.com:6379", &error));
    assert_true(socket_address_check("[::1]:6379", &error));
    assert_true(socket_address_check("/run/redis.sock", &error));
    assert_false(socket_address_check("a b:1", &error));
    assert_false(socket_address_check("user@host:1", &error));
    assert_false(socket_address_check("host:0", &error));
    assert_false(socket_address_check("host:1/path", &error));
    assert_false(socket_address_check("::1:6379", &error));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_majority),         cmocka_unit_test(test_candidate),
        cmocka_unit_test(test_sentinel_answers), cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_cluster_state),    cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
