/* SPDX-License-Identifier: Apache-2.0 */
/* Consumer groups of a Kafka cluster and what they committed, without joining them. */

#include <stdlib.h>
#include <string.h>

#include "collectors/kafka_handle.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"

static void destroy_queue(rd_kafka_queue_t **queue)
{
    if (*queue != NULL) {
        rd_kafka_queue_destroy(*queue);
    }
}

static void destroy_event(rd_kafka_event_t **event)
{
    if (*event != NULL) {
        rd_kafka_event_destroy(*event);
    }
}

static void destroy_options(rd_kafka_AdminOptions_t **options)
{
    if (*options != NULL) {
        rd_kafka_AdminOptions_destroy(*options);
    }
}

/* librdkafka takes at least 1 ms and at most an hour. It ends a little before the deadline, so that
 * what the other brokers told arrives although one said nothing. */
static rd_kafka_AdminOptions_t *new_options(struct kafka_handle *handle, rd_kafka_admin_op_t what,
                                            const struct deadline *deadline)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(handle->rk, what);
    int timeout_ms = kafka_timeout_ms(deadline, 3600000) / 10 * 9;
    char reason[128];

    if (rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms > 0 ? timeout_ms : 1, reason,
                                                  sizeof reason) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        abort();
    }
    return options;
}

static bool wait_event(struct kafka_handle *handle, rd_kafka_queue_t *queue, const char *what,
                       const struct deadline *deadline, rd_kafka_event_t **ret_event,
                       rd_kafka_resp_err_t *ret_code, struct error *error)
{
    rd_kafka_event_t *event = NULL;

    while (event == NULL && !kafka_is_over(deadline)) {
        event = rd_kafka_queue_poll(queue, kafka_timeout_ms(deadline, KAFKA_SLICE_MS));
    }
    *ret_event = event;
    *ret_code = event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    return *ret_code == RD_KAFKA_RESP_ERR_NO_ERROR ||
           kafka_set_error(handle, *ret_code, what, error);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Brokers tell of the groups that they coordinate, so one that is missing may have more. */
static bool check_brokers(struct kafka_handle *handle,
                          const rd_kafka_ListConsumerGroups_result_t *result, struct error *error)
{
    size_t count = 0;
    const rd_kafka_error_t **errors = rd_kafka_ListConsumerGroups_result_errors(result, &count);

    return count == 0 || kafka_set_error(handle, rd_kafka_error_code(errors[0]),
                                         "listing groups, which needs every broker", error);
}

bool kafka_groups_list(struct kafka_client *client, struct arena *arena, kafka_topic_wanted *wanted,
                       void *context, const struct deadline *deadline, const char ***ret_names,
                       size_t *ret_count, struct error *error)
{
    struct kafka_handle *handle = kafka_client_handle(client, false, error);
    CLEANUP(destroy_options) rd_kafka_AdminOptions_t *options = NULL;
    CLEANUP(destroy_event) rd_kafka_event_t *event = NULL;
    CLEANUP(destroy_queue) rd_kafka_queue_t *queue = NULL;
    const rd_kafka_ListConsumerGroups_result_t *result;
    const rd_kafka_ConsumerGroupListing_t **groups;
    const char **names;
    rd_kafka_resp_err_t code;
    size_t group_count = 0;
    size_t count = 0;

    if (handle == NULL) {
        return false;
    }
    queue = rd_kafka_queue_new(handle->rk);
    options = new_options(handle, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, deadline);
    rd_kafka_ListConsumerGroups(handle->rk, options, queue);
    if (!wait_event(handle, queue, "listing groups", deadline, &event, &code, error)) {
        return false;
    }
    result = rd_kafka_event_ListConsumerGroups_result(event);
    groups = rd_kafka_ListConsumerGroups_result_valid(result, &group_count);
    names = arena_alloc_array(arena, group_count + 1, sizeof *names);
    for (size_t i = 0; i < group_count; i++) {
        const char *name = rd_kafka_ConsumerGroupListing_group_id(groups[i]);

        if (wanted(context, name)) {
            names[count++] = arena_strdup(arena, name);
        }
    }
    qsort(names, count, sizeof *names, compare_names);
    *ret_names = names;
    *ret_count = count;
    return check_brokers(handle, result, error);
}

static int compare_offsets(const void *a, const void *b)
{
    const struct kafka_group_offset *left = a;
    const struct kafka_group_offset *right = b;
    int order = strcmp(left->topic, right->topic);

    return order != 0 ? order
                      : (left->partition > right->partition) - (left->partition < right->partition);
}

/* Partitions without a committed offset have a negative one. */
static bool take_offsets(struct kafka_handle *handle, struct arena *arena, const char *group,
                         const rd_kafka_topic_partition_list_t *partitions,
                         struct kafka_group_offset **ret_offsets, size_t *ret_count,
                         struct error *error)
{
    struct kafka_group_offset *offsets =
        arena_alloc_array(arena, (size_t)partitions->cnt + 1, sizeof *offsets);
    size_t count = 0;

    for (int i = 0; i < partitions->cnt; i++) {
        const rd_kafka_topic_partition_t *element = &partitions->elems[i];

        if (element->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return kafka_set_error(handle, element->err, group, error);
        }
        if (element->offset >= 0) {
            offsets[count++] =
                (struct kafka_group_offset){.topic = arena_strdup(arena, element->topic),
                                            .partition = element->partition,
                                            .offset = element->offset};
        }
    }
    qsort(offsets, count, sizeof *offsets, compare_offsets);
    *ret_offsets = offsets;
    *ret_count = count;
    return true;
}

/* Asks the group's coordinator. *ret_code is why it failed, if a broker said so. */
static bool ask_offsets(struct kafka_handle *handle, struct arena *arena, const char *group,
                        const struct deadline *deadline, struct kafka_group_offset **ret_offsets,
                        size_t *ret_count, rd_kafka_resp_err_t *ret_code, struct error *error)
{
    CLEANUP(destroy_options)
    rd_kafka_AdminOptions_t *options =
        new_options(handle, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, deadline);
    CLEANUP(destroy_queue) rd_kafka_queue_t *queue = rd_kafka_queue_new(handle->rk);
    CLEANUP(destroy_event) rd_kafka_event_t *event = NULL;
    rd_kafka_ListConsumerGroupOffsets_t *request =
        rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
    const rd_kafka_group_result_t **groups;
    size_t count = 0;

    *ret_code = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_ListConsumerGroupOffsets(handle->rk, &request, 1, options, queue);
    rd_kafka_ListConsumerGroupOffsets_destroy(request);
    if (!wait_event(handle, queue, group, deadline, &event, ret_code, error)) {
        return false;
    }
    groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
    if (count != 1) {
        return error_set(error, ERROR_PROTOCOL, "%s: the answer is about %zu groups", group, count);
    }
    if (rd_kafka_group_result_error(groups[0]) != NULL) {
        *ret_code = rd_kafka_error_code(rd_kafka_group_result_error(groups[0]));
        return kafka_set_error(handle, *ret_code, group, error);
    }
    if (rd_kafka_group_result_partitions(groups[0]) == NULL) {
        return error_set(error, ERROR_PROTOCOL, "%s: the answer has no partitions", group);
    }
    return take_offsets(handle, arena, group, rd_kafka_group_result_partitions(groups[0]),
                        ret_offsets, ret_count, error);
}

static bool is_about_coordinator(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR ||
           code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT;
}

/* librdkafka also tells of the group that the instance has for its own. */
static void discard_events(struct kafka_handle *handle)
{
    rd_kafka_message_t *message;

    while ((message = rd_kafka_consumer_poll(handle->rk, 0)) != NULL) {
        rd_kafka_message_destroy(message);
    }
}

bool kafka_group_offsets(struct kafka_client *client, struct arena *arena, const char *group,
                         const struct deadline *deadline, struct kafka_group_offset **ret_offsets,
                         size_t *ret_count, struct error *error)
{
    for (int attempt = 0;; attempt++) {
        struct kafka_handle *handle = kafka_client_groups_handle(client, group, error);
        rd_kafka_resp_err_t code;

        if (handle == NULL) {
            return false;
        }
        if (ask_offsets(handle, arena, group, deadline, ret_offsets, ret_count, &code, error)) {
            discard_events(handle);
            return true;
        }
        discard_events(handle);
        if (is_about_coordinator(code)) {
            kafka_client_drop_groups_handle(client);
        }
        if (attempt > 0 || code != RD_KAFKA_RESP_ERR_NOT_COORDINATOR || kafka_is_over(deadline)) {
            return false;
        }
    }
}
