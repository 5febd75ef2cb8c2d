/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server: routes and life cycle. */

#include "exporter/http_server.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/exposition.h"
#include "exporter/http_answers.h"
#include "exporter/http_auth.h"
#include "exporter/http_connections.h"
#include "exporter/http_listen.h"
#include "exporter/http_negotiation.h"
#include "exporter/http_reply.h"
#include "exporter/http_tls.h"

/* libmicrohttpd takes in up to ten connections before it closes those that were shut down. */
#define CONNECTIONS_SLACK 16
/* With more waiting to be taken, those who are slow give way before anybody is refused. */
#define PENDING_BYTES_HIGH ((size_t)HTTP_PENDING_BYTES_MAX / 4 * 3)

struct http_server {
    struct http_options options;
    struct MHD_Daemon *daemon;
    struct http_auth *auth; /* NULL: everybody may. */
    char *trust;            /* The clients' authority; NULL: none. */
    struct http_connections connections;
    struct http_pending pending;
    uint16_t port;
    _Atomic bool ready;
};

static void answer_metrics(struct http_server *server, struct MHD_Connection *connection,
                           struct http_reply *reply)
{
    enum exposition_format format = http_negotiate_format(
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));

    *reply =
        (struct http_reply){.status = MHD_HTTP_OK, .content_type = exposition_content_type(format)};
    exposition_render(server->options.board, format, server->options.status, &reply->body,
                      &reply->length);
}

static void answer_board(struct http_server *server, struct MHD_Connection *connection,
                         struct http_reply *reply)
{
    http_answer_page(&server->options, STATUS_PAGE_BOARD, connection, reply);
}

static void answer_service(struct http_server *server, struct MHD_Connection *connection,
                           struct http_reply *reply)
{
    http_answer_page(&server->options, STATUS_PAGE_SERVICE, connection, reply);
}

static void answer_source(struct http_server *server, struct MHD_Connection *connection,
                          struct http_reply *reply)
{
    http_answer_page(&server->options, STATUS_PAGE_SOURCE, connection, reply);
}

static void answer_readiness(struct http_server *server, struct MHD_Connection *connection,
                             struct http_reply *reply)
{
    struct api_answer answer;

    (void)connection;
    api_readiness(server->options.board, &answer);
    http_answer_api(reply, &answer);
}

static void answer_gate(struct http_server *server, struct MHD_Connection *connection,
                        struct http_reply *reply)
{
    http_answer_gate(server->options.board, connection, reply);
}

static void answer_healthy(struct http_server *server, struct MHD_Connection *connection,
                           struct http_reply *reply)
{
    (void)server;
    (void)connection;
    http_reply_text(reply, MHD_HTTP_OK, "dr_exporter is healthy.\n");
}

static void answer_ready(struct http_server *server, struct MHD_Connection *connection,
                         struct http_reply *reply)
{
    (void)connection;
    if (server->ready) {
        http_reply_text(reply, MHD_HTTP_OK, "dr_exporter is ready.\n");
    } else {
        http_reply_text(reply, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "dr_exporter is starting or stopping.\n");
    }
}

static void answer_reload(struct http_server *server, struct MHD_Connection *connection,
                          struct http_reply *reply)
{
    CLEANUP(free_text) char *report = NULL;

    (void)connection;
    if (!server->options.enable_lifecycle) {
        http_reply_text(reply, MHD_HTTP_FORBIDDEN,
                        "Reloading over HTTP is off; start with --web.enable-lifecycle, or send "
                        "SIGHUP to the process.\n");
    } else if (server->options.reload(server->options.reload_context, &report)) {
        http_reply_text(reply, MHD_HTTP_OK, "The configuration was loaded.\n");
    } else {
        http_reply_text(reply, MHD_HTTP_INTERNAL_SERVER_ERROR,
                        "The configuration was refused; the former one stays in use.\n%s\n",
                        report == NULL ? "" : report);
    }
}

struct route {
    const char *path; /* NULL: the telemetry path. */
    bool is_action;   /* POST instead of GET and HEAD. */
    void (*answer)(struct http_server *server, struct MHD_Connection *connection,
                   struct http_reply *reply);
};

/* The first that fits counts, so that `--web.telemetry-path=/` works. */
static const struct route routes[] = {
    {NULL, false, answer_metrics},         {"/", false, answer_board},
    {"/service", false, answer_service},   {"/source", false, answer_source},
    {"/-/healthy", false, answer_healthy}, {"/-/ready", false, answer_ready},
    {"/-/reload", true, answer_reload},    {"/api/v1/readiness", false, answer_readiness},
    {"/api/v1/gate", false, answer_gate},
};

static bool is_allowed(const struct route *route, const char *method)
{
    if (route->is_action) {
        return strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    }
    return strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

static void answer(struct http_server *server, struct MHD_Connection *connection, const char *path,
                   const char *method, struct http_reply *reply)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        const struct route *route = &routes[i];

        if (strcmp(path, route->path == NULL ? server->options.telemetry_path : route->path) != 0) {
            continue;
        }
        if (is_allowed(route, method)) {
            route->answer(server, connection, reply);
            return;
        }
        http_reply_text(reply, MHD_HTTP_METHOD_NOT_ALLOWED, "%s answers only to %s.\n", path,
                        route->is_action ? "POST" : "GET and HEAD");
        reply->header = MHD_HTTP_HEADER_ALLOW;
        reply->header_value = route->is_action ? "POST" : "GET, HEAD";
        return;
    }
    http_reply_text(reply, MHD_HTTP_NOT_FOUND,
                    "There is nothing here. There is something at:\n"
                    "  /                  the board, for people\n"
                    "  /service           ?name=NAME: the page of a service\n"
                    "  /source            ?name=NAME: the page of a source\n"
                    "  %-18s metrics for Prometheus\n"
                    "  /api/v1/readiness  all verdicts as JSON\n"
                    "  /api/v1/gate       ?service=NAME&disruption=region: may it be failed over?\n"
                    "  /-/healthy         whether the exporter runs\n"
                    "  /-/ready           whether it measures\n"
                    "  /-/reload          POST: load the configuration anew\n",
                    server->options.telemetry_path);
}

/* False with *reply filled when the client may not have an answer. */
static bool check_password(struct http_server *server, struct MHD_Connection *connection,
                           struct http_reply *reply)
{
    enum http_auth_result result = HTTP_AUTH_DENIED;
    char *password = NULL;
    char *name;

    if (server->auth == NULL) {
        return true;
    }
    name = MHD_basic_auth_get_username_password(connection, &password);
    if (name != NULL && password != NULL) {
        result = http_auth_check(server->auth, name, password);
    }
    MHD_free(name);
    MHD_free(password);
    switch (result) {
    case HTTP_AUTH_GRANTED:
        return true;
    case HTTP_AUTH_BUSY:
        http_reply_text(reply, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "Too many attempts with passwords; try again later.\n");
        reply->header = MHD_HTTP_HEADER_RETRY_AFTER;
        reply->header_value = "5";
        break;
    case HTTP_AUTH_DENIED:
        http_reply_text(reply, MHD_HTTP_UNAUTHORIZED,
                        "A user name and password of the web configuration are needed.\n");
        reply->header = MHD_HTTP_HEADER_WWW_AUTHENTICATE;
        reply->header_value = "Basic realm=\"dr_exporter\", charset=\"UTF-8\"";
        break;
    }
    return false;
}

static enum MHD_Result handle_request(void *argument, struct MHD_Connection *connection,
                                      const char *path, const char *method, const char *version,
                                      const char *upload, size_t *upload_length,
                                      void **request_context)
{
    struct http_server *server = argument;
    struct http_reply reply;

    (void)version;
    (void)upload;
    if (*request_context == NULL) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        http_connections_touch(&server->connections, info->socket_context);
        if (server->pending.bytes > PENDING_BYTES_HIGH) {
            http_connections_close_oldest(&server->connections);
        }
        *request_context = server; /* Not the first call of this request any more. */
        return MHD_YES;
    }
    if (*upload_length > 0) {
        *upload_length = 0; /* No request has a body that matters. */
        return MHD_YES;
    }
    if (check_password(server, connection, &reply)) {
        answer(server, connection, path, method, &reply);
    }
    return http_reply_send(&reply, connection, server->options.web, &server->pending);
}

static void notice_connection(void *argument, struct MHD_Connection *connection,
                              void **socket_context, enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = argument;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        http_connections_remove(&server->connections, *socket_context);
        return;
    }
    *socket_context = http_connections_add(
        &server->connections,
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
    if (server->options.web != NULL && server->options.web->cert_file != NULL) {
        http_tls_prepare_session(
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
    }
}

/* The options of TLS; none for plain HTTP. */
static bool fill_tls_options(struct http_server *server, struct MHD_OptionItem options[4],
                             struct error *error)
{
    const struct web_config *web = server->options.web;

    *options = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    if (web == NULL || web->cert_file == NULL) {
        return true;
    }
    if (!http_tls_use(web, &server->trust, error)) {
        return false;
    }
    *options++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK2, 0,
                                         (void *)(intptr_t)http_tls_retrieve};
    *options++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                         (void *)(intptr_t)http_tls_priorities(web)};
    if (server->trust != NULL) {
        *options++ = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0, (void *)server->trust};
    }
    *options = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    return true;
}

static bool start(struct http_server *server, struct error *error)
{
    const struct web_config *web = server->options.web;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC;
    struct MHD_OptionItem tls_options[4];
    int descriptor;

    if (!fill_tls_options(server, tls_options, error) ||
        !http_listen(server->options.host, server->options.port, &descriptor, &server->port,
                     error)) {
        return false;
    }
    if (web != NULL && web->cert_file != NULL) {
        flags |= MHD_USE_TLS;
    }
    server->auth = http_auth_new(web);
    http_connections_init(&server->connections, HTTP_CONNECTIONS_MAX - CONNECTIONS_SLACK);
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle_request, server, MHD_OPTION_LISTEN_SOCKET, descriptor,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_CONNECTION_TIMEOUT_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)HTTP_CONNECTION_MEMORY_BYTES, MHD_OPTION_NOTIFY_CONNECTION, notice_connection,
        server, MHD_OPTION_ARRAY, tls_options, MHD_OPTION_END);
    if (server->daemon == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "cannot start the HTTP server; raise the limits of threads and open files "
                         "(ulimit -u, ulimit -n)");
    }
    return true;
}

struct http_server *http_server_start(const struct http_options *options, struct error *error)
{
    struct http_server *server = calloc(1, sizeof *server);

    if (server == NULL) {
        abort();
    }
    server->options = *options;
    if (!start(server, error)) {
        http_server_stop(server);
        return NULL;
    }
    return server;
}

void http_server_set_ready(struct http_server *server, bool ready)
{
    server->ready = ready;
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

void http_server_stop(struct http_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    http_auth_free(server->auth);
    free(server->trust);
    free(server);
}
