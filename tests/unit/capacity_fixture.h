/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes objects as short texts: ' stands for ". */

#ifndef TESTS_UNIT_CAPACITY_FIXTURE_H
#define TESTS_UNIT_CAPACITY_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/kubernetes_list.h"

#define GIB (1024LL * 1024 * 1024)

static inline char *with_quotes(const char *text)
{
    char *copy = strdup(text);

    assert_non_null(copy);
    for (char *c = copy; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    return copy;
}

static inline cJSON *parse(const char *text)
{
    char *copy = with_quotes(text);
    cJSON *json = cJSON_Parse(copy);

    if (json == NULL) {
        fail_msg("not JSON: %s", copy);
    }
    free(copy);
    return json;
}

/* Gives one object to a visitor, as a list would. */
static inline bool visit(const struct kubernetes_visitor *visitor, const char *kind,
                         const char *text, struct error *error)
{
    cJSON *json = parse(text);
    const struct kubernetes_object object = {.api_version = "v1", .kind = kind, .json = json};
    bool good = visitor->visit(visitor->context, &object, error);

    cJSON_Delete(json);
    return good;
}

static inline void must_visit(struct kubernetes_visitor visitor, const char *kind, const char *text)
{
    struct error error;

    if (!visit(&visitor, kind, text, &error)) {
        fail_msg("%s: %s", error.message, text);
    }
}

#endif
