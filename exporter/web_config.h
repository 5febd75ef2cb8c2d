/* SPDX-License-Identifier: Apache-2.0 */
/* TLS, client certificates, passwords and headers of the HTTP server, in the file format of the
 * Prometheus exporter-toolkit.
 * https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md */

#ifndef EXPORTER_WEB_CONFIG_H
#define EXPORTER_WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

enum client_auth {
    CLIENT_AUTH_NONE,
    CLIENT_AUTH_REQUEST,
    CLIENT_AUTH_REQUIRE_ANY,
    CLIENT_AUTH_VERIFY_IF_GIVEN,
    CLIENT_AUTH_REQUIRE_AND_VERIFY,
    CLIENT_AUTH_COUNT
};

enum tls_version { TLS_VERSION_12, TLS_VERSION_13, TLS_VERSION_COUNT };

struct web_user {
    const char *name;
    const char *hash; /* bcrypt */
};

struct web_header {
    const char *name;
    const char *value;
};

struct web_config {
    struct arena *arena;
    const char *cert_file; /* NULL: no TLS. */
    const char *key_file;
    const char *client_ca_file; /* NULL: none. */
    enum client_auth client_auth;
    enum tls_version min_version;
    enum tls_version max_version;
    struct web_user *users;
    size_t user_count;
    struct web_header *headers;
    size_t header_count;
};

/* NULL on failure; *ret_report is then all errors, one a line, to be freed by the caller. */
struct web_config *web_config_load(const char *path, char **ret_report);

/* The same from memory; `name` stands for the file. Reads no other file. */
struct web_config *web_config_load_text(const char *text, size_t length, const char *name,
                                        char **ret_report);

void web_config_free(struct web_config *config);

#endif
