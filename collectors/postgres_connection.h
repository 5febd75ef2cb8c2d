/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to one PostgreSQL server on which no call waits beyond its deadline. */

#ifndef COLLECTORS_POSTGRES_CONNECTION_H
#define COLLECTORS_POSTGRES_CONNECTION_H

#include <stdbool.h>

#include "exporter/error.h"
#include "exporter/stop.h"

struct postgres_connection;

/* Connects, read-only and with `statement_timeout_ms` in the server too, so that a query that is
 * given up here does not live on there. `password_file` may be NULL. */
bool postgres_connect(const char *dsn, const char *password_file, int64_t statement_timeout_ms,
                      const struct deadline *deadline, struct postgres_connection **ret_connection,
                      struct error *error);

/* Runs a query that gives one row with one column; the text is to be freed by the caller. */
bool postgres_query_text(struct postgres_connection *connection, const char *query,
                         const struct deadline *deadline, char **ret_text, struct error *error);

/* NULL is fine. Does not wait for the server. */
void postgres_disconnect(struct postgres_connection *connection);

#endif
