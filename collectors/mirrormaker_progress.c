/* SPDX-License-Identifier: Apache-2.0 */
/* How far MirrorMaker says it has copied each partition, from the rows that it wrote so far. */

#include "collectors/mirrormaker_progress.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* A sync that is behind N although it was written this much later is of another topic by the same
 * name; less may be a delay in sending it. */
#define SYNC_DELAY_MS_MAX 10000

struct key {
    const char *topic;
    int32_t partition;
    size_t connector; /* Index; 0 for syncs. */
};

struct row {
    struct key key; /* First, so that a key can be compared with a row. */
    bool known;
    int64_t offset; /* N, or the upstream offset. */
    int64_t downstream;
    int64_t time_ms;
    bool went_back; /* The offset became smaller, or was deleted… */
    int64_t back_time_ms;
    int64_t back_offset; /* …and was this then. */
    char topic[];
};

struct mirrormaker_progress {
    void *offsets; /* Trees of rows. */
    void *syncs;
    size_t offset_count;
    size_t sync_count;
    char *connectors[MIRRORMAKER_CONNECTORS_MAX];
    size_t connector_count;
    bool overflowed;
};

struct mirrormaker_progress *mirrormaker_progress_new(void)
{
    struct mirrormaker_progress *progress = calloc(1, sizeof *progress);

    if (progress == NULL) {
        abort();
    }
    return progress;
}

void mirrormaker_progress_clear_offsets(struct mirrormaker_progress *progress)
{
    tdestroy(progress->offsets, free);
    progress->offsets = NULL;
    progress->offset_count = 0;
    while (progress->connector_count > 0) {
        free(progress->connectors[--progress->connector_count]);
    }
    progress->overflowed = false;
}

void mirrormaker_progress_clear_syncs(struct mirrormaker_progress *progress)
{
    tdestroy(progress->syncs, free);
    progress->syncs = NULL;
    progress->sync_count = 0;
}

void mirrormaker_progress_free(struct mirrormaker_progress *progress)
{
    if (progress != NULL) {
        mirrormaker_progress_clear_offsets(progress);
        mirrormaker_progress_clear_syncs(progress);
        free(progress);
    }
}

static int compare(const void *a, const void *b)
{
    const struct key *left = a;
    const struct key *right = b;

    if (left->partition != right->partition) {
        return left->partition < right->partition ? -1 : 1;
    }
    if (left->connector != right->connector) {
        return left->connector < right->connector ? -1 : 1;
    }
    return strcmp(left->topic, right->topic);
}

static const struct row *find(void *const *tree, const char *topic, int32_t partition,
                              size_t connector)
{
    const struct key key = {topic, partition, connector};
    void *const *node = tfind(&key, tree, compare);

    return node == NULL ? NULL : *node;
}

/* The row of the key, a new one if there is none; NULL if there are too many. */
static struct row *find_or_add(void **tree, size_t *count, const char *topic, int32_t partition,
                               size_t connector)
{
    const struct key key = {topic, partition, connector};
    size_t length = strlen(topic) + 1;
    void *const *node = tfind(&key, tree, compare);
    struct row *row;

    if (node != NULL) {
        return *node;
    }
    if (*count == MIRRORMAKER_PARTITIONS_MAX) {
        return NULL;
    }
    row = calloc(1, sizeof *row + length);
    if (row == NULL) {
        abort();
    }
    memcpy(row->topic, topic, length);
    row->key = (struct key){row->topic, partition, connector};
    if (tsearch(row, tree, compare) == NULL) {
        abort();
    }
    ++*count;
    return row;
}

static void update(struct row *row, bool known, int64_t offset, int64_t time_ms)
{
    if ((row->known && (!known || offset < row->offset)) || !known) {
        row->went_back = true;
        row->back_time_ms = time_ms;
        row->back_offset = known ? offset : -1;
    }
    row->known = known;
    row->offset = offset;
    row->time_ms = time_ms;
}

/* Its index, or the number of connectors if there are too many. */
static size_t find_connector(struct mirrormaker_progress *progress, const char *name)
{
    size_t i = 0;

    while (i < progress->connector_count && strcmp(progress->connectors[i], name) != 0) {
        i++;
    }
    if (i == progress->connector_count && i < MIRRORMAKER_CONNECTORS_MAX) {
        progress->connectors[i] = strdup(name);
        if (progress->connectors[i] == NULL) {
            abort();
        }
        progress->connector_count++;
    }
    return i;
}

void mirrormaker_progress_add_offset(struct mirrormaker_progress *progress,
                                     const struct mirrormaker_offset_row *row, int64_t time_ms)
{
    size_t connector = find_connector(progress, row->connector.text);
    struct row *own = connector == MIRRORMAKER_CONNECTORS_MAX
                          ? NULL
                          : find_or_add(&progress->offsets, &progress->offset_count,
                                        row->topic.text, row->partition, connector);

    if (own == NULL) {
        progress->overflowed = true;
        return;
    }
    update(own, row->known, row->offset, time_ms);
}

void mirrormaker_progress_add_sync(struct mirrormaker_progress *progress,
                                   const struct mirrormaker_sync_row *row, int64_t time_ms)
{
    struct row *own =
        find_or_add(&progress->syncs, &progress->sync_count, row->topic.text, row->partition, 0);

    /* Too many: progress is then known by N alone. */
    if (own != NULL) {
        update(own, row->known, row->upstream, time_ms);
        own->downstream = row->downstream;
    }
}

size_t mirrormaker_progress_connectors(const struct mirrormaker_progress *progress,
                                       const char *const **ret_names)
{
    *ret_names = (const char *const *)progress->connectors;
    return progress->connector_count;
}

struct visiting {
    void (*visit)(void *context, const char *topic);
    void *context;
};

static void visit_row(const void *node, VISIT order, void *closure)
{
    const struct visiting *visiting = closure;
    const struct row *row = *(const void *const *)node;

    if ((order == postorder || order == leaf) && row->known) {
        visiting->visit(visiting->context, row->topic);
    }
}

void mirrormaker_progress_each(const struct mirrormaker_progress *progress,
                               void (*visit)(void *context, const char *topic), void *context)
{
    struct visiting visiting = {visit, context};

    twalk_r(progress->offsets, visit_row, &visiting);
}

bool mirrormaker_progress_overflowed(const struct mirrormaker_progress *progress)
{
    return progress->overflowed;
}

/* Whether what the syncs say began after `committed` was written, at an earlier offset. */
static bool began_again(const struct row *sync, const struct row *committed)
{
    return (sync->went_back && sync->back_time_ms > committed->time_ms &&
            sync->back_offset <= committed->offset) ||
           (sync->offset < committed->offset &&
            sync->time_ms > committed->time_ms + SYNC_DELAY_MS_MAX);
}

static void add_sync(struct mirrormaker_position *position, const struct row *sync,
                     const struct row *committed)
{
    if (sync == NULL || !sync->known || sync->time_ms < 0 || committed->time_ms < 0 ||
        (committed->went_back && sync->time_ms < committed->back_time_ms)) {
        return;
    }
    position->has_pair = true;
    position->upstream = sync->offset;
    position->downstream = sync->downstream;
    if (began_again(sync, committed)) {
        position->next = sync->offset + 1;
        position->set_back = true;
        position->set_back_time_ms = sync->went_back ? sync->back_time_ms : sync->time_ms;
    } else if (sync->offset >= position->next) {
        position->next = sync->offset + 1;
    }
}

struct mirrormaker_position mirrormaker_progress_find(const struct mirrormaker_progress *progress,
                                                      const char *topic, int32_t partition)
{
    const struct row *sync = find(&progress->syncs, topic, partition, 0);
    struct mirrormaker_position position = {.known = false};

    for (size_t i = 0; i < progress->connector_count; i++) {
        const struct row *committed = find(&progress->offsets, topic, partition, i);
        struct mirrormaker_position candidate;

        if (committed == NULL || !committed->known) {
            continue;
        }
        candidate = (struct mirrormaker_position){
            .known = true,
            .next = committed->offset + 1,
            .offset = committed->offset,
            .offset_time_ms = committed->time_ms,
            .set_back = committed->went_back,
            .set_back_time_ms = committed->back_time_ms,
        };
        add_sync(&candidate, sync, committed);
        if (!position.known || candidate.next < position.next) {
            position = candidate;
        }
    }
    return position;
}
