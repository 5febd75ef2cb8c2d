/* SPDX-License-Identifier: Apache-2.0 */
/* Log start and end of many partitions, with one request a leader and bound.
 *
 * rd_kafka_offsets_for_times takes the special instants -1 (end) and -2 (beginning), sends one
 * request to each leader, and keeps to its timeout, which rd_kafka_query_watermark_offsets of
 * librdkafka 2.0 does not. But it is all or nothing: one leader that does not answer, or one
 * partition with an error, and it tells nothing. So each leader is asked by a call of its own, all
 * at the same time. Where a call fails because of a partition, metadata are read anew, since the
 * leader has most likely moved, and then the call is halved until the partition is alone. */

#include <stdlib.h>
#include <string.h>

#include "collectors/kafka_handle.h"
#include "collectors/kafka_round.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

/* Halvings that single one out of 65,536, and the attempt with new metadata. */
#define ATTEMPTS_MAX 18
/* Calls at the same time, each of which is a thread: brokers of the largest clusters, with room. */
#define CALLS_MAX 256

struct offsets_job {
    struct kafka_job job;
    rd_kafka_resp_err_t code;
    rd_kafka_topic_partition_list_t *starts; /* NULL: not asked for. */
    rd_kafka_topic_partition_list_t *ends;
};

/* Partitions of one leader that are asked for together. */
struct batch {
    size_t first; /* In `order`. */
    size_t count;
    struct offsets_job *call; /* Owned by the round. */
};

struct asking {
    struct kafka_handle *handle;
    struct kafka_layout *layout;
    bool with_start;
    size_t *order; /* Indexes of partitions, those of a leader together. */
    size_t order_count;
    struct batch batches[CALLS_MAX];
    size_t batch_count;
    /* Of those that are given up. */
    size_t unknown_count;
    int32_t unknown_leader;
    rd_kafka_resp_err_t code;
};

static void run(struct kafka_job *job, rd_kafka_t *rk, int timeout_ms)
{
    struct offsets_job *self = (struct offsets_job *)job;
    int64_t begin_ms = clock_monotonic_ms();

    /* The start first, so that it is not beyond the end. */
    if (self->starts != NULL) {
        self->code = rd_kafka_offsets_for_times(rk, self->starts, timeout_ms);
        timeout_ms -= (int)(clock_monotonic_ms() - begin_ms);
    }
    if (self->code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        self->code = rd_kafka_offsets_for_times(rk, self->ends, timeout_ms > 0 ? timeout_ms : 0);
    }
}

static void release(struct kafka_job *job)
{
    struct offsets_job *self = (struct offsets_job *)job;

    if (self->starts != NULL) {
        rd_kafka_topic_partition_list_destroy(self->starts);
    }
    rd_kafka_topic_partition_list_destroy(self->ends);
    free(self);
}

static rd_kafka_topic_partition_list_t *new_list(const struct asking *asking,
                                                 const struct batch *batch, int64_t bound)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)batch->count);

    for (size_t i = 0; i < batch->count; i++) {
        const struct kafka_partition *partition =
            &asking->layout->partitions[asking->order[batch->first + i]];

        rd_kafka_topic_partition_list_add(list, partition->topic, partition->partition)->offset =
            bound;
    }
    return list;
}

static void start_call(struct asking *asking, struct kafka_round *round, struct batch *batch,
                       const struct deadline *deadline)
{
    struct offsets_job *call = calloc(1, sizeof *call);
    struct error ignored;

    if (call == NULL) {
        abort();
    }
    call->job = (struct kafka_job){.run = run, .release = release};
    call->starts = asking->with_start ? new_list(asking, batch, RD_KAFKA_OFFSET_BEGINNING) : NULL;
    call->ends = new_list(asking, batch, RD_KAFKA_OFFSET_END);
    batch->call =
        kafka_round_start(round, asking->handle, &call->job, deadline, &ignored) ? call : NULL;
}

/* Of a deleted topic librdkafka leaves what was asked for, which is negative. */
static struct kafka_offset result_of(const rd_kafka_topic_partition_t *element)
{
    bool known = element->err == RD_KAFKA_RESP_ERR_NO_ERROR && element->offset >= 0;

    return (struct kafka_offset){.known = known, .value = known ? element->offset : 0};
}

static void free_order(size_t **order)
{
    free(*order);
}

static void give_up(struct asking *asking, const struct batch *batch, size_t count,
                    rd_kafka_resp_err_t code)
{
    if (count > 0 && asking->unknown_count == 0) {
        asking->unknown_leader = asking->layout->partitions[asking->order[batch->first]].leader;
        asking->code = code;
    }
    asking->unknown_count += count;
}

static void take_results(struct asking *asking, const struct batch *batch)
{
    size_t unknown = 0;

    for (size_t i = 0; i < batch->count; i++) {
        struct kafka_partition *partition =
            &asking->layout->partitions[asking->order[batch->first + i]];
        struct kafka_offset end = result_of(&batch->call->ends->elems[i]);

        if (batch->call->starts != NULL) {
            partition->start = result_of(&batch->call->starts->elems[i]);
        }
        if (!asking->handle->committed) {
            partition->end = end;
        } else {
            partition->stable_end = end;
        }
        unknown += !end.known || (batch->call->starts != NULL && !partition->start.known);
    }
    give_up(asking, batch, unknown, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

/* The broker answered, but one of the partitions is not as it should be. */
static bool is_about_partition(rd_kafka_resp_err_t code)
{
    return (code > RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT) ||
           code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

static int compare_leaders(const void *a, const void *b, void *context)
{
    const struct kafka_partition *partitions = context;
    int32_t left = partitions[*(const size_t *)a].leader;
    int32_t right = partitions[*(const size_t *)b].leader;

    return (left > right) - (left < right);
}

/* `code` is why it is asked again. */
static void add_batch(struct asking *asking, size_t first, size_t count, rd_kafka_resp_err_t code)
{
    struct batch batch = {.first = first, .count = count, .call = NULL};

    if (asking->batch_count == CALLS_MAX) {
        give_up(asking, &batch, count, code);
        return;
    }
    asking->batches[asking->batch_count++] = batch;
}

static void group_by_leader(struct asking *asking)
{
    const struct kafka_partition *partitions = asking->layout->partitions;
    size_t first = 0;

    qsort_r(asking->order, asking->order_count, sizeof *asking->order, compare_leaders,
            asking->layout->partitions);
    asking->batch_count = 0;
    for (size_t i = 1; i <= asking->order_count; i++) {
        if (i == asking->order_count ||
            partitions[asking->order[i]].leader != partitions[asking->order[first]].leader) {
            add_batch(asking, first, i - first, RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE);
            first = i;
        }
    }
}

static int compare_places(const struct kafka_partition *a, const struct kafka_partition *b)
{
    int order = strcmp(a->topic, b->topic);

    return order != 0 ? order : (a->partition > b->partition) - (a->partition < b->partition);
}

/* Who leads the partitions that are still to be asked for; all in the order of the layout. Those
 * that are not there any more, or have no leader, remain with the old one, who refuses again. */
static void refresh_leaders(struct asking *asking, const struct deadline *deadline)
{
    struct arena *arena = arena_new();
    struct kafka_layout now = {0};
    struct error ignored;

    if (kafka_metadata_read(asking->handle, NULL, arena, NULL, NULL, deadline, &now, &ignored)) {
        size_t j = 0;

        for (size_t i = 0; i < asking->layout->partition_count; i++) {
            struct kafka_partition *partition = &asking->layout->partitions[i];

            while (j < now.partition_count && compare_places(&now.partitions[j], partition) < 0) {
                j++;
            }
            if (j < now.partition_count && now.partitions[j].leader >= 0 &&
                compare_places(&now.partitions[j], partition) == 0) {
                partition->leader = now.partitions[j].leader;
            }
        }
    }
    arena_free(arena);
}

/* What comes of one call: results, a further attempt, or nothing. */
static void settle(struct asking *asking, const struct batch *batch, bool first_attempt)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;

    if (batch->call == NULL) {
        code = RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE;
    } else if (kafka_job_is_done(&batch->call->job)) {
        code = batch->call->code;
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        take_results(asking, batch);
    } else if (!is_about_partition(code) || (!first_attempt && batch->count == 1)) {
        give_up(asking, batch, batch->count, code);
    } else if (first_attempt) {
        add_batch(asking, batch->first, batch->count, code);
    } else {
        add_batch(asking, batch->first, batch->count / 2, code);
        add_batch(asking, batch->first + batch->count / 2, batch->count - batch->count / 2, code);
    }
}

/* Asks all batches at the same time; those to be asked again remain. */
static void ask_batches(struct asking *asking, bool first_attempt, const struct deadline *deadline)
{
    CLEANUP(kafka_round_free) struct kafka_round *round = kafka_round_new();
    struct batch batches[CALLS_MAX];
    size_t count = asking->batch_count;

    memcpy(batches, asking->batches, count * sizeof *batches);
    asking->batch_count = 0;
    for (size_t i = 0; i < count; i++) {
        start_call(asking, round, &batches[i], deadline);
    }
    (void)kafka_round_wait(round, count, deadline);
    for (size_t i = 0; i < count; i++) {
        settle(asking, &batches[i], first_attempt);
    }
}

/* Only what remains of the first attempt, with the leaders of now. */
static void regroup(struct asking *asking, const struct deadline *deadline)
{
    size_t count = 0;

    for (size_t i = 0; i < asking->batch_count; i++) {
        const struct batch *batch = &asking->batches[i];

        memmove(&asking->order[count], &asking->order[batch->first],
                batch->count * sizeof *asking->order);
        count += batch->count;
    }
    asking->order_count = count;
    refresh_leaders(asking, deadline);
    group_by_leader(asking);
}

static bool tell_unknown(const struct asking *asking, struct error *error)
{
    char what[64];

    if (asking->unknown_count == 0) {
        return true;
    }
    (void)snprintf(what, sizeof what, "%zu partitions unknown, the first of broker %d",
                   asking->unknown_count, (int)asking->unknown_leader);
    return kafka_set_error(asking->handle, asking->code, what, error);
}

static void forget(struct asking *asking)
{
    for (size_t i = 0; i < asking->layout->partition_count; i++) {
        struct kafka_partition *partition = &asking->layout->partitions[i];
        struct kafka_offset *end =
            asking->handle->committed ? &partition->stable_end : &partition->end;

        *end = (struct kafka_offset){.known = false};
        if (asking->with_start) {
            partition->start = (struct kafka_offset){.known = false};
        }
        if (partition->leader >= 0) {
            asking->order[asking->order_count++] = i;
        }
    }
}

bool kafka_offsets_ask(struct kafka_handle *handle, struct kafka_layout *layout, bool with_start,
                       const struct deadline *deadline, struct error *error)
{
    CLEANUP(free_order) size_t *order = calloc(layout->partition_count + 1, sizeof *order);
    struct asking asking = {
        .handle = handle, .layout = layout, .with_start = with_start, .order = order};

    if (order == NULL) {
        abort();
    }
    forget(&asking);
    group_by_leader(&asking);
    for (int attempt = 0; attempt < ATTEMPTS_MAX && asking.batch_count > 0; attempt++) {
        if (attempt == 1) {
            regroup(&asking, deadline);
        }
        ask_batches(&asking, attempt == 0, deadline);
    }
    return tell_unknown(&asking, error);
}
