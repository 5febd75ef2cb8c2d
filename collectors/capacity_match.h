/* SPDX-License-Identifier: Apache-2.0 */
/* Taints and labels of nodes against tolerations and selectors of pods, as the scheduler does. */

#ifndef COLLECTORS_CAPACITY_MATCH_H
#define COLLECTORS_CAPACITY_MATCH_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "collectors/capacity_class.h"

/* A label that says where a node is or which one: what the primary's pods ask of it cannot be had
 * in another region, so they are taken as not asking. */
bool capacity_label_is_regional(const char *label);

/* v1.Toleration against v1.Taint. */
bool capacity_tolerates(const cJSON *toleration, const cJSON *taint);

/* Has the place the label with this value, or may nodes that could be made have it? */
bool capacity_place_may_have(const struct capacity_place *place, const char *label,
                             const char *value);

/* Does one of the terms (v1.NodeSelectorTerm) match? A term without any expression matches
 * nothing. */
bool capacity_terms_match(const cJSON *terms, const struct capacity_place *place);

#endif
