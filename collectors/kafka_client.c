/* SPDX-License-Identifier: Apache-2.0 */
/* One Kafka cluster: the instances of librdkafka that talk to it. */

#include "collectors/kafka_client.h"

#include <stdlib.h>

#include "collectors/kafka_handle.h"

struct kafka_client {
    rd_kafka_conf_t *configuration;  /* With the secrets. */
    struct kafka_handle *handles[2]; /* read_uncommitted, read_committed; NULL until asked for. */
    struct kafka_handle *groups;     /* Likewise. */
};

struct kafka_handle *kafka_client_handle(struct kafka_client *client, bool committed,
                                         struct error *error)
{
    struct kafka_handle **handle = &client->handles[committed ? 1 : 0];

    if (*handle == NULL) {
        *handle = kafka_handle_new(rd_kafka_conf_dup(client->configuration), committed, error);
    }
    return *handle;
}

struct kafka_handle *kafka_client_groups_handle(struct kafka_client *client, const char *group,
                                                struct error *error)
{
    if (client->groups == NULL) {
        rd_kafka_conf_t *configuration = rd_kafka_conf_dup(client->configuration);

        kafka_option_set(configuration, "group.id", group);
        client->groups = kafka_handle_new(configuration, false, error);
    }
    return client->groups;
}

void kafka_client_drop_groups_handle(struct kafka_client *client)
{
    kafka_handle_retire(client->groups);
    client->groups = NULL;
}

bool kafka_client_open(const struct kafka_target *target, struct kafka_client **ret_client,
                       struct error *error)
{
    struct kafka_client *client = calloc(1, sizeof *client);

    if (client == NULL) {
        abort();
    }
    /* The first handle is made here, because that tells whether librdkafka can use it all. */
    if (!kafka_configure(target, &client->configuration, error) ||
        kafka_client_handle(client, false, error) == NULL) {
        kafka_client_free(client);
        return false;
    }
    *ret_client = client;
    return true;
}

void kafka_client_free(struct kafka_client *client)
{
    if (client == NULL) {
        return;
    }
    kafka_handle_retire(client->handles[0]);
    kafka_handle_retire(client->handles[1]);
    kafka_handle_retire(client->groups);
    if (client->configuration != NULL) {
        rd_kafka_conf_destroy(client->configuration);
    }
    free(client);
}

bool kafka_topic_check(struct kafka_client *client, const char *topic,
                       const struct deadline *deadline, struct error *error)
{
    struct kafka_handle *handle = kafka_client_handle(client, false, error);
    struct arena *arena = arena_new();
    struct kafka_layout layout;
    bool found = handle != NULL &&
                 kafka_metadata_read(handle, topic, arena, NULL, NULL, deadline, &layout, error);

    arena_free(arena);
    return found;
}

bool kafka_layout_read(struct kafka_client *client, struct arena *arena, kafka_topic_wanted *wanted,
                       void *context, const struct deadline *deadline,
                       struct kafka_layout *ret_layout, struct error *error)
{
    struct kafka_handle *handle = kafka_client_handle(client, false, error);

    return handle != NULL &&
           kafka_metadata_read(handle, NULL, arena, wanted, context, deadline, ret_layout, error);
}

static bool want_none(void *context, const char *topic)
{
    (void)context;
    (void)topic;
    return false;
}

/* Each instance of librdkafka has its own idea of who leads what. One that is out of date asks
 * brokers that are not there any more, and waits for them. */
static bool refresh(struct kafka_handle *handle, const struct deadline *deadline,
                    struct error *error)
{
    struct arena *arena = arena_new();
    struct kafka_layout ignored;
    bool refreshed =
        kafka_metadata_read(handle, NULL, arena, want_none, NULL, deadline, &ignored, error);

    arena_free(arena);
    return refreshed;
}

bool kafka_watermarks(struct kafka_client *client, struct kafka_layout *layout, bool stable,
                      const struct deadline *deadline, struct error *error)
{
    struct deadline share = deadline_within(deadline, deadline_remaining_ms(deadline) / 2);
    struct kafka_handle *handle = kafka_client_handle(client, false, error);
    struct kafka_handle *committed = stable ? kafka_client_handle(client, true, error) : NULL;
    struct error trouble;
    bool complete;

    if (handle == NULL || (stable && committed == NULL)) {
        return false;
    }
    complete = kafka_offsets_ask(handle, layout, true, stable ? &share : deadline, error);
    if (stable && (!refresh(committed, deadline, &trouble) ||
                   !kafka_offsets_ask(committed, layout, false, deadline, &trouble))) {
        *error = complete ? trouble : *error;
        complete = false;
    }
    return complete;
}
