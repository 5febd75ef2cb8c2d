/* SPDX-License-Identifier: Apache-2.0 */
/* The web configuration: what exporter-toolkit files mean here, and every error with its place. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/web_config.h"

#define HASH "$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe"

static struct web_config *load(const char *text, char **ret_report)
{
    return web_config_load_text(text, strlen(text), "/etc/dr/web.yml", ret_report);
}

static void test_whole_file(void **state)
{
    char *report;
    struct web_config *config = load("tls_server_config:\n"
                                     "  cert_file: server.crt\n"
                                     "  key_file: /run/secrets/server.key\n"
                                     "  client_ca_file: ca/clients.crt\n"
                                     "  client_auth_type: RequireAndVerifyClientCert\n"
                                     "  min_version: TLS13\n"
                                     "http_server_config:\n"
                                     "  http2: false\n"
                                     "  headers:\n"
                                     "    X-Frame-Options: deny\n"
                                     "    Strict-Transport-Security: max-age=31536000\n"
                                     "basic_auth_users:\n"
                                     "  alice: " HASH "\n"
                                     "  bob: " HASH "\n",
                                     &report);

    (void)state;
    assert_null(report);
    assert_string_equal(config->cert_file, "/etc/dr/server.crt");
    assert_string_equal(config->key_file, "/run/secrets/server.key");
    assert_string_equal(config->client_ca_file, "/etc/dr/ca/clients.crt");
    assert_int_equal(config->client_auth, CLIENT_AUTH_REQUIRE_AND_VERIFY);
    assert_int_equal(config->min_version, TLS_VERSION_13);
    assert_int_equal(config->max_version, TLS_VERSION_13);
    assert_int_equal(config->header_count, 2);
    assert_string_equal(config->headers[1].name, "X-Frame-Options");
    assert_string_equal(config->headers[1].value, "deny");
    assert_int_equal(config->user_count, 2);
    assert_string_equal(config->users[1].name, "bob");
    assert_string_equal(config->users[1].hash, HASH);
    web_config_free(config);
}

static void test_files_that_ask_for_nothing(void **state)
{
    static const char *const table[] = {"", "# nothing\n", "{}\n", "basic_auth_users:\n",
                                        "basic_auth_users: {}\ntls_server_config:\n"};

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char *report;
        struct web_config *config = load(table[i], &report);

        assert_null(report);
        assert_null(config->cert_file);
        assert_int_equal(config->user_count, 0);
        assert_int_equal(config->min_version, TLS_VERSION_12);
        assert_int_equal(config->max_version, TLS_VERSION_13);
        web_config_free(config);
    }
}

static const struct {
    const char *text;
    const char *report;
} wrong_files[] = {
    {"basic_auth_user: {a: b}\n",
     "/etc/dr/web.yml:1:1: unknown or unsupported key \"basic_auth_user\" in the web "
     "configuration; did you mean \"basic_auth_users\"?"},
    {"- a\n", "/etc/dr/web.yml:1:1: the web configuration is a list; write keys and values"},
    {"tls_server_config: on\n",
     "/etc/dr/web.yml:1:20: tls_server_config is text; write keys and values"},
    {"tls_server_config:\n  cert_file: a\n",
     "/etc/dr/web.yml:2:3: tls_server_config needs cert_file and key_file; write both, or "
     "remove tls_server_config for plain HTTP"},
    {"tls_server_config:\n  cert_file: a\n  key_file: [b]\n",
     "/etc/dr/web.yml:2:3: tls_server_config needs cert_file and key_file; write both, or "
     "remove tls_server_config for plain HTTP\n"
     "/etc/dr/web.yml:3:13: key_file is a list; write text"},
    {"tls_server_config:\n  cert_file: a\n  key_file: b\n  cipher_suites: [x]\n",
     "/etc/dr/web.yml:4:3: unknown or unsupported key \"cipher_suites\" in tls_server_config; "
     "remove it"},
    {"tls_server_config:\n  cert_file: a\n  key_file: b\n  min_version: TLS10\n",
     "/etc/dr/web.yml:4:16: min_version cannot be \"TLS10\"; use one of TLS12, TLS13"},
    {"tls_server_config:\n  cert_file: a\n  key_file: b\n  min_version: TLS13\n"
     "  max_version: TLS12\n",
     "/etc/dr/web.yml:4:16: min_version is above max_version; exchange or remove them"},
    {"tls_server_config:\n  cert_file: a\n  key_file: b\n"
     "  client_auth_type: VerifyClientCertIfGiven\n",
     "/etc/dr/web.yml:4:21: VerifyClientCertIfGiven needs client_ca_file; name the file of the "
     "authority that signed the clients' certificates"},
    {"tls_server_config:\n  cert_file: a\n  key_file: b\n  client_ca_file: c\n",
     "/etc/dr/web.yml:4:19: client_ca_file has no effect without client_auth_type; write "
     "client_auth_type: RequireAndVerifyClientCert, or remove client_ca_file"},
    {"basic_auth_users:\n  alice: secret\n",
     "/etc/dr/web.yml:2:10: user \"alice\" is no bcrypt hash; make one with: htpasswd -nBC 10 "
     "\"\" | tr -d ':\\n'"},
    {"basic_auth_users: [alice]\n",
     "/etc/dr/web.yml:1:19: basic_auth_users has to be at most 1000 pairs of a user name and a "
     "bcrypt hash; write them as `name: hash`"},
    {"basic_auth_users:\n  alice:\n    - x\n",
     "/etc/dr/web.yml:3:5: user \"alice\" has no hash; write one"},
    {"basic_auth_users:\n  a:b: " HASH "\n",
     "/etc/dr/web.yml:2:3: a user name has to be text without a colon; choose another name"},
    {"basic_auth_users:\n  a: $2y$31$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe\n",
     "/etc/dr/web.yml:2:6: user \"a\" has a cost outside 4 to 14; make one with: htpasswd -nBC "
     "10 \"\" | tr -d ':\\n'"},
    {"http_server_config:\n  http2: maybe\n",
     "/etc/dr/web.yml:2:10: http2 cannot be \"maybe\"; write true or false"},
    {"http_server_config:\n  headers:\n    Server: me\n",
     "/etc/dr/web.yml:3:5: unknown or unsupported key \"Server\" in headers; remove it"},
    {"http_server_config:\n  headers:\n    X-Frame-Options: \"a\\r\\nSet-Cookie: b\"\n",
     "/etc/dr/web.yml:3:22: X-Frame-Options has characters that a header cannot have; use one "
     "line of plain ASCII"},
};

static void test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong_files / sizeof wrong_files[0]; i++) {
        char *report;

        assert_null(load(wrong_files[i].text, &report));
        assert_non_null(report);
        report[strcspn(report, "\r")] = '\0';
        if (report[strlen(report) - 1] == '\n') {
            report[strlen(report) - 1] = '\0';
        }
        assert_string_equal(report, wrong_files[i].report);
        free(report);
    }
}

static void test_missing_file(void **state)
{
    char *report;

    (void)state;
    assert_null(web_config_load("/nonexistent/web.yml", &report));
    assert_non_null(strstr(report, "/nonexistent/web.yml"));
    free(report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_file),
        cmocka_unit_test(test_files_that_ask_for_nothing),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_missing_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
