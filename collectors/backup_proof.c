/* SPDX-License-Identifier: Apache-2.0 */
/* What the groups of a catalog of backups prove together. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collectors/backup_evidence.h"

/* Names that a message lists. */
#define LISTED_MAX 5
#define LIST_BYTES 200

/* A list for messages: the first few of those that are added, each once when they come in order. */
struct list {
    char text[LIST_BYTES];
    const char *last;
    size_t count;
};

static void list_add(struct list *list, const char *name)
{
    size_t length = strlen(list->text);

    if (list->last != NULL && strcmp(list->last, name) == 0) {
        return;
    }
    list->last = name;
    if (list->count < LISTED_MAX) {
        (void)snprintf(list->text + length, LIST_BYTES - length, "%s\"%.60s\"",
                       list->count == 0 ? "" : ", ", name);
    } else if (list->count == LISTED_MAX) {
        (void)snprintf(list->text + length, LIST_BYTES - length, ", …");
    }
    list->count++;
}

static struct list list_repositories(const struct backup_groups *groups)
{
    struct list list = {0};

    for (size_t i = 0; i < groups->count; i++) {
        list_add(&list, groups->items[i].repository);
    }
    return list;
}

static struct list list_sets(const struct backup_groups *groups)
{
    struct list list = {0};

    for (size_t i = 0; i < groups->count; i++) {
        list_add(&list, groups->items[i].set);
    }
    return list;
}

/* `set "main" in repository "2"`, or as much of it as has a name. */
static const char *describe(struct arena *arena, const struct backup_group *group)
{
    if (*group->set != '\0' && *group->repository != '\0') {
        return arena_printf(arena, "set \"%s\" in repository \"%s\": ", group->set,
                            group->repository);
    }
    if (*group->set != '\0') {
        return arena_printf(arena, "set \"%s\": ", group->set);
    }
    if (*group->repository != '\0') {
        return arena_printf(arena, "repository \"%s\": ", group->repository);
    }
    return "";
}

static bool prove_nothing(const char *reason, struct arena *arena, struct evidence *evidence)
{
    struct error line;

    /* An error's message is one line. */
    (void)error_set(&line, ERROR_NOT_FOUND, "%s", reason);
    evidence->nothing_to_restore = arena_strdup(arena, line.message);
    return true;
}

/* What is named is not found among others that are there: perhaps a mistake in the settings. */
static bool fail_choice(const struct backup_catalog *catalog, const struct backup_query *query,
                        struct error *error)
{
    const struct backup_query all = {.repository = "", .set = ""};
    const struct backup_query in_repository = {.repository = query->repository, .set = ""};
    struct backup_groups everything = backup_groups_form(catalog, &all);
    struct backup_groups there = backup_groups_form(catalog, &in_repository);

    if (there.count > 0) {
        return error_set(error, ERROR_NOT_FOUND,
                         "there is no set \"%s\"; correct \"set\", there are %s", query->set,
                         list_sets(&there).text);
    }
    return error_set(error, ERROR_NOT_FOUND,
                     "there is no repository \"%s\"; correct \"repository\", there are %s",
                     query->repository, list_repositories(&everything).text);
}

/* The worst decides: one without a recovery point, else the one with the oldest. */
static const struct backup_group *find_worst(const struct backup_groups *groups)
{
    const struct backup_group *worst = &groups->items[0];

    for (size_t i = 1; i < groups->count && worst->recovery_point.known; i++) {
        const struct backup_group *group = &groups->items[i];

        if (!group->recovery_point.known ||
            group->recovery_point.value < worst->recovery_point.value) {
            worst = group;
        }
    }
    return worst;
}

/* How far back every set goes. */
static struct reading find_oldest(const struct backup_groups *groups)
{
    struct reading oldest = {.known = true, .value = -INFINITY};

    for (size_t i = 0; i < groups->count; i++) {
        const struct reading *own = &groups->items[i].oldest_restorable;

        oldest.known = oldest.known && own->known;
        oldest.value = fmax(oldest.value, own->value);
    }
    return oldest;
}

static const char *explain_nothing(struct arena *arena, const struct backup_group *group)
{
    const char *where = describe(arena, group);

    if (group->place != NULL && group->place->problem != NULL) {
        return arena_printf(arena, "%s%s", where, group->place->problem);
    }
    if (group->rejected == NULL) {
        return arena_printf(arena, "%sthere is no backup", where);
    }
    return arena_printf(arena, "%sno backup counts; the newest%s%s: %s", where,
                        *group->rejected->name != '\0' ? ", " : "", group->rejected->name,
                        group->rejected_because);
}

static bool check_groups(const struct backup_groups *groups, struct arena *arena,
                         struct error *error)
{
    struct list repositories = list_repositories(groups);

    if (repositories.count > 1) {
        return error_set(error, ERROR_INCONSISTENT,
                         "there are the repositories %s; choose one by \"repository\", and add a "
                         "source for each that counts",
                         repositories.text);
    }
    for (size_t i = 0; i < groups->count; i++) {
        const struct backup_group *group = &groups->items[i];

        if (group->place != NULL && group->place->unreadable) {
            return error_set(error, ERROR_QUERY, "%s%s", describe(arena, group),
                             group->place->problem != NULL ? group->place->problem
                                                           : "could not be looked at");
        }
    }
    return true;
}

/* Of all sets together: each has to be restored. */
static struct reading add_sizes(const struct backup_groups *groups)
{
    struct reading sum = {.known = true};

    for (size_t i = 0; i < groups->count; i++) {
        const struct backup *newest = groups->items[i].newest;

        sum.known = sum.known && newest != NULL && newest->size_bytes.known;
        sum.value += newest != NULL ? newest->size_bytes.value : 0;
    }
    sum.value = sum.known ? sum.value : 0;
    return sum;
}

bool backup_groups_prove(const struct backup_groups *groups, const struct backup_catalog *catalog,
                         const struct backup_query *query, double step_seconds, struct arena *arena,
                         struct evidence *evidence, struct error *error)
{
    const struct backup_group *worst;
    struct reading oldest;

    /* No commit waits for a backup. */
    evidence->zero_data_loss = ANSWER_NO;
    if (groups->count == 0) {
        return fail_choice(catalog, query, error);
    }
    if (!check_groups(groups, arena, error)) {
        return false;
    }
    worst = find_worst(groups);
    if (!worst->recovery_point.known && catalog->truncated) {
        return error_set(error, ERROR_INCONSISTENT,
                         "there are too many backups to look at all, and of those looked at %s",
                         explain_nothing(arena, worst));
    }
    if (!worst->recovery_point.known) {
        return prove_nothing(explain_nothing(arena, worst), arena, evidence);
    }
    evidence->data_bytes = add_sizes(groups);
    evidence->has_recovery_point = true;
    evidence->recovery_point = worst->recovery_point.value - step_seconds;
    oldest = find_oldest(groups);
    if (oldest.known && !catalog->truncated) {
        evidence->oldest_restorable =
            (struct reading){.known = true, .value = oldest.value - step_seconds};
    }
    return true;
}
