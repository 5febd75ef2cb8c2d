/* SPDX-License-Identifier: Apache-2.0 */
/* A server of a session: connected when it is first asked. */

#include "collectors/redis_link.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/clock.h"

void redis_link_init(struct redis_link *link, const struct redis_settings *settings,
                     const char *user, const char *password_file)
{
    *link = (struct redis_link){
        .account = {.user = user, .password_file = password_file},
        .tls = {.enabled = settings->tls,
                .ca_file = settings->ca_file,
                .cert_file = settings->cert_file,
                .key_file = settings->key_file,
                .server_name = settings->server_name},
    };
}

/* After a failure a late answer could be taken for that to the next question. */
static bool drop(struct redis_link *link)
{
    redis_disconnect(link->connection);
    link->connection = NULL;
    return false;
}

static bool connect_link(struct redis_link *link, const struct deadline *deadline,
                         struct error *error)
{
    return link->connection != NULL || redis_connect(link->address, &link->tls, &link->account,
                                                     deadline, &link->connection, error);
}

bool redis_link_ask(struct redis_link *link, size_t count, const char *const *words,
                    const struct deadline *deadline, redisReply **ret_reply, struct error *error)
{
    return (connect_link(link, deadline, error) &&
            redis_ask(link->connection, count, words, deadline, ret_reply, error)) ||
           drop(link);
}

static bool ask_info(struct redis_link *link, struct arena *arena, const struct deadline *deadline,
                     struct redis_end *end, struct error *error)
{
    CLEANUP(redis_clear_reply) redisReply *reply = NULL;

    if (!connect_link(link, deadline, error)) {
        return false;
    }
    end->peer = arena_strdup(arena, redis_peer(link->connection));
    end->asked_at = clock_unix_seconds();
    if (!redis_ask_text(link->connection, 1, (const char *const[]){"INFO"}, deadline, &reply,
                        error)) {
        return false;
    }
    return redis_facts_read(arena, reply->str, &end->facts, error);
}

bool redis_link_ask_info(struct redis_link *link, const char *name, struct arena *arena,
                         const struct deadline *deadline, struct redis_end *end,
                         struct error *error)
{
    *end = (struct redis_end){.peer = ""};
    end->reached = ask_info(link, arena, deadline, end, error);
    return end->reached || drop(link) || error_prefix(error, name);
}

static bool ask_cluster(struct redis_link *link, const char *about, const struct deadline *deadline,
                        redisReply **ret_reply, struct error *error)
{
    CLEANUP(redis_clear_reply) redisReply *reply = NULL;

    if (!redis_link_ask(link, 2, (const char *const[]){"CLUSTER", about}, deadline, &reply,
                        error)) {
        return false;
    }
    if (reply->type != REDIS_REPLY_STRING) {
        return error_set(error, ERROR_PROTOCOL, "CLUSTER %s: the answer is no text", about);
    }
    *ret_reply = reply;
    reply = NULL;
    return true;
}

bool redis_link_ask_map(struct redis_link *link, struct arena *arena,
                        const struct deadline *deadline, struct redis_nodes *ret_nodes,
                        struct error *error)
{
    CLEANUP(redis_clear_reply) redisReply *state = NULL;
    CLEANUP(redis_clear_reply) redisReply *nodes = NULL;

    return ask_cluster(link, "INFO", deadline, &state, error) &&
           redis_nodes_check_state(state->str, error) &&
           ask_cluster(link, "NODES", deadline, &nodes, error) &&
           redis_nodes_read(arena, nodes->str, ret_nodes, error);
}

void redis_link_turn(struct redis_link *link, const char *address)
{
    redis_disconnect(link->connection);
    link->connection = NULL;
    free(link->address);
    link->address = strdup(address);
    if (link->address == NULL) {
        abort();
    }
}

void redis_link_release(struct redis_link *link)
{
    redis_disconnect(link->connection);
    free(link->address);
    *link = (struct redis_link){0};
}

const char *redis_address_join(struct arena *arena, const char *host, const char *port)
{
    return strchr(host, ':') == NULL ? arena_printf(arena, "%s:%s", host, port)
                                     : arena_printf(arena, "[%s]:%s", host, port);
}

bool redis_addresses_each(const char *text, bool (*take)(void *context, const char *address),
                          void *context)
{
    static const char separators[] = ", \t\n";

    for (text += strspn(text, separators); *text != '\0'; text += strspn(text, separators)) {
        size_t length = strcspn(text, separators);
        CLEANUP(free_text) char *address = strndup(text, length);

        if (address == NULL) {
            abort();
        }
        if (!take(context, address)) {
            return false;
        }
        text += length;
    }
    return true;
}
