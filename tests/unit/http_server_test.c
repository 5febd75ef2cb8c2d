/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server over real sockets: routes, headers, life cycle and its defences. */

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "exporter/bounds.h"
#include "exporter/http_server.h"
#include "tests/unit/exposition_fixture.h"

static struct fixture fixture;
static bool reload_succeeds;

static bool reload(void *context, char **ret_report)
{
    assert_ptr_equal(context, &fixture);
    if (!reload_succeeds) {
        *ret_report = strdup("dr.yml:1:1: wrong");
    }
    return reload_succeeds;
}

static struct http_options options(void)
{
    return (struct http_options){.host = "127.0.0.1",
                                 .telemetry_path = "/metrics",
                                 .enable_lifecycle = true,
                                 .board = fixture.board,
                                 .status = &fixture.status,
                                 .reload = reload,
                                 .reload_context = &fixture};
}

static struct http_server *start(const struct http_options *with)
{
    struct error error;
    struct http_server *server = http_server_start(with, &error);

    if (server == NULL) {
        fail_msg("%s", error.message);
    }
    http_server_set_ready(server, true);
    return server;
}

static int connect_to(const struct http_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(http_server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval timeout = {.tv_sec = 10};
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(descriptor >= 0);
    (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof address), 0);
    return descriptor;
}

/* The whole answer to a request that closes the connection. */
static char *ask(const struct http_server *server, const char *first_line, const char *headers)
{
    static char answer[256 * 1024];
    char request[1024];
    int descriptor = connect_to(server);
    size_t length = 0;
    ssize_t got;
    int request_length =
        snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n",
                 first_line, headers);

    assert_int_equal(send(descriptor, request, (size_t)request_length, 0), request_length);
    while ((got = recv(descriptor, answer + length, sizeof answer - 1 - length, 0)) > 0) {
        length += (size_t)got;
    }
    answer[length] = '\0';
    (void)close(descriptor);
    return answer;
}

static void test_routes(void **state)
{
    static const struct {
        const char *request;
        const char *headers;
        const char *texts[3];
    } table[] = {
        {"GET /metrics",
         "",
         {"HTTP/1.1 200 ", "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
          "\ndr_source_up{"}},
        {"GET /metrics",
         "Accept: application/openmetrics-text;version=1.0.0\r\n",
         {"Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n",
          "\n# EOF\n", "Cache-Control: no-store\r\n"}},
        {"GET /metrics?target=1.2.3.4&collector=x", "", {"HTTP/1.1 200 ", "\ndr_source_up{"}},
        {"GET /",
         "",
         {"HTTP/1.1 200 ", "text/html", "Content-Security-Policy: default-src 'none'"}},
        {"GET /-/healthy", "", {"HTTP/1.1 200 ", "healthy", "X-Content-Type-Options: nosniff\r\n"}},
        {"GET /-/ready", "", {"HTTP/1.1 200 ", "ready"}},
        {"HEAD /-/ready", "", {"HTTP/1.1 200 ", "Content-Length: 22\r\n"}},
        {"GET /metric", "", {"HTTP/1.1 404 ", "/metrics", "/-/healthy"}},
        {"GET /-/", "", {"HTTP/1.1 404 "}},
        {"GET /metrics/", "", {"HTTP/1.1 404 "}},
        {"POST /metrics", "", {"HTTP/1.1 405 ", "Allow: GET, HEAD\r\n"}},
        {"DELETE /", "", {"HTTP/1.1 405 ", "Allow: GET, HEAD\r\n"}},
        {"GET /-/reload", "", {"HTTP/1.1 405 ", "Allow: POST\r\n"}},
        {"OPTIONS *", "", {"HTTP/1.1 404 "}},
    };
    struct http_options with = options();
    struct http_server *server = start(&with);

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *answer = ask(server, table[i].request, table[i].headers);

        for (size_t j = 0; j < 3 && table[i].texts[j] != NULL; j++) {
            if (strstr(answer, table[i].texts[j]) == NULL) {
                fail_msg("%s: missing: %s\n%s", table[i].request, table[i].texts[j], answer);
            }
        }
    }
    assert_string_equal(strstr(ask(server, "HEAD /metrics", ""), "\r\n\r\n"), "\r\n\r\n");
    assert_non_null(strstr(ask(server, "GET /metrics", "Accept-Encoding: gzip\r\n"),
                           "Content-Encoding: gzip\r\n"));
    assert_null(
        strstr(ask(server, "GET /metrics", "Accept-Encoding: gzip;q=0\r\n"), "Content-Encoding:"));
    http_server_stop(server);
}

static void test_reload(void **state)
{
    struct http_options with = options();
    struct http_server *server = start(&with);
    const char *answer;

    (void)state;
    reload_succeeds = true;
    assert_non_null(strstr(ask(server, "POST /-/reload", "Content-Length: 0\r\n"), " 200 "));
    reload_succeeds = false;
    answer = ask(server, "POST /-/reload", "Content-Length: 0\r\n");
    assert_non_null(strstr(answer, " 500 "));
    assert_non_null(strstr(answer, "dr.yml:1:1: wrong"));
    http_server_stop(server);

    with.enable_lifecycle = false;
    reload_succeeds = true;
    server = start(&with);
    answer = ask(server, "POST /-/reload", "Content-Length: 0\r\n");
    assert_non_null(strstr(answer, " 403 "));
    assert_non_null(strstr(answer, "--web.enable-lifecycle"));
    http_server_stop(server);
}

static void test_ready(void **state)
{
    struct http_options with = options();
    struct http_server *server = start(&with);

    (void)state;
    http_server_set_ready(server, false);
    assert_non_null(strstr(ask(server, "GET /-/ready", ""), " 503 "));
    http_server_set_ready(server, true);
    assert_non_null(strstr(ask(server, "GET /-/ready", ""), " 200 "));
    http_server_stop(server);
    http_server_stop(NULL);
}

static void test_listening(void **state)
{
    struct http_options with = options();
    struct http_server *server = start(&with);
    struct error error;

    (void)state;
    with.port = http_server_port(server);
    assert_null(http_server_start(&with, &error));
    assert_non_null(strstr(error.message, "in use"));
    assert_non_null(strstr(error.message, "--web.listen-address"));
    http_server_stop(server);

    with.host = "192.0.2.1"; /* RFC 5737: nobody has this address. */
    assert_null(http_server_start(&with, &error));
    assert_non_null(strstr(error.message, "no such address"));

    with.host = ""; /* All addresses of both families. */
    with.port = 0;
    server = start(&with);
    assert_non_null(strstr(ask(server, "GET /-/ready", ""), " 200 "));
    http_server_stop(server);
}

/* More connections than there is room for: those that came first and ask nothing give way. */
static void test_flood(void **state)
{
    static int idle[HTTP_CONNECTIONS_MAX + 100];
    struct http_options with = options();
    struct http_server *server = start(&with);

    (void)state;
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++) {
        idle[i] = connect_to(server);
        assert_true(send(idle[i], "GET /metrics HT", 15, MSG_NOSIGNAL) > 0);
    }
    assert_non_null(strstr(ask(server, "GET /metrics", ""), " 200 "));
    for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++) {
        (void)close(idle[i]);
    }
    http_server_stop(server);
}

static void test_huge_headers(void **state)
{
    struct http_options with = options();
    struct http_server *server = start(&with);
    int descriptor = connect_to(server);
    char *huge = malloc(1024L * 1024);
    char answer[64];

    (void)state;
    assert_non_null(huge);
    memset(huge, 'x', 1024L * 1024);
    memcpy(huge, "GET / HTTP/1.1\r\nX: ", 19);
    (void)send(descriptor, huge, 1024L * 1024, MSG_NOSIGNAL);
    (void)recv(descriptor, answer, sizeof answer, 0);
    assert_non_null(strstr(ask(server, "GET /metrics", ""), " 200 "));
    (void)close(descriptor);
    free(huge);
    http_server_stop(server);
}

static void test_password(void **state)
{
    /* crypt("wonderland", "$2b$04$abcdefghijklmnopqrstuu") */
    struct web_user user = {"alice",
                            "$2b$04$abcdefghijklmnopqrstuujZkTwHUiJ9XdZPwKfcfDo7dMp5DjlTu"};
    struct web_header header = {"X-Frame-Options", "deny"};
    struct web_config web = {
        .users = &user, .user_count = 1, .headers = &header, .header_count = 1};
    struct http_options with = options();
    struct http_server *server;
    const char *answer;

    (void)state;
    with.web = &web;
    server = start(&with);
    answer = ask(server, "GET /-/healthy", "");
    assert_non_null(strstr(answer, " 401 "));
    assert_non_null(strstr(answer, "WWW-Authenticate: Basic realm="));
    assert_non_null(strstr(ask(server, "GET /nowhere", ""), " 401 "));
    assert_non_null(strstr(ask(server, "GET /metrics", "Authorization: Basic !!\r\n"), " 401 "));
    assert_non_null(
        strstr(ask(server, "GET /metrics", "Authorization: Basic YWxpY2U6d3Jvbmc=\r\n"), " 401 "));
    answer = ask(server, "GET /metrics", "Authorization: Basic YWxpY2U6d29uZGVybGFuZA==\r\n");
    assert_non_null(strstr(answer, " 200 "));
    assert_non_null(strstr(answer, "X-Frame-Options: deny\r\n"));
    http_server_stop(server);
}

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes),   cmocka_unit_test(test_reload),
        cmocka_unit_test(test_ready),    cmocka_unit_test(test_listening),
        cmocka_unit_test(test_flood),    cmocka_unit_test(test_huge_headers),
        cmocka_unit_test(test_password),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
