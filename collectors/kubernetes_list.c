/* SPDX-License-Identifier: Apache-2.0 */
/* Reads lists of Kubernetes objects: pages of the API, and what `kubectl get -o json` prints. */

#include "collectors/kubernetes_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/cleanup.h"
#include "exporter/rfc3339.h"

#define MEMBER_BYTES_MAX 64
#define LINE_BYTES_MAX 200

static void free_json(cJSON **json)
{
    cJSON_Delete(*json);
}

const cJSON *kubernetes_member(const cJSON *object, const char *path)
{
    while (object != NULL && *path != '\0') {
        char name[MEMBER_BYTES_MAX];
        size_t length = strcspn(path, ".");

        (void)snprintf(name, sizeof name, "%.*s", (int)length, path);
        object = cJSON_GetObjectItemCaseSensitive(object, name);
        path += length + (path[length] == '.' ? 1 : 0);
    }
    return object;
}

const char *kubernetes_text(const cJSON *object, const char *path)
{
    const char *text = cJSON_GetStringValue(kubernetes_member(object, path));

    return text == NULL ? "" : text;
}

bool kubernetes_instant(const cJSON *object, const char *path, double *ret_seconds)
{
    return rfc3339_parse(kubernetes_text(object, path), ret_seconds);
}

const char *kubernetes_line(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    char *line;

    if (length > LINE_BYTES_MAX) {
        length = LINE_BYTES_MAX;
        /* Not within a character of UTF-8. */
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80) {
            length--;
        }
    }
    line = arena_strndup(arena, text, length);
    for (char *c = line; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ') {
            *c = ' ';
        }
    }
    return line;
}

/* The kind of the items of a list: "BackupList" is of "Backup", "List" of anything. */
static bool read_item_kind(const char *list_kind, char *kind, size_t size)
{
    size_t length = strlen(list_kind);

    if (length < 4 || strcmp(list_kind + length - 4, "List") != 0) {
        return false;
    }
    (void)snprintf(kind, size, "%.*s", (int)(length - 4), list_kind);
    return true;
}

static bool is_blank(const char *text, const char *end)
{
    while (text < end && (*text == '\n' || *text == '\r' || *text == ' ' || *text == '\t')) {
        text++;
    }
    return text == end;
}

static bool visit_items(const cJSON *list, const char *item_kind,
                        const struct kubernetes_visitor *visitor, struct error *error)
{
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(list, "items");
    const cJSON *item;

    /* Go writes an empty list as null. */
    if (!cJSON_IsArray(items) && !cJSON_IsNull(items)) {
        return error_set(error, ERROR_PROTOCOL, "a list of Kubernetes objects without \"items\"");
    }
    cJSON_ArrayForEach(item, items)
    {
        const char *kind = kubernetes_text(item, "kind");
        const char *api_version = kubernetes_text(item, "apiVersion");
        struct kubernetes_object object = {
            .api_version = *api_version != '\0' ? api_version : kubernetes_text(list, "apiVersion"),
            .kind = *kind != '\0' ? kind : item_kind,
            .json = item,
        };

        if (!cJSON_IsObject(item)) {
            return error_set(error, ERROR_PROTOCOL, "an item of a Kubernetes list is no object");
        }
        if (!visitor->visit(visitor->context, &object, error)) {
            return false;
        }
    }
    return true;
}

/* The API server does not always say how many objects follow; what says so and does not say where
 * they are was cut. */
static bool has_more(const cJSON *list)
{
    const cJSON *remaining = kubernetes_member(list, "metadata.remainingItemCount");

    return cJSON_IsNumber(remaining) && remaining->valuedouble > 0;
}

bool kubernetes_list_read(const char *text, size_t length, const struct kubernetes_visitor *visitor,
                          char **ret_continue, struct error *error)
{
    const char *end = text;
    CLEANUP(free_json) cJSON *list = cJSON_ParseWithLengthOpts(text, length, &end, 0);
    const char *kind = kubernetes_text(list, "kind");
    const char *next = kubernetes_text(list, "metadata.continue");
    char item_kind[MEMBER_BYTES_MAX];

    if (!cJSON_IsObject(list)) {
        return error_set(error, ERROR_PROTOCOL,
                         "not JSON of the Kubernetes API; it begins with \"%.*s\"",
                         length < 40 ? (int)length : 40, text);
    }
    if (!is_blank(end, text + length)) {
        return error_set(error, ERROR_PROTOCOL,
                         "something follows the list of Kubernetes objects; print one list only");
    }
    if (!read_item_kind(kind, item_kind, sizeof item_kind)) {
        return error_set(error, ERROR_PROTOCOL, "not a list of Kubernetes objects but \"%.40s\" %s",
                         *kind != '\0' ? kind : "something else", kubernetes_text(list, "message"));
    }
    if (*next == '\0' && has_more(list)) {
        return error_set(error, ERROR_PROTOCOL,
                         "a list of Kubernetes objects that ends before its end; does something "
                         "between here and the API server change its answers?");
    }
    if (!visit_items(list, item_kind, visitor, error)) {
        return false;
    }
    *ret_continue = *next == '\0' ? NULL : strdup(next);
    if (*next != '\0' && *ret_continue == NULL) {
        abort();
    }
    return true;
}

void kubernetes_status_read(const char *text, size_t length, char *message, size_t size)
{
    CLEANUP(free_json) cJSON *status = cJSON_ParseWithLengthOpts(text, length, NULL, 0);

    (void)snprintf(message, size, "%s", kubernetes_text(status, "message"));
}
