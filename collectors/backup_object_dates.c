/* SPDX-License-Identifier: Apache-2.0 */
/* Prefixes of keys that have the date in them. */

#include "collectors/backup_object_dates.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* In the order in which they have to stand, and how long at most what each tells takes. */
static const char letters[] = "YmdHMS";
static const double unit_seconds[] = {366 * 86400.0, 31 * 86400.0, 86400, 3600, 60, 1};

/* The last instant of four-digit years. */
#define UNIX_SECONDS_MAX 253402300799.0

bool backup_dates_have(const char *prefix)
{
    for (const char *c = prefix; *c != '\0'; c++) {
        if (*c == '%' && *++c != '%') {
            return true;
        }
    }
    return false;
}

bool backup_dates_check(const char *prefix, struct error *error)
{
    const char *next = letters;

    for (const char *c = prefix; *c != '\0'; c++) {
        if (*c != '%') {
            continue;
        }
        c++;
        if (*c == '%') {
            continue;
        }
        if (*next == '\0' || *c != *next) {
            return error_set(error, ERROR_INTERNAL,
                             "\"prefix\" may have %%Y, %%m, %%d, %%H, %%M and %%S in this order, "
                             "none left out, and %%%% for a percent sign; write for example "
                             "db/%%Y/%%m/%%d/");
        }
        next++;
    }
    return true;
}

double backup_dates_unit_seconds(const char *prefix)
{
    double unit = 0;

    for (const char *c = prefix; *c != '\0'; c++) {
        if (*c == '%' && *++c != '%') {
            unit = unit_seconds[strchr(letters, *c) - letters];
        }
    }
    return unit;
}

char *backup_dates_fixed(const char *prefix)
{
    char *fixed = calloc(strlen(prefix) + 1, 1);
    size_t length = 0;

    if (fixed == NULL) {
        abort();
    }
    for (const char *c = prefix; *c != '\0'; c++) {
        if (*c == '%' && *++c != '%') {
            break;
        }
        fixed[length++] = *c;
    }
    return fixed;
}

char *backup_dates_format(const char *prefix, double unix_seconds)
{
    double bounded = unix_seconds < 0                  ? 0
                     : unix_seconds > UNIX_SECONDS_MAX ? UNIX_SECONDS_MAX
                                                       : unix_seconds;
    time_t seconds = (time_t)bounded;
    char *text = NULL;
    size_t length;
    struct tm parts;
    int values[6];
    FILE *out = open_memstream(&text, &length);

    if (out == NULL || gmtime_r(&seconds, &parts) == NULL) {
        abort();
    }
    memcpy(values,
           (int[]){parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                   parts.tm_min, parts.tm_sec},
           sizeof values);
    for (const char *c = prefix; *c != '\0'; c++) {
        if (*c == '%' && *++c != '%') {
            const char *letter = strchr(letters, *c);

            (void)fprintf(out, "%0*d", letter == letters ? 4 : 2, values[letter - letters]);
        } else {
            (void)fputc(*c, out);
        }
    }
    if (fclose(out) != 0) {
        abort();
    }
    return text;
}

bool backup_dates_match(const char *prefix, const char *key)
{
    for (const char *c = prefix; *c != '\0'; c++) {
        if (*c != '%' || *++c == '%') {
            if (*key++ != *c) {
                return false;
            }
            continue;
        }
        for (int i = 0; i < (*c == 'Y' ? 4 : 2); i++) {
            if (!isdigit((unsigned char)*key++)) {
                return false;
            }
        }
    }
    return true;
}
