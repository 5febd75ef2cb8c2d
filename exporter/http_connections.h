/* SPDX-License-Identifier: Apache-2.0 */
/* The open connections in the order of their latest request, so that clients that only hold a
 * connection cannot keep others out: when room or memory gets short, the one that has gone without
 * a request for the longest time is closed. Used by the HTTP thread only. */

#ifndef EXPORTER_HTTP_CONNECTIONS_H
#define EXPORTER_HTTP_CONNECTIONS_H

#include <stddef.h>
#include <sys/queue.h>

struct http_connection {
    TAILQ_ENTRY(http_connection) link;
    int descriptor;
};

struct http_connections {
    TAILQ_HEAD(, http_connection) list; /* The next to be closed first. */
    size_t count;
    size_t limit;
};

void http_connections_init(struct http_connections *connections, size_t limit);

/* Adds an accepted connection, closing another one if there are more than the limit now. */
struct http_connection *http_connections_add(struct http_connections *connections, int descriptor);

/* Closes the one that has gone without a request for the longest time; there must be one. */
void http_connections_close_oldest(struct http_connections *connections);

/* A request came in over this connection. */
void http_connections_touch(struct http_connections *connections,
                            struct http_connection *connection);

void http_connections_remove(struct http_connections *connections,
                             struct http_connection *connection);

#endif
