/* SPDX-License-Identifier: Apache-2.0 */
/* One partition that MirrorMaker copies, and rounds of looking at it. */

#ifndef TESTS_UNIT_MIRRORMAKER_FIXTURE_H
#define TESTS_UNIT_MIRRORMAKER_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/mirrormaker_evidence.h"

#define NOW 1700000000.0

/* What a round is told. */
struct round {
    double time;
    int64_t start;
    int64_t end;
    bool replicated;
    int64_t last; /* N. */
    int64_t row_time_ms;
    int64_t copy_start;
    int64_t copy_end;
    bool no_source;
    bool no_target;
    bool no_copy;
};

/* All is replicated. */
static inline struct round current(double time)
{
    return (struct round){
        .time = time, .end = 1000, .replicated = true, .last = 999, .row_time_ms = 60000};
}

static inline struct mirrormaker_track *new_track(void)
{
    struct mirrormaker_track *track = calloc(1, sizeof *track);

    assert_non_null(track);
    return track;
}

static inline struct mirrormaker_facts facts_of(const struct round *round)
{
    return (struct mirrormaker_facts){
        .source_known = !round->no_source,
        .start = round->start,
        .end = round->end,
        .rows_known = true,
        .position = {.known = round->replicated,
                     .next = round->last + 1,
                     .offset = round->last,
                     .offset_time_ms = round->row_time_ms},
        .copy = round->no_target ? MIRRORMAKER_COPY_UNKNOWN
                : round->no_copy ? MIRRORMAKER_COPY_ABSENT
                                 : MIRRORMAKER_COPY_THERE,
        .copy_start = round->copy_start,
        .copy_end = round->copy_end != 0 ? round->copy_end : round->last + 1,
    };
}

/* The end is asked for between two readings of the rows, which say the same. */
static inline struct mirrormaker_result look(struct mirrormaker_track *track, struct round round)
{
    struct mirrormaker_facts facts = facts_of(&round);

    mirrormaker_take_position(track, &facts.position, round.time);
    if (facts.source_known) {
        mirrormaker_take_ends(track, facts.start, facts.end, round.time);
    }
    mirrormaker_take_position(track, &facts.position, round.time);
    return mirrormaker_judge(track, &facts, round.time);
}

static inline void find_record(struct mirrormaker_track *track, struct round round,
                               int64_t found_offset, double stamp,
                               struct mirrormaker_result *result)
{
    struct mirrormaker_facts facts = facts_of(&round);
    struct kafka_peek peek = {.offset = result->peek_offset,
                              .state = KAFKA_PEEK_RECORD,
                              .found_offset = found_offset,
                              .timestamp_ms = stamp < 0 ? -1 : (int64_t)llround(stamp * 1000)};

    mirrormaker_date(track, &facts, &peek, false, round.time, 0, result);
}

static inline void find_nothing(struct mirrormaker_track *track, struct round round,
                                int64_t end_offset, struct mirrormaker_result *result)
{
    struct mirrormaker_facts facts = facts_of(&round);
    struct kafka_peek peek = {
        .offset = result->peek_offset, .state = KAFKA_PEEK_END, .end_offset = end_offset};

    mirrormaker_date(track, &facts, &peek, false, round.time, 0, result);
}

static inline void assert_recovery_point(const struct mirrormaker_result *result, double expected)
{
    assert_true(result->has_recovery_point);
    assert_true(fabs(result->recovery_point - expected) < 0.002);
}

#endif
