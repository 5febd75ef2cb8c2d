/* SPDX-License-Identifier: Apache-2.0 */
/* What services of AWS and Azure answer when they refuse, as an error that says what to do.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */

#ifndef COLLECTORS_AWS_ERROR_H
#define COLLECTORS_AWS_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"

/* The answer, of which a HEAD has only the status. */
struct aws_refusal {
    int status;
    const char *body; /* XML, JSON, or anything that a proxy says instead. */
    size_t length;
    const char *region;          /* Header `x-amz-bucket-region`; NULL: none. */
    bool knows_clock;            /* Is the next one known? */
    double clock_offset_seconds; /* By how much the service's clock is ahead of this host's. */
};

#define AWS_CODE_BYTES 64

/* The `Code` of the answer, "" when it has none. */
void aws_error_code(const struct aws_refusal *refusal, char code[AWS_CODE_BYTES]);

/* Sets the error and returns false. */
bool aws_error_set(const struct aws_refusal *refusal, struct error *error);

/* May the same succeed in a moment? */
bool aws_error_is_passing(int status);

#endif
