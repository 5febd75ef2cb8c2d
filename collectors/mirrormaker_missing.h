/* SPDX-License-Identifier: Apache-2.0 */
/* Topics that should be listed at the source and are not.
 *
 * Kafka leaves topics out of its list that the role may not describe, so a topic whose permission
 * is taken away looks as if it were deleted, and nothing would be missing. Asked by name it tells
 * the two apart. */

#ifndef COLLECTORS_MIRRORMAKER_MISSING_H
#define COLLECTORS_MIRRORMAKER_MISSING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/kafka_client.h"
#include "collectors/mirrormaker_track.h"

struct mirrormaker_missing_topic {
    char *topic;
    bool named;         /* In the setting `topics`, so that it has to exist. */
    bool deleted;       /* The cluster said so… */
    int64_t checked_ms; /* …at this monotonic time, the newest… */
    double deleted_at;  /* …and this one, the first. */
};

/* Sorted by topic. */
struct mirrormaker_missing {
    struct mirrormaker_missing_topic *items;
    size_t count;
    size_t capacity;
};

void mirrormaker_missing_release(struct mirrormaker_missing *missing);

/* Notes that the topic should be there. Beyond MIRRORMAKER_PARTITIONS_MAX nothing is noted. */
void mirrormaker_missing_add(struct mirrormaker_missing *missing, const char *topic, bool named);

/* Notes the topics of tracks that `layout` does not list. */
void mirrormaker_missing_note(struct mirrormaker_missing *missing,
                              const struct mirrormaker_tracks *tracks,
                              const struct kafka_layout *layout);

/* Forgets those that `layout`, which `tracks` follow now, lists again. One that had been deleted is
 * another topic now: rows from before are not of it. */
void mirrormaker_missing_settle(struct mirrormaker_missing *missing,
                                const struct mirrormaker_tracks *tracks,
                                const struct kafka_layout *layout);

/* Those that are not known to be deleted, or are named. */
size_t mirrormaker_missing_count(const struct mirrormaker_missing *missing);

#endif
