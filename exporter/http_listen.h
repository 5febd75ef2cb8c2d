/* SPDX-License-Identifier: Apache-2.0 */
/* The socket that the HTTP server listens on. */

#ifndef EXPORTER_HTTP_LISTEN_H
#define EXPORTER_HTTP_LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/error.h"

/* Listens on every address, IPv6 and IPv4, when `host` is empty; on any free port when `port` is
 * 0. *ret_port is the port in use. */
bool http_listen(const char *host, uint16_t port, int *ret_descriptor, uint16_t *ret_port,
                 struct error *error);

#endif
