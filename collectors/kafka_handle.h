/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the Kafka client share: an instance of librdkafka, and what its errors mean. */

#ifndef COLLECTORS_KAFKA_HANDLE_H
#define COLLECTORS_KAFKA_HANDLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "collectors/kafka_client.h"
#include "exporter/error.h"
#include "exporter/stop.h"

/* No wait is longer than this without a look at whether the exporter stops. */
#define KAFKA_SLICE_MS 100

/* When so much is queued by a handle for us, librdkafka fetches no more, and its threads look again
 * only after up to a second, unless something wakes them. */
#define KAFKA_QUEUED_MESSAGES 20000
#define KAFKA_QUEUED_KIB 4096
/* So long without anything from a queue that was full: time to wake them. */
#define KAFKA_STALL_MS 20

/* How full a queue was that is being emptied. */
struct kafka_pressure {
    size_t messages; /* Taken since it was last asked about. */
    size_t bytes;
    bool was_full;
};

/* A consumer, which joins no group. isolation.level belongs to the instance, also for watermarks,
 * hence one handle for each. */
struct kafka_handle {
    rd_kafka_t *rk;
    bool committed; /* isolation.level read_committed. */
    pthread_mutex_t lock;
    size_t references;
    /* What librdkafka told last of its connections, which explains why nothing answers. */
    struct error trouble;
    int64_t trouble_monotonic_ms;
};

/* --- kafka_handle.c --- */

/* Takes the configuration, also on failure. */
struct kafka_handle *kafka_handle_new(rd_kafka_conf_t *configuration, bool committed,
                                      struct error *error);
struct kafka_handle *kafka_handle_share(struct kafka_handle *handle);
/* The last one ends the instance, which may take long: not for threads that have a deadline. */
void kafka_handle_release(struct kafka_handle **handle);
/* Lets a thread of its own do it, and waits for that only as long as usual. NULL is fine. */
void kafka_handle_retire(struct kafka_handle *handle);

/* Sets what `code` means, with what is known of the connections where that says more. `what` was
 * asked for. Returns false. */
bool kafka_set_error(struct kafka_handle *handle, rd_kafka_resp_err_t code, const char *what,
                     struct error *error);

/* What is left of the deadline, at most `max_ms`. */
int kafka_timeout_ms(const struct deadline *deadline, int max_ms);
/* The deadline has come, or the exporter stops. */
bool kafka_is_over(const struct deadline *deadline);

/* Counts what was taken from a queue. */
void kafka_pressure_add(struct kafka_pressure *pressure, const rd_kafka_message_t *message);
/* To be asked after each waiting for the queue. True if nothing came and it was full before. */
bool kafka_pressure_stalls(struct kafka_pressure *pressure);

/* --- kafka_properties.c --- */

/* A configuration with everything but the isolation level. */
bool kafka_configure(const struct kafka_target *target, rd_kafka_conf_t **ret_configuration,
                     struct error *error);
/* For one option of which librdkafka is known to take it. */
void kafka_option_set(rd_kafka_conf_t *configuration, const char *key, const char *value);

/* --- kafka_client.c --- */

/* The client's handle for the isolation level, made when first asked for; NULL with *error. */
struct kafka_handle *kafka_client_handle(struct kafka_client *client, bool committed,
                                         struct error *error);
/* The one for offsets of groups. librdkafka 2.0 ends the process when it is told, while it asks for
 * them, that a coordinator moved, unless the instance has a group of its own. So it is given the
 * one that is asked for first, which needs no further permission, and never joins it. */
struct kafka_handle *kafka_client_groups_handle(struct kafka_client *client, const char *group,
                                                struct error *error);
/* Lets go of it: librdkafka 2.0 remembers coordinators for 15 minutes, also when they moved. */
void kafka_client_drop_groups_handle(struct kafka_client *client);

/* --- kafka_metadata.c --- */

/* Partitions of one topic, or of those that `wanted` wants if `topic` is NULL. */
bool kafka_metadata_read(struct kafka_handle *handle, const char *topic, struct arena *arena,
                         kafka_topic_wanted *wanted, void *context, const struct deadline *deadline,
                         struct kafka_layout *ret_layout, struct error *error);

/* --- kafka_watermarks.c --- */

/* Fills `start` (if `with_start` is set) and the end of the handle's isolation level; as
 * kafka_watermarks does. */
bool kafka_offsets_ask(struct kafka_handle *handle, struct kafka_layout *layout, bool with_start,
                       const struct deadline *deadline, struct error *error);

#endif
