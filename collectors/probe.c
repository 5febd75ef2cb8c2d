/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints that users reach: over HTTP, TCP, and by their DNS records. */

#include "collectors/probe.h"

#include <stddef.h>
#include <string.h>

#include "collectors/probe_dns.h"
#include "collectors/probe_http.h"
#include "collectors/probe_settings.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

#define PLACE(field) offsetof(struct probe_settings, field)

static const struct setting setting_table[] = {
    {"role", SETTING_TEXT, PLACE(role), "dr", false,
     "`dr`: evidence for the check `endpoint` of services that list it. `primary`: metrics only; "
     "needs to be listed nowhere."},
    {"url", SETTING_TEXT, PLACE(url), NULL, false,
     "http(s) address that is fetched with GET. One of `url`, `tcp` and `dns`."},
    {"address", SETTING_TEXT, PLACE(address), NULL, false,
     "`host:port` to connect to instead of the host in `url`, which is still asked for by that "
     "name: the load balancer of the DR region, before the DNS points to it."},
    {"expect_status", SETTING_TEXTS, PLACE(expect_status), NULL, false,
     "Statuses that are right; 200 by default. Redirections are not followed."},
    {"expect_body", SETTING_TEXT, PLACE(expect_body), NULL, false,
     "Regular expression (PCRE2) that must be found in the body."},
    {"forbidden_hosts", SETTING_TEXTS, PLACE(forbidden_hosts), NULL, false,
     "Hosts of the other region, with `*`: `[\"*.us-east-1.*\"]`. A redirection or alias (CNAME) "
     "to one of them is a problem."},
    {"ca_file", SETTING_FILE, PLACE(ca_file), NULL, false,
     "PEM file with the certificate authorities for `url`; the system's by default."},
    {"certificate_min_left", SETTING_DURATION, PLACE(certificate_min_left_ms), NULL, false,
     "How long every certificate of the chain must still be valid, or the endpoint is not fit."},
    {"certificate_warn_left", SETTING_DURATION, PLACE(certificate_warn_left_ms), "14d", false,
     "From when on the alert DrCertificateExpiresSoon tells of it."},
    {"tcp", SETTING_TEXT, PLACE(tcp), NULL, false, "`host:port` that must take connections."},
    {"dns", SETTING_TEXT, PLACE(dns), NULL, false,
     "Name whose record every responsible name server must give."},
    {"dns_type", SETTING_TEXT, PLACE(dns_type), "A", false, "`A`, `AAAA` or `CNAME`."},
    {"dns_expect", SETTING_TEXTS, PLACE(dns_expect), NULL, false,
     "Addresses or blocks (`192.0.2.0/24`) in which every address must be; names for `CNAME`. "
     "Without it all servers must say the same."},
    {"dns_servers", SETTING_TEXTS, PLACE(dns_servers), NULL, false,
     "Name servers to ask, by address or name, which may be resolvers (of those the TTL is not "
     "known); by default all that are responsible for the name."},
    {"dns_resolver", SETTING_TEXT, PLACE(dns_resolver), NULL, false,
     "IP address of the resolver that tells who is responsible; by default the system's."},
    {"dns_port", SETTING_INTEGER, PLACE(dns_port), "53", false, "Port of all name servers."},
};

enum probe_metric {
    PROBE_SUCCESS,
    PROBE_DURATION,
    PROBE_HTTP_STATUS,
    PROBE_CERTIFICATE_END,
    PROBE_CERTIFICATE_WARN_LEFT,
    PROBE_DNS_TTL,
    PROBE_DNS_SERVER_FINE,
    PROBE_METRIC_COUNT
};

static const struct metric metric_table[PROBE_METRIC_COUNT] = {
    [PROBE_SUCCESS] = {"dr_probe_success",
                       METRIC_GAUGE,
                       "Whether the endpoint answered as it should; absent when it could not be "
                       "asked.",
                       {"role"}},
    [PROBE_DURATION] = {"dr_probe_duration_seconds",
                        METRIC_GAUGE,
                        "How long asking took, all name servers together.",
                        {"role"}},
    [PROBE_HTTP_STATUS] = {"dr_probe_http_status",
                           METRIC_GAUGE,
                           "Status of the HTTP answer; absent without a complete one.",
                           {"role"}},
    [PROBE_CERTIFICATE_END] = {"dr_probe_certificate_not_after_timestamp_seconds",
                               METRIC_GAUGE,
                               "When the first certificate of the chain that the server sent ends, "
                               "trusted or not.",
                               {"role"}},
    [PROBE_CERTIFICATE_WARN_LEFT] = {"dr_probe_certificate_warn_left_seconds",
                                     METRIC_GAUGE,
                                     "How long before that it is warned of, from the "
                                     "configuration.",
                                     {"role"}},
    [PROBE_DNS_TTL] = {"dr_probe_dns_ttl_seconds",
                       METRIC_GAUGE,
                       "Longest TTL of the record and its aliases that a responsible server gives.",
                       {"role"}},
    [PROBE_DNS_SERVER_FINE] = {"dr_probe_dns_server_success",
                               METRIC_GAUGE,
                               "Whether this name server answered as it should, for each of its "
                               "addresses.",
                               {"role", "server"}},
};

static bool is_primary(const struct probe_settings *own)
{
    return own->role != NULL && strcmp(own->role, "primary") == 0;
}

static unsigned feeds_of(const void *settings)
{
    return is_primary(settings) ? 0 : FEEDS(CHECK_ENDPOINT);
}

static bool check(const void *settings, unsigned survives, struct error *error)
{
    (void)survives;
    return probe_settings_check(settings, error);
}

/* Each collection begins anew: a connection that is kept would hide that no other can be made. */
static void *open_session(const void *settings, const struct deadline *deadline,
                          struct error *error)
{
    static char nothing;

    (void)settings;
    (void)deadline;
    (void)error;
    return &nothing;
}

static void close_session(void *session)
{
    (void)session;
}

static void add_samples(const struct collection *collection, const struct probe_result *result)
{
    const struct probe_settings *own = collection->settings;
    const struct {
        enum probe_metric metric;
        struct reading reading;
    } rows[] = {
        {PROBE_SUCCESS, {true, result->problem == NULL ? 1 : 0}},
        {PROBE_HTTP_STATUS, result->http_status},
        {PROBE_CERTIFICATE_END, result->certificate_end},
        {PROBE_CERTIFICATE_WARN_LEFT,
         {result->certificate_end.known, (double)own->certificate_warn_left_ms / 1000}},
        {PROBE_DNS_TTL, result->dns_ttl_seconds},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].reading.known) {
            samples_add_labelled(collection->samples, rows[i].metric, rows[i].reading.value,
                                 (const char *[]){own->role});
        }
    }
    for (size_t i = 0; i < result->server_count; i++) {
        samples_add_labelled(collection->samples, PROBE_DNS_SERVER_FINE,
                             result->servers[i].is_fine ? 1 : 0,
                             (const char *[]){own->role, result->servers[i].name});
    }
}

static void release_arena(struct arena **arena)
{
    arena_free(*arena);
}

static bool collect(void *session, struct collection *collection, struct error *error)
{
    const struct probe_settings *own = collection->settings;
    /* What servers said is not kept as long as what it proves. */
    CLEANUP(release_arena) struct arena *arena = arena_new();
    struct probe_result result = {0};
    int64_t started_ms = clock_monotonic_ms();
    bool asked = own->url != NULL   ? probe_http(own, &collection->deadline, arena, &result, error)
                 : own->tcp != NULL ? probe_tcp(own, &collection->deadline, arena, &result, error)
                                    : probe_dns(own, &collection->deadline, arena, &result, error);

    (void)session;
    if (!asked) {
        return false;
    }
    add_samples(collection, &result);
    samples_add_labelled(collection->samples, PROBE_DURATION,
                         (double)(clock_monotonic_ms() - started_ms) / 1000,
                         (const char *[]){own->role});
    if (result.problem != NULL) {
        result.problem = arena_strdup(collection->arena, result.problem);
    }
    if (!is_primary(own)) {
        collection->evidence->endpoint =
            (struct endpoint_evidence){.known = true,
                                       .problem = result.problem,
                                       .has_dns_record = own->dns != NULL,
                                       .dns_ttl_seconds = result.dns_ttl_seconds};
    }
    return true;
}

const struct collector probe_collector = {
    .name = "probe",
    .summary = "Endpoints over HTTP, TCP and in the DNS: do they answer, as what, and could users "
               "be led to them?",
    .proves_no_data = true,
    .feeds = FEEDS(CHECK_ENDPOINT),
    .feeds_of = feeds_of,
    .metrics = metric_table,
    .metric_count = PROBE_METRIC_COUNT,
    .settings = setting_table,
    .setting_count = sizeof setting_table / sizeof setting_table[0],
    .settings_size = sizeof(struct probe_settings),
    .check = check,
    .open = open_session,
    .collect = collect,
    .close = close_session,
};
