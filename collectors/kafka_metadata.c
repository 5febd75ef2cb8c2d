/* SPDX-License-Identifier: Apache-2.0 */
/* Which topics and partitions a Kafka cluster has, and who leads them. */

#include <stdlib.h>
#include <string.h>

#include "collectors/kafka_handle.h"
#include "collectors/kafka_round.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"

/* A broker that was stopped this very moment still counts as usable, so that another one is asked
 * if the first does not answer soon. The one that is asked is librdkafka's choice, at random among
 * those that were used last. */
#define ATTEMPTS_MAX 5
#define PATIENCE_MIN_MS 250

struct metadata_job {
    struct kafka_job job;
    char *topic; /* NULL: all. */
    rd_kafka_resp_err_t code;
    const struct rd_kafka_metadata *metadata;
};

static void run(struct kafka_job *job, rd_kafka_t *rk, int timeout_ms)
{
    struct metadata_job *self = (struct metadata_job *)job;
    rd_kafka_topic_t *topic = NULL;

    if (self->topic != NULL) {
        topic = rd_kafka_topic_new(rk, self->topic, NULL);
        if (topic == NULL) {
            self->code = RD_KAFKA_RESP_ERR__INVALID_ARG;
            return;
        }
    }
    self->code = rd_kafka_metadata(rk, topic == NULL, topic, &self->metadata, timeout_ms);
    if (topic != NULL) {
        rd_kafka_topic_destroy(topic);
    }
}

static void release(struct kafka_job *job)
{
    struct metadata_job *self = (struct metadata_job *)job;

    if (self->metadata != NULL) {
        rd_kafka_metadata_destroy(self->metadata);
    }
    free(self->topic);
    free(self);
}

static struct metadata_job *new_job(const char *topic)
{
    struct metadata_job *self = calloc(1, sizeof *self);

    if (self == NULL) {
        abort();
    }
    self->job = (struct kafka_job){.run = run, .release = release};
    self->topic = topic == NULL ? NULL : strdup(topic);
    if (topic != NULL && self->topic == NULL) {
        abort();
    }
    return self;
}

/* The metadata belong to the round. */
static bool ask(struct kafka_handle *handle, struct kafka_round *round, const char *topic,
                const struct deadline *deadline, const struct rd_kafka_metadata **ret_metadata,
                struct error *error)
{
    struct metadata_job *jobs[ATTEMPTS_MAX];
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;

    for (size_t count = 0; count < ATTEMPTS_MAX; count++) {
        int64_t patience_ms = deadline_remaining_ms(deadline) / 8;
        struct deadline share =
            count + 1 == ATTEMPTS_MAX
                ? *deadline
                : deadline_within(deadline,
                                  patience_ms > PATIENCE_MIN_MS ? patience_ms : PATIENCE_MIN_MS);

        jobs[count] = new_job(topic);
        if (!kafka_round_start(round, handle, &jobs[count]->job, deadline, error)) {
            return false;
        }
        for (size_t done = 1; done <= count + 1; done++) {
            (void)kafka_round_wait(round, done, &share);
            for (size_t i = 0; i <= count; i++) {
                if (!kafka_job_is_done(&jobs[i]->job)) {
                    continue;
                }
                if (jobs[i]->code == RD_KAFKA_RESP_ERR_NO_ERROR) {
                    *ret_metadata = jobs[i]->metadata;
                    return true;
                }
                code = jobs[i]->code;
            }
        }
        if (kafka_is_over(deadline)) {
            break;
        }
    }
    return kafka_set_error(handle, code, "asking for the topics", error);
}

static int compare_topics(const void *a, const void *b)
{
    return strcmp((*(const struct rd_kafka_metadata_topic *const *)a)->topic,
                  (*(const struct rd_kafka_metadata_topic *const *)b)->topic);
}

static int compare_partitions(const void *a, const void *b)
{
    const struct kafka_partition *left = a;
    const struct kafka_partition *right = b;

    return (left->partition > right->partition) - (left->partition < right->partition);
}

/* A topic that cannot be described now must not look as if it were not there. */
static bool check_topic(struct kafka_handle *handle, const struct rd_kafka_metadata_topic *topic,
                        struct error *error)
{
    return topic->err == RD_KAFKA_RESP_ERR_NO_ERROR ||
           kafka_set_error(handle, topic->err, topic->topic, error);
}

static bool append_topic(struct kafka_handle *handle, struct arena *arena,
                         const struct rd_kafka_metadata_topic *topic, struct kafka_layout *layout,
                         struct error *error)
{
    struct kafka_partition *first = &layout->partitions[layout->partition_count];
    const char *name = arena_strdup(arena, topic->topic);

    if (!check_topic(handle, topic, error)) {
        return false;
    }
    for (int i = 0; i < topic->partition_cnt; i++) {
        first[i] = (struct kafka_partition){.topic = name,
                                            .partition = topic->partitions[i].id,
                                            .leader = topic->partitions[i].leader};
    }
    qsort(first, (size_t)topic->partition_cnt, sizeof *first, compare_partitions);
    layout->partition_count += (size_t)topic->partition_cnt;
    layout->topic_count++;
    return true;
}

static bool build(struct kafka_handle *handle, const struct rd_kafka_metadata *metadata,
                  struct arena *arena, kafka_topic_wanted *wanted, void *context,
                  struct kafka_layout *layout, struct error *error)
{
    const struct rd_kafka_metadata_topic **topics =
        arena_alloc_array(arena, (size_t)metadata->topic_cnt + 1, sizeof *topics);
    size_t topic_count = 0;
    size_t partition_count = 0;

    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];

        if (wanted == NULL || wanted(context, topic->topic)) {
            topics[topic_count++] = topic;
            partition_count += (size_t)topic->partition_cnt;
        }
    }
    if (partition_count > KAFKA_PARTITIONS_MAX) {
        return error_set(error, ERROR_INTERNAL,
                         "%zu partitions are more than the %d of one source; name fewer topics",
                         partition_count, KAFKA_PARTITIONS_MAX);
    }
    qsort(topics, topic_count, sizeof *topics, compare_topics);
    *layout = (struct kafka_layout){.broker_count = (size_t)metadata->broker_cnt};
    layout->partitions = arena_alloc_array(arena, partition_count + 1, sizeof *layout->partitions);
    for (size_t i = 0; i < topic_count; i++) {
        if (!append_topic(handle, arena, topics[i], layout, error)) {
            return false;
        }
    }
    return true;
}

bool kafka_metadata_read(struct kafka_handle *handle, const char *topic, struct arena *arena,
                         kafka_topic_wanted *wanted, void *context, const struct deadline *deadline,
                         struct kafka_layout *ret_layout, struct error *error)
{
    CLEANUP(kafka_round_free) struct kafka_round *round = kafka_round_new();
    const struct rd_kafka_metadata *metadata = NULL;
    struct kafka_layout layout;

    if (!ask(handle, round, topic, deadline, &metadata, error) ||
        !build(handle, metadata, arena, wanted, context, &layout, error)) {
        return false;
    }
    *ret_layout = layout;
    return true;
}
