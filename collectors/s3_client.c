/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to one bucket of S3, or of a store that speaks its protocol. */

#include "collectors/s3_client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/aws_error.h"
#include "collectors/aws_provider.h"
#include "collectors/service_clock.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/secret.h"

#define TRIES_MAX 3
#define TRY_AGAIN_MS 150
/* host, x-amz-date, x-amz-content-sha256, x-amz-security-token, beside the request's own. */
#define OWN_HEADERS 4

struct s3_client {
    const struct s3_settings *settings;
    const char *ca_file;
    const char *region;
    char *base; /* scheme://host */
    char *host;
    char *bucket_path; /* "/bucket", or "" where it is in the host. */
    struct http_client *http;
    struct aws_provider *provider;
    char code[AWS_CODE_BYTES];
    struct service_clock clock;
};

static char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static char *print(const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        abort();
    }
    return text;
}

/* --- Where the bucket is. --- */

static void set_aws_address(struct s3_client *client)
{
    const char *bucket = client->settings->bucket;
    const char *ending = strncmp(client->region, "cn-", 3) == 0 ? ".cn" : "";
    /* A certificate for *.s3… does not hold for names with dots. */
    bool in_path = strchr(bucket, '.') != NULL;

    client->host = print("%s%ss3.%s.amazonaws.com%s", in_path ? "" : bucket, in_path ? "" : ".",
                         client->region, ending);
    client->base = print("https://%s", client->host);
    client->bucket_path = in_path ? print("/%s", bucket) : print("%s", "");
}

/* As clients write it into `Host`: without the port that the scheme has anyway. */
static int host_length(const char *endpoint, const char *host)
{
    size_t length = strcspn(host, "/");
    const char *usual = strncasecmp(endpoint, "https:", 6) == 0 ? ":443" : ":80";
    size_t usual_length = strlen(usual);

    if (length > usual_length && strncmp(host + length - usual_length, usual, usual_length) == 0) {
        length -= usual_length;
    }
    return (int)length;
}

static void set_own_address(struct s3_client *client)
{
    const char *endpoint = client->settings->endpoint;
    const char *bucket = client->settings->bucket;
    const char *host = strstr(endpoint, "://") + 3;
    bool in_path = client->settings->path_style;
    const char *secure = strncasecmp(endpoint, "https:", 6) == 0 ? "s" : "";

    client->host = print("%s%s%.*s", in_path ? "" : bucket, in_path ? "" : ".",
                         host_length(endpoint, host), host);
    client->base = print("http%s://%s", secure, client->host);
    client->bucket_path = in_path ? print("/%s", bucket) : print("%s", "");
}

struct s3_client *s3_client_new(const struct s3_settings *settings, const char *ca_file)
{
    struct s3_client *client = calloc(1, sizeof *client);
    const char *region = aws_region(&settings->aws);

    if (client == NULL) {
        abort();
    }
    client->settings = settings;
    client->ca_file = ca_file;
    client->region = region != NULL ? region : "us-east-1";
    client->http = http_client_new();
    client->provider =
        aws_provider_new(&settings->aws, settings->endpoint != NULL ? NULL : ca_file);
    if (settings->endpoint != NULL) {
        set_own_address(client);
    } else {
        set_aws_address(client);
    }
    return client;
}

void s3_client_free(struct s3_client *client)
{
    if (client != NULL) {
        http_client_free(client->http);
        aws_provider_free(client->provider);
        free(client->base);
        free(client->host);
        free(client->bucket_path);
        free(client);
    }
}

/* --- One request. --- */

/* The headers of one try, as pairs that are signed and as texts that are sent. */
struct headers {
    struct aws_pair pairs[S3_HEADERS_MAX + OWN_HEADERS];
    size_t count;
    char *texts[S3_HEADERS_MAX + OWN_HEADERS + 3];
    char date[AWS_DATE_BYTES];
    char hash[AWS_SHA256_TEXT_BYTES];
};

static void release_headers(struct headers *headers)
{
    for (size_t i = 0; headers->texts[i] != NULL; i++) {
        secret_free(&headers->texts[i]);
    }
}

static void add_header(struct headers *headers, const char *name, const char *value)
{
    headers->texts[headers->count] =
        *value != '\0' ? print("%s: %s", name, value) : print("%s;", name);
    headers->pairs[headers->count++] = (struct aws_pair){name, value};
}

static void sign(const struct s3_client *client, const struct s3_request *request,
                 const struct aws_credentials *credentials, const char *path,
                 struct headers *headers)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "POST", "DELETE"};
    const struct aws_signer signer = {.access_key_id = credentials->access_key_id,
                                      .secret_access_key = credentials->secret_access_key,
                                      .region = client->region,
                                      .service = "s3"};
    struct aws_request to_sign = {.method = methods[request->method],
                                  .path = path,
                                  .query = request->query,
                                  .query_count = request->query_count,
                                  .headers = headers->pairs,
                                  .payload_sha256 = headers->hash};
    CLEANUP(free_text) char *authorization = NULL;

    aws_date_text(clock_unix_seconds() + clock_step_seconds(), headers->date);
    aws_sha256_text(request->body_length > 0 ? request->body : "", request->body_length,
                    headers->hash);
    add_header(headers, "host", client->host);
    add_header(headers, "x-amz-content-sha256", headers->hash);
    add_header(headers, "x-amz-date", headers->date);
    if (credentials->session_token != NULL) {
        add_header(headers, "x-amz-security-token", credentials->session_token);
    }
    for (size_t i = 0; i < request->header_count && i < S3_HEADERS_MAX; i++) {
        add_header(headers, request->headers[i].name, request->headers[i].value);
    }
    to_sign.header_count = headers->count;
    authorization = aws_authorization(&to_sign, &signer);
    headers->texts[headers->count] = print("authorization: %s", authorization);
    /* Not signed; without it the library would call the body a form. */
    headers->texts[headers->count + 1] =
        request->method == HTTP_PUT ? print("content-type: application/octet-stream") : NULL;
}

static bool try_once(struct s3_client *client, const struct s3_request *request, const char *path,
                     const char *url, const struct deadline *deadline,
                     struct http_answer *ret_answer, struct error *error)
{
    const struct aws_credentials *credentials;
    CLEANUP(release_headers) struct headers headers = {.count = 0};
    struct http_request to_send = {.method = request->method,
                                   .url = url,
                                   .headers = (const char *const *)headers.texts,
                                   .ca_file = client->ca_file,
                                   .body = request->body,
                                   .body_length = request->body_length,
                                   .body_bytes_max = request->body_bytes_max,
                                   .no_redirections = true};

    if (!aws_provider_get(client->provider, deadline, &credentials, error)) {
        return false;
    }
    sign(client, request, credentials, path, &headers);
    service_clock_ask(&client->clock);
    if (!http_fetch(client->http, &to_send, deadline, ret_answer, error)) {
        return false;
    }
    service_clock_answer(&client->clock, client->http);
    return true;
}

static bool refuse(struct s3_client *client, struct http_answer *answer, struct error *error)
{
    const struct aws_refusal refusal = {.status = answer->status,
                                        .body = answer->body,
                                        .length = answer->length,
                                        .region =
                                            http_client_header(client->http, "x-amz-bucket-region"),
                                        .knows_clock = client->clock.known,
                                        .clock_offset_seconds = client->clock.ahead_least};

    aws_error_code(&refusal, client->code);
    (void)aws_error_set(&refusal, error);
    http_answer_release(answer);
    return false;
}

bool s3_ask(struct s3_client *client, const struct s3_request *request,
            const struct deadline *deadline, struct http_answer *ret_answer, struct error *error)
{
    CLEANUP(free_text) char *key = request->key != NULL ? aws_uri_encode(request->key, true) : NULL;
    CLEANUP(free_text)
    char *path = print("%s/%s", client->bucket_path, request->key != NULL ? key : "");
    CLEANUP(free_text) char *query = aws_query_text(request->query, request->query_count);
    CLEANUP(free_text)
    char *url = print("%s%s%s%s", client->base, path, *query != '\0' ? "?" : "", query);

    client->code[0] = '\0';
    for (int tries = 1;; tries++) {
        struct http_answer answer;

        if (!try_once(client, request, path, url, deadline, &answer, error)) {
            return false;
        }
        if (answer.status >= 200 && answer.status < 300) {
            *ret_answer = answer;
            return true;
        }
        if (tries == TRIES_MAX || !aws_error_is_passing(answer.status) ||
            deadline_remaining_ms(deadline) < 2 * TRY_AGAIN_MS * tries ||
            stop_wait_until(deadline->stop, clock_monotonic_ms() + TRY_AGAIN_MS * tries)) {
            return refuse(client, &answer, error);
        }
        http_answer_release(&answer);
    }
}

const char *s3_client_header(struct s3_client *client, const char *name)
{
    return http_client_header(client->http, name);
}

const char *s3_client_code(const struct s3_client *client)
{
    return client->code;
}

double s3_client_local_seconds(const struct s3_client *client, double store_seconds)
{
    return service_clock_local_seconds(&client->clock, store_seconds);
}

/* --- Requests. --- */

bool s3_head(struct s3_client *client, const char *key, const struct deadline *deadline,
             struct error *error)
{
    CLEANUP(http_answer_release) struct http_answer answer = {0};
    const struct s3_request request = {
        .method = HTTP_HEAD, .key = key, .body_bytes_max = AWS_ANSWER_BYTES_MAX};

    return s3_ask(client, &request, deadline, &answer, error);
}

bool s3_get_about(struct s3_client *client, const char *about, const struct deadline *deadline,
                  struct http_answer *ret_answer, struct error *error)
{
    const struct aws_pair query[] = {{about, ""}};
    const struct s3_request request = {
        .query = query, .query_count = 1, .body_bytes_max = AWS_ANSWER_BYTES_MAX};

    return s3_ask(client, &request, deadline, ret_answer, error);
}

bool s3_list(struct s3_client *client, const struct s3_listing *listing,
             const struct deadline *deadline, struct arena *arena, struct s3_page *ret_page,
             struct error *error)
{
    CLEANUP(http_answer_release) struct http_answer answer = {0};
    struct aws_pair query[6] = {
        {"list-type", "2"}, {"encoding-type", "url"}, {"prefix", listing->prefix}};
    struct s3_request request = {
        .query = query, .query_count = 3, .body_bytes_max = S3_PAGE_BYTES_MAX};
    char keys_max[16];

    if (listing->start_after != NULL) {
        query[request.query_count++] = (struct aws_pair){"start-after", listing->start_after};
    }
    if (listing->continuation != NULL) {
        query[request.query_count++] =
            (struct aws_pair){"continuation-token", listing->continuation};
    }
    if (listing->keys_max > 0) {
        (void)snprintf(keys_max, sizeof keys_max, "%d", listing->keys_max);
        query[request.query_count++] = (struct aws_pair){"max-keys", keys_max};
    }
    return s3_ask(client, &request, deadline, &answer, error) &&
           s3_page_read(arena, answer.body, answer.length, ret_page, error);
}

/* That there is no lock is told as an error. */
static bool has_no_lock(const struct s3_client *client)
{
    return strcmp(client->code, "NoSuchObjectLockConfiguration") == 0 ||
           strcmp(client->code, "ObjectLockConfigurationNotFoundError") == 0 ||
           strcmp(client->code, "InvalidRequest") == 0;
}

bool s3_get_retention(struct s3_client *client, const char *key, const struct deadline *deadline,
                      struct s3_retention *ret_retention, struct error *error)
{
    static const struct aws_pair query[] = {{"retention", ""}};
    CLEANUP(http_answer_release) struct http_answer answer = {0};
    const struct s3_request request = {
        .key = key, .query = query, .query_count = 1, .body_bytes_max = AWS_ANSWER_BYTES_MAX};

    if (!s3_ask(client, &request, deadline, &answer, error)) {
        if (!has_no_lock(client)) {
            return false;
        }
        *ret_retention = (struct s3_retention){.mode = S3_LOCK_NONE};
        return true;
    }
    return s3_retention_read(answer.body, answer.length, ret_retention, error);
}
