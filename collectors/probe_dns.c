/* SPDX-License-Identifier: Apache-2.0 */
/* Asks every name server of a name what it says of it. */

#include "collectors/probe_dns.h"

#include <string.h>
#include <strings.h>

#include "collectors/dns_exchange.h"
#include "collectors/probe_resolver.h"

/* One probe under way. */
struct probing {
    const struct probe_settings *settings;
    const struct deadline *deadline;
    struct arena *arena;
    struct probe_result *result;
    enum dns_type type;
    bool is_given;      /* The servers are those of the plan, who need not be responsible. */
    const char *first;  /* The server that answered first for the present name, */
    const char *alias;  /* where it leads the name to, NULL: nowhere, */
    const char *values; /* and what it says. */
    bool has_ttl;       /* At least one server told a TTL, */
    bool lacks_ttl;     /* and at least one who is not responsible. */
};

/* A server is asked for each name of a chain; it is fine if it always is. */
static void remember_server(struct probing *probing, const struct probe_server *server, bool fine)
{
    struct probe_result *result = probing->result;
    const char *name = server->name;

    for (size_t i = 0; i < result->server_count; i++) {
        if (strcmp(result->servers[i].name, name) == 0) {
            result->servers[i].is_fine = result->servers[i].is_fine && fine;
            return;
        }
    }
    if (result->server_count < PROBE_SERVERS_MAX) {
        result->servers[result->server_count++] =
            (struct probe_server){.name = name, .is_fine = fine};
    }
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text == NULL ? otherwise : text;
}

/* Servers that do not agree send users to different places. With `dns_expect` any address of it
 * will do, because some servers give each user another few of many. */
static const char *compare(struct probing *probing, const char *server, const char *name,
                           const struct probe_record *record)
{
    const char *said = text_or(record->alias, record->values);
    const char *before = text_or(probing->alias, probing->values);

    if (probing->first == NULL) {
        probing->first = server;
        probing->alias = record->alias;
        probing->values = record->values;
        return NULL;
    }
    if (strcmp(said, before) == 0 || (record->alias == NULL && probing->alias == NULL &&
                                      probing->settings->dns_expect != NULL)) {
        return NULL;
    }
    return arena_printf(probing->arena, "%s says %.1000s for %s, but %s says %.1000s", server, said,
                        name, probing->first, before);
}

static void take_ttl(struct probing *probing, const struct probe_record *record)
{
    struct reading *ttl = &probing->result->dns_ttl_seconds;

    probing->has_ttl = true;
    probing->lacks_ttl = probing->lacks_ttl || !record->ttl_known;
    if (record->ttl_seconds > ttl->value) {
        ttl->value = record->ttl_seconds;
    }
}

/* Asks one server; false only when this side cannot. */
static bool ask_server(struct probing *probing, const struct probe_server *server, const char *name,
                       int64_t budget_ms, struct error *error)
{
    struct dns_question question = {name, probing->type, probing->is_given};
    struct deadline deadline = deadline_within(probing->deadline, budget_ms);
    struct dns_answer answer;
    const char *problem;

    if (server->address == NULL) {
        problem = arena_printf(probing->arena, "name server %s has no address", server->name);
    } else if (!dns_ask(server->address, (unsigned)probing->settings->dns_port, &question,
                        &deadline, probing->arena, &answer, error)) {
        if (error->kind == ERROR_INTERNAL) {
            return error_prefix(error, server->name);
        }
        problem = arena_printf(probing->arena, "name server %s: %s", server->name, error->message);
    } else {
        struct probe_record record =
            probe_record_read(probing->settings, probing->arena, server->name, name, probing->type,
                              !probing->is_given, &answer);

        problem = record.problem;
        if (problem == NULL) {
            problem = compare(probing, server->name, name, &record);
            take_ttl(probing, &record);
        }
    }
    if (problem != NULL) {
        probe_set_problem(probing->result, problem);
    }
    remember_server(probing, server, problem == NULL);
    return true;
}

static bool find_servers(struct probing *probing, const char *name,
                         struct probe_server servers[PROBE_SERVERS_MAX], size_t *ret_count,
                         struct error *error)
{
    const struct probe_settings *own = probing->settings;
    struct probe_resolver resolver;
    size_t count = 0;

    probe_resolver_init(&resolver, own->dns_resolver, (unsigned)own->dns_port, probing->deadline,
                        probing->arena);
    if (!probing->is_given) {
        return probe_resolver_find(&resolver, name, servers, ret_count, error);
    }
    for (size_t i = 0; own->dns_servers[i] != NULL; i++) {
        if (!probe_resolver_add(&resolver, own->dns_servers[i], servers, &count, error)) {
            return false;
        }
    }
    *ret_count = count;
    return true;
}

static bool ask_all(struct probing *probing, const char *name, struct error *error)
{
    struct probe_server servers[PROBE_SERVERS_MAX];
    size_t count;

    probing->first = probing->alias = probing->values = NULL;
    if (!find_servers(probing, name, servers, &count, error)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t budget_ms = deadline_remaining_ms(probing->deadline) / (int64_t)(count - i);

        if (!ask_server(probing, &servers[i], name, budget_ms, error)) {
            return false;
        }
    }
    return true;
}

static enum dns_type parse_type(const char *text)
{
    return strcasecmp(text, "A") == 0      ? DNS_A
           : strcasecmp(text, "AAAA") == 0 ? DNS_AAAA
                                           : DNS_CNAME;
}

bool probe_dns(const struct probe_settings *settings, const struct deadline *deadline,
               struct arena *arena, struct probe_result *result, struct error *error)
{
    struct probing probing = {
        .settings = settings,
        .deadline = deadline,
        .arena = arena,
        .result = result,
        .type = parse_type(settings->dns_type),
        .is_given = settings->dns_servers != NULL,
    };
    const char *name = settings->dns;

    for (int aliases = 0; name != NULL; aliases++) {
        if (aliases > PROBE_ALIASES_MAX) {
            probe_set_problem(result, arena_printf(arena, "%s leads on and on from alias to alias",
                                                   settings->dns));
            break;
        }
        if (!ask_all(&probing, name, error)) {
            return false;
        }
        name = probing.alias;
        /* Where the given servers do not know what the alias leads to, others are responsible. */
        probing.is_given = false;
    }
    result->dns_ttl_seconds.known = probing.has_ttl && !probing.lacks_ttl;
    return true;
}
