/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at single records: the oldest that is not replicated, the newest heartbeat. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/mirrormaker_round.h"
#include "exporter/clock.h"

/* A partition whose record tells more. */
struct candidate {
    size_t index;
    double urgency; /* Its recovery point so far; the smallest first. */
};

static int compare_urgency(const void *a, const void *b)
{
    const struct candidate *left = a;
    const struct candidate *right = b;

    if (left->urgency < right->urgency || left->urgency > right->urgency) {
        return left->urgency < right->urgency ? -1 : 1;
    }
    return (left->index > right->index) - (left->index < right->index);
}

/* Those without any recovery point first, because the source has none until they do; then the
 * oldest, because they decide. At most peeks_max. */
static size_t choose(const struct mirrormaker_round *round, struct candidate *candidates)
{
    const struct mirrormaker_settings *settings = round->session->settings;
    size_t count = 0;

    for (size_t i = 0; i < round->memory->tracks.count; i++) {
        const struct mirrormaker_result *result = &round->results[i];

        if (result->wants_peek) {
            candidates[count++] = (struct candidate){
                i, result->has_recovery_point ? result->recovery_point : -INFINITY};
        }
    }
    qsort(candidates, count, sizeof *candidates, compare_urgency);
    return count > (size_t)settings->peeks_max ? (size_t)settings->peeks_max : count;
}

static struct kafka_peek *prepare(const struct mirrormaker_round *round,
                                  const struct candidate *candidates, size_t count)
{
    struct kafka_peek *peeks = arena_alloc_array(round->scratch, count + 1, sizeof *peeks);

    for (size_t i = 0; i < count; i++) {
        const struct mirrormaker_track *track = round->memory->tracks.items[candidates[i].index];

        peeks[i] = (struct kafka_peek){
            .topic = track->topic,
            .partition = track->partition,
            .offset = round->results[candidates[i].index].peek_offset,
        };
    }
    return peeks;
}

static void peek(struct mirrormaker_round *round, const struct candidate *candidates, size_t count,
                 bool committed, bool transaction_is_open, const struct deadline *deadline)
{
    struct kafka_peek *peeks = prepare(round, candidates, count);
    struct error error;

    if (count == 0) {
        return;
    }
    if (!kafka_peek(round->session->source, peeks, count, committed, deadline, &error)) {
        (void)error_prefix(&error, "source");
        mirrormaker_note_problem(round, &error);
    }
    for (size_t i = 0; i < count; i++) {
        size_t index = candidates[i].index;

        mirrormaker_date(round->memory->tracks.items[index], &round->facts[index], &peeks[i],
                         transaction_is_open, round->asked_at, clock_step_seconds(),
                         &round->results[index]);
    }
}

/* Of those that were looked at, the ones where a read_committed consumer sees nothing although the
 * end is further: a transaction is open there. Its first record dates them. */
static size_t keep_open_transactions(const struct mirrormaker_round *round,
                                     struct candidate *candidates, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        const struct mirrormaker_track *track = round->memory->tracks.items[candidates[i].index];
        const struct kafka_partition *partition = &round->source.partitions[candidates[i].index];

        if (round->results[candidates[i].index].wants_peek && partition->stable_end.known &&
            track->next >= partition->stable_end.value) {
            candidates[kept++] = candidates[i];
        }
    }
    return kept;
}

void mirrormaker_look_at_records(struct mirrormaker_round *round, const struct deadline *deadline)
{
    bool committed = mirrormaker_reads_committed(round->session->settings);
    struct candidate *candidates;
    size_t count;

    if (!round->source_listed) {
        return;
    }
    candidates =
        arena_alloc_array(round->scratch, round->memory->tracks.count + 1, sizeof *candidates);
    count = choose(round, candidates);
    peek(round, candidates, count, committed, false, deadline);
    if (committed) {
        count = keep_open_transactions(round, candidates, count);
        peek(round, candidates, count, false, true, deadline);
    }
}

/* --- Heartbeats. --- */

/* The timestamp of the record at `offset` or behind; false if there is none. */
static bool date_heartbeat(struct mirrormaker_round *round, const struct kafka_partition *partition,
                           int64_t offset, const struct deadline *deadline, int64_t *ret_ms)
{
    struct kafka_peek peek = {
        .topic = partition->topic, .partition = partition->partition, .offset = offset};
    struct error error;

    if (!kafka_peek(round->session->target, &peek, 1, false, deadline, &error) ||
        peek.state != KAFKA_PEEK_RECORD || peek.timestamp_ms < 0) {
        return false;
    }
    *ret_ms = peek.timestamp_ms;
    return true;
}

void mirrormaker_look_at_heartbeat(struct mirrormaker_round *round, const struct deadline *deadline)
{
    struct mirrormaker_memory *memory = round->memory;
    const struct kafka_partition *partition =
        mirrormaker_find_partition(&round->target, round->session->names.heartbeats, 0);
    int64_t time_ms;

    if (!round->target_listed || partition == NULL || !partition->start.known ||
        !partition->end.known || partition->end.value == partition->start.value) {
        return;
    }
    /* With exactly-once each record is followed by the marker that commits it. */
    if (!date_heartbeat(round, partition, partition->end.value - 1, deadline, &time_ms) &&
        (partition->end.value - 2 < partition->start.value ||
         !date_heartbeat(round, partition, partition->end.value - 2, deadline, &time_ms))) {
        return;
    }
    if (!memory->has_heartbeat || memory->heartbeat_ms != time_ms) {
        memory->has_heartbeat = true;
        memory->heartbeat_ms = time_ms;
        memory->heartbeat_seen = clock_unix_seconds();
    }
}
