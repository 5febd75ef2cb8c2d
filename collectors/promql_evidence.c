/* SPDX-License-Identifier: Apache-2.0 */
/* What a number of Prometheus proves. */

#include "collectors/promql_evidence.h"

#include <math.h>

#include "exporter/duration.h"

/* Clocks that are set by NTP differ by less; beyond it somebody has to look. */
#define SERVER_CLOCK_SECONDS_MAX 60
/* How far ahead a date may be that another host wrote just now. */
#define FUTURE_SECONDS_MAX 5
/* 2001-09-09: no copy is older, but ages and counts are smaller. */
#define DATE_SECONDS_MIN 1e9
/* The year 5138: larger are milliseconds, microseconds or nanoseconds of our time. */
#define DATE_SECONDS_MAX 1e11
/* Nobody pays for so many times the room that is needed; but a percentage is mostly larger. */
#define CAPACITY_RATIO_MAX 10

bool promql_clock_check(const struct promql_reading *reading, struct error *error)
{
    double ahead = reading->evaluated_at - (reading->answered_at + reading->step);
    double behind = reading->asked_at + reading->step - reading->evaluated_at;
    char text[DURATION_TEXT_BYTES];

    if (ahead <= SERVER_CLOCK_SECONDS_MAX && behind <= SERVER_CLOCK_SECONDS_MAX) {
        return true;
    }
    duration_describe(text, ahead > 0 ? ahead : behind);
    return error_set(error, ERROR_INCONSISTENT,
                     "the server's clock is %s %s ours; set the clocks%s", text,
                     ahead > 0 ? "ahead of" : "behind",
                     ahead > 0 ? "" : ", or ask a server that does not answer from a cache");
}

static double to_own_clock(const struct promql_reading *reading, double instant)
{
    return fmin(instant - reading->step, reading->asked_at - (reading->evaluated_at - instant));
}

double promql_sample_age(const struct promql_reading *reading)
{
    return reading->asked_at - to_own_clock(reading, reading->oldest_sample);
}

static bool read_date(const struct promql_reading *reading, double *ret_date, struct error *error)
{
    double value = reading->value;
    char text[DURATION_TEXT_BYTES];

    if (value == 0) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the result is 0, with which exporters mean that it has never happened");
    }
    if (value >= DATE_SECONDS_MAX) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the result %.15g is no date in seconds; it looks like %s: divide it by "
                         "1e%d in \"query\"",
                         value,
                         value < 1e14   ? "milliseconds"
                         : value < 1e17 ? "microseconds"
                                        : "nanoseconds",
                         value < 1e14   ? 3
                         : value < 1e17 ? 6
                                        : 9);
    }
    if (value < DATE_SECONDS_MIN) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the result %.15g is no date in seconds since 1970; is it an age?", value);
    }
    if (value > reading->evaluated_at + FUTURE_SECONDS_MAX) {
        duration_describe(text, value - reading->evaluated_at);
        return error_set(error, ERROR_INCONSISTENT,
                         "the result is a date %s in the future; set the clock of the host that "
                         "writes it",
                         text);
    }
    /* What was committed later its sample cannot tell, whatever the clock of who wrote it. */
    *ret_date = fmin(value, reading->oldest_sample);
    return true;
}

static bool read_age(const struct promql_reading *reading, double *ret_date, struct error *error)
{
    if (reading->value < 0) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the result %.15g is a negative age; with such numbers exporters mean "
                         "that it is not known, or two clocks differ",
                         reading->value);
    }
    if (reading->value >= DATE_SECONDS_MIN) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the result %.15g is no age in seconds; is it a date, or in "
                         "milliseconds?",
                         reading->value);
    }
    *ret_date = reading->oldest_sample - reading->value;
    return true;
}

static void set_recovery_point(const struct promql_reading *reading, double date,
                               struct evidence *evidence)
{
    evidence->has_recovery_point = true;
    evidence->recovery_point = to_own_clock(reading, date);
}

static bool add_capacity(const struct promql_reading *reading, struct evidence *evidence,
                         struct error *error)
{
    if (reading->value < 0) {
        return error_set(error, ERROR_INCONSISTENT, "the result %.15g is no ratio", reading->value);
    }
    if (reading->value > CAPACITY_RATIO_MAX) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the result %.15g is more than %d times what is needed; it looks like a "
                         "percentage: divide it by 100 in \"query\", or write clamp_max(…, %d) if "
                         "there is so much room",
                         reading->value, CAPACITY_RATIO_MAX, CAPACITY_RATIO_MAX);
    }
    evidence->capacity.ratio = (struct reading){true, reading->value};
    evidence->capacity.required_at =
        (struct reading){true, to_own_clock(reading, reading->oldest_sample)};
    return true;
}

static bool add_endpoint(const struct promql_reading *reading, struct evidence *evidence,
                         struct error *error)
{
    if (reading->value != 0 && reading->value != 1) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the result %.15g is neither 1 (up) nor 0 (down)", reading->value);
    }
    evidence->endpoint.known = true;
    evidence->endpoint.problem = reading->value == 1 ? NULL : "its query says that it is down";
    return true;
}

bool promql_evidence_add(const struct promql_reading *reading, struct arena *arena,
                         struct evidence *evidence, struct error *error)
{
    struct runbook_evidence *runbook;
    double date = 0;

    switch (reading->yield) {
    case PROMQL_RECOVERY_POINT_TIMESTAMP:
    case PROMQL_RECOVERY_POINT_AGE:
        if (!(reading->yield == PROMQL_RECOVERY_POINT_AGE ? read_age(reading, &date, error)
                                                          : read_date(reading, &date, error))) {
            return false;
        }
        set_recovery_point(reading, date, evidence);
        return true;
    case PROMQL_CAPACITY_RATIO:
        return add_capacity(reading, evidence, error);
    case PROMQL_UP:
        return add_endpoint(reading, evidence, error);
    case PROMQL_VALIDATED_TIMESTAMP:
        if (!read_date(reading, &date, error)) {
            return false;
        }
        runbook = arena_alloc(arena, sizeof *runbook);
        runbook->validated = (struct reading){true, date};
        evidence->runbooks = runbook;
        evidence->runbook_count = 1;
        return true;
    default:
        return error_set(error, ERROR_INTERNAL, "nothing that a query yields");
    }
}
