/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what the Prometheus HTTP API answers to an instant query. */

#include "collectors/promql_answer.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/cleanup.h"

static void free_json(cJSON **root)
{
    cJSON_Delete(*root);
}

/* "" when the member is missing or no text. */
static const char *text_of(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

    return text == NULL ? "" : text;
}

/* NULL unless the whole text is one JSON object. */
static cJSON *parse(const char *text, size_t length)
{
    const char *end = text;
    cJSON *root = cJSON_ParseWithLengthOpts(text, length, &end, 0);

    while (root != NULL && end < text + length && strchr(" \t\r\n", *end) != NULL && *end != '\0') {
        end++;
    }
    if (cJSON_IsObject(root) && end == text + length) {
        return root;
    }
    cJSON_Delete(root);
    return NULL;
}

/* Values are numbers in texts, so that NaN and infinity can be told. */
static bool read_value(const cJSON *pair, struct promql_number *ret_number, struct error *error)
{
    const cJSON *instant = cJSON_GetArrayItem(pair, 0);
    const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));
    char *end = NULL;
    double value = text == NULL ? 0 : strtod(text, &end);

    if (!cJSON_IsArray(pair) || cJSON_GetArraySize(pair) != 2 || !cJSON_IsNumber(instant) ||
        !isfinite(instant->valuedouble) || instant->valuedouble <= 0 || text == NULL ||
        end == text || *end != '\0') {
        return error_set(error, ERROR_PROTOCOL, "the answer has no number where one should be");
    }
    if (!isfinite(value)) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the result is %s: there was nothing to compute it from, or a division "
                         "by 0",
                         isnan(value) ? "NaN" : "infinite");
    }
    *ret_number = (struct promql_number){instant->valuedouble, value};
    return true;
}

static bool read_vector(const cJSON *result, struct promql_number *ret_number, struct error *error)
{
    int count = cJSON_GetArraySize(result);
    const cJSON *series = cJSON_GetArrayItem(result, 0);

    if (!cJSON_IsArray(result)) {
        return error_set(error, ERROR_PROTOCOL, "the answer has no result");
    }
    if (count == 0) {
        return error_set(error, ERROR_NOT_FOUND,
                         "the result is empty: there is no such series, or nobody writes it any "
                         "more; look whether its target is up");
    }
    if (count > 1) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the result has %d series instead of one; select one by its labels, or "
                         "take the worst with min() or max()",
                         count);
    }
    if (cJSON_HasObjectItem(series, "histogram")) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the result is a histogram and no number; use for example "
                         "histogram_quantile()");
    }
    return read_value(cJSON_GetObjectItemCaseSensitive(series, "value"), ret_number, error);
}

bool promql_answer_read(const char *text, size_t length, struct promql_number *ret_number,
                        struct error *error)
{
    CLEANUP(free_json) cJSON *root = parse(text, length);
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(root, "data");
    const cJSON *result = cJSON_GetObjectItemCaseSensitive(data, "result");
    const cJSON *warnings = cJSON_GetObjectItemCaseSensitive(root, "warnings");
    const char *type = text_of(data, "resultType");

    if (root == NULL) {
        return error_set(error, ERROR_PROTOCOL,
                         "the answer is not JSON of the Prometheus API, or cut off; look whether "
                         "\"url\" leads to a web page or a login");
    }
    if (strcmp(text_of(root, "status"), "success") != 0) {
        return error_set(error, ERROR_QUERY, "the query failed: %.200s", text_of(root, "error"));
    }
    if (warnings != NULL && !cJSON_IsNull(warnings) &&
        (!cJSON_IsArray(warnings) || cJSON_GetArraySize(warnings) > 0)) {
        const char *first = cJSON_GetStringValue(cJSON_GetArrayItem(warnings, 0));

        return error_set(error, ERROR_QUERY, "the answer may not be the whole one: %.200s",
                         first == NULL ? "it has warnings" : first);
    }
    /* So says VictoriaMetrics what others say by a warning. */
    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "isPartial"))) {
        return error_set(
            error, ERROR_QUERY,
            "the answer is not the whole one: the server cannot reach all of its data");
    }
    if (strcmp(type, "scalar") == 0) {
        return read_value(result, ret_number, error);
    }
    if (strcmp(type, "vector") == 0) {
        return read_vector(result, ret_number, error);
    }
    return error_set(error, ERROR_INCONSISTENT,
                     "the result is a %.20s and no number; write an expression that gives one",
                     strcmp(type, "matrix") == 0 ? "range of samples" : type);
}

bool promql_refusal_read(int status, const char *text, size_t length, struct error *error)
{
    CLEANUP(free_json) cJSON *root = parse(text, length);
    const char *message = text_of(root, "error");
    const char *separator = *message == '\0' ? "" : ": ";

    if (status >= 300 && status < 400) {
        return error_set(error, ERROR_PROTOCOL,
                         "the server sends us elsewhere (status %d); write the address that "
                         "answers itself into \"url\", and look whether there is a login in front",
                         status);
    }
    switch (status) {
    case 400:
    case 422:
        return error_set(error, ERROR_QUERY, "the server refuses the query (status %d)%s%.250s",
                         status, separator, message);
    case 401:
        return error_set(error, ERROR_AUTH,
                         "the server does not accept the credentials, or wants some or a "
                         "\"tenant\" (status 401)%s%.100s",
                         separator, message);
    case 403:
        return error_set(error, ERROR_PERMISSION, "not allowed to query (status 403)%s%.100s",
                         separator, message);
    case 404:
    case 405:
        return error_set(error, ERROR_NOT_FOUND,
                         "there is no Prometheus API below \"url\" (status %d); does a prefix "
                         "such as /prometheus belong to it?",
                         status);
    default:
        return error_set(error, status == 429 || status >= 500 ? ERROR_QUERY : ERROR_PROTOCOL,
                         "the server cannot answer (status %d)%s%.250s", status, separator,
                         message);
    }
}
