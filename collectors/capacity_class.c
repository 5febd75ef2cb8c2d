/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of pods: those that may run on the same nodes. */

#include "collectors/capacity_class.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/capacity_match.h"
#include "collectors/kubernetes_list.h"
#include "exporter/cleanup.h"

#define NONE_YET INT64_MAX

void capacity_mask_add(struct capacity_mask *mask, size_t index)
{
    mask->words[index / 64] |= (uint64_t)1 << index % 64;
}

void capacity_mask_remove(struct capacity_mask *mask, size_t index)
{
    mask->words[index / 64] &= ~((uint64_t)1 << index % 64);
}

bool capacity_mask_has(const struct capacity_mask *mask, size_t index)
{
    return (mask->words[index / 64] >> index % 64 & 1) != 0;
}

bool capacity_mask_is_empty(const struct capacity_mask *mask)
{
    for (size_t i = 0; i < CAPACITY_MASK_WORDS; i++) {
        if (mask->words[i] != 0) {
            return false;
        }
    }
    return true;
}

bool capacity_mask_equal(const struct capacity_mask *a, const struct capacity_mask *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

void capacity_classes_release(struct capacity_classes *classes)
{
    for (size_t i = 0; i < classes->keys.count; i++) {
        cJSON_Delete(classes->items[i].rules);
        for (size_t r = 0; r < CAPACITY_RESOURCES_MAX; r++) {
            free(classes->items[i].largest_names[r]);
        }
    }
    name_table_release(&classes->keys);
    free(classes->items);
    *classes = (struct capacity_classes){.items = NULL};
}

static void *need(void *pointer)
{
    if (pointer == NULL) {
        abort();
    }
    return pointer;
}

/* One that ends after a while (tolerationSeconds) only delays the eviction. */
static cJSON *copy_tolerations(const cJSON *tolerations)
{
    static const char *const members[] = {"key", "operator", "value", "effect"};
    cJSON *copy = need(cJSON_CreateArray());
    const cJSON *toleration;

    cJSON_ArrayForEach(toleration, tolerations)
    {
        cJSON *own;

        if (kubernetes_member(toleration, "tolerationSeconds") != NULL) {
            continue;
        }
        own = need(cJSON_CreateObject());
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
            const char *text = kubernetes_text(toleration, members[i]);

            if (*text != '\0') {
                (void)need(cJSON_AddStringToObject(own, members[i], text));
            }
        }
        (void)cJSON_AddItemToArray(copy, own);
    }
    return copy;
}

static cJSON *copy_selector(const cJSON *selector)
{
    cJSON *copy = need(cJSON_CreateObject());
    const cJSON *label;

    cJSON_ArrayForEach(label, selector)
    {
        const char *value = cJSON_GetStringValue(label);

        if (!capacity_label_is_regional(label->string)) {
            (void)need(cJSON_AddStringToObject(copy, label->string, value == NULL ? "" : value));
        }
    }
    return copy;
}

static cJSON *make_rules(const cJSON *spec)
{
    const cJSON *terms = kubernetes_member(
        spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
              "nodeSelectorTerms");
    cJSON *rules = need(cJSON_CreateObject());

    (void)cJSON_AddItemToObject(rules, "tolerations",
                                copy_tolerations(kubernetes_member(spec, "tolerations")));
    (void)cJSON_AddItemToObject(rules, "nodeSelector",
                                copy_selector(kubernetes_member(spec, "nodeSelector")));
    if (cJSON_IsArray(terms)) {
        (void)cJSON_AddItemToObject(rules, "terms", need(cJSON_Duplicate(terms, true)));
    }
    return rules;
}

static void init_class(struct capacity_class *class, cJSON *rules)
{
    *class = (struct capacity_class){.rules = rules};
    for (size_t i = 0; i < CAPACITY_RESOURCES_MAX; i++) {
        class->smallest.of[i] = NONE_YET;
    }
}

bool capacity_classes_add(struct capacity_classes *classes, const cJSON *spec, size_t *ret_index,
                          struct error *error)
{
    cJSON *rules = make_rules(spec);
    CLEANUP(free_text) char *key = need(cJSON_PrintUnformatted(rules));
    size_t index = name_table_find(&classes->keys, key);

    if (index != NAME_TABLE_NONE) {
        cJSON_Delete(rules);
        *ret_index = index;
        return true;
    }
    if (strlen(key) > CAPACITY_RULES_BYTES_MAX) {
        cJSON_Delete(rules);
        return error_set(error, ERROR_INCONSISTENT,
                         "a pod whose tolerations, node selector and node affinity take more than "
                         "%ld bytes; leave it out by \"selector\"",
                         CAPACITY_RULES_BYTES_MAX);
    }
    if (classes->keys.count == CAPACITY_CLASSES_MAX) {
        cJSON_Delete(rules);
        return error_set(error, ERROR_INCONSISTENT,
                         "more than %d combinations of tolerations, node selectors and affinities; "
                         "make several sources with a \"selector\" or \"namespaces\" each",
                         CAPACITY_CLASSES_MAX);
    }
    *ret_index = name_table_add(&classes->keys, key);
    classes->items =
        need(reallocarray(classes->items, classes->keys.count, sizeof *classes->items));
    init_class(&classes->items[*ret_index], rules);
    return true;
}

void capacity_class_count(struct capacity_class *class, const struct capacity_amounts *requests,
                          const char *name)
{
    capacity_amounts_add(&class->required, requests);
    capacity_amounts_lower(&class->smallest, requests);
    for (size_t i = 0; i < CAPACITY_RESOURCES_MAX; i++) {
        if (requests->of[i] > class->largest[i].of[i]) {
            class->largest[i] = *requests;
            free(class->largest_names[i]);
            class->largest_names[i] = need(strdup(name));
        }
    }
}

static bool tolerates_all(const struct capacity_class *class, const cJSON *taints)
{
    const cJSON *tolerations = kubernetes_member(class->rules, "tolerations");
    const cJSON *taint;

    cJSON_ArrayForEach(taint, taints)
    {
        const cJSON *toleration;
        bool tolerated = strcmp(kubernetes_text(taint, "effect"), "PreferNoSchedule") == 0;

        cJSON_ArrayForEach(toleration, tolerations)
        {
            tolerated = tolerated || capacity_tolerates(toleration, taint);
        }
        if (!tolerated) {
            return false;
        }
    }
    return true;
}

static bool matches_selector(const struct capacity_class *class, const struct capacity_place *place)
{
    const cJSON *label;

    cJSON_ArrayForEach(label, kubernetes_member(class->rules, "nodeSelector"))
    {
        if (!capacity_place_may_have(place, label->string, label->valuestring)) {
            return false;
        }
    }
    return true;
}

bool capacity_class_admits(const struct capacity_class *class, const struct capacity_place *place)
{
    const cJSON *terms = kubernetes_member(class->rules, "terms");

    return tolerates_all(class, place->taints) && matches_selector(class, place) &&
           (terms == NULL || capacity_terms_match(terms, place));
}

struct capacity_mask capacity_classes_admitted(const struct capacity_classes *classes,
                                               const struct capacity_place *place)
{
    struct capacity_mask mask = {{0}};

    for (size_t i = 0; i < classes->keys.count; i++) {
        if (capacity_class_admits(&classes->items[i], place)) {
            capacity_mask_add(&mask, i);
        }
    }
    return mask;
}
