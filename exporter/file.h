/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a whole file whose size somebody else decides. */

#ifndef EXPORTER_FILE_H
#define EXPORTER_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"

/* Reads at most `bytes_max`; more is an error. The text is terminated and to be freed by the
 * caller. Messages name neither path nor content. */
bool file_read(const char *path, size_t bytes_max, char **ret_text, size_t *ret_length,
               struct error *error);

#endif
