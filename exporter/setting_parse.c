/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of one setting to its value. */

#include "exporter/setting_parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/cleanup.h"
#include "exporter/duration.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define DIGITS "0123456789"

static bool only_digits(const char *text)
{
    return *text != '\0' && text[strspn(text, DIGITS)] == '\0';
}

static bool parse_duration(const char *text, const char *shown, int64_t *ret_ms,
                           struct error *error)
{
    int64_t ms;

    if (!duration_parse(text, &ms)) {
        return only_digits(text)
                   ? error_set(error, ERROR_INTERNAL, "\"%s\" has no unit; write \"%ss\"", shown,
                               shown)
                   : error_set(error, ERROR_INTERNAL,
                               "\"%s\" is not a duration; write for example 15s or 1h30m", shown);
    }
    if (ms == 0) {
        return error_set(error, ERROR_INTERNAL, "\"%s\" is too short; write more than 0s", shown);
    }
    *ret_ms = ms;
    return true;
}

static bool parse_size(const char *text, const char *shown, int64_t *ret_bytes, struct error *error)
{
    if (only_digits(text)) {
        return error_set(error, ERROR_INTERNAL, "\"%s\" has no unit; write \"%sB\" or \"%sMiB\"",
                         shown, shown, shown);
    }
    if (!size_parse(text, ret_bytes)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%s\" is not a size; write for example 512KiB, 10MiB or 1.5GB", shown);
    }
    return true;
}

static bool parse_integer(const char *text, const char *shown, int64_t *ret_value,
                          struct error *error)
{
    /* 18 digits always fit; nothing that is configured is larger. */
    if (!only_digits(text) || strlen(text) > 18) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%s\" is not a whole number; write for example 10", shown);
    }
    *ret_value = strtoll(text, NULL, 10);
    return true;
}

static bool parse_ratio(const char *text, const char *shown, double *ret_value, struct error *error)
{
    char *end;
    double value = strtod(text, &end);

    /* strtod also knows "inf", "nan" and hexadecimal, which are no ratios. */
    if (*text == '\0' || text[strspn(text, DIGITS ".eE+-")] != '\0' || *end != '\0' ||
        !isfinite(value) || value < 0) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%s\" is not a number from 0 up; write for example 0.8", shown);
    }
    *ret_value = value;
    return true;
}

static bool parse_boolean(const char *text, const char *shown, bool *ret_value, struct error *error)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%s\" is neither true nor false; write one of them", shown);
    }
    *ret_value = strcmp(text, "true") == 0;
    return true;
}

bool setting_parse(enum setting_type type, const char *text, const char *shown, void *slot,
                   struct error *error)
{
    switch (type) {
    case SETTING_DURATION:
        return parse_duration(text, shown, slot, error);
    case SETTING_SIZE:
        return parse_size(text, shown, slot, error);
    case SETTING_INTEGER:
        return parse_integer(text, shown, slot, error);
    case SETTING_RATIO:
        return parse_ratio(text, shown, slot, error);
    case SETTING_BOOLEAN:
        return parse_boolean(text, shown, slot, error);
    case SETTING_TEXT:
    case SETTING_FILE:
    case SETTING_DSN:
    case SETTING_TEXTS:
    case SETTING_PAIRS:
    case SETTING_NAME:
    case SETTING_PERIOD:
    case SETTING_LIST:
    case SETTING_MAPPING:
        break;
    }
    *(const char **)slot = text;
    return true;
}

/* What the YAML parser guarantees of the file, nobody guarantees of the environment. */
static bool is_utf8(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;

    while (*c != '\0') {
        size_t following = *c < 0x80                  ? 0
                           : *c >= 0xC2 && *c <= 0xDF ? 1
                           : *c >= 0xE0 && *c <= 0xEF ? 2
                           : *c >= 0xF0 && *c <= 0xF4 ? 3
                                                      : 4;

        if (following == 4 || (*c == 0xE0 && c[1] < 0xA0) || (*c == 0xED && c[1] > 0x9F) ||
            (*c == 0xF0 && c[1] < 0x90) || (*c == 0xF4 && c[1] > 0x8F)) {
            return false;
        }
        for (c++; following > 0; following--, c++) {
            if ((*c & 0xC0) != 0x80) {
                return false;
            }
        }
    }
    return true;
}

/* Writes the variable whose name begins at *cursor, behind "${", and moves to behind "}". */
static bool expand_variable(const char **cursor, FILE *out, struct error *error)
{
    size_t length = strspn(*cursor, LETTERS DIGITS);

    if (length == 0 || strchr(DIGITS, **cursor) != NULL || (*cursor)[length] != '}') {
        return error_set(error, ERROR_INTERNAL,
                         "\"${\" does not begin a ${NAME}; write \"$$\" for a dollar");
    }

    CLEANUP(free_text) char *name = strndup(*cursor, length);
    const char *value = name == NULL ? NULL : getenv(name);

    if (value == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "the environment variable %s is not set; set it, or write \"$$\" for a "
                         "dollar",
                         name);
    }
    if (!is_utf8(value)) {
        return error_set(error, ERROR_INTERNAL,
                         "the environment variable %s is not UTF-8; set it to UTF-8 text", name);
    }
    (void)fputs(value, out);
    *cursor += length + 1;
    return true;
}

static bool expand_all(const char *text, FILE *out, struct error *error)
{
    while (*text != '\0') {
        if (text[0] == '$' && text[1] == '{') {
            text += 2;
            if (!expand_variable(&text, out, error)) {
                return false;
            }
            continue;
        }
        if (text[0] == '$' && text[1] == '$') {
            text++;
        }
        (void)fputc(*text++, out);
    }
    return true;
}

bool setting_expand(struct arena *arena, const char *text, char **ret_text, struct error *error)
{
    CLEANUP(free_text) char *buffer = NULL;
    size_t size = 0;
    FILE *out;
    bool expanded;

    if (strchr(text, '$') == NULL) {
        *ret_text = arena_strdup(arena, text);
        return true;
    }
    out = open_memstream(&buffer, &size);
    if (out == NULL) {
        abort();
    }
    expanded = expand_all(text, out, error);
    if (fclose(out) != 0) {
        abort();
    }
    if (expanded) {
        *ret_text = arena_strdup(arena, buffer);
    }
    return expanded;
}
