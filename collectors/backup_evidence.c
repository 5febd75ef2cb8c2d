/* SPDX-License-Identifier: Apache-2.0 */
/* Catalog of backups → which of them count, and what they prove. */

#include "collectors/backup_evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/backup_runs.h"

/* A backup may fail, and the next one be late, without a hole that matters. */
#define HOLE_SCHEDULES 3

static bool is_future(const struct reading *reading, double now)
{
    return reading->known && reading->value > now + BACKUP_CLOCKS_APART_SECONDS_MAX;
}

/* Segments of a later timeline lie behind those of an earlier one only from where it branched off,
 * but names of segments never go backwards within the history that leads to the present. */
static bool is_not_after(struct backup_wal a, struct backup_wal b)
{
    return a.timeline <= b.timeline && a.segment <= b.segment;
}

static bool has_its_wal(const struct backup_repository *place, const struct backup *backup)
{
    /* A backup of a server that was stopped needs none. */
    if (place == NULL || !place->has_archive ||
        (!backup->first_wal.known && !backup->last_wal.known)) {
        return true;
    }
    if (!backup->first_wal.known || !backup->last_wal.known) {
        return false;
    }
    if (place->tells_gaps) {
        const struct backup_run *run = backup_runs_find(place, backup->first_wal);

        return run != NULL && run == backup_runs_find(place, backup->last_wal);
    }
    return place->archive_first.known && place->archive_last.known &&
           is_not_after(place->archive_first, backup->first_wal) &&
           is_not_after(backup->last_wal, place->archive_last);
}

enum backup_obstacle backup_obstacle(const struct backup_settings *settings,
                                     const struct backup_query *query,
                                     const struct backup_repository *place,
                                     const struct backup *backup)
{
    static const enum backup_obstacle of_state[BACKUP_STATE_COUNT] = {
        [BACKUP_USABLE] = BACKUP_COUNTS,
        [BACKUP_RUNNING] = BACKUP_OBSTACLE_RUNNING,
        [BACKUP_PARTIAL] = BACKUP_OBSTACLE_PARTIAL,
        [BACKUP_FAILED] = BACKUP_OBSTACLE_FAILED,
        [BACKUP_EXPIRED] = BACKUP_OBSTACLE_EXPIRED,
    };

    if (backup->state != BACKUP_USABLE &&
        !(backup->state == BACKUP_PARTIAL && settings->accept_partial)) {
        return of_state[backup->state];
    }
    if (place != NULL && place->problem != NULL) {
        return BACKUP_OBSTACLE_REPOSITORY;
    }
    if (!backup->restores_to.known) {
        return BACKUP_OBSTACLE_DATE;
    }
    if (is_future(&backup->restores_to, query->now) || is_future(&backup->completed, query->now)) {
        return BACKUP_OBSTACLE_FUTURE;
    }
    if (settings->min_size_bytes > 0 &&
        (!backup->size_bytes.known ||
         backup->size_bytes.value < (double)settings->min_size_bytes)) {
        return BACKUP_OBSTACLE_SIZE;
    }
    if (query->must_be_immutable && backup->immutable != ANSWER_YES) {
        return BACKUP_OBSTACLE_MUTABLE;
    }
    return has_its_wal(place, backup) ? BACKUP_COUNTS : BACKUP_OBSTACLE_ARCHIVE;
}

/* When something last happened to it, as far as that is told. */
static struct reading last_instant(const struct backup *backup)
{
    const struct reading *instants[] = {&backup->completed, &backup->started, &backup->restores_to};
    struct reading last = {0};

    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        if (instants[i]->known && (!last.known || instants[i]->value > last.value)) {
            last = *instants[i];
        }
    }
    return last;
}

static const char *explain(const struct backup_settings *settings,
                           const struct backup_catalog *catalog, const struct backup_group *group,
                           const struct backup *backup, enum backup_obstacle obstacle)
{
    char wal[BACKUP_WAL_TEXT_BYTES];

    switch (obstacle) {
    case BACKUP_OBSTACLE_REPOSITORY:
        return group->place->problem;
    case BACKUP_OBSTACLE_FUTURE:
        return "it is dated in the future; compare the clocks";
    case BACKUP_OBSTACLE_SIZE:
        if (!backup->size_bytes.known) {
            return "its size is not told, and there is a \"min_size\"";
        }
        return arena_printf(catalog->arena, "it has %.0f bytes, \"min_size\" is %lld",
                            backup->size_bytes.value, (long long)settings->min_size_bytes);
    case BACKUP_OBSTACLE_DATE:
        return backup->problem != NULL ? backup->problem : "it has no date";
    case BACKUP_OBSTACLE_MUTABLE:
        return backup->problem != NULL
                   ? backup->problem
                   : "it is not proven to be locked against deletion for long enough";
    case BACKUP_OBSTACLE_ARCHIVE:
        backup_wal_format(wal, backup->last_wal);
        return arena_printf(catalog->arena, "WAL that it needs (up to %s) is not in the archive",
                            wal);
    case BACKUP_OBSTACLE_RUNNING:
        return backup->problem != NULL ? backup->problem : "it is still being made";
    default:
        return backup->problem != NULL ? backup->problem : "it failed";
    }
}

static bool is_failure(enum backup_obstacle obstacle)
{
    switch (obstacle) {
    case BACKUP_COUNTS:
    case BACKUP_OBSTACLE_RUNNING:
    case BACKUP_OBSTACLE_EXPIRED:
    /* Is told of its own, and is no failure of the backup. */
    case BACKUP_OBSTACLE_REPOSITORY:
    /* Its WAL may be on the way. */
    case BACKUP_OBSTACLE_ARCHIVE:
        return false;
    default:
        return true;
    }
}

/* Up to where WAL leads from a backup that counts. A backup of an earlier timeline may have been
 * made after the later one branched off, which names of segments do not show. */
static const struct backup_run *find_chain(const struct backup_repository *place,
                                           const struct backup *backup)
{
    if (place == NULL || !place->tells_gaps || !place->archive_last.known ||
        backup->last_wal.timeline != place->archive_last.timeline) {
        return NULL;
    }
    return backup_runs_find(place, backup->last_wal);
}

static void count_in(struct backup_group *group, const struct backup *backup, double now)
{
    /* What is a few seconds in the future is due to clocks, and proves no more than the present. */
    double instant = fmin(backup->restores_to.value, now);
    const struct backup_run *chain = find_chain(group->place, backup);

    if (group->newest == NULL || backup->restores_to.value > group->newest->restores_to.value) {
        group->newest = backup;
        group->recovery_point = (struct reading){.known = true, .value = instant};
    }
    if (chain != NULL &&
        (!group->chain_end.known || chain->last.segment > group->chain_end.segment)) {
        group->chain_end = chain->last;
    }
}

static int compare_newest_first(const void *a, const void *b)
{
    double first = (*(const struct backup *const *)a)->restores_to.value;
    double second = (*(const struct backup *const *)b)->restores_to.value;

    return (first < second) - (first > second);
}

/* Can every instant between the two be had, or at least one a few schedules away? */
static bool are_neighbours(const struct backup_group *group, const struct backup *newer,
                           const struct backup *older, int64_t schedule_ms)
{
    const struct backup_run *chain = find_chain(group->place, older);

    return schedule_ms == 0 || (chain != NULL && chain == find_chain(group->place, newer)) ||
           (newer->restores_to.value - older->restores_to.value) * 1000 <=
               (double)schedule_ms * HOLE_SCHEDULES;
}

/* The window begins behind the newest hole: one snapshot of last year beside those of yesterday
 * does not bring back last month. */
static void find_window(struct backup_group *group, const struct backup_settings *settings,
                        const struct backup **counted, size_t count, double now)
{
    size_t last = 0;

    if (count == 0) {
        return;
    }
    qsort(counted, count, sizeof(*counted), compare_newest_first);
    while (last + 1 < count &&
           are_neighbours(group, counted[last], counted[last + 1], settings->schedule_ms)) {
        last++;
    }
    group->oldest_restorable =
        (struct reading){.known = true, .value = fmin(counted[last]->restores_to.value, now)};
}

static void judge(struct backup_group *group, const struct backup_catalog *catalog,
                  const struct backup_settings *settings, const struct backup_query *query)
{
    struct reading success = {0};
    struct reading newest_rejected = {0};
    const struct backup **counted =
        arena_alloc_array(catalog->arena, group->member_count + 1, sizeof(*counted));
    size_t count = 0;

    for (size_t i = 0; i < group->member_count; i++) {
        if (backup_obstacle(settings, query, group->place, group->members[i]) == BACKUP_COUNTS) {
            count_in(group, group->members[i], query->now);
            counted[count++] = group->members[i];
        }
    }
    find_window(group, settings, counted, count, query->now);
    group->rejected_for = BACKUP_COUNTS;
    if (group->newest != NULL) {
        success = last_instant(group->newest);
    }
    for (size_t i = 0; i < group->member_count; i++) {
        const struct backup *backup = group->members[i];
        enum backup_obstacle obstacle = backup_obstacle(settings, query, group->place, backup);
        struct reading last = last_instant(backup);

        if (obstacle == BACKUP_COUNTS ||
            (success.known && (!last.known || last.value <= success.value))) {
            continue;
        }
        group->failures += is_failure(obstacle) ? 1 : 0;
        if (group->rejected == NULL ||
            (last.known && (!newest_rejected.known || last.value > newest_rejected.value))) {
            group->rejected = backup;
            group->rejected_for = obstacle;
            newest_rejected = last;
        }
    }
    if (group->rejected != NULL) {
        group->rejected_because =
            explain(settings, catalog, group, group->rejected, group->rejected_for);
    }
}

struct backup_groups backup_groups_judge(const struct backup_catalog *catalog,
                                         const struct backup_settings *settings,
                                         const struct backup_query *query)
{
    struct backup_groups groups = backup_groups_form(catalog, query);

    if (catalog->backup_count == 0 && catalog->repository_count == 0) {
        /* Never a backup: that is told of as well. */
        groups.count = 1;
        groups.items[0] = (struct backup_group){.repository = query->repository, .set = query->set};
    }
    for (size_t i = 0; i < groups.count; i++) {
        judge(&groups.items[i], catalog, settings, query);
    }
    return groups;
}
