/* SPDX-License-Identifier: Apache-2.0 */
/* Putting the backups of a catalog together by repository and set. */

#include <stdlib.h>
#include <string.h>

#include "collectors/backup_evidence.h"

static int compare_labels(const char *repository_a, const char *set_a, const char *repository_b,
                          const char *set_b)
{
    int order = strcmp(repository_a, repository_b);

    return order != 0 ? order : strcmp(set_a, set_b);
}

static int compare_members(const void *a, const void *b)
{
    const struct backup *first = *(const struct backup *const *)a;
    const struct backup *second = *(const struct backup *const *)b;

    return compare_labels(first->repository, first->set, second->repository, second->set);
}

static int compare_places(const void *a, const void *b)
{
    const struct backup_repository *first = *(const struct backup_repository *const *)a;
    const struct backup_repository *second = *(const struct backup_repository *const *)b;

    return compare_labels(first->repository, first->set, second->repository, second->set);
}

static bool is_meant(const char *wanted, const char *label)
{
    return *wanted == '\0' || strcmp(wanted, label) == 0;
}

/* What is being walked through: both lists sorted alike. */
struct walk {
    const struct backup **members;
    size_t member_count;
    size_t member;
    const struct backup_repository **places;
    size_t place_count;
    size_t place;
};

static void sort_members(struct walk *walk, const struct backup_catalog *catalog,
                         const struct backup_query *query)
{
    walk->members =
        arena_alloc_array(catalog->arena, catalog->backup_count + 1, sizeof(*walk->members));
    for (size_t i = 0; i < catalog->backup_count; i++) {
        const struct backup *backup = &catalog->backups[i];

        if (is_meant(query->repository, backup->repository) && is_meant(query->set, backup->set)) {
            walk->members[walk->member_count++] = backup;
        }
    }
    qsort(walk->members, walk->member_count, sizeof(*walk->members), compare_members);
}

static void sort_places(struct walk *walk, const struct backup_catalog *catalog,
                        const struct backup_query *query)
{
    walk->places =
        arena_alloc_array(catalog->arena, catalog->repository_count + 1, sizeof(*walk->places));
    for (size_t i = 0; i < catalog->repository_count; i++) {
        const struct backup_repository *place = &catalog->repositories[i];

        if (is_meant(query->repository, place->repository) &&
            (is_meant(query->set, place->set) || *place->set == '\0')) {
            walk->places[walk->place_count++] = place;
        }
    }
    qsort(walk->places, walk->place_count, sizeof(*walk->places), compare_places);
}

/* The next in order of the two lists is a place. */
static bool is_place_next(const struct walk *walk)
{
    const struct backup_repository *place;
    const struct backup *member;

    if (walk->place == walk->place_count || walk->member == walk->member_count) {
        return walk->member == walk->member_count;
    }
    place = walk->places[walk->place];
    member = walk->members[walk->member];
    return compare_labels(place->repository, place->set, member->repository, member->set) <= 0;
}

static void take_group(struct walk *walk, struct backup_group *group)
{
    size_t first = walk->member;

    if (is_place_next(walk)) {
        group->repository = walk->places[walk->place]->repository;
        group->set = walk->places[walk->place]->set;
    } else {
        group->repository = walk->members[walk->member]->repository;
        group->set = walk->members[walk->member]->set;
    }
    for (; walk->place < walk->place_count; walk->place++) {
        const struct backup_repository *place = walk->places[walk->place];

        if (compare_labels(place->repository, place->set, group->repository, group->set) != 0) {
            break;
        }
        /* Told of twice: what is wrong with it counts. */
        if (group->place == NULL || group->place->problem == NULL) {
            group->place = place;
        }
    }
    for (; walk->member < walk->member_count; walk->member++) {
        const struct backup *member = walk->members[walk->member];

        if (compare_labels(member->repository, member->set, group->repository, group->set) != 0) {
            break;
        }
    }
    group->members = walk->members + first;
    group->member_count = walk->member - first;
}

/* What is told of a repository as a whole goes to those of its sets of which nothing is told, and
 * is a group by itself only without any. Groups are in order: "" comes first. */
static void spread_general(struct backup_groups *groups, const struct backup_query *query)
{
    size_t kept = 0;
    const struct backup_repository *general = NULL;

    for (size_t i = 0; i < groups->count; i++) {
        struct backup_group group = groups->items[i];
        bool has_sets =
            i + 1 < groups->count && strcmp(groups->items[i + 1].repository, group.repository) == 0;

        if (*group.set == '\0') {
            general = group.place;
        } else if (group.place == NULL && general != NULL &&
                   strcmp(general->repository, group.repository) == 0) {
            group.place = general;
        }
        if (*group.set == '\0' && group.member_count == 0) {
            if (has_sets) {
                continue;
            }
            group.set = query->set;
        }
        groups->items[kept++] = group;
    }
    groups->count = kept;
}

struct backup_groups backup_groups_form(const struct backup_catalog *catalog,
                                        const struct backup_query *query)
{
    struct walk walk = {0};
    struct backup_groups groups = {0};

    sort_members(&walk, catalog, query);
    sort_places(&walk, catalog, query);
    groups.items = arena_alloc_array(catalog->arena, walk.member_count + walk.place_count + 1,
                                     sizeof *groups.items);
    while (walk.member < walk.member_count || walk.place < walk.place_count) {
        take_group(&walk, &groups.items[groups.count++]);
    }
    spread_general(&groups, query);
    return groups;
}
