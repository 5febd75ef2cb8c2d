/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to one Redis or Valkey server on which no call waits beyond its deadline. */

#ifndef COLLECTORS_REDIS_CONNECTION_H
#define COLLECTORS_REDIS_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#include <hiredis/hiredis.h>

#include "collectors/socket_stream.h"
#include "exporter/error.h"
#include "exporter/stop.h"

struct redis_connection;

struct redis_account {
    const char *user;          /* NULL: the default user. */
    const char *password_file; /* NULL: no authentication. */
};

/* Connects, authenticates and tells its name. */
bool redis_connect(const char *address, const struct socket_tls *tls,
                   const struct redis_account *account, const struct deadline *deadline,
                   struct redis_connection **ret_connection, struct error *error);

/* Sends a command of `count` words and waits for the answer, which is never an error reply: those
 * become *error. To be given to redis_clear_reply. */
bool redis_ask(struct redis_connection *connection, size_t count, const char *const *words,
               const struct deadline *deadline, redisReply **ret_reply, struct error *error);

/* The same for a command that answers one text. */
bool redis_ask_text(struct redis_connection *connection, size_t count, const char *const *words,
                    const struct deadline *deadline, redisReply **ret_reply, struct error *error);

/* `CLEANUP(redis_clear_reply) redisReply *reply = NULL;` */
void redis_clear_reply(redisReply **reply);

/* The numeric address of the server; "" for a Unix socket. */
const char *redis_peer(const struct redis_connection *connection);

/* NULL is fine. Does not wait for the server. */
void redis_disconnect(struct redis_connection *connection);

/* What an error reply, `WRONGPASS …`, means. Sets *error and returns false. */
bool redis_set_reply_error(const char *reply, struct error *error);

#endif
