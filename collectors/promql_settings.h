/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the promql collector. */

#ifndef COLLECTORS_PROMQL_SETTINGS_H
#define COLLECTORS_PROMQL_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/error.h"
#include "exporter/setting.h"

/* What the number that a query gives means. */
enum promql_yield {
    PROMQL_RECOVERY_POINT_TIMESTAMP,
    PROMQL_RECOVERY_POINT_AGE,
    PROMQL_CAPACITY_RATIO,
    PROMQL_UP,
    PROMQL_VALIDATED_TIMESTAMP,
    PROMQL_YIELD_COUNT
};

struct promql_settings {
    const char *url;
    const char *query;
    const char *yields;
    const char *const *samples; /* NULL: the query is a selector itself. */
    int64_t max_sample_age_ms;
    const char *tenant;
    const char *user;
    const char *password_file;
    const char *token_file;
    const char *ca_file;
    const char *cert_file;
    const char *key_file;
};

#define PROMQL_SETTING_COUNT 12

extern const struct setting promql_setting_table[PROMQL_SETTING_COUNT];

/* PROMQL_YIELD_COUNT for a word that is none, and for NULL. */
enum promql_yield promql_yield_find(const char *word);

/* Is it one selector of series and nothing else: `name`, `name{label="value"}` or `{…}`? Only of
 * such a one does timestamp() give the instants of the samples. */
bool promql_selector_check(const char *text);

/* What the table cannot say. */
bool promql_settings_check(const void *settings, unsigned survives, struct error *error);

#endif
