/* SPDX-License-Identifier: Apache-2.0 */
/* One GET to the exporter that a command asks; only client_*.c include it. */

#ifndef EXPORTER_CLIENT_GET_H
#define EXPORTER_CLIENT_GET_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/client.h"
#include "exporter/error.h"

/* A parameter of the query; one without a value is left out. */
struct client_parameter {
    const char *name;
    const char *value;
};

/* True for a complete answer, whatever its status; *ret_body is terminated, from malloc. Follows no
 * redirection and uses no proxy: the answer has to come from whom the command names. */
bool client_get(const struct client_options *options, const char *path,
                const struct client_parameter *parameters, size_t count, const char *accept,
                long *ret_status, char **ret_body, struct error *error);

#endif
