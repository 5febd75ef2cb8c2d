/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the two clusters: rows, partitions, ends. */

#include <stdlib.h>
#include <string.h>

#include "collectors/mirrormaker_round.h"
#include "exporter/clock.h"

struct deadline mirrormaker_share(const struct mirrormaker_round *round, int percent)
{
    const struct deadline *all = &round->collection->deadline;

    return deadline_within(all, deadline_remaining_ms(all) * percent / 100);
}

void mirrormaker_note_problem(struct mirrormaker_round *round, const struct error *error)
{
    if (round->complete) {
        *round->error = *error;
    }
    round->complete = false;
}

/* --- Rows. --- */

static void take_offset(void *context, const struct kafka_record *record)
{
    struct mirrormaker_round *round = context;
    const struct mirrormaker_session *session = round->session;
    struct mirrormaker_offset_row row;

    round->memory->rows++;
    if (mirrormaker_offset_row_read(record->key, record->key_length, record->value,
                                    record->value_length, &row) &&
        strcmp(row.cluster.text, session->settings->source_alias) == 0 &&
        mirrormaker_wants_connector(&session->policy, row.connector.text) &&
        mirrormaker_wants_topic(&session->policy, row.topic.text)) {
        mirrormaker_progress_add_offset(session->progress, &row, record->timestamp_ms);
    }
}

static void take_sync(void *context, const struct kafka_record *record)
{
    const struct mirrormaker_round *round = context;
    const struct mirrormaker_session *session = round->session;
    struct mirrormaker_sync_row row;

    if (mirrormaker_sync_row_read(record->key, record->key_length, record->value,
                                  record->value_length, &row) &&
        mirrormaker_wants_topic(&session->policy, row.topic.text)) {
        mirrormaker_progress_add_sync(session->progress, &row, record->timestamp_ms);
    }
}

static void take_checkpoint(void *context, const struct kafka_record *record)
{
    const struct mirrormaker_round *round = context;
    const struct mirrormaker_session *session = round->session;
    struct mirrormaker_checkpoint_row row;

    if (mirrormaker_checkpoint_row_read(record->key, record->key_length, record->value,
                                        record->value_length, &row) &&
        mirrormaker_wants_group(&session->policy, row.group.text) &&
        mirrormaker_wants_remote_topic(&session->policy, row.topic.text)) {
        mirrormaker_checkpoints_add(session->checkpoint_rows, &row, record->timestamp_ms);
    }
}

/* A row that comes behind a restart belongs to the new beginning, so that what was before has to
 * be forgotten first: the tail tells of a restart before it delivers. */
struct reading_book {
    struct mirrormaker_round *round;
    struct mirrormaker_book *book;
    kafka_row *take;
    bool restarted; /* Set by the tail. */
    bool forgotten;
};

static void forget_rows(struct reading_book *reading)
{
    struct mirrormaker_session *session = reading->round->session;

    reading->forgotten = true;
    reading->book->ready = false;
    if (reading->book == &session->offsets) {
        mirrormaker_progress_clear_offsets(session->progress);
    } else if (reading->book == &session->syncs) {
        mirrormaker_progress_clear_syncs(session->progress);
    } else {
        mirrormaker_checkpoints_clear(session->checkpoint_rows);
    }
}

static void take_row(void *context, const struct kafka_record *record)
{
    struct reading_book *reading = context;

    if (reading->restarted && !reading->forgotten) {
        forget_rows(reading);
    }
    reading->take(reading->round, record);
}

static bool read_book(struct mirrormaker_round *round, struct mirrormaker_book *book,
                      kafka_row *take, const struct deadline *deadline, struct error *error)
{
    struct reading_book reading = {.round = round, .book = book, .take = take};
    bool complete =
        kafka_tail_read(book->tail, take_row, &reading, deadline, &reading.restarted, error);

    if (reading.restarted && !reading.forgotten) {
        forget_rows(&reading);
    }
    book->ready = book->ready || complete;
    book->absent = !complete && error->kind == ERROR_NOT_FOUND;
    return complete;
}

static bool check_connectors(struct mirrormaker_round *round)
{
    const struct mirrormaker_session *session = round->session;
    const char *const *names;
    size_t count = mirrormaker_progress_connectors(session->progress, &names);
    struct error error;

    if (mirrormaker_progress_overflowed(session->progress)) {
        (void)error_set(&error, ERROR_INTERNAL,
                        "more than %d partitions or %d connectors have rows in %s; narrow "
                        "\"topics\" or \"connector\", and use several sources",
                        MIRRORMAKER_PARTITIONS_MAX, MIRRORMAKER_CONNECTORS_MAX,
                        session->names.offsets);
    } else if (count > 1 && session->settings->connector == NULL) {
        (void)error_set(&error, ERROR_INCONSISTENT,
                        "connectors \"%s\" and \"%s\" both have rows for cluster %s in %s; say "
                        "with \"connector\" which copies to %s (an expression, if several do)",
                        names[0], names[1], session->settings->source_alias, session->names.offsets,
                        session->settings->target_alias);
    } else {
        return true;
    }
    mirrormaker_note_problem(round, &error);
    return false;
}

void mirrormaker_read_rows(struct mirrormaker_round *round, const struct deadline *deadline)
{
    struct mirrormaker_session *session = round->session;
    struct error error = {.kind = ERROR_NONE};

    if (!read_book(round, &session->offsets, take_offset, deadline, &error)) {
        round->target_up = round->target_up && error.kind == ERROR_NOT_FOUND;
        (void)error_prefix(&error, "target: offsets_topic");
        mirrormaker_note_problem(round, &error);
    } else {
        (void)check_connectors(round);
    }
    /* MirrorMaker need not write offset syncs; without them N alone tells. */
    if (!read_book(round, &session->syncs, take_sync, deadline, &error) &&
        error.kind != ERROR_NOT_FOUND) {
        (void)error_prefix(&error, mirrormaker_syncs_at_target(session->settings)
                                       ? "target: offset_syncs_topic"
                                       : "source: offset_syncs_topic");
        mirrormaker_note_problem(round, &error);
    }
    if (session->checkpoints.tail == NULL) {
        return;
    }
    round->checkpoints_read =
        read_book(round, &session->checkpoints, take_checkpoint, deadline, &error);
    if (!round->checkpoints_read) {
        (void)error_prefix(&error, "target: checkpoints_topic");
        mirrormaker_note_problem(round, &error);
    }
}

/* --- Partitions. --- */

static bool wants_topic(void *context, const char *topic)
{
    return mirrormaker_wants_topic(context, topic);
}

static bool wants_copy(void *context, const char *topic)
{
    const struct mirrormaker_session *session = context;

    return mirrormaker_wants_remote_topic(&session->policy, topic) ||
           strcmp(topic, session->names.heartbeats) == 0;
}

static bool check_size(const struct kafka_layout *layout, struct error *error)
{
    return layout->partition_count <= MIRRORMAKER_PARTITIONS_MAX ||
           error_set(error, ERROR_INTERNAL,
                     "%zu partitions are more than the %d that are looked at; split \"topics\" "
                     "among several sources",
                     layout->partition_count, MIRRORMAKER_PARTITIONS_MAX);
}

static bool list_source(struct mirrormaker_round *round, const struct deadline *deadline,
                        struct error *error)
{
    struct mirrormaker_session *session = round->session;
    struct kafka_layout *layout = &round->source;

    round->asked_at = clock_unix_seconds();
    if (!kafka_layout_read(session->source, round->scratch, wants_topic, &session->policy, deadline,
                           layout, error) ||
        !check_size(layout, error)) {
        return false;
    }
    round->source_listed = true;
    return true;
}

static void follow(struct mirrormaker_round *round)
{
    const struct kafka_layout *layout = &round->source;
    struct mirrormaker_place *places =
        arena_alloc_array(round->scratch, layout->partition_count + 1, sizeof *places);

    for (size_t i = 0; i < layout->partition_count; i++) {
        places[i] = (struct mirrormaker_place){layout->partitions[i].topic,
                                               layout->partitions[i].partition};
    }
    mirrormaker_tracks_follow(&round->memory->tracks, places, layout->partition_count,
                              round->asked_at);
}

void mirrormaker_ask_source(struct mirrormaker_round *round, const struct deadline *deadline)
{
    struct mirrormaker_session *session = round->session;
    struct error error;

    if (!list_source(round, deadline, &error) ||
        !kafka_watermarks(session->source, &round->source,
                          mirrormaker_reads_committed(session->settings), deadline, &error)) {
        round->source_up = false;
        (void)error_prefix(&error, "source");
        mirrormaker_note_problem(round, &error);
    }
    if (round->source_listed) {
        mirrormaker_missing_note(&round->memory->missing, &round->memory->tracks, &round->source);
        follow(round);
        mirrormaker_missing_settle(&round->memory->missing, &round->memory->tracks, &round->source);
    }
}

void mirrormaker_ask_target(struct mirrormaker_round *round, const struct deadline *deadline)
{
    struct mirrormaker_session *session = round->session;
    struct error error;

    round->target_listed = kafka_layout_read(session->target, round->scratch, wants_copy, session,
                                             deadline, &round->target, &error) &&
                           check_size(&round->target, &error);
    if (!round->target_listed ||
        !kafka_watermarks(session->target, &round->target, false, deadline, &error)) {
        round->target_up = false;
        (void)error_prefix(&error, "target");
        mirrormaker_note_problem(round, &error);
    }
}

static int compare_partitions(const void *a, const void *b)
{
    const struct kafka_partition *left = a;
    const struct kafka_partition *right = b;

    return mirrormaker_place_compare(left->topic, left->partition, right->topic, right->partition);
}

const struct kafka_partition *mirrormaker_find_partition(const struct kafka_layout *layout,
                                                         const char *topic, int32_t partition)
{
    const struct kafka_partition key = {.topic = topic, .partition = partition};

    return layout->partition_count == 0 ? NULL
                                        : bsearch(&key, layout->partitions, layout->partition_count,
                                                  sizeof *layout->partitions, compare_partitions);
}
