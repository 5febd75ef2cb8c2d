/* SPDX-License-Identifier: Apache-2.0 */
/* How much of what all classes of pods need together is there? */

#ifndef COLLECTORS_CAPACITY_FIT_H
#define COLLECTORS_CAPACITY_FIT_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/capacity_class.h"
#include "exporter/evidence.h"

/* What is free where the same classes may run. */
struct capacity_group {
    struct capacity_mask classes;
    struct capacity_amounts free;
    /* By resource: there is more than can be counted. */
    bool endless[CAPACITY_RESOURCES_MAX];
};

/* Groups of nodes, at most CAPACITY_GROUPS_MAX; zeroed it is empty. */
struct capacity_groups {
    struct capacity_group *items;
    size_t count;
};

void capacity_groups_release(struct capacity_groups *groups);

/* Adds what is free at a place for `classes`. Where there are too many groups already, only the
 * classes that it has in common with the last one may use either: too little, never too much. */
void capacity_groups_add(struct capacity_groups *groups, const struct capacity_group *more);

struct capacity_fit {
    double ratio;      /* Of what is there to what is needed; +Inf: as much as one wants. */
    bool endless;      /* For at least one class that needs it. */
    int64_t required;  /* By all classes. */
    int64_t available; /* Where at least one class may run that needs any; without the endless. */
};

/* The largest factor by which the need of every class could be multiplied so that all of it has
 * room, each class only where it may run and no room being used twice:
 *
 *     min over all sets S of classes of   room where any class of S may run / need of S
 *
 * (Hall's condition for divisible goods), found by cuts of a flow (Dinkelbach's method). Pods are
 * not divisible, so they may fit a little worse than this says. False if nothing is required. */
bool capacity_fit(const struct capacity_classes *classes, const struct capacity_groups *groups,
                  size_t resource, struct capacity_fit *ret_fit);

#endif
