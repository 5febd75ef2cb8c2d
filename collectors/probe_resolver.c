/* SPDX-License-Identifier: Apache-2.0 */
/* Which name servers are responsible for a name, as the resolver of this side tells. */

#include "collectors/probe_resolver.h"

#include <arpa/inet.h>
#include <string.h>

#include "collectors/dns_exchange.h"
#include "exporter/cleanup.h"

static bool is_numeric(const char *text)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

/* The lines `nameserver ADDRESS` of resolv.conf(5); without any it is the host itself. */
static void read_system(struct probe_resolver *resolver)
{
    CLEANUP(close_file) FILE *file = fopen("/etc/resolv.conf", "re");
    char line[512];

    while (file != NULL && resolver->count < PROBE_RESOLVERS_MAX &&
           fgets(line, sizeof line, file) != NULL) {
        char *state = NULL;
        const char *word = strtok_r(line, " \t\n", &state);
        const char *address = strtok_r(NULL, " \t\n", &state);

        if (word != NULL && address != NULL && strcmp(word, "nameserver") == 0 &&
            is_numeric(address)) {
            resolver->addresses[resolver->count++] = arena_strdup(resolver->arena, address);
        }
    }
    if (resolver->count == 0) {
        resolver->addresses[resolver->count++] = "127.0.0.1";
    }
}

void probe_resolver_init(struct probe_resolver *resolver, const char *address, unsigned port,
                         const struct deadline *deadline, struct arena *arena)
{
    *resolver = (struct probe_resolver){.deadline = deadline, .arena = arena, .port = port};
    if (address != NULL) {
        resolver->addresses[resolver->count++] = address;
    } else {
        read_system(resolver);
    }
}

/* One that does not answer must leave time for the next one, and for the servers themselves. */
static bool ask(const struct probe_resolver *resolver, const char *name, enum dns_type type,
                struct dns_answer *ret_answer, struct error *error)
{
    struct dns_question question = {name, type, true};

    for (size_t i = 0; i < resolver->count; i++) {
        int64_t budget_ms =
            deadline_remaining_ms(resolver->deadline) / (2 * (int64_t)(resolver->count - i));
        struct deadline deadline = deadline_within(resolver->deadline, budget_ms);

        if (!dns_ask(resolver->addresses[i], resolver->port, &question, &deadline, resolver->arena,
                     ret_answer, error)) {
            (void)error_prefix(error, resolver->addresses[i]);
            continue;
        }
        if (ret_answer->code == DNS_NO_ERROR || ret_answer->code == DNS_NAME_UNKNOWN) {
            return true;
        }
        (void)error_set(error, ERROR_QUERY, "%s answers %s", resolver->addresses[i],
                        dns_code_name(resolver->arena, ret_answer->code));
    }
    return error_prefix(error, "asking the resolver");
}

static bool push(struct probe_server servers[PROBE_SERVERS_MAX], size_t *count, const char *name,
                 const char *address, struct error *error)
{
    if (*count == PROBE_SERVERS_MAX) {
        return error_set(error, ERROR_PROTOCOL, "there are more than %d name servers to ask",
                         PROBE_SERVERS_MAX);
    }
    servers[(*count)++] = (struct probe_server){.name = name, .address = address};
    return true;
}

bool probe_resolver_add(struct probe_resolver *resolver, const char *server,
                        struct probe_server servers[PROBE_SERVERS_MAX], size_t *count,
                        struct error *error)
{
    static const enum dns_type types[] = {DNS_A, DNS_AAAA};
    size_t before = *count;

    if (is_numeric(server)) {
        return push(servers, count, server, server, error);
    }
    for (size_t i = 0; i < 2 && *count == before; i++) {
        struct dns_answer answer;

        if (!ask(resolver, server, types[i], &answer, error)) {
            return false;
        }
        for (size_t j = 0; j < answer.record_count; j++) {
            if (answer.records[j].type == (unsigned)types[i] &&
                !push(servers, count, server, answer.records[j].address, error)) {
                return false;
            }
        }
    }
    return *count > before ? true : push(servers, count, server, NULL, error);
}

bool probe_resolver_find(struct probe_resolver *resolver, const char *name,
                         struct probe_server servers[PROBE_SERVERS_MAX], size_t *ret_count,
                         struct error *error)
{
    size_t count = 0;

    for (const char *zone = name; *zone != '\0' && count == 0;) {
        size_t label = strcspn(zone, ".");
        struct dns_answer answer;

        if (!ask(resolver, zone, DNS_NS, &answer, error)) {
            return false;
        }
        for (size_t i = 0; i < answer.record_count; i++) {
            const struct dns_record *record = &answer.records[i];

            if (record->type == DNS_NS && dns_name_is(record->owner, zone) &&
                !probe_resolver_add(resolver, record->target, servers, &count, error)) {
                return false;
            }
        }
        zone += label;
        zone += *zone == '.';
    }
    *ret_count = count;
    return count > 0
               ? true
               : error_set(error, ERROR_NOT_FOUND,
                           "the resolver knows of no name server that is responsible for %s", name);
}
