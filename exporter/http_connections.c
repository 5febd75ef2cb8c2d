/* SPDX-License-Identifier: Apache-2.0 */
/* The open connections in the order of their latest request. */

#include "exporter/http_connections.h"

#include <stdlib.h>
#include <sys/socket.h>

void http_connections_init(struct http_connections *connections, size_t limit)
{
    TAILQ_INIT(&connections->list);
    connections->count = 0;
    connections->limit = limit;
}

struct http_connection *http_connections_add(struct http_connections *connections, int descriptor)
{
    struct http_connection *connection = calloc(1, sizeof *connection);

    if (connection == NULL) {
        abort();
    }
    connection->descriptor = descriptor;
    TAILQ_INSERT_TAIL(&connections->list, connection, link);
    connections->count++;
    if (connections->count > connections->limit) {
        http_connections_close_oldest(connections);
    }
    return connection;
}

void http_connections_close_oldest(struct http_connections *connections)
{
    struct http_connection *oldest = TAILQ_FIRST(&connections->list);

    /* libmicrohttpd notices and closes it; until then it must not be chosen again. */
    (void)shutdown(oldest->descriptor, SHUT_RDWR);
    http_connections_touch(connections, oldest);
}

void http_connections_touch(struct http_connections *connections,
                            struct http_connection *connection)
{
    TAILQ_REMOVE(&connections->list, connection, link);
    TAILQ_INSERT_TAIL(&connections->list, connection, link);
}

void http_connections_remove(struct http_connections *connections,
                             struct http_connection *connection)
{
    TAILQ_REMOVE(&connections->list, connection, link);
    connections->count--;
    free(connection);
}
