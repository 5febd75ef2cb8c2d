/* SPDX-License-Identifier: Apache-2.0 */
/* Segments of WAL → the unbroken runs of them. */

#include "collectors/backup_runs.h"

#include <stdlib.h>

/* All segments of one log have 4 GiB. */
#define LOG_BYTES (UINT64_C(1) << 32)

static int compare_segments(const void *a, const void *b)
{
    const struct backup_wal *first = a;
    const struct backup_wal *second = b;

    if (first->timeline != second->timeline) {
        return first->timeline < second->timeline ? -1 : 1;
    }
    return (first->segment > second->segment) - (first->segment < second->segment);
}

static bool has_size(struct backup_wal segment, uint64_t segment_bytes)
{
    return segment_bytes > 0 && segment_bytes <= LOG_BYTES &&
           (segment.segment & UINT32_MAX) < LOG_BYTES / segment_bytes;
}

bool backup_wal_is_next(struct backup_wal a, struct backup_wal b, uint64_t segment_bytes)
{
    uint64_t next = a.segment + 1;

    if (!has_size(a, segment_bytes)) {
        return false;
    }
    if ((next & UINT32_MAX) == LOG_BYTES / segment_bytes) {
        next = (a.segment | UINT32_MAX) + 1;
    }
    return a.timeline == b.timeline && b.segment == next;
}

bool backup_runs_fill(struct arena *arena, struct backup_wal *segments, size_t count,
                      uint64_t segment_bytes, struct backup_repository *place, struct error *error)
{
    struct backup_run *runs = arena_alloc_array(arena, count + 1, sizeof *runs);
    size_t run_count = 0;
    size_t same;

    qsort(segments, count, sizeof *segments, compare_segments);
    for (size_t i = 0; i < count; i += same) {
        struct backup_run *run = run_count == 0 ? NULL : &runs[run_count - 1];

        if (!has_size(segments[i], segment_bytes)) {
            char name[BACKUP_WAL_TEXT_BYTES];

            backup_wal_format(name, segments[i]);
            return error_set(error, ERROR_INCONSISTENT,
                             "segment %s does not exist with the size of segments that "
                             "\"wal_segment_size\" gives; write that of the primary",
                             name);
        }
        same = 1;
        while (i + same < count && compare_segments(&segments[i], &segments[i + same]) == 0) {
            same++;
        }
        if (same > 1) {
            continue;
        }
        if (run != NULL && backup_wal_is_next(run->last, segments[i], segment_bytes)) {
            run->last = segments[i];
        } else {
            runs[run_count++] = (struct backup_run){segments[i], segments[i]};
        }
    }
    backup_runs_set(runs, run_count, place);
    return true;
}

static int compare_runs(const void *a, const void *b)
{
    const struct backup_run *first = a;
    const struct backup_run *second = b;

    return compare_segments(&first->first, &second->first);
}

void backup_runs_set(struct backup_run *runs, size_t count, struct backup_repository *place)
{
    qsort(runs, count, sizeof *runs, compare_runs);
    place->tells_gaps = true;
    place->runs = runs;
    place->run_count = count;
}

/* Of a segment, the key, and a run. */
static int compare_place(const void *key, const void *item)
{
    const struct backup_run *run = item;

    if (compare_segments(key, &run->first) < 0) {
        return -1;
    }
    return compare_segments(key, &run->last) > 0 ? 1 : 0;
}

const struct backup_run *backup_runs_find(const struct backup_repository *place,
                                          struct backup_wal segment)
{
    if (!segment.known || place->run_count == 0) {
        return NULL;
    }
    return bsearch(&segment, place->runs, place->run_count, sizeof *place->runs, compare_place);
}
