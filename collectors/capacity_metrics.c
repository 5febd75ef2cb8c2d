/* SPDX-License-Identifier: Apache-2.0 */
/* What the capacity collector tells: sums become samples and evidence. */

#include "collectors/capacity_metrics.h"

#include <stdio.h>
#include <string.h>

#include "collectors/capacity_pod.h"
#include "exporter/cleanup.h"

const struct metric capacity_metric_table[CAPACITY_METRIC_COUNT] = {
    [CAPACITY_CLUSTER_UP] = {"dr_capacity_cluster_up",
                             METRIC_GAUGE,
                             "Whether this cluster (primary or dr) told all that was asked.",
                             {"cluster"}},
    [CAPACITY_RATIO] =
        {"dr_capacity_ratio",
         METRIC_GAUGE,
         "How much of what is needed the DR cluster has room for: the largest factor by which all "
         "needs could grow alike, pods only where taints, node selectors and required node "
         "affinities let them. By sums: how pods pack onto nodes is not tried. Stage now is with "
         "the nodes that are there, after_scale_out with those that could be made.",
         {"resource", "stage"}},
    [CAPACITY_REQUIRED] = {"dr_capacity_required",
                           METRIC_GAUGE,
                           "Effective requests of the primary's pods that count, pending ones "
                           "included.",
                           {"resource", "unit"}},
    [CAPACITY_AVAILABLE] =
        {"dr_capacity_available",
         METRIC_GAUGE,
         "Allocatable of the DR cluster's nodes that are ready and schedulable and where at least "
         "some of what is needed may run, less what stays there. Absent where there is no end.",
         {"resource", "unit", "stage"}},
    [CAPACITY_LARGEST_FITS] = {"dr_capacity_largest_pod_fits",
                               METRIC_GAUGE,
                               "Whether the largest pods that are needed each fit on some node of "
                               "the DR cluster; with count_scale_out also on one that could be "
                               "made, as far as it is known how large that is.",
                               {NULL}},
    [CAPACITY_PRIMARY_PODS] =
        {"dr_capacity_primary_pods",
         METRIC_GAUGE,
         "Pods of the primary's cluster that have not ended: scheduled or pending, which both need "
         "room; left_out (of DaemonSets, or of namespaces that do not count). Of those that need "
         "room, unrequested ones have a container that requests no CPU or no memory: they count at "
         "least as the setting unrequested says.",
         {"state"}},
    [CAPACITY_RECOVERY_PODS] =
        {"dr_capacity_dr_pods",
         METRIC_GAUGE,
         "Pods of the DR cluster that have not ended: used (they stay and need their room), "
         "standby (of workloads that are needed, so their room is available), evictable (they give "
         "way), "
         "waiting (not scheduled, they take room first).",
         {"state"}},
    [CAPACITY_NODES] = {"dr_capacity_nodes",
                        METRIC_GAUGE,
                        "Nodes of the DR cluster: usable, not_ready, cordoned, unsuitable (nothing "
                        "that is needed may run or fits there).",
                        {"state"}},
    [CAPACITY_POOLS] = {"dr_capacity_node_pools",
                        METRIC_GAUGE,
                        "NodePools of Karpenter, or groups of the cluster-autoscaler: usable (they "
                        "can make nodes), unusable (not ready, in backoff, at a limit).",
                        {"state"}},
    [CAPACITY_REQUIRED_AT] = {"dr_capacity_required_timestamp_seconds",
                              METRIC_GAUGE,
                              "When what is needed was last measured. Later failures do not change "
                              "it; after a loss of the primary that is what has to have room.",
                              {NULL}},
    [CAPACITY_WORKLOADS] = {"dr_capacity_workloads",
                            METRIC_GAUGE,
                            "Deployments and StatefulSets of the primary that count, other than "
                            "those scaled to nothing.",
                            {NULL}},
    [CAPACITY_WORKLOADS_MISSING] = {"dr_capacity_workloads_missing",
                                    METRIC_GAUGE,
                                    "Of them, those that the DR cluster does not have.",
                                    {NULL}},
    [CAPACITY_WORKLOADS_MISMATCHED] =
        {"dr_capacity_workloads_mismatched",
         METRIC_GAUGE,
         "Of them, those whose containers have other images in the DR cluster: by the last part of "
         "the name and by digest, or tag where there is none.",
         {NULL}},
    [CAPACITY_WORKLOAD_PROBLEM] = {"dr_capacity_workload_problem",
                                   METRIC_GAUGE,
                                   "1 for the first of those that are missing or mismatched.",
                                   {"namespace", "kind", "workload", "problem"}},
};

static const char *const stage_names[CAPACITY_STAGE_COUNT] = {
    [CAPACITY_NOW] = "now", [CAPACITY_AFTER_SCALE_OUT] = "after_scale_out"};

static const char *const node_state_names[CAPACITY_NODE_STATE_COUNT] = {
    [CAPACITY_NODE_USABLE] = "usable",
    [CAPACITY_NODE_NOT_READY] = "not_ready",
    [CAPACITY_NODE_CORDONED] = "cordoned",
    [CAPACITY_NODE_UNSUITABLE] = "unsuitable",
};

static const char *const pod_state_names[CAPACITY_POD_STATE_COUNT] = {
    [CAPACITY_POD_USED] = "used",
    [CAPACITY_POD_STANDBY] = "standby",
    [CAPACITY_POD_EVICTABLE] = "evictable",
    [CAPACITY_POD_WAITING] = "waiting",
};

static void add_state(struct samples *samples, enum capacity_metric metric, const char *state,
                      size_t count)
{
    samples_add_labelled(samples, metric, (double)count, (const char *[]){state});
}

void capacity_add_cluster(struct samples *samples, const char *cluster, bool up)
{
    samples_add_labelled(samples, CAPACITY_CLUSTER_UP, up ? 1 : 0, (const char *[]){cluster});
}

void capacity_add_demand(struct samples *samples, const struct capacity_demand *demand)
{
    add_state(samples, CAPACITY_PRIMARY_PODS, "scheduled", demand->scheduled);
    add_state(samples, CAPACITY_PRIMARY_PODS, "pending", demand->pending);
    add_state(samples, CAPACITY_PRIMARY_PODS, "left_out", demand->left_out);
    add_state(samples, CAPACITY_PRIMARY_PODS, "unrequested", demand->unrequested);
}

static void add_supply(struct samples *samples, const struct capacity_supply *supply,
                       bool largest_fits)
{
    for (size_t i = 0; i < CAPACITY_POD_STATE_COUNT; i++) {
        add_state(samples, CAPACITY_RECOVERY_PODS, pod_state_names[i], supply->pods[i]);
    }
    for (size_t i = 0; i < CAPACITY_NODE_STATE_COUNT; i++) {
        add_state(samples, CAPACITY_NODES, node_state_names[i], supply->node_states[i]);
    }
    samples_add(samples, CAPACITY_LARGEST_FITS, largest_fits ? 1 : 0);
}

static void add_fit(struct samples *samples, const struct capacity_demand *demand, size_t resource,
                    enum capacity_stage stage, const struct capacity_fit *fit)
{
    const char *name = demand->resources.names.names[resource];
    const char *unit = capacity_unit(&demand->resources, resource);
    const char *stage_name = stage_names[stage];

    samples_add_labelled(samples, CAPACITY_RATIO, fit->ratio, (const char *[]){name, stage_name});
    if (stage == CAPACITY_NOW) {
        samples_add_labelled(samples, CAPACITY_REQUIRED,
                             capacity_amount_value(resource, fit->required),
                             (const char *[]){name, unit});
    }
    if (!fit->endless) {
        samples_add_labelled(samples, CAPACITY_AVAILABLE,
                             capacity_amount_value(resource, fit->available),
                             (const char *[]){name, unit, stage_name});
    }
}

static void add_growing(struct samples *samples, const struct capacity_growing *growing)
{
    add_state(samples, CAPACITY_POOLS, "usable", growing->pools_usable);
    add_state(samples, CAPACITY_POOLS, "unusable", growing->pools - growing->pools_usable);
}

static void add_all(struct capacity_groups *sum, const struct capacity_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        capacity_groups_add(sum, &groups->items[i]);
    }
}

static void consider(const struct collection *collection, const char *resource,
                     enum capacity_stage stage, const struct capacity_fit *fit)
{
    struct capacity_evidence *evidence = &collection->evidence->capacity;

    if (!evidence->ratio.known || fit->ratio < evidence->ratio.value) {
        evidence->ratio = (struct reading){.known = true, .value = fit->ratio};
        evidence->limiting = arena_printf(collection->arena, "%.63s%s", resource,
                                          stage == CAPACITY_NOW ? "" : " after scaling out");
    }
}

static void prove_stage(const struct collection *collection, const struct capacity_demand *demand,
                        const struct capacity_groups *groups, enum capacity_stage stage,
                        bool measured)
{
    const struct capacity_settings *own = demand->settings;

    for (size_t i = 0; i < demand->resources.names.count; i++) {
        struct capacity_fit fit;

        if (!capacity_fit(&demand->classes, groups, i, &fit)) {
            continue;
        }
        if (measured) {
            add_fit(collection->samples, demand, i, stage, &fit);
        }
        if (own->count_scale_out == (stage == CAPACITY_AFTER_SCALE_OUT)) {
            consider(collection, demand->resources.names.names[i], stage, &fit);
        }
    }
}

void capacity_prove(const struct collection *collection, const struct capacity_supply *supply,
                    const struct capacity_growing *growing, double required_at, bool measured)
{
    const struct capacity_demand *demand = supply->demand;
    const struct capacity_settings *own = demand->settings;
    CLEANUP(capacity_groups_release) struct capacity_groups after = {.items = NULL};
    struct capacity_evidence *evidence = &collection->evidence->capacity;
    size_t resource = 0;
    const char *misfit = capacity_supply_misfit(
        supply, own->count_scale_out ? growing->largest_fits : NULL, &resource);

    prove_stage(collection, demand, &supply->groups, CAPACITY_NOW, measured);
    if (capacity_settings_growth(own) != CAPACITY_GROWTH_NONE) {
        add_all(&after, &supply->groups);
        add_all(&after, &growing->groups);
        prove_stage(collection, demand, &after, CAPACITY_AFTER_SCALE_OUT, measured);
        add_growing(collection->samples, growing);
    }
    add_supply(collection->samples, supply, misfit == NULL);
    evidence->required_at = (struct reading){.known = true, .value = required_at};
    if (misfit != NULL) {
        evidence->problem = arena_printf(collection->arena,
                                         "a pod of %.200s fits on no node (it requests most %.63s)",
                                         misfit, demand->resources.names.names[resource]);
    }
}

/* "namespace/kind/name" */
static void add_problem(struct samples *samples, const char *name, const char *problem)
{
    char text[CAPACITY_WORKLOAD_BYTES];
    char *kind;
    char *workload;

    (void)snprintf(text, sizeof text, "%s", name);
    kind = strchr(text, '/');
    workload = kind == NULL ? NULL : strchr(kind + 1, '/');
    if (workload == NULL) {
        return;
    }
    *kind++ = '\0';
    *workload++ = '\0';
    samples_add_labelled(samples, CAPACITY_WORKLOAD_PROBLEM, 1,
                         (const char *[]){text, kind, workload, problem});
}

void capacity_add_parity(struct samples *samples, const struct capacity_parity *parity)
{
    size_t shown = 0;

    samples_add(samples, CAPACITY_WORKLOADS, (double)parity->names.count);
    samples_add(samples, CAPACITY_WORKLOADS_MISSING,
                (double)capacity_parity_count(parity, CAPACITY_MISSING));
    samples_add(samples, CAPACITY_WORKLOADS_MISMATCHED,
                (double)capacity_parity_count(parity, CAPACITY_MISMATCHED));
    for (size_t i = 0; i < parity->names.count && shown < CAPACITY_WORKLOADS_SHOWN_MAX; i++) {
        enum capacity_parity_state state = parity->items[i].state;

        if (state != CAPACITY_SAME) {
            add_problem(samples, parity->names.names[i],
                        state == CAPACITY_MISSING ? "missing" : "mismatched");
            shown++;
        }
    }
}
