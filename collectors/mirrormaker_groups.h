/* SPDX-License-Identifier: Apache-2.0 */
/* Could a consumer group resume in the DR region from MirrorMaker's checkpoints? */

#ifndef COLLECTORS_MIRRORMAKER_GROUPS_H
#define COLLECTORS_MIRRORMAKER_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collectors/mirrormaker_rows.h"
#include "exporter/arena.h"

/* The newest checkpoint of each group and partition. */
struct mirrormaker_checkpoints;

struct mirrormaker_checkpoint {
    int64_t upstream;   /* What the group had committed at the source… */
    int64_t downstream; /* …and where that is in the copy, or a little before. */
    int64_t time_ms;    /* By the clock of MirrorMaker's host. */
};

struct mirrormaker_checkpoints *mirrormaker_checkpoints_new(void);
void mirrormaker_checkpoints_free(struct mirrormaker_checkpoints *checkpoints); /* NULL is fine. */
void mirrormaker_checkpoints_clear(struct mirrormaker_checkpoints *checkpoints);
void mirrormaker_checkpoints_add(struct mirrormaker_checkpoints *checkpoints,
                                 const struct mirrormaker_checkpoint_row *row, int64_t time_ms);
/* `topic` as it is called at the target. NULL: none. */
const struct mirrormaker_checkpoint *
mirrormaker_checkpoints_find(const struct mirrormaker_checkpoints *checkpoints, const char *group,
                             const char *topic, int32_t partition);

/* What is remembered of a group's partition between collections. */
struct mirrormaker_mark {
    char *group;
    char *topic;
    int32_t partition;
    bool missing; /* It has no checkpoint… */
    double missing_since;
    bool moved; /* The group is not where the checkpoint is any more… */
    double moved_since;
    int64_t upstream; /* …which was for this offset. */
};

/* Sorted by group, topic, partition. */
struct mirrormaker_marks {
    struct mirrormaker_mark *items;
    size_t count;
    bool has_time;
    double time; /* Of the newest round. */
};

void mirrormaker_marks_release(struct mirrormaker_marks *marks);

/* One partition of which a group has committed an offset at the source. */
struct mirrormaker_group_facts {
    const char *group;
    const char *topic; /* At the source; as it is called at the target: */
    const char *remote_topic;
    int32_t partition;
    int64_t committed;
    bool source_known;
    int64_t source_start;
    bool copy_known;
    int64_t copy_start;
    int64_t copy_end;
    bool has_pair; /* The record at `upstream` is at `downstream` of the copy. */
    int64_t upstream;
    int64_t downstream;
};

struct mirrormaker_group_result {
    const char *group;
    size_t partitions;
    size_t missing;          /* Without a checkpoint for too long, although consumed. */
    size_t invalid;          /* With a checkpoint that lies outside of the copy. */
    const char *first_topic; /* Of these two kinds; NULL: none. */
    int32_t first_partition;
    int64_t again;         /* Records that it would read again. */
    double checkpoint_age; /* For how long at most it has been ahead of a checkpoint. */
};

/* Judges all groups. `facts` have to be sorted by group, topic and partition; marks are brought up
 * to date. Results are in `arena`, one a group.
 *
 * - A group resumes in the copy at the checkpoint's downstream offset. Without a checkpoint it
 *   cannot, unless it has consumed nothing that is still there. A group that appeared while we were
 *   watching has `max_age_seconds` for its first one.
 * - The checkpoint's upstream offset is what the group had committed when MirrorMaker wrote it, so
 *   its age counts from when the group was first seen elsewhere; at the first look, from the
 *   checkpoint's own timestamp, which can only be too old. A group that stands still ages nothing.
 * - again = committed - upstream of the checkpoint, or more where the checkpoint is further back in
 *   the copy: with a pair (u, d) of an offset sync the group's place in the copy is about
 *   d + committed - u. */
struct mirrormaker_group_result *
mirrormaker_groups_judge(const struct mirrormaker_group_facts *facts, size_t count,
                         const struct mirrormaker_checkpoints *checkpoints,
                         struct mirrormaker_marks *marks, double max_age_seconds, double now,
                         double step, struct arena *arena, size_t *ret_count);

#endif
