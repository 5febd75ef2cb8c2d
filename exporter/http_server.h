/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server: metrics, status page, health and reload. One thread; no request chooses what
 * the exporter connects to. */

#ifndef EXPORTER_HTTP_SERVER_H
#define EXPORTER_HTTP_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/board.h"
#include "exporter/error.h"
#include "exporter/self_metrics.h"
#include "exporter/web_config.h"

/* Everything that is pointed to has to outlive the server. */
struct http_options {
    const char *host; /* "" for every address, IPv6 and IPv4. */
    uint16_t port;    /* 0: any free port. */
    const char *telemetry_path;
    bool enable_lifecycle;
    const struct web_config *web; /* NULL: neither TLS nor passwords. */
    struct board *board;
    const struct exporter_status *status;
    /* Loads the configuration anew and waits for the result. Called on the HTTP thread. On failure
     * *ret_report says why, to be freed by the server. */
    bool (*reload)(void *reload_context, char **ret_report);
    void *reload_context;
};

struct http_server;

/* NULL with *error set on failure. /-/ready answers 503 until http_server_set_ready. */
struct http_server *http_server_start(const struct http_options *options, struct error *error);
void http_server_set_ready(struct http_server *server, bool ready);
uint16_t http_server_port(const struct http_server *server);

/* Closes every connection. NULL is allowed. */
void http_server_stop(struct http_server *server);

#endif
