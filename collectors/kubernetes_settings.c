/* SPDX-License-Identifier: Apache-2.0 */
/* Which Kubernetes cluster is asked, and as whom: settings that several collectors share. */

#include "collectors/kubernetes_settings.h"

#include <string.h>
#include <strings.h>

#include "collectors/http_url.h"

static bool check_address(const struct kubernetes_settings *own, const char *prefix,
                          struct error *error)
{
    if (own->api_server == NULL) {
        return true;
    }
    if (!http_url_check(own->api_server, error)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%sapi_server\" is not a URL without user and password; write for "
                         "example https://10.0.0.1:6443",
                         prefix);
    }
    if (strpbrk(own->api_server, "?#") != NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%sapi_server\" has a query; write only the address", prefix);
    }
    if (own->token_file != NULL && strncasecmp(own->api_server, "https:", 6) != 0) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%sapi_server\" must begin with https:// when there is a token, or "
                         "others could read it",
                         prefix);
    }
    return true;
}

bool kubernetes_settings_check(const struct kubernetes_settings *settings, const char *prefix,
                               struct error *error)
{
    if (settings->kubeconfig != NULL && settings->api_server != NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "both \"%skubeconfig\" and \"%sapi_server\" are given; write one of them",
                         prefix, prefix);
    }
    if (settings->context != NULL && settings->kubeconfig == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%scontext\" is for \"%skubeconfig\"; remove it or give both", prefix,
                         prefix);
    }
    if (settings->api_server == NULL &&
        (settings->token_file != NULL || settings->ca_file != NULL)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%s%s\" is for \"%sapi_server\"; remove it or give both", prefix,
                         settings->token_file != NULL ? "token_file" : "ca_file", prefix);
    }
    return check_address(settings, prefix, error);
}

bool kubernetes_name_check(const char *name)
{
    size_t length = strlen(name);

    return length >= 1 && length <= 63 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}
