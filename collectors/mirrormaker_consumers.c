/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for the offsets of consumer groups, and what follows for the copy. */

#include <stdlib.h>
#include <string.h>

#include "collectors/mirrormaker_metrics.h"
#include "collectors/mirrormaker_round.h"
#include "exporter/clock.h"

struct committed {
    struct mirrormaker_group_facts *facts;
    size_t count;
    size_t capacity;
};

static bool wants_group(void *context, const char *group)
{
    return mirrormaker_wants_group(context, group);
}

/* Two clusters and the rows say where the offset is. */
static struct mirrormaker_group_facts describe(const struct mirrormaker_round *round,
                                               const char *group,
                                               const struct kafka_group_offset *offset)
{
    const struct mirrormaker_session *session = round->session;
    struct mirrormaker_group_facts facts = {
        .group = group,
        .topic = offset->topic,
        .remote_topic = mirrormaker_remote_topic(&session->policy, round->scratch, offset->topic),
        .partition = offset->partition,
        .committed = offset->offset,
    };
    const struct kafka_partition *origin =
        mirrormaker_find_partition(&round->source, offset->topic, offset->partition);
    const struct kafka_partition *copy =
        mirrormaker_find_partition(&round->target, facts.remote_topic, offset->partition);
    struct mirrormaker_position position =
        mirrormaker_progress_find(session->progress, offset->topic, offset->partition);

    facts.source_known = origin != NULL && origin->start.known;
    facts.source_start = facts.source_known ? origin->start.value : 0;
    /* A copy that is not there has nothing in it. */
    facts.copy_known = copy == NULL || (copy->start.known && copy->end.known);
    facts.copy_start = copy != NULL && facts.copy_known ? copy->start.value : 0;
    facts.copy_end = copy != NULL && facts.copy_known ? copy->end.value : 0;
    facts.has_pair = position.has_pair;
    facts.upstream = position.upstream;
    facts.downstream = position.downstream;
    return facts;
}

static bool add_group(struct mirrormaker_round *round, const char *group,
                      struct committed *committed, const struct deadline *deadline,
                      struct error *error)
{
    struct kafka_group_offset *offsets;
    size_t count;

    if (!kafka_group_offsets(round->session->source, round->scratch, group, deadline, &offsets,
                             &count, error)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!mirrormaker_wants_topic(&round->session->policy, offsets[i].topic)) {
            continue;
        }
        if (committed->count == MIRRORMAKER_GROUP_OFFSETS_MAX) {
            return error_set(error, ERROR_INTERNAL,
                             "the groups have committed more than %d offsets; narrow \"groups\"",
                             MIRRORMAKER_GROUP_OFFSETS_MAX);
        }
        if (committed->count == committed->capacity) {
            committed->capacity = committed->capacity == 0 ? 64 : committed->capacity * 2;
            committed->facts =
                reallocarray(committed->facts, committed->capacity, sizeof *committed->facts);
            if (committed->facts == NULL) {
                abort();
            }
        }
        committed->facts[committed->count++] = describe(round, group, &offsets[i]);
    }
    return true;
}

/* A pattern without any group may be a group that the role must not see. */
static const char *find_idle_pattern(const struct mirrormaker_round *round,
                                     const char *const *names, size_t count)
{
    const struct mirrormaker_session *session = round->session;
    const struct mirrormaker_patterns *patterns = session->policy.groups;

    for (size_t i = 0; i < mirrormaker_patterns_count(patterns); i++) {
        size_t j = 0;

        while (j < count && !mirrormaker_pattern_match(patterns, i, names[j], true)) {
            j++;
        }
        if (j == count) {
            return session->settings->groups[i];
        }
    }
    return NULL;
}

static void conclude(struct mirrormaker_round *round, const struct committed *committed)
{
    const struct mirrormaker_session *session = round->session;
    struct collection *collection = round->collection;
    size_t count;
    struct mirrormaker_group_result *results = mirrormaker_groups_judge(
        committed->facts, committed->count, session->checkpoint_rows, &round->memory->marks,
        (double)session->settings->checkpoint_max_age_ms / 1000, clock_unix_seconds(),
        clock_step_seconds(), round->scratch, &count);

    for (size_t i = 0; i < count; i++) {
        const struct mirrormaker_group_result *result = &results[i];

        mirrormaker_add_group(collection->samples, result);
        if (result->first_topic == NULL || collection->evidence->unusable != NULL) {
            continue;
        }
        collection->evidence->unusable =
            arena_printf(collection->arena,
                         "group %s could not resume: %zu of its %zu partitions have %s (%s/%d)",
                         result->group, result->missing + result->invalid, result->partitions,
                         result->invalid == 0   ? "no checkpoint"
                         : result->missing == 0 ? "a checkpoint outside of the copy"
                                                : "no checkpoint, or one outside of the copy",
                         result->first_topic, (int)result->first_partition);
    }
}

static void remember(struct mirrormaker_round *round)
{
    struct mirrormaker_memory *memory = round->memory;
    const char *unusable = round->collection->evidence->unusable;

    free(memory->unusable);
    memory->unusable = unusable == NULL ? NULL : strdup(unusable);
    if (unusable != NULL && memory->unusable == NULL) {
        abort();
    }
}

/* Groups that were lost together with the source are as they last were; but those that could not be
 * judged for long while it still answered may have been in any state. */
static void recall(struct mirrormaker_round *round, double max_age_seconds)
{
    const struct mirrormaker_memory *memory = round->memory;
    struct collection *collection = round->collection;

    if (!memory->marks.has_time ||
        memory->tracks.layout_time - memory->marks.time > max_age_seconds) {
        collection->evidence->unusable = "it is not known whether the consumer groups could resume";
    } else if (memory->unusable != NULL) {
        collection->evidence->unusable = arena_strdup(collection->arena, memory->unusable);
    }
}

static bool ask_groups(struct mirrormaker_round *round, struct committed *committed,
                       const struct deadline *deadline, struct error *error)
{
    struct mirrormaker_session *session = round->session;
    const char **names = NULL;
    const char *idle;
    size_t count = 0;

    if (!kafka_groups_list(session->source, round->scratch, wants_group, &session->policy, deadline,
                           &names, &count, error)) {
        return false;
    }
    if (count > MIRRORMAKER_GROUPS_MAX) {
        return error_set(error, ERROR_INTERNAL,
                         "\"groups\" matches %zu groups, more than the %d that are looked at; "
                         "narrow it",
                         count, MIRRORMAKER_GROUPS_MAX);
    }
    idle = find_idle_pattern(round, names, count);
    if (idle != NULL) {
        return error_set(error, ERROR_NOT_FOUND,
                         "no group matches \"%s\" of \"groups\"; correct it, or grant Describe on "
                         "the group",
                         idle);
    }
    for (size_t i = 0; i < count; i++) {
        if (!add_group(round, names[i], committed, deadline, error)) {
            return error_prefix(error, names[i]);
        }
    }
    return true;
}

void mirrormaker_judge_groups(struct mirrormaker_round *round, const struct deadline *deadline)
{
    const struct mirrormaker_session *session = round->session;
    double max_age_seconds = (double)session->settings->checkpoint_max_age_ms / 1000;
    struct committed committed = {0};
    struct error error;

    if (session->policy.groups == NULL) {
        return;
    }
    samples_add(round->collection->samples, MIRRORMAKER_CHECKPOINT_MAX_AGE, max_age_seconds);
    if (!round->source_listed || !round->target_up || !round->checkpoints_read) {
        recall(round, max_age_seconds);
        return;
    }
    /* All or nothing: who is left out would count as new the next time. */
    if (ask_groups(round, &committed, deadline, &error)) {
        conclude(round, &committed);
        remember(round);
    } else {
        (void)error_prefix(&error, "source: groups");
        mirrormaker_note_problem(round, &error);
        recall(round, max_age_seconds);
    }
    free(committed.facts);
}
