/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request at a time, bounded in time, size and redirections. */

#include "collectors/http_fetch.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "collectors/http_options.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"

struct http_client {
    CURL *easy;
    CURLM *multi;
    bool server_failed;
    char message[CURL_ERROR_SIZE];
};

/* One answer while it arrives. */
struct transfer {
    FILE *body;
    size_t body_bytes;
    size_t body_bytes_max;
    size_t header_bytes;
    size_t exceeded; /* The limit that it went beyond; 0: none. */
};

static void free_list(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}

static void init_library(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        abort();
    }
}

/* Any thread may be the first that needs the library. */
static void need_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, init_library);
}

struct http_client *http_client_new(void)
{
    struct http_client *client;

    need_library();
    client = calloc(1, sizeof *client);
    if (client == NULL) {
        abort();
    }
    client->easy = curl_easy_init();
    client->multi = curl_multi_init();
    if (client->easy == NULL || client->multi == NULL) {
        abort();
    }
    return client;
}

void http_client_free(struct http_client *client)
{
    if (client != NULL) {
        curl_easy_cleanup(client->easy);
        (void)curl_multi_cleanup(client->multi);
        free(client);
    }
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    transfer->body_bytes += size * count;
    if (transfer->body_bytes > transfer->body_bytes_max) {
        transfer->exceeded = transfer->body_bytes_max;
        return 0;
    }
    return fwrite(bytes, 1, size * count, transfer->body);
}

/* The library keeps the headers; it must not keep any number of them. */
static size_t count_header(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;

    (void)bytes;
    transfer->header_bytes += size * count;
    if (transfer->header_bytes > HTTP_ANSWER_HEADER_BYTES_MAX) {
        transfer->exceeded = HTTP_ANSWER_HEADER_BYTES_MAX;
        return 0;
    }
    return size * count;
}

static void prepare(struct http_client *client, const struct http_request *request,
                    struct curl_slist *headers, struct curl_slist *connect_to,
                    struct transfer *transfer)
{
    CURL *easy = client->easy;

    /* Keeps connections, forgets all options and the former answer. */
    curl_easy_reset(easy);
    client->message[0] = '\0';
    client->server_failed = false;
    http_options_set(easy, request, connect_to);
    (void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "dr_exporter/" VERSION);
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->message);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, count_header);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
}

static enum error_kind kind_of(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
        return ERROR_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return ERROR_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_SHUTDOWN_FAILED:
        return ERROR_TLS;
    default:
        return ERROR_PROTOCOL;
    }
}

static bool set_error(const struct http_client *client, const struct transfer *transfer,
                      CURLcode code, struct error *error)
{
    const char *message = *client->message != '\0' ? client->message : curl_easy_strerror(code);

    if (transfer->exceeded != 0) {
        return error_set(error, ERROR_PROTOCOL, "the answer is larger than %zu bytes",
                         transfer->exceeded);
    }
    return error_set(error, kind_of(code), "%s", message);
}

/* Until the transfer has ended, the time is over, or the process stops. */
static bool drive(CURLM *multi, const struct deadline *deadline, CURLcode *ret_code,
                  struct error *error)
{
    struct curl_waitfd stop = {.fd = deadline->stop->descriptor, .events = CURL_WAIT_POLLIN};

    for (;;) {
        int64_t remaining_ms = deadline_remaining_ms(deadline);
        int running;
        int waiting;
        CURLMsg *message;

        if (curl_multi_perform(multi, &running) != CURLM_OK) {
            return error_set(error, ERROR_INTERNAL, "the HTTP library failed");
        }
        message = curl_multi_info_read(multi, &waiting);
        if (message != NULL) {
            *ret_code = message->data.result;
            return true;
        }
        if (stop.revents != 0) {
            return error_set(error, ERROR_TIMEOUT, "stopped while waiting");
        }
        if (remaining_ms == 0) {
            return error_set(error, ERROR_TIMEOUT, "no complete answer in time");
        }
        (void)curl_multi_poll(multi, &stop, 1, remaining_ms > 1000 ? 1000 : (int)remaining_ms,
                              NULL);
    }
}

/* A time of the latest transfer, from its start; 0 as long as it did not get there. */
static bool has_reached(CURL *easy, CURLINFO step)
{
    curl_off_t microseconds = 0;

    return curl_easy_getinfo(easy, step, &microseconds) == CURLE_OK && microseconds > 0;
}

static bool blames_server(CURL *easy, CURLcode code)
{
    long number = 0;

    switch (code) {
    case CURLE_COULDNT_CONNECT:
        (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number);
        return number == ECONNREFUSED || number == ETIMEDOUT || number == EHOSTUNREACH ||
               number == ECONNRESET;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_FAILED_INIT:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_URL_MALFORMAT:
        return false;
    default:
        return has_reached(easy, CURLINFO_NAMELOOKUP_TIME_T);
    }
}

static bool perform(struct http_client *client, const struct transfer *transfer,
                    const struct deadline *deadline, int *ret_status, struct error *error)
{
    CURLcode code = CURLE_OK;
    long status = 0;
    bool ended;

    if (curl_multi_add_handle(client->multi, client->easy) != CURLM_OK) {
        abort();
    }
    ended = drive(client->multi, deadline, &code, error);
    (void)curl_multi_remove_handle(client->multi, client->easy);
    if (!ended) {
        client->server_failed = error->kind == ERROR_TIMEOUT &&
                                deadline_remaining_ms(deadline) == 0 &&
                                has_reached(client->easy, CURLINFO_NAMELOOKUP_TIME_T);
        return false;
    }
    if (code != CURLE_OK) {
        client->server_failed = blames_server(client->easy, code);
        return set_error(client, transfer, code, error);
    }
    (void)curl_easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
    *ret_status = (int)status;
    return true;
}

static struct curl_slist *make_list(const char *const *headers)
{
    struct curl_slist *list = NULL;

    for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
        list = curl_slist_append(list, headers[i]);
        if (list == NULL) {
            abort();
        }
    }
    return list;
}

static struct curl_slist *make_connect_to(const char *target)
{
    CLEANUP(free_text) char *text = NULL;

    if (target == NULL) {
        return NULL;
    }
    if (asprintf(&text, "::%s", target) < 0) {
        abort();
    }
    return make_list((const char *[]){text, NULL});
}

bool http_fetch(struct http_client *client, const struct http_request *request,
                const struct deadline *deadline, struct http_answer *ret_answer,
                struct error *error)
{
    CLEANUP(free_list) struct curl_slist *headers = make_list(request->headers);
    CLEANUP(free_list) struct curl_slist *connect_to = make_connect_to(request->connect_to);
    CLEANUP(free_text) char *body = NULL;
    struct transfer transfer = {.body_bytes_max = request->body_bytes_max};
    size_t length = 0;
    int status = 0;
    bool fetched;

    transfer.body = open_memstream(&body, &length);
    if (transfer.body == NULL) {
        abort();
    }
    prepare(client, request, headers, connect_to, &transfer);
    fetched = perform(client, &transfer, deadline, &status, error);
    if (fclose(transfer.body) != 0) {
        abort();
    }
    if (!fetched) {
        return false;
    }
    *ret_answer = (struct http_answer){.status = status, .body = body, .length = length};
    body = NULL;
    return true;
}

bool http_client_server_failed(const struct http_client *client)
{
    return client->server_failed;
}

void http_answer_release(struct http_answer *answer)
{
    free(answer->body);
    *answer = (struct http_answer){0};
}

bool http_status_check(int status, struct error *error)
{
    if (status == 200) {
        return true;
    }
    if (status == 401 || status == 403 || status == 407) {
        return error_set(error, ERROR_AUTH, "status %d: the server wants other credentials",
                         status);
    }
    if (status == 404 || status == 410) {
        return error_set(error, ERROR_NOT_FOUND, "status %d: there is nothing at this URL", status);
    }
    if (status == 429 || status >= 500) {
        return error_set(error, ERROR_QUERY, "status %d: the server cannot answer now", status);
    }
    return error_set(error, ERROR_PROTOCOL, "status %d instead of 200", status);
}

const char *http_client_header(struct http_client *client, const char *name)
{
    struct curl_header *header;

    return curl_easy_header(client->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK
               ? header->value
               : NULL;
}

bool http_client_date(struct http_client *client, const char *name, double *ret_seconds)
{
    const char *text = http_client_header(client, name);
    time_t instant = text == NULL ? -1 : curl_getdate(text, NULL);

    if (instant == -1) {
        return false;
    }
    *ret_seconds = (double)instant;
    return true;
}

bool http_client_certificate_end(struct http_client *client, double *ret_seconds)
{
    static const char prefix[] = "Expire date:";
    struct curl_certinfo *chain = NULL;
    int known = 0;

    if (curl_easy_getinfo(client->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == NULL) {
        return false;
    }
    for (int i = 0; i < chain->num_of_certs; i++) {
        for (struct curl_slist *line = chain->certinfo[i]; line != NULL; line = line->next) {
            time_t instant;

            if (strncmp(line->data, prefix, sizeof prefix - 1) != 0) {
                continue;
            }
            instant = curl_getdate(line->data + sizeof prefix - 1, NULL);
            if (instant == -1) {
                return false;
            }
            *ret_seconds = known++ > 0 ? fmin(*ret_seconds, (double)instant) : (double)instant;
        }
    }
    /* The first of a chain of which one is not known is not known. */
    return known > 0 && known == chain->num_of_certs;
}
