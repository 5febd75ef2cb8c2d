/* SPDX-License-Identifier: Apache-2.0 */
/* Where two buckets of Google Cloud Storage are, whose address is the same for all regions.
 *
 * A place is a region (`US-EAST1`), a pair of regions (`EUR4`) or several in one part of the world
 * (`EU`): https://cloud.google.com/storage/docs/locations. In the latter two an object is in one
 * region first, which may be any of them, so that they count as all of it. */

#ifndef COLLECTORS_S3_REPLICATION_PLACES_H
#define COLLECTORS_S3_REPLICATION_PLACES_H

#include "collectors/s3_replication.h"

/* The place that an answer names, in the arena. An error where it names none.
 * https://cloud.google.com/storage/docs/xml-api/get-bucket-location */
bool s3_place_read(struct arena *arena, const char *text, size_t length, const char **ret_place,
                   struct error *error);

/* Is there provably no region in which both may be? */
bool s3_places_are_apart(const char *one, const char *other);

/* Of a source that is said to survive the loss of a region, takes the recovery point away unless
 * the buckets are provably apart. */
bool s3_places_collect(struct s3_replication_session *session, struct collection *collection,
                       struct error *error);

#endif
