/* SPDX-License-Identifier: Apache-2.0 */
/* One pod of a list: what it requests, whose it is, and where it runs. */

#include "collectors/capacity_pod.h"

#include <stdio.h>
#include <string.h>

#include "collectors/kubernetes_list.h"

static const cJSON *find_owner(const cJSON *json)
{
    const cJSON *owner;

    cJSON_ArrayForEach(owner, kubernetes_member(json, "metadata.ownerReferences"))
    {
        if (cJSON_IsTrue(kubernetes_member(owner, "controller"))) {
            return owner;
        }
    }
    return NULL;
}

/* "web-7d4b9c6f5" of the ReplicaSet → "web" if the hash of its pods says so. */
static size_t deployment_length(const cJSON *json, const char *replica_set)
{
    const cJSON *labels = kubernetes_member(json, "metadata.labels");
    const char *hash =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(labels, "pod-template-hash"));
    size_t length = strlen(replica_set);
    size_t hash_length = hash == NULL ? 0 : strlen(hash);

    if (hash_length == 0 || length < hash_length + 2 ||
        strcmp(replica_set + length - hash_length, hash) != 0 ||
        replica_set[length - hash_length - 1] != '-') {
        return 0;
    }
    return length - hash_length - 1;
}

/* "report-29384756" of the Job → "report": a CronJob's number is the minute of its schedule. */
static size_t cron_job_length(const char *job)
{
    const char *hyphen = strrchr(job, '-');
    size_t digits = hyphen == NULL ? 0 : strspn(hyphen + 1, "0123456789");

    return hyphen != NULL && hyphen > job && digits >= 8 && digits <= 10 &&
                   hyphen[1 + digits] == '\0'
               ? (size_t)(hyphen - job)
               : 0;
}

static void name_workload(const cJSON *json, const cJSON *owner, struct capacity_pod *pod)
{
    const char *kind = owner == NULL ? "Pod" : kubernetes_text(owner, "kind");
    const char *name =
        owner == NULL ? kubernetes_text(json, "metadata.name") : kubernetes_text(owner, "name");
    size_t length = 0;

    if (strcmp(kind, "ReplicaSet") == 0) {
        length = deployment_length(json, name);
        kind = length > 0 ? "Deployment" : kind;
    } else if (strcmp(kind, "Job") == 0) {
        length = cron_job_length(name);
        kind = length > 0 ? "CronJob" : kind;
    }
    length = length > 0 ? length : strlen(name);
    (void)snprintf(pod->workload, sizeof pod->workload, "%.253s/%.63s/%.*s", pod->namespace, kind,
                   length > 253 ? 253 : (int)length, name);
}

/* The kubelet's own: https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/ */
static bool is_mirror(const cJSON *json)
{
    return cJSON_GetObjectItemCaseSensitive(kubernetes_member(json, "metadata.annotations"),
                                            "kubernetes.io/config.mirror") != NULL;
}

void capacity_pod_read(const cJSON *json, struct capacity_pod *ret_pod)
{
    const cJSON *owner = find_owner(json);
    const cJSON *priority = kubernetes_member(json, "spec.priority");
    const char *owner_kind = kubernetes_text(owner, "kind");
    const char *phase = kubernetes_text(json, "status.phase");

    *ret_pod = (struct capacity_pod){
        .namespace = kubernetes_text(json, "metadata.namespace"),
        .node = kubernetes_text(json, "spec.nodeName"),
        .is_of_node = strcmp(owner_kind, "DaemonSet") == 0 || strcmp(owner_kind, "Node") == 0 ||
                      is_mirror(json),
        .has_ended = strcmp(phase, "Succeeded") == 0 || strcmp(phase, "Failed") == 0,
        .claims_devices = cJSON_GetArraySize(kubernetes_member(json, "spec.resourceClaims")) > 0,
        .preempts = strcmp(kubernetes_text(json, "spec.preemptionPolicy"), "Never") != 0,
        .priority = cJSON_IsNumber(priority) ? priority->valuedouble : 0,
    };
    name_workload(json, owner, ret_pod);
}

/* --- Requests. --- */

struct summing {
    struct capacity_resources *resources;
    bool learn;
    const cJSON *status; /* Of the pod. */
    bool *lacks;         /* See struct capacity_pod. */
    struct error *error;
};

static bool raise_to(const struct summing *summing, const cJSON *list,
                     struct capacity_amounts *amounts)
{
    return capacity_amounts_read(summing->resources, summing->learn, list, amounts, summing->error);
}

static const cJSON *find_status(const cJSON *statuses, const char *name)
{
    const cJSON *status;

    cJSON_ArrayForEach(status, statuses)
    {
        if (strcmp(kubernetes_text(status, "name"), name) == 0) {
            return status;
        }
    }
    return NULL;
}

static bool read_container(const struct summing *summing, const cJSON *container,
                           const char *statuses, struct capacity_amounts *ret_amounts)
{
    const cJSON *status = find_status(kubernetes_member(summing->status, statuses),
                                      kubernetes_text(container, "name"));

    *ret_amounts = (struct capacity_amounts){{0}};
    return raise_to(summing, kubernetes_member(container, "resources.requests"), ret_amounts) &&
           raise_to(summing, kubernetes_member(status, "resources.requests"), ret_amounts) &&
           raise_to(summing, kubernetes_member(status, "allocatedResources"), ret_amounts);
}

/* Of a container that stays as long as the pod does. */
static void note_lack(const struct summing *summing, const struct capacity_amounts *own)
{
    summing->lacks[CAPACITY_CPU] |= own->of[CAPACITY_CPU] == 0;
    summing->lacks[CAPACITY_MEMORY] |= own->of[CAPACITY_MEMORY] == 0;
}

static bool add_containers(const struct summing *summing, const cJSON *containers,
                           struct capacity_amounts *sum)
{
    const cJSON *container;

    cJSON_ArrayForEach(container, containers)
    {
        struct capacity_amounts own;

        if (!read_container(summing, container, "containerStatuses", &own)) {
            return false;
        }
        note_lack(summing, &own);
        capacity_amounts_add(sum, &own);
    }
    return true;
}

/* *sidecars is what those that go on running need together, *most what is needed at the worst
 * moment before the containers start. */
static bool walk_init_containers(const struct summing *summing, const cJSON *containers,
                                 struct capacity_amounts *sidecars, struct capacity_amounts *most)
{
    const cJSON *container;

    cJSON_ArrayForEach(container, containers)
    {
        struct capacity_amounts own;

        if (!read_container(summing, container, "initContainerStatuses", &own)) {
            return false;
        }
        if (strcmp(kubernetes_text(container, "restartPolicy"), "Always") == 0) {
            note_lack(summing, &own);
            capacity_amounts_add(sidecars, &own);
            own = *sidecars;
        } else {
            capacity_amounts_add(&own, sidecars);
        }
        capacity_amounts_raise(most, &own);
    }
    return true;
}

/* What is requested for the pod as a whole takes the place of the sum; only for the resources for
 * which it is. */
static bool replace_by_pod_level(const struct summing *summing, const cJSON *spec,
                                 struct capacity_amounts *sum)
{
    const cJSON *requests = kubernetes_member(spec, "resources.requests");
    struct capacity_amounts whole = {{0}};
    const cJSON *request;

    if (!raise_to(summing, requests, &whole) ||
        !raise_to(summing, kubernetes_member(summing->status, "resources.requests"), &whole) ||
        !raise_to(summing, kubernetes_member(summing->status, "allocatedResources"), &whole)) {
        return false;
    }
    cJSON_ArrayForEach(request, requests)
    {
        size_t index = name_table_find(&summing->resources->names, request->string);

        if (index != NAME_TABLE_NONE) {
            sum->of[index] = whole.of[index];
            if (index <= CAPACITY_MEMORY) {
                summing->lacks[index] = whole.of[index] == 0;
            }
        }
    }
    return true;
}

bool capacity_pod_requests(struct capacity_resources *resources, bool learn, const cJSON *json,
                           struct capacity_pod *pod, struct error *error)
{
    const cJSON *spec = kubernetes_member(json, "spec");
    const struct summing summing = {.resources = resources,
                                    .learn = learn,
                                    .status = kubernetes_member(json, "status"),
                                    .lacks = pod->lacks,
                                    .error = error};
    const cJSON *containers = kubernetes_member(spec, "containers");
    const cJSON *init_containers = kubernetes_member(spec, "initContainers");
    struct capacity_amounts sum = {{0}};
    struct capacity_amounts most = {{0}};
    struct capacity_amounts overhead = {{0}};

    if (cJSON_GetArraySize(containers) > CAPACITY_CONTAINERS_MAX ||
        cJSON_GetArraySize(init_containers) > CAPACITY_CONTAINERS_MAX) {
        return error_set(error, ERROR_PROTOCOL, "a pod with more than %d containers",
                         CAPACITY_CONTAINERS_MAX);
    }
    if (!walk_init_containers(&summing, init_containers, &sum, &most) ||
        !add_containers(&summing, containers, &sum)) {
        return false;
    }
    capacity_amounts_raise(&sum, &most);
    if (!replace_by_pod_level(&summing, spec, &sum) ||
        !raise_to(&summing, kubernetes_member(spec, "overhead"), &overhead)) {
        return false;
    }
    capacity_amounts_add(&sum, &overhead);
    sum.of[CAPACITY_PODS] = capacity_resources_want(resources, "pods") ? 1 : 0;
    pod->requests = sum;
    return true;
}
