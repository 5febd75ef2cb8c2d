/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of pods: those that may run on the same nodes, by tolerations, node selector and required
 * node affinity.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/ */

#ifndef COLLECTORS_CAPACITY_CLASS_H
#define COLLECTORS_CAPACITY_CLASS_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "collectors/capacity_amounts.h"
#include "collectors/name_table.h"
#include "exporter/error.h"

#define CAPACITY_MASK_WORDS (CAPACITY_CLASSES_MAX / 64)

/* A set of classes. */
struct capacity_mask {
    uint64_t words[CAPACITY_MASK_WORDS];
};

void capacity_mask_add(struct capacity_mask *mask, size_t index);
void capacity_mask_remove(struct capacity_mask *mask, size_t index);
bool capacity_mask_has(const struct capacity_mask *mask, size_t index);
bool capacity_mask_is_empty(const struct capacity_mask *mask);
bool capacity_mask_equal(const struct capacity_mask *a, const struct capacity_mask *b);

struct capacity_class {
    cJSON *rules; /* {"tolerations": […], "nodeSelector": {…}, "terms": […]} */
    struct capacity_amounts required; /* Of all its pods. */
    struct capacity_amounts smallest; /* Of each resource the least that one of them requests. */
    /* By resource: all that the pod requests that requests most of it, and whose pod that is. */
    struct capacity_amounts largest[CAPACITY_RESOURCES_MAX];
    char *largest_names[CAPACITY_RESOURCES_MAX]; /* From malloc; NULL: none. */
};

/* Zeroed it is empty. */
struct capacity_classes {
    struct name_table keys; /* By index of the class: its rules as text. */
    struct capacity_class *items;
};

void capacity_classes_release(struct capacity_classes *classes);

/* The class of a pod, `spec` of the API. Labels of nodes that differ between regions by their
 * nature (zone, region, host name) are left out of its rules. */
bool capacity_classes_add(struct capacity_classes *classes, const cJSON *spec, size_t *ret_index,
                          struct error *error);

/* Counts a pod of the class; `name` is for people. */
void capacity_class_count(struct capacity_class *class, const struct capacity_amounts *requests,
                          const char *name);

/* Where pods could run: a node, or nodes that could be made. */
struct capacity_place {
    const char *name;
    const cJSON *labels; /* Mapping; NULL: none. */
    const cJSON *taints; /* List of v1.Taint; NULL: none. */
    /* Of nodes that could be made: which labels they may get besides (`requirements` of a
     * NodePool); NULL: only labels that nodes always have. */
    const cJSON *requirements;
    bool can_be_made;
};

/* May pods of the class be scheduled there, as far as rules, taints and labels go? */
bool capacity_class_admits(const struct capacity_class *class, const struct capacity_place *place);

/* Of all classes. */
struct capacity_mask capacity_classes_admitted(const struct capacity_classes *classes,
                                               const struct capacity_place *place);

#endif
