/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a kubeconfig: where a cluster is, and with what one is known there. */

#include "collectors/kubeconfig.h"

#include <string.h>

#include "exporter/cleanup.h"

/* NULL for what is absent, empty or no text. */
static const char *text_of(struct yaml_value mapping, const char *key)
{
    struct yaml_value value = yaml_lookup(mapping, key);
    const char *text = yaml_is_null(value) ? NULL : yaml_text(value);

    return text == NULL || *text == '\0' ? NULL : text;
}

static bool is_there(struct yaml_value mapping, const char *key)
{
    struct yaml_value value = yaml_lookup(mapping, key);
    const char *text = yaml_text(value);

    return value.node != NULL && !yaml_is_null(value) && (text == NULL || *text != '\0');
}

/* The mapping `inner` of the entry of that name in the list `plural`; absent if there is none. */
static struct yaml_value find_entry(struct yaml_value root, const char *plural, const char *inner,
                                    const char *name)
{
    struct yaml_value list = yaml_lookup(root, plural);

    for (size_t i = 0; yaml_is_list(list) && i < yaml_length(list); i++) {
        const char *found = text_of(yaml_item(list, i), "name");

        if (found != NULL && strcmp(found, name) == 0) {
            return yaml_lookup(yaml_item(list, i), inner);
        }
    }
    return (struct yaml_value){0};
}

static bool read_cluster(struct kubeconfig *kubeconfig, struct yaml_value cluster,
                         struct error *error)
{
    const char *insecure = text_of(cluster, "insecure-skip-tls-verify");

    if (insecure != NULL && strcmp(insecure, "false") != 0) {
        return error_set(error, ERROR_TLS,
                         "the kubeconfig has insecure-skip-tls-verify, with which anybody could "
                         "pretend to be the cluster; write its certificate authority instead");
    }
    if (is_there(cluster, "tls-server-name")) {
        return error_set(error, ERROR_INTERNAL,
                         "the kubeconfig has tls-server-name, which is not supported; write an "
                         "address that the server's certificate is for");
    }
    if (is_there(cluster, "proxy-url")) {
        return error_set(error, ERROR_INTERNAL,
                         "the kubeconfig has proxy-url, which is not supported; set https_proxy in "
                         "the environment of the exporter");
    }
    kubeconfig->server = text_of(cluster, "server");
    kubeconfig->ca_data = text_of(cluster, "certificate-authority-data");
    kubeconfig->ca_path = text_of(cluster, "certificate-authority");
    if (kubeconfig->server == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "the kubeconfig's context names no cluster with a server; look at it with "
                         "kubectl config view");
    }
    return true;
}

static bool read_user(struct kubeconfig *kubeconfig, struct yaml_value user, struct error *error)
{
    static const char *const refused[] = {"as",       "as-uid",  "as-groups", "as-user-extra",
                                          "username", "password"};

    if (is_there(user, "exec") || is_there(user, "auth-provider")) {
        return error_set(error, ERROR_AUTH,
                         "the kubeconfig's user gets its credentials from a program (%s), which is "
                         "not run; make a service account, and give its token in \"token_file\" "
                         "with \"api_server\" or in a kubeconfig of its own",
                         is_there(user, "exec") ? "exec" : "auth-provider");
    }
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (is_there(user, refused[i])) {
            return error_set(error, ERROR_AUTH,
                             "the kubeconfig's user has %s, which is not supported; use a token or "
                             "a client certificate",
                             refused[i]);
        }
    }
    kubeconfig->certificate_data = text_of(user, "client-certificate-data");
    kubeconfig->certificate_path = text_of(user, "client-certificate");
    kubeconfig->key_data = text_of(user, "client-key-data");
    kubeconfig->key_path = text_of(user, "client-key");
    kubeconfig->token = text_of(user, "token");
    kubeconfig->token_path = text_of(user, "tokenFile");
    if ((kubeconfig->certificate_data != NULL || kubeconfig->certificate_path != NULL) !=
        (kubeconfig->key_data != NULL || kubeconfig->key_path != NULL)) {
        return error_set(error, ERROR_AUTH,
                         "the kubeconfig's user has only one of client certificate and key; it "
                         "needs both");
    }
    return true;
}

static bool read_context(struct kubeconfig *kubeconfig, struct yaml_value root, const char *name,
                         struct error *error)
{
    struct yaml_value context = find_entry(root, "contexts", "context", name);
    const char *cluster = text_of(context, "cluster");
    const char *user = text_of(context, "user");
    struct yaml_value user_value = {0};

    if (cluster == NULL) {
        return error_set(error, ERROR_NOT_FOUND,
                         "the kubeconfig has no context \"%s\" that names a cluster; kubectl "
                         "config get-contexts lists them",
                         name);
    }
    kubeconfig->namespace = text_of(context, "namespace");
    if (user != NULL) {
        user_value = find_entry(root, "users", "user", user);
        if (user_value.node == NULL) {
            return error_set(error, ERROR_NOT_FOUND, "the kubeconfig has no user \"%s\"; add it",
                             user);
        }
    }
    return read_cluster(kubeconfig, find_entry(root, "clusters", "cluster", cluster), error) &&
           read_user(kubeconfig, user_value, error);
}

static bool read_root(struct kubeconfig *kubeconfig, const char *context, struct error *error)
{
    struct yaml_value root = yaml_root(kubeconfig->file);
    const char *name = context != NULL ? context : text_of(root, "current-context");

    if (name == NULL) {
        return error_set(error, ERROR_NOT_FOUND,
                         "the kubeconfig has no current-context; give \"context\"");
    }
    return read_context(kubeconfig, root, name, error);
}

static void release_report(struct yaml_report *report)
{
    yaml_report_release(report);
}

bool kubeconfig_parse(const char *text, size_t length, const char *name, const char *context,
                      struct kubeconfig *ret_kubeconfig, struct error *error)
{
    CLEANUP(release_report) struct yaml_report report;
    CLEANUP(kubeconfig_release) struct kubeconfig kubeconfig = {0};

    yaml_report_init(&report);
    kubeconfig.file = yaml_file_parse(text, length, name, 0, &report);
    if (report.total > 0 || kubeconfig.file == NULL) {
        CLEANUP(free_text) char *problems = yaml_report_print(&report);

        return error_set(error, ERROR_INTERNAL, "%.*s",
                         problems == NULL ? 0 : (int)strcspn(problems, "\n"),
                         problems == NULL ? "" : problems);
    }
    if (!read_root(&kubeconfig, context, error)) {
        return error_prefix(error, name);
    }
    *ret_kubeconfig = kubeconfig;
    kubeconfig.file = NULL;
    return true;
}

void kubeconfig_release(struct kubeconfig *kubeconfig)
{
    yaml_file_free(kubeconfig->file);
    kubeconfig->file = NULL;
}
