/* SPDX-License-Identifier: Apache-2.0 */
/* The first record at or behind an offset, of many partitions.
 *
 * A window of partitions is fetched by librdkafka's simple consumer, which knows no groups. Each is
 * stopped with its first event and makes room for the next, so that memory does not depend on how
 * much there is to be read. */

#include <stdlib.h>
#include <string.h>

#include "collectors/kafka_handle.h"
#include "exporter/clock.h"

/* Partitions fetched at the same time, which wait together for what brokers find. */
#define WINDOW 128

struct slot {
    struct kafka_peek *peek; /* NULL: free. */
    rd_kafka_topic_t *topic;
    int64_t begin_monotonic_ms;
    bool answered;
};

struct window {
    struct slot slots[WINDOW];
    size_t used;
    int64_t patience_ms;
    int64_t progress_monotonic_ms; /* When the latest answer came. */
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    struct kafka_pressure pressure;
    const char *refused; /* A topic that may not be read; NULL: none. */
};

static struct slot *find_slot(struct window *window, const rd_kafka_message_t *message)
{
    for (size_t i = 0; i < WINDOW; i++) {
        struct slot *slot = &window->slots[i];

        if (slot->peek != NULL && !slot->answered && slot->peek->partition == message->partition &&
            strcmp(slot->peek->topic, rd_kafka_topic_name(message->rkt)) == 0) {
            return slot;
        }
    }
    return NULL;
}

static void take_record(struct kafka_peek *peek, const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type;

    peek->state = KAFKA_PEEK_RECORD;
    peek->found_offset = message->offset;
    peek->timestamp_ms = rd_kafka_message_timestamp(message, &type);
    peek->log_append_time = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
}

/* Called by librdkafka from rd_kafka_consume_callback_queue. */
static void on_message(rd_kafka_message_t *message, void *context)
{
    struct window *window = context;
    struct slot *slot = find_slot(window, message);

    kafka_pressure_add(&window->pressure, message);
    if (slot == NULL) {
        return; /* A further record of a partition that has its answer. */
    }
    switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        if (message->offset < slot->peek->offset) {
            return;
        }
        take_record(slot->peek, message);
        break;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        slot->peek->state = KAFKA_PEEK_END;
        slot->peek->end_offset = message->offset;
        break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        slot->peek->state = KAFKA_PEEK_GONE;
        break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        window->refused = slot->peek->topic;
        break;
    default:
        return; /* librdkafka looks for the leader, and goes on. */
    }
    slot->answered = true;
}

static void begin_peek(struct window *window, struct kafka_peek *peek)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(window->rk, peek->topic, NULL);

    if (topic == NULL) {
        return;
    }
    if (rd_kafka_consume_start_queue(topic, peek->partition, peek->offset, window->queue) != 0) {
        rd_kafka_topic_destroy(topic);
        return;
    }
    for (size_t i = 0; i < WINDOW; i++) {
        if (window->slots[i].peek == NULL) {
            window->slots[i] = (struct slot){
                .peek = peek, .topic = topic, .begin_monotonic_ms = clock_monotonic_ms()};
            window->used++;
            return;
        }
    }
    abort();
}

static void end_peek(struct window *window, struct slot *slot)
{
    (void)rd_kafka_consume_stop(slot->topic, slot->peek->partition);
    rd_kafka_topic_destroy(slot->topic);
    *slot = (struct slot){.peek = NULL};
    window->used--;
}

/* Leaders that say nothing must not hold up the others: when all that is left in the window has
 * been silent for long, it makes room. */
static bool is_silent(const struct window *window, const struct slot *slot, int64_t now_ms)
{
    return now_ms - slot->begin_monotonic_ms >= window->patience_ms &&
           now_ms - window->progress_monotonic_ms >= window->patience_ms;
}

static void end_answered(struct window *window)
{
    int64_t now_ms = clock_monotonic_ms();

    for (size_t i = 0; i < WINDOW; i++) {
        struct slot *slot = &window->slots[i];

        if (slot->peek != NULL && slot->answered) {
            window->progress_monotonic_ms = now_ms;
            end_peek(window, slot);
        }
    }
    for (size_t i = 0; i < WINDOW; i++) {
        struct slot *slot = &window->slots[i];

        if (slot->peek != NULL && is_silent(window, slot, now_ms)) {
            end_peek(window, slot);
        }
    }
}

static void end_all(struct window *window)
{
    for (size_t i = 0; i < WINDOW; i++) {
        if (window->slots[i].peek != NULL) {
            end_peek(window, &window->slots[i]);
        }
    }
}

/* See KAFKA_QUEUED_MESSAGES. */
static void wake_fetching(const struct window *window)
{
    for (size_t i = 0; i < WINDOW; i++) {
        const struct slot *slot = &window->slots[i];

        if (slot->peek != NULL) {
            (void)rd_kafka_seek(slot->topic, slot->peek->partition, slot->peek->offset, 0);
        }
    }
}

bool kafka_peek(struct kafka_client *client, struct kafka_peek *peeks, size_t count, bool committed,
                const struct deadline *deadline, struct error *error)
{
    struct kafka_handle *handle = kafka_client_handle(client, committed, error);
    struct window *window;
    size_t next = 0;
    const char *refused;

    for (size_t i = 0; i < count; i++) {
        peeks[i].state = KAFKA_PEEK_UNANSWERED;
    }
    if (handle == NULL) {
        return false;
    }
    window = calloc(1, sizeof *window);
    if (window == NULL) {
        abort();
    }
    window->rk = handle->rk;
    window->patience_ms = deadline_remaining_ms(deadline) / 4;
    window->progress_monotonic_ms = clock_monotonic_ms();
    window->queue = rd_kafka_queue_new(handle->rk);
    while ((next < count || window->used > 0) && !kafka_is_over(deadline)) {
        while (next < count && window->used < WINDOW) {
            begin_peek(window, &peeks[next++]);
        }
        (void)rd_kafka_consume_callback_queue(
            window->queue, kafka_timeout_ms(deadline, KAFKA_STALL_MS), on_message, window);
        end_answered(window);
        if (kafka_pressure_stalls(&window->pressure)) {
            wake_fetching(window);
        }
    }
    end_all(window);
    refused = window->refused;
    rd_kafka_queue_destroy(window->queue);
    free(window);
    return refused == NULL ||
           kafka_set_error(handle, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, refused, error);
}
