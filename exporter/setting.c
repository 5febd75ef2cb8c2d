/* SPDX-License-Identifier: Apache-2.0 */
/* Table-driven settings: comparing and documenting what setting_load.c loads. */

#include "exporter/setting.h"

#include <string.h>

static const char *const type_names[] = {
    [SETTING_TEXT] = "text",       [SETTING_DURATION] = "duration", [SETTING_SIZE] = "size",
    [SETTING_INTEGER] = "integer", [SETTING_RATIO] = "ratio",       [SETTING_BOOLEAN] = "boolean",
    [SETTING_FILE] = "file",       [SETTING_DSN] = "DSN",           [SETTING_TEXTS] = "list",
    [SETTING_PAIRS] = "mapping",   [SETTING_NAME] = "name",         [SETTING_LIST] = "list",
    [SETTING_MAPPING] = "mapping", [SETTING_PERIOD] = "duration",
};

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_texts(const char *const *a, const char *const *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    while (*a != NULL && *b != NULL && strcmp(*a, *b) == 0) {
        a++;
        b++;
    }
    return *a == NULL && *b == NULL;
}

static bool same_pairs(const struct setting_pair *a, const struct setting_pair *b)
{
    if (a == NULL || b == NULL) {
        return a == b;
    }
    while (a->key != NULL && b->key != NULL && strcmp(a->key, b->key) == 0 &&
           strcmp(a->value, b->value) == 0) {
        a++;
        b++;
    }
    return a->key == NULL && b->key == NULL;
}

static bool setting_equal(const struct setting *setting, const void *a, const void *b)
{
    const void *left = (const char *)a + setting->offset;
    const void *right = (const char *)b + setting->offset;

    switch (setting->type) {
    case SETTING_TEXT:
    case SETTING_FILE:
    case SETTING_DSN:
        return same_text(*(const char *const *)left, *(const char *const *)right);
    case SETTING_TEXTS:
        return same_texts(*(const char *const *const *)left, *(const char *const *const *)right);
    case SETTING_PAIRS:
        return same_pairs(*(const struct setting_pair *const *)left,
                          *(const struct setting_pair *const *)right);
    case SETTING_DURATION:
    case SETTING_SIZE:
    case SETTING_INTEGER:
        return *(const int64_t *)left == *(const int64_t *)right;
    case SETTING_RATIO:
        /* Bit by bit: the same text gave the same double. */
        return memcmp(left, right, sizeof(double)) == 0;
    case SETTING_BOOLEAN:
        return *(const bool *)left == *(const bool *)right;
    case SETTING_NAME:
    case SETTING_PERIOD:
    case SETTING_LIST:
    case SETTING_MAPPING:
        return true;
    }
    return false;
}

bool settings_equal(const struct setting *table, size_t count, const void *a, const void *b)
{
    for (size_t i = 0; i < count; i++) {
        if (!setting_equal(&table[i], a, b)) {
            return false;
        }
    }
    return true;
}

/* A bar would end the cell. */
static void print_cell(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        (void)fprintf(out, *text == '|' ? "\\%c" : "%c", *text);
    }
}

void settings_print(FILE *out, const struct setting *table, size_t count)
{
    (void)fputs("| key | type | default | meaning |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < count; i++) {
        const char *text = table[i].default_text;

        (void)fprintf(out, "| `%s` | %s | ", table[i].key, type_names[table[i].type]);
        if (table[i].required) {
            (void)fputs("**required**", out);
        } else if (text != NULL && *text != '\0') {
            (void)fprintf(out, "`%s`", text);
        }
        (void)fputs(" | ", out);
        print_cell(out, table[i].help);
        (void)fputs(" |\n", out);
    }
}
