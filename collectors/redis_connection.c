/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to one Redis or Valkey server on which no call waits beyond its deadline. */

#include "collectors/redis_connection.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/redis_reader.h"
#include "exporter/cleanup.h"
#include "exporter/secret.h"

struct redis_connection {
    struct socket_stream *stream;
    struct redis_reader *reader;
};

/* Error replies begin with a code, or with ERR and a text; the first that fits decides. */
static const struct {
    const char *prefix;
    enum error_kind kind;
} reply_kinds[] = {
    {"WRONGPASS", ERROR_AUTH},
    {"NOAUTH", ERROR_AUTH},
    {"ERR AUTH", ERROR_AUTH},             /* a password, though none is configured */
    {"ERR Client sent AUTH", ERROR_AUTH}, /* the same before Redis 6 */
    {"ERR invalid password", ERROR_AUTH},
    {"ERR wrong number of arguments for 'auth'", ERROR_AUTH}, /* users came with Redis 6 */
    {"NOPERM", ERROR_PERMISSION},
    {"DENIED", ERROR_PERMISSION}, /* protected mode */
    {"LOADING", ERROR_INCONSISTENT},
    {"MASTERDOWN", ERROR_INCONSISTENT},
    {"CLUSTERDOWN", ERROR_INCONSISTENT},
    {"ERR max number of clients", ERROR_CONNECT},
    {"ERR unknown command", ERROR_NOT_FOUND},
    {"ERR Unknown subcommand", ERROR_NOT_FOUND},
    {"ERR unknown subcommand", ERROR_NOT_FOUND},
    {"ERR No such master", ERROR_NOT_FOUND},
    {"ERR This instance has cluster support disabled", ERROR_NOT_FOUND},
};

bool redis_set_reply_error(const char *reply, struct error *error)
{
    for (size_t i = 0; i < sizeof reply_kinds / sizeof reply_kinds[0]; i++) {
        if (strncmp(reply, reply_kinds[i].prefix, strlen(reply_kinds[i].prefix)) == 0) {
            return error_set(error, reply_kinds[i].kind, "%s", reply);
        }
    }
    return error_set(error, ERROR_QUERY, "%s", reply);
}

void redis_clear_reply(redisReply **reply)
{
    if (*reply != NULL) {
        freeReplyObject(*reply);
        *reply = NULL;
    }
}

static bool send_command(struct redis_connection *connection, size_t count,
                         const char *const *words, const struct deadline *deadline,
                         struct error *error)
{
    const char *arguments[8] = {NULL};
    char *command = NULL;
    long long length;
    bool sent;

    if (count > sizeof arguments / sizeof arguments[0]) {
        abort();
    }
    memcpy(arguments, words, count * sizeof *words);
    length = redisFormatCommandArgv(&command, (int)count, arguments, NULL);
    if (length < 0) {
        abort();
    }
    sent = socket_send(connection->stream, command, (size_t)length, deadline, error);
    explicit_bzero(command, (size_t)length);
    redisFreeCommand(command);
    return sent;
}

bool redis_ask(struct redis_connection *connection, size_t count, const char *const *words,
               const struct deadline *deadline, redisReply **ret_reply, struct error *error)
{
    CLEANUP(redis_clear_reply) redisReply *reply = NULL;

    if (!send_command(connection, count, words, deadline, error)) {
        return error_prefix(error, words[0]);
    }
    while (reply == NULL) {
        char buffer[16 * 1024];
        size_t length;

        if (!socket_receive(connection->stream, buffer, sizeof buffer, deadline, &length, error) ||
            !redis_reader_feed(connection->reader, buffer, length, &reply, error)) {
            return error_prefix(error, words[0]);
        }
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        (void)redis_set_reply_error(reply->str, error);
        return error_prefix(error, words[0]);
    }
    *ret_reply = reply;
    reply = NULL;
    return true;
}

bool redis_ask_text(struct redis_connection *connection, size_t count, const char *const *words,
                    const struct deadline *deadline, redisReply **ret_reply, struct error *error)
{
    CLEANUP(redis_clear_reply) redisReply *reply = NULL;

    if (!redis_ask(connection, count, words, deadline, &reply, error)) {
        return false;
    }
    if (reply->type != REDIS_REPLY_STRING && reply->type != REDIS_REPLY_STATUS) {
        return error_set(error, ERROR_PROTOCOL, "%s: the answer is no text", words[0]);
    }
    *ret_reply = reply;
    reply = NULL;
    return true;
}

/* A server that does not know AUTH may quote its arguments, so nothing of its text goes on. */
static bool hide_text(struct error *error)
{
    enum error_kind kind = error->kind;

    switch (kind) {
    case ERROR_AUTH:
        return error_set(error, kind, "AUTH: wrong user or password, or the user is disabled");
    case ERROR_CONNECT:
        return error_set(error, kind, "AUTH: the server ended the connection, or is full");
    case ERROR_TIMEOUT:
    case ERROR_TLS:
        return false; /* These are our own words. */
    default:
        return error_set(error, kind, "AUTH: the server refused it; its answer is not shown");
    }
}

static bool authenticate(struct redis_connection *connection, const struct redis_account *account,
                         const struct deadline *deadline, struct error *error)
{
    CLEANUP(secret_free) char *password = NULL;
    CLEANUP(redis_clear_reply) redisReply *reply = NULL;
    bool accepted;

    if (account->password_file == NULL) {
        return true;
    }
    if (!secret_read(account->password_file, &password, error)) {
        return false;
    }
    if (account->user == NULL) {
        accepted = redis_ask(connection, 2, (const char *const[]){"AUTH", password}, deadline,
                             &reply, error);
    } else {
        accepted = redis_ask(connection, 3, (const char *const[]){"AUTH", account->user, password},
                             deadline, &reply, error);
    }
    return accepted || hide_text(error);
}

/* The name helps who looks at CLIENT LIST; without permission it goes without. */
static bool tell_name(struct redis_connection *connection, const struct deadline *deadline,
                      struct error *error)
{
    CLEANUP(redis_clear_reply) redisReply *reply = NULL;
    struct error refusal;

    if (redis_ask(connection, 3, (const char *const[]){"CLIENT", "SETNAME", "dr_exporter"},
                  deadline, &reply, &refusal) ||
        refusal.kind == ERROR_PERMISSION || refusal.kind == ERROR_NOT_FOUND ||
        refusal.kind == ERROR_QUERY) {
        return true;
    }
    *error = refusal;
    return false;
}

bool redis_connect(const char *address, const struct socket_tls *tls,
                   const struct redis_account *account, const struct deadline *deadline,
                   struct redis_connection **ret_connection, struct error *error)
{
    struct redis_connection *connection = calloc(1, sizeof *connection);

    if (connection == NULL) {
        abort();
    }
    connection->reader = redis_reader_new();
    if (!socket_open(address, tls, deadline, &connection->stream, error) ||
        !authenticate(connection, account, deadline, error) ||
        !tell_name(connection, deadline, error)) {
        redis_disconnect(connection);
        return false;
    }
    *ret_connection = connection;
    return true;
}

const char *redis_peer(const struct redis_connection *connection)
{
    return socket_peer(connection->stream);
}

void redis_disconnect(struct redis_connection *connection)
{
    if (connection != NULL) {
        socket_close(connection->stream);
        redis_reader_free(connection->reader);
        free(connection);
    }
}
