/* SPDX-License-Identifier: Apache-2.0 */
/* From the results of all partitions to samples and evidence of the source. */

#include <math.h>
#include <string.h>

#include "collectors/mirrormaker_metrics.h"
#include "collectors/mirrormaker_round.h"
#include "exporter/clock.h"

/* All partitions together. */
struct sum {
    size_t counts[MIRRORMAKER_STATE_COUNT];
    const struct mirrormaker_track *first[MIRRORMAKER_STATE_COUNT];
    size_t undated;
    double oldest;
    bool replicated; /* Anything ever was. */
};

/* A partition that is behind is stalled when nothing was replicated for too long. */
static void find_stalled(struct mirrormaker_round *round)
{
    double limit = (double)round->session->settings->stalled_after_ms / 1000;

    for (size_t i = 0; i < round->memory->tracks.count; i++) {
        const struct mirrormaker_track *track = round->memory->tracks.items[i];
        struct mirrormaker_result *result = &round->results[i];

        if (result->state == MIRRORMAKER_BEHIND && round->asked_at - track->moved_at > limit &&
            result->has_recovery_point && round->asked_at - result->recovery_point > limit) {
            result->state = MIRRORMAKER_STALLED;
        }
    }
}

static struct sum add_up(const struct mirrormaker_round *round)
{
    struct sum sum = {.oldest = INFINITY};

    for (size_t i = 0; i < round->memory->tracks.count; i++) {
        const struct mirrormaker_track *track = round->memory->tracks.items[i];
        const struct mirrormaker_result *result = &round->results[i];

        if (sum.counts[result->state]++ == 0) {
            sum.first[result->state] = track;
        }
        if (result->has_recovery_point) {
            sum.oldest = fmin(sum.oldest, result->recovery_point);
        } else {
            sum.undated++;
        }
        sum.replicated = sum.replicated || track->has_progress || track->recreated;
    }
    return sum;
}

/* What is wrong with partitions although everybody answered. */
static void note_inconsistency(struct mirrormaker_round *round, const struct sum *sum,
                               enum mirrormaker_state state, const char *what)
{
    struct error error;

    if (sum->counts[state] > 0) {
        (void)error_set(&error, ERROR_INCONSISTENT, "%s/%d%s: %s", sum->first[state]->topic,
                        (int)sum->first[state]->partition,
                        sum->counts[state] > 1 ? " and others" : "", what);
        mirrormaker_note_problem(round, &error);
    }
}

/* Both clusters answered, but not about all partitions. */
static void note_unknown(struct mirrormaker_round *round, const struct sum *sum)
{
    const struct mirrormaker_track *track = sum->first[MIRRORMAKER_UNKNOWN];
    struct error error;

    if (round->complete && track != NULL) {
        (void)error_set(
            &error, ERROR_CONNECT,
            "%zu partitions are unknown, the first %s/%d: it or its copy has no leader; "
            "is a broker down?",
            sum->counts[MIRRORMAKER_UNKNOWN], track->topic, (int)track->partition);
        mirrormaker_note_problem(round, &error);
    }
}

static void note_problems(struct mirrormaker_round *round, const struct sum *sum)
{
    struct error error;

    note_unknown(round, sum);
    note_inconsistency(round, sum, MIRRORMAKER_COPY_LOST,
                       "the target does not have what MirrorMaker has replicated; was the copy "
                       "deleted? Have it replicated anew (delete the connector's offsets), or "
                       "grant Describe on it");
    note_inconsistency(round, sum, MIRRORMAKER_RECREATED,
                       "the source has another topic by this name than the one that MirrorMaker "
                       "has replicated, or has lost records; nothing of it is known to be "
                       "replicated");
    note_inconsistency(round, sum, MIRRORMAKER_LOST,
                       "retention removed records at the source before they were replicated");
    if (round->complete && sum->undated > 0 && sum->replicated) {
        (void)error_set(&error, ERROR_TIMEOUT,
                        "the age of what is not replicated is not known yet for %zu of %zu "
                        "partitions; wait, or raise \"timeout\" or \"peeks_max\"",
                        sum->undated, round->memory->tracks.count);
        mirrormaker_note_problem(round, &error);
    }
}

/* A copy without a leader has nothing for anybody, however well it was replicated. */
static bool all_copies_answered(const struct mirrormaker_round *round)
{
    bool answered = round->target_up;

    for (size_t i = 0; i < round->memory->tracks.count; i++) {
        answered = answered && round->facts[i].copy != MIRRORMAKER_COPY_UNKNOWN;
    }
    return answered;
}

static void prove(struct mirrormaker_round *round, const struct sum *sum)
{
    struct evidence *evidence = round->collection->evidence;

    /* A producer has its acknowledgement long before MirrorMaker sees the record. */
    evidence->zero_data_loss = ANSWER_NO;
    evidence->origin_answered = round->source_listed;
    evidence->copy_answered = all_copies_answered(round);
    if (round->memory->tracks.count == 0) {
        return;
    }
    if (round->complete && !sum->replicated && sum->counts[MIRRORMAKER_UNMIRRORED] > 0) {
        evidence->nothing_to_restore = arena_printf(
            round->collection->arena,
            "MirrorMaker has replicated nothing of %s: no connector has a row for it in %s (see "
            "offsets_topic, source_alias, connector)",
            sum->first[MIRRORMAKER_UNMIRRORED]->topic, round->session->names.offsets);
        return;
    }
    if (sum->undated > 0 || mirrormaker_missing_count(&round->memory->missing) > 0) {
        return;
    }
    evidence->has_recovery_point = true;
    evidence->recovery_point = sum->oldest;
    evidence->has_lag = round->complete;
    evidence->lag_seconds = fmax(0, round->asked_at - sum->oldest);
}

static void add_heartbeat(const struct mirrormaker_round *round)
{
    const struct mirrormaker_memory *memory = round->memory;
    struct samples *samples = round->collection->samples;
    double now = clock_unix_seconds();
    double made = (double)memory->heartbeat_ms / 1000 - clock_step_seconds();

    samples_add(samples, MIRRORMAKER_HEARTBEAT_MAX_AGE,
                (double)round->session->settings->heartbeat_max_age_ms / 1000);
    if (memory->has_heartbeat) {
        samples_add(samples, MIRRORMAKER_HEARTBEAT_AGE,
                    fmax(now - made, now - memory->heartbeat_seen));
    }
}

static void add_ends(const struct mirrormaker_round *round)
{
    struct samples *samples = round->collection->samples;
    size_t vanished = mirrormaker_missing_count(&round->memory->missing);
    const char *const source[] = {"source"};
    const char *const target[] = {"target"};

    samples_add_labelled(samples, MIRRORMAKER_END_UP, round->source_up ? 1 : 0, source);
    samples_add_labelled(samples, MIRRORMAKER_END_UP, round->target_up ? 1 : 0, target);
    if (round->source_listed) {
        samples_add_labelled(samples, MIRRORMAKER_BROKERS, (double)round->source.broker_count,
                             source);
    }
    if (round->target_listed) {
        samples_add_labelled(samples, MIRRORMAKER_BROKERS, (double)round->target.broker_count,
                             target);
    }
    /* That none is missing only its list can tell. */
    if (round->source_listed || vanished > 0) {
        samples_add(samples, MIRRORMAKER_TOPICS_VANISHED, (double)vanished);
    }
    samples_add(samples, MIRRORMAKER_OFFSETS_ROWS, (double)round->memory->rows);
}

static void add_open_transactions(const struct mirrormaker_round *round)
{
    int64_t records = 0;

    if (!round->source_listed || !mirrormaker_reads_committed(round->session->settings)) {
        return;
    }
    for (size_t i = 0; i < round->source.partition_count; i++) {
        const struct kafka_partition *partition = &round->source.partitions[i];

        if (!partition->end.known || !partition->stable_end.known) {
            return;
        }
        if (partition->end.value > partition->stable_end.value) {
            records += partition->end.value - partition->stable_end.value;
        }
    }
    samples_add(round->collection->samples, MIRRORMAKER_OPEN_TRANSACTION_RECORDS, (double)records);
}

void mirrormaker_conclude(struct mirrormaker_round *round)
{
    const struct mirrormaker_settings *settings = round->session->settings;
    const struct mirrormaker_picture picture = {
        .tracks = &round->memory->tracks,
        .results = round->results,
        .asked_at = round->asked_at,
        .topics_shown_max = (size_t)settings->topics_shown_max,
        .per_partition = settings->per_partition,
    };
    struct sum sum;

    find_stalled(round);
    sum = add_up(round);
    note_problems(round, &sum);
    prove(round, &sum);
    add_ends(round);
    add_heartbeat(round);
    add_open_transactions(round);
    if (round->memory->tracks.count > 0) {
        mirrormaker_add_topics(round->collection->samples, round->scratch, &picture);
    }
}
