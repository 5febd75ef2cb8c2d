/* SPDX-License-Identifier: Apache-2.0 */
/* Position → time: when was the origin last not ahead of where the copy is now? */

#include "exporter/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"

/* The origin was at `position` from `first` to `last`, as far as was seen. */
struct point {
    double first;
    double last;
    uint64_t position;
};

/* Ascending in time and strictly ascending in position. */
struct history {
    struct point *points;
    size_t count;
    size_t capacity;
    uint64_t epoch;
};

static void *grow(void *memory, size_t bytes)
{
    void *grown = realloc(memory, bytes);

    if (grown == NULL) {
        (void)fputs("dr_exporter: out of memory\n", stderr);
        abort();
    }
    return grown;
}

struct history *history_new(void)
{
    struct history *history = grow(NULL, sizeof *history);

    *history = (struct history){0};
    return history;
}

void history_free(struct history *history)
{
    if (history != NULL) {
        free(history->points);
        free(history);
    }
}

/* Forgets every other point of the older half. What was between two remaining points is then
 * dated by the earlier of them, so answers only become older. */
static void thin_out(struct history *history)
{
    size_t half = history->count / 2;
    size_t kept = 0;

    for (size_t i = 0; i < half; i += 2) {
        history->points[kept++] = history->points[i];
    }
    memmove(history->points + kept, history->points + half,
            (history->count - half) * sizeof *history->points);
    history->count = kept + history->count - half;
}

static struct point *append(struct history *history)
{
    if (history->count == HISTORY_POINTS_MAX) {
        thin_out(history);
    }
    if (history->count == history->capacity) {
        history->capacity = history->capacity == 0 ? 16 : history->capacity * 2;
        history->points = grow(history->points, history->capacity * sizeof *history->points);
    }
    return &history->points[history->count++];
}

void history_add(struct history *history, uint64_t epoch, double time, uint64_t position)
{
    struct point *newest = history->count > 0 ? &history->points[history->count - 1] : NULL;

    /* A clock that was set back would break the order in time; start again in the new time. */
    if (newest != NULL &&
        (epoch != history->epoch || position < newest->position || time < newest->last)) {
        history->count = 0;
        newest = NULL;
    }
    history->epoch = epoch;
    if (newest != NULL && newest->position == position) {
        newest->last = time;
        return;
    }
    *append(history) = (struct point){.first = time, .last = time, .position = position};
}

/* The number of points whose position is not beyond `position`. */
static size_t count_reached(const struct history *history, uint64_t position)
{
    size_t low = 0;
    size_t high = history->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (history->points[middle].position <= position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The newest point whose position is not beyond `position`, or NULL. */
static const struct point *find_reached(const struct history *history, uint64_t epoch,
                                        uint64_t position)
{
    size_t reached = epoch == history->epoch ? count_reached(history, position) : 0;

    return reached == 0 ? NULL : &history->points[reached - 1];
}

bool history_recovery_point(const struct history *history, uint64_t epoch, uint64_t position,
                            double *ret_time)
{
    const struct point *point = find_reached(history, epoch, position);

    if (point != NULL) {
        *ret_time = point->last;
    }
    return point != NULL;
}

bool history_reached_since(const struct history *history, uint64_t epoch, uint64_t position,
                           double *ret_time)
{
    const struct point *point = find_reached(history, epoch, position);

    if (point != NULL) {
        *ret_time = point->first;
    }
    return point != NULL;
}

bool history_beyond_since(const struct history *history, uint64_t epoch, uint64_t position,
                          double *ret_time)
{
    size_t reached = epoch == history->epoch ? count_reached(history, position) : history->count;

    if (reached == history->count) {
        return false;
    }
    *ret_time = history->points[reached].first;
    return true;
}

bool history_newest(const struct history *history, uint64_t epoch, double *ret_time,
                    uint64_t *ret_position)
{
    if (history->count == 0 || history->epoch != epoch) {
        return false;
    }
    *ret_time = history->points[history->count - 1].last;
    *ret_position = history->points[history->count - 1].position;
    return true;
}
