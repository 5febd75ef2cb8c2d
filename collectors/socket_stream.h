/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of bytes to a server, plain, through TLS or a Unix socket, on which no call waits
 * beyond its deadline. */

#ifndef COLLECTORS_SOCKET_STREAM_H
#define COLLECTORS_SOCKET_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"
#include "exporter/stop.h"

struct socket_stream;

struct socket_tls {
    bool enabled;
    const char *ca_file;     /* NULL: the authorities of the system. */
    const char *cert_file;   /* NULL: no client certificate. */
    const char *key_file;    /* NULL: the key is in cert_file. */
    const char *server_name; /* That the certificate must have; NULL: the host of the address. */
};

/* `host:port`, `[v6]:port` or the absolute path of a Unix socket. */
bool socket_address_check(const char *address, struct error *error);

/* The address must have passed the check. */
bool socket_open(const char *address, const struct socket_tls *tls, const struct deadline *deadline,
                 struct socket_stream **ret_stream, struct error *error);

/* Sends all of it. */
bool socket_send(struct socket_stream *stream, const char *bytes, size_t length,
                 const struct deadline *deadline, struct error *error);

/* Waits for at least one byte; the end of the stream is ERROR_CONNECT. */
bool socket_receive(struct socket_stream *stream, char *buffer, size_t size,
                    const struct deadline *deadline, size_t *ret_length, struct error *error);

/* The numeric address that the stream leads to; "" for a Unix socket. */
const char *socket_peer(const struct socket_stream *stream);

/* NULL is fine. Does not wait for the server. */
void socket_close(struct socket_stream *stream);

#endif
