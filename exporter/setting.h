/* SPDX-License-Identifier: Apache-2.0 */
/* Table-driven settings: one row a key loads it, documents it and compares it. */

#ifndef EXPORTER_SETTING_H
#define EXPORTER_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum setting_type {
    SETTING_TEXT,     /* const char *; NULL when absent */
    SETTING_DURATION, /* int64_t milliseconds; Prometheus duration; must be more than 0 */
    SETTING_SIZE,     /* int64_t bytes; "10MiB" */
    SETTING_INTEGER,  /* int64_t, not negative */
    SETTING_RATIO,    /* double, not negative */
    SETTING_BOOLEAN,  /* bool */
    SETTING_FILE,     /* const char *path; read when a session opens; NULL when absent */
    SETTING_DSN,      /* const char *; as TEXT, printed without its password */
    SETTING_TEXTS,    /* const char *const *; a list, NULL at its end; NULL when absent */
    SETTING_PAIRS, /* const struct setting_pair *; a mapping, key NULL at its end; NULL likewise */
    /* Only for the exporter's own tables (config_*.c): documented and checked for presence here,
     * read and stored by the owner of the table; `offset` is not used. */
    SETTING_NAME,
    SETTING_PERIOD, /* A duration that may be 0. */
    SETTING_LIST,
    SETTING_MAPPING,
};

struct setting_pair {
    const char *key;
    const char *value;
};

struct setting {
    const char *key;
    enum setting_type type;
    size_t offset;            /* Of the value in the settings struct. */
    const char *default_text; /* As a user would write it; NULL: absent. */
    bool required;
    const char *help;
};

/* True if the two structs hold the same values. */
bool settings_equal(const struct setting *table, size_t count, const void *a, const void *b);

/* Prints a Markdown table: key, type, default, meaning. */
void settings_print(FILE *out, const struct setting *table, size_t count);

#endif
