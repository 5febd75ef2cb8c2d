/* SPDX-License-Identifier: Apache-2.0 */
/* Are all objects of the sampled prefixes at the destination?
 *
 * Both ends are listed each time, so that a restart forgets nothing that holds the recovery point
 * back. What is remembered of the comparison before only helps where too many differ to ask for
 * each of them (s3_replication_differing.h).
 * An object counts as replicated when its key, size and ETag are in the destination's list, or when
 * the store says COMPLETED at the source and REPLICA for the same version at the destination.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html */

#ifndef COLLECTORS_S3_REPLICATION_SAMPLE_H
#define COLLECTORS_S3_REPLICATION_SAMPLE_H

#include "collectors/s3_replication.h"

/* What keeps an object from being replicated, as a value of the label `status`. */
enum s3_object_status {
    S3_OBJECT_REPLICATED,
    S3_OBJECT_PENDING,
    S3_OBJECT_FAILED,  /* The store never tries again. */
    S3_OBJECT_NONE,    /* No rule was there for it, or it is itself a replica of another bucket. */
    S3_OBJECT_LOST,    /* It was replicated, and is not at the destination. */
    S3_OBJECT_UNASKED, /* It differs, and there are too many of those. */
    S3_OBJECT_STATUS_COUNT,
    S3_OBJECT_GONE /* Deleted since it was listed. */
};

/* Of `x-amz-replication-status` at the source; NULL: there is none. Never LOST. */
enum s3_object_status s3_object_status_read(const char *text);

/* Those of `count` objects that are not in `replicas`, the oldest first; both in the order of their
 * keys (one out of order counts as missing). `ret_missing` has room for all. */
size_t s3_sample_compare(const struct s3_object *const *objects, size_t count,
                         const struct s3_object *const *replicas, size_t replica_count,
                         const struct s3_object **ret_missing);

/* Holds a recovery point that the evidence has back to before the oldest object that is not
 * replicated; takes it away when that cannot be told. */
bool s3_sample_collect(struct s3_replication_session *session, struct collection *collection,
                       struct error *error);

#endif
