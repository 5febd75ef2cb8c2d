/* SPDX-License-Identifier: Apache-2.0 */
/* What S3 itself says of a replication rule, in metrics of CloudWatch.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/repl-metrics.html: ReplicationLatency,
 * BytesPendingReplication and OperationsPendingReplication are told in the region of the
 * destination, OperationsFailedReplication in that of the source. Latency L, the largest of the
 * minute that began at T, says that all that was written before T - L was replicated or had failed.
 * What failed is never tried again, so it counts until somebody says that it was repaired. Objects
 * that are older than the rule are in none of these. */

#ifndef COLLECTORS_S3_REPLICATION_CLOUDWATCH_H
#define COLLECTORS_S3_REPLICATION_CLOUDWATCH_H

#include "collectors/cloudwatch.h"
#include "collectors/s3_replication.h"

enum { S3_LATENCY, S3_PENDING_BYTES, S3_PENDING_OPERATIONS, S3_SERIES_COUNT };

/* The newest minute of which all three are known; its values in `ret_values`. Of `sound` ones, in
 * which not both something is pending and nothing is late. */
bool s3_cloudwatch_newest(const struct cloudwatch_series series[S3_SERIES_COUNT], bool sound,
                          double *ret_seconds, double ret_values[S3_SERIES_COUNT]);

/* The newest point that is known and not later; NULL: there is none. */
const struct cloudwatch_point *s3_cloudwatch_before(const struct cloudwatch_series *series,
                                                    double seconds);

/* Of operations that failed: the first period that ends after `since`. What is no number may be any
 * number. `ret_total`: of that and all later ones. */
bool s3_cloudwatch_failure(const struct cloudwatch_series *series, int period_seconds, double since,
                           double *ret_seconds, double *ret_total);

/* Sets the recovery point of the evidence, or holds back that of the canaries; takes it away when
 * it fails. */
bool s3_cloudwatch_collect(struct s3_replication_session *session, struct collection *collection,
                           struct error *error);

#endif
