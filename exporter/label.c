/* SPDX-License-Identifier: Apache-2.0 */
/* Label values as the exposition formats want them. */

#include "exporter/label.h"

#include <stdbool.h>
#include <string.h>

#include "exporter/bounds.h"

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* The terminating zero byte is no continuation, so this never reads beyond it. */
size_t label_character_length(const char *text)
{
    unsigned char first = (unsigned char)text[0];
    unsigned char second;

    if (first < 0x80) {
        return 1;
    }
    if (first < 0xC2 || first > 0xF4 || !is_continuation(text[1])) {
        return 0;
    }
    if (first < 0xE0) {
        return 2;
    }
    second = (unsigned char)text[1];
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0) ||
        (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90) ||
        !is_continuation(text[2])) {
        return 0;
    }
    if (first < 0xF0) {
        return 3;
    }
    return is_continuation(text[3]) ? 4 : 0;
}

static bool needs_no_change(const char *value)
{
    const char *c = value;

    while (*c >= ' ' && *c <= '~' && *c != '\\' && *c != '"') {
        c++;
    }
    return *c == '\0' && c - value <= LABEL_VALUE_BYTES_MAX;
}

static const char *replacement(const char *text, size_t length)
{
    if (length == 0) {
        return "\xEF\xBF\xBD";
    }
    switch (*text) {
    case '\\':
        return "\\\\";
    case '"':
        return "\\\"";
    case '\n':
        return "\\n";
    default:
        return NULL;
    }
}

const char *label_escape(struct arena *arena, const char *value)
{
    char *escaped;
    char *end;
    size_t used = 0;

    if (needs_no_change(value)) {
        return arena_strdup(arena, value);
    }
    /* At most three bytes for one: the replacement character. */
    escaped = arena_alloc(arena, 3 * LABEL_VALUE_BYTES_MAX + 1);
    end = escaped;
    while (value[used] != '\0') {
        size_t length = label_character_length(value + used);
        const char *other = replacement(value + used, length);
        size_t step = length == 0 ? 1 : length;

        if (used + step > LABEL_VALUE_BYTES_MAX) {
            break;
        }
        if (other != NULL) {
            memcpy(end, other, strlen(other));
            end += strlen(other);
        } else {
            memcpy(end, value + used, length);
            end += length;
        }
        used += step;
    }
    return escaped;
}
