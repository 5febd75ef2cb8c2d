/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what the Prometheus HTTP API answers to an instant query.
 * https://prometheus.io/docs/prometheus/latest/querying/api/ */

#ifndef COLLECTORS_PROMQL_ANSWER_H
#define COLLECTORS_PROMQL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"

/* One number. */
struct promql_number {
    double evaluated_at; /* Unix seconds by the server's clock; says nothing of the sample's age. */
    double value;        /* Finite. */
};

/* The body of status 200. Only a whole answer with exactly one finite number is one: an empty
 * result is ERROR_NOT_FOUND, warnings (as of partial answers) ERROR_QUERY, several series, NaN and
 * infinity ERROR_INCONSISTENT. Notes ("infos") are no obstacle. */
bool promql_answer_read(const char *text, size_t length, struct promql_number *ret_number,
                        struct error *error);

/* Any other status and its body; returns false. */
bool promql_refusal_read(int status, const char *text, size_t length, struct error *error);

#endif
