/* SPDX-License-Identifier: Apache-2.0 */
/* Canaries: written at the source, looked for at the destination, removed at the source.
 *
 * What is there is all the state: a restart forgets nothing, and several exporters may look at the
 * same buckets, and share the canaries. The last two that have come are never removed, nor any
 * while one has failed; those that have not come only by people. One that the store has replicated,
 * and that is not at the destination, counts as one that has not come for a day; then as removed
 * there by its lifecycle, unless the destination still has one that was written within a day after
 * it, or before it. */

#ifndef COLLECTORS_S3_REPLICATION_CANARY_H
#define COLLECTORS_S3_REPLICATION_CANARY_H

#include "collectors/s3_replication.h"

/* Of a key below the prefix (NULL: there are no canaries): when it was written, in Unix seconds by
 * its writer's clock. False for a key of another form, which is never touched. */
bool s3_canary_read_key(const char *prefix, const char *key, double *ret_seconds);

/* Of `count` canaries, the newest instant for which holds: it is that of one that has come, and no
 * other that has not come is as old or older. False: there is none. */
bool s3_canary_recovery_point(const double *instants, const bool *arrived, size_t count,
                              double *ret_instant);

/* Evidence and samples are true also when this fails. */
bool s3_canary_collect(struct s3_replication_session *session, struct collection *collection,
                       struct error *error);

/* While rules or versioning are off: one canary at once, whether it is due or not. What others
 * write then never comes, and neither does it: when the rules are back it tells of that. */
void s3_canary_mark(struct s3_replication_session *session, struct collection *collection);

/* At the end of a collection whose evidence has a recovery point. */
void s3_canary_remember(struct s3_replication_session *session,
                        const struct collection *collection);

/* When the source did not answer: what was proven last, if the destination still has its canary. */
void s3_canary_recall(struct s3_replication_session *session, struct collection *collection);

#endif
