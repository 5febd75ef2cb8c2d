/* SPDX-License-Identifier: Apache-2.0 */
/* What it takes to talk to a Kubernetes API server, from wherever the settings say. */

#include "collectors/kubernetes_config.h"

#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/http_url.h"
#include "collectors/kubeconfig.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/file.h"
#include "exporter/secret.h"

#define POD_DIRECTORY "/var/run/secrets/kubernetes.io/serviceaccount"

static char *copy(const char *text)
{
    char *copied = text == NULL ? NULL : strdup(text);

    if (text != NULL && copied == NULL) {
        abort();
    }
    return copied;
}

/* `name` in the directory, unless it is an absolute path. */
static char *join(const char *directory, size_t directory_length, const char *name)
{
    char *path;

    if (*name == '/' || directory_length == 0) {
        return copy(name);
    }
    if (asprintf(&path, "%.*s/%s", (int)directory_length, directory, name) < 0) {
        abort();
    }
    return path;
}

static char *server_of(const char *address)
{
    char *server = copy(address);
    size_t length = strlen(server);

    while (length > 0 && server[length - 1] == '/') {
        server[--length] = '\0';
    }
    return server;
}

static bool read_pem(const char *path, char **ret_pem, struct error *error)
{
    size_t length;

    return file_read(path, KUBERNETES_PEM_BYTES_MAX, ret_pem, &length, error) ||
           error_prefix(error, path);
}

static bool decode(const char *key, const char *base64, char **ret_text, struct error *error)
{
    const gnutls_datum_t encoded = {(unsigned char *)base64, (unsigned)strlen(base64)};
    gnutls_datum_t decoded = {0};
    char *text;

    if (gnutls_base64_decode2(&encoded, &decoded) != GNUTLS_E_SUCCESS || decoded.size == 0) {
        return error_set(error, ERROR_INTERNAL, "%s is not base64; write the PEM in base64", key);
    }
    text = strndup((const char *)decoded.data, decoded.size);
    if (text == NULL) {
        abort();
    }
    gnutls_memset(decoded.data, 0, decoded.size);
    gnutls_free(decoded.data);
    *ret_text = text;
    return true;
}

/* From the text, else from the file; both may be absent. */
static bool take_pem(const char *kubeconfig_path, const char *key, const char *base64,
                     const char *path, char **ret_pem, struct error *error)
{
    const char *slash = strrchr(kubeconfig_path, '/');
    size_t directory_length = slash == NULL ? 0 : (size_t)(slash - kubeconfig_path);

    if (base64 != NULL) {
        return decode(key, base64, ret_pem, error) || error_prefix(error, kubeconfig_path);
    }
    if (path != NULL) {
        CLEANUP(free_text) char *absolute = join(kubeconfig_path, directory_length, path);

        return read_pem(absolute, ret_pem, error);
    }
    return true;
}

static bool take_kubeconfig(const struct kubeconfig *kubeconfig, const char *path,
                            struct kubernetes_config *config, struct error *error)
{
    const char *slash = strrchr(path, '/');

    config->server = server_of(kubeconfig->server);
    config->namespace = copy(kubeconfig->namespace);
    if (kubeconfig->token_path != NULL) {
        config->token_path =
            join(path, slash == NULL ? 0 : (size_t)(slash - path), kubeconfig->token_path);
    } else {
        config->token = copy(kubeconfig->token);
    }
    if (!http_url_check(config->server, error)) {
        (void)error_prefix(error, "server");
        return error_prefix(error, path);
    }
    return take_pem(path, "certificate-authority-data", kubeconfig->ca_data, kubeconfig->ca_path,
                    &config->ca_pem, error) &&
           take_pem(path, "client-certificate-data", kubeconfig->certificate_data,
                    kubeconfig->certificate_path, &config->certificate_pem, error) &&
           take_pem(path, "client-key-data", kubeconfig->key_data, kubeconfig->key_path,
                    &config->key_pem, error);
}

static bool load_kubeconfig(const char *path, const char *context, struct kubernetes_config *config,
                            struct error *error)
{
    CLEANUP(secret_free) char *text = NULL;
    CLEANUP(kubeconfig_release) struct kubeconfig kubeconfig = {0};
    size_t length;

    if (!file_read(path, KUBECONFIG_BYTES_MAX, &text, &length, error)) {
        return error_prefix(error, path);
    }
    return kubeconfig_parse(text, length, path, context, &kubeconfig, error) &&
           take_kubeconfig(&kubeconfig, path, config, error);
}

static bool load_address(const struct kubernetes_settings *settings,
                         struct kubernetes_config *config, struct error *error)
{
    config->server = server_of(settings->api_server);
    config->token_path = copy(settings->token_file);
    return settings->ca_file == NULL || read_pem(settings->ca_file, &config->ca_pem, error);
}

static bool load_pod(const char *host, const char *port, const char *directory,
                     struct kubernetes_config *config, struct error *error)
{
    CLEANUP(free_text) char *ca_path = join(directory, strlen(directory), "ca.crt");
    CLEANUP(free_text) char *namespace_path = join(directory, strlen(directory), "namespace");
    struct error ignored;
    size_t length;

    if (host == NULL || *host == '\0') {
        return error_set(error, ERROR_NOT_FOUND,
                         "not in a Kubernetes cluster (KUBERNETES_SERVICE_HOST is not set); give "
                         "a kubeconfig or an api_server");
    }
    /* An IPv6 address needs brackets in a URL. */
    if (asprintf(&config->server, strchr(host, ':') != NULL ? "https://[%s]:%s" : "https://%s:%s",
                 host, port == NULL || *port == '\0' ? "443" : port) < 0) {
        abort();
    }
    config->token_path = join(directory, strlen(directory), "token");
    if (file_read(namespace_path, LABEL_VALUE_BYTES_MAX, &config->namespace, &length, &ignored)) {
        config->namespace[strcspn(config->namespace, "\r\n")] = '\0';
    }
    return read_pem(ca_path, &config->ca_pem, error);
}

static bool check_credentials(const struct kubernetes_config *config, struct error *error)
{
    bool has_credentials =
        config->token != NULL || config->token_path != NULL || config->certificate_pem != NULL;

    if (has_credentials && strncasecmp(config->server, "https:", 6) != 0) {
        return error_set(error, ERROR_INTERNAL,
                         "the API server's address must begin with https:// when there are "
                         "credentials, or others could read them");
    }
    return true;
}

/* Hands over what was loaded, or releases it. */
static bool finish(bool loaded, struct kubernetes_config *config,
                   struct kubernetes_config *ret_config, struct error *error)
{
    if (!loaded || !check_credentials(config, error)) {
        kubernetes_config_release(config);
        return false;
    }
    *ret_config = *config;
    return true;
}

bool kubernetes_config_of_pod(const char *host, const char *port, const char *directory,
                              struct kubernetes_config *ret_config, struct error *error)
{
    struct kubernetes_config config = {0};

    return finish(load_pod(host, port, directory, &config, error), &config, ret_config, error);
}

bool kubernetes_config_load(const struct kubernetes_settings *settings,
                            struct kubernetes_config *ret_config, struct error *error)
{
    struct kubernetes_config config = {0};
    bool loaded;

    if (settings->kubeconfig != NULL) {
        loaded = load_kubeconfig(settings->kubeconfig, settings->context, &config, error);
    } else if (settings->api_server != NULL) {
        loaded = load_address(settings, &config, error);
    } else {
        return kubernetes_config_of_pod(getenv("KUBERNETES_SERVICE_HOST"),
                                        getenv("KUBERNETES_SERVICE_PORT"), POD_DIRECTORY,
                                        ret_config, error);
    }
    return finish(loaded, &config, ret_config, error);
}

void kubernetes_config_release(struct kubernetes_config *config)
{
    free(config->server);
    free(config->ca_pem);
    free(config->certificate_pem);
    secret_free(&config->key_pem);
    secret_free(&config->token);
    free(config->token_path);
    free(config->namespace);
    *config = (struct kubernetes_config){0};
}
