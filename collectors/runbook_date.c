/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as people write them into a document: 2026-11-21 or an instant of RFC 3339. */

#include "collectors/runbook_date.h"

#include <ctype.h>
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

static bool take_time(struct cursor *cursor, double *ret_seconds)
{
    int hours;
    int minutes;
    int seconds;
    int zone;

    if (!take_number(cursor, 2, &hours) || !take(cursor, ":") ||
        !take_number(cursor, 2, &minutes) || !take(cursor, ":") ||
        !take_number(cursor, 2, &seconds) || hours > 23 || minutes > 59 || seconds > 60) {
        return false;
    }
    if (take(cursor, ".")) {
        /* No runbook is judged by fractions of a second. */
        if (!take(cursor, "0123456789")) {
            return false;
        }
        while (take(cursor, "0123456789")) {
        }
    }
    if (!take_zone(cursor, &zone)) {
        return false;
    }
    *ret_seconds = (hours * 60 + minutes) * 60 + seconds - zone;
    return true;
}

/* Is there a time behind the day? RFC 3339 allows a blank for the T. */
static bool take_separator(struct cursor *cursor)
{
    bool blank_and_digit = peek(cursor) == ' ' && cursor->end - cursor->next > 1 &&
                           isdigit((unsigned char)cursor->next[1]);

    if (blank_and_digit) {
        cursor->next++;
        return true;
    }
    return take(cursor, "Tt");
}

bool runbook_date_parse(const char *text, size_t length, struct runbook_date *ret_date)
{
    struct cursor cursor = {text, text + length};
    struct runbook_date date = {.whole_day = true};
    double time_seconds = 0;

    if (!take_day(&cursor, &date.seconds)) {
        return false;
    }
    if (take_separator(&cursor)) {
        if (!take_time(&cursor, &time_seconds)) {
            return false;
        }
        date.whole_day = false;
        date.seconds += time_seconds;
    }
    if (isalnum((unsigned char)peek(&cursor)) || take(&cursor, "-+:/")) {
        return false;
    }
    *ret_date = date;
    return true;
}
