/* SPDX-License-Identifier: Apache-2.0 */
/* From offsets to a recovery point of one partition, never newer than the truth.
 *
 * The order of the questions matters. What is compared with the end of the source's partition must
 * be known before the end is asked for, to see that it is another partition by the same name:
 * rows → ends → rows again → ends of the copy. A record that is produced after the ends were asked
 * for is not claimed to be replicated, because the claim is dated before that; one that the second
 * reading of the rows counts is at the target already. The end of the copy is asked for last, so
 * that it is behind everything that the rows say of it. */

#ifndef COLLECTORS_MIRRORMAKER_EVIDENCE_H
#define COLLECTORS_MIRRORMAKER_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "collectors/kafka_client.h"
#include "collectors/mirrormaker_progress.h"
#include "collectors/mirrormaker_track.h"

/* Also the values of the label `state`, in this order; the later, the worse. */
enum mirrormaker_state {
    MIRRORMAKER_CURRENT,    /* Everything is replicated. */
    MIRRORMAKER_BEHIND,     /* There are records that are not replicated. */
    MIRRORMAKER_STALLED,    /* The same, and for too long none was. */
    MIRRORMAKER_UNMIRRORED, /* There are records, and none was ever replicated. */
    MIRRORMAKER_UNKNOWN,    /* One of the clusters did not say how it is. */
    MIRRORMAKER_LOST,       /* Records were removed before they were replicated, and MirrorMaker has
                               not gone past them. */
    MIRRORMAKER_RECREATED,  /* Not the partition of which MirrorMaker's offsets are. */
    MIRRORMAKER_COPY_LOST,  /* The copy does not have what MirrorMaker once wrote there. */
    MIRRORMAKER_STATE_COUNT
};

enum mirrormaker_copy { MIRRORMAKER_COPY_UNKNOWN, MIRRORMAKER_COPY_ABSENT, MIRRORMAKER_COPY_THERE };

/* What one collection found out about a partition. */
struct mirrormaker_facts {
    bool source_known;
    int64_t start; /* Of the source's partition. */
    int64_t end;
    bool rows_known; /* All rows were read before the ends were asked for. */
    struct mirrormaker_position position;
    enum mirrormaker_copy copy;
    int64_t copy_start; /* If it is there. */
    int64_t copy_end;
};

struct mirrormaker_result {
    enum mirrormaker_state state;
    bool has_gap;
    int64_t gap; /* Records between what is replicated and the end, control records included. */
    bool has_recovery_point;
    double recovery_point;
    bool wants_peek; /* The record at `peek_offset` would tell more. */
    int64_t peek_offset;
};

/* Takes in what the rows say. A position that went back means that MirrorMaker began again. */
void mirrormaker_take_position(struct mirrormaker_track *track,
                               const struct mirrormaker_position *position, double now);

/* Takes in start and end, asked for after `asked_at`. An end before what was replicated, or before
 * an earlier end, means that the topic was created anew, or that the source lost records. */
void mirrormaker_take_ends(struct mirrormaker_track *track, int64_t start, int64_t end,
                           double asked_at);

/* Works out how the partition is, and a recovery point as far as that goes without looking at
 * records:
 * - `asked_at` if nothing is missing;
 * - else the newest instant at which the end was not beyond what is replicated;
 * - what was proven once stays true as long as nothing goes back. */
struct mirrormaker_result mirrormaker_judge(struct mirrormaker_track *track,
                                            const struct mirrormaker_facts *facts, double asked_at);

/* Improves the result by the first record that is not replicated, which was looked for at
 * result->peek_offset. Its timestamp is from a producer's clock, or the broker's; it is only
 * believed between the newest instant at which the record was not there and the oldest at which it
 * was. Without the former, so of a backlog that is older than our first look, it must be after 1970
 * and not after the latter; a producer whose clock is ahead then makes the recovery point newer
 * than the truth by as much, until MirrorMaker has replicated what was there at the first look. A
 * partition in which a record of the future was found is not believed any more. When there is no
 * record (but control records and what was aborted), nothing is missing. `transaction_is_open` if
 * the record is of a transaction that may still be aborted. `step` is what clock_step_seconds()
 * says.
 */
void mirrormaker_date(struct mirrormaker_track *track, const struct mirrormaker_facts *facts,
                      const struct kafka_peek *peek, bool transaction_is_open, double asked_at,
                      double step, struct mirrormaker_result *result);

extern const char *const mirrormaker_state_names[MIRRORMAKER_STATE_COUNT];

#endif
