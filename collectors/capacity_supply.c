/* SPDX-License-Identifier: Apache-2.0 */
/* What the DR cluster has left: its nodes, less what runs on them and will stay. */

#include "collectors/capacity_supply.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/capacity_pod.h"
#include "collectors/quantity.h"

static void *array_of(size_t count, size_t size)
{
    void *array = calloc(count == 0 ? 1 : count, size);

    if (array == NULL) {
        abort();
    }
    return array;
}

void capacity_supply_init(struct capacity_supply *supply, struct capacity_demand *demand)
{
    *supply = (struct capacity_supply){.demand = demand};
    supply->used = array_of(CAPACITY_NODES_MAX, sizeof *supply->used);
    supply->credit = array_of(demand->workloads.count, sizeof *supply->credit);
    if (!demand->settings->active_active && demand->workloads.count > 0) {
        memcpy(supply->credit, demand->needs, demand->workloads.count * sizeof *supply->credit);
    }
    supply->largest_fits = array_of(demand->classes.keys.count, sizeof *supply->largest_fits);
}

static void release_nodes(struct capacity_supply *supply)
{
    capacity_groups_release(&supply->groups);
    name_table_release(&supply->seen);
    free(supply->takes);
    supply->takes = NULL;
}

void capacity_supply_release(struct capacity_supply *supply)
{
    release_nodes(supply);
    name_table_release(&supply->nodes);
    capacity_classes_release(&supply->waiting);
    free(supply->used);
    free(supply->credit);
    free(supply->largest_fits);
}

/* --- Pods. --- */

/* A copy of what is needed stands for its original, as long as there are not more of them than are
 * needed. */
static bool is_standby(struct capacity_supply *supply, const struct capacity_pod *pod)
{
    size_t index = name_table_find(&supply->demand->workloads, pod->workload);

    if (index == NAME_TABLE_NONE || pod->is_of_node ||
        !capacity_amounts_fit(&pod->requests, &supply->credit[index])) {
        return false;
    }
    capacity_amounts_subtract(&supply->credit[index], &pod->requests);
    return true;
}

/* https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/ */
static bool is_evictable(const struct capacity_supply *supply, const struct capacity_pod *pod)
{
    return supply->demand->settings->preempt && !pod->is_of_node && supply->demand->preempts &&
           pod->priority < supply->demand->lowest_priority;
}

static bool add_waiting(struct capacity_supply *supply, const struct kubernetes_object *object,
                        const struct capacity_pod *pod, struct error *error)
{
    size_t index;

    if (!capacity_classes_add(&supply->waiting, kubernetes_member(object->json, "spec"), &index,
                              error)) {
        return error_prefix(error, "pods that wait for room in the DR cluster");
    }
    capacity_class_count(&supply->waiting.items[index], &pod->requests, pod->workload);
    return true;
}

static bool add_used(struct capacity_supply *supply, const struct capacity_pod *pod,
                     struct error *error)
{
    size_t index = name_table_find(&supply->nodes, pod->node);

    if (index == NAME_TABLE_NONE) {
        if (supply->nodes.count == CAPACITY_NODES_MAX) {
            return error_set(error, ERROR_INCONSISTENT,
                             "the DR cluster's pods run on more than %d nodes, which is more than "
                             "one source can look at",
                             CAPACITY_NODES_MAX);
        }
        index = name_table_add(&supply->nodes, pod->node);
    }
    capacity_amounts_add(&supply->used[index], &pod->requests);
    return true;
}

static bool visit_pod(void *context, const struct kubernetes_object *object, struct error *error)
{
    struct capacity_supply *supply = context;
    struct capacity_pod pod;

    capacity_pod_read(object->json, &pod);
    if (pod.has_ended) {
        return true;
    }
    if (!capacity_pod_requests(&supply->demand->resources, false, object->json, &pod, error)) {
        return error_prefix(error, pod.workload);
    }
    if (!pod.is_of_node) {
        capacity_demand_fill(supply->demand, &pod);
    }
    if (is_standby(supply, &pod)) {
        supply->pods[CAPACITY_POD_STANDBY]++;
        return true;
    }
    if (is_evictable(supply, &pod)) {
        supply->pods[CAPACITY_POD_EVICTABLE]++;
        return true;
    }
    if (*pod.node == '\0') {
        supply->pods[CAPACITY_POD_WAITING]++;
        return add_waiting(supply, object, &pod, error);
    }
    supply->pods[CAPACITY_POD_USED]++;
    return add_used(supply, &pod, error);
}

static void restart_pods(void *context)
{
    struct capacity_supply *supply = context;
    struct capacity_demand *demand = supply->demand;

    capacity_supply_release(supply);
    capacity_supply_init(supply, demand);
}

struct kubernetes_visitor capacity_supply_pods(struct capacity_supply *supply)
{
    return (struct kubernetes_visitor){supply, restart_pods, visit_pod};
}

/* --- Nodes. --- */

/* Trap C1. */
static enum capacity_node_state state_of(const cJSON *json)
{
    const cJSON *condition;
    bool ready = false;

    cJSON_ArrayForEach(condition, kubernetes_member(json, "status.conditions"))
    {
        if (strcmp(kubernetes_text(condition, "type"), "Ready") == 0) {
            ready = strcmp(kubernetes_text(condition, "status"), "True") == 0;
        }
    }
    if (!ready) {
        return CAPACITY_NODE_NOT_READY;
    }
    return cJSON_IsTrue(kubernetes_member(json, "spec.unschedulable")) ||
                   kubernetes_member(json, "metadata.deletionTimestamp") != NULL
               ? CAPACITY_NODE_CORDONED
               : CAPACITY_NODE_USABLE;
}

void capacity_supply_wait(const struct capacity_supply *supply, struct capacity_amounts *takes,
                          const struct capacity_place *place, struct capacity_amounts *free)
{
    for (size_t i = 0; i < supply->waiting.keys.count; i++) {
        if (capacity_class_admits(&supply->waiting.items[i], place)) {
            struct capacity_amounts taken = *free;

            capacity_amounts_lower(&taken, &takes[i]);
            capacity_amounts_subtract(free, &taken);
            capacity_amounts_subtract(&takes[i], &taken);
        }
    }
}

void capacity_supply_look(const struct capacity_supply *supply, const struct capacity_amounts *room,
                          struct capacity_mask *mask, struct capacity_fits *largest_fits)
{
    const struct capacity_classes *classes = &supply->demand->classes;

    for (size_t i = 0; i < classes->keys.count; i++) {
        const struct capacity_class *class = &classes->items[i];

        if (!capacity_mask_has(mask, i)) {
            continue;
        }
        if (!capacity_amounts_fit(&class->smallest, room)) {
            capacity_mask_remove(mask, i);
            continue;
        }
        for (size_t r = 0; r < CAPACITY_RESOURCES_MAX; r++) {
            largest_fits[i].of[r] =
                largest_fits[i].of[r] || capacity_amounts_fit(&class->largest[r], room);
        }
    }
}

static void add_usable(struct capacity_supply *supply, const cJSON *json,
                       const struct capacity_amounts *allocatable)
{
    const struct capacity_place place = {
        .name = kubernetes_text(json, "metadata.name"),
        .labels = kubernetes_member(json, "metadata.labels"),
        .taints = kubernetes_member(json, "spec.taints"),
    };
    size_t index = name_table_find(&supply->nodes, place.name);
    struct capacity_group group = {.free = *allocatable};

    if (index != NAME_TABLE_NONE) {
        capacity_amounts_subtract(&group.free, &supply->used[index]);
    }
    capacity_supply_wait(supply, supply->takes, &place, &group.free);
    group.classes = capacity_classes_admitted(&supply->demand->classes, &place);
    capacity_supply_look(supply, &group.free, &group.classes, supply->largest_fits);
    if (capacity_mask_is_empty(&group.classes)) {
        supply->node_states[CAPACITY_NODE_UNSUITABLE]++;
        return;
    }
    supply->node_states[CAPACITY_NODE_USABLE]++;
    capacity_groups_add(&supply->groups, &group);
}

/* The pods are all read by now. */
static void begin_nodes(struct capacity_supply *supply)
{
    supply->takes = array_of(supply->waiting.keys.count, sizeof *supply->takes);
    for (size_t i = 0; i < supply->waiting.keys.count; i++) {
        supply->takes[i] = supply->waiting.items[i].required;
    }
}

static bool visit_node(void *context, const struct kubernetes_object *object, struct error *error)
{
    struct capacity_supply *supply = context;
    enum capacity_node_state state = state_of(object->json);
    struct capacity_amounts allocatable = {{0}};
    const char *name = kubernetes_text(object->json, "metadata.name");
    size_t count = supply->seen.count;

    if (supply->seen.count == CAPACITY_NODES_MAX) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the DR cluster has more than %d nodes; choose some by \"node_selector\"",
                         CAPACITY_NODES_MAX);
    }
    if (name_table_add(&supply->seen, name) < count) {
        return error_set(error, ERROR_PROTOCOL, "the list has node %.253s twice", name);
    }
    if (supply->takes == NULL) {
        begin_nodes(supply);
    }
    if (!capacity_amounts_read(&supply->demand->resources, false,
                               kubernetes_member(object->json, "status.allocatable"), &allocatable,
                               error)) {
        return error_prefix(error, name);
    }
    capacity_amounts_add(&supply->allocatable, &allocatable);
    if (state == CAPACITY_NODE_USABLE) {
        add_usable(supply, object->json, &allocatable);
    } else {
        supply->node_states[state]++;
    }
    return true;
}

static void restart_nodes(void *context)
{
    struct capacity_supply *supply = context;

    release_nodes(supply);
    supply->allocatable = (struct capacity_amounts){{0}};
    memset(supply->node_states, 0, sizeof supply->node_states);
    memset(supply->largest_fits, 0,
           supply->demand->classes.keys.count * sizeof *supply->largest_fits);
}

struct kubernetes_visitor capacity_supply_nodes(struct capacity_supply *supply)
{
    return (struct kubernetes_visitor){supply, restart_nodes, visit_node};
}

const char *capacity_supply_misfit(const struct capacity_supply *supply,
                                   const struct capacity_fits *others, size_t *ret_resource)
{
    const struct capacity_classes *classes = &supply->demand->classes;

    for (size_t i = 0; i < classes->keys.count; i++) {
        for (size_t r = 0; r < CAPACITY_RESOURCES_MAX; r++) {
            if (classes->items[i].largest_names[r] != NULL && !supply->largest_fits[i].of[r] &&
                (others == NULL || !others[i].of[r])) {
                *ret_resource = r;
                return classes->items[i].largest_names[r];
            }
        }
    }
    return NULL;
}
