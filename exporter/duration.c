/* SPDX-License-Identifier: Apache-2.0 */
/* Durations and sizes as users write them. */

#include "exporter/duration.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* About 292 years. Prometheus has the same limit, and twice of it still fits. */
#define DURATION_MS_MAX (INT64_MAX / 1000000)

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit duration_units[] = {
    {"y", 365LL * 24 * 3600 * 1000},
    {"w", 7LL * 24 * 3600 * 1000},
    {"d", 24LL * 3600 * 1000},
    {"h", 3600LL * 1000},
    {"m", 60LL * 1000},
    {"s", 1000},
    {"ms", 1},
};
#define DURATION_UNIT_COUNT (sizeof duration_units / sizeof duration_units[0])

static const struct unit size_units[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1000},
    {"KB", 1000},
    {"MB", 1000LL * 1000},
    {"GB", 1000LL * 1000 * 1000},
    {"TB", 1000LL * 1000 * 1000 * 1000},
    {"KiB", 1024},
    {"MiB", 1024LL * 1024},
    {"GiB", 1024LL * 1024 * 1024},
    {"TiB", 1024LL * 1024 * 1024 * 1024},
};
#define SIZE_UNIT_COUNT (sizeof size_units / sizeof size_units[0])

/* Reads the digits at *cursor; false without any or beyond int64_t. */
static bool read_digits(const char **cursor, int64_t *ret_value)
{
    const char *start = *cursor;
    int64_t value = 0;

    while (**cursor >= '0' && **cursor <= '9') {
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, **cursor - '0', &value)) {
            return false;
        }
        (*cursor)++;
    }
    *ret_value = value;
    return *cursor != start;
}

/* The unit that the letters at *cursor spell, at `first` or after it in the table. */
static size_t read_unit(const char **cursor, size_t first)
{
    size_t length = strspn(*cursor, "ywdhms");

    for (size_t i = first; i < DURATION_UNIT_COUNT; i++) {
        if (strlen(duration_units[i].name) == length &&
            strncmp(*cursor, duration_units[i].name, length) == 0) {
            *cursor += length;
            return i;
        }
    }
    return DURATION_UNIT_COUNT;
}

bool duration_parse(const char *text, int64_t *ret_ms)
{
    int64_t total = 0;
    size_t next = 0;

    if (strcmp(text, "0") == 0) {
        *ret_ms = 0;
        return true;
    }
    do {
        int64_t value;

        if (!read_digits(&text, &value)) {
            return false;
        }

        size_t unit = read_unit(&text, next);

        if (unit == DURATION_UNIT_COUNT ||
            __builtin_mul_overflow(value, duration_units[unit].factor, &value) ||
            __builtin_add_overflow(total, value, &total) || total > DURATION_MS_MAX) {
            return false;
        }
        next = unit + 1;
    } while (*text != '\0');
    *ret_ms = total;
    return true;
}

void duration_format(char text[DURATION_TEXT_BYTES], int64_t ms)
{
    size_t length = 0;

    if (ms <= 0) {
        (void)snprintf(text, DURATION_TEXT_BYTES, "0s");
        return;
    }
    for (size_t i = 0; i < DURATION_UNIT_COUNT; i++) {
        const struct unit *unit = &duration_units[i];
        /* Nobody thinks in "12w6d": years and weeks only where they come out even. */
        bool even_only = *unit->name == 'y' || *unit->name == 'w';

        if (ms < unit->factor || (even_only && ms % unit->factor != 0)) {
            continue;
        }
        length += (size_t)snprintf(text + length, DURATION_TEXT_BYTES - length, "%lld%s",
                                   (long long)(ms / unit->factor), unit->name);
        ms %= unit->factor;
    }
}

/* At least a minute: two neighbouring units, the rest cut off. */
static void describe_long(char text[DURATION_TEXT_BYTES], const char *sign, double seconds)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"y", 365.0 * 86400}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}};
    size_t i = 0;

    while (seconds < units[i].seconds) {
        i++;
    }

    double whole = floor(seconds / units[i].seconds);
    double rest = floor((seconds - whole * units[i].seconds) / units[i + 1].seconds);

    if (rest > 0) {
        (void)snprintf(text, DURATION_TEXT_BYTES, "%s%.0f%s %.0f%s", sign, whole, units[i].name,
                       rest, units[i + 1].name);
    } else {
        (void)snprintf(text, DURATION_TEXT_BYTES, "%s%.0f%s", sign, whole, units[i].name);
    }
}

void duration_describe(char text[DURATION_TEXT_BYTES], double seconds)
{
    const char *sign = seconds < 0 ? "-" : "";

    seconds = fabs(seconds);
    if (isnan(seconds)) {
        (void)snprintf(text, DURATION_TEXT_BYTES, "unknown");
    } else if (seconds > (double)DURATION_MS_MAX / 1000) {
        (void)snprintf(text, DURATION_TEXT_BYTES, "%sunbounded", sign);
    } else if (seconds < 0.0005) {
        (void)snprintf(text, DURATION_TEXT_BYTES, "0s");
    } else if (seconds < 0.9995) {
        (void)snprintf(text, DURATION_TEXT_BYTES, "%s%.0fms", sign, seconds * 1000);
    } else if (seconds < 59.95) {
        double tenths = round(seconds * 10);

        (void)snprintf(text, DURATION_TEXT_BYTES, fmod(tenths, 10) > 0 ? "%s%.1fs" : "%s%.0fs",
                       sign, tenths / 10);
    } else {
        describe_long(text, sign, fmax(seconds, 60));
    }
}

/* ".5" → 0.5; nothing → 0. */
static bool read_fraction(const char **cursor, double *ret_fraction)
{
    double digit = 1;
    double fraction = 0;

    if (**cursor == '.') {
        (*cursor)++;
        if (**cursor < '0' || **cursor > '9') {
            return false;
        }
        for (; **cursor >= '0' && **cursor <= '9'; (*cursor)++) {
            digit /= 10;
            fraction += digit * (**cursor - '0');
        }
    }
    *ret_fraction = fraction;
    return true;
}

bool size_parse(const char *text, int64_t *ret_bytes)
{
    int64_t whole;
    double fraction;

    if (!read_digits(&text, &whole) || !read_fraction(&text, &fraction)) {
        return false;
    }
    for (size_t i = 0; i < SIZE_UNIT_COUNT; i++) {
        int64_t factor = size_units[i].factor;

        if (strcmp(text, size_units[i].name) == 0) {
            if ((fraction > 0 && factor == 1) || __builtin_mul_overflow(whole, factor, &whole) ||
                __builtin_add_overflow(whole, llround(fraction * (double)factor), &whole)) {
                return false;
            }
            *ret_bytes = whole;
            return true;
        }
    }
    return false;
}
