/* SPDX-License-Identifier: Apache-2.0 */
/* What may be asked of one Kafka cluster without changing it: partitions, watermarks, records,
 * offsets of groups. No group is joined, nothing is committed or produced, no topic is created.
 *
 * No call waits beyond its deadline, or for long once a stop was requested. */

#ifndef COLLECTORS_KAFKA_CLIENT_H
#define COLLECTORS_KAFKA_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/arena.h"
#include "exporter/error.h"
#include "exporter/setting.h"
#include "exporter/stop.h"

/* How to reach a cluster; the texts live as long as the client. */
struct kafka_target {
    const char *brokers;                   /* bootstrap.servers */
    const struct setting_pair *properties; /* librdkafka's, NULL: none */
    const char *password_file;             /* For sasl.password; NULL: none. */
    const char *key_password_file;         /* For ssl.key.password; NULL: none. */
};

/* True if librdkafka takes the properties, and all of them are about how to reach brokers
 * (security.protocol, sasl.…, ssl.…, socket.…): what is measured is decided by the exporter,
 * secrets belong into files, and no plugin is loaded. The message names the property and what would
 * be right, never its value. For a collector's `check`. */
bool kafka_target_check(const struct kafka_target *target, struct error *error);

struct kafka_client;

/* Secrets are read here. Does not wait for the brokers. Tails of a client are freed before it. */
bool kafka_client_open(const struct kafka_target *target, struct kafka_client **ret_client,
                       struct error *error);
void kafka_client_free(struct kafka_client *client); /* NULL is fine. */

/* --- Partitions and their watermarks. --- */

struct kafka_offset {
    bool known;
    int64_t value;
};

struct kafka_partition {
    const char *topic;
    int32_t partition;
    int32_t leader; /* -1: none at the moment. */
    /* Set by kafka_watermarks. */
    struct kafka_offset start;      /* Log start: the oldest record that is still there. */
    struct kafka_offset end;        /* High watermark: of the next record (read_uncommitted). */
    struct kafka_offset stable_end; /* Last stable offset (read_committed), if asked for. */
};

struct kafka_layout {
    struct kafka_partition *partitions; /* Sorted by topic, then partition. */
    size_t partition_count;
    size_t topic_count;
    size_t broker_count; /* In the cluster's metadata. */
};

/* Partitions of the topics for which `wanted` (NULL: all) says so; in `arena`. Topics that the role
 * may not describe are not there. */
typedef bool kafka_topic_wanted(void *context, const char *topic);
bool kafka_layout_read(struct kafka_client *client, struct arena *arena, kafka_topic_wanted *wanted,
                       void *context, const struct deadline *deadline,
                       struct kafka_layout *ret_layout, struct error *error);

/* True if there is such a topic. ERROR_PERMISSION when the role may not describe it, whether it is
 * there or not; ERROR_NOT_FOUND when it may, and there is none. */
bool kafka_topic_check(struct kafka_client *client, const char *topic,
                       const struct deadline *deadline, struct error *error);

/* Fills start and end (and stable_end if `stable` is set) of every partition that has a leader: one
 * request a leader and bound, leaders independent of each other. A leader that does not answer by
 * the deadline, of which it uses all then, leaves its partitions unknown: false, with everything
 * else filled in and *error saying how many partitions are unknown. Partitions without a leader
 * are unknown too, but no error here.
 * The start is asked for before the end, and the end before the stable end, so that start <= end;
 * but the stable end may be beyond the end by what was written in between. */
bool kafka_watermarks(struct kafka_client *client, struct kafka_layout *layout, bool stable,
                      const struct deadline *deadline, struct error *error);

/* --- Records. --- */

struct kafka_record {
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* -1: none. */
    const void *key;      /* NULL: none. */
    size_t key_length;
    const void *value; /* NULL: a tombstone. */
    size_t value_length;
};

/* Follows a (compacted) topic from its beginning, all partitions, read_committed. Records that are
 * longer than KAFKA_ROW_BYTES_MAX are skipped and counted. */
struct kafka_tail;
typedef void kafka_row(void *context, const struct kafka_record *record);

struct kafka_tail *kafka_tail_new(struct kafka_client *client, const char *topic);
void kafka_tail_free(struct kafka_tail *tail);

/* Delivers rows in the order of each partition. True once all that was there when it was called was
 * delivered. False with ERROR_TIMEOUT while it is not (the message says how far it is; the next
 * call goes on there), ERROR_NOT_FOUND when there is no such topic, ERROR_PERMISSION, … Rows of
 * partitions that can be read are delivered also when others cannot.
 * *ret_restarted, set also on failure, tells the caller to forget all rows before this call: at the
 * first one, and when the topic was deleted and created anew, grew by partitions, or was cut. (One
 * that was created anew between two calls and already has as many rows in every partition as were
 * read is not noticed: librdkafka 2.0 does not know ids of topics.) */
bool kafka_tail_read(struct kafka_tail *tail, kafka_row *row, void *context,
                     const struct deadline *deadline, bool *ret_restarted, struct error *error);

/* How many rows it has delivered since it (re)started. */
uint64_t kafka_tail_rows(const struct kafka_tail *tail);
/* And how many it has skipped. */
uint64_t kafka_tail_skipped(const struct kafka_tail *tail);

/* --- The first record at or behind an offset. --- */

enum kafka_peek_state {
    KAFKA_PEEK_UNANSWERED, /* No time, no leader, not allowed. */
    KAFKA_PEEK_RECORD,     /* There is a record that a consumer would get. */
    KAFKA_PEEK_END,        /* None: only control records and aborted ones follow, or nothing. */
    KAFKA_PEEK_GONE, /* The offset is out of range: retention, or another topic by the name. */
};

struct kafka_peek {
    const char *topic;
    int32_t partition;
    int64_t offset;              /* In. */
    enum kafka_peek_state state; /* Out. */
    int64_t found_offset;
    int64_t timestamp_ms; /* -1: none. */
    bool log_append_time; /* By the broker's clock; else by the producer's. */
    int64_t end_offset;   /* Behind which nothing was, for KAFKA_PEEK_END. */
};

/* Answers as many as fit into the deadline, roughly in order; in bounded memory. Peeks of one topic
 * are best side by side, and no partition may be there twice. With `committed` as a read_committed
 * consumer sees it: it ends at the last stable offset, and what is asked behind that is not
 * answered (compare with stable_end before). False with ERROR_PERMISSION if a topic may not be
 * read, with the answers about the others; else false only if nothing could be asked. */
bool kafka_peek(struct kafka_client *client, struct kafka_peek *peeks, size_t count, bool committed,
                const struct deadline *deadline, struct error *error);

/* --- Consumer groups. --- */

struct kafka_group_offset {
    const char *topic;
    int32_t partition;
    int64_t offset; /* Committed; not negative. */
};

/* Names of the cluster's groups that `wanted` wants, sorted; in `arena`. Every broker tells of
 * those that it coordinates: if one does not answer it is false, with the names of the others. */
bool kafka_groups_list(struct kafka_client *client, struct arena *arena, kafka_topic_wanted *wanted,
                       void *context, const struct deadline *deadline, const char ***ret_names,
                       size_t *ret_count, struct error *error);

/* What `group` has committed, sorted as partitions are. No such group: none, and true. */
bool kafka_group_offsets(struct kafka_client *client, struct arena *arena, const char *group,
                         const struct deadline *deadline, struct kafka_group_offset **ret_offsets,
                         size_t *ret_count, struct error *error);

#endif
