/* SPDX-License-Identifier: Apache-2.0 */
/* Durations and sizes as users write them. */

#ifndef EXPORTER_DURATION_H
#define EXPORTER_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#define DURATION_TEXT_BYTES 48

/* Prometheus durations: units y w d h m s ms, each at most once, largest first; "0" needs no
 * unit. https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations */
bool duration_parse(const char *text, int64_t *ret_ms);

/* The same form back, without needless units: "90d", "1h30m", "0s". */
void duration_format(char text[DURATION_TEXT_BYTES], int64_t ms);

/* For reasons and pages: seconds as people read them, two units at most: "3.2s", "4m 10s". */
void duration_describe(char text[DURATION_TEXT_BYTES], double seconds);

/* "512", "10MiB", "1.5GB" → bytes. */
bool size_parse(const char *text, int64_t *ret_bytes);

#endif
