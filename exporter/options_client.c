/* SPDX-License-Identifier: Apache-2.0 */
/* The flags of `gate` and `status`. */

#include <stdlib.h>
#include <string.h>

#include "exporter/config.h"
#include "exporter/duration.h"
#include "exporter/options_flags.h"
#include "exporter/rfc3339.h"

static const char *set_url(struct options *options, const char *value)
{
    options->client.url = value;
    return strncmp(value, "http://", 7) == 0 || strncmp(value, "https://", 8) == 0
               ? NULL
               : "write for example http://127.0.0.1:10112";
}

static const char *set_timeout(struct options *options, const char *value)
{
    return duration_parse(value, &options->client.timeout_ms) && options->client.timeout_ms > 0 &&
                   options->client.timeout_ms <= 3600000
               ? NULL
               : "write a duration such as 5s";
}

static const char *set_ca_file(struct options *options, const char *value)
{
    options->client.ca_file = value;
    return *value == '\0' ? "give the path of a file" : NULL;
}

static const char *set_user(struct options *options, const char *value)
{
    options->client.user = value;
    return *value == '\0' ? "give a name" : NULL;
}

static const char *set_password_file(struct options *options, const char *value)
{
    options->client.password_file = value;
    return *value == '\0' ? "give the path of a file" : NULL;
}

static const char *set_disruption(struct options *options, const char *value)
{
    options->client.disruption = value;
    for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
        if (strcmp(value, disruption_name(d)) == 0) {
            return NULL;
        }
    }
    return "write zone, region, corruption or ransomware";
}

static const char *set_lost_since(struct options *options, const char *value)
{
    double instant;

    options->client.lost_since = value;
    return rfc3339_parse(value, &instant) ? NULL : "write an instant such as 2026-11-21T03:12:00Z";
}

const struct flag client_flags[CLIENT_FLAG_COUNT] = {
    {"--url", "URL", "http://127.0.0.1:10112", "The exporter that is asked.", set_url, false},
    {"--timeout", "DURATION", "5s", "How long it may take to answer.", set_timeout, false},
    {"--ca-file", "PATH", NULL, "Authorities of its certificate.", set_ca_file, false},
    {"--user", "NAME", NULL, "As whom to ask, with --password-file.", set_user, false},
    {"--password-file", "PATH", NULL, "File with the password.", set_password_file, false},
    {"--disruption", "NAME", "region", "gate: zone, region, corruption or ransomware.",
     set_disruption, false},
    {"--lost-since", "INSTANT", NULL, "gate: when the origins were lost and stopped writing.",
     set_lost_since, false},
};

const char *client_flags_check(const struct client_options *client)
{
    return (client->user == NULL) != (client->password_file == NULL)
               ? "--user and --password-file belong together"
               : NULL;
}
