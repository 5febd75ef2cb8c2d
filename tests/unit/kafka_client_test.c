/* SPDX-License-Identifier: Apache-2.0 */
/* The Kafka client against librdkafka's mock cluster: faults that real brokers cannot be made to
 * have at will. What real ones do is in tests/integration. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "collectors/kafka_client.h"
#include "exporter/clock.h"
#include "tests/unit/c11_threads.h"

/* Of the protocol: https://kafka.apache.org/protocol.html#protocol_api_keys */
#define API_LIST_OFFSETS 2
#define API_OFFSET_FETCH 9

#define PARTITIONS 6
#define RECORDS 5

struct fixture {
    rd_kafka_t *owner;
    rd_kafka_mock_cluster_t *cluster;
    struct kafka_client *client;
    struct arena *arena;
    struct stop stop;
    struct error error;
};

static void produce(const char *bootstraps)
{
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    rd_kafka_t *producer;

    assert_int_equal(rd_kafka_conf_set(configuration, "bootstrap.servers", bootstraps, NULL, 0),
                     RD_KAFKA_CONF_OK);
    producer = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, NULL, 0);
    assert_non_null(producer);
    for (int i = 0; i < PARTITIONS * RECORDS; i++) {
        /* Without the macros, which are no standard C. */
        assert_int_equal(
            rd_kafka_producev(producer, RD_KAFKA_VTYPE_TOPIC, "rows", RD_KAFKA_VTYPE_PARTITION,
                              (int32_t)(i % PARTITIONS), RD_KAFKA_VTYPE_KEY, "key", (size_t)3,
                              RD_KAFKA_VTYPE_VALUE, "value", (size_t)5, RD_KAFKA_VTYPE_TIMESTAMP,
                              (int64_t)1700000000000 + i, RD_KAFKA_VTYPE_END),
            RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    assert_int_equal(rd_kafka_flush(producer, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(producer);
}

static void heal(struct fixture *fixture)
{
    for (int i = 0; i < PARTITIONS; i++) {
        (void)rd_kafka_mock_partition_set_leader(fixture->cluster, "rows", i, 1 + i % 3);
    }
    for (int i = 1; i <= 3; i++) {
        (void)rd_kafka_mock_broker_set_up(fixture->cluster, i);
        (void)rd_kafka_mock_broker_set_rtt(fixture->cluster, i, 0);
    }
}

static int start_cluster(void **state)
{
    static struct fixture fixture;
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();

    (void)rd_kafka_conf_set(configuration, "log_level", "0", NULL, 0);
    fixture.owner = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, NULL, 0);
    fixture.cluster = rd_kafka_mock_cluster_new(fixture.owner, 3);
    assert_non_null(fixture.cluster);
    assert_int_equal(rd_kafka_mock_topic_create(fixture.cluster, "rows", PARTITIONS, 1), 0);
    heal(&fixture);
    produce(rd_kafka_mock_cluster_bootstraps(fixture.cluster));
    *state = &fixture;
    return 0;
}

static int stop_cluster(void **state)
{
    struct fixture *fixture = *state;

    rd_kafka_mock_cluster_destroy(fixture->cluster);
    rd_kafka_destroy(fixture->owner);
    return 0;
}

static int set_up(void **state)
{
    struct fixture *fixture = *state;
    struct kafka_target target = {.brokers = rd_kafka_mock_cluster_bootstraps(fixture->cluster)};

    assert_true(stop_init(&fixture->stop));
    fixture->arena = arena_new();
    assert_true(kafka_client_open(&target, &fixture->client, &fixture->error));
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    int64_t begin_ms = clock_monotonic_ms();

    kafka_client_free(fixture->client);
    assert_in_range(clock_monotonic_ms() - begin_ms, 0, 1500);
    arena_free(fixture->arena);
    stop_release(&fixture->stop);
    return 0;
}

static int tear_down_and_heal(void **state)
{
    (void)tear_down(state);
    heal(*state);
    return 0;
}

static struct deadline in_ms(const struct fixture *fixture, int64_t budget_ms)
{
    return (struct deadline){.monotonic_ms = clock_monotonic_ms() + budget_ms,
                             .stop = &fixture->stop};
}

static struct kafka_layout read_layout(struct fixture *fixture)
{
    struct deadline deadline = in_ms(fixture, 10000);
    struct kafka_layout layout;

    if (!kafka_layout_read(fixture->client, fixture->arena, NULL, NULL, &deadline, &layout,
                           &fixture->error)) {
        fail_msg("%s", fixture->error.message);
    }
    assert_int_equal(layout.partition_count, PARTITIONS);
    return layout;
}

static size_t count_known(const struct kafka_layout *layout)
{
    size_t count = 0;

    for (size_t i = 0; i < layout->partition_count; i++) {
        const struct kafka_partition *partition = &layout->partitions[i];

        assert_int_equal(partition->start.known, partition->end.known);
        if (partition->end.known) {
            assert_int_equal(partition->start.value, 0);
            assert_int_equal(partition->end.value, RECORDS);
            count++;
        }
    }
    return count;
}

static void test_watermarks(void **state)
{
    struct fixture *fixture = *state;
    struct kafka_layout layout = read_layout(fixture);
    struct deadline deadline = in_ms(fixture, 10000);

    assert_int_equal(layout.topic_count, 1);
    assert_int_equal(layout.broker_count, 3);
    for (int i = 0; i < PARTITIONS; i++) {
        assert_string_equal(layout.partitions[i].topic, "rows");
        assert_int_equal(layout.partitions[i].partition, i);
        assert_int_equal(layout.partitions[i].leader, 1 + i % 3);
    }
    assert_true(kafka_watermarks(fixture->client, &layout, true, &deadline, &fixture->error));
    assert_int_equal(count_known(&layout), PARTITIONS);
    assert_true(layout.partitions[0].stable_end.known);
    assert_int_equal(layout.partitions[0].stable_end.value, RECORDS);
}

static void test_leader_that_moved(void **state)
{
    struct fixture *fixture = *state;
    struct kafka_layout layout = read_layout(fixture);
    struct deadline deadline = in_ms(fixture, 10000);

    (void)rd_kafka_mock_partition_set_leader(fixture->cluster, "rows", 0, 2);
    assert_true(kafka_watermarks(fixture->client, &layout, false, &deadline, &fixture->error));
    assert_int_equal(count_known(&layout), PARTITIONS);
    assert_int_equal(layout.partitions[0].leader, 2);
}

/* The last of a leader's partitions to be asked for alone is refused; the others are known. */
static void test_refusals(void **state)
{
    struct fixture *fixture = *state;
    struct kafka_layout layout = read_layout(fixture);
    struct deadline deadline = in_ms(fixture, 10000);
    rd_kafka_resp_err_t errors[64];

    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        errors[i] = RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR;
    }
    rd_kafka_mock_push_request_errors_array(fixture->cluster, API_LIST_OFFSETS,
                                            sizeof errors / sizeof errors[0], errors);
    assert_false(kafka_watermarks(fixture->client, &layout, false, &deadline, &fixture->error));
    assert_int_equal(fixture->error.kind, ERROR_QUERY);
    assert_non_null(strstr(fixture->error.message, "6 partitions unknown"));
    assert_int_equal(count_known(&layout), 0);
    rd_kafka_mock_clear_request_errors(fixture->cluster, API_LIST_OFFSETS);
    deadline = in_ms(fixture, 10000);
    assert_true(kafka_watermarks(fixture->client, &layout, false, &deadline, &fixture->error));
    assert_int_equal(count_known(&layout), PARTITIONS);
}

static void test_brokers_down(void **state)
{
    struct fixture *fixture = *state;
    struct kafka_layout layout = read_layout(fixture);
    struct deadline deadline = in_ms(fixture, 10000);

    assert_true(kafka_watermarks(fixture->client, &layout, false, &deadline, &fixture->error));
    (void)rd_kafka_mock_broker_set_down(fixture->cluster, 2);
    (void)rd_kafka_mock_broker_set_down(fixture->cluster, 3);
    deadline = in_ms(fixture, 1000);
    assert_false(kafka_watermarks(fixture->client, &layout, false, &deadline, &fixture->error));
    assert_in_range(clock_monotonic_ms() - deadline.monotonic_ms + 1000, 0, 1400);
    assert_int_equal(count_known(&layout), 2);
    assert_true(layout.partitions[0].end.known);
    assert_true(layout.partitions[3].end.known);
    assert_int_equal(fixture->error.kind, ERROR_CONNECT);
    assert_non_null(strstr(fixture->error.message, "4 partitions unknown"));
}

/* A metadata request meets one that says nothing with a chance of two thirds. */
static void test_silent_brokers(void **state)
{
    struct fixture *fixture = *state;
    struct kafka_layout layout = read_layout(fixture);
    struct deadline deadline = in_ms(fixture, 10000);

    assert_true(kafka_watermarks(fixture->client, &layout, false, &deadline, &fixture->error));
    (void)rd_kafka_mock_broker_set_rtt(fixture->cluster, 2, 20000);
    deadline = in_ms(fixture, 1000);
    assert_false(kafka_watermarks(fixture->client, &layout, false, &deadline, &fixture->error));
    assert_in_range(clock_monotonic_ms() - deadline.monotonic_ms + 1000, 0, 1400);
    assert_int_equal(count_known(&layout), 4);
}

static void *request_stop(void *context)
{
    (void)usleep(100 * 1000);
    stop_request(context);
    return NULL;
}

static void ignore_row(void *context, const struct kafka_record *record)
{
    (void)record;
    (*(size_t *)context)++;
}

static void test_stop(void **state)
{
    struct fixture *fixture = *state;
    struct kafka_layout layout = read_layout(fixture);
    struct deadline deadline = in_ms(fixture, 20000);
    int64_t begin_ms;
    pthread_t thread;

    for (int i = 1; i <= 3; i++) {
        (void)rd_kafka_mock_broker_set_rtt(fixture->cluster, i, 15000);
    }
    begin_ms = clock_monotonic_ms();
    assert_int_equal(pthread_create(&thread, NULL, request_stop, &fixture->stop), 0);
    assert_false(kafka_watermarks(fixture->client, &layout, true, &deadline, &fixture->error));
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_in_range(clock_monotonic_ms() - begin_ms, 0, 600);
}

static void test_tail(void **state)
{
    struct fixture *fixture = *state;
    struct kafka_tail *tail = kafka_tail_new(fixture->client, "rows");
    struct deadline deadline = in_ms(fixture, 20000);
    size_t rows = 0;
    bool restarted;

    assert_true(kafka_tail_read(tail, ignore_row, &rows, &deadline, &restarted, &fixture->error));
    assert_true(restarted);
    assert_int_equal(rows, PARTITIONS * RECORDS);
    assert_true(kafka_tail_read(tail, ignore_row, &rows, &deadline, &restarted, &fixture->error));
    assert_false(restarted);
    assert_int_equal(rows, PARTITIONS * RECORDS);
    produce(rd_kafka_mock_cluster_bootstraps(fixture->cluster));
    assert_true(kafka_tail_read(tail, ignore_row, &rows, &deadline, &restarted, &fixture->error));
    assert_int_equal(rows, 2 * PARTITIONS * RECORDS);
    assert_int_equal(kafka_tail_rows(tail), rows);
    assert_int_equal(kafka_tail_skipped(tail), 0);
    kafka_tail_free(tail);
}

/* Rows of those that can be read are delivered. */
static void test_tail_without_a_broker(void **state)
{
    struct fixture *fixture = *state;
    struct kafka_tail *tail = kafka_tail_new(fixture->client, "rows");
    struct deadline deadline = in_ms(fixture, 3000);
    size_t rows = 0;
    bool restarted;

    (void)rd_kafka_mock_broker_set_down(fixture->cluster, 3);
    assert_false(kafka_tail_read(tail, ignore_row, &rows, &deadline, &restarted, &fixture->error));
    assert_int_equal(rows, 4 * RECORDS);
    assert_int_equal(fixture->error.kind, ERROR_CONNECT);
    kafka_tail_free(tail);
}

static void test_peek(void **state)
{
    struct fixture *fixture = *state;
    struct deadline deadline = in_ms(fixture, 20000);
    struct kafka_peek peeks[] = {
        {.topic = "rows", .partition = 0, .offset = 0},
        {.topic = "rows", .partition = 1, .offset = RECORDS - 1},
        {.topic = "rows", .partition = 2, .offset = RECORDS},
        {.topic = "rows", .partition = 3, .offset = RECORDS + 1},
    };

    assert_true(kafka_peek(fixture->client, peeks, sizeof peeks / sizeof peeks[0], false, &deadline,
                           &fixture->error));
    assert_int_equal(peeks[0].state, KAFKA_PEEK_RECORD);
    assert_int_equal(peeks[0].found_offset, 0);
    assert_int_equal(peeks[0].timestamp_ms, 1700000000000);
    assert_false(peeks[0].log_append_time);
    assert_int_equal(peeks[1].state, KAFKA_PEEK_RECORD);
    assert_int_equal(peeks[1].timestamp_ms, 1700000000000 + (RECORDS - 1) * PARTITIONS + 1);
    assert_int_equal(peeks[2].state, KAFKA_PEEK_END);
    assert_int_equal(peeks[2].end_offset, RECORDS);
    assert_int_equal(peeks[3].state, KAFKA_PEEK_GONE);
}

/* librdkafka 2.0 ends the process here for an instance that has no group of its own. */
static void test_coordinator_that_moved(void **state)
{
    struct fixture *fixture = *state;
    struct deadline deadline = in_ms(fixture, 10000);
    struct kafka_group_offset *offsets = NULL;
    size_t count = 1;

    rd_kafka_mock_push_request_errors(fixture->cluster, API_OFFSET_FETCH, 1,
                                      RD_KAFKA_RESP_ERR_NOT_COORDINATOR);
    if (!kafka_group_offsets(fixture->client, fixture->arena, "billing", &deadline, &offsets,
                             &count, &fixture->error)) {
        fail_msg("%s", fixture->error.message);
    }
    assert_int_equal(count, 0);
    rd_kafka_mock_push_request_errors(fixture->cluster, API_OFFSET_FETCH, 2,
                                      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
                                      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
    assert_false(kafka_group_offsets(fixture->client, fixture->arena, "billing", &deadline,
                                     &offsets, &count, &fixture->error));
    assert_int_equal(fixture->error.kind, ERROR_PERMISSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_watermarks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leader_that_moved, set_up, tear_down_and_heal),
        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_brokers_down, set_up, tear_down_and_heal),
        cmocka_unit_test_setup_teardown(test_silent_brokers, set_up, tear_down_and_heal),
        cmocka_unit_test_setup_teardown(test_stop, set_up, tear_down_and_heal),
        cmocka_unit_test_setup_teardown(test_tail_without_a_broker, set_up, tear_down_and_heal),
        cmocka_unit_test_setup_teardown(test_peek, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_coordinator_that_moved, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tail, set_up, tear_down), /* Adds rows. */
    };

    return cmocka_run_group_tests(tests, start_cluster, stop_cluster);
}
