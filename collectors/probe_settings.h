/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan says of one endpoint, and what asking it gave. */

#ifndef COLLECTORS_PROBE_SETTINGS_H
#define COLLECTORS_PROBE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/bounds.h"
#include "exporter/error.h"
#include "exporter/evidence.h"

struct probe_settings {
    const char *role;
    const char *url; /* One of url, tcp and dns is not NULL. */
    const char *address;
    const char *const *expect_status;
    const char *expect_body;
    const char *const *forbidden_hosts;
    const char *ca_file;
    int64_t certificate_min_left_ms; /* 0: no limit. */
    int64_t certificate_warn_left_ms;
    const char *tcp;
    const char *dns;
    const char *dns_type;
    const char *const *dns_expect;
    const char *const *dns_servers;
    const char *dns_resolver;
    int64_t dns_port;
};

/* One name server that was asked. */
struct probe_server {
    const char *name; /* As the plan or the zone has it. */
    const char *address;
    bool is_fine;
};

/* Texts live in the arena that the probe was given. */
struct probe_result {
    const char *problem; /* The first that was found; NULL: none. */
    struct reading http_status;
    struct reading certificate_end; /* Unix seconds; the earliest of the chain. */
    struct reading dns_ttl_seconds;
    struct probe_server servers[PROBE_SERVERS_MAX];
    size_t server_count;
};

bool probe_settings_check(const struct probe_settings *settings, struct error *error);

/* Whether the host, with or without a dot at its end, is one of `forbidden_hosts`. */
bool probe_is_forbidden(const struct probe_settings *settings, const char *host);

/* Keeps only the first. */
void probe_set_problem(struct probe_result *result, const char *problem);

#endif
