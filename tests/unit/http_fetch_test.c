/* SPDX-License-Identifier: Apache-2.0 */
/* What of fetching needs no server: URLs, states, and a name server that hangs. */

#include <netdb.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_public_url),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_hanging_resolver),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
