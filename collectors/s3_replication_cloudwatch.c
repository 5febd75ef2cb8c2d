/* SPDX-License-Identifier: Apache-2.0 */
/* What S3 itself says of a replication rule, in metrics of CloudWatch. */

#include "collectors/s3_replication_cloudwatch.h"

#include <math.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/rfc3339.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
/* How old the newest minute may be; its age counts, this only bounds what is asked for. */
#define RECENT_SECONDS (3.0 * HOUR)
/* AWS takes requests of clocks that differ by this much. */
#define SKEW_SECONDS (15.0 * MINUTE)
/* CloudWatch keeps minutes for 15 days, hours for 455. */
#define MINUTES_KEPT_SECONDS (14.0 * DAY)
#define ALL_KEPT_SECONDS (455.0 * DAY)

struct round {
    struct s3_replication_session *session;
    struct collection *collection;
    struct arena *arena;
    double now;   /* By the system's clock, as is */
    double since; /* from when on failures count. */
};

/* An operation that S3 gave up. */
struct failure {
    bool found;
    double seconds; /* By CloudWatch's clock: the start of its period, */
    int period;     /* which has that many seconds. */
    double total;   /* So many, with those that came later. */
};

/* --- What is told. --- */

bool s3_cloudwatch_newest(const struct cloudwatch_series series[S3_SERIES_COUNT], bool sound,
                          double *ret_seconds, double ret_values[S3_SERIES_COUNT])
{
    for (size_t i = series[S3_LATENCY].count; i-- > 0;) {
        double seconds = series[S3_LATENCY].points[i].seconds;
        bool is_whole = true;

        for (size_t k = 0; k < S3_SERIES_COUNT && is_whole; k++) {
            const struct cloudwatch_point *point = s3_cloudwatch_before(&series[k], seconds);

            is_whole = point != NULL && point->seconds >= seconds;
            ret_values[k] = is_whole ? point->value : NAN;
        }
        if (is_whole &&
            (!sound || ret_values[S3_LATENCY] > 0 ||
             (ret_values[S3_PENDING_BYTES] <= 0 && ret_values[S3_PENDING_OPERATIONS] <= 0))) {
            *ret_seconds = seconds;
            return true;
        }
    }
    return false;
}

const struct cloudwatch_point *s3_cloudwatch_before(const struct cloudwatch_series *series,
                                                    double seconds)
{
    for (size_t i = series->count; i-- > 0;) {
        if (series->points[i].seconds <= seconds && !isnan(series->points[i].value)) {
            return &series->points[i];
        }
    }
    return NULL;
}

bool s3_cloudwatch_failure(const struct cloudwatch_series *series, int period_seconds, double since,
                           double *ret_seconds, double *ret_total)
{
    bool found = false;

    *ret_total = 0;
    for (size_t i = 0; i < series->count; i++) {
        const struct cloudwatch_point *point = &series->points[i];

        if (point->value <= 0 || point->seconds + period_seconds <= since) {
            continue;
        }
        if (!found) {
            *ret_seconds = point->seconds;
        }
        found = true;
        *ret_total += point->value;
    }
    return found;
}

/* --- Asking. --- */

static bool get(const struct round *round, struct cloudwatch_client *client,
                struct cloudwatch_query *query, struct cloudwatch_series *ret_series,
                struct error *error)
{
    const struct s3_replication_settings *settings = round->session->settings;
    const struct aws_pair dimensions[] = {{"SourceBucket", settings->source.bucket},
                                          {"DestinationBucket", settings->destination.bucket},
                                          {"RuleId", settings->cloudwatch_rule_id}};

    query->name_space = "AWS/S3";
    query->dimensions = dimensions;
    query->dimension_count = sizeof dimensions / sizeof *dimensions;
    query->start = floor(query->start / query->period_seconds) * query->period_seconds;
    return cloudwatch_get(client, query, &round->collection->deadline, round->arena, ret_series,
                          error);
}

static bool get_latency(struct round *round, double *ret_instant, struct error *error)
{
    static const size_t metrics[S3_SERIES_COUNT] = {S3_METRIC_LATENCY, S3_METRIC_PENDING_BYTES,
                                                    S3_METRIC_PENDING_OPERATIONS};
    struct cloudwatch_client *client = round->session->destination_metrics;
    struct cloudwatch_query query = {.metrics = {{"ReplicationLatency", "Maximum"},
                                                 {"BytesPendingReplication", "Maximum"},
                                                 {"OperationsPendingReplication", "Maximum"}},
                                     .metric_count = S3_SERIES_COUNT,
                                     .start = round->now - RECENT_SECONDS,
                                     .end = round->now + SKEW_SECONDS,
                                     .period_seconds = MINUTE};
    struct cloudwatch_series series[S3_SERIES_COUNT];
    double values[S3_SERIES_COUNT];
    double seconds;

    if (!get(round, client, &query, series, error)) {
        return false;
    }
    if (!s3_cloudwatch_newest(series, false, &seconds, values)) {
        return error_set(error, ERROR_NOT_FOUND,
                         "CloudWatch has no metrics of the last three hours for this rule and "
                         "these buckets; enable the metrics of the rule, and compare "
                         "\"cloudwatch_rule_id\" and the regions");
    }
    for (size_t i = 0; i < S3_SERIES_COUNT; i++) {
        samples_add(round->collection->samples, metrics[i], values[i]);
    }
    if (!s3_cloudwatch_newest(series, true, &seconds, values)) {
        return error_set(error, ERROR_INCONSISTENT,
                         "CloudWatch says that objects are pending, and none of them late, for "
                         "three hours; look at the rule");
    }
    if (!service_clock_past_seconds(cloudwatch_clock(client), seconds, ret_instant, error)) {
        return error_prefix(error, "CloudWatch");
    }
    *ret_instant -= values[S3_LATENCY];
    return true;
}

static bool get_failed(struct round *round, double start, double end, int period,
                       struct cloudwatch_series *ret_series, struct error *error)
{
    struct cloudwatch_query query = {.metrics = {{"OperationsFailedReplication", "Sum"}},
                                     .metric_count = 1,
                                     .start = start,
                                     .end = end,
                                     .period_seconds = period};

    return get(round, round->session->source_metrics, &query, ret_series, error);
}

/* When on that day? None: what failed on it is repaired. */
static bool look_at_day(struct round *round, const struct cloudwatch_point *day,
                        struct failure *failure, struct error *error)
{
    struct cloudwatch_series series;

    failure->period = round->now - day->seconds < MINUTES_KEPT_SECONDS ? MINUTE : HOUR;
    if (!get_failed(round, day->seconds, day->seconds + DAY, failure->period, &series, error)) {
        return false;
    }
    failure->found = s3_cloudwatch_failure(&series, failure->period, round->since,
                                           &failure->seconds, &failure->total);
    if (!failure->found && day->seconds >= round->since) {
        *failure = (struct failure){true, day->seconds, DAY, day->value};
    }
    return true;
}

/* Where nothing is replicated this metric has no points, and none is as good as 0: those of the
 * destination have shown that the metrics of the rule are there. */
static bool find_failure(struct round *round, struct failure *ret_failure, struct error *error)
{
    struct cloudwatch_series days;
    struct cloudwatch_series minutes;
    struct failure failure = {.found = false};

    if (!get_failed(round, round->since, round->now + SKEW_SECONDS, DAY, &days, error)) {
        return false;
    }
    for (size_t i = 0; i < days.count; i++) {
        if (days.points[i].value <= 0) {
            continue;
        }
        if (failure.found) {
            failure.total += days.points[i].value;
        } else if (!look_at_day(round, &days.points[i], &failure, error)) {
            return false;
        }
    }
    /* The sum of a day that has not ended may come late. */
    if (!failure.found) {
        failure.period = MINUTE;
        if (!get_failed(round, fmax(round->since, round->now - RECENT_SECONDS),
                        round->now + SKEW_SECONDS, MINUTE, &minutes, error)) {
            return false;
        }
        failure.found =
            s3_cloudwatch_failure(&minutes, MINUTE, round->since, &failure.seconds, &failure.total);
    }
    samples_add(round->collection->samples, S3_METRIC_FAILED_OPERATIONS, failure.total);
    *ret_failure = failure;
    return true;
}

/* What failed then was pending before, and is not older than the latency of that time. */
static bool hold_back(struct round *round, const struct failure *failure, double *instant,
                      struct error *error)
{
    struct cloudwatch_client *client = round->session->destination_metrics;
    struct cloudwatch_query query = {.metrics = {{"ReplicationLatency", "Maximum"}},
                                     .metric_count = 1,
                                     .start = failure->seconds - RECENT_SECONDS,
                                     .end = failure->seconds + failure->period,
                                     .period_seconds = failure->period};
    struct cloudwatch_series latency;
    const struct cloudwatch_point *before;
    const struct cloudwatch_point *point;
    double then;

    if (!get(round, client, &query, &latency, error)) {
        return false;
    }
    point = s3_cloudwatch_before(&latency, failure->seconds);
    if (point == NULL) {
        char text[RFC3339_TEXT_BYTES];

        rfc3339_format(text, failure->seconds);
        return error_set(error, ERROR_INCONSISTENT,
                         "operations failed at %s, and CloudWatch does not tell how late "
                         "replication was then; repair them, and write that into "
                         "\"repaired_until\"",
                         text);
    }
    if (!service_clock_past_seconds(cloudwatch_clock(client), point->seconds, &then, error)) {
        return error_prefix(error, "CloudWatch");
    }
    *instant = fmin(*instant, then - point->value);
    /* The latency of its own period may have been measured when it was no longer pending. */
    before = s3_cloudwatch_before(&latency, failure->seconds - failure->period);
    if (before != NULL && before->seconds >= failure->seconds - failure->period) {
        *instant = fmin(*instant, then - (point->seconds - before->seconds) - before->value);
    }
    return true;
}

static bool find_instant(struct round *round, double *ret_instant, struct error *error)
{
    struct failure failure;

    if (!get_latency(round, ret_instant, error)) {
        return error_prefix(error, "destination");
    }
    if (!find_failure(round, &failure, error)) {
        return error_prefix(error, "source");
    }
    return !failure.found || hold_back(round, &failure, ret_instant, error) ||
           error_prefix(error, "destination");
}

bool s3_cloudwatch_collect(struct s3_replication_session *session, struct collection *collection,
                           struct error *error)
{
    CLEANUP(free_arena) struct arena *arena = arena_new();
    const struct s3_replication_settings *settings = session->settings;
    struct evidence *evidence = collection->evidence;
    struct round round = {.session = session, .collection = collection, .arena = arena};
    double instant;

    round.now = clock_unix_seconds() + clock_step_seconds();
    if (settings->repaired_until == NULL ||
        !rfc3339_parse(settings->repaired_until, &round.since)) {
        round.since = round.now - ALL_KEPT_SECONDS;
    }
    if (!find_instant(&round, &instant, error)) {
        evidence->has_recovery_point = false;
        return false;
    }
    /* Of canaries or a sample that have no recovery point yet that is the worse news. */
    if (settings->canary_prefix == NULL &&
        (settings->sample_prefixes == NULL || settings->sample_prefixes[0] == NULL)) {
        evidence->has_recovery_point = true;
        evidence->recovery_point = instant;
    } else if (evidence->has_recovery_point) {
        evidence->recovery_point = fmin(evidence->recovery_point, instant);
    }
    return true;
}
