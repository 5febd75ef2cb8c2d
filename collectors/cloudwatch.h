/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of Amazon CloudWatch: GetMetricData in its JSON protocol.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html. What is
 * not there is not 0: a metric without data points is a series without points, and a metric that
 * CloudWatch could not tell all of is an error. */

#ifndef COLLECTORS_CLOUDWATCH_H
#define COLLECTORS_CLOUDWATCH_H

#include "collectors/aws_settings.h"
#include "collectors/aws_sigv4.h"
#include "collectors/service_clock.h"
#include "exporter/arena.h"

#define CLOUDWATCH_METRICS_MAX 3

struct cloudwatch_query {
    const char *name_space;
    const struct aws_pair *dimensions;
    size_t dimension_count;
    struct aws_pair metrics[CLOUDWATCH_METRICS_MAX]; /* Name, and `Maximum`, `Sum`, … */
    size_t metric_count;
    double start; /* By the system's clock; points from here on, */
    double end;   /* and before here. */
    int period_seconds;
};

struct cloudwatch_point {
    double seconds; /* By CloudWatch's clock: the start of the period. */
    double value;   /* NaN: told, but not as a number that is 0 or more. */
};

/* One metric; in the order of time, each period once, with the largest of what is told of it. */
struct cloudwatch_series {
    struct cloudwatch_point *points; /* Room for CLOUDWATCH_POINTS_MAX. */
    size_t count;
    const char *status; /* `Complete`, or why it is not; of the latest page that has it. */
};

/* Of one session and region; not for several threads. */
struct cloudwatch_client;

/* Asks nobody yet. Settings and file name are not copied; `ca_file` MAY be NULL. */
struct cloudwatch_client *cloudwatch_client_new(const struct aws_settings *settings,
                                                const char *ca_file);
void cloudwatch_client_free(struct cloudwatch_client *client);

/* True with all of the metrics that are asked for, in `ret_series` in their order. What may pass
 * (5xx, throttling) is tried three times within the deadline. */
bool cloudwatch_get(struct cloudwatch_client *client, const struct cloudwatch_query *query,
                    const struct deadline *deadline, struct arena *arena,
                    struct cloudwatch_series *ret_series, struct error *error);

/* Of the latest answer. */
const struct service_clock *cloudwatch_clock(const struct cloudwatch_client *client);

/* --- For tests. --- */

/* Adds a page to the series. `ret_token`: of the next page, in the arena; NULL: there is none. */
bool cloudwatch_read_page(struct arena *arena, const char *text, size_t length,
                          struct cloudwatch_series *series, size_t count, const char **ret_token,
                          struct error *error);

/* Behind the last page: puts the points in order. */
bool cloudwatch_finish(struct cloudwatch_series *series, size_t count, struct error *error);

void cloudwatch_series_init(struct arena *arena, struct cloudwatch_series *series, size_t count);

#endif
