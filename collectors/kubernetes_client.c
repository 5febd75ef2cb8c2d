/* SPDX-License-Identifier: Apache-2.0 */
/* Lists objects of a Kubernetes cluster, page by page, in bounded memory. */

#include "collectors/kubernetes_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/http_fetch.h"
#include "collectors/kubernetes_config.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/secret.h"

#define STATUS_GONE 410
#define STATUS_MESSAGE_BYTES 200

struct kubernetes_client {
    struct http_client *http;
    struct kubernetes_config config;
};

struct kubernetes_client *kubernetes_client_new(const struct kubernetes_settings *settings,
                                                struct error *error)
{
    struct kubernetes_config config;
    struct kubernetes_client *client;

    if (!kubernetes_config_load(settings, &config, error)) {
        return NULL;
    }
    client = calloc(1, sizeof *client);
    if (client == NULL) {
        abort();
    }
    client->config = config;
    client->http = http_client_new();
    return client;
}

void kubernetes_client_free(struct kubernetes_client *client)
{
    if (client != NULL) {
        http_client_free(client->http);
        kubernetes_config_release(&client->config);
        free(client);
    }
}

const char *kubernetes_client_namespace(const struct kubernetes_client *client)
{
    return client->config.namespace;
}

/* Percent-encoded but for what RFC 3986 leaves as it is everywhere. */
static void put_encoded(FILE *url, const char *text)
{
    static const char unreserved[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

    for (; *text != '\0'; text++) {
        if (strchr(unreserved, *text) != NULL) {
            (void)fputc(*text, url);
        } else {
            (void)fprintf(url, "%%%02X", (unsigned)(unsigned char)*text);
        }
    }
}

static void put_parameter(FILE *url, const char *name, const char *value)
{
    if (value != NULL) {
        (void)fprintf(url, "&%s=", name);
        put_encoded(url, value);
    }
}

/* All parameters are repeated on every page: the API asks for that. */
static char *make_url(const struct kubernetes_client *client, const struct kubernetes_query *query,
                      const char *next)
{
    char *text = NULL;
    size_t length;
    FILE *url = open_memstream(&text, &length);

    if (url == NULL) {
        abort();
    }
    (void)fprintf(url, "%s/%s/%s/", client->config.server,
                  strchr(query->api, '/') != NULL ? "apis" : "api", query->api);
    if (query->namespace != NULL) {
        (void)fputs("namespaces/", url);
        put_encoded(url, query->namespace);
        (void)fputc('/', url);
    }
    (void)fprintf(url, "%s?limit=%d", query->resource,
                  query->page_items > 0 ? query->page_items : KUBERNETES_PAGE_ITEMS);
    put_parameter(url, "labelSelector", query->label_selector);
    put_parameter(url, "fieldSelector", query->field_selector);
    put_parameter(url, "continue", next);
    if (fclose(url) != 0) {
        abort();
    }
    return text;
}

/* `Authorization: …`; NULL without a token. */
static bool make_authorization(const struct kubernetes_config *config, char **ret_header,
                               struct error *error)
{
    CLEANUP(secret_free) char *fresh = NULL;
    const char *token = config->token;

    *ret_header = NULL;
    if (config->token_path != NULL) {
        if (!secret_read(config->token_path, &fresh, error)) {
            return false;
        }
        token = fresh;
    }
    if (token == NULL) {
        return true;
    }
    if (!http_word_check(token)) {
        return error_set(error, ERROR_AUTH,
                         "the token for the API server is empty, or has a blank or a character "
                         "that no token has; write only the token into its file");
    }
    if (asprintf(ret_header, "Authorization: Bearer %s", token) < 0) {
        abort();
    }
    return true;
}

static bool set_status_error(const struct kubernetes_query *query, const struct http_answer *answer,
                             struct error *error)
{
    char message[STATUS_MESSAGE_BYTES];

    kubernetes_status_read(answer->body, answer->length, message, sizeof message);
    switch (answer->status) {
    case 401:
        return error_set(error, ERROR_AUTH,
                         "the API server does not accept the credentials (status 401); look "
                         "whether token or certificate have expired");
    case 403:
        return error_set(
            error, ERROR_PERMISSION,
            "not allowed to list %s of %s in %s%s; apply %s to the cluster (%s)", query->resource,
            query->api, query->namespace != NULL ? "namespace " : "all namespaces",
            query->namespace != NULL ? query->namespace : "", query->permission, message);
    case 404:
        return error_set(error, ERROR_NOT_FOUND, "%s", query->missing);
    case STATUS_GONE:
        return error_set(error, ERROR_INCONSISTENT,
                         "the list of %s expired %d times while it was being read; give the "
                         "source a longer \"timeout\"",
                         query->resource, KUBERNETES_RESTARTS_MAX + 1);
    default:
        if (answer->status == 429 || answer->status >= 500) {
            return error_set(error, ERROR_QUERY, "the API server cannot answer now (status %d): %s",
                             answer->status, message);
        }
        return error_set(error, ERROR_PROTOCOL, "status %d of the API server instead of 200: %s",
                         answer->status, message);
    }
}

static void release_answer(struct http_answer *answer)
{
    http_answer_release(answer);
}

/* One page: *ret_next is where the next one begins, NULL after the last; *ret_gone that the list
 * has to begin again. */
static bool read_page(struct kubernetes_client *client, const struct kubernetes_query *query,
                      const char *authorization, const char *next, const struct deadline *deadline,
                      const struct kubernetes_visitor *visitor, char **ret_next, bool *ret_gone,
                      struct error *error)
{
    const struct kubernetes_config *config = &client->config;
    CLEANUP(free_text) char *url = make_url(client, query, next);
    CLEANUP(release_answer) struct http_answer answer = {0};
    const char *const headers[] = {"Accept: application/json", authorization, NULL};
    const struct http_request request = {
        .url = url,
        .headers = headers,
        .ca_pem = config->ca_pem,
        .certificate_pem = config->certificate_pem,
        .key_pem = config->key_pem,
        .no_redirections = true,
        .compressed = true,
        .body_bytes_max = KUBERNETES_PAGE_BYTES_MAX,
    };

    if (!http_fetch(client->http, &request, deadline, &answer, error)) {
        return error_prefix(error, client->config.server);
    }
    *ret_gone = answer.status == STATUS_GONE && next != NULL;
    if (answer.status != 200) {
        return set_status_error(query, &answer, error);
    }
    return kubernetes_list_read(answer.body, answer.length, visitor, ret_next, error);
}

bool kubernetes_list(struct kubernetes_client *client, const struct kubernetes_query *query,
                     const struct deadline *deadline, const struct kubernetes_visitor *visitor,
                     struct error *error)
{
    CLEANUP(secret_free) char *authorization = NULL;
    CLEANUP(free_text) char *next = NULL;
    int restarts = 0;

    if (!make_authorization(&client->config, &authorization, error)) {
        return false;
    }
    for (;;) {
        char *following = NULL;
        bool gone = false;

        if (!read_page(client, query, authorization, next, deadline, visitor, &following, &gone,
                       error)) {
            if (!gone || restarts++ == KUBERNETES_RESTARTS_MAX) {
                return false;
            }
            visitor->restart(visitor->context);
        }
        free(next);
        next = following;
        if (next == NULL && !gone) {
            return true;
        }
    }
}
