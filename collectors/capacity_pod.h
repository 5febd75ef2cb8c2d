/* SPDX-License-Identifier: Apache-2.0 */
/* One pod of a list: what it requests, whose it is, and where it runs. */

#ifndef COLLECTORS_CAPACITY_POD_H
#define COLLECTORS_CAPACITY_POD_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "collectors/capacity_amounts.h"
#include "exporter/error.h"

#define CAPACITY_WORKLOAD_BYTES 700

/* Texts point into the JSON. */
struct capacity_pod {
    const char *namespace;
    const char *node; /* "": not scheduled. */
    /* "namespace/kind/name" of what makes pods like it: the Deployment of a ReplicaSet, the
     * CronJob of a Job, …; of the pod itself if nothing does. Cut where too long. */
    char workload[CAPACITY_WORKLOAD_BYTES];
    bool is_of_node; /* Of a DaemonSet, or started by the kubelet itself: it comes with a node. */
    bool has_ended;
    bool claims_devices; /* By dynamic resource allocation, which requests do not tell. */
    bool preempts;
    double priority;
    struct capacity_amounts requests;
    /* Of CPU and of memory: one of its containers that stay requests none, and nor does the pod as
     * a whole. What it needs is not known then, whatever the others request. */
    bool lacks[CAPACITY_MEMORY + 1];
};

/* Reads whose it is; everything but the requests. */
void capacity_pod_read(const cJSON *json, struct capacity_pod *ret_pod);

/* Its effective requests, and what they lack: the larger of what its containers (with sidecars,
 * which are init containers that restart always) need together and of what each init container
 * needs beside the sidecars before it; replaced by what is requested for the pod as a whole; with
 * the overhead of its runtime class. Where a resize is under way, each request is the largest of
 * what is wanted, what is allocated and what is in force.
 * https://kubernetes.io/docs/concepts/workloads/pods/init-containers/ ("Resource sharing within
 * containers"),
 * https://github.com/kubernetes/component-helpers/blob/master/resource/helpers.go */
bool capacity_pod_requests(struct capacity_resources *resources, bool learn, const cJSON *json,
                           struct capacity_pod *pod, struct error *error);

#endif
