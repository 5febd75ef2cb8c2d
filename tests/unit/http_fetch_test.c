/* SPDX-License-Identifier: Apache-2.0 */
/* URLs, states, a name server that hangs, and what is sent to a server that keeps it. */

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/http_fetch.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

/* Takes the place of libc's: a resolver whose servers never answer. */
int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
    (void)node;
    (void)service;
    (void)hints;
    (void)result;
    (void)sleep(30);
    return EAI_AGAIN;
}

static void test_urls(void **state)
{
    static const struct {
        const char *url;
        const char *message; /* Part of it; NULL: the URL is fine. */
    } cases[] = {
        {"https://wiki.example.com/a.md?x=1#top", NULL},
        {"http://127.0.0.1:8080/", NULL},
        {"HTTPS://[::1]/a", NULL},
        {"https://user:s3cret@wiki.example.com/", "contains a user or password"},
        {"https://user@wiki.example.com/", "contains a user or password"},
        {"file:///etc/passwd", "not a URL; write for example https://"},
        {"ftp://example.com/a", "not a URL"},
        {"gopher://example.com/a", "not a URL"},
        {"wiki.example.com/a.md", "not a URL"},
        {"/etc/runbook.md", "not a URL"},
        {"https://", "not a URL"},
        {"https://a b/", "not a URL"},
        {"", "not a URL"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {.message = ""};

        print_message("%s\n", cases[i].url);
        assert_int_equal(http_url_check(cases[i].url, &error), cases[i].message == NULL);
        if (cases[i].message != NULL) {
            assert_non_null(strstr(error.message, cases[i].message));
            assert_null(strstr(error.message, "s3cret"));
        }
    }
}

static void test_public_url(void **state)
{
    CLEANUP(free_text) char *url = http_url_public("https://example.com/a?token=s3cret#x");

    (void)state;
    assert_string_equal(url, "https://example.com/a");
}

static void test_words(void **state)
{
    static const char *const bad[] = {"", "a b", "a\r\nb: c", "a\n", "\t", "\x7F", "\xC3\xBC"};

    (void)state;
    assert_true(http_word_check("eyJh.~!"));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(http_word_check(bad[i]));
    }
}

static void test_states(void **state)
{
    static const struct {
        int status;
        enum error_kind kind;
    } cases[] = {
        {401, ERROR_AUTH},      {403, ERROR_AUTH},      {407, ERROR_AUTH},
        {404, ERROR_NOT_FOUND}, {410, ERROR_NOT_FOUND}, {429, ERROR_QUERY},
        {500, ERROR_QUERY},     {503, ERROR_QUERY},     {204, ERROR_PROTOCOL},
        {304, ERROR_PROTOCOL},  {400, ERROR_PROTOCOL},
    };
    struct error error;

    (void)state;
    assert_true(http_status_check(200, &error));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_false(http_status_check(cases[i].status, &error));
        assert_int_equal(error.kind, cases[i].kind);
    }
}

static int64_t fetch_for_ms(struct stop *stop, int64_t budget_ms, struct error *error)
{
    struct http_client *client = http_client_new();
    struct http_request request = {.url = "http://hangs.example.com/", .body_bytes_max = 1000};
    int64_t start_ms = clock_monotonic_ms();
    struct deadline deadline = {.monotonic_ms = start_ms + budget_ms, .stop = stop};
    struct http_answer answer;

    assert_false(http_fetch(client, &request, &deadline, &answer, error));
    assert_int_equal(error->kind, ERROR_TIMEOUT);
    assert_null(http_client_header(client, "Date"));
    /* Nobody was reached who could be to blame. */
    assert_false(http_client_server_failed(client));
    http_client_free(client);
    return clock_monotonic_ms() - start_ms;
}

static void test_hanging_resolver(void **state)
{
    struct stop stop;
    struct error error;
    int64_t took_ms;

    (void)state;
    (void)setenv("no_proxy", "*", 1);
    stop_init(&stop);
    took_ms = fetch_for_ms(&stop, 300, &error);
    assert_in_range(took_ms, 300, 2000);
    assert_string_equal(error.message, "no complete answer in time");
    stop_request(&stop);
    took_ms = fetch_for_ms(&stop, 30000, &error);
    assert_in_range(took_ms, 0, 2000);
    assert_string_equal(error.message, "stopped while waiting");
    stop_release(&stop);
}

static bool blames_server(const struct http_request *request, int64_t budget_ms, struct stop *stop)
{
    struct http_client *client = http_client_new();
    struct deadline deadline = {.monotonic_ms = clock_monotonic_ms() + budget_ms, .stop = stop};
    struct http_answer answer;
    struct error error;
    bool blames;

    assert_false(http_fetch(client, request, &deadline, &answer, &error));
    blames = http_client_server_failed(client);
    http_client_free(client);
    return blames;
}

/* The server is to blame when it refuses or is silent, this side when it cannot or will not ask. */
static void test_blame(void **state)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    char url[64];
    char target[64];
    struct http_request request = {.url = url, .direct = true, .body_bytes_max = 1000};
    struct stop stop;

    (void)state;
    stop_init(&stop);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u/", ntohs(address.sin_port));
    assert_true(blames_server(&request, 5000, &stop));
    /* It takes connections, by the kernel, and never says a word. */
    assert_int_equal(listen(listener, 10), 0);
    assert_true(blames_server(&request, 300, &stop));
    request.only_connects = true;
    assert_true(blames_server(&request, 300, &stop));
    request.ca_file = "/nowhere/ca.pem";
    assert_false(blames_server(&request, 5000, &stop));
    /* No name is looked up where the address is given. */
    request = (struct http_request){.url = "http://hangs.example.com/", .direct = true};
    (void)snprintf(target, sizeof target, "127.0.0.1:%u", ntohs(address.sin_port));
    request.connect_to = target;
    assert_true(blames_server(&request, 300, &stop));
    stop_request(&stop);
    assert_false(blames_server(&request, 30000, &stop));
    stop_release(&stop);
    (void)close(listener);
}

/* --- A server for one request, which answers and keeps what it was sent. --- */

struct server {
    int listener;
    unsigned port;
    const char *answer;
    char request[4096];
    pthread_t thread;
};

static bool is_whole(const char *request, size_t length)
{
    return strstr(request, "Content-Length: ") != NULL
               ? request[length - 1] == '$'
               : length >= 4 && memcmp(request + length - 4, "\r\n\r\n", 4) == 0;
}

static void *serve(void *context)
{
    struct server *server = context;
    int connection = accept(server->listener, NULL, NULL);
    size_t length = 0;

    assert_true(connection >= 0);
    /* Requests of these tests with a body end with this sign, all others with their headers. */
    while (!is_whole(server->request, length)) {
        ssize_t count =
            read(connection, server->request + length, sizeof server->request - 1 - length);

        assert_true(count > 0);
        length += (size_t)count;
    }
    assert_int_equal(write(connection, server->answer, strlen(server->answer)),
                     (ssize_t)strlen(server->answer));
    (void)close(connection);
    return NULL;
}

static void start(struct server *server, const char *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;

    *server = (struct server){.listener = socket(AF_INET, SOCK_STREAM, 0), .answer = answer};
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(server->listener, 1), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

/* The answer's status; 0 when there was none. */
static int ask(struct server *server, struct http_request *request, const char *path,
               size_t *ret_length)
{
    struct stop stop;
    struct http_client *client = http_client_new();
    struct http_answer answer = {0};
    struct deadline deadline = {.monotonic_ms = clock_monotonic_ms() + 5000, .stop = &stop};
    struct error error = {.message = ""};
    char url[200];
    int status = 0;

    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", server->port, path);
    request->url = url;
    request->body_bytes_max = 1000;
    stop_init(&stop);
    if (http_fetch(client, request, &deadline, &answer, &error)) {
        status = answer.status;
        *ret_length = answer.length;
        http_answer_release(&answer);
    } else {
        print_message("%s\n", error.message);
    }
    assert_int_equal(pthread_join(server->thread, NULL), 0);
    (void)close(server->listener);
    stop_release(&stop);
    http_client_free(client);
    return status;
}

static void test_methods(void **state)
{
    static const char *const headers[] = {"Content-Type: text/plain", NULL};
    static const struct {
        struct http_request request;
        const char *start;
        const char *part;
    } cases[] = {
        {{.method = HTTP_GET}, "GET /a/../b//c HTTP/1.1\r\n", "Host: 127.0.0.1"},
        {{.method = HTTP_HEAD}, "HEAD /a/../b//c HTTP/1.1\r\n", "Host: 127.0.0.1"},
        {{.method = HTTP_DELETE}, "DELETE /a/../b//c HTTP/1.1\r\n", "Host: 127.0.0.1"},
        {{.method = HTTP_PUT, .headers = headers, .body = "body$", .body_length = 5},
         "PUT /a/../b//c HTTP/1.1\r\n",
         "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nbody$"},
        {{.method = HTTP_POST, .body = "a=b$", .body_length = 4},
         "POST /a/../b//c HTTP/1.1\r\n",
         "Content-Type: application/x-www-form-urlencoded\r\n\r\na=b$"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request request = cases[i].request;
        struct server server;
        size_t length = 99;

        /* With HEAD the length is that of a body which does not come. */
        start(&server, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
        assert_int_equal(ask(&server, &request, "/a/../b//c", &length), 200);
        print_message("%s\n", server.request);
        assert_memory_equal(server.request, cases[i].start, strlen(cases[i].start));
        assert_non_null(strstr(server.request, cases[i].part));
        assert_null(strstr(server.request, "Expect:"));
        assert_int_equal(length, request.method == HTTP_HEAD ? 0 : 3);
    }
}

/* What changes something is never done to another address, nor is what has secrets in it. */
static void test_redirections(void **state)
{
    static const struct http_request cases[] = {
        {.method = HTTP_PUT, .body = "$", .body_length = 1},
        {.method = HTTP_POST, .body = "$", .body_length = 1},
        {.method = HTTP_DELETE},
        {.method = HTTP_GET, .no_redirections = true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request request = cases[i];
        struct server server;
        size_t length = 0;

        start(&server, "HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\n"
                       "Content-Length: 0\r\nConnection: close\r\n\r\n");
        assert_int_equal(ask(&server, &request, "/", &length), 307);
    }
}

static void test_proxy_is_passed(void **state)
{
    struct http_request request = {.direct = true};
    struct server server;
    size_t length = 0;

    (void)state;
    (void)unsetenv("no_proxy");
    (void)setenv("http_proxy", "http://127.0.0.1:1", 1);
    start(&server, "HTTP/1.1 204 None\r\nConnection: close\r\n\r\n");
    assert_int_equal(ask(&server, &request, "/", &length), 204);
    (void)unsetenv("http_proxy");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),         cmocka_unit_test(test_public_url),
        cmocka_unit_test(test_states),       cmocka_unit_test(test_hanging_resolver),
        cmocka_unit_test(test_blame),        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_redirections), cmocka_unit_test(test_proxy_is_passed),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
