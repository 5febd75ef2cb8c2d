/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the Prometheus HTTP API. */

#include "collectors/promql_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <gnutls/gnutls.h>

#include "collectors/http_fetch.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/file.h"
#include "exporter/secret.h"

struct promql_client {
    const struct promql_settings *settings;
    struct http_client *http;
    char *certificate_pem; /* NULL: none. */
    char *key_pem;
};

static void free_escaped(char **text)
{
    curl_free(*text);
}

static void release_answer(struct http_answer *answer)
{
    http_answer_release(answer);
}

static bool read_certificate(struct promql_client *client, struct error *error)
{
    const struct promql_settings *own = client->settings;
    size_t length;

    if (own->cert_file == NULL) {
        return true;
    }
    return (file_read(own->cert_file, PROMQL_CERTIFICATE_BYTES_MAX, &client->certificate_pem,
                      &length, error) ||
            error_prefix(error, own->cert_file)) &&
           secret_read(own->key_file, &client->key_pem, error);
}

struct promql_client *promql_client_new(const struct promql_settings *settings, struct error *error)
{
    struct promql_client *client = calloc(1, sizeof *client);

    if (client == NULL) {
        abort();
    }
    client->settings = settings;
    client->http = http_client_new();
    if (!read_certificate(client, error)) {
        promql_client_free(client);
        return NULL;
    }
    return client;
}

void promql_client_free(struct promql_client *client)
{
    if (client != NULL) {
        http_client_free(client->http);
        free(client->certificate_pem);
        secret_free(&client->key_pem);
        free(client);
    }
}

/* `Authorization: Basic …`, RFC 7617. */
static char *make_basic(const char *user, const char *password)
{
    CLEANUP(secret_free) char *pair = NULL;
    gnutls_datum_t encoded = {0};
    gnutls_datum_t plain;
    char *header;

    if (asprintf(&pair, "%s:%s", user, password) < 0) {
        abort();
    }
    plain = (gnutls_datum_t){(unsigned char *)pair, (unsigned)strlen(pair)};
    if (gnutls_base64_encode2(&plain, &encoded) != GNUTLS_E_SUCCESS ||
        asprintf(&header, "Authorization: Basic %.*s", (int)encoded.size, (char *)encoded.data) <
            0) {
        abort();
    }
    gnutls_memset(encoded.data, 0, encoded.size);
    gnutls_free(encoded.data);
    return header;
}

/* NULL without credentials. */
static bool make_authorization(const struct promql_settings *own, char **ret_header,
                               struct error *error)
{
    const char *path = own->token_file != NULL ? own->token_file : own->password_file;
    CLEANUP(secret_free) char *secret = NULL;

    *ret_header = NULL;
    if (path == NULL) {
        return true;
    }
    if (!secret_read(path, &secret, error)) {
        return false;
    }
    if (own->token_file == NULL) {
        *ret_header = make_basic(own->user, secret);
        return true;
    }
    if (!http_word_check(secret)) {
        return error_set(error, ERROR_AUTH,
                         "the token has a blank or a character that no token has; write only the "
                         "token into its file");
    }
    if (asprintf(ret_header, "Authorization: Bearer %s", secret) < 0) {
        abort();
    }
    return true;
}

/* Thanos fails with partial_response=false where it would leave out what it cannot reach; others
 * do not look at it. */
static char *make_body(const char *expression, double at)
{
    CLEANUP(free_escaped) char *escaped = curl_easy_escape(NULL, expression, 0);
    char instant[64] = "";
    char *body;

    if (at > 0) {
        (void)snprintf(instant, sizeof instant, "&time=%.3f", at);
    }
    if (escaped == NULL ||
        asprintf(&body, "query=%s&partial_response=false%s", escaped, instant) < 0) {
        abort();
    }
    return body;
}

static char *make_url(const char *base)
{
    size_t length = strlen(base);
    char *url;

    while (length > 0 && base[length - 1] == '/') {
        length--;
    }
    if (asprintf(&url, "%.*s/api/v1/query", (int)length, base) < 0) {
        abort();
    }
    return url;
}

/* NULL without a tenant. */
static char *make_tenant(const char *tenant)
{
    char *header = NULL;

    if (tenant != NULL && asprintf(&header, "X-Scope-OrgID: %s", tenant) < 0) {
        abort();
    }
    return header;
}

bool promql_ask(struct promql_client *client, const char *expression, double at,
                const struct deadline *deadline, struct promql_number *ret_number,
                struct error *error)
{
    const struct promql_settings *own = client->settings;
    CLEANUP(secret_free) char *authorization = NULL;
    CLEANUP(free_text) char *url = make_url(own->url);
    CLEANUP(free_text) char *body = make_body(expression, at);
    CLEANUP(free_text) char *tenant = make_tenant(own->tenant);
    CLEANUP(release_answer) struct http_answer answer = {0};
    const char *headers[4] = {"Accept: application/json"};
    size_t count = 1;
    struct http_request request = {
        .method = HTTP_POST,
        .url = url,
        .headers = headers,
        .ca_file = own->ca_file,
        .certificate_pem = client->certificate_pem,
        .key_pem = client->key_pem,
        .body = body,
        .body_length = strlen(body),
        .body_bytes_max = PROMQL_ANSWER_BYTES_MAX,
        .compressed = true,
        .no_redirections = true,
    };

    if (!make_authorization(own, &authorization, error)) {
        return false;
    }
    if (authorization != NULL) {
        headers[count++] = authorization;
    }
    if (tenant != NULL) {
        headers[count++] = tenant;
    }
    if (!http_fetch(client->http, &request, deadline, &answer, error)) {
        return false;
    }
    if (answer.status != 200) {
        return promql_refusal_read(answer.status, answer.body, answer.length, error);
    }
    return promql_answer_read(answer.body, answer.length, ret_number, error);
}
