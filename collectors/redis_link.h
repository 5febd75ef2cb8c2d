/* SPDX-License-Identifier: Apache-2.0 */
/* A server of a session: connected when it is first asked. */

#ifndef COLLECTORS_REDIS_LINK_H
#define COLLECTORS_REDIS_LINK_H

#include "collectors/redis_connection.h"
#include "collectors/redis_nodes.h"
#include "collectors/redis_pair.h"
#include "collectors/redis_settings.h"
#include "exporter/cleanup.h"

struct redis_link {
    char *address; /* Owned. */
    struct redis_account account;
    struct socket_tls tls;
    struct redis_connection *connection; /* NULL until it is asked. */
};

/* Where it leads to is said by redis_link_turn. */
void redis_link_init(struct redis_link *link, const struct redis_settings *settings,
                     const char *user, const char *password_file);

/* Sends a command and waits for the answer, as redis_ask; connects first when need be, and drops
 * the connection when anything fails. */
bool redis_link_ask(struct redis_link *link, size_t count, const char *const *words,
                    const struct deadline *deadline, redisReply **ret_reply, struct error *error);

/* Asks for INFO; *end says whether it was reached. `name` stands before the error. */
bool redis_link_ask_info(struct redis_link *link, const char *name, struct arena *arena,
                         const struct deadline *deadline, struct redis_end *end,
                         struct error *error);

/* Asks for the map of a Redis Cluster that works, as far as the server knows. */
bool redis_link_ask_map(struct redis_link *link, struct arena *arena,
                        const struct deadline *deadline, struct redis_nodes *ret_nodes,
                        struct error *error);

/* Leads elsewhere from now on. */
void redis_link_turn(struct redis_link *link, const char *address);

void redis_link_release(struct redis_link *link);

/* `host:port`, with an IPv6 address in brackets. */
const char *redis_address_join(struct arena *arena, const char *host, const char *port);

/* Calls `take` with each address of a text in which blanks or commas separate them, until that
 * returns false. */
bool redis_addresses_each(const char *text, bool (*take)(void *context, const char *address),
                          void *context);

#endif
