/* SPDX-License-Identifier: Apache-2.0 */
/* The command `drill check`: will these .prom files be read, and is anything missing? */

#ifndef EXPORTER_DRILL_CHECK_H
#define EXPORTER_DRILL_CHECK_H

#include "exporter/config.h"
#include "exporter/drill_file.h"

/* The exit status. With the path of a configuration the services must stand in it; NULL: any. */
int drill_check(const char *const *files, size_t count, const char *config_file);

/* Adds to the problems of a file that has none what is missing to a complete record of its drills;
 * it is read all the same. `config` MAY be NULL. */
void drill_check_file(struct drill_file *file, const struct config *config);

#endif
