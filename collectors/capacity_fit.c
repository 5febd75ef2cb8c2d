/* SPDX-License-Identifier: Apache-2.0 */
/* How much of what all classes of pods need together is there? */

#include "collectors/capacity_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/quantity.h"
#include "exporter/cleanup.h"

/* Each step finds a set of classes that is worse off than the one before; a few are usual. */
#define STEPS_MAX (2 * CAPACITY_CLASSES_MAX)
/* What is lost in sums of doubles, relative to them. */
#define PRECISION 1e-12
#define NOWHERE SIZE_MAX

void capacity_groups_release(struct capacity_groups *groups)
{
    free(groups->items);
    *groups = (struct capacity_groups){.items = NULL};
}

static void merge(struct capacity_group *group, const struct capacity_group *more)
{
    capacity_amounts_add(&group->free, &more->free);
    for (size_t i = 0; i < CAPACITY_MASK_WORDS; i++) {
        group->classes.words[i] &= more->classes.words[i];
    }
    for (size_t i = 0; i < CAPACITY_RESOURCES_MAX; i++) {
        group->endless[i] = group->endless[i] && more->endless[i];
    }
}

void capacity_groups_add(struct capacity_groups *groups, const struct capacity_group *more)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct capacity_group *group = &groups->items[i];

        if (capacity_mask_equal(&group->classes, &more->classes) &&
            memcmp(group->endless, more->endless, sizeof group->endless) == 0) {
            merge(&groups->items[i], more);
            return;
        }
    }
    if (groups->count == CAPACITY_GROUPS_MAX) {
        merge(&groups->items[groups->count - 1], more);
        return;
    }
    groups->items = reallocarray(groups->items, groups->count + 1, sizeof *groups->items);
    if (groups->items == NULL) {
        abort();
    }
    groups->items[groups->count++] = *more;
}

/* --- One resource: a flow from classes (rows) to groups (columns). --- */

struct network {
    size_t row_count; /* Classes that need it and cannot have it without end. */
    double need[CAPACITY_CLASSES_MAX];
    double unmet[CAPACITY_CLASSES_MAX];
    size_t column_count; /* Groups that have some for one of them. */
    double *room;
    double *left;
    bool *usable; /* By row and column, as is the next one. */
    double *flow;
    /* How the search came there: to a row from a column, to a column from a row. */
    bool seen[CAPACITY_CLASSES_MAX];
    size_t row_from[CAPACITY_CLASSES_MAX];
    size_t *column_from;
};

static void network_release(struct network *network)
{
    free(network->room);
    free(network->left);
    free(network->usable);
    free(network->flow);
    free(network->column_from);
}

static void *array_of(size_t count, size_t size)
{
    void *array = calloc(count == 0 ? 1 : count, size);

    if (array == NULL) {
        abort();
    }
    return array;
}

static size_t at(const struct network *network, size_t row, size_t column)
{
    return row * network->column_count + column;
}

static bool is_endless(const struct capacity_groups *groups, size_t index, size_t resource)
{
    for (size_t i = 0; i < groups->count; i++) {
        if (groups->items[i].endless[resource] &&
            capacity_mask_has(&groups->items[i].classes, index)) {
            return true;
        }
    }
    return false;
}

static bool has_common(const struct capacity_mask *a, const struct capacity_mask *b)
{
    for (size_t i = 0; i < CAPACITY_MASK_WORDS; i++) {
        if ((a->words[i] & b->words[i]) != 0) {
            return true;
        }
    }
    return false;
}

static void network_init(struct network *network, const struct capacity_classes *classes,
                         const struct capacity_groups *groups, size_t resource,
                         struct capacity_fit *fit)
{
    struct capacity_mask needing = {{0}}; /* The classes of the rows. */
    size_t indices[CAPACITY_CLASSES_MAX];

    *network = (struct network){.row_count = 0};
    for (size_t i = 0; i < classes->keys.count; i++) {
        int64_t need = classes->items[i].required.of[resource];

        fit->required = quantity_add(fit->required, need);
        if (need > 0 && is_endless(groups, i, resource)) {
            fit->endless = true;
        } else if (need > 0) {
            capacity_mask_add(&needing, i);
            network->need[network->row_count] = (double)need;
            indices[network->row_count++] = i;
        }
    }
    network->room = array_of(groups->count, sizeof *network->room);
    network->left = array_of(groups->count, sizeof *network->left);
    network->column_from = array_of(groups->count, sizeof *network->column_from);
    network->usable = array_of(network->row_count * groups->count, sizeof *network->usable);
    network->flow = array_of(network->row_count * groups->count, sizeof *network->flow);
    for (size_t i = 0; i < groups->count; i++) {
        network->column_count += groups->items[i].free.of[resource] > 0 &&
                                         has_common(&groups->items[i].classes, &needing)
                                     ? 1
                                     : 0;
    }
    for (size_t i = 0, column = 0; column < network->column_count; i++) {
        const struct capacity_group *group = &groups->items[i];

        if (group->free.of[resource] > 0 && has_common(&group->classes, &needing)) {
            fit->available = quantity_add(fit->available, group->free.of[resource]);
            network->room[column] = (double)group->free.of[resource];
            for (size_t row = 0; row < network->row_count; row++) {
                network->usable[at(network, row, column)] =
                    capacity_mask_has(&group->classes, indices[row]);
            }
            column++;
        }
    }
}

/* Gives each class what is left, without taking anything away from others. */
static void flow_directly(struct network *network, double factor)
{
    memcpy(network->left, network->room, network->column_count * sizeof *network->left);
    for (size_t row = 0; row < network->row_count; row++) {
        double unmet = network->need[row] * factor;

        for (size_t column = 0; column < network->column_count; column++) {
            double part = unmet < network->left[column] ? unmet : network->left[column];

            part = network->usable[at(network, row, column)] ? part : 0;
            network->flow[at(network, row, column)] = part;
            network->left[column] -= part;
            unmet -= part;
        }
        network->unmet[row] = unmet;
    }
}

/* Visits the groups that a class may use; the first one with anything left ends the search. */
static size_t search_columns(struct network *network, size_t row, size_t *queue, size_t *queued)
{
    for (size_t column = 0; column < network->column_count; column++) {
        double little = network->room[column] * PRECISION;

        if (network->column_from[column] != NOWHERE || !network->usable[at(network, row, column)]) {
            continue;
        }
        network->column_from[column] = row;
        if (network->left[column] > little) {
            return column;
        }
        for (size_t other = 0; other < network->row_count; other++) {
            if (!network->seen[other] && network->flow[at(network, other, column)] > little) {
                network->seen[other] = true;
                network->row_from[other] = column;
                queue[(*queued)++] = other;
            }
        }
    }
    return NOWHERE;
}

/* The group to which the unmet need of a class can go, if others move; NOWHERE if there is none.
 * The classes that were seen are then those that lack room together. */
static size_t search(struct network *network, double factor)
{
    size_t queue[CAPACITY_CLASSES_MAX];
    size_t queued = 0;

    for (size_t column = 0; column < network->column_count; column++) {
        network->column_from[column] = NOWHERE;
    }
    for (size_t row = 0; row < network->row_count; row++) {
        network->seen[row] = network->unmet[row] > network->need[row] * factor * PRECISION;
        network->row_from[row] = NOWHERE;
        if (network->seen[row]) {
            queue[queued++] = row;
        }
    }
    for (size_t i = 0; i < queued; i++) {
        size_t end = search_columns(network, queue[i], queue, &queued);

        if (end != NOWHERE) {
            return end;
        }
    }
    return NOWHERE;
}

/* Moves as much as can go the way that the search found. */
static void move_along(struct network *network, size_t end)
{
    double part = network->left[end];
    size_t row = network->column_from[end];

    while (network->row_from[row] != NOWHERE) {
        size_t column = network->row_from[row];

        part = fmin(part, network->flow[at(network, row, column)]);
        row = network->column_from[column];
    }
    part = fmin(part, network->unmet[row]);
    network->unmet[row] -= part;
    network->left[end] -= part;
    for (size_t column = end; column != NOWHERE;) {
        row = network->column_from[column];
        network->flow[at(network, row, column)] += part;
        column = network->row_from[row];
        if (column != NOWHERE) {
            network->flow[at(network, row, column)] -= part;
        }
    }
}

/* Room of the classes that were seen last to their need; +Inf if none was. */
static double ratio_of_seen(const struct network *network)
{
    double need = 0;
    double room = 0;

    for (size_t row = 0; row < network->row_count; row++) {
        need += network->seen[row] ? network->need[row] : 0;
    }
    for (size_t column = 0; column < network->column_count; column++) {
        bool used = false;

        for (size_t row = 0; row < network->row_count && !used; row++) {
            used = network->seen[row] && network->usable[at(network, row, column)];
        }
        room += used ? network->room[column] : 0;
    }
    return need > 0 ? room / need : INFINITY;
}

bool capacity_fit(const struct capacity_classes *classes, const struct capacity_groups *groups,
                  size_t resource, struct capacity_fit *ret_fit)
{
    CLEANUP(network_release) struct network network;
    struct capacity_fit fit = {.ratio = INFINITY};
    double ratio;

    network_init(&network, classes, groups, resource, &fit);
    if (fit.required == 0) {
        return false;
    }
    for (size_t row = 0; row < network.row_count; row++) {
        network.seen[row] = true;
    }
    ratio = ratio_of_seen(&network);
    for (int step = 0; ratio < fit.ratio && step < STEPS_MAX; step++) {
        size_t end;

        fit.ratio = ratio;
        flow_directly(&network, ratio);
        while ((end = search(&network, ratio)) != NOWHERE) {
            move_along(&network, end);
        }
        ratio = ratio_of_seen(&network);
    }
    *ret_fit = fit;
    return true;
}
