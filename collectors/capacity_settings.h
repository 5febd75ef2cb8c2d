/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the capacity collector. */

#ifndef COLLECTORS_CAPACITY_SETTINGS_H
#define COLLECTORS_CAPACITY_SETTINGS_H

#include <stdbool.h>

#include "collectors/kubernetes_settings.h"
#include "exporter/error.h"
#include "exporter/setting.h"

struct capacity_settings {
    struct kubernetes_settings primary;
    struct kubernetes_settings recovery;
    const char *primary_uid;
    const char *recovery_uid;
    const char *const *namespaces;
    const char *const *exclude_namespaces;
    const char *selector;
    const char *const *ignore_resources;
    const char *node_selector;
    bool active_active;
    bool preempt;
    bool parity;
    const char *scale_out;
    bool count_scale_out;
    const struct setting_pair *ceiling;
    const struct setting_pair *new_node;
    const char *const *node_groups;
    const struct setting_pair *unrequested;
};

/* How the DR cluster can grow. */
enum capacity_growth {
    CAPACITY_GROWTH_NONE,
    CAPACITY_GROWTH_DECLARED,
    CAPACITY_GROWTH_KARPENTER,
    CAPACITY_GROWTH_AUTOSCALER,
};

enum { CAPACITY_SETTING_COUNT = 26 };

extern const struct setting capacity_setting_table[CAPACITY_SETTING_COUNT];

enum capacity_growth capacity_settings_growth(const struct capacity_settings *settings);

/* Is the namespace one of those whose workload is needed? */
bool capacity_settings_include(const struct capacity_settings *settings, const char *namespace);

/* See struct collector. */
bool capacity_settings_check(const void *settings, unsigned survives, struct error *error);

#endif
