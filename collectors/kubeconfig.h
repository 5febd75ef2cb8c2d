/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a kubeconfig: where a cluster is, and with what one is known there.
 * https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */

#ifndef COLLECTORS_KUBECONFIG_H
#define COLLECTORS_KUBECONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"
#include "exporter/yaml.h"

/* What one context leads to; NULL where the file says nothing. The texts live in `file`. Of a text
 * and a path for the same the text counts, but of tokens the path, as with kubectl. */
struct kubeconfig {
    struct yaml_file *file;
    const char *server;
    const char *ca_data; /* Base64 of PEM, as are all *_data. */
    const char *ca_path; /* Relative to the kubeconfig, as are all paths. */
    const char *certificate_data;
    const char *certificate_path;
    const char *key_data;
    const char *key_path;
    const char *token;
    const char *token_path;
    const char *namespace;
};

/* `name` is shown in messages, which contain no secrets. `context` NULL: the current one. What
 * would have to be done otherwise than here (programs that make credentials, passwords,
 * impersonation, servers that are not verified, …) is refused rather than left out. To be given to
 * kubeconfig_release. */
bool kubeconfig_parse(const char *text, size_t length, const char *name, const char *context,
                      struct kubeconfig *ret_kubeconfig, struct error *error);
void kubeconfig_release(struct kubeconfig *kubeconfig);

#endif
