/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of Amazon CloudWatch: GetMetricData in its JSON protocol. */

#include "collectors/cloudwatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "collectors/aws_error.h"
#include "collectors/aws_post.h"
#include "collectors/aws_provider.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/secret.h"

#define TRIES_MAX 3
#define TRY_AGAIN_MS 150
#define ID_BYTES 8
/* What the double of a date may be: later than the first day of CloudWatch, before 2286. */
#define DATE_MIN 1.2e9
#define DATE_MAX 1e10

struct cloudwatch_client {
    const struct aws_settings *settings;
    const char *ca_file;
    const char *region;
    char *url;
    struct http_client *http;
    struct aws_provider *provider;
    struct service_clock clock;
};

static void free_document(cJSON **document)
{
    cJSON_Delete(*document);
}

/* Metrics are told apart by these; they must begin with a small letter. */
static void id_text(size_t metric, char id[ID_BYTES])
{
    (void)snprintf(id, ID_BYTES, "m%zu", metric % CLOUDWATCH_METRICS_MAX);
}

/* --- What is told. --- */

void cloudwatch_series_init(struct arena *arena, struct cloudwatch_series *series, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        series[i] = (struct cloudwatch_series){
            .points =
                arena_alloc_array(arena, CLOUDWATCH_POINTS_MAX, sizeof(struct cloudwatch_point))};
    }
}

static bool read_points(const cJSON *result, struct cloudwatch_series *series, struct error *error)
{
    const cJSON *timestamps = cJSON_GetObjectItemCaseSensitive(result, "Timestamps");
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(result, "Values");
    const cJSON *timestamp;
    const cJSON *value = cJSON_IsArray(values) ? values->child : NULL;

    if (!cJSON_IsArray(timestamps) || !cJSON_IsArray(values)) {
        return error_set(error, ERROR_PROTOCOL, "CloudWatch tells no data points of a metric");
    }
    cJSON_ArrayForEach(timestamp, timestamps)
    {
        double seconds = cJSON_IsNumber(timestamp) ? timestamp->valuedouble : 0;
        bool is_known =
            cJSON_IsNumber(value) && isfinite(value->valuedouble) && value->valuedouble >= 0;

        if (value == NULL || !(seconds > DATE_MIN && seconds < DATE_MAX)) {
            return error_set(error, ERROR_PROTOCOL,
                             "CloudWatch tells a data point without a value or date");
        }
        if (series->count == CLOUDWATCH_POINTS_MAX) {
            return error_set(error, ERROR_PROTOCOL,
                             "CloudWatch tells more than %d data points of a metric",
                             CLOUDWATCH_POINTS_MAX);
        }
        series->points[series->count++] =
            (struct cloudwatch_point){seconds, is_known ? value->valuedouble : NAN};
        value = value->next;
    }
    return value == NULL ||
           error_set(error, ERROR_PROTOCOL, "CloudWatch tells values without their dates");
}

static bool read_result(struct arena *arena, const cJSON *result, struct cloudwatch_series *series,
                        size_t count, struct error *error)
{
    const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "Id"));
    const char *status =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(result, "StatusCode"));

    for (size_t i = 0; id != NULL && i < count; i++) {
        char expected[ID_BYTES];

        id_text(i, expected);
        if (strcmp(id, expected) == 0) {
            series[i].status = status != NULL ? arena_strdup(arena, status) : "no status";
            return read_points(result, &series[i], error);
        }
    }
    return error_set(error, ERROR_PROTOCOL, "CloudWatch tells of a metric that was not asked for");
}

bool cloudwatch_read_page(struct arena *arena, const char *text, size_t length,
                          struct cloudwatch_series *series, size_t count, const char **ret_token,
                          struct error *error)
{
    CLEANUP(free_document) cJSON *document = cJSON_ParseWithLength(text, length);
    const cJSON *results = cJSON_GetObjectItemCaseSensitive(document, "MetricDataResults");
    const char *token =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "NextToken"));
    const cJSON *result;

    if (!cJSON_IsArray(results)) {
        return error_set(error, ERROR_PROTOCOL, "the answer is none of CloudWatch");
    }
    cJSON_ArrayForEach(result, results)
    {
        if (!read_result(arena, result, series, count, error)) {
            return false;
        }
    }
    *ret_token = token != NULL && *token != '\0' ? arena_strdup(arena, token) : NULL;
    return true;
}

static int compare_points(const void *a, const void *b)
{
    double one = ((const struct cloudwatch_point *)a)->seconds;
    double other = ((const struct cloudwatch_point *)b)->seconds;

    return (one > other) - (one < other);
}

static void put_in_order(struct cloudwatch_series *series)
{
    size_t kept = 0;

    if (series->count > 0) {
        qsort(series->points, series->count, sizeof *series->points, compare_points);
    }
    for (size_t i = 0; i < series->count; i++) {
        struct cloudwatch_point *point = &series->points[i];
        struct cloudwatch_point *last = &series->points[kept > 0 ? kept - 1 : 0];

        if (kept == 0 || compare_points(last, point) != 0) {
            series->points[kept++] = *point;
        } else if (!(last->value >= point->value)) {
            last->value = isnan(last->value) ? NAN : point->value;
        }
    }
    series->count = kept;
}

bool cloudwatch_finish(struct cloudwatch_series *series, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        const char *status = series[i].status;

        if (status == NULL) {
            return error_set(error, ERROR_PROTOCOL, "CloudWatch left a metric out of its answer");
        }
        if (strcmp(status, "Forbidden") == 0) {
            return error_set(error, ERROR_PERMISSION,
                             "CloudWatch does not let us see a metric; allow "
                             "cloudwatch:GetMetricData");
        }
        if (strcmp(status, "Complete") != 0) {
            return error_set(error, ERROR_QUERY,
                             "CloudWatch told only a part of a metric (status %.40s)", status);
        }
        put_in_order(&series[i]);
    }
    return true;
}

/* --- What is asked. --- */

static void add_metric(cJSON *queries, const struct cloudwatch_query *query, size_t number)
{
    cJSON *item = cJSON_CreateObject();
    cJSON *stat = cJSON_AddObjectToObject(item, "MetricStat");
    cJSON *metric = cJSON_AddObjectToObject(stat, "Metric");
    cJSON *dimensions = cJSON_AddArrayToObject(metric, "Dimensions");
    char id[ID_BYTES];

    id_text(number, id);
    (void)cJSON_AddStringToObject(item, "Id", id);
    (void)cJSON_AddStringToObject(metric, "Namespace", query->name_space);
    (void)cJSON_AddStringToObject(metric, "MetricName", query->metrics[number].name);
    for (size_t i = 0; i < query->dimension_count; i++) {
        cJSON *dimension = cJSON_CreateObject();

        (void)cJSON_AddStringToObject(dimension, "Name", query->dimensions[i].name);
        (void)cJSON_AddStringToObject(dimension, "Value", query->dimensions[i].value);
        (void)cJSON_AddItemToArray(dimensions, dimension);
    }
    (void)cJSON_AddNumberToObject(stat, "Period", query->period_seconds);
    (void)cJSON_AddStringToObject(stat, "Stat", query->metrics[number].value);
    (void)cJSON_AddItemToArray(queries, item);
}

static char *request_text(const struct cloudwatch_query *query, const char *token)
{
    CLEANUP(free_document) cJSON *document = cJSON_CreateObject();
    cJSON *queries = cJSON_AddArrayToObject(document, "MetricDataQueries");
    char *text;

    (void)cJSON_AddNumberToObject(document, "StartTime", floor(query->start));
    (void)cJSON_AddNumberToObject(document, "EndTime", ceil(query->end));
    for (size_t i = 0; i < query->metric_count; i++) {
        add_metric(queries, query, i);
    }
    if (token != NULL) {
        (void)cJSON_AddStringToObject(document, "NextToken", token);
    }
    text = cJSON_PrintUnformatted(document);
    if (text == NULL) {
        abort();
    }
    return text;
}

/* --- Asking. --- */

struct cloudwatch_client *cloudwatch_client_new(const struct aws_settings *settings,
                                                const char *ca_file)
{
    struct cloudwatch_client *client = calloc(1, sizeof *client);
    const char *region = aws_region(settings);

    if (client == NULL) {
        abort();
    }
    client->settings = settings;
    client->ca_file = ca_file;
    client->region = region != NULL ? region : "us-east-1";
    client->url = aws_service_url("monitoring", client->region, "AWS_ENDPOINT_URL_CLOUDWATCH");
    client->http = http_client_new();
    client->provider = aws_provider_new(settings, ca_file);
    return client;
}

void cloudwatch_client_free(struct cloudwatch_client *client)
{
    if (client != NULL) {
        http_client_free(client->http);
        aws_provider_free(client->provider);
        free(client->url);
        free(client);
    }
}

const struct service_clock *cloudwatch_clock(const struct cloudwatch_client *client)
{
    return &client->clock;
}

static bool try_once(struct cloudwatch_client *client, const char *body,
                     const struct deadline *deadline, struct http_answer *ret_answer,
                     struct error *error)
{
    static const struct aws_pair headers[] = {
        {"content-type", "application/x-amz-json-1.0"},
        {"x-amz-target", "GraniteServiceVersion20100801.GetMetricData"}};
    struct aws_post post = {.url = client->url,
                            .service = "monitoring",
                            .region = client->region,
                            .headers = headers,
                            .header_count = sizeof headers / sizeof *headers,
                            .body = body,
                            .ca_file = client->ca_file};

    if (!aws_provider_get(client->provider, deadline, &post.credentials, error)) {
        return false;
    }
    service_clock_ask(&client->clock);
    if (!aws_post(client->http, &post, deadline, ret_answer, error)) {
        return false;
    }
    service_clock_answer(&client->clock, client->http);
    return true;
}

static bool is_passing(const struct aws_refusal *refusal)
{
    char code[AWS_CODE_BYTES];

    aws_error_code(refusal, code);
    return aws_error_is_passing(refusal->status) || strncmp(code, "Throttling", 10) == 0;
}

static bool ask(struct cloudwatch_client *client, const char *body, const struct deadline *deadline,
                struct http_answer *ret_answer, struct error *error)
{
    for (int tries = 1;; tries++) {
        CLEANUP(http_answer_release) struct http_answer answer = {0};
        struct aws_refusal refusal;

        if (!try_once(client, body, deadline, &answer, error)) {
            return false;
        }
        if (answer.status == 200) {
            *ret_answer = answer;
            answer = (struct http_answer){0};
            return true;
        }
        refusal = (struct aws_refusal){.status = answer.status,
                                       .body = answer.body,
                                       .length = answer.length,
                                       .knows_clock = client->clock.known,
                                       .clock_offset_seconds = client->clock.ahead_least};
        if (tries == TRIES_MAX || !is_passing(&refusal) ||
            deadline_remaining_ms(deadline) < 2 * TRY_AGAIN_MS * tries ||
            stop_wait_until(deadline->stop, clock_monotonic_ms() + TRY_AGAIN_MS * tries)) {
            return aws_error_set(&refusal, error);
        }
    }
}

static bool get_pages(struct cloudwatch_client *client, const struct cloudwatch_query *query,
                      const struct deadline *deadline, struct arena *arena,
                      struct cloudwatch_series *series, struct error *error)
{
    const char *token = NULL;

    cloudwatch_series_init(arena, series, query->metric_count);
    for (int pages = 0; pages < CLOUDWATCH_PAGES_MAX; pages++) {
        CLEANUP(free_text) char *body = request_text(query, token);
        CLEANUP(http_answer_release) struct http_answer answer = {0};

        if (!ask(client, body, deadline, &answer, error) ||
            !cloudwatch_read_page(arena, answer.body, answer.length, series, query->metric_count,
                                  &token, error)) {
            return false;
        }
        if (token == NULL) {
            return cloudwatch_finish(series, query->metric_count, error);
        }
    }
    return error_set(error, ERROR_PROTOCOL, "CloudWatch's answer has more than %d pages",
                     CLOUDWATCH_PAGES_MAX);
}

bool cloudwatch_get(struct cloudwatch_client *client, const struct cloudwatch_query *query,
                    const struct deadline *deadline, struct arena *arena,
                    struct cloudwatch_series *ret_series, struct error *error)
{
    return get_pages(client, query, deadline, arena, ret_series, error) ||
           error_prefix(error, "CloudWatch");
}
