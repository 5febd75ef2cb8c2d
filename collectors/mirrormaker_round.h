/* SPDX-License-Identifier: Apache-2.0 */
/* One collection of a MirrorMaker source: what is asked in which order, and what is found out. */

#ifndef COLLECTORS_MIRRORMAKER_ROUND_H
#define COLLECTORS_MIRRORMAKER_ROUND_H

#include "collectors/kafka_client.h"
#include "collectors/mirrormaker_evidence.h"
#include "collectors/mirrormaker_groups.h"
#include "collectors/mirrormaker_missing.h"
#include "collectors/mirrormaker_policy.h"
#include "collectors/mirrormaker_progress.h"
#include "exporter/collector.h"

/* A topic that is followed from its beginning. */
struct mirrormaker_book {
    struct kafka_tail *tail; /* NULL: not needed. */
    bool ready;              /* All rows were read since it was (re)started. */
    bool absent;             /* There is no such topic. */
};

struct mirrormaker_session {
    const struct mirrormaker_settings *settings;
    struct arena *arena; /* Of the names. */
    struct mirrormaker_names names;
    struct mirrormaker_policy policy;
    struct kafka_client *source;
    struct kafka_client *target;
    struct mirrormaker_book offsets;
    struct mirrormaker_book syncs;
    struct mirrormaker_book checkpoints;
    struct mirrormaker_progress *progress;
    struct mirrormaker_checkpoints *checkpoint_rows;
};

/* Outlives sessions. */
struct mirrormaker_memory {
    struct mirrormaker_tracks tracks;
    struct mirrormaker_missing missing;
    struct mirrormaker_marks marks;
    char *unusable; /* Why groups could not resume when they were last judged; NULL: they could. */
    uint64_t rows;
    bool has_heartbeat;
    int64_t heartbeat_ms;  /* The newest one's own time. */
    double heartbeat_seen; /* When it was first seen, by our clock. */
};

struct mirrormaker_round {
    struct mirrormaker_session *session;
    struct mirrormaker_memory *memory;
    struct collection *collection;
    struct arena *scratch; /* Ends with the round. */
    bool complete;         /* Nothing went wrong so far. */
    struct error *error;   /* The first thing that did. */
    bool source_up;
    bool target_up;

    double asked_at;    /* Before the source was asked. */
    bool source_listed; /* `source` is valid, and its partitions are those of the tracks. */
    struct kafka_layout source;
    bool target_listed;
    struct kafka_layout target;
    bool checkpoints_read;           /* Up to their end in this round. */
    bool rows_known;                 /* All rows were read before the source was asked. */
    struct mirrormaker_facts *facts; /* One a track. */
    struct mirrormaker_result *results;
};

/* The part of the time left that a step may take. */
struct deadline mirrormaker_share(const struct mirrormaker_round *round, int percent);

/* Keeps the first problem; `error` MAY be round->error. */
void mirrormaker_note_problem(struct mirrormaker_round *round, const struct error *error);

/* Reads new rows of what MirrorMaker and Kafka Connect write down. */
void mirrormaker_read_rows(struct mirrormaker_round *round, const struct deadline *deadline);

/* Reads what partitions there are at the source, and their ends. */
void mirrormaker_ask_source(struct mirrormaker_round *round, const struct deadline *deadline);

/* Looks after topics that should be listed at the source and are not. */
void mirrormaker_look_after_missing(struct mirrormaker_round *round,
                                    const struct deadline *deadline);

/* Reads what copies there are at the target, and their ends. */
void mirrormaker_ask_target(struct mirrormaker_round *round, const struct deadline *deadline);

/* The partition in a layout; NULL: it is not there. */
const struct kafka_partition *mirrormaker_find_partition(const struct kafka_layout *layout,
                                                         const char *topic, int32_t partition);

/* Looks at the oldest records that are not replicated, of the partitions that decide first. */
void mirrormaker_look_at_records(struct mirrormaker_round *round, const struct deadline *deadline);

/* Looks at the newest heartbeat. */
void mirrormaker_look_at_heartbeat(struct mirrormaker_round *round,
                                   const struct deadline *deadline);

/* Judges the consumer groups; adds samples, and evidence against a copy that they cannot use. Who
 * cannot be asked, because the source is lost, is as it last was. */
void mirrormaker_judge_groups(struct mirrormaker_round *round, const struct deadline *deadline);

/* Turns everything else into samples and evidence. */
void mirrormaker_conclude(struct mirrormaker_round *round);

#endif
