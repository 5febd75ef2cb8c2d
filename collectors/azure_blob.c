/* SPDX-License-Identifier: Apache-2.0 */
/* How far Azure Storage has copied an account to its secondary region: its Last Sync Time. */

#include "collectors/azure_blob.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collectors/aws_error.h"
#include "collectors/http_fetch.h"
#include "collectors/service_clock.h"
#include "collectors/xml.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/secret.h"

/* The first version with `comp=stats` was 2013-08-15; any later one answers the same. */
#define VERSION_HEADER "x-ms-version: 2021-08-06"
#define STATUS_BYTES 32
#define DATE_BYTES 64

struct stats {
    char status[STATUS_BYTES];
    char last_sync[DATE_BYTES];
};

bool azure_settings_check(const struct azure_settings *settings, struct error *error)
{
    const char *rest;

    if (settings->secondary_url == NULL || settings->sas_token_file == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"azure_secondary_url\" and \"azure_sas_token_file\" belong together; "
                         "write both");
    }
    if (!http_url_check(settings->secondary_url, error)) {
        return error_prefix(error, "\"azure_secondary_url\"");
    }
    rest = strpbrk(strstr(settings->secondary_url, "://") + 3, "/?#");
    return rest == NULL || strcmp(rest, "/") == 0 ||
           error_set(error, ERROR_INTERNAL,
                     "\"azure_secondary_url\" has more than scheme and host; the SAS token belongs "
                     "into the file");
}

/* --- What is told. --- */

static bool take(void *context, const char *path, const char *text, struct error *error)
{
    struct stats *stats = context;

    (void)error;
    if (strcmp(path, "StorageServiceStats/GeoReplication/Status") == 0) {
        (void)snprintf(stats->status, sizeof stats->status, "%s", text);
    } else if (strcmp(path, "StorageServiceStats/GeoReplication/LastSyncTime") == 0) {
        (void)snprintf(stats->last_sync, sizeof stats->last_sync, "%s", text);
    }
    return true;
}

/* Sat, 21 Nov 2026 14:05:06 GMT, and nothing else: no day that does not exist. */
static bool read_date(const char *text, double *ret_seconds)
{
    struct tm parts = {.tm_mday = 0};
    const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    char again[DATE_BYTES];
    time_t instant;

    if (end == NULL || *end != '\0') {
        return false;
    }
    instant = timegm(&parts);
    *ret_seconds = (double)instant;
    return instant > 0 && gmtime_r(&instant, &parts) != NULL &&
           strftime(again, sizeof again, "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0 &&
           strcmp(again, text) == 0;
}

bool azure_stats_read(const char *text, size_t length, double *ret_seconds, struct error *error)
{
    struct stats stats = {.status = ""};

    if (!xml_read(text, length, take, &stats, error)) {
        return false;
    }
    if (strcmp(stats.status, "bootstrap") == 0) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the first copy to the secondary is still under way (bootstrap)");
    }
    if (strcmp(stats.status, "unavailable") == 0) {
        return error_set(error, ERROR_INCONSISTENT,
                         "Azure says that the secondary is unavailable, and how far it is cannot "
                         "be told; look at the health of the account");
    }
    if (strcmp(stats.status, "live") != 0) {
        return error_set(error, ERROR_PROTOCOL,
                         "the answer does not tell whether the secondary is live");
    }
    return read_date(stats.last_sync, ret_seconds) ||
           error_set(error, ERROR_PROTOCOL, "the answer has no readable Last Sync Time");
}

/* --- Asking. --- */

static void free_client(struct http_client **client)
{
    http_client_free(*client);
}

/* A token is a query; a portal shows it with its question mark. */
static bool make_url(const struct azure_settings *settings, char **ret_url, struct error *error)
{
    CLEANUP(secret_free) char *token = NULL;
    const char *url = settings->secondary_url;
    size_t length = strlen(url);
    const char *text;

    if (!secret_read(settings->sas_token_file, &token, error)) {
        return false;
    }
    text = *token == '?' ? token + 1 : token;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c <= ' ' || *c >= 0x7F || *c == '#') {
            return error_set(error, ERROR_AUTH,
                             "the file of \"azure_sas_token_file\" has more in it than a SAS "
                             "token; write only sv=…&ss=b&srt=s&sp=r&se=…&sig=…");
        }
    }
    if (asprintf(ret_url, "%.*s/?restype=service&comp=stats&%s",
                 (int)(url[length - 1] == '/' ? length - 1 : length), url, text) < 0) {
        abort();
    }
    return true;
}

static bool ask(struct http_client *client, const char *url, const char *ca_file,
                const struct collection *collection, struct service_clock *clock,
                struct http_answer *ret_answer, struct error *error)
{
    static const char *const headers[] = {VERSION_HEADER, NULL};
    const struct http_request request = {.method = HTTP_GET,
                                         .url = url,
                                         .headers = headers,
                                         .ca_file = ca_file,
                                         .body_bytes_max = AWS_ANSWER_BYTES_MAX,
                                         .no_redirections = true};

    service_clock_ask(clock);
    if (!http_fetch(client, &request, &collection->deadline, ret_answer, error)) {
        return false;
    }
    service_clock_answer(clock, client);
    return ret_answer->status == 200 ||
           aws_error_set(&(struct aws_refusal){.status = ret_answer->status,
                                               .body = ret_answer->body,
                                               .length = ret_answer->length},
                         error);
}

bool azure_collect(const struct azure_settings *settings, const char *ca_file,
                   struct collection *collection, struct error *error)
{
    CLEANUP(free_client) struct http_client *client = http_client_new();
    CLEANUP(http_answer_release) struct http_answer answer = {0};
    CLEANUP(secret_free) char *url = NULL;
    struct service_clock clock = {.known = false};
    struct evidence *evidence = collection->evidence;
    double seconds;

    if (!make_url(settings, &url, error) ||
        !ask(client, url, ca_file, collection, &clock, &answer, error) ||
        !azure_stats_read(answer.body, answer.length, &seconds, error) ||
        !service_clock_past_seconds(&clock, seconds, &evidence->recovery_point, error)) {
        return error_prefix(error, "secondary");
    }
    evidence->copy_answered = true;
    evidence->has_recovery_point = true;
    return true;
}
