/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of one partition between collections, in well under 1 KiB. */

#ifndef COLLECTORS_MIRRORMAKER_TRACK_H
#define COLLECTORS_MIRRORMAKER_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many as tell a burst from a trickle; the newest are the ones that matter. */
#define MIRRORMAKER_POINTS 16

/* From `first` to `last` the partition's end was seen to be `end`. */
struct mirrormaker_point {
    double first;
    double last;
    int64_t end;
};

struct mirrormaker_track {
    char *topic;
    int32_t partition;
    bool seen;     /* `next` and `start` have a value. */
    bool judged;   /* In an earlier collection. */
    int64_t start; /* Of the log, when the source last told. */
    /* Newest instant at which the cluster was looked at and the partition was not there. */
    bool was_absent;
    double absent_until;

    /* Everything before `next` is at the target, or never was a record. Without progress it is
     * where the log began when the partition was first seen. */
    bool has_progress;
    int64_t next;
    double moved_at; /* When `next` last grew, or the partition was first seen. */
    int64_t offset;  /* N of which this is so. */
    int64_t offset_time_ms;
    int64_t set_back_time_ms;

    /* Ascending in time and in `end`. */
    struct mirrormaker_point points[MIRRORMAKER_POINTS];
    size_t point_count;

    bool has_recovery_point;
    double recovery_point;
    bool clock_is_ahead; /* A record was found that is of the future. */
    /* The record at `blocked_at` was seen and is not replicated, so that no recovery point is after
     * `ceiling` until it is, whatever becomes of the record. */
    bool blocked;
    int64_t blocked_at;
    double ceiling;

    uint64_t lost;              /* Records that retention removed before they were replicated. */
    int64_t lost_counted_until; /* Offset. */

    /* The topic was created anew; rows up to this one are of the former. */
    bool recreated;
    bool recreated_confirmed; /* One row was seen since that may be of either. */
    int64_t recreated_offset;
    int64_t recreated_time_ms;
    int64_t reborn_after_ms; /* It was deleted then; rows from before are of the former. Or 0. */

    int64_t copy_end;         /* Newest end of the copy, 0 if it was not seen. */
    int64_t copy_lost_before; /* The copy does not have the records before this offset; or 0. */
};

/* Notes that the end was `end` at the instant `time`, not before the newest point. When full,
 * neighbours are merged so that every answer becomes older, never newer. */
void mirrormaker_track_note_end(struct mirrormaker_track *track, double time, int64_t end);

/* The newest instant at which the end was not beyond `offset`. */
bool mirrormaker_track_not_beyond(const struct mirrormaker_track *track, int64_t offset,
                                  double *ret_time);

/* The oldest instant at which the end is known to have been beyond `offset`. */
bool mirrormaker_track_beyond(const struct mirrormaker_track *track, int64_t offset,
                              double *ret_time);

/* All partitions of a source, sorted by topic and partition. */
struct mirrormaker_tracks {
    struct mirrormaker_track **items;
    size_t count;
    bool has_layout_time; /* Before the newest layout that was read was asked for. */
    double layout_time;
    uint64_t lost; /* All records lost, also of partitions that are no more. */
};

/* A partition as the cluster lists it. */
struct mirrormaker_place {
    const char *topic;
    int32_t partition;
};

/* Keeps the tracks of the listed partitions, which have to be sorted, begins new ones and forgets
 * all others. The tracks are in the order of the places then. `time` is from before the list was
 * asked for. */
void mirrormaker_tracks_follow(struct mirrormaker_tracks *tracks,
                               const struct mirrormaker_place *places, size_t count, double time);

/* A collector's `release_memory` for what the memory begins with. */
void mirrormaker_tracks_release(struct mirrormaker_tracks *tracks);

/* The order of places: by strcmp of the topic, then by partition. */
int mirrormaker_place_compare(const char *topic_a, int32_t partition_a, const char *topic_b,
                              int32_t partition_b);

#endif
