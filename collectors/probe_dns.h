/* SPDX-License-Identifier: Apache-2.0 */
/* Asks every name server of a name what it says of it.
 *
 * Which servers are responsible is learnt as a resolver would: the nearest name above (or equal)
 * that has NS records, and the addresses of those servers, by asking `dns_resolver`. Each server is
 * then asked itself, and only what it says of the very name that it was asked for counts: what an
 * alias (CNAME) leads to is asked at the servers of that name. So every TTL is the one that the
 * zone gives, not what is left of it in somebody's cache. Servers that the plan names
 * (`dns_servers`) MAY be resolvers: they are believed, but not what they say of TTLs.
 *
 * A server that does not answer, refuses, fails, is not responsible or contradicts another is a
 * problem of the endpoint, also if others answer well: resolvers ask any of them. */

#ifndef COLLECTORS_PROBE_DNS_H
#define COLLECTORS_PROBE_DNS_H

#include "collectors/dns_message.h"
#include "collectors/probe_settings.h"
#include "exporter/stop.h"

/* False only when this side cannot ask, or cannot find out whom; what is wrong with the record or
 * its servers is in *result. */
bool probe_dns(const struct probe_settings *settings, const struct deadline *deadline,
               struct arena *arena, struct probe_result *result, struct error *error);

/* What one answer says of a name. */
struct probe_record {
    const char *problem; /* NULL: none. */
    const char *alias;   /* Where the name leads; NULL: nowhere else. */
    const char *values;  /* The addresses in order, for comparison and for people. */
    bool ttl_known;      /* Only what a responsible server says is the TTL of the record. */
    double ttl_seconds;  /* The longest. */
};

/* Judges an answer of `server` to a question for `name` and `type`. One who must be responsible
 * tells only of that name; others are also believed where its aliases lead. */
struct probe_record probe_record_read(const struct probe_settings *settings, struct arena *arena,
                                      const char *server, const char *name, enum dns_type type,
                                      bool must_be_responsible, const struct dns_answer *answer);

#endif
