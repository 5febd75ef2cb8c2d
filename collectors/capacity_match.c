/* SPDX-License-Identifier: Apache-2.0 */
/* Taints and labels of nodes against tolerations and selectors of pods, as the scheduler does. */

#include "collectors/capacity_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/kubernetes_list.h"

static bool is_one_of(const char *const *texts, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(texts[i], text) == 0) {
            return true;
        }
    }
    return false;
}

bool capacity_label_is_regional(const char *label)
{
    static const char *const labels[] = {
        "topology.kubernetes.io/zone",
        "topology.kubernetes.io/region",
        "topology.k8s.aws/zone-id",
        "failure-domain.beta.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "kubernetes.io/hostname",
    };

    return is_one_of(labels, sizeof labels / sizeof labels[0], label);
}

/* Labels of which nodes that are made on demand can have any value unless the pool restricts it. */
static bool is_open(const char *label)
{
    static const char *const labels[] = {
        "kubernetes.io/arch",
        "kubernetes.io/os",
        "node.kubernetes.io/instance-type",
        "karpenter.sh/capacity-type",
    };

    return is_one_of(labels, sizeof labels / sizeof labels[0], label);
}

bool capacity_tolerates(const cJSON *toleration, const cJSON *taint)
{
    const char *key = kubernetes_text(toleration, "key");
    const char *relation = kubernetes_text(toleration, "operator");
    const char *effect = kubernetes_text(toleration, "effect");
    bool exists = strcmp(relation, "Exists") == 0;

    if (*effect != '\0' && strcmp(effect, kubernetes_text(taint, "effect")) != 0) {
        return false;
    }
    if (*key == '\0') {
        return exists;
    }
    if (strcmp(key, kubernetes_text(taint, "key")) != 0) {
        return false;
    }
    return exists ||
           ((*relation == '\0' || strcmp(relation, "Equal") == 0) &&
            strcmp(kubernetes_text(toleration, "value"), kubernetes_text(taint, "value")) == 0);
}

static const char *text_of(const cJSON *json)
{
    const char *text = cJSON_GetStringValue(json);

    return text == NULL ? "" : text;
}

static bool contains(const cJSON *values, const char *text)
{
    const cJSON *value;

    cJSON_ArrayForEach(value, values)
    {
        if (strcmp(text_of(value), text) == 0) {
            return true;
        }
    }
    return false;
}

static bool read_integer(const char *text, long *ret_number)
{
    char *end;

    errno = 0;
    *ret_number = strtol(text, &end, 10);
    return *text != '\0' && *end == '\0' && errno == 0;
}

/* Gt and Lt compare with one whole number. */
static bool is_beyond(const char *relation, const cJSON *values, const char *text)
{
    long number;
    long bound;

    if (cJSON_GetArraySize(values) != 1 || !read_integer(text, &number) ||
        !read_integer(text_of(values->child), &bound)) {
        return false;
    }
    return strcmp(relation, "Gt") == 0 ? number > bound : number < bound;
}

/* `value` NULL: there is no such label. What no version knows as an operator never matches. */
static bool satisfies(const char *relation, const cJSON *values, const char *value)
{
    if (strcmp(relation, "NotIn") == 0) {
        return value == NULL || !contains(values, value);
    }
    if (strcmp(relation, "DoesNotExist") == 0) {
        return value == NULL;
    }
    if (value == NULL) {
        return false;
    }
    if (strcmp(relation, "In") == 0) {
        return contains(values, value);
    }
    if (strcmp(relation, "Exists") == 0) {
        return true;
    }
    return (strcmp(relation, "Gt") == 0 || strcmp(relation, "Lt") == 0) &&
           is_beyond(relation, values, value);
}

static const char *label_of(const struct capacity_place *place, const char *label)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(place->labels, label));
}

/* A wish that one of the values that `requirement` allows satisfies. */
static bool can_satisfy(const cJSON *requirement, const char *relation, const cJSON *values)
{
    const cJSON *allowed = kubernetes_member(requirement, "values");
    const char *kind = kubernetes_text(requirement, "operator");
    const cJSON *value;

    if (strcmp(kind, "In") == 0) {
        cJSON_ArrayForEach(value, allowed)
        {
            if (satisfies(relation, values, text_of(value))) {
                return true;
            }
        }
        return false;
    }
    if (strcmp(kind, "Exists") == 0 || strcmp(kind, "NotIn") == 0) {
        if (strcmp(relation, "In") != 0) {
            return strcmp(relation, "DoesNotExist") != 0;
        }
        cJSON_ArrayForEach(value, values)
        {
            if (strcmp(kind, "Exists") == 0 || !contains(allowed, text_of(value))) {
                return true;
            }
        }
    }
    return false;
}

static bool wish_is_granted(const struct capacity_place *place, const char *label,
                            const char *relation, const cJSON *values)
{
    const char *own = label_of(place, label);
    const cJSON *requirement;
    bool required = false;

    if (own != NULL || !place->can_be_made) {
        return satisfies(relation, values, own);
    }
    cJSON_ArrayForEach(requirement, place->requirements)
    {
        if (strcmp(kubernetes_text(requirement, "key"), label) == 0) {
            required = true;
            if (!can_satisfy(requirement, relation, values)) {
                return false;
            }
        }
    }
    if (required) {
        return true;
    }
    return is_open(label) ? strcmp(relation, "DoesNotExist") != 0
                          : satisfies(relation, values, NULL);
}

bool capacity_place_may_have(const struct capacity_place *place, const char *label,
                             const char *value)
{
    char *text = (char *)(uintptr_t)value;
    cJSON wanted = {.type = cJSON_String, .valuestring = text};
    cJSON values = {.type = cJSON_Array, .child = &wanted};

    return wish_is_granted(place, label, "In", &values);
}

static bool expressions_match(const cJSON *expressions, const struct capacity_place *place)
{
    const cJSON *expression;

    cJSON_ArrayForEach(expression, expressions)
    {
        const char *label = kubernetes_text(expression, "key");

        if (!capacity_label_is_regional(label) &&
            !wish_is_granted(place, label, kubernetes_text(expression, "operator"),
                             kubernetes_member(expression, "values"))) {
            return false;
        }
    }
    return true;
}

/* The only field that there is to match is metadata.name. */
static bool fields_match(const cJSON *fields, const struct capacity_place *place)
{
    const cJSON *field;

    cJSON_ArrayForEach(field, fields)
    {
        if (strcmp(kubernetes_text(field, "key"), "metadata.name") != 0 ||
            !satisfies(kubernetes_text(field, "operator"), kubernetes_member(field, "values"),
                       place->can_be_made ? NULL : place->name)) {
            return false;
        }
    }
    return true;
}

bool capacity_terms_match(const cJSON *terms, const struct capacity_place *place)
{
    const cJSON *term;

    cJSON_ArrayForEach(term, terms)
    {
        const cJSON *expressions = kubernetes_member(term, "matchExpressions");
        const cJSON *fields = kubernetes_member(term, "matchFields");

        if ((cJSON_GetArraySize(expressions) > 0 || cJSON_GetArraySize(fields) > 0) &&
            expressions_match(expressions, place) && fields_match(fields, place)) {
            return true;
        }
    }
    return false;
}
