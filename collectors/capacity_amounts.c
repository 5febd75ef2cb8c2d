/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts of the resources that pods request and nodes offer. */

#include "collectors/capacity_amounts.h"

#include <string.h>

#include "collectors/quantity.h"

static const char *const fixed_names[CAPACITY_FIXED_RESOURCES] = {
    [CAPACITY_CPU] = "cpu", [CAPACITY_MEMORY] = "memory", [CAPACITY_PODS] = "pods"};

void capacity_resources_init(struct capacity_resources *resources, const char *const *ignored)
{
    *resources = (struct capacity_resources){.ignored = ignored};
    for (size_t i = 0; i < CAPACITY_FIXED_RESOURCES; i++) {
        (void)name_table_add(&resources->names, fixed_names[i]);
    }
}

void capacity_resources_release(struct capacity_resources *resources)
{
    name_table_release(&resources->names);
}

bool capacity_resources_want(const struct capacity_resources *resources, const char *name)
{
    for (const char *const *i = resources->ignored; i != NULL && *i != NULL; i++) {
        if (strcmp(*i, name) == 0) {
            return false;
        }
    }
    return true;
}

static enum quantity_unit unit_of(size_t resource)
{
    return resource == CAPACITY_CPU ? QUANTITY_THOUSANDTHS : QUANTITY_ONES;
}

static bool find_resource(struct capacity_resources *resources, bool learn, const char *name,
                          size_t *ret_index, struct error *error)
{
    *ret_index = NAME_TABLE_NONE;
    if (!capacity_resources_want(resources, name)) {
        return true;
    }
    *ret_index = name_table_find(&resources->names, name);
    if (*ret_index != NAME_TABLE_NONE || !learn) {
        return true;
    }
    if (resources->names.count == CAPACITY_RESOURCES_MAX) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the pods request more than %d kinds of resources; leave some out by "
                         "\"ignore_resources\"",
                         CAPACITY_RESOURCES_MAX);
    }
    *ret_index = name_table_add(&resources->names, name);
    return true;
}

bool capacity_amounts_read(struct capacity_resources *resources, bool learn, const cJSON *list,
                           struct capacity_amounts *amounts, struct error *error)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        /* The API server writes texts, whatever people wrote. */
        const char *text = cJSON_GetStringValue(item);
        size_t index;
        int64_t amount;

        if (!find_resource(resources, learn, item->string, &index, error)) {
            return false;
        }
        if (index == NAME_TABLE_NONE) {
            continue;
        }
        if (text == NULL || !quantity_parse(text, unit_of(index), &amount)) {
            return error_set(error, ERROR_PROTOCOL, "%.60s has no quantity but \"%.40s\"",
                             item->string, text == NULL ? "something else" : text);
        }
        if (amount > amounts->of[index]) {
            amounts->of[index] = amount;
        }
    }
    return true;
}

struct capacity_amounts capacity_amounts_of_pairs(const struct capacity_resources *resources,
                                                  const struct setting_pair *pairs)
{
    struct capacity_amounts amounts = {{0}};

    for (; pairs != NULL && pairs->key != NULL; pairs++) {
        size_t index = capacity_resources_want(resources, pairs->key)
                           ? name_table_find(&resources->names, pairs->key)
                           : NAME_TABLE_NONE;

        if (index != NAME_TABLE_NONE) {
            (void)quantity_parse(pairs->value, unit_of(index), &amounts.of[index]);
        }
    }
    return amounts;
}

void capacity_amounts_add(struct capacity_amounts *sum, const struct capacity_amounts *other)
{
    for (size_t i = 0; i < CAPACITY_RESOURCES_MAX; i++) {
        sum->of[i] = quantity_add(sum->of[i], other->of[i]);
    }
}

void capacity_amounts_subtract(struct capacity_amounts *sum, const struct capacity_amounts *other)
{
    for (size_t i = 0; i < CAPACITY_RESOURCES_MAX; i++) {
        sum->of[i] = quantity_subtract(sum->of[i], other->of[i]);
    }
}

void capacity_amounts_raise(struct capacity_amounts *most, const struct capacity_amounts *other)
{
    for (size_t i = 0; i < CAPACITY_RESOURCES_MAX; i++) {
        most->of[i] = other->of[i] > most->of[i] ? other->of[i] : most->of[i];
    }
}

void capacity_amounts_lower(struct capacity_amounts *least, const struct capacity_amounts *other)
{
    for (size_t i = 0; i < CAPACITY_RESOURCES_MAX; i++) {
        least->of[i] = other->of[i] < least->of[i] ? other->of[i] : least->of[i];
    }
}

bool capacity_amounts_fit(const struct capacity_amounts *part, const struct capacity_amounts *whole)
{
    for (size_t i = 0; i < CAPACITY_RESOURCES_MAX; i++) {
        if (part->of[i] > whole->of[i]) {
            return false;
        }
    }
    return true;
}

double capacity_amount_value(size_t resource, int64_t amount)
{
    return resource == CAPACITY_CPU ? (double)amount / 1000 : (double)amount;
}

const char *capacity_unit(const struct capacity_resources *resources, size_t resource)
{
    const char *name = resources->names.names[resource];

    if (resource == CAPACITY_CPU) {
        return "core";
    }
    return resource == CAPACITY_MEMORY || strcmp(name, "ephemeral-storage") == 0 ||
                   strncmp(name, "hugepages-", 10) == 0
               ? "byte"
               : "integer";
}
