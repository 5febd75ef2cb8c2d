/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords and tokens, read from the file of a `*_file` setting when a session opens. */

#ifndef EXPORTER_SECRET_H
#define EXPORTER_SECRET_H

#include <stdbool.h>

#include "exporter/error.h"

/* Reads the secret without the line end that editors add. Messages name the path, never the
 * content. To be given to secret_free. */
bool secret_read(const char *path, char **ret_secret, struct error *error);

/* Overwrites and frees: `CLEANUP(secret_free) char *password = NULL;` */
void secret_free(char **secret);

#endif
