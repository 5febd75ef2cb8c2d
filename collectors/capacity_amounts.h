/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts of the resources that pods request and nodes offer. */

#ifndef COLLECTORS_CAPACITY_AMOUNTS_H
#define COLLECTORS_CAPACITY_AMOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "collectors/name_table.h"
#include "exporter/bounds.h"
#include "exporter/error.h"
#include "exporter/setting.h"

/* Every plan has these; what else the workload requests comes behind them. */
enum { CAPACITY_CPU, CAPACITY_MEMORY, CAPACITY_PODS, CAPACITY_FIXED_RESOURCES };

/* By index of the resource: thousandths of a core, and ones of all else. Never negative. */
struct capacity_amounts {
    int64_t of[CAPACITY_RESOURCES_MAX];
};

/* The names of the resources that count. */
struct capacity_resources {
    struct name_table names;
    /* Resources of the workload that are not counted; NULL ends the list, NULL: none. */
    const char *const *ignored;
};

void capacity_resources_init(struct capacity_resources *resources, const char *const *ignored);
void capacity_resources_release(struct capacity_resources *resources);

/* Does it count, as far as the settings go? */
bool capacity_resources_want(const struct capacity_resources *resources, const char *name);

/* Reads a mapping of resources to quantities (metav1.ResourceList); NULL is an empty one. Of each
 * resource the larger of *amounts and what is read stays in *amounts. Resources that are not known
 * yet are added if `learn`, else passed over. ERROR_PROTOCOL for what is no quantity,
 * ERROR_INCONSISTENT for too many resources. */
bool capacity_amounts_read(struct capacity_resources *resources, bool learn, const cJSON *list,
                           struct capacity_amounts *amounts, struct error *error);

/* What the settings say, of the resources that are known; its quantities were checked when they
 * were loaded. NULL is an empty mapping. */
struct capacity_amounts capacity_amounts_of_pairs(const struct capacity_resources *resources,
                                                  const struct setting_pair *pairs);

void capacity_amounts_add(struct capacity_amounts *sum, const struct capacity_amounts *other);
void capacity_amounts_subtract(struct capacity_amounts *sum, const struct capacity_amounts *other);
void capacity_amounts_raise(struct capacity_amounts *most, const struct capacity_amounts *other);
void capacity_amounts_lower(struct capacity_amounts *least, const struct capacity_amounts *other);
/* Is there room for `part` in `whole`? */
bool capacity_amounts_fit(const struct capacity_amounts *part,
                          const struct capacity_amounts *whole);

/* In the base unit (cores, bytes, pieces), and its name. */
double capacity_amount_value(size_t resource, int64_t amount);
const char *capacity_unit(const struct capacity_resources *resources, size_t resource);

#endif
