/* SPDX-License-Identifier: Apache-2.0 */
/* Room in the DR cluster for what runs in the primary's: two Kubernetes clusters are asked. */

#include "collectors/capacity.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/capacity_metrics.h"
#include "collectors/kubernetes_client.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

#define PERMISSION "deploy/kubernetes/rbac-capacity.yaml"
#define NOT_ENDED "status.phase!=Succeeded,status.phase!=Failed"
/* A node tells of all its images: 10 to 20 KiB. */
#define NODE_PAGE_ITEMS 100

struct end {
    const char *name;
    const struct kubernetes_settings *settings;
    struct kubernetes_client *client; /* NULL until it is asked, so that either may be lost. */
    const char *uid;                  /* That the settings want it to have; NULL: any. */
    char *identity;                   /* Of this collection. */
};

struct session {
    struct end primary;
    struct end recovery;
};

/* What the primary's workload needed when it was last asked, for the time after its loss. */
struct memory {
    struct capacity_demand *demand;
    double required_at;
    char *identity; /* Of the cluster that needed it. */
};

static void *open_session(const void *settings, const struct deadline *deadline,
                          struct error *error)
{
    const struct capacity_settings *own = settings;
    struct session *session = calloc(1, sizeof *session);

    (void)deadline;
    (void)error;
    if (session == NULL) {
        abort();
    }
    session->primary =
        (struct end){.name = "primary", .settings = &own->primary, .uid = own->primary_uid};
    session->recovery =
        (struct end){.name = "dr", .settings = &own->recovery, .uid = own->recovery_uid};
    return session;
}

static void close_session(void *data)
{
    struct session *session = data;

    kubernetes_client_free(session->primary.client);
    kubernetes_client_free(session->recovery.client);
    free(session->primary.identity);
    free(session->recovery.identity);
    free(session);
}

static void free_demand(struct capacity_demand **demand)
{
    if (*demand != NULL) {
        capacity_demand_release(*demand);
        free(*demand);
    }
}

static void release_memory(void *data)
{
    struct memory *memory = data;

    free_demand(&memory->demand);
    free(memory->identity);
}

/* --- Lists. --- */

static bool list(const struct end *end, const struct kubernetes_query *what,
                 const struct deadline *deadline, struct kubernetes_visitor visitor,
                 struct error *error)
{
    struct kubernetes_query query = *what;

    query.permission = PERMISSION;
    query.missing = what->missing == NULL ? "the API server has no such resource; is this address "
                                            "that of a Kubernetes cluster?"
                                          : what->missing;
    return kubernetes_list(end->client, &query, deadline, &visitor, error) ||
           error_prefix(error, end->name);
}

static bool visit_identity(void *context, const struct kubernetes_object *object,
                           struct error *error)
{
    struct end *end = context;

    (void)error;
    free(end->identity);
    end->identity = strdup(kubernetes_text(object->json, "metadata.uid"));
    if (end->identity == NULL) {
        abort();
    }
    return true;
}

static void forget_identity(void *context)
{
    struct end *end = context;

    free(end->identity);
    end->identity = NULL;
}

/* Clusters have no name of their own; people take the uid of kube-system. */
static bool connect_end(struct end *end, const struct deadline *deadline, struct error *error)
{
    forget_identity(end);
    if (end->client == NULL) {
        end->client = kubernetes_client_new(end->settings, error);
    }
    if (end->client == NULL) {
        return error_prefix(error, end->name);
    }
    if (!list(end,
              &(struct kubernetes_query){.api = "v1",
                                         .resource = "namespaces",
                                         .field_selector = "metadata.name=kube-system"},
              deadline, (struct kubernetes_visitor){end, forget_identity, visit_identity}, error)) {
        return false;
    }
    if (end->identity == NULL) {
        return error_set(error, ERROR_PROTOCOL,
                         "%s: there is no namespace kube-system; is this a Kubernetes cluster?",
                         end->name);
    }
    return end->uid == NULL || strcmp(end->uid, end->identity) == 0 ||
           error_set(error, ERROR_INCONSISTENT,
                     "%s: this is another cluster, its kube-system has the uid %.60s; look at "
                     "\"%s_uid\"",
                     end->name, end->identity, end->name);
}

/* NULL unless exactly one namespace counts: its own Role is enough then. */
static const char *only_namespace(const struct capacity_settings *own)
{
    return own->namespaces != NULL && own->namespaces[0] != NULL && own->namespaces[1] == NULL
               ? own->namespaces[0]
               : NULL;
}

/* What is needed replaces what was remembered only when all of it was read. */
static bool ask_primary(struct session *session, struct collection *collection,
                        const struct deadline *deadline, struct error *error)
{
    const struct capacity_settings *own = collection->settings;
    struct memory *memory = collection->memory;
    const struct kubernetes_query pods = {.api = "v1",
                                          .resource = "pods",
                                          .namespace = only_namespace(own),
                                          .label_selector = own->selector,
                                          .field_selector = NOT_ENDED};
    CLEANUP(free_demand) struct capacity_demand *demand = calloc(1, sizeof *demand);
    double now = clock_unix_seconds();

    if (demand == NULL) {
        abort();
    }
    capacity_demand_init(demand, own);
    if (!connect_end(&session->primary, deadline, error) ||
        !list(&session->primary, &pods, deadline, capacity_demand_visitor(demand), error)) {
        return false;
    }
    collection->evidence->origin_answered = true;
    capacity_add_demand(collection->samples, demand);
    if (!capacity_demand_check(demand, error)) {
        /* What was needed before is not what is needed now. */
        release_memory(memory);
        *memory = (struct memory){.demand = NULL};
        return error_prefix(error, session->primary.name);
    }
    release_memory(memory);
    *memory = (struct memory){
        .demand = demand, .required_at = now, .identity = session->primary.identity};
    session->primary.identity = NULL;
    demand = NULL;
    return true;
}

static bool ask_growth(struct session *session, const struct capacity_settings *own,
                       const struct deadline *deadline, struct capacity_growing *growing,
                       struct error *error)
{
    switch (capacity_settings_growth(own)) {
    case CAPACITY_GROWTH_DECLARED:
        capacity_growth_declared(growing);
        break;
    case CAPACITY_GROWTH_KARPENTER:
        return list(&session->recovery,
                    &(struct kubernetes_query){.api = "karpenter.sh/v1",
                                               .resource = "nodepools",
                                               .missing = "Karpenter 1.0 or later is not installed "
                                                          "in this cluster"},
                    deadline, capacity_growth_pools(growing), error);
    case CAPACITY_GROWTH_AUTOSCALER:
        if (!list(&session->recovery,
                  &(struct kubernetes_query){.api = "v1",
                                             .resource = "configmaps",
                                             .namespace = "kube-system",
                                             .field_selector =
                                                 "metadata.name=cluster-autoscaler-status"},
                  deadline, capacity_growth_autoscaler(growing), error)) {
            return false;
        }
        return growing->found ||
               error_set(error, ERROR_NOT_FOUND,
                         "dr: no ConfigMap cluster-autoscaler-status in kube-system; does "
                         "cluster-autoscaler run there?");
    case CAPACITY_GROWTH_NONE:
        break;
    }
    return true;
}

static bool ask_recovery(struct session *session, struct collection *collection,
                         struct capacity_supply *supply, struct capacity_growing *growing,
                         struct error *error)
{
    const struct capacity_settings *own = collection->settings;
    const struct deadline *deadline = &collection->deadline;
    const struct memory *memory = collection->memory;
    struct end *end = &session->recovery;
    /* Pods first: what they use is looked up for each node. */
    const struct kubernetes_query pods = {
        .api = "v1", .resource = "pods", .field_selector = NOT_ENDED};
    const struct kubernetes_query nodes = {.api = "v1",
                                           .resource = "nodes",
                                           .label_selector = own->node_selector,
                                           .page_items = NODE_PAGE_ITEMS};

    if (!connect_end(end, deadline, error)) {
        return false;
    }
    if (strcmp(memory->identity, end->identity) == 0) {
        return error_set(error, ERROR_INCONSISTENT,
                         "both are the same cluster (kube-system has the same uid); look at "
                         "\"primary_…\" and \"dr_…\"");
    }
    return list(end, &pods, deadline, capacity_supply_pods(supply), error) &&
           list(end, &nodes, deadline, capacity_supply_nodes(supply), error) &&
           ask_growth(session, own, deadline, growing, error);
}

static bool compare(struct session *session, struct collection *collection, struct error *error)
{
    static const char *const kinds[] = {"deployments", "statefulsets"};
    const struct capacity_settings *own = collection->settings;
    const struct memory *memory = collection->memory;
    CLEANUP(capacity_parity_release)
    struct capacity_parity parity = {.demand = memory->demand};

    for (size_t i = 0; i < 2 * sizeof kinds / sizeof kinds[0]; i++) {
        bool of_primary = i < 2;
        const struct kubernetes_query query = {
            .api = "apps/v1",
            .resource = kinds[i % 2],
            .namespace = only_namespace(own),
        };

        if (!list(of_primary ? &session->primary : &session->recovery, &query,
                  &collection->deadline,
                  of_primary ? capacity_parity_primary(&parity) : capacity_parity_recovery(&parity),
                  error)) {
            return false;
        }
    }
    capacity_add_parity(collection->samples, &parity);
    return true;
}

/* --- Both together. --- */

/* Remembered needs are evidence for the time after a loss, but nothing that was measured. */
static bool look_at_recovery(struct session *session, struct collection *collection, bool measured,
                             struct error *error)
{
    struct memory *memory = collection->memory;
    CLEANUP(capacity_supply_release) struct capacity_supply supply;
    CLEANUP(capacity_growing_release)
    struct capacity_growing growing = {.supply = &supply,
                                       .now = clock_unix_seconds() + clock_step_seconds()};
    bool complete;

    capacity_supply_init(&supply, memory->demand);
    complete = ask_recovery(session, collection, &supply, &growing, error);
    capacity_add_cluster(collection->samples, "dr", complete);
    if (!complete) {
        return false;
    }
    collection->evidence->copy_answered = true;
    capacity_prove(collection, &supply, &growing, memory->required_at, measured);
    return true;
}

static bool collect(void *data, struct collection *collection, struct error *error)
{
    const struct capacity_settings *own = collection->settings;
    struct session *session = data;
    struct memory *memory = collection->memory;
    /* One that hangs leaves time for the other. */
    struct deadline half =
        deadline_within(&collection->deadline, deadline_remaining_ms(&collection->deadline) / 2);
    struct error recovery_error = {.kind = ERROR_NONE};
    bool measured = ask_primary(session, collection, &half, error);

    capacity_add_cluster(collection->samples, "primary", collection->evidence->origin_answered);
    if (memory->demand == NULL) {
        return false;
    }
    samples_add(collection->samples, CAPACITY_REQUIRED_AT, memory->required_at);
    if (!look_at_recovery(session, collection, measured, &recovery_error)) {
        if (measured) {
            *error = recovery_error;
        } else {
            struct error primary_error = *error;

            (void)error_set(error, primary_error.kind, "%s; %s", primary_error.message,
                            recovery_error.message);
        }
        return false;
    }
    return measured && (!own->parity || compare(session, collection, error));
}

const struct collector capacity_collector = {
    .name = "capacity",
    .summary = "Whether a Kubernetes cluster in the DR region has room for what runs in the "
               "primary's.",
    .feeds = FEEDS(CHECK_CAPACITY),
    .metrics = capacity_metric_table,
    .metric_count = CAPACITY_METRIC_COUNT,
    .settings = capacity_setting_table,
    .setting_count = CAPACITY_SETTING_COUNT,
    .settings_size = sizeof(struct capacity_settings),
    .memory_size = sizeof(struct memory),
    .release_memory = release_memory,
    .check = capacity_settings_check,
    .open = open_session,
    .collect = collect,
    .close = close_session,
};
