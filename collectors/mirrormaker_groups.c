/* SPDX-License-Identifier: Apache-2.0 */
/* Could a consumer group resume in the DR region from MirrorMaker's checkpoints? */

#include "collectors/mirrormaker_groups.h"

#include <math.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/mirrormaker_track.h"

struct key {
    const char *group;
    const char *topic;
    int32_t partition;
};

struct checkpoint_entry {
    struct key key; /* First, so that a key can be compared with an entry. */
    bool known;
    struct mirrormaker_checkpoint checkpoint;
    char names[]; /* Group and topic, each terminated. */
};

struct mirrormaker_checkpoints {
    void *tree;
    size_t count;
};

static void *checked(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static int compare(const void *a, const void *b)
{
    const struct key *left = a;
    const struct key *right = b;
    int order = strcmp(left->group, right->group);

    return order != 0 ? order
                      : mirrormaker_place_compare(left->topic, left->partition, right->topic,
                                                  right->partition);
}

struct mirrormaker_checkpoints *mirrormaker_checkpoints_new(void)
{
    return checked(calloc(1, sizeof(struct mirrormaker_checkpoints)));
}

void mirrormaker_checkpoints_clear(struct mirrormaker_checkpoints *checkpoints)
{
    tdestroy(checkpoints->tree, free);
    *checkpoints = (struct mirrormaker_checkpoints){0};
}

void mirrormaker_checkpoints_free(struct mirrormaker_checkpoints *checkpoints)
{
    if (checkpoints != NULL) {
        mirrormaker_checkpoints_clear(checkpoints);
        free(checkpoints);
    }
}

static struct checkpoint_entry *add_entry(struct mirrormaker_checkpoints *checkpoints,
                                          const struct mirrormaker_checkpoint_row *row)
{
    size_t group = strlen(row->group.text) + 1;
    size_t topic = strlen(row->topic.text) + 1;
    struct checkpoint_entry *entry = checked(calloc(1, sizeof *entry + group + topic));

    memcpy(entry->names, row->group.text, group);
    memcpy(entry->names + group, row->topic.text, topic);
    entry->key = (struct key){entry->names, entry->names + group, row->partition};
    (void)checked(tsearch(entry, &checkpoints->tree, compare));
    checkpoints->count++;
    return entry;
}

void mirrormaker_checkpoints_add(struct mirrormaker_checkpoints *checkpoints,
                                 const struct mirrormaker_checkpoint_row *row, int64_t time_ms)
{
    const struct key key = {row->group.text, row->topic.text, row->partition};
    void *const *node = tfind(&key, &checkpoints->tree, compare);
    struct checkpoint_entry *entry = node == NULL ? NULL : *node;

    if (entry == NULL) {
        /* A partition beyond the bound then has no checkpoint. */
        if (!row->known || checkpoints->count == MIRRORMAKER_GROUP_OFFSETS_MAX) {
            return;
        }
        entry = add_entry(checkpoints, row);
    }
    entry->known = row->known;
    entry->checkpoint = (struct mirrormaker_checkpoint){row->upstream, row->downstream, time_ms};
}

const struct mirrormaker_checkpoint *
mirrormaker_checkpoints_find(const struct mirrormaker_checkpoints *checkpoints, const char *group,
                             const char *topic, int32_t partition)
{
    const struct key key = {group, topic, partition};
    void *const *node = tfind(&key, &checkpoints->tree, compare);
    const struct checkpoint_entry *entry = node == NULL ? NULL : *node;

    return entry != NULL && entry->known ? &entry->checkpoint : NULL;
}

void mirrormaker_marks_release(struct mirrormaker_marks *marks)
{
    for (size_t i = 0; i < marks->count; i++) {
        free(marks->items[i].group);
        free(marks->items[i].topic);
    }
    free(marks->items);
    *marks = (struct mirrormaker_marks){0};
}

static int compare_marks(const void *a, const void *b)
{
    const struct mirrormaker_mark *left = a;
    const struct mirrormaker_mark *right = b;
    const struct key left_key = {left->group, left->topic, left->partition};
    const struct key right_key = {right->group, right->topic, right->partition};

    return compare(&left_key, &right_key);
}

/* Copies what was remembered of the partition, or begins. */
static struct mirrormaker_mark make_mark(const struct mirrormaker_marks *marks,
                                         const struct mirrormaker_group_facts *facts, bool *ret_new)
{
    struct mirrormaker_mark mark = {.group = checked(strdup(facts->group)),
                                    .topic = checked(strdup(facts->topic)),
                                    .partition = facts->partition};
    const struct mirrormaker_mark *old =
        marks->count == 0
            ? NULL
            : bsearch(&mark, marks->items, marks->count, sizeof *marks->items, compare_marks);

    *ret_new = old == NULL;
    if (old != NULL) {
        mark.missing = old->missing;
        mark.missing_since = old->missing_since;
        mark.moved = old->moved;
        mark.moved_since = old->moved_since;
        mark.upstream = old->upstream;
    }
    return mark;
}

static void note_problem(struct mirrormaker_group_result *result,
                         const struct mirrormaker_group_facts *facts, size_t *count)
{
    ++*count;
    if (result->first_topic == NULL) {
        result->first_topic = facts->topic;
        result->first_partition = facts->partition;
    }
}

/* How many records the group would read again from the checkpoint. */
static int64_t count_again(const struct mirrormaker_group_facts *facts,
                           const struct mirrormaker_checkpoint *checkpoint)
{
    int64_t again = facts->committed - checkpoint->upstream;

    if (facts->has_pair) {
        int64_t place = facts->downstream + (facts->committed - facts->upstream);

        if (place - checkpoint->downstream > again) {
            again = place - checkpoint->downstream;
        }
    }
    return again > 0 ? again : 0;
}

/* The group has a checkpoint: is it in the copy, and for how long has the group been elsewhere? */
static void judge_checkpoint(const struct mirrormaker_group_facts *facts,
                             const struct mirrormaker_checkpoint *checkpoint,
                             const struct mirrormaker_marks *marks, bool is_new, double now,
                             double step, struct mirrormaker_mark *mark,
                             struct mirrormaker_group_result *result)
{
    bool was_moved = mark->moved && mark->upstream == checkpoint->upstream;

    mark->missing = false;
    mark->moved = facts->committed != checkpoint->upstream;
    if (mark->moved && !was_moved) {
        double written = (double)checkpoint->time_ms / 1000 - step;

        /* At the first look nobody knows when it moved, but that the checkpoint was before. */
        if (is_new && !marks->has_time) {
            mark->moved_since = checkpoint->time_ms < 0 ? now : fmin(now, written);
        } else {
            mark->moved_since = marks->has_time ? marks->time : now;
        }
    }
    mark->upstream = checkpoint->upstream;
    if (mark->moved) {
        result->checkpoint_age = fmax(result->checkpoint_age, now - mark->moved_since);
    }
    result->again += count_again(facts, checkpoint);
    if (facts->copy_known && (checkpoint->downstream > facts->copy_end ||
                              (checkpoint->downstream < facts->copy_start &&
                               !(facts->source_known && facts->committed < facts->source_start)))) {
        note_problem(result, facts, &result->invalid);
    }
}

static void judge_partition(const struct mirrormaker_group_facts *facts,
                            const struct mirrormaker_checkpoints *checkpoints,
                            const struct mirrormaker_marks *marks, double max_age_seconds,
                            double now, double step, struct mirrormaker_mark *mark, bool is_new,
                            struct mirrormaker_group_result *result)
{
    const struct mirrormaker_checkpoint *checkpoint = mirrormaker_checkpoints_find(
        checkpoints, facts->group, facts->remote_topic, facts->partition);

    result->partitions++;
    if (checkpoint != NULL) {
        judge_checkpoint(facts, checkpoint, marks, is_new, now, step, mark, result);
        return;
    }
    if (facts->committed == 0 || (facts->source_known && facts->committed <= facts->source_start)) {
        mark->missing = false;
        return;
    }
    if (!mark->missing) {
        mark->missing = true;
        mark->missing_since = marks->has_time ? now : -INFINITY;
    }
    if (now - mark->missing_since > max_age_seconds) {
        note_problem(result, facts, &result->missing);
    }
}

struct mirrormaker_group_result *
mirrormaker_groups_judge(const struct mirrormaker_group_facts *facts, size_t count,
                         const struct mirrormaker_checkpoints *checkpoints,
                         struct mirrormaker_marks *marks, double max_age_seconds, double now,
                         double step, struct arena *arena, size_t *ret_count)
{
    struct mirrormaker_group_result *results = arena_alloc_array(arena, count + 1, sizeof *results);
    struct mirrormaker_marks next = {
        .items = checked(calloc(count + 1, sizeof *next.items)),
        .count = count,
        .has_time = true,
        .time = now,
    };
    size_t groups = 0;

    for (size_t i = 0; i < count; i++) {
        bool is_new;

        if (i == 0 || strcmp(facts[i].group, facts[i - 1].group) != 0) {
            results[groups++].group = facts[i].group;
        }
        next.items[i] = make_mark(marks, &facts[i], &is_new);
        judge_partition(&facts[i], checkpoints, marks, max_age_seconds, now, step, &next.items[i],
                        is_new, &results[groups - 1]);
    }
    mirrormaker_marks_release(marks);
    *marks = next;
    *ret_count = groups;
    return results;
}
