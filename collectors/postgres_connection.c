/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to one PostgreSQL server on which no call waits beyond its deadline.
 *
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PQCONNECTSTARTPARAMS and
 * https://www.postgresql.org/docs/current/libpq-async.html */

#include "collectors/postgres_connection.h"

#include <libpq-fe.h>
#include <poll.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "collectors/postgres_dsn.h"
#include "exporter/cleanup.h"
#include "exporter/secret.h"

struct postgres_connection {
    PGconn *connection;
    long received; /* Bytes since the query was sent; never too few. */
};

/* SQLSTATE classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html;
 * the first prefix that fits decides. */
static const struct {
    const char *prefix;
    enum error_kind kind;
} sqlstate_kinds[] = {
    {"28", ERROR_AUTH},          /* invalid authorization specification */
    {"3D000", ERROR_NOT_FOUND},  /* database does not exist */
    {"42501", ERROR_PERMISSION}, /* insufficient privilege */
    {"42883", ERROR_NOT_FOUND},  /* undefined function */
    {"57014", ERROR_TIMEOUT},    /* query cancelled: statement_timeout */
    {"57P", ERROR_CONNECT},      /* shutting down, starting up */
    {"53300", ERROR_CONNECT},    /* too many connections */
    {"08", ERROR_CONNECT},       /* connection exception */
};

static enum error_kind kind_of_sqlstate(const char *sqlstate, enum error_kind otherwise)
{
    for (size_t i = 0; i < sizeof sqlstate_kinds / sizeof sqlstate_kinds[0]; i++) {
        if (strncmp(sqlstate, sqlstate_kinds[i].prefix, strlen(sqlstate_kinds[i].prefix)) == 0) {
            return sqlstate_kinds[i].kind;
        }
    }
    return otherwise;
}

/* Verbose messages of the server have its SQLSTATE, `FATAL:  28P01: …`, which no language
 * changes. While connecting there is no other way to learn it. */
static const char *find_sqlstate(const char *message)
{
    for (const char *c = strstr(message, ":  "); c != NULL; c = strstr(c + 1, ":  ")) {
        size_t length = strspn(c + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

        if (length == 5 && c[8] == ':') {
            return c + 3;
        }
    }
    return NULL;
}

/* Messages of libpq itself, which are in English here: nothing calls setlocale. The first part
 * that is found decides. */
static const struct {
    const char *part;
    enum error_kind kind;
} message_kinds[] = {
    {"received invalid response", ERROR_PROTOCOL},
    {"but received", ERROR_PROTOCOL}, /* expected authentication request …, but received … */
    {"SSL", ERROR_TLS},
    {"certificate", ERROR_TLS},
    {"password", ERROR_AUTH}, /* no password supplied */
    {"authentication", ERROR_AUTH},
};

static enum error_kind kind_of_message(const char *message)
{
    for (size_t i = 0; i < sizeof message_kinds / sizeof message_kinds[0]; i++) {
        if (strstr(message, message_kinds[i].part) != NULL) {
            return message_kinds[i].kind;
        }
    }
    return ERROR_CONNECT;
}

static bool set_connect_error(const PGconn *connection, struct error *error)
{
    const char *message = PQerrorMessage(connection);
    const char *sqlstate = find_sqlstate(message);
    const char *location = strstr(message, "\nLOCATION:");
    size_t length = location == NULL ? strlen(message) : (size_t)(location - message);
    enum error_kind kind =
        sqlstate == NULL ? kind_of_message(message) : kind_of_sqlstate(sqlstate, ERROR_CONNECT);

    return error_set(error, kind, "%.*s", (int)length, message);
}

/* libpq resolves names with getaddrinfo, which has no deadline. One attempt of one second a name
 * server bounds it; the resolver's state belongs to this thread. */
static void bound_name_resolution(void)
{
    if (res_init() == 0) {
        _res.retrans = 1;
        _res.retry = 1;
    }
}

static bool drive_connect(PGconn *connection, const struct deadline *deadline, struct error *error)
{
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;

    while (status != PGRES_POLLING_OK) {
        short events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;

        if (status == PGRES_POLLING_FAILED || PQstatus(connection) == CONNECTION_BAD) {
            return set_connect_error(connection, error);
        }
        if (!deadline_wait(deadline, PQsocket(connection), events, error)) {
            return error_prefix(error, "connecting");
        }
        status = PQconnectPoll(connection);
    }
    return true;
}

/* One host of the list; the others are tried by the caller. libpq would go on to the next host only
 * when this one says no, and not when it says nothing. */
static bool connect_host(const struct postgres_dsn *dsn, size_t host, const char *password,
                         const struct deadline *deadline, PGconn **ret_connection,
                         struct error *error)
{
    CLEANUP(postgres_parameters_release) struct postgres_parameters parameters;
    PGconn *connection;

    postgres_parameters_init(&parameters, dsn, host, password);
    connection = PQconnectStartParams(parameters.keys, parameters.values, 0);
    if (connection == NULL) {
        abort();
    }
    /* For the SQLSTATE, see find_sqlstate. */
    (void)PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
    if (!drive_connect(connection, deadline, error)) {
        PQfinish(connection);
        return error->kind == ERROR_TIMEOUT
                   ? error_prefix(error, postgres_parameters_host(&parameters))
                   : false;
    }
    *ret_connection = connection;
    return true;
}

/* The first host of the list that will do. Each has its share of the time that is left. */
static bool connect_any(const char *dsn_text, const char *password, const struct deadline *deadline,
                        PGconn **ret_connection, struct error *error)
{
    CLEANUP(postgres_dsn_release) struct postgres_dsn dsn = {NULL, 0};
    bool connected = false;

    if (!postgres_dsn_parse(dsn_text, &dsn, error)) {
        return false;
    }
    bound_name_resolution();
    for (size_t i = 0; i < dsn.host_count && !connected; i++) {
        int64_t share_ms = deadline_remaining_ms(deadline) / (int64_t)(dsn.host_count - i);
        struct deadline share = deadline_within(deadline, share_ms);

        connected = connect_host(&dsn, i, password, &share, ret_connection, error);
    }
    return connected;
}

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static bool prepare_session(struct postgres_connection *connection, int64_t statement_timeout_ms,
                            const struct deadline *deadline, struct error *error)
{
    char query[256];
    char *answer;

    (void)snprintf(query, sizeof query,
                   "SET search_path = pg_catalog; SET default_transaction_read_only = on; "
                   "SET statement_timeout = %lld; SET lock_timeout = %lld; SELECT 'ready'",
                   (long long)statement_timeout_ms, (long long)statement_timeout_ms);
    if (!postgres_query_text(connection, query, deadline, &answer, error)) {
        return false;
    }
    free(answer);
    return true;
}

bool postgres_connect(const char *dsn, const char *password_file, int64_t statement_timeout_ms,
                      const struct deadline *deadline, struct postgres_connection **ret_connection,
                      struct error *error)
{
    CLEANUP(secret_free) char *password = NULL;
    struct postgres_connection *connection;

    if (password_file != NULL && !secret_read(password_file, &password, error)) {
        return false;
    }
    connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        abort();
    }
    if (!connect_any(dsn, password, deadline, &connection->connection, error)) {
        free(connection);
        return false;
    }
    (void)PQsetErrorVerbosity(connection->connection, PQERRORS_DEFAULT);
    (void)PQsetNoticeReceiver(connection->connection, ignore_notice, NULL);
    if (PQsetnonblocking(connection->connection, 1) != 0 ||
        !prepare_session(connection, statement_timeout_ms, deadline, error)) {
        postgres_disconnect(connection);
        return error->kind == ERROR_NONE ? error_set(error, ERROR_INTERNAL, "cannot unblock libpq")
                                         : false;
    }
    *ret_connection = connection;
    return true;
}

static bool set_connection_lost(const PGconn *connection, struct error *error)
{
    return error_set(error, ERROR_CONNECT, "connection lost: %s", PQerrorMessage(connection));
}

/* libpq keeps whatever a server sends, so what comes in is counted before it is read. */
static bool consume(struct postgres_connection *connection, struct error *error)
{
    int available = 0;

    if (ioctl(PQsocket(connection->connection), FIONREAD, &available) == 0) {
        connection->received += available;
    }
    if (connection->received > POSTGRES_RECEIVED_BYTES_MAX) {
        return error_set(error, ERROR_PROTOCOL, "the server sends more than %ld bytes",
                         POSTGRES_RECEIVED_BYTES_MAX);
    }
    if (PQconsumeInput(connection->connection) == 0) {
        return set_connection_lost(connection->connection, error);
    }
    return true;
}

static bool send_query(struct postgres_connection *connection, const char *query,
                       const struct deadline *deadline, struct error *error)
{
    int flushed;

    connection->received = 0;
    if (PQsendQuery(connection->connection, query) == 0) {
        return set_connection_lost(connection->connection, error);
    }
    while ((flushed = PQflush(connection->connection)) == 1) {
        if (!deadline_wait(deadline, PQsocket(connection->connection), POLLIN | POLLOUT, error)) {
            return error_prefix(error, "sending the query");
        }
        if (!consume(connection, error)) {
            return false;
        }
    }
    return flushed == 0 ? true : set_connection_lost(connection->connection, error);
}

/* The next result; NULL after the last one. */
static bool next_result(struct postgres_connection *connection, const struct deadline *deadline,
                        PGresult **ret_result, struct error *error)
{
    while (PQisBusy(connection->connection) != 0) {
        if (!deadline_wait(deadline, PQsocket(connection->connection), POLLIN, error)) {
            return error_prefix(error, "waiting for the answer");
        }
        if (!consume(connection, error)) {
            return false;
        }
    }
    *ret_result = PQgetResult(connection->connection);
    return true;
}

static bool set_query_error(const PGresult *result, struct error *error)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum error_kind kind = kind_of_sqlstate(sqlstate == NULL ? "" : sqlstate, ERROR_QUERY);

    if (message == NULL) {
        return error_set(error, ERROR_CONNECT, "%s", PQresultErrorMessage(result));
    }
    return error_set(error, kind, "%s (SQLSTATE %s)", message, sqlstate == NULL ? "?" : sqlstate);
}

static void clear_result(PGresult **result)
{
    PQclear(*result);
}

bool postgres_query_text(struct postgres_connection *connection, const char *query,
                         const struct deadline *deadline, char **ret_text, struct error *error)
{
    CLEANUP(clear_result) PGresult *last = NULL;
    PGresult *result = NULL;

    if (!send_query(connection, query, deadline, error)) {
        return false;
    }
    for (;;) {
        if (!next_result(connection, deadline, &result, error)) {
            return false;
        }
        if (result == NULL) {
            break;
        }
        PQclear(last);
        last = result;
        if (PQresultStatus(last) == PGRES_FATAL_ERROR) {
            return set_query_error(last, error);
        }
    }
    if (last == NULL || PQresultStatus(last) != PGRES_TUPLES_OK || PQntuples(last) != 1 ||
        PQnfields(last) != 1 || PQgetisnull(last, 0, 0) != 0) {
        return error_set(error, ERROR_PROTOCOL, "the answer is not one row with one column");
    }
    if (PQgetlength(last, 0, 0) > POSTGRES_ANSWER_BYTES_MAX) {
        return error_set(error, ERROR_PROTOCOL, "the answer is longer than %d bytes",
                         POSTGRES_ANSWER_BYTES_MAX);
    }
    *ret_text = strdup(PQgetvalue(last, 0, 0));
    if (*ret_text == NULL) {
        abort();
    }
    return true;
}

void postgres_disconnect(struct postgres_connection *connection)
{
    if (connection != NULL) {
        PQfinish(connection->connection);
        free(connection);
    }
}
