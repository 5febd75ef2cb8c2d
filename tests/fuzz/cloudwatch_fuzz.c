/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever CloudWatch, or Azure, answers, it ends as points in order, a time, or an error. */

#include <stdint.h>
#include <stdlib.h>

#include "collectors/aws_error.h"
#include "collectors/azure_blob.h"
#include "collectors/s3_replication_cloudwatch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct cloudwatch_series series[S3_SERIES_COUNT];
    const char *text = (const char *)data;
    const char *token;
    struct error error;
    double values[S3_SERIES_COUNT];
    double seconds;

    cloudwatch_series_init(arena, series, S3_SERIES_COUNT);
    if (cloudwatch_read_page(arena, text, size, series, S3_SERIES_COUNT, &token, &error) &&
        cloudwatch_finish(series, S3_SERIES_COUNT, &error)) {
        for (size_t i = 1; i < series[0].count; i++) {
            if (!(series[0].points[i - 1].seconds < series[0].points[i].seconds)) {
                abort();
            }
        }
        if (s3_cloudwatch_newest(series, true, &seconds, values) && !(values[S3_LATENCY] >= 0)) {
            abort();
        }
        (void)s3_cloudwatch_failure(&series[0], 60, 1.7e9, &seconds, values);
    }
    if (azure_stats_read(text, size, &seconds, &error) && !(seconds > 0)) {
        abort();
    }
    (void)aws_error_set(&(struct aws_refusal){.status = 400, .body = text, .length = size}, &error);
    arena_free(arena);
    return 0;
}
