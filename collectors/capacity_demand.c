/* SPDX-License-Identifier: Apache-2.0 */
/* What the primary's workload needs: the pods of a list, summed up by class and by workload. */

#include "collectors/capacity_demand.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void capacity_demand_init(struct capacity_demand *demand, const struct capacity_settings *settings)
{
    *demand = (struct capacity_demand){
        .settings = settings, .preempts = true, .lowest_priority = INFINITY};
    capacity_resources_init(&demand->resources, settings->ignore_resources);
}

void capacity_demand_release(struct capacity_demand *demand)
{
    capacity_resources_release(&demand->resources);
    capacity_classes_release(&demand->classes);
    name_table_release(&demand->namespaces);
    name_table_release(&demand->workloads);
    free(demand->needs);
    demand->needs = NULL;
}

static bool add_need(struct capacity_demand *demand, const struct capacity_pod *pod,
                     struct error *error)
{
    size_t count = demand->workloads.count;
    size_t index = name_table_add(&demand->workloads, pod->workload);

    if (index == count) {
        if (count == CAPACITY_WORKLOADS_MAX) {
            return error_set(error, ERROR_INCONSISTENT,
                             "the pods are of more than %d workloads; make several sources with a "
                             "\"selector\" or \"namespaces\" each",
                             CAPACITY_WORKLOADS_MAX);
        }
        /* A power of two is full. */
        if ((count & (count - 1)) == 0) {
            demand->needs =
                reallocarray(demand->needs, count == 0 ? 1 : 2 * count, sizeof *demand->needs);
        }
        if (demand->needs == NULL) {
            abort();
        }
        demand->needs[index] = (struct capacity_amounts){{0}};
    }
    capacity_amounts_add(&demand->needs[index], &pod->requests);
    return true;
}

static bool is_unknown(const struct capacity_demand *demand, const struct capacity_pod *pod,
                       size_t resource)
{
    return (pod->lacks[resource] || pod->requests.of[resource] == 0) &&
           capacity_resources_want(&demand->resources, demand->resources.names.names[resource]);
}

void capacity_demand_fill(const struct capacity_demand *demand, struct capacity_pod *pod)
{
    static const size_t resources[] = {CAPACITY_CPU, CAPACITY_MEMORY};
    struct capacity_amounts assumed =
        capacity_amounts_of_pairs(&demand->resources, demand->settings->unrequested);

    for (size_t i = 0; i < sizeof resources / sizeof resources[0]; i++) {
        size_t resource = resources[i];

        if (is_unknown(demand, pod, resource) &&
            pod->requests.of[resource] < assumed.of[resource]) {
            pod->requests.of[resource] = assumed.of[resource];
        }
    }
}

static void note_unrequested(struct capacity_demand *demand, const struct capacity_pod *pod)
{
    if (is_unknown(demand, pod, CAPACITY_CPU) || is_unknown(demand, pod, CAPACITY_MEMORY)) {
        if (demand->unrequested++ == 0) {
            memcpy(demand->unrequested_name, pod->workload, sizeof pod->workload);
        }
    }
}

static bool visit(void *context, const struct kubernetes_object *object, struct error *error)
{
    struct capacity_demand *demand = context;
    struct capacity_pod pod;
    size_t class;

    capacity_pod_read(object->json, &pod);
    if (pod.has_ended) {
        return true;
    }
    if (pod.is_of_node || !capacity_settings_include(demand->settings, pod.namespace)) {
        demand->left_out++;
        return true;
    }
    if (!capacity_pod_requests(&demand->resources, true, object->json, &pod, error)) {
        return error_prefix(error, pod.workload);
    }
    note_unrequested(demand, &pod);
    capacity_demand_fill(demand, &pod);
    if (demand->settings->namespaces != NULL) {
        (void)name_table_add(&demand->namespaces, pod.namespace);
    }
    if (!capacity_classes_add(&demand->classes, kubernetes_member(object->json, "spec"), &class,
                              error) ||
        !add_need(demand, &pod, error)) {
        return false;
    }
    capacity_class_count(&demand->classes.items[class], &pod.requests, pod.workload);
    *(*pod.node == '\0' ? &demand->pending : &demand->scheduled) += 1;
    demand->claiming += pod.claims_devices ? 1 : 0;
    demand->preempts = demand->preempts && pod.preempts;
    demand->lowest_priority = fmin(demand->lowest_priority, pod.priority);
    return true;
}

static void restart(void *context)
{
    struct capacity_demand *demand = context;
    const struct capacity_settings *settings = demand->settings;

    capacity_demand_release(demand);
    capacity_demand_init(demand, settings);
}

struct kubernetes_visitor capacity_demand_visitor(struct capacity_demand *demand)
{
    return (struct kubernetes_visitor){demand, restart, visit};
}

bool capacity_demand_check(const struct capacity_demand *demand, struct error *error)
{
    if (demand->scheduled + demand->pending == 0) {
        return error_set(error, ERROR_NOT_FOUND,
                         "no pod needs room (%zu were left out); look at \"namespaces\" and "
                         "\"selector\"",
                         demand->left_out);
    }
    for (const char *const *i = demand->settings->namespaces; i != NULL && *i != NULL; i++) {
        if (name_table_find(&demand->namespaces, *i) == NAME_TABLE_NONE) {
            return error_set(error, ERROR_NOT_FOUND,
                             "no pod of namespace \"%.63s\" needs room; look at \"namespaces\" and "
                             "\"selector\"",
                             *i);
        }
    }
    if (demand->unrequested > 0 && demand->settings->unrequested == NULL) {
        return error_set(error, ERROR_INCONSISTENT,
                         "%zu pods have a container that requests no CPU or no memory (one of "
                         "%.200s), so what they need is not known; say by \"unrequested\" what "
                         "such a pod counts at least",
                         demand->unrequested, demand->unrequested_name);
    }
    if (demand->claiming > 0) {
        return error_set(error, ERROR_INCONSISTENT,
                         "%zu pods claim devices (resourceClaims), which cannot be counted; leave "
                         "them out by \"selector\"",
                         demand->claiming);
    }
    return true;
}
