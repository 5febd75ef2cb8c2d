/* SPDX-License-Identifier: Apache-2.0 */
/* Which name servers are responsible for a name, as the resolver of this side tells. */

#ifndef COLLECTORS_PROBE_RESOLVER_H
#define COLLECTORS_PROBE_RESOLVER_H

#include "collectors/probe_settings.h"
#include "exporter/arena.h"
#include "exporter/stop.h"

/* Name servers of the system; resolv.conf(5) reads as many. */
#define PROBE_RESOLVERS_MAX 3

struct probe_resolver {
    const struct deadline *deadline;
    struct arena *arena;
    unsigned port;
    const char *addresses[PROBE_RESOLVERS_MAX];
    size_t count;
};

/* `address` is the one to ask; NULL: those of /etc/resolv.conf. */
void probe_resolver_init(struct probe_resolver *resolver, const char *address, unsigned port,
                         const struct deadline *deadline, struct arena *arena);

/* The servers of the nearest zone, each with every IPv4 address that it has, else every IPv6 one;
 * `address` is NULL for one that has none. False when the resolver does not tell. At most
 * PROBE_SERVERS_MAX. */
bool probe_resolver_find(struct probe_resolver *resolver, const char *name,
                         struct probe_server servers[PROBE_SERVERS_MAX], size_t *ret_count,
                         struct error *error);

/* Appends the server with its addresses; it MAY be numeric already. */
bool probe_resolver_add(struct probe_resolver *resolver, const char *server,
                        struct probe_server servers[PROBE_SERVERS_MAX], size_t *count,
                        struct error *error);

#endif
