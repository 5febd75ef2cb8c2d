/* SPDX-License-Identifier: Apache-2.0 */
/* librdkafka's properties: which ones users may set, and which ones the exporter sets itself.
 *
 * https://github.com/confluentinc/librdkafka/blob/v2.0.2/CONFIGURATION.md */

#include <stdlib.h>
#include <string.h>

#include "collectors/kafka_handle.h"
#include "exporter/cleanup.h"
#include "exporter/secret.h"

#define TEXT_OF_TOKEN(token) #token
#define TEXT_OF(macro) TEXT_OF_TOKEN(macro)

/* Ours, in this order before the user's. */
static const struct setting_pair defaults[] = {
    {"client.id", "dr_exporter"},
    /* A broker that says nothing is given up, so that another one is asked at the next time. */
    {"socket.timeout.ms", "5000"},
    {"socket.connection.setup.timeout.ms", "3000"},
    {"api.version.request.timeout.ms", "3000"},
    /* One that is back is noticed at once; connections are made only when one is needed. */
    {"reconnect.backoff.ms", "100"},
    {"reconnect.backoff.max.ms", "1000"},
    {"socket.keepalive.enable", "true"},
};

/* Ours, whatever users want. */
static const struct setting_pair decided[] = {
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"allow.auto.create.topics", "false"},
    {"auto.offset.reset", "error"},
    {"enable.partition.eof", "true"},
    /* The exporter fetches only what it waits for, so brokers need not hold empty answers. */
    {"fetch.wait.max.ms", "50"},
    {"fetch.error.backoff.ms", "100"},
    /* One batch of an ordinary producer is up to 16 KiB. A batch that is larger comes alone. */
    {"fetch.message.max.bytes", "65536"},
    {"fetch.max.bytes", "1048576"},
    /* Of all partitions together, since they share a queue. */
    {"queued.min.messages", TEXT_OF(KAFKA_QUEUED_MESSAGES)},
    {"queued.max.messages.kbytes", TEXT_OF(KAFKA_QUEUED_KIB)},
    {"log_level", "0"},
    /* librdkafka would otherwise run kinit in a shell. */
    {"sasl.kerberos.min.time.before.relogin", "0"},
};

/* Properties that are refused, with the reason; the first that fits decides. */
static const struct {
    const char *prefix;
    const char *reason;
} refused[] = {
    {"bootstrap.servers", "the brokers have a setting of their own"},
    {"metadata.broker.list", "the brokers have a setting of their own"},
    {"sasl.password", "secrets belong into a file: use the password file's setting"},
    {"ssl.key.password", "secrets belong into a file: use the key password file's setting"},
    {"ssl.key.pem", "secrets belong into a file: use ssl.key.location"},
    {"ssl_key", "secrets belong into a file: use ssl.key.location"},
    {"ssl.keystore.password", "secrets belong into a file: use ssl.key.location"},
    {"sasl.oauthbearer.client.secret", "this build of librdkafka cannot ask for tokens"},
    {"sasl.oauthbearer.", "this build of librdkafka cannot ask for tokens"},
    {"sasl.kerberos.kinit.cmd",
     "the exporter runs no commands: keep the ticket fresh with k5start"},
    {"sasl.kerberos.min.time", "the exporter runs no commands: keep the ticket fresh with k5start"},
    {"ssl.engine", "the exporter loads no code"},
    {"ssl.providers", "the exporter loads no code"},
    {"ssl_engine", "the exporter loads no code"},
    {"plugin.", "the exporter loads no code"},
};

/* Everything about how to reach the brokers; the rest decides what is measured, or costs memory. */
static const char *const allowed[] = {
    "security.protocol",
    "sasl.mechanism",
    "sasl.mechanisms",
    "sasl.username",
    "sasl.kerberos.",
    "ssl.",
    "enable.ssl.certificate.verification",
    "client.id",
    "client.dns.lookup",
    "socket.",
    "broker.address.",
    "broker.version.fallback",
    "reconnect.backoff.",
    "connections.max.idle.ms",
    "api.version.",
};

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A name that ends with a dot stands for all that begin with it. */
static bool is_allowed(const char *key)
{
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        size_t length = strlen(allowed[i]);

        if (allowed[i][length - 1] == '.' ? begins_with(key, allowed[i])
                                          : strcmp(key, allowed[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_key(const char *key, struct error *error)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (begins_with(key, refused[i].prefix)) {
            return error_set(error, ERROR_QUERY, "property %s: %s", key, refused[i].reason);
        }
    }
    return is_allowed(key) ||
           error_set(error, ERROR_QUERY,
                     "property %s: only properties about how to reach brokers can be set "
                     "(security.protocol, sasl.…, ssl.…, socket.…)",
                     key);
}

void kafka_option_set(rd_kafka_conf_t *configuration, const char *key, const char *value)
{
    if (rd_kafka_conf_set(configuration, key, value, NULL, 0) != RD_KAFKA_CONF_OK) {
        abort();
    }
}

static void destroy_configuration(rd_kafka_conf_t **configuration)
{
    if (*configuration != NULL) {
        rd_kafka_conf_destroy(*configuration);
    }
}

static rd_kafka_conf_t *new_configuration(void)
{
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();

    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        kafka_option_set(configuration, defaults[i].key, defaults[i].value);
    }
    return configuration;
}

/* The value is not shown: it might be a secret in the wrong place. */
static bool set_property(rd_kafka_conf_t *configuration, const struct setting_pair *property,
                         struct error *error)
{
    switch (rd_kafka_conf_set(configuration, property->key, property->value, NULL, 0)) {
    case RD_KAFKA_CONF_OK:
        return true;
    case RD_KAFKA_CONF_UNKNOWN:
        return error_set(error, ERROR_QUERY,
                         "property %s: librdkafka %s does not know it; look for it in its "
                         "CONFIGURATION.md",
                         property->key, rd_kafka_version_str());
    default:
        return error_set(error, ERROR_QUERY,
                         "property %s: librdkafka refuses the value; look for it in its "
                         "CONFIGURATION.md",
                         property->key);
    }
}

static bool set_properties(rd_kafka_conf_t *configuration, const struct kafka_target *target,
                           struct error *error)
{
    for (const struct setting_pair *property = target->properties;
         property != NULL && property->key != NULL; property++) {
        if (!check_key(property->key, error) || !set_property(configuration, property, error)) {
            return false;
        }
    }
    if (target->brokers[strspn(target->brokers, " ,")] == '\0' ||
        rd_kafka_conf_set(configuration, "bootstrap.servers", target->brokers, NULL, 0) !=
            RD_KAFKA_CONF_OK) {
        return error_set(error, ERROR_QUERY, "brokers: write host:port, several with commas");
    }
    for (size_t i = 0; i < sizeof decided / sizeof decided[0]; i++) {
        kafka_option_set(configuration, decided[i].key, decided[i].value);
    }
    return true;
}

static bool set_secret(rd_kafka_conf_t *configuration, const char *key, const char *path,
                       struct error *error)
{
    CLEANUP(secret_free) char *secret = NULL;

    if (path == NULL) {
        return true;
    }
    if (!secret_read(path, &secret, error)) {
        return false;
    }
    kafka_option_set(configuration, key, secret);
    return true;
}

bool kafka_target_check(const struct kafka_target *target, struct error *error)
{
    CLEANUP(destroy_configuration) rd_kafka_conf_t *configuration = new_configuration();

    return set_properties(configuration, target, error);
}

bool kafka_configure(const struct kafka_target *target, rd_kafka_conf_t **ret_configuration,
                     struct error *error)
{
    CLEANUP(destroy_configuration) rd_kafka_conf_t *configuration = new_configuration();

    if (!set_properties(configuration, target, error) ||
        !set_secret(configuration, "sasl.password", target->password_file, error) ||
        !set_secret(configuration, "ssl.key.password", target->key_password_file, error)) {
        return false;
    }
    *ret_configuration = configuration;
    configuration = NULL;
    return true;
}
