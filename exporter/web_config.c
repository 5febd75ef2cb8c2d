/* SPDX-License-Identifier: Apache-2.0 */
/* The web configuration: reads the file format of the Prometheus exporter-toolkit. */

#include "exporter/web_config.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/arena.h"
#include "exporter/closest.h"
#include "exporter/yaml.h"

/* A hash of cost 14 takes a second, which already is long for a scrape; 31 would take a day. */
#define BCRYPT_COST_MIN 4
#define BCRYPT_COST_MAX 14
/* People and scrapers of one exporter; every one is asked for a hash in the file. */
#define WEB_USERS_MAX 1000

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const client_auth_names[CLIENT_AUTH_COUNT] = {
    [CLIENT_AUTH_NONE] = "NoClientCert",
    [CLIENT_AUTH_REQUEST] = "RequestClientCert",
    [CLIENT_AUTH_REQUIRE_ANY] = "RequireAnyClientCert",
    [CLIENT_AUTH_VERIFY_IF_GIVEN] = "VerifyClientCertIfGiven",
    [CLIENT_AUTH_REQUIRE_AND_VERIFY] = "RequireAndVerifyClientCert",
};

static const char *const version_names[TLS_VERSION_COUNT] = {
    [TLS_VERSION_12] = "TLS12",
    [TLS_VERSION_13] = "TLS13",
};

/* Those that the exporter-toolkit allows. */
static const char *const header_names[] = {
    "Content-Security-Policy", "Strict-Transport-Security", "X-Content-Type-Options",
    "X-Frame-Options",         "X-XSS-Protection",
};

struct reader {
    struct web_config *config;
    struct yaml_report *report;
    const char *directory; /* Of the file, with its slash; "" for the working directory. */
};

/* Reports every key of a section that is not one of `keys`. False if it is no mapping at all. */
static bool check_keys(struct reader *reader, struct yaml_value section, const char *name,
                       const char *const *keys, size_t count)
{
    if (!yaml_is_mapping(section)) {
        yaml_report_value(reader->report, section, "%s is %s; write keys and values", name,
                          yaml_kind(section));
        return false;
    }
    for (size_t i = 0; i < yaml_length(section); i++) {
        struct yaml_value key = yaml_pair_key(section, i);
        const char *text = yaml_text(key);
        const char *closest;
        bool known = false;

        for (size_t j = 0; text != NULL && j < count; j++) {
            known = known || strcmp(text, keys[j]) == 0;
        }
        if (known) {
            continue;
        }
        closest = text == NULL ? NULL : closest_match(text, keys, count);
        yaml_report_value(reader->report, key, "unknown or unsupported key \"%s\" in %s; %s%s%s",
                          text == NULL ? "" : text, name,
                          closest == NULL ? "remove it" : "did you mean \"",
                          closest == NULL ? "" : closest, closest == NULL ? "" : "\"?");
    }
    return true;
}

/* The text of a key; NULL when it is absent, or when it is no text, which is reported. */
static const char *read_text(struct reader *reader, struct yaml_value section, const char *key)
{
    struct yaml_value value = yaml_lookup(section, key);
    const char *text = yaml_text(value);

    if (value.node == NULL || yaml_is_null(value)) {
        return NULL;
    }
    if (text == NULL) {
        yaml_report_value(reader->report, value, "%s is %s; write text", key, yaml_kind(value));
        return NULL;
    }
    return arena_strdup(reader->config->arena, text);
}

static const char *read_path(struct reader *reader, struct yaml_value section, const char *key)
{
    const char *path = read_text(reader, section, key);

    if (path == NULL || path[0] == '\0') {
        return NULL;
    }
    return path[0] == '/' ? path
                          : arena_printf(reader->config->arena, "%s%s", reader->directory, path);
}

/* The index of a key's value among `names`; `otherwise` when it is absent or wrong. */
static size_t read_choice(struct reader *reader, struct yaml_value section, const char *key,
                          const char *const *names, size_t count, size_t otherwise)
{
    const char *text = read_text(reader, section, key);
    const char *list = "";

    if (text == NULL) {
        return otherwise;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            return i;
        }
        list = arena_printf(reader->config->arena, "%s%s%s", list, i == 0 ? "" : ", ", names[i]);
    }
    yaml_report_value(reader->report, yaml_lookup(section, key),
                      "%s cannot be \"%s\"; use one of %s", key, text, list);
    return otherwise;
}

static void read_tls(struct reader *reader, struct yaml_value tls)
{
    static const char *const keys[] = {"cert_file",        "key_file",    "client_ca_file",
                                       "client_auth_type", "min_version", "max_version"};
    struct web_config *config = reader->config;

    if (!check_keys(reader, tls, "tls_server_config", keys, ARRAY_LENGTH(keys))) {
        return;
    }
    config->cert_file = read_path(reader, tls, "cert_file");
    config->key_file = read_path(reader, tls, "key_file");
    config->client_ca_file = read_path(reader, tls, "client_ca_file");
    config->client_auth = (enum client_auth)read_choice(
        reader, tls, "client_auth_type", client_auth_names, CLIENT_AUTH_COUNT, CLIENT_AUTH_NONE);
    config->min_version = (enum tls_version)read_choice(reader, tls, "min_version", version_names,
                                                        TLS_VERSION_COUNT, TLS_VERSION_12);
    config->max_version = (enum tls_version)read_choice(reader, tls, "max_version", version_names,
                                                        TLS_VERSION_COUNT, TLS_VERSION_13);
    if (config->cert_file == NULL || config->key_file == NULL) {
        yaml_report_value(reader->report, tls,
                          "tls_server_config needs cert_file and key_file; write both, or remove "
                          "tls_server_config for plain HTTP");
    }
    if (config->min_version > config->max_version) {
        yaml_report_value(reader->report, yaml_lookup(tls, "min_version"),
                          "min_version is above max_version; exchange or remove them");
    }
    if (config->client_auth >= CLIENT_AUTH_VERIFY_IF_GIVEN && config->client_ca_file == NULL) {
        yaml_report_value(reader->report, yaml_lookup(tls, "client_auth_type"),
                          "%s needs client_ca_file; name the file of the authority that signed "
                          "the clients' certificates",
                          client_auth_names[config->client_auth]);
    }
    if (config->client_auth == CLIENT_AUTH_NONE && config->client_ca_file != NULL) {
        yaml_report_value(reader->report, yaml_lookup(tls, "client_ca_file"),
                          "client_ca_file has no effect without client_auth_type; write "
                          "client_auth_type: RequireAndVerifyClientCert, or remove client_ca_file");
    }
}

/* `$2y$10$` and 53 characters; says what is wrong, or NULL. */
static const char *check_hash(const char *hash)
{
    static const char alphabet[] =
        "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    int cost;

    if (strlen(hash) != 60 || memcmp(hash, "$2", 2) != 0 || strchr("aby", hash[2]) == NULL ||
        hash[3] != '$' || strspn(hash + 4, "0123456789") != 2 || hash[6] != '$' ||
        strspn(hash + 7, alphabet) != 53) {
        return "is no bcrypt hash; make one with: htpasswd -nBC 10 \"\" | tr -d ':\\n'";
    }
    cost = (hash[4] - '0') * 10 + hash[5] - '0';
    if (cost < BCRYPT_COST_MIN || cost > BCRYPT_COST_MAX) {
        return "has a cost outside 4 to 14; make one with: htpasswd -nBC 10 \"\" | tr -d ':\\n'";
    }
    return NULL;
}

static void read_users(struct reader *reader, struct yaml_value users)
{
    struct web_config *config = reader->config;
    size_t count = yaml_length(users);

    if (!yaml_is_mapping(users) || count > WEB_USERS_MAX) {
        yaml_report_value(reader->report, users,
                          "basic_auth_users has to be at most %d pairs of a user name and a bcrypt "
                          "hash; write them as `name: hash`",
                          WEB_USERS_MAX);
        return;
    }
    config->users = arena_alloc_array(config->arena, count, sizeof *config->users);
    for (size_t i = 0; i < count; i++) {
        const char *name = yaml_text(yaml_pair_key(users, i));
        const char *hash = yaml_text(yaml_pair_value(users, i));
        const char *problem = hash == NULL ? "has no hash; write one" : check_hash(hash);

        if (name == NULL || name[0] == '\0' || strchr(name, ':') != NULL) {
            yaml_report_value(reader->report, yaml_pair_key(users, i),
                              "a user name has to be text without a colon; choose another name");
        } else if (problem != NULL) {
            yaml_report_value(reader->report, yaml_pair_value(users, i), "user \"%s\" %s", name,
                              problem);
        } else {
            config->users[config->user_count++] = (struct web_user){
                arena_strdup(config->arena, name), arena_strdup(config->arena, hash)};
        }
    }
}

static bool is_header_value(const char *value)
{
    for (const char *c = value; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            return false;
        }
    }
    return *value != '\0';
}

static void read_headers(struct reader *reader, struct yaml_value headers)
{
    struct web_config *config = reader->config;

    if (!check_keys(reader, headers, "headers", header_names, ARRAY_LENGTH(header_names))) {
        return;
    }
    config->headers =
        arena_alloc_array(config->arena, ARRAY_LENGTH(header_names), sizeof *config->headers);
    for (size_t i = 0; i < ARRAY_LENGTH(header_names); i++) {
        const char *value = read_text(reader, headers, header_names[i]);

        if (value == NULL || value[0] == '\0') {
            continue; /* As in the exporter-toolkit: not set. */
        }
        if (!is_header_value(value)) {
            yaml_report_value(reader->report, yaml_lookup(headers, header_names[i]),
                              "%s has characters that a header cannot have; use one line of plain "
                              "ASCII",
                              header_names[i]);
            continue;
        }
        config->headers[config->header_count++] = (struct web_header){header_names[i], value};
    }
}

static void read_http(struct reader *reader, struct yaml_value http)
{
    static const char *const keys[] = {"http2", "headers"};
    struct yaml_value headers = yaml_lookup(http, "headers");
    const char *http2;

    if (!check_keys(reader, http, "http_server_config", keys, ARRAY_LENGTH(keys))) {
        return;
    }
    /* Only an offer to clients in the exporter-toolkit; here all speak HTTP/1.1. */
    http2 = read_text(reader, http, "http2");
    if (http2 != NULL && strcmp(http2, "true") != 0 && strcmp(http2, "false") != 0) {
        yaml_report_value(reader->report, yaml_lookup(http, "http2"),
                          "http2 cannot be \"%s\"; write true or false", http2);
    }
    if (headers.node != NULL && !yaml_is_null(headers)) {
        read_headers(reader, headers);
    }
}

static void read_root(struct reader *reader, struct yaml_value root)
{
    static const char *const keys[] = {"tls_server_config", "http_server_config",
                                       "basic_auth_users"};
    static void (*const readers[])(struct reader *, struct yaml_value) = {read_tls, read_http,
                                                                          read_users};

    /* An empty file asks for nothing. */
    if (root.node == NULL || yaml_is_null(root) ||
        !check_keys(reader, root, "the web configuration", keys, ARRAY_LENGTH(keys))) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++) {
        struct yaml_value section = yaml_lookup(root, keys[i]);

        if (section.node != NULL && !yaml_is_null(section)) {
            readers[i](reader, section);
        }
    }
}

/* Takes `file`. */
static struct web_config *read_file(struct yaml_file *file, struct yaml_report *report,
                                    char **ret_report)
{
    struct arena *arena = arena_new();
    struct web_config *config = arena_alloc(arena, sizeof *config);
    struct reader reader = {config, report, ""};

    config->arena = arena;
    config->max_version = TLS_VERSION_13;
    if (file != NULL) {
        const char *slash = strrchr(file->name, '/');

        if (slash != NULL) {
            reader.directory = arena_strndup(arena, file->name, (size_t)(slash + 1 - file->name));
        }
        read_root(&reader, yaml_root(file));
    }
    *ret_report = yaml_report_print(report);
    yaml_report_release(report);
    yaml_file_free(file);
    if (*ret_report != NULL) {
        web_config_free(config);
        return NULL;
    }
    return config;
}

struct web_config *web_config_load(const char *path, char **ret_report)
{
    struct yaml_report report;

    yaml_report_init(&report);
    return read_file(yaml_file_load(path, 0, &report), &report, ret_report);
}

struct web_config *web_config_load_text(const char *text, size_t length, const char *name,
                                        char **ret_report)
{
    struct yaml_report report;

    yaml_report_init(&report);
    return read_file(yaml_file_parse(text, length, name, 0, &report), &report, ret_report);
}

void web_config_free(struct web_config *config)
{
    if (config != NULL) {
        arena_free(config->arena);
    }
}
