/* SPDX-License-Identifier: Apache-2.0 */
/* Instants as programs write them: 2026-11-21T14:00:00.5+02:00. */

#ifndef EXPORTER_RFC3339_H
#define EXPORTER_RFC3339_H

#include <stdbool.h>
#include <stddef.h>

/* All of them refuse what is before 1970 (Go writes 0001-01-01T00:00:00Z for "never") and days
 * that do not exist. https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */

/* The instant at the start of the text, as Unix seconds with their fraction; T may be a blank.
 * Returns the number of bytes that it takes, 0 when there is none. */
size_t rfc3339_read(const char *text, size_t length, double *ret_seconds);

/* The day at the start of the text, as Unix seconds of its start in UTC; otherwise as above. */
size_t rfc3339_read_day(const char *text, size_t length, double *ret_seconds);

/* A terminated text that is an instant and nothing else; false for NULL. */
bool rfc3339_parse(const char *text, double *ret_seconds);

/* `2026-11-21T14:00:00.500Z`, with its end. */
#define RFC3339_TEXT_BYTES 32

/* Writes the instant in UTC with milliseconds. */
void rfc3339_format(char text[RFC3339_TEXT_BYTES], double seconds);

#endif
