/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the buckets are set up so that anything is replicated from one to the other. */

#ifndef COLLECTORS_S3_REPLICATION_RULES_H
#define COLLECTORS_S3_REPLICATION_RULES_H

#include "collectors/s3_replication.h"

/* Whether an answer to GetBucketReplication has a rule that is enabled, without conditions beside a
 * prefix, for all keys with `prefix`, and to that bucket.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html */
bool s3_rules_cover(const char *text, size_t length, const char *bucket, const char *prefix,
                    bool *ret_covered, struct error *error);

/* Whether it has an enabled rule with that ID to that bucket, whatever it is for. */
bool s3_rules_have(const char *text, size_t length, const char *bucket, const char *id,
                   bool *ret_active, struct error *error);

/* Whether an answer to GetBucketVersioning says that it is on. */
bool s3_versioning_read(const char *text, size_t length, bool *ret_enabled, struct error *error);

/* ERROR_INCONSISTENT for what keeps objects from being replicated; the memory's `is_off` is set
 * anew by it. */
bool s3_rules_collect(struct s3_replication_session *session, struct collection *collection,
                      struct error *error);

#endif
