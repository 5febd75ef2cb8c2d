/* SPDX-License-Identifier: Apache-2.0 */
/* Reads lists of Kubernetes objects: pages of the API, and what `kubectl get -o json` prints. */

#ifndef COLLECTORS_KUBERNETES_LIST_H
#define COLLECTORS_KUBERNETES_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

#include "exporter/arena.h"
#include "exporter/error.h"

/* Only valid while it is being visited. */
struct kubernetes_object {
    const char *api_version; /* "velero.io/v1"; of the list where the object itself has none. */
    const char *kind;        /* "Backup" */
    const cJSON *json;
};

/* Who looks at the objects of a list. */
struct kubernetes_visitor {
    void *context;
    /* Forget what was visited since the list began: it begins again. MAY be NULL where the list is
     * one document. */
    void (*restart)(void *context);
    /* False, with *error set, ends the list. */
    bool (*visit)(void *context, const struct kubernetes_object *object, struct error *error);
};

/* One document. *ret_continue, from malloc, is where the next page of the API begins, or NULL after
 * the last one. ERROR_PROTOCOL for what is no list, with what it is. */
bool kubernetes_list_read(const char *text, size_t length, const struct kubernetes_visitor *visitor,
                          char **ret_continue, struct error *error);

/* The document of an answer that is no success → its message (`metav1.Status`); "" if it is
 * something else. Cut to `size`. */
void kubernetes_status_read(const char *text, size_t length, char *message, size_t size);

/* --- Members of objects; "status.phase" is the path of one. --- */

/* NULL when there is none. */
const cJSON *kubernetes_member(const cJSON *object, const char *path);

/* "" when there is none, or it is no text. */
const char *kubernetes_text(const cJSON *object, const char *path);

/* An instant of RFC 3339 as Unix seconds; false when there is none. */
bool kubernetes_instant(const cJSON *object, const char *path, double *ret_seconds);

/* A copy of what somebody wrote that fits into a line of a message. */
const char *kubernetes_line(struct arena *arena, const char *text);

#endif
