/* SPDX-License-Identifier: Apache-2.0 */
/* Files whose path matches a pattern, within a deadline and a number of names looked at. */

#ifndef COLLECTORS_FILE_GLOB_H
#define COLLECTORS_FILE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"
#include "exporter/stop.h"

/* Called for each match, in no order. False ends the search, with *error set. */
typedef bool file_glob_found(void *context, const char *path, struct error *error);

/* `pattern` is an absolute path whose parts may have the wildcards * ? [ ] of fnmatch(3); they do
 * not match a leading dot. What does not exist has no matches; but ERROR_NOT_FOUND if there is not
 * even the directory of the pattern's leading parts without wildcards, and ERROR_PERMISSION for a
 * directory that may not be listed: what is in it is not known. */
bool file_glob(const char *pattern, const struct deadline *deadline, file_glob_found *found,
               void *context, struct error *error);

#endif
