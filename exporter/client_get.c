/* SPDX-License-Identifier: Apache-2.0 */
/* One GET to the exporter that a command asks. */

#include "exporter/client_get.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/buffer.h"
#include "exporter/cleanup.h"
#include "exporter/secret.h"

static void free_curl(CURL **curl)
{
    curl_easy_cleanup(*curl);
}

static void free_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void free_list(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
    struct buffer *body = context;

    (void)size;
    if (body->length + count > CLIENT_ANSWER_BYTES_MAX) {
        return 0;
    }
    buffer_add(body, bytes, count);
    return count;
}

/* The base URL may have a path of its own, where a proxy puts the exporter below one. */
static bool make_url(const char *base, const char *path, const struct client_parameter *parameters,
                     size_t count, CURLU *url, struct error *error)
{
    CLEANUP(free_text) char *joined = NULL;
    size_t length = strlen(base);

    while (length > 0 && base[length - 1] == '/') {
        length--;
    }
    if (asprintf(&joined, "%.*s%s", (int)length, base, path) < 0) {
        abort();
    }
    if ((strncmp(base, "http://", 7) != 0 && strncmp(base, "https://", 8) != 0) ||
        curl_url_set(url, CURLUPART_URL, joined, 0) != CURLUE_OK) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%s\" is no URL; write for example http://127.0.0.1:10112", base);
    }
    for (size_t i = 0; i < count; i++) {
        CLEANUP(free_text) char *pair = NULL;

        if (parameters[i].value == NULL) {
            continue;
        }
        if (asprintf(&pair, "%s=%s", parameters[i].name, parameters[i].value) < 0 ||
            curl_url_set(url, CURLUPART_QUERY, pair, CURLU_APPENDQUERY | CURLU_URLENCODE) !=
                CURLUE_OK) {
            abort();
        }
    }
    return true;
}

static void set_options(CURL *curl, const struct client_options *options, struct buffer *body)
{
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "dr_exporter/" VERSION);
    if (options->ca_file != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
    }
}

static bool perform(CURL *curl, const struct client_options *options, struct error *error)
{
    char reason[CURL_ERROR_SIZE] = "";
    CURLcode result;

    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    result = curl_easy_perform(curl);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    if (result != CURLE_OK) {
        return error_set(error, ERROR_CONNECT, "cannot ask the exporter at %s: %s", options->url,
                         *reason != '\0' ? reason : curl_easy_strerror(result));
    }
    return true;
}

bool client_get(const struct client_options *options, const char *path,
                const struct client_parameter *parameters, size_t count, const char *accept,
                long *ret_status, char **ret_body, struct error *error)
{
    CLEANUP(free_curl) CURL *curl = curl_easy_init();
    CLEANUP(free_url) CURLU *url = curl_url();
    CLEANUP(free_list) struct curl_slist *headers = curl_slist_append(NULL, accept);
    CLEANUP(secret_free) char *password = NULL;
    CLEANUP(buffer_release) struct buffer body;
    size_t length;

    buffer_init(&body, 4096);
    if (curl == NULL || url == NULL || headers == NULL) {
        abort();
    }
    if (!make_url(options->url, path, parameters, count, url, error)) {
        return false;
    }
    set_options(curl, options, &body);
    (void)curl_easy_setopt(curl, CURLOPT_CURLU, url);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (options->user != NULL) {
        if (!secret_read(options->password_file, &password, error)) {
            return false;
        }
        (void)curl_easy_setopt(curl, CURLOPT_USERNAME, options->user);
        (void)curl_easy_setopt(curl, CURLOPT_PASSWORD, password);
    }
    if (!perform(curl, options, error)) {
        return false;
    }
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
    *ret_body = buffer_detach(&body, &length);
    return true;
}
