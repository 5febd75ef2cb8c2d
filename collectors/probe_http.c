/* SPDX-License-Identifier: Apache-2.0 */
/* Asks an endpoint over HTTP or TCP. */

#include "collectors/probe_http.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "collectors/http_fetch.h"
#include "collectors/probe_body.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/duration.h"

static void free_client(struct http_client **client)
{
    http_client_free(*client);
}

static void release_answer(struct http_answer *answer)
{
    http_answer_release(answer);
}

static void free_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void free_part(char **part)
{
    curl_free(*part);
}

static bool is_expected(const struct probe_settings *own, int status)
{
    bool is_listed = own->expect_status == NULL && status == 200;
    char text[16];

    (void)snprintf(text, sizeof text, "%d", status);

    for (size_t i = 0; own->expect_status != NULL && own->expect_status[i] != NULL; i++) {
        is_listed = is_listed || strcmp(own->expect_status[i], text) == 0;
    }
    return is_listed;
}

/* The host that a redirection leads to; NULL when it cannot be read. */
static const char *redirection_host(const char *url, const char *location, struct arena *arena)
{
    CLEANUP(free_url) CURLU *parsed = curl_url();
    CLEANUP(free_part) char *host = NULL;

    if (parsed == NULL) {
        abort();
    }
    if (curl_url_set(parsed, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_set(parsed, CURLUPART_URL, location, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
        return NULL;
    }
    return arena_strdup(arena, host);
}

static void judge_redirection(const struct probe_settings *own, struct http_client *client,
                              int status, struct arena *arena, struct probe_result *result)
{
    const char *location = http_client_header(client, "Location");
    const char *host;

    if (status < 300 || status > 399 || location == NULL) {
        return;
    }
    host = redirection_host(own->url, location, arena);
    if (host == NULL) {
        probe_set_problem(result, "redirects to an address that cannot be read");
    } else if (probe_is_forbidden(own, host)) {
        probe_set_problem(
            result, arena_printf(arena, "redirects to %.253s, one of the forbidden hosts", host));
    }
}

static void judge_body(const struct probe_settings *own, const struct http_answer *answer,
                       const struct deadline *deadline, struct arena *arena,
                       struct probe_result *result)
{
    enum answer matches =
        own->expect_body == NULL
            ? ANSWER_YES
            : probe_body_matches(own->expect_body, answer->body, answer->length, deadline);

    if (matches == ANSWER_NO) {
        probe_set_problem(result,
                          arena_printf(arena, "the body does not match \"%s\"", own->expect_body));
    } else if (matches == ANSWER_UNKNOWN) {
        probe_set_problem(result, arena_printf(arena,
                                               "whether the body matches \"%s\" takes too long to "
                                               "tell; write a simpler expect_body",
                                               own->expect_body));
    }
}

static void judge_certificate(const struct probe_settings *own, struct arena *arena,
                              struct probe_result *result)
{
    double left_seconds =
        result->certificate_end.value - (clock_unix_seconds() + clock_step_seconds());
    char left[DURATION_TEXT_BYTES];
    char limit[DURATION_TEXT_BYTES];

    if (own->certificate_min_left_ms == 0) {
        return;
    }
    if (!result->certificate_end.known) {
        probe_set_problem(result, "it is not known when the certificate ends");
        return;
    }
    if (left_seconds * 1000 < (double)own->certificate_min_left_ms) {
        duration_describe(left, fmax(left_seconds, 0));
        duration_format(limit, own->certificate_min_left_ms);
        probe_set_problem(result,
                          arena_printf(arena, "a certificate ends in %s, limit %s", left, limit));
    }
}

static void read_certificate_end(struct http_client *client, struct probe_result *result)
{
    result->certificate_end.known =
        http_client_certificate_end(client, &result->certificate_end.value);
}

/* A certificate that nobody trusts any more still says when it ended. Nothing is sent. */
static void look_at_certificate(struct http_client *client, const struct http_request *request,
                                const struct deadline *deadline, struct probe_result *result)
{
    CLEANUP(release_answer) struct http_answer answer = {0};
    struct http_request look = *request;
    struct error ignored;

    look.only_connects = look.trusts_anybody = true;
    if (http_fetch(client, &look, deadline, &answer, &ignored)) {
        read_certificate_end(client, result);
    }
}

bool probe_http(const struct probe_settings *own, const struct deadline *deadline,
                struct arena *arena, struct probe_result *result, struct error *error)
{
    CLEANUP(free_client) struct http_client *client = http_client_new();
    CLEANUP(release_answer) struct http_answer answer = {0};
    struct http_request request = {.url = own->url,
                                   .ca_file = own->ca_file,
                                   .connect_to = own->address,
                                   .body_bytes_max = PROBE_BODY_BYTES_MAX,
                                   .certificates = true,
                                   .no_redirections = true,
                                   .direct = true};

    if (!http_fetch(client, &request, deadline, &answer, error)) {
        if (!http_client_server_failed(client)) {
            return false;
        }
        probe_set_problem(result, arena_strdup(arena, error->message));
        if (error->kind == ERROR_TLS) {
            look_at_certificate(client, &request, deadline, result);
        }
        return true;
    }
    result->http_status = (struct reading){true, answer.status};
    read_certificate_end(client, result);
    judge_redirection(own, client, answer.status, arena, result);
    if (!is_expected(own, answer.status)) {
        probe_set_problem(result, arena_printf(arena, "status %d is not expected", answer.status));
    }
    judge_body(own, &answer, deadline, arena, result);
    if (strncasecmp(own->url, "https:", 6) == 0) {
        judge_certificate(own, arena, result);
    }
    return true;
}

bool probe_tcp(const struct probe_settings *own, const struct deadline *deadline,
               struct arena *arena, struct probe_result *result, struct error *error)
{
    CLEANUP(free_client) struct http_client *client = http_client_new();
    CLEANUP(release_answer) struct http_answer answer = {0};
    struct http_request request = {
        .url = arena_printf(arena, "http://%s/", own->tcp), .only_connects = true, .direct = true};

    if (http_fetch(client, &request, deadline, &answer, error)) {
        return true;
    }
    if (!http_client_server_failed(client)) {
        return false;
    }
    probe_set_problem(result, arena_strdup(arena, error->message));
    return true;
}
