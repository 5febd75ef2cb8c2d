/* SPDX-License-Identifier: Apache-2.0 */
/* The flags of `drill record`. */

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exporter/clock.h"
#include "exporter/duration.h"
#include "exporter/label.h"
#include "exporter/options_flags.h"
#include "exporter/setting_parse.h"

/* With a prefix, suffixes and escapes the name of a file may have 255 bytes. */
#define SERVICE_BYTES_MAX 200

static const char *set_directory(struct options *options, const char *value)
{
    options->record.directory = value;
    return *value == '\0' ? "give the path of a directory" : NULL;
}

static const char *set_service(struct options *options, const char *value)
{
    size_t bytes = 0;

    options->record.service = value;
    for (const char *c = value; *c != '\0';) {
        size_t length = label_character_length(c);

        if (length == 0 || (unsigned char)*c < ' ') {
            return "write the name in UTF-8 and on one line";
        }
        bytes += isalnum((unsigned char)*c) ? 1 : 3 * length;
        c += length;
    }
    return bytes == 0                  ? "give the name of a service of the configuration"
           : bytes > SERVICE_BYTES_MAX ? "it is too long for the name of a file"
                                       : NULL;
}

static const char *set_type(struct options *options, const char *value)
{
    return drill_type_parse(value, &options->record.type)
               ? NULL
               : "write tabletop, component, restore, partial or full";
}

static const char *set_result(struct options *options, const char *value)
{
    options->record.succeeded = strcmp(value, "success") == 0;
    return options->record.succeeded || strcmp(value, "failure") == 0 ? NULL
                                                                      : "write success or failure";
}

static bool parse_seconds(const char *text, struct reading *ret_reading)
{
    int64_t ms;

    if (!duration_parse(text, &ms)) {
        return false;
    }
    *ret_reading = (struct reading){.known = true, .value = (double)ms / 1000};
    return true;
}

static const char *set_recovery(struct options *options, const char *value)
{
    bool good = parse_seconds(value, &options->record.recovery_seconds) &&
                options->record.recovery_seconds.value > 0;

    return good ? NULL : "write a duration of more than 0s, such as 7m30s";
}

static const char *set_data_loss(struct options *options, const char *value)
{
    return parse_seconds(value, &options->record.data_loss_seconds)
               ? NULL
               : "write a duration such as 2s, or 0s";
}

static const char *set_data_size(struct options *options, const char *value)
{
    struct error error;
    int64_t bytes;

    if (!setting_parse(SETTING_SIZE, value, value, &bytes, &error) || bytes <= 0) {
        return "write a size of more than 0, such as 120GiB";
    }
    options->record.data_bytes = (struct reading){.known = true, .value = (double)bytes};
    return NULL;
}

/* `cleanup=3m`, one of several. */
static bool parse_phase(struct drill_record *record, char *text)
{
    char *equals = strchr(text, '=');

    if (equals == NULL) {
        return false;
    }
    *equals = '\0';
    for (enum drill_phase phase = 0; phase < DRILL_PHASE_COUNT; phase++) {
        if (strcmp(text, drill_phase_names[phase]) == 0) {
            return !record->phases[phase].known &&
                   parse_seconds(equals + 1, &record->phases[phase]);
        }
    }
    return false;
}

static const char *set_phase(struct options *options, const char *value)
{
    char *copy = strdup(value);
    char *rest = copy;
    bool good = true;

    if (copy == NULL) {
        abort();
    }
    while (good && rest != NULL) {
        char *part = strsep(&rest, ",");

        good = parse_phase(&options->record, part);
    }
    free(copy);
    return good ? NULL
                : "write each phase once: detect=40s,decide=2m,execute=5m,verify=1m,cleanup=3m";
}

/* True if `text` begins with digits where the form has 0, and else with what the form has. */
static bool has_form(const char *text, const char *form)
{
    for (; *form != '\0'; text++, form++) {
        if (*form == '0' ? !isdigit((unsigned char)*text) : *text != *form) {
            return false;
        }
    }
    return true;
}

/* "+02:00" or "Z" */
static bool parse_zone(const char *text, int *ret_seconds)
{
    int hours;
    int minutes;

    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        *ret_seconds = 0;
        return true;
    }
    if ((*text != '+' && *text != '-') || strlen(text) != 6 || !has_form(text + 1, "00:00")) {
        return false;
    }
    hours = (text[1] - '0') * 10 + text[2] - '0';
    minutes = (text[4] - '0') * 10 + text[5] - '0';
    *ret_seconds = (hours * 60 + minutes) * 60 * (*text == '-' ? -1 : 1);
    return hours < 24 && minutes < 60;
}

/* RFC 3339: 2026-11-21T04:00:00Z, 2026-11-21T04:00:00.5+01:00 */
static bool parse_instant(const char *text, double *ret_seconds)
{
    struct tm parts = {.tm_isdst = 0};
    struct tm again;
    double fraction = 0;
    double digit = 0.1;
    time_t seconds;
    int zone;

    if (!has_form(text, "0000-00-00T00:00:00") ||
        strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) == NULL) {
        return false;
    }
    again = parts;
    seconds = timegm(&again);
    /* The 30th of February is another day when it comes back. */
    if (again.tm_mday != parts.tm_mday || again.tm_sec != parts.tm_sec) {
        return false;
    }
    text += strlen("0000-00-00T00:00:00");
    if (has_form(text, ".0")) {
        for (text++; isdigit((unsigned char)*text); text++, digit /= 10) {
            fraction += digit * (*text - '0');
        }
    }
    if (!parse_zone(text, &zone)) {
        return false;
    }
    *ret_seconds = (double)(seconds - zone) + nearbyint(fraction * 1000) / 1000;
    return true;
}

static const char *set_at(struct options *options, const char *value)
{
    struct reading *at = &options->record.at;

    if (!parse_instant(value, &at->value) || at->value <= 0) {
        return "write an instant such as 2026-11-21T04:00:00Z";
    }
    at->known = true;
    return at->value > clock_unix_seconds() + DRILL_CLOCK_SKEW_SECONDS
               ? "it lies in the future; give the instant when the drill ended"
               : NULL;
}

static const char *set_runbook_validated(struct options *options, const char *value)
{
    (void)value;
    options->record.runbook_validated = true;
    return NULL;
}

const struct flag drill_flags[DRILL_FLAG_COUNT] = {
    {"--directory", "PATH", NULL, "Where the .prom files are.", set_directory, true},
    {"--service", "NAME", NULL, "The service, as in the configuration.", set_service, true},
    {"--type", "TYPE", NULL, "tabletop, component, restore, partial or full.", set_type, true},
    {"--result", "RESULT", NULL, "success or failure.", set_result, true},
    {"--recovery", "DURATION", NULL, "How long a success took to recover.", set_recovery, false},
    {"--data-loss", "DURATION", NULL, "How much data a success lost.", set_data_loss, false},
    {"--data-size", "SIZE", NULL, "How much data a success brought back, as in 120GiB.",
     set_data_size, false},
    {"--phase", "PHASES", NULL, "As in detect=40s,decide=2m,execute=5m,verify=1m,cleanup=3m.",
     set_phase, false},
    {"--at", "TIME", NULL, "When it ended, as in 2026-11-21T04:00:00Z. Default: now.", set_at,
     false},
    {"--runbook-validated", NULL, NULL, "The runbook was followed and is right.",
     set_runbook_validated, false},
};

const char *drill_flags_check(const struct drill_record *record)
{
    if (record->succeeded && drill_needs_cleanup(record->type) &&
        !record->phases[DRILL_PHASE_CLEANUP].known) {
        return "a drill that was not cleaned up is no success: give --phase=cleanup=DURATION, or "
               "--result=failure";
    }
    return NULL;
}
