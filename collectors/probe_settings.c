/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan says of one endpoint, and what asking it gave. */

#include "collectors/probe_settings.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/cidr.h"
#include "collectors/dns_message.h"
#include "collectors/http_url.h"
#include "collectors/probe_body.h"
#include "collectors/socket_stream.h"
#include "exporter/cleanup.h"

/* Of names, addresses, and the patterns of fnmatch(3). */
#define HOST_PATTERN_CHARACTERS                                                                    \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:*?[]!\\"

static bool check_one_of_three(const struct probe_settings *own, struct error *error)
{
    int count = (own->url != NULL) + (own->tcp != NULL) + (own->dns != NULL);

    if (count == 1) {
        return true;
    }
    return error_set(error, ERROR_INTERNAL, "%s; write one of them",
                     count == 0 ? "neither \"url\" nor \"tcp\" nor \"dns\" is given"
                                : "more than one of \"url\", \"tcp\" and \"dns\" is given");
}

/* A key that does nothing would look like a check and be none. */
static bool check_strays(const struct probe_settings *own, struct error *error)
{
    const struct {
        const char *key;
        bool is_given;
        bool fits;
        const char *of;
    } rows[] = {
        {"address", own->address != NULL, own->url != NULL, "url"},
        {"expect_status", own->expect_status != NULL, own->url != NULL, "url"},
        {"expect_body", own->expect_body != NULL, own->url != NULL, "url"},
        {"ca_file", own->ca_file != NULL, own->url != NULL, "url"},
        {"certificate_min_left", own->certificate_min_left_ms != 0, own->url != NULL, "url"},
        {"forbidden_hosts", own->forbidden_hosts != NULL, own->tcp == NULL, "url\" and \"dns"},
        {"dns_expect", own->dns_expect != NULL, own->dns != NULL, "dns"},
        {"dns_servers", own->dns_servers != NULL, own->dns != NULL, "dns"},
        {"dns_resolver", own->dns_resolver != NULL, own->dns != NULL, "dns"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].is_given && !rows[i].fits) {
            return error_set(error, ERROR_INTERNAL, "\"%s\" is for \"%s\"; remove it", rows[i].key,
                             rows[i].of);
        }
    }
    return true;
}

/* One that no host can equal would look like a check and be none. */
static bool check_forbidden_hosts(const struct probe_settings *own, struct error *error)
{
    const char *const *patterns = own->forbidden_hosts;

    for (size_t i = 0; patterns != NULL && patterns[i] != NULL; i++) {
        size_t length = strlen(patterns[i]);

        if (length == 0 || patterns[i][length - 1] == '.' ||
            strspn(patterns[i], HOST_PATTERN_CHARACTERS) != length ||
            (strchr(patterns[i], ':') != NULL && strchr(patterns[i], '[') == NULL)) {
            return error_set(error, ERROR_INTERNAL,
                             "\"forbidden_hosts\": \"%s\" can be no host; write only its name, "
                             "without a dot at the end: *.us-east-1.example.com",
                             patterns[i]);
        }
    }
    return true;
}

static bool check_status_list(const char *const *list, struct error *error)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        if (strlen(list[i]) != 3 || strspn(list[i], "0123456789") != 3 || list[i][0] < '2' ||
            list[i][0] > '5') {
            return error_set(error, ERROR_INTERNAL,
                             "\"expect_status\": \"%s\" is no status; write for example 200",
                             list[i]);
        }
    }
    return true;
}

static bool check_http(const struct probe_settings *own, struct error *error)
{
    if (!http_url_check(own->url, error)) {
        return error_prefix(error, "\"url\"");
    }
    if (own->address != NULL &&
        (*own->address == '/' || !socket_address_check(own->address, error))) {
        return error_set(error, ERROR_INTERNAL,
                         "\"address\": \"%s\" is no address; write host:port or [IPv6]:port",
                         own->address);
    }
    if (strncasecmp(own->url, "https:", 6) != 0 &&
        (own->ca_file != NULL || own->certificate_min_left_ms != 0)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"ca_file\" and \"certificate_min_left\" are for a \"url\" that begins "
                         "with https://; remove them");
    }
    if (own->expect_body != NULL && *own->expect_body == '\0') {
        return error_set(error, ERROR_INTERNAL,
                         "\"expect_body\" is empty, and would be found in any page; remove it");
    }
    if (own->expect_body != NULL && !probe_body_check(own->expect_body, error)) {
        return error_prefix(error, "\"expect_body\"");
    }
    return check_status_list(own->expect_status, error);
}

static bool check_numeric(const char *address, struct error *error)
{
    unsigned char bytes[16];

    if (inet_pton(strchr(address, ':') != NULL ? AF_INET6 : AF_INET, address, bytes) == 1) {
        return true;
    }
    return error_set(error, ERROR_INTERNAL,
                     "\"%s\" is no IP address; write for example 192.0.2.53, its port as "
                     "\"dns_port\"",
                     address);
}

static bool check_dns_lists(const struct probe_settings *own, struct error *error)
{
    bool is_alias = strcasecmp(own->dns_type, "CNAME") == 0;

    for (size_t i = 0; own->dns_expect != NULL && own->dns_expect[i] != NULL; i++) {
        if (!(is_alias ? dns_name_check(own->dns_expect[i], error)
                       : cidr_check(own->dns_expect[i], error))) {
            return error_prefix(error, "\"dns_expect\"");
        }
    }
    for (size_t i = 0; own->dns_servers != NULL && own->dns_servers[i] != NULL; i++) {
        if (i == PROBE_SERVERS_MAX) {
            return error_set(error, ERROR_INTERNAL, "\"dns_servers\" has more than %d",
                             PROBE_SERVERS_MAX);
        }
        if (strchr(own->dns_servers[i], ':') != NULL
                ? !check_numeric(own->dns_servers[i], error)
                : !dns_name_check(own->dns_servers[i], error)) {
            return error_prefix(error, "\"dns_servers\"");
        }
    }
    return true;
}

static bool check_dns(const struct probe_settings *own, struct error *error)
{
    if (!dns_name_check(own->dns, error)) {
        return error_prefix(error, "\"dns\"");
    }
    if (strcasecmp(own->dns_type, "A") != 0 && strcasecmp(own->dns_type, "AAAA") != 0 &&
        strcasecmp(own->dns_type, "CNAME") != 0) {
        return error_set(error, ERROR_INTERNAL,
                         "\"dns_type\": \"%s\" cannot be asked for; write A, AAAA or CNAME",
                         own->dns_type);
    }
    if (own->dns_resolver != NULL && !check_numeric(own->dns_resolver, error)) {
        return error_prefix(error, "\"dns_resolver\"");
    }
    if (own->dns_port < 1 || own->dns_port > 65535) {
        return error_set(error, ERROR_INTERNAL, "\"dns_port\" must be between 1 and 65535");
    }
    return check_dns_lists(own, error);
}

bool probe_settings_check(const struct probe_settings *own, struct error *error)
{
    if (strcmp(own->role, "dr") != 0 && strcmp(own->role, "primary") != 0) {
        return error_set(error, ERROR_INTERNAL, "\"role\" is \"%s\"; write dr or primary",
                         own->role);
    }
    if (!check_one_of_three(own, error) || !check_strays(own, error) ||
        !check_forbidden_hosts(own, error)) {
        return false;
    }
    if (own->tcp != NULL && (*own->tcp == '/' || !socket_address_check(own->tcp, error))) {
        return error_set(error, ERROR_INTERNAL,
                         "\"tcp\": \"%s\" is no address; write host:port or [IPv6]:port", own->tcp);
    }
    return (own->url == NULL || check_http(own, error)) &&
           (own->dns == NULL || check_dns(own, error));
}

bool probe_is_forbidden(const struct probe_settings *settings, const char *host)
{
    const char *const *patterns = settings->forbidden_hosts;
    size_t length = strlen(host);
    CLEANUP(free_text)
    char *plain = strndup(host, length - (length > 0 && host[length - 1] == '.'));

    if (plain == NULL) {
        abort();
    }
    for (size_t i = 0; patterns != NULL && patterns[i] != NULL; i++) {
        if (fnmatch(patterns[i], plain, FNM_CASEFOLD) == 0) {
            return true;
        }
    }
    return false;
}

void probe_set_problem(struct probe_result *result, const char *problem)
{
    if (result->problem == NULL) {
        result->problem = problem;
    }
}
