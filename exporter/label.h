/* SPDX-License-Identifier: Apache-2.0 */
/* Label values as the exposition formats want them. */

#ifndef EXPORTER_LABEL_H
#define EXPORTER_LABEL_H

#include "exporter/arena.h"

/* Escapes backslash, double quote and new line, replaces what is not UTF-8 by U+FFFD, and cuts
 * after LABEL_VALUE_BYTES_MAX bytes of `value`, between two characters.
 * https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md */
const char *label_escape(struct arena *arena, const char *value);

/* The length of the valid UTF-8 character (RFC 3629) at the terminated `text`, or 0. */
size_t label_character_length(const char *text);

#endif
