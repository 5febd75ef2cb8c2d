/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of one partition between collections, in well under 1 KiB. */

#include "collectors/mirrormaker_track.h"

#include <stdlib.h>
#include <string.h>

/* Merges pairs of the older half: the end of the later with the first instant of the earlier. So
 * the end was there at or after that instant, and not beyond it until the last. */
static void merge_points(struct mirrormaker_track *track)
{
    size_t kept = 0;

    for (size_t i = 0; i < MIRRORMAKER_POINTS; i++) {
        struct mirrormaker_point point = track->points[i];

        if (i + 1 < MIRRORMAKER_POINTS / 2) {
            i++;
            point.end = track->points[i].end;
            point.last = track->points[i].last;
        }
        track->points[kept++] = point;
    }
    track->point_count = kept;
}

void mirrormaker_track_note_end(struct mirrormaker_track *track, double time, int64_t end)
{
    struct mirrormaker_point *newest =
        track->point_count > 0 ? &track->points[track->point_count - 1] : NULL;

    if (newest != NULL && newest->end == end) {
        newest->last = time;
        return;
    }
    if (track->point_count == MIRRORMAKER_POINTS) {
        merge_points(track);
    }
    track->points[track->point_count++] =
        (struct mirrormaker_point){.first = time, .last = time, .end = end};
}

bool mirrormaker_track_not_beyond(const struct mirrormaker_track *track, int64_t offset,
                                  double *ret_time)
{
    for (size_t i = track->point_count; i > 0; i--) {
        if (track->points[i - 1].end <= offset) {
            *ret_time = track->points[i - 1].last;
            return true;
        }
    }
    return false;
}

bool mirrormaker_track_beyond(const struct mirrormaker_track *track, int64_t offset,
                              double *ret_time)
{
    for (size_t i = 0; i < track->point_count; i++) {
        if (track->points[i].end > offset) {
            *ret_time = track->points[i].first;
            return true;
        }
    }
    return false;
}

int mirrormaker_place_compare(const char *topic_a, int32_t partition_a, const char *topic_b,
                              int32_t partition_b)
{
    int order = strcmp(topic_a, topic_b);

    return order != 0 ? order : (partition_a > partition_b) - (partition_a < partition_b);
}

static void free_track(struct mirrormaker_tracks *tracks, struct mirrormaker_track *track)
{
    tracks->lost += track->lost;
    free(track->topic);
    free(track);
}

static struct mirrormaker_track *new_track(const struct mirrormaker_tracks *tracks,
                                           const struct mirrormaker_place *place)
{
    struct mirrormaker_track *track = calloc(1, sizeof *track);

    if (track == NULL || (track->topic = strdup(place->topic)) == NULL) {
        abort();
    }
    track->partition = place->partition;
    track->was_absent = tracks->has_layout_time;
    track->absent_until = tracks->layout_time;
    return track;
}

void mirrormaker_tracks_follow(struct mirrormaker_tracks *tracks,
                               const struct mirrormaker_place *places, size_t count, double time)
{
    struct mirrormaker_track **items = calloc(count + 1, sizeof(struct mirrormaker_track *));
    size_t old = 0;

    if (items == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        int order = 1;

        while (old < tracks->count && (order = mirrormaker_place_compare(
                                           tracks->items[old]->topic, tracks->items[old]->partition,
                                           places[i].topic, places[i].partition)) < 0) {
            free_track(tracks, tracks->items[old++]);
        }
        items[i] = old < tracks->count && order == 0 ? tracks->items[old++]
                                                     : new_track(tracks, &places[i]);
    }
    while (old < tracks->count) {
        free_track(tracks, tracks->items[old++]);
    }
    free(tracks->items);
    tracks->items = items;
    tracks->count = count;
    tracks->has_layout_time = true;
    tracks->layout_time = time;
}

void mirrormaker_tracks_release(struct mirrormaker_tracks *tracks)
{
    for (size_t i = 0; i < tracks->count; i++) {
        free_track(tracks, tracks->items[i]);
    }
    free(tracks->items);
    *tracks = (struct mirrormaker_tracks){0};
}
