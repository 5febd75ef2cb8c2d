/* SPDX-License-Identifier: Apache-2.0 */
/* Which Kubernetes cluster is asked, and as whom: settings that several collectors share. */

#ifndef COLLECTORS_KUBERNETES_SETTINGS_H
#define COLLECTORS_KUBERNETES_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"
#include "exporter/setting.h"

/* Either a kubeconfig, or an address; with neither, the cluster in which the exporter runs, as the
 * service account of its pod. */
struct kubernetes_settings {
    const char *kubeconfig;
    const char *context;
    const char *api_server;
    const char *token_file;
    const char *ca_file;
};

/* Rows of a table of settings for `member`, a struct kubernetes_settings in `type`; `prefix` is put
 * before the keys. A collector whose `token_file` and `ca_file` have other uses too has rows of its
 * own for them. */
#define KUBERNETES_SETTING_ROWS(prefix, type, member)                                              \
    {(prefix "kubeconfig"),                                                                        \
     SETTING_FILE,                                                                                 \
     offsetof(type, member.kubeconfig),                                                            \
     NULL,                                                                                         \
     false,                                                                                        \
     "kubeconfig of a Kubernetes cluster, with a token or a client certificate; programs that "    \
     "make credentials (`exec`) are not run. Without it and `" prefix "api_server` the cluster "   \
     "in which the exporter runs is asked."},                                                      \
        {(prefix "context"),                                                                       \
         SETTING_TEXT,                                                                             \
         offsetof(type, member.context),                                                           \
         NULL,                                                                                     \
         false,                                                                                    \
         "Context in the kubeconfig; its current one by default."},                                \
    {                                                                                              \
        (prefix "api_server"), SETTING_TEXT, offsetof(type, member.api_server), NULL, false,       \
            "https address of the API server of a Kubernetes cluster, with `" prefix               \
            "token_file` and `" prefix "ca_file`."                                                 \
    }

#define KUBERNETES_CREDENTIAL_ROWS(prefix, type, member)                                           \
    {(prefix "token_file"),                                                                        \
     SETTING_FILE,                                                                                 \
     offsetof(type, member.token_file),                                                            \
     NULL,                                                                                         \
     false,                                                                                        \
     "File with the token of a service account, for `" prefix                                      \
     "api_server`; read anew each time."},                                                         \
    {                                                                                              \
        (prefix "ca_file"), SETTING_FILE, offsetof(type, member.ca_file), NULL, false,             \
            "PEM file with the certificate authorities of `" prefix                                \
            "api_server`; the system's by default."                                                \
    }

/* What the table cannot say. `prefix` is that of the rows. */
bool kubernetes_settings_check(const struct kubernetes_settings *settings, const char *prefix,
                               struct error *error);

/* As in names of namespaces: up to 63 small letters, digits and hyphens. */
bool kubernetes_name_check(const char *name);

#endif
