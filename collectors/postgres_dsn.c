/* SPDX-License-Identifier: Apache-2.0 */
/* Connection strings of libpq, taken apart. */

#include "collectors/postgres_dsn.h"

#include <stdlib.h>
#include <string.h>

static const char *find(const PQconninfoOption *options, const char *key)
{
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (strcmp(option->keyword, key) == 0) {
            return option->val;
        }
    }
    return NULL;
}

static size_t count_items(const char *list)
{
    size_t count = 1;

    for (const char *c = list; c != NULL && *c != '\0'; c++) {
        count += *c == ',' ? 1 : 0;
    }
    return count;
}

/* The directory of a Unix socket, or a name or address. */
static bool is_host(const char *item, size_t length)
{
    return length == 0 || *item == '/' || *item == '@' ||
           (memchr(item, '/', length) == NULL && memchr(item, '@', length) == NULL);
}

/* A character of a password that is not percent-encoded in a URI puts what follows it into host or
 * port, and libpq would quote that. Nothing of the kind is a host or a port. */
static bool is_plausible(const PQconninfoOption *options)
{
    const char *host = find(options, "host");
    const char *port = find(options, "port");

    if (port != NULL && port[strspn(port, "0123456789,")] != '\0') {
        return false;
    }
    while (host != NULL && *host != '\0') {
        size_t length = strcspn(host, ",");

        if (!is_host(host, length)) {
            return false;
        }
        host += length + (host[length] == ',' ? 1 : 0);
    }
    return true;
}

bool postgres_dsn_parse(const char *text, struct postgres_dsn *ret_dsn, struct error *error)
{
    struct postgres_dsn dsn = {.options = PQconninfoParse(text, NULL)};

    if (dsn.options == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "not a connection string of libpq; write \"host=… port=… user=… "
                         "dbname=…\" or \"postgresql://user@host:port/dbname\"");
    }
    if (!is_plausible(dsn.options)) {
        postgres_dsn_release(&dsn);
        return error_set(error, ERROR_INTERNAL,
                         "its host or port cannot be right; if it holds a password, put that in "
                         "the password file instead (or percent-encode its special characters)");
    }
    dsn.host_count = count_items(find(dsn.options, "host"));
    if (find(dsn.options, "host") == NULL) {
        dsn.host_count = count_items(find(dsn.options, "hostaddr"));
    }
    *ret_dsn = dsn;
    return true;
}

void postgres_dsn_release(struct postgres_dsn *dsn)
{
    PQconninfoFree(dsn->options);
    dsn->options = NULL;
}

/* The item of a list, or its only one; NULL when there is none. */
static char *copy_item(const char *list, size_t index)
{
    const char *item = list;
    char *copy;

    if (list == NULL || (index > 0 && count_items(list) > 1 && index >= count_items(list))) {
        return NULL;
    }
    for (size_t i = 0; i < index && count_items(list) > 1; i++) {
        item = strchr(item, ',') + 1;
    }
    copy = strndup(item, strcspn(item, ","));
    if (copy == NULL) {
        abort();
    }
    return copy;
}

static void add(struct postgres_parameters *parameters, const char *key, const char *value)
{
    if (value != NULL &&
        parameters->count + 1 < sizeof parameters->keys / sizeof parameters->keys[0]) {
        parameters->keys[parameters->count] = key;
        parameters->values[parameters->count] = value;
        parameters->count++;
    }
}

static bool has(const struct postgres_parameters *parameters, const char *key)
{
    for (size_t i = 0; i < parameters->count; i++) {
        if (strcmp(parameters->keys[i], key) == 0) {
            return true;
        }
    }
    return false;
}

void postgres_parameters_init(struct postgres_parameters *parameters,
                              const struct postgres_dsn *dsn, size_t host, const char *password)
{
    static const char *const lists[] = {"host", "hostaddr", "port"};

    *parameters = (struct postgres_parameters){.count = 0};
    add(parameters, "application_name", "dr_exporter");
    add(parameters, "client_encoding", "UTF8");
    add(parameters, "password", password);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        parameters->owned[i] = copy_item(find(dsn->options, lists[i]), host);
        add(parameters, lists[i], parameters->owned[i]);
    }
    for (const PQconninfoOption *option = dsn->options; option->keyword != NULL; option++) {
        if (!has(parameters, option->keyword)) {
            add(parameters, option->keyword, option->val);
        }
    }
    /* A key distribution centre that does not answer would block without a deadline. */
    if (!has(parameters, "gssencmode") && getenv("PGGSSENCMODE") == NULL) {
        add(parameters, "gssencmode", "disable");
    }
}

void postgres_parameters_release(struct postgres_parameters *parameters)
{
    for (size_t i = 0; i < sizeof parameters->owned / sizeof parameters->owned[0]; i++) {
        free(parameters->owned[i]);
    }
}

const char *postgres_parameters_host(const struct postgres_parameters *parameters)
{
    for (size_t i = 0; i < 2; i++) {
        if (parameters->owned[i] != NULL && *parameters->owned[i] != '\0') {
            return parameters->owned[i];
        }
    }
    return "the default host";
}
