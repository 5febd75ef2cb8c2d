/* SPDX-License-Identifier: Apache-2.0 */
/* Lists objects of a Kubernetes cluster, page by page, in bounded memory.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/, "Retrieving large results sets in
 * chunks".
 *
 * No resourceVersion is asked for, so that the API server reads the state from its storage with a
 * quorum: an answer from a cache could be of long ago. */

#ifndef COLLECTORS_KUBERNETES_CLIENT_H
#define COLLECTORS_KUBERNETES_CLIENT_H

#include <stdbool.h>

#include "collectors/kubernetes_list.h"
#include "collectors/kubernetes_settings.h"
#include "exporter/error.h"
#include "exporter/stop.h"

/* A session with one cluster, of one thread. */
struct kubernetes_client;

struct kubernetes_query {
    const char *api;            /* Group and version, "velero.io/v1"; "v1" for pods, nodes, … */
    const char *resource;       /* In the plural: "backups". */
    const char *namespace;      /* NULL: all of them, or it is not in any. */
    const char *label_selector; /* NULL: any; so is the next one. */
    const char *field_selector;
    int page_items;         /* At most so many on a page; 0: KUBERNETES_PAGE_ITEMS. */
    const char *missing;    /* What to say when there is no such resource, and what to do. */
    const char *permission; /* The file in deploy/ that allows it. */
};

/* Reads the kubeconfig and what it names; NULL with *error set on failure. */
struct kubernetes_client *kubernetes_client_new(const struct kubernetes_settings *settings,
                                                struct error *error);
void kubernetes_client_free(struct kubernetes_client *client);

/* That the kubeconfig or the service account is of; NULL: none. */
const char *kubernetes_client_namespace(const struct kubernetes_client *client);

/* Every object of one state of the cluster is visited. When that state expires between two pages
 * (410), the list begins again, after visitor->restart; not for ever. ERROR_PERMISSION where the
 * cluster does not allow it, ERROR_NOT_FOUND where it has no such resource. */
bool kubernetes_list(struct kubernetes_client *client, const struct kubernetes_query *query,
                     const struct deadline *deadline, const struct kubernetes_visitor *visitor,
                     struct error *error);

#endif
