/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says, as options of libcurl. */

#include "collectors/http_options.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define REDIRECTIONS_MAX 3L

static void set_limits(CURL *easy, const struct http_request *request)
{
    const char *redirections = strncasecmp(request->url, "https:", 6) == 0 ? "https" : "http,https";
    /* Done twice elsewhere, anything that changes something could be done to the wrong thing. */
    bool follows =
        (request->method == HTTP_GET || request->method == HTTP_HEAD) && !request->no_redirections;

    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, redirections);
    (void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, follows ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_MAXREDIRS, REDIRECTIONS_MAX);
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* A name server that hangs holds up only the library's own thread, not the deadline. */
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

static void set_blob(CURL *easy, CURLoption option, const char *pem)
{
    if (pem != NULL) {
        /* The library copies it, and only reads. */
        struct curl_blob blob = {(void *)(uintptr_t)pem, strlen(pem), CURL_BLOB_COPY};

        (void)curl_easy_setopt(easy, option, &blob);
    }
}

/* Who is given authorities of its own trusts nobody else. */
static void set_trust(CURL *easy, const struct http_request *request)
{
    if (request->ca_file != NULL || request->ca_pem != NULL) {
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
    }
    set_blob(easy, CURLOPT_CAINFO_BLOB, request->ca_pem);
    set_blob(easy, CURLOPT_SSLCERT_BLOB, request->certificate_pem);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, request->key_pem);
}

static void set_method(CURL *easy, const struct http_request *request)
{
    static const char *const names[] = {NULL, NULL, "PUT", NULL, "DELETE"};

    if (request->method == HTTP_HEAD) {
        (void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    if (request->method == HTTP_PUT || request->method == HTTP_POST) {
        /* Not copied, and without waiting for "100 Continue", which few servers send. */
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
        (void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                               request->body != NULL ? request->body : "");
    }
    (void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, names[request->method]);
}

static void set_target(CURL *easy, const struct http_request *request,
                       struct curl_slist *connect_to)
{
    (void)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to);
    (void)curl_easy_setopt(easy, CURLOPT_CERTINFO, request->certificates ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, request->only_connects ? 1L : 0L);
    if (request->trusts_anybody && request->only_connects) {
        (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
    if (request->direct) {
        (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    }
}

void http_options_set(CURL *easy, const struct http_request *request, struct curl_slist *connect_to)
{
    set_limits(easy, request);
    set_trust(easy, request);
    set_method(easy, request);
    set_target(easy, request, connect_to);
    if (request->compressed) {
        (void)curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    }
}
