/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers as text: the shortest decimal that reads back as the same double. */

#ifndef EXPORTER_NUMBER_H
#define EXPORTER_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

#define NUMBER_TEXT_BYTES 32

/* Writes what the exposition formats want (`3`, `0.25`, `1e+21`, `+Inf`, `NaN`) and returns its
 * length; `text` is terminated. */
size_t number_format(char text[NUMBER_TEXT_BYTES], double value);

/* Reads what number_format writes and other decimal forms, `+Inf`, `-Inf` and `NaN` in any case;
 * nothing else, no blanks, and no number that is too large. */
bool number_parse(const char *text, double *ret_value);

#endif
