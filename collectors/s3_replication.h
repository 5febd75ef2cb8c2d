/* SPDX-License-Identifier: Apache-2.0 */
/* Replication between two S3 buckets: its settings, and what a session keeps.
 *
 * A canary is a small object that is written at the source; its key tells when. The recovery point
 * is the newest canary that is at the destination, unless an older one is not there yet. It proves
 * the way for what is below its prefix, not that every object has come: objects of
 * `sample_prefixes` that are not at the destination hold the recovery point back. When the source
 * does not answer, what was proven last still holds as long as the destination has its canary.
 * Without canaries the recovery point is when the list of the sample was begun. */

#ifndef COLLECTORS_S3_REPLICATION_H
#define COLLECTORS_S3_REPLICATION_H

#include "collectors/azure_blob.h"
#include "collectors/cloudwatch.h"
#include "collectors/s3_client.h"
#include "collectors/s3_replication_differing.h"
#include "collectors/s3_settings.h"
#include "exporter/bounds.h"
#include "exporter/collector.h"

struct s3_replication_settings {
    struct s3_settings source;
    struct s3_settings destination;
    const char *provider; /* `s3`, or `gcs`: canaries alone, known again by their ETag. */
    const char *ca_file;
    const char *canary_prefix; /* NULL: no canaries. */
    int64_t canary_interval_ms;
    const char *const *sample_prefixes; /* NULL: none. */
    const char *cloudwatch_rule_id;     /* NULL: CloudWatch is not asked. */
    const char *repaired_until;         /* NULL: never. */
    struct azure_settings azure;        /* With a URL: instead of all others. */
};

enum s3_replication_metric {
    S3_METRIC_CANARY_TIMESTAMP,
    S3_METRIC_CANARIES_PENDING,
    S3_METRIC_CANARY_FAILED,
    S3_METRIC_OBJECTS_SAMPLED,
    S3_METRIC_VERSIONING,
    S3_METRIC_RULE_ACTIVE,
    S3_METRIC_LATENCY,
    S3_METRIC_PENDING_BYTES,
    S3_METRIC_PENDING_OPERATIONS,
    S3_METRIC_FAILED_OPERATIONS,
    S3_METRIC_COUNT
};

/* Kept when a session ends: what was last proven, for when the source is lost, and what differed.
 */
struct s3_replication_memory {
    bool has_recovery_point;
    double recovery_point; /* By clock_unix_seconds(). */
    char *canary;          /* The key of one that had come by then. */
    char *etag;            /* Its ETag; NULL: not told. */
    bool is_off;           /* The latest look at rules and versioning found one of them off; */
    bool was_broken;       /* some look did. */
    bool has_mark;         /* A canary was written since they are off. */
    struct s3_differing *differing; /* One for each of `sample_prefixes`; NULL at first. */
    size_t differing_count;
    size_t turn; /* Of which of them it is to be compared first. */
};

struct s3_replication_session {
    const struct s3_replication_settings *settings;
    struct s3_client *source;
    struct s3_client *destination;
    struct cloudwatch_client *source_metrics; /* NULL: CloudWatch is not asked. */
    struct cloudwatch_client *destination_metrics;
    bool has_room; /* The latest collection found fewer canaries than there may be. */
    bool has_canary;
    int64_t canary_ms; /* Monotonic; when this session last wrote one. */
    char *arrived;     /* The key of the newest canary that the latest collection found; or NULL. */
    char *etag;        /* Its ETag, or NULL. */
};

/* Google Cloud Storage tells neither the status of an object nor rules. */
bool s3_replication_is_gcs(const struct s3_replication_settings *own);

extern const struct collector s3_replication_collector;

#endif
