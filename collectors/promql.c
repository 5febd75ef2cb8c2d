/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence that a Prometheus, Thanos or Mimir already has.
 *
 * An instant query dates its result by when it was evaluated, and finds samples that are up to five
 * minutes old, whatever has become of their target. So the age is asked for separately: timestamp()
 * gives the instants of samples, but only of a plain selector; of any other expression it gives
 * when that was evaluated. Hence the setting `samples`.
 * https://prometheus.io/docs/prometheus/latest/querying/basics/#staleness */

#include "collectors/promql.h"

#include <math.h>
#include <stddef.h>

#include "collectors/promql_client.h"
#include "collectors/promql_evidence.h"
#include "collectors/promql_settings.h"
#include "exporter/clock.h"
#include "exporter/duration.h"

/* Within this, an instant that went through text is the same. */
#define SAME_INSTANT_SECONDS 0.01

enum promql_metric { PROMQL_VALUE, PROMQL_SAMPLE_AGE, PROMQL_METRIC_COUNT };

static const struct metric metric_table[PROMQL_METRIC_COUNT] = {
    [PROMQL_VALUE] = {"dr_promql_value",
                      METRIC_GAUGE,
                      "The number that the query gave, as it was; absent when its samples are too "
                      "old, or it cannot be what the source yields.",
                      {NULL}},
    [PROMQL_SAMPLE_AGE] = {"dr_promql_sample_age_seconds",
                           METRIC_GAUGE,
                           "Age of the oldest sample of the selectors in samples (or of the "
                           "query) when it was asked for, by the server's clock or ours, whichever "
                           "makes it older.",
                           {NULL}},
};

static void *open_session(const void *settings, const struct deadline *deadline,
                          struct error *error)
{
    (void)deadline;
    return promql_client_new(settings, error);
}

static void close_session(void *session)
{
    promql_client_free(session);
}

/* The first selector is evaluated when the server is asked, all else at the same instant. */
static bool ask_samples(struct promql_client *client, const struct collection *collection,
                        struct promql_reading *reading, struct error *error)
{
    const struct promql_settings *own = collection->settings;
    const char *const query[] = {own->query, NULL};
    const char *const *selectors = own->samples != NULL ? own->samples : query;

    for (size_t i = 0; selectors[i] != NULL; i++) {
        const char *expression =
            arena_printf(collection->arena, "min(timestamp(%s))", selectors[i]);
        struct promql_number oldest;

        if (!promql_ask(client, expression, reading->evaluated_at, &collection->deadline, &oldest,
                        error)) {
            if (own->samples != NULL) {
                (void)error_prefix(error, selectors[i]);
            }
            return false;
        }
        if (i == 0) {
            reading->evaluated_at = oldest.evaluated_at;
            reading->oldest_sample = oldest.evaluated_at;
        }
        reading->oldest_sample = fmin(reading->oldest_sample, oldest.value);
    }
    reading->answered_at = clock_unix_seconds();
    return true;
}

static bool check_age(const struct promql_settings *own, double age_seconds, struct error *error)
{
    char age[DURATION_TEXT_BYTES];
    char limit[DURATION_TEXT_BYTES];

    if (age_seconds * 1000 <= (double)own->max_sample_age_ms) {
        return true;
    }
    duration_describe(age, age_seconds);
    duration_format(limit, own->max_sample_age_ms);
    return error_set(error, ERROR_INCONSISTENT,
                     "the sample is %s old, limit %s: its target does not tell any more, or the "
                     "clocks differ; look whether it is scraped",
                     age, limit);
}

/* The samples are asked for before the value: one that arrives in between makes the value newer
 * than it is dated, never older. */
static bool read_number(struct promql_client *client, const struct collection *collection,
                        struct promql_reading *reading, struct error *error)
{
    const struct promql_settings *own = collection->settings;
    struct promql_number number;
    double age;

    if (!ask_samples(client, collection, reading, error)) {
        return false;
    }
    if (!promql_clock_check(reading, error)) {
        return false;
    }
    age = promql_sample_age(reading);
    samples_add(collection->samples, PROMQL_SAMPLE_AGE, age);
    if (!check_age(own, age, error) || !promql_ask(client, own->query, reading->evaluated_at,
                                                   &collection->deadline, &number, error)) {
        return false;
    }
    if (fabs(number.evaluated_at - reading->evaluated_at) > SAME_INSTANT_SECONDS) {
        return error_set(error, ERROR_PROTOCOL,
                         "the server answered for another instant than it was asked for; is there "
                         "a cache in front of it?");
    }
    reading->value = number.value;
    return true;
}

static bool collect(void *session, struct collection *collection, struct error *error)
{
    const struct promql_settings *own = collection->settings;
    struct promql_reading reading = {.yield = promql_yield_find(own->yields),
                                     .asked_at = clock_unix_seconds(),
                                     .step = clock_step_seconds()};

    if (!read_number(session, collection, &reading, error) ||
        !promql_evidence_add(&reading, collection->arena, collection->evidence, error)) {
        return false;
    }
    samples_add(collection->samples, PROMQL_VALUE, reading.value);
    return true;
}

static unsigned feeds_of(const void *settings)
{
    const struct promql_settings *own = settings;

    switch (promql_yield_find(own->yields)) {
    case PROMQL_CAPACITY_RATIO:
        return FEEDS(CHECK_CAPACITY);
    case PROMQL_UP:
        return FEEDS(CHECK_ENDPOINT);
    case PROMQL_VALIDATED_TIMESTAMP:
        return FEEDS(CHECK_RUNBOOK);
    default:
        return 0;
    }
}

const struct collector promql_collector = {
    .name = "promql",
    .summary =
        "What a Prometheus, Thanos or Mimir already knows, judged by the age of its samples.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .feeds = FEEDS(CHECK_CAPACITY) | FEEDS(CHECK_ENDPOINT) | FEEDS(CHECK_RUNBOOK),
    .feeds_of = feeds_of,
    .metrics = metric_table,
    .metric_count = PROMQL_METRIC_COUNT,
    .settings = promql_setting_table,
    .setting_count = PROMQL_SETTING_COUNT,
    .settings_size = sizeof(struct promql_settings),
    .check = promql_settings_check,
    .open = open_session,
    .collect = collect,
    .close = close_session,
};
