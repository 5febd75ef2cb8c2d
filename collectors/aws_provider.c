/* SPDX-License-Identifier: Apache-2.0 */
/* Where credentials come from, and new ones before those that there are expire. */

#include "collectors/aws_provider.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/aws_ask.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/file.h"
#include "exporter/secret.h"

/* Services hand out new ones about this long before the others expire. */
#define REFRESH_AHEAD_SECONDS 300
/* How long after a failed attempt, while there are valid ones, the next one is made. */
#define RETRY_SECONDS 15
/* Programs that write temporary credentials into a file do so before the old ones expire. */
#define FILE_SECONDS 60

struct aws_provider {
    const struct aws_settings *settings;
    const char *ca_file;
    struct http_client *client;
    struct aws_credentials credentials;
    double refresh_at; /* As `expires`, by clock_unix_seconds(). */
    double expires;
};

struct aws_provider *aws_provider_new(const struct aws_settings *settings, const char *ca_file)
{
    struct aws_provider *provider = calloc(1, sizeof *provider);

    if (provider == NULL) {
        abort();
    }
    provider->settings = settings;
    provider->ca_file = ca_file;
    provider->client = http_client_new();
    return provider;
}

void aws_provider_free(struct aws_provider *provider)
{
    if (provider != NULL) {
        aws_credentials_release(&provider->credentials);
        http_client_free(provider->client);
        free(provider);
    }
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : NULL;
}

static char *duplicate(const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL) {
        abort();
    }
    return copy;
}

static bool from_settings(const struct aws_settings *settings,
                          struct aws_credentials *ret_credentials, struct error *error)
{
    char *secret;

    if (!secret_read(settings->secret_access_key_file, &secret, error)) {
        return false;
    }
    *ret_credentials = (struct aws_credentials){.access_key_id = duplicate(settings->access_key_id),
                                                .secret_access_key = secret,
                                                .expiration = HUGE_VAL};
    return true;
}

static bool from_file(const char *path, const char *profile,
                      struct aws_credentials *ret_credentials, struct error *error)
{
    CLEANUP(secret_free) char *text = NULL;
    size_t length;

    return (file_read(path, SECRET_BYTES_MAX, &text, &length, error) &&
            aws_credentials_read_file(text, profile, ret_credentials, error)) ||
           error_prefix(error, path);
}

static bool from_environment(const char *access_key_id, const char *secret,
                             struct aws_credentials *ret_credentials)
{
    const char *token = environment("AWS_SESSION_TOKEN");

    *ret_credentials =
        (struct aws_credentials){.access_key_id = duplicate(access_key_id),
                                 .secret_access_key = duplicate(secret),
                                 .session_token = token != NULL ? duplicate(token) : NULL,
                                 .expiration = HUGE_VAL};
    return true;
}

/* `ret_is_file`: they may be replaced at any time. */
static bool find(const struct aws_provider *provider, const struct aws_asking *asking,
                 struct aws_credentials *ret_credentials, bool *ret_is_file, struct error *error)
{
    const struct aws_settings *settings = provider->settings;
    const char *file = settings->credentials_file != NULL
                           ? settings->credentials_file
                           : environment("AWS_SHARED_CREDENTIALS_FILE");
    const char *container = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const char *access_key_id = environment("AWS_ACCESS_KEY_ID");
    const char *secret = environment("AWS_SECRET_ACCESS_KEY");
    const char *token_file = environment("AWS_WEB_IDENTITY_TOKEN_FILE");
    const char *role_arn = environment("AWS_ROLE_ARN");
    bool uses_environment = settings->credentials_file == NULL;

    container = container != NULL ? container : environment("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (settings->access_key_id != NULL) {
        return from_settings(settings, ret_credentials, error);
    }
    if (uses_environment && access_key_id != NULL && secret != NULL) {
        return from_environment(access_key_id, secret, ret_credentials);
    }
    if (uses_environment && token_file != NULL && role_arn != NULL) {
        return aws_ask_web_identity(asking, settings, token_file, role_arn, ret_credentials, error);
    }
    if (file != NULL) {
        *ret_is_file = true;
        return from_file(file, settings->profile, ret_credentials, error);
    }
    if (container != NULL) {
        return aws_ask_container(asking, container, ret_credentials, error);
    }
    return aws_ask_instance(asking, ret_credentials, error);
}

static double refresh_time(double now, double expires, bool is_file)
{
    double lifetime = expires - now;

    if (is_file) {
        return fmin(now + FILE_SECONDS, expires);
    }
    return lifetime > 2 * REFRESH_AHEAD_SECONDS ? expires - REFRESH_AHEAD_SECONDS
                                                : now + lifetime / 2;
}

static bool renew(struct aws_provider *provider, const struct deadline *deadline,
                  struct error *error)
{
    const struct aws_asking asking = {
        .client = provider->client, .ca_file = provider->ca_file, .deadline = deadline};
    CLEANUP(aws_credentials_release) struct aws_credentials credentials = {.expiration = 0};
    double now = clock_unix_seconds();
    bool is_file = false;
    double expires;

    if (!find(provider, &asking, &credentials, &is_file, error)) {
        return false;
    }
    if (provider->settings->role_arn != NULL) {
        struct aws_credentials of_role;

        if (!aws_ask_role(&asking, provider->settings, &credentials, &of_role, error)) {
            return error_prefix(error, "role_arn");
        }
        aws_credentials_release(&credentials);
        credentials = of_role;
        is_file = false;
    }
    expires = credentials.expiration - clock_step_seconds();
    if (expires <= now) {
        return error_set(error, ERROR_AUTH,
                         "the credentials have expired before they came; compare the clocks");
    }
    aws_credentials_release(&provider->credentials);
    provider->credentials = credentials;
    credentials = (struct aws_credentials){.expiration = 0};
    provider->expires = expires;
    provider->refresh_at = refresh_time(now, expires, is_file);
    return true;
}

bool aws_provider_get(struct aws_provider *provider, const struct deadline *deadline,
                      const struct aws_credentials **ret_credentials, struct error *error)
{
    double now = clock_unix_seconds();
    bool has_valid = provider->credentials.access_key_id != NULL && now < provider->expires;

    if (!has_valid || now >= provider->refresh_at) {
        /* While there are valid ones the measurement itself must not lose its time. */
        const struct deadline sooner =
            deadline_within(deadline, deadline_remaining_ms(deadline) / (has_valid ? 3 : 1));

        if (!renew(provider, &sooner, error)) {
            if (!has_valid) {
                return false;
            }
            provider->refresh_at = now + RETRY_SECONDS;
        }
    }
    *ret_credentials = &provider->credentials;
    return true;
}
