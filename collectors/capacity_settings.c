/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the capacity collector. */

#include "collectors/capacity_settings.h"

#include <stddef.h>
#include <string.h>

#include "collectors/quantity.h"

#define AT(member) offsetof(struct capacity_settings, member)

const struct setting capacity_setting_table[CAPACITY_SETTING_COUNT] = {
    KUBERNETES_SETTING_ROWS("primary_", struct capacity_settings, primary),
    KUBERNETES_CREDENTIAL_ROWS("primary_", struct capacity_settings, primary),
    KUBERNETES_SETTING_ROWS("dr_", struct capacity_settings, recovery),
    KUBERNETES_CREDENTIAL_ROWS("dr_", struct capacity_settings, recovery),
    {"primary_uid", SETTING_TEXT, AT(primary_uid), NULL, false,
     "Which cluster that has to be: the uid of its namespace kube-system (`kubectl get namespace "
     "kube-system -o jsonpath={.metadata.uid}`). Any by default."},
    {"dr_uid", SETTING_TEXT, AT(recovery_uid), NULL, false,
     "The same of the DR cluster: room in another one is none."},
    {"namespaces", SETTING_TEXTS, AT(namespaces), NULL, false,
     "Namespaces whose workload has to have room in the DR cluster; all of them by default."},
    {"exclude_namespaces", SETTING_TEXTS, AT(exclude_namespaces), NULL, false,
     "Namespaces that do not count, since every cluster has its own; `[kube-system]` by default."},
    {"selector", SETTING_TEXT, AT(selector), NULL, false,
     "Label selector of the primary's pods that count, for example `app in (shop, cart)`."},
    {"ignore_resources", SETTING_TEXTS, AT(ignore_resources), NULL, false,
     "Resources that do not count, for example `[ephemeral-storage]`. All others that the pods "
     "request do."},
    {"unrequested", SETTING_PAIRS, AT(unrequested), NULL, false,
     "What a pod counts at least of which a container requests no CPU or no memory, for example "
     "`{cpu: 100m, memory: 128Mi}`, in both clusters. Without it nobody knows what such pods need, "
     "and the source fails if there are any; `{cpu: \"0\", memory: \"0\"}` says that they need no "
     "more than they request."},
    {"node_selector", SETTING_TEXT, AT(node_selector), NULL, false,
     "Label selector of the nodes in the DR cluster that count; all by default. Not with "
     "`scale_out: karpenter`."},
    {"active_active", SETTING_BOOLEAN, AT(active_active), "false", false,
     "The same workloads serve users in the DR region as well: what they need there counts as "
     "used. Otherwise they are taken for standbys, which will be part of what is needed."},
    {"preempt", SETTING_BOOLEAN, AT(preempt), "false", false,
     "Pods in the DR cluster with a lower priority than all that is needed will be evicted to make "
     "room, so they do not count as used."},
    {"parity", SETTING_BOOLEAN, AT(parity), "true", false,
     "Compare Deployments and StatefulSets of both clusters, and their images."},
    {"scale_out", SETTING_TEXT, AT(scale_out), NULL, false,
     "How the DR cluster can grow: `declared` (up to `ceiling`), `karpenter` (limits of its "
     "NodePools) or `cluster-autoscaler` (maxima of its groups times `new_node`). By default not "
     "at all."},
    {"count_scale_out", SETTING_BOOLEAN, AT(count_scale_out), "false", false,
     "Judge the check `capacity` by what there is after scaling out, instead of now."},
    {"ceiling", SETTING_PAIRS, AT(ceiling), NULL, false,
     "For `declared`: the most that all nodes that count (`node_selector`) may offer together, for "
     "example `{cpu: \"400\", memory: 1600Gi}`, as quotas and reservations allow, less what other "
     "nodes take of those, and new ones keep for themselves and their DaemonSets."},
    {"new_node", SETTING_PAIRS, AT(new_node), NULL, false,
     "For `cluster-autoscaler`: what one new node offers (allocatable less what DaemonSets take), "
     "for example `{cpu: \"7910m\", memory: 28Gi, pods: \"58\"}`; of the smallest kind if there "
     "are "
     "several."},
    {"node_groups", SETTING_TEXTS, AT(node_groups), NULL, false,
     "For `cluster-autoscaler`: names of the groups whose nodes are for all of these pods, without "
     "taints, as its status has them. Others do not count."},
};

enum capacity_growth capacity_settings_growth(const struct capacity_settings *settings)
{
    const char *text = settings->scale_out;

    if (text == NULL) {
        return CAPACITY_GROWTH_NONE;
    }
    return strcmp(text, "karpenter") == 0  ? CAPACITY_GROWTH_KARPENTER
           : strcmp(text, "declared") == 0 ? CAPACITY_GROWTH_DECLARED
                                           : CAPACITY_GROWTH_AUTOSCALER;
}

static bool is_listed(const char *const *texts, const char *text)
{
    for (; *texts != NULL; texts++) {
        if (strcmp(*texts, text) == 0) {
            return true;
        }
    }
    return false;
}

bool capacity_settings_include(const struct capacity_settings *settings, const char *namespace)
{
    static const char *const excluded[] = {"kube-system", NULL};

    if (settings->namespaces != NULL && !is_listed(settings->namespaces, namespace)) {
        return false;
    }
    if (settings->exclude_namespaces != NULL) {
        return !is_listed(settings->exclude_namespaces, namespace);
    }
    /* Who names it means it. */
    return settings->namespaces != NULL || !is_listed(excluded, namespace);
}

static bool check_names(const char *key, const char *const *names, struct error *error)
{
    for (; names != NULL && *names != NULL; names++) {
        if (!kubernetes_name_check(*names)) {
            return error_set(error, ERROR_INTERNAL,
                             "\"%s\": \"%.80s\" is no name of a namespace; it has small letters, "
                             "digits and hyphens",
                             key, *names);
        }
    }
    return true;
}

/* CPU and memory at least, each a quantity. */
static bool check_amounts(const char *key, const struct setting_pair *pairs, struct error *error)
{
    bool has_cpu = false;
    bool has_memory = false;

    for (; pairs != NULL && pairs->key != NULL; pairs++) {
        int64_t amount;

        if (!quantity_parse(pairs->value, QUANTITY_ONES, &amount)) {
            return error_set(error, ERROR_INTERNAL,
                             "\"%s\": %.60s is no quantity; write for example 400, 7910m or 28Gi",
                             key, pairs->key);
        }
        has_cpu = has_cpu || strcmp(pairs->key, "cpu") == 0;
        has_memory = has_memory || strcmp(pairs->key, "memory") == 0;
    }
    if (!has_cpu || !has_memory) {
        return error_set(error, ERROR_INTERNAL, "\"%s\" has to state cpu and memory", key);
    }
    return true;
}

static bool check_autoscaler(const struct capacity_settings *own, struct error *error)
{
    bool asked = capacity_settings_growth(own) == CAPACITY_GROWTH_AUTOSCALER;

    if ((own->new_node != NULL) != asked || (own->node_groups != NULL) != asked) {
        return error_set(error, ERROR_INTERNAL,
                         "\"new_node\" and \"node_groups\" go with \"scale_out: "
                         "cluster-autoscaler\"; give all three or none");
    }
    for (const char *const *name = own->node_groups; name != NULL && *name != NULL; name++) {
        if (is_listed(name + 1, *name)) {
            return error_set(error, ERROR_INTERNAL, "\"node_groups\" has %.100s twice", *name);
        }
    }
    return own->new_node == NULL || check_amounts("new_node", own->new_node, error);
}

static bool check_growth(const struct capacity_settings *own, struct error *error)
{
    static const char *const kinds[] = {"declared", "karpenter", "cluster-autoscaler", NULL};
    enum capacity_growth growth = capacity_settings_growth(own);

    if (own->scale_out != NULL && !is_listed(kinds, own->scale_out)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"scale_out\" is none of declared, karpenter and cluster-autoscaler");
    }
    if (own->count_scale_out && growth == CAPACITY_GROWTH_NONE) {
        return error_set(error, ERROR_INTERNAL,
                         "\"count_scale_out\" needs \"scale_out\", which says how far it can go");
    }
    if (own->node_selector != NULL && growth == CAPACITY_GROWTH_KARPENTER) {
        return error_set(error, ERROR_INTERNAL,
                         "\"node_selector\" cannot tell which of Karpenter's NodePools count; "
                         "remove it, or write \"scale_out: declared\" with a \"ceiling\"");
    }
    if ((own->ceiling != NULL) != (growth == CAPACITY_GROWTH_DECLARED)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"ceiling\" goes with \"scale_out: declared\"; "
                         "give both or neither");
    }
    return check_autoscaler(own, error) &&
           (own->ceiling == NULL || check_amounts("ceiling", own->ceiling, error));
}

bool capacity_settings_check(const void *settings, unsigned survives, struct error *error)
{
    const struct capacity_settings *own = settings;

    (void)survives;
    if (own->primary.kubeconfig == NULL && own->primary.api_server == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "neither \"primary_kubeconfig\" nor \"primary_api_server\" is given; one "
                         "of them says which cluster's workload needs room");
    }
    return kubernetes_settings_check(&own->primary, "primary_", error) &&
           kubernetes_settings_check(&own->recovery, "dr_", error) &&
           check_names("namespaces", own->namespaces, error) &&
           check_names("exclude_namespaces", own->exclude_namespaces, error) &&
           (own->unrequested == NULL || check_amounts("unrequested", own->unrequested, error)) &&
           check_growth(own, error);
}
