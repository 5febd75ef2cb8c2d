/* SPDX-License-Identifier: Apache-2.0 */
/* Topics that should be listed at the source and are not. */

#include "collectors/mirrormaker_missing.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/mirrormaker_round.h"
#include "exporter/clock.h"

/* A deleted topic may come back hidden; that need not be noticed at once. */
#define CHECK_AGAIN_MS (10L * 60 * 1000)

void mirrormaker_missing_release(struct mirrormaker_missing *missing)
{
    for (size_t i = 0; i < missing->count; i++) {
        free(missing->items[i].topic);
    }
    free(missing->items);
    *missing = (struct mirrormaker_missing){0};
}

static size_t find_place(const struct mirrormaker_missing *missing, const char *topic)
{
    size_t low = 0;
    size_t high = missing->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(missing->items[middle].topic, topic) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void mirrormaker_missing_add(struct mirrormaker_missing *missing, const char *topic, bool named)
{
    size_t place = find_place(missing, topic);

    if (place < missing->count && strcmp(missing->items[place].topic, topic) == 0) {
        missing->items[place].named = missing->items[place].named || named;
        return;
    }
    if (missing->count == MIRRORMAKER_PARTITIONS_MAX) {
        return;
    }
    if (missing->count == missing->capacity) {
        missing->capacity = missing->capacity == 0 ? 16 : missing->capacity * 2;
        missing->items = reallocarray(missing->items, missing->capacity, sizeof *missing->items);
        if (missing->items == NULL) {
            abort();
        }
    }
    memmove(missing->items + place + 1, missing->items + place,
            (missing->count - place) * sizeof *missing->items);
    missing->count++;
    missing->items[place] =
        (struct mirrormaker_missing_topic){.topic = strdup(topic), .named = named};
    if (missing->items[place].topic == NULL) {
        abort();
    }
}

/* Topics begin with partition 0. */
static bool is_listed(const struct kafka_layout *layout, const char *topic)
{
    return mirrormaker_find_partition(layout, topic, 0) != NULL;
}

void mirrormaker_missing_note(struct mirrormaker_missing *missing,
                              const struct mirrormaker_tracks *tracks,
                              const struct kafka_layout *layout)
{
    for (size_t i = 0; i < tracks->count; i++) {
        if (tracks->items[i]->partition == 0 && !is_listed(layout, tracks->items[i]->topic)) {
            mirrormaker_missing_add(missing, tracks->items[i]->topic, false);
        }
    }
}

static void mark_reborn(const struct mirrormaker_tracks *tracks,
                        const struct mirrormaker_missing_topic *item)
{
    for (size_t i = 0; i < tracks->count; i++) {
        if (strcmp(tracks->items[i]->topic, item->topic) == 0) {
            tracks->items[i]->reborn_after_ms =
                (int64_t)((item->deleted_at + clock_step_seconds()) * 1000);
        }
    }
}

void mirrormaker_missing_settle(struct mirrormaker_missing *missing,
                                const struct mirrormaker_tracks *tracks,
                                const struct kafka_layout *layout)
{
    size_t kept = 0;

    for (size_t i = 0; i < missing->count; i++) {
        struct mirrormaker_missing_topic *item = &missing->items[i];

        if (!is_listed(layout, item->topic)) {
            missing->items[kept++] = *item;
            continue;
        }
        if (item->deleted) {
            mark_reborn(tracks, item);
        }
        free(item->topic);
    }
    missing->count = kept;
}

size_t mirrormaker_missing_count(const struct mirrormaker_missing *missing)
{
    size_t count = 0;

    for (size_t i = 0; i < missing->count; i++) {
        count += missing->items[i].deleted && !missing->items[i].named ? 0 : 1;
    }
    return count;
}

/* --- Talk. --- */

static void visit(void *context, const char *topic)
{
    const struct mirrormaker_round *round = context;

    if (!is_listed(&round->source, topic)) {
        mirrormaker_missing_add(&round->memory->missing, topic, false);
    }
}

/* Expressions that can only be the name of one topic. */
static void add_named(struct mirrormaker_round *round)
{
    const struct mirrormaker_session *session = round->session;
    const char *const *topics = session->settings->topics;

    for (size_t i = 0; topics != NULL && topics[i] != NULL; i++) {
        const char *behind = topics[i] + strspn(topics[i], "abcdefghijklmnopqrstuvwxyz"
                                                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                           "0123456789._-");

        if (*behind == '\0' && mirrormaker_wants_topic(&session->policy, topics[i]) &&
            !is_listed(&round->source, topics[i])) {
            mirrormaker_missing_add(&round->memory->missing, topics[i], true);
        }
    }
}

static void check_topic(struct mirrormaker_round *round, struct mirrormaker_missing_topic *item,
                        const struct deadline *deadline)
{
    struct error error;

    if (item->deleted && !item->named && clock_monotonic_ms() - item->checked_ms < CHECK_AGAIN_MS) {
        return;
    }
    if (deadline_remaining_ms(deadline) == 0) {
        (void)error_set(&error, ERROR_TIMEOUT,
                        "source: topic %s is not listed, and there was no time to ask for it",
                        item->topic);
    } else if (kafka_topic_check(round->session->source, item->topic, deadline, &error)) {
        /* Created just now. */
        (void)error_set(&error, ERROR_TIMEOUT, "source: topic %s was not listed yet", item->topic);
    } else if (error.kind == ERROR_NOT_FOUND) {
        item->deleted_at = item->deleted ? item->deleted_at : clock_unix_seconds();
        item->deleted = true;
        item->checked_ms = clock_monotonic_ms();
        if (!item->named) {
            return;
        }
        (void)error_set(&error, ERROR_NOT_FOUND,
                        "source: there is no topic %s, which \"topics\" names; correct it, or "
                        "remove it",
                        item->topic);
    } else if (error.kind == ERROR_PERMISSION) {
        item->deleted = false;
        (void)error_set(&error, ERROR_PERMISSION,
                        "source: topic %s may not be described, though %s; grant Describe on it, "
                        "or exclude it",
                        item->topic, item->named ? "\"topics\" names it" : "it was there");
    } else {
        (void)error_prefix(&error, "source");
    }
    mirrormaker_note_problem(round, &error);
}

void mirrormaker_look_after_missing(struct mirrormaker_round *round,
                                    const struct deadline *deadline)
{
    struct mirrormaker_missing *missing = &round->memory->missing;
    struct error error;

    if (!round->source_listed) {
        return;
    }
    mirrormaker_progress_each(round->session->progress, visit, round);
    add_named(round);
    for (size_t i = 0; i < missing->count; i++) {
        check_topic(round, &missing->items[i], deadline);
    }
    if (round->complete && round->source.partition_count == 0) {
        (void)error_set(&error, ERROR_NOT_FOUND,
                        "source: no topic matches \"topics\"; write what there is, or grant "
                        "Describe on the topics");
        mirrormaker_note_problem(round, &error);
    }
}
