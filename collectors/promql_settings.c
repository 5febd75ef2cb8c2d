/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the promql collector. */

#include "collectors/promql_settings.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "collectors/http_url.h"
#include "exporter/bounds.h"

static const char *const yield_names[PROMQL_YIELD_COUNT] = {
    [PROMQL_RECOVERY_POINT_TIMESTAMP] = "recovery_point_timestamp",
    [PROMQL_RECOVERY_POINT_AGE] = "recovery_point_age",
    [PROMQL_CAPACITY_RATIO] = "capacity_ratio",
    [PROMQL_UP] = "up",
    [PROMQL_VALIDATED_TIMESTAMP] = "validated_timestamp",
};

const struct setting promql_setting_table[PROMQL_SETTING_COUNT] = {
    {"url", SETTING_TEXT, offsetof(struct promql_settings, url), NULL, true,
     "http(s) address of the server, with what stands before `/api/v1/query`: "
     "`https://mimir.example.com/prometheus`. One that goes on answering when the other region is "
     "lost."},
    {"query", SETTING_TEXT, offsetof(struct promql_settings, query), NULL, true,
     "PromQL expression that gives exactly one number."},
    {"yields", SETTING_TEXT, offsetof(struct promql_settings, yields), NULL, true,
     "What the number is: `recovery_point_timestamp` (Unix seconds) or `recovery_point_age` "
     "(seconds) of the `dataset`; or, for the `evidence` of services, `capacity_ratio`, `up` (1 or "
     "0, of what users reach in the DR region) or `validated_timestamp` (of a runbook, Unix "
     "seconds)."},
    {"samples", SETTING_TEXTS, offsetof(struct promql_settings, samples), NULL, false,
     "Selectors, such as `name{instance=\"dr\"}`, of all scraped series that the query is made "
     "of: the oldest sample of them counts for `max_sample_age`. Behind a recording rule, those "
     "that the rule is made of. Not needed when the query itself is one selector that begins "
     "with its name."},
    {"max_sample_age", SETTING_DURATION, offsetof(struct promql_settings, max_sample_age_ms), "2m",
     false,
     "What is older proves nothing. Write three or four times the scrape interval, and less than "
     "the RPO."},
    {"tenant", SETTING_TEXT, offsetof(struct promql_settings, tenant), NULL, false,
     "Sent as `X-Scope-OrgID`, which Mimir, Cortex and a Thanos with tenants want."},
    {"user", SETTING_TEXT, offsetof(struct promql_settings, user), NULL, false,
     "User name of HTTP basic authentication; https only."},
    {"password_file", SETTING_FILE, offsetof(struct promql_settings, password_file), NULL, false,
     "File with the password of `user`."},
    {"token_file", SETTING_FILE, offsetof(struct promql_settings, token_file), NULL, false,
     "File with a token that is sent as `Authorization: Bearer`; https only. Read each time, so it "
     "may rotate."},
    {"ca_file", SETTING_FILE, offsetof(struct promql_settings, ca_file), NULL, false,
     "File (PEM) with the authorities that may have signed the server's certificate; the system's "
     "if it is not given."},
    {"cert_file", SETTING_FILE, offsetof(struct promql_settings, cert_file), NULL, false,
     "File (PEM) with the client certificate."},
    {"key_file", SETTING_FILE, offsetof(struct promql_settings, key_file), NULL, false,
     "File (PEM) with its key."},
};

enum promql_yield promql_yield_find(const char *word)
{
    enum promql_yield yield = 0;

    while (yield < PROMQL_YIELD_COUNT && (word == NULL || strcmp(word, yield_names[yield]) != 0)) {
        yield++;
    }
    return yield;
}

/* Past a text in quotes; a raw one in backquotes has no escapes. NULL when it does not end. */
static const char *skip_text(const char *at)
{
    char quote = *at++;

    while (*at != '\0' && *at != quote) {
        at += *at == '\\' && quote != '`' && at[1] != '\0' ? 2 : 1;
    }
    return *at == quote ? at + 1 : NULL;
}

/* Past `{…}`; NULL when it does not end. */
static const char *skip_matchers(const char *at)
{
    at++;
    while (at != NULL && *at != '}') {
        if (*at == '\0' || strchr("{()[]#", *at) != NULL) {
            return NULL;
        }
        at = strchr("\"'`", *at) != NULL ? skip_text(at) : at + 1;
    }
    return at == NULL ? NULL : at + 1;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

bool promql_selector_check(const char *text)
{
    const char *at = skip_blanks(text);
    const char *first = at;

    if (!isdigit((unsigned char)*at)) {
        while (isalnum((unsigned char)*at) || *at == '_' || *at == ':') {
            at++;
        }
    }
    if (at != first) {
        at = skip_blanks(at);
    }
    if (*at == '{') {
        at = skip_matchers(at);
    }
    return at != NULL && at != first && *skip_blanks(at) == '\0';
}

/* By the convention for names: https://prometheus.io/docs/practices/rules/ */
static bool is_recording_rule(const char *selector)
{
    return memchr(selector, ':', strcspn(selector, "{")) != NULL;
}

static bool check_query(const char *query, struct error *error)
{
    if (!promql_selector_check(query)) {
        return error_set(error, ERROR_INTERNAL,
                         "the \"query\" is no selector, so nothing tells how old its samples "
                         "are; give \"samples\", the selectors that it is made of");
    }
    if (*skip_blanks(query) == '{') {
        return error_set(error, ERROR_INTERNAL,
                         "the \"query\" does not begin with a name, so it may be a recording rule, "
                         "which goes on when nothing is scraped any more; give \"samples\" too, "
                         "the scraped series");
    }
    return !is_recording_rule(query) ||
           error_set(error, ERROR_INTERNAL,
                     "the \"query\" is a recording rule by its name, which goes on when nothing is "
                     "scraped any more; give \"samples\", the selectors that the rule is made of");
}

static bool check_samples(const struct promql_settings *own, struct error *error)
{
    size_t count = 0;

    if (own->samples == NULL) {
        return check_query(own->query, error);
    }
    for (; own->samples[count] != NULL; count++) {
        if (!promql_selector_check(own->samples[count])) {
            return error_set(error, ERROR_INTERNAL,
                             "\"%.100s\" in \"samples\" is no selector; write for example "
                             "mysql_heartbeat_stored_timestamp_seconds{instance=\"dr:9104\"}",
                             own->samples[count]);
        }
        if (is_recording_rule(own->samples[count])) {
            return error_set(
                error, ERROR_INTERNAL,
                "\"%.100s\" in \"samples\" is a recording rule by its name, which goes "
                "on when nothing is scraped any more; write the series that it is "
                "made of",
                own->samples[count]);
        }
    }
    return (count > 0 && count <= PROMQL_SELECTORS_MAX) ||
           error_set(error, ERROR_INTERNAL, "\"samples\" wants 1 to %d selectors",
                     PROMQL_SELECTORS_MAX);
}

/* Does it call this function? What stands in quotes is not told apart: no label is called so. */
static bool calls(const char *query, const char *function)
{
    for (const char *at = strstr(query, function); at != NULL; at = strstr(at + 1, function)) {
        bool begins =
            at == query || (!isalnum((unsigned char)at[-1]) && strchr("_:", at[-1]) == NULL);
        const char *after = skip_blanks(at + strlen(function));

        if (begins && *after == '(' && *skip_blanks(after + 1) == ')') {
            return true;
        }
    }
    return false;
}

/* `time() - lag`, with VictoriaMetrics also `now() - lag`, would be a new date every time although
 * its samples are old. */
static bool check_date(const struct promql_settings *own, struct error *error)
{
    return promql_yield_find(own->yields) != PROMQL_RECOVERY_POINT_TIMESTAMP ||
           !(calls(own->query, "time") || calls(own->query, "now")) ||
           error_set(
               error, ERROR_INTERNAL,
               "a \"query\" with the time of now gives a recovery point that goes on although "
               "its samples are old; ask for the lag and write \"yields: "
               "recovery_point_age\"");
}

static bool check_url(const struct promql_settings *own, struct error *error)
{
    bool has_secret = own->token_file != NULL || own->password_file != NULL;

    if (!http_url_check(own->url, error)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"url\" is not a URL without user and password; write for example "
                         "https://prometheus.example.com");
    }
    if (strpbrk(own->url, "?#") != NULL || strstr(own->url, "/api/v1") != NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"url\" goes too far; write only what stands before /api/v1/query");
    }
    return !has_secret || strncasecmp(own->url, "https:", 6) == 0 ||
           error_set(error, ERROR_INTERNAL,
                     "\"url\" must begin with https:// when there is a \"%s\", or others could "
                     "read it",
                     own->token_file != NULL ? "token_file" : "password_file");
}

static bool check_access(const struct promql_settings *own, struct error *error)
{
    if (own->tenant != NULL && !http_word_check(own->tenant)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"tenant\" has a blank or a character that no tenant has");
    }
    if ((own->user == NULL) != (own->password_file == NULL)) {
        return error_set(error, ERROR_INTERNAL, "\"user\" and \"password_file\" go together; %s",
                         own->user == NULL ? "give \"user\" too" : "give \"password_file\" too");
    }
    if (own->user != NULL && (!http_word_check(own->user) || strchr(own->user, ':') != NULL)) {
        return error_set(error, ERROR_INTERNAL, "\"user\" has a blank, a colon or is empty");
    }
    if (own->user != NULL && own->token_file != NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "both \"user\" and \"token_file\" are given; the server wants one");
    }
    if ((own->cert_file == NULL) != (own->key_file == NULL)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"cert_file\" and \"key_file\" go together; give both");
    }
    return true;
}

bool promql_settings_check(const void *settings, unsigned survives, struct error *error)
{
    const struct promql_settings *own = settings;

    (void)survives;
    if (promql_yield_find(own->yields) == PROMQL_YIELD_COUNT) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%.50s\" is nothing that a query \"yields\"; write "
                         "recovery_point_timestamp, recovery_point_age, capacity_ratio, up or "
                         "validated_timestamp",
                         own->yields);
    }
    return check_url(own, error) && check_samples(own, error) && check_date(own, error) &&
           check_access(own, error);
}
