/* SPDX-License-Identifier: Apache-2.0 */
/* Kubeconfigs and service accounts: what is taken from them, and what is refused. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/kubeconfig.h"
#include "collectors/kubernetes_config.h"
#include "exporter/cleanup.h"

#define CLUSTER "server: https://10.0.0.1:6443/, certificate-authority-data: UEVN"
#define CONFIG(cluster, user)                                                                      \
    "apiVersion: v1\nkind: Config\ncurrent-context: west\nclusters:\n- {name: c, cluster: "        \
    "{" cluster "}}\nusers:\n- {name: u, user: {" user "}}\ncontexts:\n- {name: west, context: "   \
    "{cluster: c, user: u, namespace: db}}\n- {name: anonymous, context: {cluster: c}}\n"          \
    "- {name: lost, context: {cluster: c, user: nobody}}\n"

/* --- A directory for the files of one test. --- */

static char directory[64];

static int make_directory(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/kubernetes-config-test-XXXXXX");
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static const char *const file_names[] = {"config", "token", "ca.crt", "namespace", "cert", "key"};

static char *path_of(const char *name)
{
    char *path;

    assert_true(asprintf(&path, "%s/%s", directory, name) > 0);
    return path;
}

static int remove_directory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof file_names / sizeof file_names[0]; i++) {
        CLEANUP(free_text) char *path = path_of(file_names[i]);

        (void)unlink(path);
    }
    return rmdir(directory);
}

static void write_file(const char *name, const char *text)
{
    CLEANUP(free_text) char *path = path_of(name);
    CLEANUP(close_file) FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
}

static bool load(const char *text, const char *context, struct kubernetes_config *config,
                 struct error *error)
{
    CLEANUP(free_text) char *path = path_of("config");
    const struct kubernetes_settings settings = {.kubeconfig = path, .context = context};

    write_file("config", text);
    return kubernetes_config_load(&settings, config, error);
}

static void test_data(void **state)
{
    struct kubernetes_config config;
    struct error error;

    (void)state;
    assert_true(load(CONFIG(CLUSTER, "client-certificate-data: Q0VSVA==, client-key-data: S0VZ"),
                     NULL, &config, &error));
    assert_string_equal(config.server, "https://10.0.0.1:6443");
    assert_string_equal(config.ca_pem, "PEM");
    assert_string_equal(config.certificate_pem, "CERT");
    assert_string_equal(config.key_pem, "KEY");
    assert_string_equal(config.namespace, "db");
    assert_null(config.token);
    assert_null(config.token_path);
    kubernetes_config_release(&config);
}

/* Paths are relative to the kubeconfig; a token's file is read later, again and again. */
static void test_paths(void **state)
{
    struct kubernetes_config config;
    struct error error;
    CLEANUP(free_text) char *token_path = path_of("token");

    (void)state;
    write_file("ca.crt", "CA");
    write_file("cert", "CERT");
    write_file("key", "KEY");
    assert_true(load(CONFIG("server: https://k, certificate-authority: ca.crt",
                            "client-certificate: cert, client-key: key, token: old, "
                            "tokenFile: token"),
                     NULL, &config, &error));
    assert_string_equal(config.ca_pem, "CA");
    assert_string_equal(config.certificate_pem, "CERT");
    assert_string_equal(config.key_pem, "KEY");
    assert_string_equal(config.token_path, token_path);
    assert_null(config.token);
    kubernetes_config_release(&config);
}

static void test_contexts(void **state)
{
    struct kubernetes_config config;
    struct error error;

    (void)state;
    assert_true(load(CONFIG(CLUSTER, "token: secret"), NULL, &config, &error));
    assert_string_equal(config.token, "secret");
    kubernetes_config_release(&config);
    assert_true(load(CONFIG(CLUSTER, "token: secret"), "anonymous", &config, &error));
    assert_null(config.token);
    assert_null(config.namespace);
    kubernetes_config_release(&config);
}

static const struct {
    const char *text;
    const char *context;
    enum error_kind kind;
    const char *message;
} refused[] = {
    {CONFIG(CLUSTER, "exec: {command: aws-iam-authenticator}"), NULL, ERROR_AUTH,
     "gets its credentials from a program (exec), which is not run; make a service account"},
    {CONFIG(CLUSTER, "auth-provider: {name: gcp}"), NULL, ERROR_AUTH, "program (auth-provider)"},
    {CONFIG(CLUSTER, "username: admin, password: hunter2"), NULL, ERROR_AUTH, "has username"},
    {CONFIG(CLUSTER, "token: t, as: root"), NULL, ERROR_AUTH, "has as, which is not supported"},
    {CONFIG(CLUSTER, "client-certificate-data: Q0VSVA=="), NULL, ERROR_AUTH, "needs both"},
    {CONFIG("server: https://k, insecure-skip-tls-verify: true", ""), NULL, ERROR_TLS,
     "insecure-skip-tls-verify"},
    {CONFIG("server: https://k, tls-server-name: x", ""), NULL, ERROR_INTERNAL,
     "tls-server-name, which is not supported"},
    {CONFIG("server: https://k, proxy-url: http://p", ""), NULL, ERROR_INTERNAL,
     "https_proxy in the environment"},
    {CONFIG("server: http://k", "token: secret"), NULL, ERROR_INTERNAL, "must begin with https"},
    {CONFIG("server: 'k:6443'", ""), NULL, ERROR_INTERNAL, "server: not a URL"},
    {CONFIG("certificate-authority-data: UEVN", ""), NULL, ERROR_INTERNAL, "no cluster with a"},
    {CONFIG("server: https://k, certificate-authority-data: '%%%'", ""), NULL, ERROR_INTERNAL,
     "certificate-authority-data is not base64"},
    {CONFIG("server: https://k, certificate-authority: missing", ""), NULL, ERROR_NOT_FOUND,
     "/missing: "},
    {CONFIG(CLUSTER, ""), "east", ERROR_NOT_FOUND, "no context \"east\""},
    {CONFIG(CLUSTER, ""), "lost", ERROR_NOT_FOUND, "no user \"nobody\""},
    {"apiVersion: v1\nkind: Config\n", NULL, ERROR_NOT_FOUND, "no current-context"},
    {"", NULL, ERROR_NOT_FOUND, "no current-context"},
    {"just text", NULL, ERROR_NOT_FOUND, "no current-context"},
    {"a: [1", NULL, ERROR_INTERNAL, "not YAML"},
    {"current-context: a\ncurrent-context: b\n", NULL, ERROR_INTERNAL, "duplicate key"},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct kubernetes_config config;
        struct error error = {.kind = ERROR_NONE};

        assert_false(load(refused[i].text, refused[i].context, &config, &error));
        print_message("%s\n", error.message);
        assert_int_equal(error.kind, refused[i].kind);
        assert_non_null(strstr(error.message, refused[i].message));
        assert_null(strstr(error.message, "secret"));
        assert_null(strstr(error.message, "hunter2"));
    }
}

static void test_pod(void **state)
{
    struct kubernetes_config config;
    struct error error;

    (void)state;
    assert_false(kubernetes_config_of_pod(NULL, NULL, directory, &config, &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "not in a Kubernetes cluster"));
    assert_false(kubernetes_config_of_pod("10.0.0.1", "443", directory, &config, &error));
    assert_non_null(strstr(error.message, "ca.crt"));
    write_file("ca.crt", "CA");
    assert_true(kubernetes_config_of_pod("10.0.0.1", "443", directory, &config, &error));
    assert_string_equal(config.server, "https://10.0.0.1:443");
    assert_string_equal(config.ca_pem, "CA");
    assert_null(config.namespace);
    kubernetes_config_release(&config);
    write_file("namespace", "monitoring\n");
    assert_true(kubernetes_config_of_pod("fd00::1", "6443", directory, &config, &error));
    assert_string_equal(config.server, "https://[fd00::1]:6443");
    assert_string_equal(config.namespace, "monitoring");
    assert_non_null(strstr(config.token_path, "/token"));
    kubernetes_config_release(&config);
}

static void test_settings(void **state)
{
    static const struct {
        struct kubernetes_settings settings;
        const char *message; /* NULL: they are right. */
    } cases[] = {
        {{0}, NULL},
        {{.kubeconfig = "/k", .context = "c"}, NULL},
        {{.api_server = "https://k:6443", .token_file = "/t", .ca_file = "/c"}, NULL},
        {{.api_server = "http://127.0.0.1:8001"}, NULL},
        {{.kubeconfig = "/k", .api_server = "https://k"}, "both \"dr_kubeconfig\""},
        {{.context = "c"}, "\"dr_context\" is for"},
        {{.token_file = "/t"}, "\"dr_token_file\" is for"},
        {{.kubeconfig = "/k", .ca_file = "/c"}, "\"dr_ca_file\" is for"},
        {{.api_server = "k:6443"}, "is not a URL"},
        {{.api_server = "https://u:p@k"}, "without user and password"},
        {{.api_server = "https://k?x"}, "has a query"},
        {{.api_server = "http://k", .token_file = "/t"}, "must begin with https"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {.kind = ERROR_NONE};
        bool right = kubernetes_settings_check(&cases[i].settings, "dr_", &error);

        print_message("%s\n", error.message);
        assert_int_equal(right, cases[i].message == NULL);
        assert_true(right || strstr(error.message, cases[i].message) != NULL);
    }
    assert_true(kubernetes_name_check("velero-2"));
    assert_false(kubernetes_name_check(""));
    assert_false(kubernetes_name_check("../pods"));
    assert_false(kubernetes_name_check("Velero"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_data, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_paths, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_contexts, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_refused, make_directory, remove_directory),
        cmocka_unit_test_setup_teardown(test_pod, make_directory, remove_directory),
        cmocka_unit_test(test_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
