/* SPDX-License-Identifier: Apache-2.0 */
/* From the results of partitions and groups to the samples of topics and totals. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/mirrormaker_metrics.h"
#include "exporter/evidence.h"

/* Partitions, counted: of a topic, or all. */
struct summary {
    const char *topic;
    size_t first; /* Its partitions are from this index on… */
    size_t count;
    size_t states[MIRRORMAKER_STATE_COUNT];
    enum mirrormaker_state worst;
    bool has_gap; /* Of all partitions. */
    int64_t gap;
    size_t undated;
    double oldest;   /* Recovery point, if none is undated. */
    bool replicated; /* Some of it was. */
    uint64_t lost;
};

static void add_partition(struct summary *summary, const struct mirrormaker_track *track,
                          const struct mirrormaker_result *result)
{
    summary->count++;
    summary->states[result->state]++;
    summary->worst = result->state > summary->worst ? result->state : summary->worst;
    summary->has_gap = summary->has_gap && result->has_gap;
    summary->gap += result->has_gap ? result->gap : 0;
    summary->undated += result->has_recovery_point ? 0 : 1;
    if (result->has_recovery_point) {
        summary->oldest = fmin(summary->oldest, result->recovery_point);
    }
    summary->replicated = summary->replicated || track->has_progress || track->recreated;
    summary->lost += track->lost;
}

static struct summary begin_summary(const char *topic, size_t first)
{
    return (struct summary){.topic = topic, .first = first, .has_gap = true, .oldest = INFINITY};
}

/* Whether MirrorMaker has ever replicated any of it, or there is nothing to replicate. */
static enum answer is_mirrored(const struct summary *topic)
{
    if (topic->replicated) {
        return ANSWER_YES;
    }
    if (topic->states[MIRRORMAKER_UNMIRRORED] > 0) {
        return ANSWER_NO;
    }
    return topic->states[MIRRORMAKER_UNKNOWN] > 0 ? ANSWER_UNKNOWN : ANSWER_YES;
}

/* Those that lost records first, then by state, then by age. */
static int compare_badness(const void *a, const void *b)
{
    const struct summary *left = a;
    const struct summary *right = b;

    if ((left->lost > 0) != (right->lost > 0)) {
        return left->lost > 0 ? -1 : 1;
    }
    if (left->worst != right->worst) {
        return left->worst > right->worst ? -1 : 1;
    }
    if ((left->undated > 0) != (right->undated > 0)) {
        return left->undated > 0 ? -1 : 1;
    }
    if (left->oldest < right->oldest || left->oldest > right->oldest) {
        return left->oldest < right->oldest ? -1 : 1;
    }
    return strcmp(left->topic, right->topic);
}

static void add_partitions(struct samples *samples, const struct mirrormaker_picture *picture,
                           const struct summary *topic)
{
    for (size_t i = topic->first; i < topic->first + topic->count; i++) {
        const struct mirrormaker_result *result = &picture->results[i];
        char number[16];
        const char *labels[] = {topic->topic, number};

        (void)snprintf(number, sizeof number, "%d", (int)picture->tracks->items[i]->partition);
        if (result->has_gap) {
            samples_add_labelled(samples, MIRRORMAKER_PARTITION_LAG_RECORDS, (double)result->gap,
                                 labels);
        }
        if (result->has_recovery_point) {
            samples_add_labelled(samples, MIRRORMAKER_PARTITION_LAG_SECONDS,
                                 picture->asked_at - result->recovery_point, labels);
        }
    }
}

static void add_topic(struct samples *samples, const struct mirrormaker_picture *picture,
                      const struct summary *topic)
{
    const char *labels[] = {topic->topic, NULL};

    if (topic->has_gap) {
        samples_add_labelled(samples, MIRRORMAKER_TOPIC_LAG_RECORDS, (double)topic->gap, labels);
    }
    if (topic->undated == 0) {
        samples_add_labelled(samples, MIRRORMAKER_TOPIC_LAG_SECONDS,
                             picture->asked_at - topic->oldest, labels);
    }
    samples_add_labelled(samples, MIRRORMAKER_TOPIC_LOST_RECORDS, (double)topic->lost, labels);
    if (is_mirrored(topic) != ANSWER_UNKNOWN) {
        samples_add_labelled(samples, MIRRORMAKER_TOPIC_MIRRORED,
                             is_mirrored(topic) == ANSWER_YES ? 1 : 0, labels);
    }
    for (size_t i = 0; i < MIRRORMAKER_STATE_COUNT; i++) {
        labels[1] = mirrormaker_state_names[i];
        if (topic->states[i] > 0) {
            samples_add_labelled(samples, MIRRORMAKER_TOPIC_PARTITIONS, (double)topic->states[i],
                                 labels);
        }
    }
    if (picture->per_partition) {
        add_partitions(samples, picture, topic);
    }
}

static void add_totals(struct samples *samples, const struct mirrormaker_picture *picture,
                       const struct summary *all, const struct summary *topics, size_t count)
{
    size_t answers[] = {[ANSWER_UNKNOWN] = 0, [ANSWER_NO] = 0, [ANSWER_YES] = 0};

    for (size_t i = 0; i < count; i++) {
        answers[is_mirrored(&topics[i])]++;
    }
    samples_add(samples, MIRRORMAKER_TOPICS, (double)count);
    if (answers[ANSWER_UNKNOWN] == 0) {
        samples_add(samples, MIRRORMAKER_TOPICS_NOT_MIRRORED, (double)answers[ANSWER_NO]);
    }
    samples_add(samples, MIRRORMAKER_TOPICS_NOT_SHOWN,
                count > picture->topics_shown_max ? (double)(count - picture->topics_shown_max)
                                                  : 0);
    for (size_t i = 0; i < MIRRORMAKER_STATE_COUNT; i++) {
        samples_add_labelled(samples, MIRRORMAKER_PARTITIONS, (double)all->states[i],
                             (const char *[]){mirrormaker_state_names[i]});
    }
    samples_add(samples, MIRRORMAKER_PARTITIONS_UNDATED, (double)all->undated);
    if (all->has_gap) {
        samples_add(samples, MIRRORMAKER_LAG_RECORDS, (double)all->gap);
    }
    samples_add(samples, MIRRORMAKER_LOST_RECORDS, (double)(picture->tracks->lost + all->lost));
}

void mirrormaker_add_topics(struct samples *samples, struct arena *arena,
                            const struct mirrormaker_picture *picture)
{
    const struct mirrormaker_tracks *tracks = picture->tracks;
    struct summary *topics = arena_alloc_array(arena, tracks->count + 1, sizeof *topics);
    struct summary all = begin_summary("", 0);
    size_t count = 0;

    for (size_t i = 0; i < tracks->count; i++) {
        const struct mirrormaker_track *track = tracks->items[i];

        if (i == 0 || strcmp(track->topic, tracks->items[i - 1]->topic) != 0) {
            topics[count++] = begin_summary(track->topic, i);
        }
        add_partition(&topics[count - 1], track, &picture->results[i]);
        add_partition(&all, track, &picture->results[i]);
    }
    qsort(topics, count, sizeof *topics, compare_badness);
    add_totals(samples, picture, &all, topics, count);
    for (size_t i = 0; i < count && i < picture->topics_shown_max; i++) {
        add_topic(samples, picture, &topics[i]);
    }
}

void mirrormaker_add_group(struct samples *samples, const struct mirrormaker_group_result *group)
{
    const char *const labels[] = {group->group};
    size_t unusable = group->missing + group->invalid;

    samples_add_labelled(samples, MIRRORMAKER_GROUP_RESUMABLE, unusable == 0 ? 1 : 0, labels);
    samples_add_labelled(samples, MIRRORMAKER_GROUP_RECORDS_AGAIN, (double)group->again, labels);
    samples_add_labelled(samples, MIRRORMAKER_GROUP_CHECKPOINT_AGE, group->checkpoint_age, labels);
    samples_add_labelled(samples, MIRRORMAKER_GROUP_PARTITIONS, (double)group->partitions, labels);
    samples_add_labelled(samples, MIRRORMAKER_GROUP_WITHOUT_CHECKPOINT, (double)unusable, labels);
}
