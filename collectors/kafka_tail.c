/* SPDX-License-Identifier: Apache-2.0 */
/* Follows a compacted topic from its beginning.
 *
 * Each reading asks for the last stable offset of every partition and fetches up to there, so that
 * a topic in which nothing new is costs two small requests and no fetching, and nothing is queued
 * between readings. Only partitions with something new are fetched, by librdkafka's simple
 * consumer, which knows no groups. */

#include <stdlib.h>
#include <string.h>

#include "collectors/kafka_handle.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

struct tail_partition {
    int32_t partition;
    int32_t leader;
    int64_t position; /* Of the next row. */
    int64_t target;   /* All before it is to be delivered by this reading. */
    bool available;   /* `target` is known. */
    bool fetching;
    bool unfinished; /* Counted in the reading. */
};

struct kafka_tail {
    struct kafka_client *client;
    char *topic;
    rd_kafka_topic_t *handle_topic; /* NULL until the first reading. */
    struct tail_partition *partitions;
    size_t partition_count; /* 0: not begun. */
    uint64_t rows;
    uint64_t skipped;
};

/* One reading. */
struct reading {
    struct kafka_tail *tail;
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    kafka_row *row;
    void *context;
    const struct deadline *deadline;
    size_t unfinished; /* Partitions. */
    uint64_t events;   /* Rows and others. */
    struct kafka_pressure pressure;
    rd_kafka_resp_err_t code; /* Of a partition; the latest. */
    bool refused;             /* `code` will not go away by waiting. */
    bool gone;                /* A position is not there any more. */
};

struct kafka_tail *kafka_tail_new(struct kafka_client *client, const char *topic)
{
    struct kafka_tail *tail = calloc(1, sizeof *tail);

    if (tail == NULL) {
        abort();
    }
    tail->client = client;
    tail->topic = strdup(topic);
    if (tail->topic == NULL) {
        abort();
    }
    return tail;
}

void kafka_tail_free(struct kafka_tail *tail)
{
    if (tail == NULL) {
        return;
    }
    if (tail->handle_topic != NULL) {
        rd_kafka_topic_destroy(tail->handle_topic);
    }
    free(tail->partitions);
    free(tail->topic);
    free(tail);
}

uint64_t kafka_tail_rows(const struct kafka_tail *tail)
{
    return tail->rows;
}

uint64_t kafka_tail_skipped(const struct kafka_tail *tail)
{
    return tail->skipped;
}

static void forget(struct kafka_tail *tail)
{
    free(tail->partitions);
    tail->partitions = NULL;
    tail->partition_count = 0;
    tail->rows = 0;
    tail->skipped = 0;
}

static void begin(struct kafka_tail *tail, const struct kafka_layout *layout)
{
    forget(tail);
    tail->partitions = calloc(layout->partition_count, sizeof *tail->partitions);
    if (tail->partitions == NULL) {
        abort();
    }
    tail->partition_count = layout->partition_count;
    for (size_t i = 0; i < layout->partition_count; i++) {
        tail->partitions[i].partition = layout->partitions[i].partition;
        tail->partitions[i].position = -1;
    }
}

/* The topic is another one, or lost rows, if its end is before what was read, or its start behind
 * it: rows between were never seen, and those that were seen need not be there any more. */
static bool fits(const struct kafka_tail *tail, const struct kafka_layout *layout)
{
    if (tail->partition_count != layout->partition_count) {
        return false;
    }
    for (size_t i = 0; i < tail->partition_count; i++) {
        const struct kafka_partition *now = &layout->partitions[i];
        int64_t position = tail->partitions[i].position;

        if (position >= 0 && ((now->stable_end.known && now->stable_end.value < position) ||
                              (now->start.known && now->start.value > position))) {
            return false;
        }
    }
    return true;
}

static void set_targets(struct kafka_tail *tail, const struct kafka_layout *layout)
{
    for (size_t i = 0; i < tail->partition_count; i++) {
        const struct kafka_partition *now = &layout->partitions[i];
        struct tail_partition *partition = &tail->partitions[i];

        partition->leader = now->leader;
        partition->available = now->start.known && now->stable_end.known;
        partition->target = now->stable_end.value;
        if (partition->position < 0 && partition->available) {
            partition->position = now->start.value;
        }
    }
}

static struct tail_partition *find_partition(struct kafka_tail *tail, int32_t number)
{
    /* They are numbered from 0 without gaps. */
    bool is_there = number >= 0 && (size_t)number < tail->partition_count &&
                    tail->partitions[number].partition == number;

    return is_there ? &tail->partitions[number] : NULL;
}

static void finish(struct reading *reading, struct tail_partition *partition)
{
    if (partition->unfinished) {
        partition->unfinished = false;
        reading->unfinished--;
    }
}

static void deliver(struct reading *reading, struct tail_partition *partition,
                    const rd_kafka_message_t *message)
{
    struct kafka_tail *tail = reading->tail;
    struct kafka_record record = {.partition = message->partition,
                                  .offset = message->offset,
                                  .timestamp_ms = rd_kafka_message_timestamp(message, NULL),
                                  .key = message->key,
                                  .key_length = message->key_len,
                                  .value = message->payload,
                                  .value_length = message->len};

    if (message->offset < partition->position) {
        return;
    }
    partition->position = message->offset + 1;
    if (message->key_len + message->len > KAFKA_ROW_BYTES_MAX) {
        tail->skipped++;
        return;
    }
    tail->rows++;
    reading->row(reading->context, &record);
}

static void take_error(struct reading *reading, struct tail_partition *partition,
                       const rd_kafka_message_t *message)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        /* Control records and aborted ones, which are not delivered, may be before it. */
        if (message->offset > partition->position) {
            partition->position = message->offset;
        }
        break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        reading->gone = true;
        finish(reading, partition);
        break;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        reading->refused = true;
        reading->code = message->err;
        finish(reading, partition);
        break;
    default:
        reading->code = message->err;
        break;
    }
}

/* Called by librdkafka from rd_kafka_consume_callback_queue. */
static void on_message(rd_kafka_message_t *message, void *context)
{
    struct reading *reading = context;
    struct tail_partition *partition = find_partition(reading->tail, message->partition);

    reading->events++;
    kafka_pressure_add(&reading->pressure, message);
    if (partition == NULL) {
        return;
    }
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        deliver(reading, partition, message);
    } else {
        take_error(reading, partition, message);
    }
    if (partition->position >= partition->target) {
        finish(reading, partition);
    }
    if (reading->events % 1024 == 0 && kafka_is_over(reading->deadline)) {
        rd_kafka_yield(reading->rk);
    }
}

static void start_fetching(struct reading *reading)
{
    struct kafka_tail *tail = reading->tail;

    for (size_t i = 0; i < tail->partition_count; i++) {
        struct tail_partition *partition = &tail->partitions[i];

        if (partition->available && partition->position < partition->target) {
            partition->fetching =
                rd_kafka_consume_start_queue(tail->handle_topic, partition->partition,
                                             partition->position, reading->queue) == 0;
            partition->unfinished = true;
            reading->unfinished++;
        }
    }
}

/* See KAFKA_QUEUED_MESSAGES. */
static void wake_fetching(const struct reading *reading)
{
    struct kafka_tail *tail = reading->tail;

    for (size_t i = 0; i < tail->partition_count; i++) {
        struct tail_partition *partition = &tail->partitions[i];

        if (partition->fetching && partition->unfinished) {
            (void)rd_kafka_seek(tail->handle_topic, partition->partition, partition->position, 0);
        }
    }
}

static void stop_fetching(struct kafka_tail *tail)
{
    for (size_t i = 0; i < tail->partition_count; i++) {
        if (tail->partitions[i].fetching) {
            (void)rd_kafka_consume_stop(tail->handle_topic, tail->partitions[i].partition);
            tail->partitions[i].fetching = false;
        }
        tail->partitions[i].unfinished = false;
    }
}

static void fetch(struct reading *reading)
{
    start_fetching(reading);
    while (reading->unfinished > 0 && !kafka_is_over(reading->deadline)) {
        (void)rd_kafka_consume_callback_queue(reading->queue,
                                              kafka_timeout_ms(reading->deadline, KAFKA_STALL_MS),
                                              on_message, reading);
        if (kafka_pressure_stalls(&reading->pressure)) {
            wake_fetching(reading);
        }
    }
    stop_fetching(reading->tail);
}

/* Partitions and targets of this reading; those without a leader, or whose leader does not answer,
 * are not available. */
static bool prepare(struct kafka_tail *tail, struct kafka_handle *handle,
                    const struct deadline *deadline, bool *ret_restarted, bool *ret_found,
                    struct error *error)
{
    CLEANUP(free_arena) struct arena *arena = arena_new();
    struct kafka_layout layout;
    bool complete;

    *ret_found = false;
    if (!kafka_metadata_read(handle, tail->topic, arena, NULL, NULL, deadline, &layout, error)) {
        /* Rows of a topic that was deleted are not those of the next one. */
        if (error->kind == ERROR_NOT_FOUND) {
            forget(tail);
        }
        return false;
    }
    complete = kafka_offsets_ask(handle, &layout, true, deadline, error);
    for (size_t i = 0; complete && i < layout.partition_count; i++) {
        if (layout.partitions[i].leader < 0) {
            complete = error_set(error, ERROR_CONNECT, "partition %d of %s has no leader",
                                 (int)layout.partitions[i].partition, tail->topic);
        }
    }
    if (!fits(tail, &layout)) {
        begin(tail, &layout);
        *ret_restarted = true;
    }
    set_targets(tail, &layout);
    *ret_found = true;
    return complete;
}

/* Why a reading that fetched did not deliver everything. */
static bool tell_missing(const struct reading *reading, struct kafka_handle *handle,
                         struct error *error)
{
    struct kafka_tail *tail = reading->tail;

    if (reading->gone) {
        forget(tail);
        return error_set(error, ERROR_INCONSISTENT,
                         "%s was cut or created anew while it was read; it is read again",
                         tail->topic);
    }
    if (reading->refused) {
        return kafka_set_error(handle, reading->code, tail->topic, error);
    }
    if (reading->unfinished == 0) {
        return true;
    }
    if (reading->code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka_set_error(handle, reading->code, tail->topic, error);
    }
    return error_set(error, ERROR_TIMEOUT,
                     "%s: %llu rows read so far, %zu of %zu partitions not yet to their end; the "
                     "next collection goes on",
                     tail->topic, (unsigned long long)tail->rows, reading->unfinished,
                     tail->partition_count);
}

bool kafka_tail_read(struct kafka_tail *tail, kafka_row *row, void *context,
                     const struct deadline *deadline, bool *ret_restarted, struct error *error)
{
    struct kafka_handle *handle = kafka_client_handle(tail->client, true, error);
    struct deadline share = deadline_within(deadline, deadline_remaining_ms(deadline) / 2);
    struct reading reading = {.tail = tail, .row = row, .context = context, .deadline = deadline};
    bool found;
    bool complete;

    *ret_restarted = false;
    if (handle == NULL) {
        return false;
    }
    if (tail->handle_topic == NULL) {
        tail->handle_topic = rd_kafka_topic_new(handle->rk, tail->topic, NULL);
    }
    if (tail->handle_topic == NULL) {
        return error_set(error, ERROR_NOT_FOUND, "%s: is no name of a topic", tail->topic);
    }
    complete = prepare(tail, handle, &share, ret_restarted, &found, error);
    if (!found) {
        return error_prefix(error, tail->topic);
    }
    reading.rk = handle->rk;
    reading.queue = rd_kafka_queue_new(handle->rk);
    fetch(&reading);
    rd_kafka_queue_destroy(reading.queue);
    return complete ? tell_missing(&reading, handle, error) : error_prefix(error, tail->topic);
}
