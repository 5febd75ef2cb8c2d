/* SPDX-License-Identifier: Apache-2.0 */
/* Asks an endpoint over HTTP or TCP. */

#ifndef COLLECTORS_PROBE_HTTP_H
#define COLLECTORS_PROBE_HTTP_H

#include "collectors/probe_settings.h"
#include "exporter/arena.h"
#include "exporter/stop.h"

/* GET of the URL, over a connection of its own each time, past all proxies, following nothing.
 * False only when this side cannot ask; what is wrong with the endpoint is in *result. */
bool probe_http(const struct probe_settings *settings, const struct deadline *deadline,
                struct arena *arena, struct probe_result *result, struct error *error);

/* Connects, and closes the connection. Results are the same. */
bool probe_tcp(const struct probe_settings *settings, const struct deadline *deadline,
               struct arena *arena, struct probe_result *result, struct error *error);

#endif
