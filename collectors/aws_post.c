/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to services of AWS other than S3: a POST to the root of a host, signed. */

#include "collectors/aws_post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/secret.h"

/* host, x-amz-date, x-amz-security-token, authorization. */
#define OWN_HEADERS 4

/* As pairs that are signed and as texts that are sent. */
struct headers {
    struct aws_pair pairs[AWS_POST_HEADERS_MAX + OWN_HEADERS];
    size_t count;
    char *texts[AWS_POST_HEADERS_MAX + OWN_HEADERS + 1];
};

char *aws_service_url(const char *name, const char *region, const char *variable)
{
    const char *other = getenv(variable);
    size_t length = other != NULL ? strlen(other) : 0;
    char *url;
    int written;

    if (length > 0) {
        written = asprintf(&url, "%s%s", other, other[length - 1] == '/' ? "" : "/");
    } else {
        written = asprintf(&url, "https://%s.%s.amazonaws.com%s/", name, region,
                           strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
    }
    if (written < 0) {
        abort();
    }
    return url;
}

static void release_headers(struct headers *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        secret_free(&headers->texts[i]);
    }
}

static void add_header(struct headers *headers, const char *name, const char *value)
{
    if (asprintf(&headers->texts[headers->count], "%s: %s", name, value) < 0) {
        abort();
    }
    headers->pairs[headers->count++] = (struct aws_pair){name, value};
}

static void sign(const struct aws_post *post, struct headers *headers)
{
    const char *start = strstr(post->url, "://");
    CLEANUP(free_text) char *host = NULL;
    CLEANUP(free_text) char *authorization = NULL;
    char date[AWS_DATE_BYTES];
    char hash[AWS_SHA256_TEXT_BYTES];
    struct aws_request request = {
        .method = "POST", .path = "/", .headers = headers->pairs, .payload_sha256 = hash};
    struct aws_signer signer = {.access_key_id = post->credentials->access_key_id,
                                .secret_access_key = post->credentials->secret_access_key,
                                .region = post->region,
                                .service = post->service};

    start = start != NULL ? start + 3 : post->url;
    host = strndup(start, strcspn(start, "/?#"));
    if (host == NULL) {
        abort();
    }
    aws_date_text(clock_unix_seconds() + clock_step_seconds(), date);
    aws_sha256_text(post->body, strlen(post->body), hash);
    add_header(headers, "host", host);
    add_header(headers, "x-amz-date", date);
    if (post->credentials->session_token != NULL) {
        add_header(headers, "x-amz-security-token", post->credentials->session_token);
    }
    request.header_count = headers->count;
    authorization = aws_authorization(&request, &signer);
    add_header(headers, "authorization", authorization);
}

bool aws_post(struct http_client *client, const struct aws_post *post,
              const struct deadline *deadline, struct http_answer *ret_answer, struct error *error)
{
    CLEANUP(release_headers) struct headers headers = {.count = 0};
    const struct http_request request = {.method = HTTP_POST,
                                         .url = post->url,
                                         .headers = (const char *const *)headers.texts,
                                         .ca_file = post->ca_file,
                                         .body = post->body,
                                         .body_length = strlen(post->body),
                                         .body_bytes_max = AWS_ANSWER_BYTES_MAX,
                                         .no_redirections = true};

    for (size_t i = 0; i < post->header_count && i < AWS_POST_HEADERS_MAX; i++) {
        add_header(&headers, post->headers[i].name, post->headers[i].value);
    }
    if (post->credentials != NULL) {
        sign(post, &headers);
    }
    return http_fetch(client, &request, deadline, ret_answer, error);
}
