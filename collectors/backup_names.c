/* SPDX-License-Identifier: Apache-2.0 */
/* What the name of a file or object says of a backup: whether it is one, and when it was begun. */

#include "collectors/backup_names.h"

#include <ctype.h>
#include <fnmatch.h>
#include <string.h>
#include <time.h>

#define UNIX_DIGITS_MIN 9
#define UNIX_DIGITS_MAX 11

/* A date being read from a name. */
struct date {
    int fields[6]; /* Year, month, day, hour, minute, second. */
    bool has_unix;
    int64_t unix_seconds;
    int zone_seconds; /* East of Greenwich. */
};

static const char field_letters[] = "YmdHMS";

static bool read_digits(const char **at, size_t count, int *ret_value)
{
    int value = 0;

    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)(*at)[i])) {
            return false;
        }
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += count;
    *ret_value = value;
    return true;
}

static bool read_unix(const char **at, struct date *date)
{
    size_t count = strspn(*at, "0123456789");

    if (count < UNIX_DIGITS_MIN || count > UNIX_DIGITS_MAX) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        date->unix_seconds = date->unix_seconds * 10 + ((*at)[i] - '0');
    }
    date->has_unix = true;
    *at += count;
    return true;
}

static bool read_zone(const char **at, struct date *date)
{
    int sign = **at == '-' ? -1 : 1;
    int hours;
    int minutes;

    if (**at == 'Z') {
        ++*at;
        return true;
    }
    if (**at != '+' && **at != '-') {
        return false;
    }
    ++*at;
    if (!read_digits(at, 2, &hours)) {
        return false;
    }
    *at += **at == ':' ? 1 : 0;
    if (!read_digits(at, 2, &minutes) || hours > 15 || minutes > 59) {
        return false;
    }
    date->zone_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

static bool read_conversion(char letter, const char **at, struct date *date)
{
    const char *field = strchr(field_letters, letter);

    if (letter == 's') {
        return read_unix(at, date);
    }
    if (letter == 'z') {
        return read_zone(at, date);
    }
    if (letter == '%') {
        return *(*at)++ == '%';
    }
    return field != NULL &&
           read_digits(at, letter == 'Y' ? 4 : 2, &date->fields[field - field_letters]);
}

/* Dates that do not exist are no dates: timegm would take the 31st of February for the 3rd of
 * March. */
static bool to_unix(const struct date *date, double *ret_seconds)
{
    struct tm wanted = {.tm_year = date->fields[0] - 1900,
                        .tm_mon = date->fields[1] - 1,
                        .tm_mday = date->fields[2],
                        .tm_hour = date->fields[3],
                        .tm_min = date->fields[4],
                        .tm_sec = date->fields[5]};
    struct tm normal = wanted;
    time_t seconds;

    if (date->has_unix) {
        *ret_seconds = (double)date->unix_seconds;
        return true;
    }
    seconds = timegm(&normal);
    if (normal.tm_mon != wanted.tm_mon || normal.tm_mday != wanted.tm_mday ||
        normal.tm_hour != wanted.tm_hour || normal.tm_min != wanted.tm_min) {
        return false;
    }
    *ret_seconds = (double)seconds - date->zone_seconds;
    return true;
}

/* Does the name have the form from here on? Digits before or behind would belong to the date. */
static bool read_date(const char *pattern, const char *name, const char *at, double *ret_seconds)
{
    struct date date = {.fields = {0, 1, 1, 0, 0, 0}};

    if (at > name && isdigit((unsigned char)at[-1]) && isdigit((unsigned char)*at)) {
        return false;
    }
    for (const char *c = pattern; *c != '\0'; c++) {
        if (*c != '%') {
            if (*at++ != *c) {
                return false;
            }
        } else if (!read_conversion(*++c, &at, &date)) {
            return false;
        }
    }
    if (isdigit((unsigned char)at[0]) && isdigit((unsigned char)at[-1])) {
        return false;
    }
    return to_unix(&date, ret_seconds);
}

/* The oldest of those that begin behind `first`. */
static bool find_oldest(const char *pattern, const char *name, const char *first,
                        double *ret_seconds)
{
    bool found = false;
    double seconds;

    for (const char *at = first; *at != '\0'; at++) {
        if (read_date(pattern, name, at, &seconds) && (!found || seconds < *ret_seconds)) {
            found = true;
            *ret_seconds = seconds;
        }
    }
    return found;
}

bool backup_name_date(const char *pattern, const char *name, double *ret_seconds)
{
    const char *slash = strrchr(name, '/');

    return (slash != NULL && find_oldest(pattern, name, slash + 1, ret_seconds)) ||
           find_oldest(pattern, name, name, ret_seconds);
}

bool backup_name_time_check(const char *pattern, struct error *error)
{
    bool has_unix = false;
    size_t day_parts = 0;

    for (const char *c = pattern; *c != '\0'; c++) {
        if (*c != '%') {
            continue;
        }
        c++;
        if (*c == '\0' || strchr("YmdHMSsz%", *c) == NULL) {
            return error_set(error, ERROR_INTERNAL,
                             "\"name_time\" knows only %%Y %%m %%d %%H %%M %%S %%s %%z and %%%%; "
                             "\"%s\" has another one",
                             pattern);
        }
        has_unix = has_unix || *c == 's';
        day_parts += strchr("Ymd", *c) != NULL ? 1 : 0;
    }
    if (!has_unix && day_parts != 3) {
        return error_set(error, ERROR_INTERNAL,
                         "\"name_time\" must have %%s, or each of %%Y, %%m and %%d once; write for "
                         "example %%Y-%%m-%%dT%%H:%%M:%%SZ");
    }
    return true;
}

bool backup_name_ignored(const struct backup_settings *settings, const char *name)
{
    static const char *const usual[] = {"*.tmp",      "*.part", "*.partial", "*.incomplete",
                                        "*.filepart", "*.swp",  NULL};
    const char *const *patterns = settings->ignore != NULL ? settings->ignore : usual;
    const char *slash = strrchr(name, '/');
    const char *last = slash != NULL ? slash + 1 : name;

    for (size_t i = 0; patterns[i] != NULL; i++) {
        if (fnmatch(patterns[i], last, 0) == 0) {
            return true;
        }
    }
    return false;
}

static void fill_start(const struct backup_settings *settings, struct arena *arena,
                       struct backup *backup)
{
    double started;

    if (settings->name_time == NULL && settings->dump_duration_ms == 0) {
        backup->state = BACKUP_FAILED;
        backup->problem = "nothing tells when it was begun; give \"name_time\" or "
                          "\"dump_duration\"";
        return;
    }
    if (settings->name_time == NULL) {
        backup->restores_to.known = true;
        backup->restores_to.value =
            backup->completed.value - (double)settings->dump_duration_ms / 1000;
        return;
    }
    if (!backup_name_date(settings->name_time, backup->name, &started)) {
        backup->state = BACKUP_FAILED;
        backup->problem = arena_printf(arena, "its name has no date of the form \"%s\" (name_time)",
                                       settings->name_time);
        return;
    }
    if (started > backup->completed.value + BACKUP_CLOCKS_APART_SECONDS_MAX) {
        backup->state = BACKUP_FAILED;
        backup->problem = "the date in its name is later than its completion; is it local time "
                          "instead of UTC?";
        return;
    }
    backup->started = (struct reading){.known = true, .value = started};
    backup->restores_to = backup->started;
}

void backup_name_fill(const struct backup_settings *settings, struct arena *arena, const char *name,
                      double completed, double size_bytes, struct backup *backup)
{
    backup->name = name;
    backup->type = "object";
    backup->state = BACKUP_USABLE;
    backup->completed = (struct reading){.known = true, .value = completed};
    backup->size_bytes = (struct reading){.known = true, .value = size_bytes};
    fill_start(settings, arena, backup);
    if (size_bytes <= 0) {
        backup->state = BACKUP_FAILED;
        backup->problem = "it is empty";
    }
}
