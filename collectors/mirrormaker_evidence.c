/* SPDX-License-Identifier: Apache-2.0 */
/* From offsets to a recovery point of one partition, never newer than the truth. */

#include "collectors/mirrormaker_evidence.h"

#include <math.h>

/* Clocks that are synchronized differ by less; who is further ahead cannot be believed. */
#define FUTURE_SECONDS_MAX 2

const char *const mirrormaker_state_names[MIRRORMAKER_STATE_COUNT] = {
    [MIRRORMAKER_CURRENT] = "current",     [MIRRORMAKER_BEHIND] = "behind",
    [MIRRORMAKER_STALLED] = "stalled",     [MIRRORMAKER_UNMIRRORED] = "unmirrored",
    [MIRRORMAKER_UNKNOWN] = "unknown",     [MIRRORMAKER_LOST] = "lost",
    [MIRRORMAKER_RECREATED] = "recreated", [MIRRORMAKER_COPY_LOST] = "copy_lost",
};

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Nothing that was known before holds, but the account of lost records. */
static void forget(struct mirrormaker_track *track)
{
    track->seen = false;
    track->judged = false;
    track->was_absent = false;
    track->has_progress = false;
    track->point_count = 0;
    track->has_recovery_point = false;
    track->blocked = false;
    track->lost_counted_until = 0;
    track->copy_end = 0;
    track->copy_lost_before = 0;
}

/* Whether the position is of the topic that took the place of the former one. An offset that was
 * acknowledged for the former may still be committed once after the change. */
static bool is_of_new_topic(struct mirrormaker_track *track,
                            const struct mirrormaker_position *position)
{
    if (!position->known || position->offset < track->recreated_offset ||
        (position->set_back && position->set_back_time_ms > track->recreated_time_ms)) {
        return true;
    }
    if (position->offset_time_ms == track->recreated_time_ms) {
        return false;
    }
    track->recreated_time_ms = position->offset_time_ms;
    if (!track->recreated_confirmed) {
        track->recreated_confirmed = true;
        return false;
    }
    return true;
}

static bool went_back(const struct mirrormaker_track *track,
                      const struct mirrormaker_position *position)
{
    return !position->known || position->offset < track->offset ||
           (position->next < track->next && position->set_back &&
            position->set_back_time_ms != track->set_back_time_ms);
}

void mirrormaker_take_position(struct mirrormaker_track *track,
                               const struct mirrormaker_position *position, double now)
{
    if (position->known && position->offset_time_ms < track->reborn_after_ms) {
        track->recreated = true;
        track->recreated_confirmed = false;
        track->recreated_offset = position->offset;
        track->recreated_time_ms = position->offset_time_ms;
    }
    if (track->recreated) {
        if (!is_of_new_topic(track, position)) {
            return;
        }
        track->recreated = false;
    }
    if (track->has_progress && went_back(track, position)) {
        forget(track);
    }
    if (!position->known) {
        return;
    }
    if (!track->has_progress || position->next > track->next) {
        track->next = position->next;
        track->moved_at = now;
    }
    track->has_progress = true;
    track->offset = position->offset;
    track->offset_time_ms = position->offset_time_ms;
    track->set_back_time_ms = position->set_back ? position->set_back_time_ms : 0;
}

static void begin(struct mirrormaker_track *track, int64_t start, double asked_at)
{
    if (!track->seen && !track->has_progress) {
        track->next = start;
        track->moved_at = asked_at;
    }
    track->seen = true;
    track->start = start;
}

void mirrormaker_take_ends(struct mirrormaker_track *track, int64_t start, int64_t end,
                           double asked_at)
{
    bool shrank = track->point_count > 0 && end < track->points[track->point_count - 1].end;

    if (shrank || (track->has_progress && track->next > end)) {
        track->recreated = track->recreated || track->has_progress;
        track->recreated_confirmed = false;
        track->recreated_offset = track->offset;
        track->recreated_time_ms = track->offset_time_ms;
        forget(track);
    }
    begin(track, start, asked_at);
    mirrormaker_track_note_end(track, asked_at, end);
}

/* Whether the copy lacks what was replicated: it is empty, has shrunk, has nothing left of what it
 * had at the last look, or not the record that an offset sync names and that the source still has.
 */
static bool lacks_records(const struct mirrormaker_track *track,
                          const struct mirrormaker_facts *facts)
{
    const struct mirrormaker_position *position = &facts->position;

    return facts->copy == MIRRORMAKER_COPY_ABSENT || facts->copy_end == facts->copy_start ||
           facts->copy_end < track->copy_end ||
           (track->copy_end > 0 && facts->copy_start > track->copy_end) ||
           (position->has_pair &&
            (position->downstream >= facts->copy_end ||
             (position->downstream < facts->copy_start && position->upstream >= track->start)));
}

/* The copy must have what was replicated and the source still has, or had when it was last heard
 * of; not all of it is looked at, as retention does not remove the same at both. Once it lacks
 * records it does until the source has removed them, too, or MirrorMaker copies them again. */
static void check_copy(struct mirrormaker_track *track, const struct mirrormaker_facts *facts)
{
    if (track->copy_lost_before > 0 && track->start >= track->copy_lost_before) {
        track->copy_lost_before = 0;
    }
    if (facts->copy == MIRRORMAKER_COPY_UNKNOWN || !track->has_progress) {
        return;
    }
    if (track->seen && track->start < track->next && lacks_records(track, facts)) {
        track->copy_lost_before = track->next;
        track->has_recovery_point = false;
    }
    track->copy_end = facts->copy == MIRRORMAKER_COPY_THERE ? facts->copy_end : 0;
}

/* Counts once what retention removed before it was replicated. When nothing is left there is also
 * nothing that is missing; a partition that is seen for the first time then may only have had
 * control records there. */
static void count_lost(struct mirrormaker_track *track, const struct mirrormaker_facts *facts)
{
    int64_t from = larger(track->next, track->lost_counted_until);

    if (facts->start <= track->next) {
        return;
    }
    if (facts->start > from && (track->judged || facts->start < facts->end)) {
        track->lost += (uint64_t)(facts->start - from);
    }
    track->lost_counted_until = larger(track->lost_counted_until, facts->start);
    if (facts->start == facts->end) {
        track->next = facts->start;
    }
}

/* `time` is proven, but not beyond the ceiling. */
static void prove(struct mirrormaker_track *track, double time, struct mirrormaker_result *result)
{
    if (track->blocked && track->next <= track->blocked_at) {
        time = fmin(time, track->ceiling);
    }
    track->has_recovery_point = true;
    track->recovery_point = time;
    result->has_recovery_point = true;
    result->recovery_point = time;
}

/* What is proven without looking at records; false: nothing. */
static bool find_lower_bound(const struct mirrormaker_track *track, double *ret_time)
{
    bool found = mirrormaker_track_not_beyond(track, track->next, ret_time);

    if (track->has_recovery_point) {
        *ret_time = found ? fmax(*ret_time, track->recovery_point) : track->recovery_point;
        found = true;
    }
    return found;
}

static void keep_recovery_point(const struct mirrormaker_track *track,
                                struct mirrormaker_result *result)
{
    result->has_recovery_point = track->has_recovery_point;
    result->recovery_point = track->recovery_point;
}

static void set_current(struct mirrormaker_track *track, double asked_at,
                        struct mirrormaker_result *result)
{
    track->blocked = false;
    result->state = MIRRORMAKER_CURRENT;
    result->gap = 0;
    result->wants_peek = false;
    prove(track, asked_at, result);
}

/* The clusters said all that is needed. */
static void judge_known(struct mirrormaker_track *track, const struct mirrormaker_facts *facts,
                        double asked_at, struct mirrormaker_result *result)
{
    double bound;

    if (track->copy_lost_before > 0) {
        result->state = MIRRORMAKER_COPY_LOST;
        return;
    }
    if (track->next >= facts->end) {
        set_current(track, asked_at, result);
        return;
    }
    if (find_lower_bound(track, &bound)) {
        prove(track, bound, result);
    }
    if (facts->start > track->next) {
        result->state = MIRRORMAKER_LOST;
        return;
    }
    result->state = track->has_progress ? MIRRORMAKER_BEHIND : MIRRORMAKER_UNMIRRORED;
    result->wants_peek = true;
    result->peek_offset = track->next;
}

struct mirrormaker_result mirrormaker_judge(struct mirrormaker_track *track,
                                            const struct mirrormaker_facts *facts, double asked_at)
{
    struct mirrormaker_result result = {.state = MIRRORMAKER_UNKNOWN};

    if (facts->source_known) {
        begin(track, facts->start, asked_at);
        /* An empty one misses nothing, whatever the rows are of. */
        if (track->recreated && facts->start < facts->end) {
            result.state = MIRRORMAKER_RECREATED;
            result.has_gap = true;
            result.gap = facts->end - facts->start;
            return result;
        }
        if (track->has_progress || facts->rows_known) {
            count_lost(track, facts);
            result.has_gap = true;
            result.gap = larger(0, facts->end - larger(track->next, facts->start));
            track->judged = true;
        }
    }
    check_copy(track, facts);
    if (facts->source_known && facts->rows_known && facts->copy != MIRRORMAKER_COPY_UNKNOWN) {
        judge_known(track, facts, asked_at, &result);
    } else {
        keep_recovery_point(track, &result);
    }
    return result;
}

/* A record is there that is not replicated. */
static void date_record(struct mirrormaker_track *track, const struct kafka_peek *peek,
                        bool transaction_is_open, double asked_at, double step,
                        struct mirrormaker_result *result)
{
    double stamp = (double)peek->timestamp_ms / 1000 - step;
    double low = 0;
    double high = asked_at;
    bool has_low = find_lower_bound(track, &low);

    if (!mirrormaker_track_beyond(track, track->next, &high)) {
        high = asked_at;
    }
    if (stamp > asked_at + FUTURE_SECONDS_MAX) {
        track->clock_is_ahead = true;
    }
    if (peek->timestamp_ms > 0 && stamp <= high + FUTURE_SECONDS_MAX && !track->clock_is_ahead) {
        stamp = fmin(stamp, high);
        low = has_low ? fmax(low, stamp) : stamp;
    } else if (!has_low) {
        if (!track->was_absent) {
            return;
        }
        low = track->absent_until;
    }
    prove(track, low, result);
    if (!transaction_is_open && (!track->blocked || track->next > track->blocked_at)) {
        track->blocked = true;
        track->blocked_at = peek->found_offset;
        track->ceiling = result->recovery_point;
    }
}

void mirrormaker_date(struct mirrormaker_track *track, const struct mirrormaker_facts *facts,
                      const struct kafka_peek *peek, bool transaction_is_open, double asked_at,
                      double step, struct mirrormaker_result *result)
{
    bool blocked = track->blocked && track->next <= track->blocked_at;
    bool end = peek->state == KAFKA_PEEK_END;
    bool record = peek->state == KAFKA_PEEK_RECORD;

    if ((!end && !record) || !result->wants_peek) {
        return;
    }
    /* Nothing lies between `next` and what was found, unless it is a record that was seen there
     * before and is gone. */
    if (end && !blocked) {
        track->next = larger(track->next, peek->end_offset);
    }
    if (!blocked && (track->next >= facts->end || (record && peek->found_offset >= facts->end))) {
        set_current(track, asked_at, result);
        return;
    }
    result->gap = larger(0, facts->end - track->next);
    if (record) {
        date_record(track, peek, transaction_is_open, asked_at, step, result);
    } else {
        double bound;

        result->peek_offset = track->next;
        if (find_lower_bound(track, &bound)) {
            prove(track, bound, result);
        }
    }
}
