/* SPDX-License-Identifier: Apache-2.0 */
/* Kafka topics that MirrorMaker 2 copies: what is not in the DR region yet, in records and time. */

#include "collectors/mirrormaker.h"

#include <stdlib.h>

#include "collectors/mirrormaker_metrics.h"
#include "collectors/mirrormaker_round.h"
#include "exporter/cleanup.h"

static void close_session(void *data)
{
    struct mirrormaker_session *session = data;

    kafka_tail_free(session->offsets.tail);
    kafka_tail_free(session->syncs.tail);
    kafka_tail_free(session->checkpoints.tail);
    kafka_client_free(session->source);
    kafka_client_free(session->target);
    mirrormaker_progress_free(session->progress);
    mirrormaker_checkpoints_free(session->checkpoint_rows);
    mirrormaker_policy_release(&session->policy);
    arena_free(session->arena);
    free(session);
}

/* The clients copy what they need of it. */
static bool open_clients(struct mirrormaker_session *session, struct error *error)
{
    const struct mirrormaker_settings *own = session->settings;
    const struct kafka_target source = {own->source_brokers, own->source_properties,
                                        own->source_password_file, own->source_key_password_file};
    const struct kafka_target target = {own->target_brokers, own->target_properties,
                                        own->target_password_file, own->target_key_password_file};

    if (!kafka_client_open(&source, &session->source, error)) {
        return error_prefix(error, "source");
    }
    return kafka_client_open(&target, &session->target, error) || error_prefix(error, "target");
}

static void open_books(struct mirrormaker_session *session)
{
    bool at_target = mirrormaker_syncs_at_target(session->settings);

    session->offsets.tail = kafka_tail_new(session->target, session->names.offsets);
    session->syncs.tail =
        kafka_tail_new(at_target ? session->target : session->source, session->names.offset_syncs);
    if (session->policy.groups != NULL) {
        session->checkpoints.tail = kafka_tail_new(session->target, session->names.checkpoints);
    }
}

static void *open_session(const void *settings, const struct deadline *deadline,
                          struct error *error)
{
    const struct mirrormaker_settings *own = settings;
    struct mirrormaker_session *session = calloc(1, sizeof *session);

    /* Either cluster may be lost, so reaching them is part of each collection. */
    (void)deadline;
    if (session == NULL) {
        abort();
    }
    session->settings = own;
    session->arena = arena_new();
    session->names = mirrormaker_names_make(own, session->arena);
    session->progress = mirrormaker_progress_new();
    session->checkpoint_rows = mirrormaker_checkpoints_new();
    if (!mirrormaker_policy_init(&session->policy, own, error) || !open_clients(session, error)) {
        close_session(session);
        return NULL;
    }
    open_books(session);
    return session;
}

/* Rows are only compared with the source when all of them are there. */
static bool has_all_rows(const struct mirrormaker_session *session)
{
    return session->offsets.ready && (session->syncs.ready || session->syncs.absent);
}

/* What the rows say of each partition; before the ends of this round were asked for, or after. */
static void take_positions(struct mirrormaker_round *round)
{
    const struct mirrormaker_tracks *tracks = &round->memory->tracks;

    for (size_t i = 0; round->rows_known && i < tracks->count; i++) {
        struct mirrormaker_track *track = tracks->items[i];
        struct mirrormaker_position *position = &round->facts[i].position;

        *position =
            mirrormaker_progress_find(round->session->progress, track->topic, track->partition);
        mirrormaker_take_position(track, position, round->asked_at);
    }
}

static void take_ends(struct mirrormaker_round *round)
{
    for (size_t i = 0; round->source_listed && i < round->memory->tracks.count; i++) {
        const struct kafka_partition *partition = &round->source.partitions[i];
        struct mirrormaker_facts *facts = &round->facts[i];

        facts->source_known = partition->start.known && partition->end.known;
        if (facts->source_known) {
            facts->start = partition->start.value;
            facts->end = partition->end.value;
            mirrormaker_take_ends(round->memory->tracks.items[i], facts->start, facts->end,
                                  round->asked_at);
        }
    }
}

static void take_copies(struct mirrormaker_round *round)
{
    const struct mirrormaker_policy *policy = &round->session->policy;
    const char *topic = NULL;
    const char *remote = NULL;

    for (size_t i = 0; i < round->memory->tracks.count; i++) {
        const struct mirrormaker_track *track = round->memory->tracks.items[i];
        struct mirrormaker_facts *facts = &round->facts[i];
        const struct kafka_partition *copy;

        facts->rows_known = round->rows_known;
        if (!round->target_listed) {
            continue;
        }
        if (topic == NULL || mirrormaker_place_compare(topic, 0, track->topic, 0) != 0) {
            topic = track->topic;
            remote = mirrormaker_remote_topic(policy, round->scratch, topic);
        }
        copy = mirrormaker_find_partition(&round->target, remote, track->partition);
        if (copy == NULL) {
            facts->copy = MIRRORMAKER_COPY_ABSENT;
        } else if (copy->start.known && copy->end.known) {
            facts->copy = MIRRORMAKER_COPY_THERE;
            facts->copy_start = copy->start.value;
            facts->copy_end = copy->end.value;
        }
    }
}

/* The order of the questions: see mirrormaker_evidence.h. */
static void ask_all(struct mirrormaker_round *round)
{
    struct mirrormaker_session *session = round->session;
    struct deadline share = mirrormaker_share(round, 50);
    bool had_all_rows = has_all_rows(session);
    size_t count;

    if (!had_all_rows) {
        mirrormaker_read_rows(round, &share);
    }
    round->rows_known = has_all_rows(session);
    share = mirrormaker_share(round, 40);
    mirrormaker_ask_source(round, &share);
    count = round->memory->tracks.count + 1;
    round->facts = arena_alloc_array(round->scratch, count, sizeof *round->facts);
    round->results = arena_alloc_array(round->scratch, count, sizeof *round->results);
    take_positions(round);
    take_ends(round);
    if (round->rows_known) {
        share = mirrormaker_share(round, 40);
        mirrormaker_read_rows(round, &share);
        round->rows_known = has_all_rows(session);
        take_positions(round);
    }
    share = mirrormaker_share(round, 30);
    mirrormaker_look_after_missing(round, &share);
    share = mirrormaker_share(round, 50);
    mirrormaker_ask_target(round, &share);
    take_copies(round);
    for (size_t i = 0; i + 1 < count; i++) {
        round->results[i] =
            mirrormaker_judge(round->memory->tracks.items[i], &round->facts[i], round->asked_at);
    }
    share = mirrormaker_share(round, 60);
    mirrormaker_look_at_records(round, &share);
}

static bool collect(void *data, struct collection *collection, struct error *error)
{
    CLEANUP(free_arena) struct arena *scratch = arena_new();
    struct mirrormaker_round round = {
        .session = data,
        .memory = collection->memory,
        .collection = collection,
        .scratch = scratch,
        .complete = true,
        .error = error,
        .source_up = true,
        .target_up = true,
    };
    struct deadline share;

    ask_all(&round);
    share = mirrormaker_share(&round, 50);
    mirrormaker_look_at_heartbeat(&round, &share);
    mirrormaker_judge_groups(&round, &collection->deadline);
    mirrormaker_conclude(&round);
    /* Clients reconnect by themselves, and rows need not be read again; but secrets are read when
     * a session opens. */
    collection->keep_session =
        round.complete || (error->kind != ERROR_AUTH && error->kind != ERROR_TLS);
    return round.complete;
}

static void release_memory(void *data)
{
    struct mirrormaker_memory *memory = data;

    mirrormaker_tracks_release(&memory->tracks);
    mirrormaker_missing_release(&memory->missing);
    mirrormaker_marks_release(&memory->marks);
    free(memory->unusable);
}

const struct collector mirrormaker_collector = {
    .name = "mirrormaker",
    .summary = "Kafka topics that MirrorMaker 2 (Apache Kafka 2.7 to 4) copies, asked at both "
               "clusters; no group is joined, nothing is written.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .proves_zero_data_loss = false,
    .metrics = mirrormaker_metric_table,
    .metric_count = MIRRORMAKER_METRIC_COUNT,
    .settings = mirrormaker_setting_table,
    .setting_count = MIRRORMAKER_SETTING_COUNT,
    .settings_size = sizeof(struct mirrormaker_settings),
    .memory_size = sizeof(struct mirrormaker_memory),
    .release_memory = release_memory,
    .check = mirrormaker_settings_check,
    .open = open_session,
    .collect = collect,
    .close = close_session,
};
