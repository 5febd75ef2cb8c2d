/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the JSON that backup tools print. */

#include "collectors/backup_json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/rfc3339.h"

/* Of a line that is quoted in a message. */
#define QUOTED_BYTES_MAX 120
/* The end of the year 9999: a number beyond it is no date. */
#define UNIX_SECONDS_MAX 253402300799.0

static size_t skip_blanks(const char *text, size_t length, size_t at)
{
    while (at < length && memchr(" \t\r\n", text[at], 4) != NULL) {
        at++;
    }
    return at;
}

/* `"key": 123` here: where the digits begin and end; false if there is something else. The bytes
 * `"key"` are a whole text wherever they stand, because a quote within a text has a backslash. */
static bool find_digits(const char *text, size_t length, size_t at, const char *key,
                        size_t *ret_first, size_t *ret_end)
{
    size_t key_length = strlen(key);
    size_t first;
    size_t end;

    if (length - at < key_length + 2 || text[at] != '"' ||
        memcmp(text + at + 1, key, key_length) != 0 || text[at + 1 + key_length] != '"') {
        return false;
    }
    first = skip_blanks(text, length, at + key_length + 2);
    if (first == length || text[first] != ':') {
        return false;
    }
    first = skip_blanks(text, length, first + 1);
    end = first;
    while (end < length && text[end] >= '0' && text[end] <= '9') {
        end++;
    }
    if (end == first || (end < length && memchr(".eE", text[end], 3) != NULL)) {
        return false;
    }
    *ret_first = first;
    *ret_end = end;
    return true;
}

/* Copies the text with quotes around the numbers of some members; NULL only counts. */
static size_t quote_numbers(const char *text, size_t length, const char *const *exact, char *copy)
{
    size_t written = 0;
    size_t at = 0;

    while (at < length) {
        size_t first = at;
        size_t end = at;

        for (size_t i = 0; exact[i] != NULL && end == at; i++) {
            if (!find_digits(text, length, at, exact[i], &first, &end)) {
                first = at;
                end = at;
            }
        }
        if (end == at) {
            if (copy != NULL) {
                copy[written] = text[at];
            }
            written++;
            at++;
            continue;
        }
        if (copy != NULL) {
            memcpy(copy + written, text + at, first - at);
            copy[written + first - at] = '"';
            memcpy(copy + written + first - at + 1, text + first, end - first);
            copy[written + end - at + 1] = '"';
        }
        written += end - at + 2;
        at = end;
    }
    return written;
}

/* The line that begins here, for a message. */
static const char *quote_line(struct arena *arena, const char *text, size_t length, size_t at)
{
    size_t end;

    at = skip_blanks(text, length, at);
    end = at;
    while (end < length && end - at < QUOTED_BYTES_MAX && text[end] != '\n' && text[end] != '\0') {
        end++;
    }
    return arena_strndup(arena, text + at, end - at);
}

bool backup_json_parse(struct arena *arena, const char *text, size_t length,
                       const char *const *exact, cJSON **ret_root, struct error *error)
{
    size_t first = skip_blanks(text, length, 0);
    const char *end = NULL;
    cJSON *root;

    if (first == length) {
        return error_set(error, ERROR_PROTOCOL, "the output is empty; the tool has to print JSON");
    }
    if (text[first] != '[' && text[first] != '{' &&
        !(length - first >= 4 && memcmp(text + first, "null", 4) == 0)) {
        return error_set(error, ERROR_PROTOCOL,
                         "the output begins with \"%s\" and not with JSON; make the tool print "
                         "JSON and nothing else",
                         quote_line(arena, text, length, first));
    }
    if (exact != NULL) {
        size_t size = quote_numbers(text, length, exact, NULL);
        char *copy = arena_alloc(arena, size + 1);

        (void)quote_numbers(text, length, exact, copy);
        text = copy;
        length = size;
    }
    root = cJSON_ParseWithLengthOpts(text, length, &end, 0);
    if (root == NULL) {
        return error_set(error, ERROR_PROTOCOL,
                         "the JSON is broken or cut off at byte %zu; look at what the tool prints",
                         end == NULL ? 0 : (size_t)(end - text));
    }
    first = skip_blanks(text, length, (size_t)(end - text));
    if (first < length) {
        cJSON_Delete(root);
        return error_set(error, ERROR_PROTOCOL,
                         "after the JSON the output goes on with \"%s\"; make the tool print JSON "
                         "and nothing else",
                         quote_line(arena, text, length, first));
    }
    *ret_root = root;
    return true;
}

const char *backup_json_text(struct arena *arena, const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

    return text == NULL ? "" : arena_strdup(arena, text);
}

struct reading backup_json_number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    bool known = cJSON_IsNumber(item) && isfinite(item->valuedouble);

    return (struct reading){.known = known, .value = known ? item->valuedouble : 0};
}

struct reading backup_json_unix(const cJSON *object, const char *key)
{
    struct reading seconds = backup_json_number(object, key);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

    if (text != NULL && *text >= '0' && *text <= '9') {
        char *end;

        seconds.value = strtod(text, &end);
        seconds.known = *end == '\0';
    }
    if (!seconds.known || !(seconds.value > 0 && seconds.value <= UNIX_SECONDS_MAX)) {
        return (struct reading){0};
    }
    return seconds;
}

struct reading backup_json_rfc3339(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    struct reading seconds = {0};

    seconds.known = rfc3339_parse(text, &seconds.value);
    return seconds.known ? seconds : (struct reading){0};
}

uint64_t backup_json_uint64(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    const char *text = cJSON_GetStringValue(item);
    unsigned long long value;
    char *end;

    if (cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble < 9e15) {
        return (uint64_t)item->valuedouble;
    }
    if (text == NULL || *text < '0' || *text > '9') {
        return 0;
    }
    errno = 0;
    value = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0 ? value : 0;
}

const cJSON *backup_json_array(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    return cJSON_IsArray(item) ? item : NULL;
}

static int compare_labels(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct backup_labels backup_labels_new(struct arena *arena, size_t size)
{
    return (struct backup_labels){.items =
                                      arena_alloc_array(arena, size + 1, sizeof(const char *))};
}

void backup_labels_add(struct backup_labels *labels, const char *label)
{
    bool is_last = labels->count == 0 || strcmp(labels->items[labels->count - 1], label) <= 0;

    labels->is_sorted = is_last && (labels->count == 0 || labels->is_sorted);
    labels->items[labels->count++] = label;
}

bool backup_labels_have(struct backup_labels *labels, const char *label)
{
    if (!labels->is_sorted) {
        qsort(labels->items, labels->count, sizeof *labels->items, compare_labels);
        labels->is_sorted = true;
    }
    return bsearch(&label, labels->items, labels->count, sizeof *labels->items, compare_labels) !=
           NULL;
}
