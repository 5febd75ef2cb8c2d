/* SPDX-License-Identifier: Apache-2.0 */
/* How far the DR cluster could grow: nodes that are not there yet. */

#include "collectors/capacity_growth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/quantity.h"
#include "exporter/cleanup.h"
#include "exporter/rfc3339.h"
#include "exporter/yaml.h"

/* The autoscaler's status is renewed every ten seconds; a stopped one makes no nodes. */
#define STATUS_AGE_SECONDS_MAX 900

void capacity_growing_release(struct capacity_growing *growing)
{
    capacity_groups_release(&growing->groups);
    free(growing->takes);
    free(growing->largest_fits);
    growing->takes = NULL;
    growing->largest_fits = NULL;
}

static void begin(struct capacity_growing *growing)
{
    const struct capacity_classes *waiting = &growing->supply->waiting;

    if (growing->takes != NULL) {
        return;
    }
    growing->takes = calloc(waiting->keys.count + 1, sizeof *growing->takes);
    growing->largest_fits =
        calloc(growing->supply->demand->classes.keys.count + 1, sizeof *growing->largest_fits);
    if (growing->takes == NULL || growing->largest_fits == NULL) {
        abort();
    }
    for (size_t i = 0; i < waiting->keys.count; i++) {
        /* Without any node nothing was taken. */
        growing->takes[i] =
            growing->supply->takes != NULL ? growing->supply->takes[i] : waiting->items[i].required;
    }
}

/* --- Resources that come with new nodes. --- */

static void open_what_nodes_bring(const struct capacity_resources *resources,
                                  const struct capacity_amounts *limits,
                                  struct capacity_group *group)
{
    static const char *const brought[] = {"pods", "ephemeral-storage"};

    for (size_t i = 0; i < sizeof brought / sizeof brought[0]; i++) {
        size_t index = name_table_find(&resources->names, brought[i]);

        if (index != NAME_TABLE_NONE && limits->of[index] == 0) {
            group->endless[index] = true;
        }
    }
}

/* Pods of classes that may run at a place can have what is between two amounts, where there is a
 * limit. A node has at most as much as `node`; NULL: as all of it. */
static void add_places(struct capacity_growing *growing, const struct capacity_place *place,
                       const struct capacity_amounts *limits, const struct capacity_amounts *used,
                       const struct capacity_amounts *node)
{
    const struct capacity_demand *demand = growing->supply->demand;
    struct capacity_group group = {.free = *limits};
    struct capacity_amounts room;

    begin(growing);
    capacity_amounts_subtract(&group.free, used);
    capacity_supply_wait(growing->supply, growing->takes, place, &group.free);
    room = group.free;
    if (node != NULL) {
        capacity_amounts_lower(&room, node);
    }
    for (size_t i = 0; i < CAPACITY_RESOURCES_MAX; i++) {
        /* What is not limited comes with the node; it is not added, but stops no pod. */
        room.of[i] = limits->of[i] == 0 ? INT64_MAX : room.of[i];
    }
    group.classes = capacity_classes_admitted(&demand->classes, place);
    capacity_supply_look(growing->supply, &room, &group.classes, growing->largest_fits);
    if (capacity_mask_is_empty(&group.classes)) {
        return;
    }
    open_what_nodes_bring(&demand->resources, limits, &group);
    capacity_groups_add(&growing->groups, &group);
}

/* --- Declared. --- */

static bool is_used_up(const struct capacity_amounts *limits, const struct capacity_amounts *used)
{
    return limits->of[CAPACITY_CPU] <= used->of[CAPACITY_CPU] ||
           limits->of[CAPACITY_MEMORY] <= used->of[CAPACITY_MEMORY];
}

void capacity_growth_declared(struct capacity_growing *growing)
{
    const struct capacity_amounts *allocatable = &growing->supply->allocatable;
    const struct capacity_place place = {.name = "", .can_be_made = true};
    const struct capacity_demand *demand = growing->supply->demand;
    const struct capacity_amounts limits =
        capacity_amounts_of_pairs(&demand->resources, demand->settings->ceiling);

    /* What is used up stops all growth. */
    if (!is_used_up(&limits, allocatable)) {
        add_places(growing, &place, &limits, allocatable, NULL);
    }
}

/* --- Karpenter. --- */

static bool is_ready(const cJSON *json)
{
    const cJSON *condition;

    cJSON_ArrayForEach(condition, kubernetes_member(json, "status.conditions"))
    {
        if (strcmp(kubernetes_text(condition, "type"), "Ready") == 0) {
            return strcmp(kubernetes_text(condition, "status"), "True") == 0;
        }
    }
    return false;
}

/* With the label that Karpenter adds. */
static cJSON *make_labels(const cJSON *json)
{
    const cJSON *own = kubernetes_member(json, "spec.template.metadata.labels");
    cJSON *labels = cJSON_IsObject(own) ? cJSON_Duplicate(own, true) : cJSON_CreateObject();

    if (labels == NULL || cJSON_AddStringToObject(labels, "karpenter.sh/nodepool",
                                                  kubernetes_text(json, "metadata.name")) == NULL) {
        abort();
    }
    return labels;
}

/* One limit that is reached stops the whole pool. A static pool (`replicas`) makes no more nodes
 * for pods, and how much comes with so many `nodes` is not known. */
static bool may_make_nodes(const cJSON *json)
{
    static const char *const names[] = {"cpu", "memory"};

    if (kubernetes_member(json, "spec.replicas") != NULL ||
        kubernetes_member(json, "spec.limits.nodes") != NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *limit = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(kubernetes_member(json, "spec.limits"), names[i]));
        const char *made = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(
            kubernetes_member(json, "status.resources"), names[i]));
        int64_t most;
        int64_t count = 0;

        if (limit != NULL &&
            (!quantity_parse(limit, QUANTITY_THOUSANDTHS, &most) ||
             (made != NULL && !quantity_parse(made, QUANTITY_THOUSANDTHS, &count)) ||
             count >= most)) {
            return false;
        }
    }
    return true;
}

static bool visit_pool(void *context, const struct kubernetes_object *object, struct error *error)
{
    struct capacity_growing *growing = context;
    struct capacity_resources *resources = &growing->supply->demand->resources;
    const cJSON *json = object->json;
    struct capacity_amounts limits = {{0}};
    struct capacity_amounts used = {{0}};
    struct capacity_place place = {
        .name = kubernetes_text(json, "metadata.name"),
        .taints = kubernetes_member(json, "spec.template.spec.taints"),
        .requirements = kubernetes_member(json, "spec.template.spec.requirements"),
        .can_be_made = true,
    };
    cJSON *labels;

    if (growing->pools++ == CAPACITY_POOLS_MAX) {
        return error_set(error, ERROR_INCONSISTENT, "more than %d NodePools", CAPACITY_POOLS_MAX);
    }
    if (!is_ready(json) || kubernetes_member(json, "metadata.deletionTimestamp") != NULL ||
        !may_make_nodes(json)) {
        return true;
    }
    if (!capacity_amounts_read(resources, false, kubernetes_member(json, "spec.limits"), &limits,
                               error) ||
        !capacity_amounts_read(resources, false, kubernetes_member(json, "status.resources"), &used,
                               error)) {
        return error_prefix(error, place.name);
    }
    growing->pools_usable++;
    labels = make_labels(json);
    place.labels = labels;
    /* A pool without limits of what counts adds nothing. */
    if (limits.of[CAPACITY_CPU] > 0 || limits.of[CAPACITY_MEMORY] > 0) {
        add_places(growing, &place, &limits, &used, NULL);
    }
    cJSON_Delete(labels);
    return true;
}

static void restart(void *context)
{
    struct capacity_growing *growing = context;
    struct capacity_growing fresh = {.supply = growing->supply, .now = growing->now};

    capacity_growing_release(growing);
    *growing = fresh;
}

struct kubernetes_visitor capacity_growth_pools(struct capacity_growing *growing)
{
    return (struct kubernetes_visitor){growing, restart, visit_pool};
}

/* --- cluster-autoscaler, as of 1.30:
 *
 *     autoscalerStatus: Running
 *     clusterWide:
 *       health: {status: Healthy, lastProbeTime: "2026-11-21T12:00:00Z", …}
 *     nodeGroups:
 *     - name: workers
 *       health: {status: Healthy, cloudProviderTarget: 2, minSize: 1, maxSize: 8, …}
 *       scaleUp: {status: NoActivity, …} --- */

static void free_file(struct yaml_file **file)
{
    yaml_file_free(*file);
}

static const char *text_at(struct yaml_value group, const char *part, const char *key)
{
    const char *text = yaml_text(yaml_lookup(yaml_lookup(group, part), key));

    return text == NULL ? "" : text;
}

/* Raises *most to a number of a mapping; Go leaves out zeros. False for what is no number. */
static bool raise_to_count(struct yaml_value mapping, const char *key, int64_t *most)
{
    struct yaml_value value = yaml_lookup(mapping, key);
    const char *text = yaml_text(value);
    int64_t count = 0;

    if (value.node != NULL && (text == NULL || !quantity_parse(text, QUANTITY_ONES, &count))) {
        return false;
    }
    *most = count > *most ? count : *most;
    return true;
}

/* How many nodes it may still make; false when it does not make any. */
static bool read_group(struct yaml_value group, int64_t *ret_nodes)
{
    struct yaml_value health = yaml_lookup(group, "health");
    struct yaml_value there = yaml_lookup(yaml_lookup(health, "nodeCounts"), "registered");
    int64_t most = 0;
    int64_t wanted = 0;

    if (strcmp(text_at(group, "health", "status"), "Healthy") != 0 ||
        strcmp(text_at(group, "scaleUp", "status"), "Backoff") == 0 ||
        !raise_to_count(health, "maxSize", &most) ||
        !raise_to_count(health, "cloudProviderTarget", &wanted) ||
        !raise_to_count(there, "total", &wanted) || !raise_to_count(there, "ready", &wanted)) {
        return false;
    }
    *ret_nodes = quantity_subtract(most, wanted);
    return *ret_nodes > 0;
}

static bool is_fresh(struct yaml_value root, double now)
{
    const char *text = text_at(yaml_lookup(root, "clusterWide"), "health", "lastProbeTime");
    double probed;

    /* One of the future is of a clock that is ahead, and as old as nobody knows. */
    return rfc3339_parse(text, &probed) && fabs(now - probed) <= STATUS_AGE_SECONDS_MAX;
}

static bool find_group(struct yaml_value groups, const char *name, struct yaml_value *ret_group)
{
    for (size_t i = 0; i < yaml_length(groups); i++) {
        const char *text;

        *ret_group = yaml_item(groups, i);
        text = yaml_text(yaml_lookup(*ret_group, "name"));
        if (text != NULL && strcmp(text, name) == 0) {
            return true;
        }
    }
    return false;
}

/* So many as settings->new_node says. */
static void add_nodes(struct capacity_growing *growing, int64_t count)
{
    const struct capacity_place place = {.name = "", .can_be_made = true};
    const struct capacity_demand *demand = growing->supply->demand;
    const struct capacity_amounts none = {{0}};
    const struct capacity_amounts node =
        capacity_amounts_of_pairs(&demand->resources, demand->settings->new_node);
    struct capacity_amounts limits = node;

    if (count == 0) {
        return;
    }
    for (size_t i = 0; i < CAPACITY_RESOURCES_MAX; i++) {
        if (__builtin_mul_overflow(limits.of[i], count, &limits.of[i])) {
            limits.of[i] = INT64_MAX;
        }
    }
    add_places(growing, &place, &limits, &none, &node);
}

static bool read_status(struct capacity_growing *growing, struct yaml_value root,
                        struct error *error)
{
    const char *status = yaml_text(yaml_lookup(root, "autoscalerStatus"));
    int64_t nodes = 0;

    if (!yaml_is_mapping(root) || status == NULL) {
        return error_set(error, ERROR_PROTOCOL,
                         "cluster-autoscaler's status is not as 1.30 and later write it; use "
                         "\"scale_out: declared\" instead");
    }
    growing->found = true;
    if (strcmp(status, "Running") != 0 || !is_fresh(root, growing->now)) {
        return true;
    }
    for (const char *const *name = growing->supply->demand->settings->node_groups; *name != NULL;
         name++) {
        struct yaml_value group;
        int64_t more;

        if (!find_group(yaml_lookup(root, "nodeGroups"), *name, &group)) {
            return error_set(error, ERROR_NOT_FOUND,
                             "cluster-autoscaler has no group \"%.100s\"; look at \"node_groups\"",
                             *name);
        }
        growing->pools++;
        if (read_group(group, &more)) {
            growing->pools_usable++;
            nodes = quantity_add(nodes, more);
        }
    }
    add_nodes(growing, nodes);
    return true;
}

bool capacity_growth_status(struct capacity_growing *growing, const char *text, struct error *error)
{
    CLEANUP(yaml_report_release) struct yaml_report report;
    CLEANUP(free_file) struct yaml_file *file = NULL;

    yaml_report_init(&report);
    file = yaml_file_parse(text, strlen(text), "status", 0, &report);
    if (file == NULL || report.total > 0) {
        return error_set(error, ERROR_PROTOCOL,
                         "cluster-autoscaler's status is no YAML, as 1.30 and later write it; use "
                         "\"scale_out: declared\" instead");
    }
    return read_status(growing, yaml_root(file), error);
}

static bool visit_status(void *context, const struct kubernetes_object *object, struct error *error)
{
    return capacity_growth_status(context, kubernetes_text(object->json, "data.status"), error);
}

struct kubernetes_visitor capacity_growth_autoscaler(struct capacity_growing *growing)
{
    return (struct kubernetes_visitor){growing, restart, visit_status};
}
