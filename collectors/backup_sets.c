/* SPDX-License-Identifier: Apache-2.0 */
/* Which sets of backups were seen, and which of them are gone. */

#include "collectors/backup_sets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/duration.h"
#include "exporter/hash.h"

/* As much of a name as a message tells. */
#define NAME_BYTES 64

struct backup_seen_set {
    uint64_t hash; /* Of repository and set. */
    double seen;
    char name[NAME_BYTES];
};

static struct backup_seen_set *find(const struct backup_sets *sets, uint64_t hash)
{
    for (size_t i = 0; i < sets->count; i++) {
        if (sets->items[i].hash == hash) {
            return &sets->items[i];
        }
    }
    return NULL;
}

static struct backup_seen_set *add(struct backup_sets *sets, uint64_t hash, const char *name)
{
    struct backup_seen_set *set;

    if (sets->count == BACKUP_REPOSITORIES_MAX) {
        return NULL;
    }
    if (sets->items == NULL) {
        sets->items = calloc(BACKUP_REPOSITORIES_MAX, sizeof *sets->items);
        if (sets->items == NULL) {
            abort();
        }
    }
    set = &sets->items[sets->count++];
    *set = (struct backup_seen_set){.hash = hash};
    (void)snprintf(set->name, sizeof set->name, "%s", name);
    return set;
}

static void forget(struct backup_sets *sets, double now)
{
    size_t kept = 0;

    for (size_t i = 0; i < sets->count; i++) {
        if (now - sets->items[i].seen < BACKUP_SET_MISSED_SECONDS) {
            sets->items[kept++] = sets->items[i];
        }
    }
    sets->count = kept;
}

void backup_sets_release(struct backup_sets *sets)
{
    free(sets->items);
    *sets = (struct backup_sets){.items = NULL};
}

static bool note(struct backup_sets *sets, const struct backup_group *group, double now,
                 struct error *error)
{
    /* Each with its end, so that they are told apart. */
    uint64_t hash = hash_add(HASH_EMPTY, group->repository, strlen(group->repository) + 1);
    struct backup_seen_set *set;

    hash = hash_add(hash, group->set, strlen(group->set) + 1);
    set = find(sets, hash);
    if (set == NULL) {
        set = add(sets, hash, group->set);
    }
    if (set == NULL) {
        return error_set(error, ERROR_INCONSISTENT,
                         "there were more than %d sets within a day; choose one by \"set\", and "
                         "add a source for each that counts",
                         BACKUP_REPOSITORIES_MAX);
    }
    set->seen = now;
    return true;
}

bool backup_sets_watch(struct backup_sets *sets, const struct backup_groups *groups, double now,
                       struct error *error)
{
    bool all_prove = true;
    char ago[DURATION_TEXT_BYTES];

    forget(sets, now);
    for (size_t i = 0; i < groups->count; i++) {
        const struct backup_group *group = &groups->items[i];

        all_prove = all_prove && group->recovery_point.known;
        /* "" is a repository that has no set yet. */
        if (*group->set != '\0' && !note(sets, group, now, error)) {
            return false;
        }
    }
    for (size_t i = 0; all_prove && i < sets->count; i++) {
        const struct backup_seen_set *set = &sets->items[i];

        if (set->seen < now) {
            duration_describe(ago, now - set->seen);
            return error_set(error, ERROR_INCONSISTENT,
                             "set \"%s\" is gone; it was last there %s ago. If that is meant, name "
                             "by \"set\" those that count, with a source for each",
                             set->name, ago);
        }
    }
    return true;
}
