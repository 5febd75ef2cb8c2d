/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the Prometheus HTTP API. */

#ifndef COLLECTORS_PROMQL_CLIENT_H
#define COLLECTORS_PROMQL_CLIENT_H

#include "collectors/promql_answer.h"
#include "collectors/promql_settings.h"
#include "exporter/stop.h"

/* A session with one server, of one thread. */
struct promql_client;

/* Reads the client certificate; NULL with *error set on failure. The settings outlive it. */
struct promql_client *promql_client_new(const struct promql_settings *settings,
                                        struct error *error);
void promql_client_free(struct promql_client *client);

/* Evaluates `expression` at the instant `at` of the server's clock; 0: when it is asked. */
bool promql_ask(struct promql_client *client, const char *expression, double at,
                const struct deadline *deadline, struct promql_number *ret_number,
                struct error *error);

#endif
