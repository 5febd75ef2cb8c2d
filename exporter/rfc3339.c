/* SPDX-License-Identifier: Apache-2.0 */
/* Instants as programs write them: 2026-11-21T14:00:00.5+02:00. */

#include "exporter/rfc3339.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct cursor {
    const char *next;
    const char *end;
};

static char peek(const struct cursor *cursor)
{
    return cursor->next < cursor->end ? *cursor->next : '\0';
}

static bool take(struct cursor *cursor, const char *any_of)
{
    char c = peek(cursor);

    if (c == '\0' || strchr(any_of, c) == NULL) {
        return false;
    }
    cursor->next++;
    return true;
}

/* A number of exactly `count` digits. */
static bool take_number(struct cursor *cursor, int count, int *ret_number)
{
    int number = 0;

    for (int i = 0; i < count; i++) {
        int digit = peek(cursor) - '0';

        if (digit < 0 || digit > 9) {
            return false;
        }
        number = number * 10 + digit;
        cursor->next++;
    }
    *ret_number = number;
    return true;
}

static bool take_day(struct cursor *cursor, double *ret_seconds)
{
    struct tm tm = {0};
    int year;
    int month;
    int day;
    time_t seconds;

    if (!take_number(cursor, 4, &year) || !take(cursor, "-") || !take_number(cursor, 2, &month) ||
        !take(cursor, "-") || !take_number(cursor, 2, &day) || year < 1970) {
        return false;
    }
    tm.tm_year = year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    seconds = timegm(&tm);
    /* A day that does not exist, as 30 February, was moved to one that does. */
    if (tm.tm_year != year - 1900 || tm.tm_mon != month - 1 || tm.tm_mday != day) {
        return false;
    }
    *ret_seconds = (double)seconds;
    return true;
}

/* Seconds east of UTC. */
static bool take_zone(struct cursor *cursor, int *ret_seconds)
{
    bool west = peek(cursor) == '-';
    int hours;
    int minutes;

    if (take(cursor, "Zz")) {
        *ret_seconds = 0;
        return true;
    }
    if (!take(cursor, "+-") || !take_number(cursor, 2, &hours) || !take(cursor, ":") ||
        !take_number(cursor, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *ret_seconds = (hours * 60 + minutes) * (west ? -60 : 60);
    return true;
}

static bool take_fraction(struct cursor *cursor, double *ret_fraction)
{
    double fraction = 0;
    double weight = 0.1;
    int digit;

    if (!take(cursor, ".")) {
        *ret_fraction = 0;
        return true;
    }
    while (digit = peek(cursor) - '0', digit >= 0 && digit <= 9) {
        fraction += digit * weight;
        weight /= 10;
        cursor->next++;
    }
    *ret_fraction = fraction;
    return cursor->next[-1] != '.';
}

static bool take_time(struct cursor *cursor, double *ret_seconds)
{
    int hours;
    int minutes;
    int seconds;
    int zone;
    double fraction;

    if (!take_number(cursor, 2, &hours) || !take(cursor, ":") ||
        !take_number(cursor, 2, &minutes) || !take(cursor, ":") ||
        !take_number(cursor, 2, &seconds) || hours > 23 || minutes > 59 || seconds > 60 ||
        !take_fraction(cursor, &fraction) || !take_zone(cursor, &zone)) {
        return false;
    }
    *ret_seconds = (hours * 60 + minutes) * 60 + seconds - zone + fraction;
    return true;
}

size_t rfc3339_read_day(const char *text, size_t length, double *ret_seconds)
{
    struct cursor cursor = {text, text + length};

    return take_day(&cursor, ret_seconds) ? (size_t)(cursor.next - text) : 0;
}

size_t rfc3339_read(const char *text, size_t length, double *ret_seconds)
{
    struct cursor cursor = {text, text + length};
    double day;
    double time;

    /* A zone east of UTC can reach back before 1970. */
    if (!take_day(&cursor, &day) || !take(&cursor, "Tt ") || !take_time(&cursor, &time) ||
        day + time < 0) {
        return 0;
    }
    *ret_seconds = day + time;
    return (size_t)(cursor.next - text);
}

bool rfc3339_parse(const char *text, double *ret_seconds)
{
    size_t length = text == NULL ? 0 : strlen(text);
    double seconds;

    if (length == 0 || rfc3339_read(text, length, &seconds) != length) {
        return false;
    }
    *ret_seconds = seconds;
    return true;
}

void rfc3339_format(char text[RFC3339_TEXT_BYTES], double seconds)
{
    int64_t milliseconds = (int64_t)(seconds * 1000 + 0.5);
    time_t whole = (time_t)(milliseconds / 1000);
    struct tm parts;
    size_t length;

    (void)gmtime_r(&whole, &parts);
    length = strftime(text, RFC3339_TEXT_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(text + length, RFC3339_TEXT_BYTES - length, ".%03dZ",
                   (int)(milliseconds % 1000));
}
