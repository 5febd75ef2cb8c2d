/* SPDX-License-Identifier: Apache-2.0 */
/* What it takes to talk to a Kubernetes API server, from wherever the settings say. */

#ifndef COLLECTORS_KUBERNETES_CONFIG_H
#define COLLECTORS_KUBERNETES_CONFIG_H

#include <stdbool.h>

#include "collectors/kubernetes_settings.h"
#include "exporter/error.h"

/* Texts from malloc; NULL where there is none. */
struct kubernetes_config {
    char *server; /* Without a slash at its end. */
    char *ca_pem; /* NULL: the certificate authorities of the system. */
    char *certificate_pem;
    char *key_pem;
    char *token;
    char *token_path; /* Read for each list instead: tokens of service accounts live for an hour. */
    char *namespace;  /* That the context or the service account is of. */
};

/* Reads the files that the settings, or the kubeconfig, name. Without kubeconfig and api_server
 * they are those of the pod in which the exporter runs; ERROR_NOT_FOUND outside of a cluster.
 * Credentials go only to https. To be given to kubernetes_config_release. */
bool kubernetes_config_load(const struct kubernetes_settings *settings,
                            struct kubernetes_config *ret_config, struct error *error);

/* The service account of a pod: `host` and `port` are KUBERNETES_SERVICE_HOST and _PORT (MAY be
 * NULL), `directory` has its files.
 * https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
bool kubernetes_config_of_pod(const char *host, const char *port, const char *directory,
                              struct kubernetes_config *ret_config, struct error *error);

void kubernetes_config_release(struct kubernetes_config *config);

#endif
