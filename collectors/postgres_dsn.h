/* SPDX-License-Identifier: Apache-2.0 */
/* Connection strings of libpq, taken apart.
 *
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING */

#ifndef COLLECTORS_POSTGRES_DSN_H
#define COLLECTORS_POSTGRES_DSN_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"

struct postgres_dsn {
    PQconninfoOption *options;
    size_t host_count; /* Of a list such as host=a,b: at least 1. */
};

/* Messages never contain the string, which may hold a password. */
bool postgres_dsn_parse(const char *text, struct postgres_dsn *ret_dsn, struct error *error);
void postgres_dsn_release(struct postgres_dsn *dsn);

/* What libpq gets for one host of the list: our own parameters and those of the string, which
 * cannot override ours. Valid as long as the string; ends with NULL. */
struct postgres_parameters {
    const char *keys[64];
    const char *values[64];
    size_t count;
    char *owned[3]; /* The host's part of host, hostaddr and port. */
};

void postgres_parameters_init(struct postgres_parameters *parameters,
                              const struct postgres_dsn *dsn, size_t host, const char *password);
void postgres_parameters_release(struct postgres_parameters *parameters);

/* The host for messages. */
const char *postgres_parameters_host(const struct postgres_parameters *parameters);

#endif
