/* SPDX-License-Identifier: Apache-2.0 */
/* Where a program is; only command.c and its test include it. */

#ifndef COLLECTORS_COMMAND_PATH_H
#define COLLECTORS_COMMAND_PATH_H

#include <stdbool.h>

#include "exporter/error.h"

/* An absolute path is taken as it is; a name is looked for in the directories of PATH in
 * `environment`. ERROR_NOT_FOUND or ERROR_PERMISSION, with where was looked, when it cannot be
 * executed. The path is from malloc. */
bool command_path_find(const char *program, const char *const *environment, char **ret_path,
                       struct error *error);

#endif
