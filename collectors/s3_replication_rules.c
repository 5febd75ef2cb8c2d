/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the buckets are set up so that anything is replicated from one to the other. */

#include "collectors/s3_replication_rules.h"

#include <string.h>

#include "collectors/xml.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"

/* One rule while it is read. */
struct rule_reading {
    const char *bucket;
    const char *prefix;
    const char *id;
    bool is_named;
    bool is_enabled;
    bool is_to_bucket;
    bool is_conditional;
    bool covers_prefix;
    bool is_configuration;
    bool covered;
};

struct versioning_reading {
    bool is_configuration;
    bool is_enabled;
};

/* --- What the store answers. --- */

/* An ARN: arn:aws:s3:::bucket, or MinIO's arn:minio:replication::id:bucket. */
static bool is_arn_of(const char *arn, const char *bucket)
{
    const char *last = strrchr(arn, ':');

    return last != NULL && strcmp(last + 1, bucket) == 0;
}

static void start_rule(struct rule_reading *reading)
{
    reading->is_named = reading->id == NULL;
    reading->is_enabled = false;
    reading->is_to_bucket = false;
    reading->is_conditional = false;
    reading->covers_prefix = true;
}

static bool take_rule(void *context, const char *path, const char *text, struct error *error)
{
    static const char rule[] = "ReplicationConfiguration/Rule";
    struct rule_reading *reading = context;

    (void)error;
    if (strcmp(path, "ReplicationConfiguration") == 0) {
        reading->is_configuration = true;
    }
    if (strncmp(path, rule, strlen(rule)) != 0) {
        return true;
    }
    path += strlen(rule);
    if (*path == '\0') {
        reading->covered =
            reading->covered ||
            (reading->is_named && reading->is_enabled && reading->is_to_bucket &&
             (reading->prefix == NULL || (!reading->is_conditional && reading->covers_prefix)));
        start_rule(reading);
    } else if (strcmp(path, "/ID") == 0) {
        reading->is_named = reading->is_named || strcmp(text, reading->id) == 0;
    } else if (strcmp(path, "/Status") == 0) {
        reading->is_enabled = strcmp(text, "Enabled") == 0;
    } else if (strcmp(path, "/Destination/Bucket") == 0) {
        reading->is_to_bucket = is_arn_of(text, reading->bucket);
    } else if (strcmp(path, "/Prefix") == 0 || strcmp(path, "/Filter/Prefix") == 0 ||
               strcmp(path, "/Filter/And/Prefix") == 0) {
        reading->covers_prefix =
            reading->prefix != NULL && strncmp(text, reading->prefix, strlen(text)) == 0;
    } else if (strcmp(path, "/Filter/Tag/Key") == 0 || strcmp(path, "/Filter/And/Tag/Key") == 0) {
        /* MinIO writes a Tag without a key where there is none. */
        reading->is_conditional = reading->is_conditional || *text != '\0';
    }
    return true;
}

static bool read_rules(const char *text, size_t length, struct rule_reading reading,
                       bool *ret_covered, struct error *error)
{
    start_rule(&reading);
    if (!xml_read(text, length, take_rule, &reading, error)) {
        return false;
    }
    if (!reading.is_configuration) {
        return error_set(error, ERROR_PROTOCOL, "the answer is no replication configuration");
    }
    *ret_covered = reading.covered;
    return true;
}

bool s3_rules_cover(const char *text, size_t length, const char *bucket, const char *prefix,
                    bool *ret_covered, struct error *error)
{
    return read_rules(text, length, (struct rule_reading){.bucket = bucket, .prefix = prefix},
                      ret_covered, error);
}

bool s3_rules_have(const char *text, size_t length, const char *bucket, const char *id,
                   bool *ret_active, struct error *error)
{
    return read_rules(text, length, (struct rule_reading){.bucket = bucket, .id = id}, ret_active,
                      error);
}

static bool take_versioning(void *context, const char *path, const char *text, struct error *error)
{
    struct versioning_reading *reading = context;

    (void)error;
    if (strcmp(path, "VersioningConfiguration") == 0) {
        reading->is_configuration = true;
    } else if (strcmp(path, "VersioningConfiguration/Status") == 0) {
        reading->is_enabled = strcmp(text, "Enabled") == 0;
    }
    return true;
}

bool s3_versioning_read(const char *text, size_t length, bool *ret_enabled, struct error *error)
{
    struct versioning_reading reading = {.is_configuration = false};

    if (!xml_read(text, length, take_versioning, &reading, error)) {
        return false;
    }
    if (!reading.is_configuration) {
        return error_set(error, ERROR_PROTOCOL, "the answer does not tell of versioning");
    }
    *ret_enabled = reading.is_enabled;
    return true;
}

/* --- Asking. --- */

/* That something is off is more than that it could not be asked for. */
static void tell_active(struct collection *collection, bool active)
{
    struct s3_replication_memory *memory = collection->memory;

    memory->is_off = memory->is_off || !active;
}

static bool check_versioning(struct s3_client *client, const char *end,
                             struct collection *collection, bool *ret_answered, struct error *error)
{
    CLEANUP(http_answer_release) struct http_answer answer = {0};
    bool enabled = false;

    if (!s3_get_about(client, "versioning", &collection->deadline, &answer, error) ||
        !s3_versioning_read(answer.body, answer.length, &enabled, error)) {
        return error_prefix(error, end);
    }
    *ret_answered = true;
    samples_add_labelled(collection->samples, S3_METRIC_VERSIONING, enabled, &end);
    tell_active(collection, enabled);
    return enabled || error_set(error, ERROR_INCONSISTENT,
                                "versioning of the %s's bucket is not enabled, without which "
                                "nothing is replicated; enable it",
                                end);
}

static bool check_prefix(const struct s3_replication_settings *settings, const char *text,
                         const char *prefix, struct collection *collection, struct error *error)
{
    const char *const labels[] = {prefix, ""};
    bool covered = false;

    if (!s3_rules_cover(text, strlen(text), settings->destination.bucket, prefix, &covered,
                        error)) {
        return error_prefix(error, "source");
    }
    samples_add_labelled(collection->samples, S3_METRIC_RULE_ACTIVE, covered, labels);
    tell_active(collection, covered);
    return covered || error_set(error, ERROR_INCONSISTENT,
                                "no enabled replication rule without tags takes all of \"%s\" to "
                                "bucket %s; enable one, or correct the settings",
                                prefix, settings->destination.bucket);
}

/* Of canaries (`index` 0) and samples; NULL: there is none. */
static const char *prefix_at(const struct s3_replication_settings *settings, size_t index)
{
    if (index == 0) {
        return settings->canary_prefix;
    }
    return settings->sample_prefixes != NULL ? settings->sample_prefixes[index - 1] : NULL;
}

static bool check_id(const struct s3_replication_settings *settings, const char *text,
                     struct collection *collection, struct error *error)
{
    const char *const labels[] = {"", settings->cloudwatch_rule_id};
    bool active = false;

    if (!s3_rules_have(text, strlen(text), settings->destination.bucket,
                       settings->cloudwatch_rule_id, &active, error)) {
        return error_prefix(error, "source");
    }
    samples_add_labelled(collection->samples, S3_METRIC_RULE_ACTIVE, active, labels);
    tell_active(collection, active);
    return active || error_set(error, ERROR_INCONSISTENT,
                               "replication rule \"%s\" is not there, not enabled, or not to "
                               "bucket %s; enable it, or correct \"cloudwatch_rule_id\"",
                               settings->cloudwatch_rule_id, settings->destination.bucket);
}

static bool check_rules(struct s3_replication_session *session, struct collection *collection,
                        struct error *error)
{
    CLEANUP(http_answer_release) struct http_answer answer = {0};
    const struct s3_replication_settings *settings = session->settings;
    const char *text = "<ReplicationConfiguration/>";
    struct error later;
    bool good = true;

    if (!s3_get_about(session->source, "replication", &collection->deadline, &answer, error)) {
        if (strcmp(s3_client_code(session->source), "ReplicationConfigurationNotFoundError") != 0) {
            return error_prefix(error, "source");
        }
        good = error_set(error, ERROR_INCONSISTENT,
                         "the source's bucket has no replication rule; create one");
    }
    text = good ? answer.body : text;
    if (settings->cloudwatch_rule_id != NULL) {
        good = check_id(settings, text, collection, good ? error : &later) && good;
    }
    for (size_t i = 0; i == 0 || prefix_at(settings, i) != NULL; i++) {
        if (prefix_at(settings, i) != NULL) {
            good = check_prefix(settings, text, prefix_at(settings, i), collection,
                                good ? error : &later) &&
                   good;
        }
    }
    return good;
}

bool s3_rules_collect(struct s3_replication_session *session, struct collection *collection,
                      struct error *error)
{
    struct s3_replication_memory *memory = collection->memory;
    struct error later;
    struct evidence *evidence = collection->evidence;
    bool good;

    memory->is_off = false;
    good =
        check_versioning(session->source, "source", collection, &evidence->origin_answered, error);
    good = check_versioning(session->destination, "destination", collection,
                            &evidence->copy_answered, good ? error : &later) &&
           good;
    return check_rules(session, collection, good ? error : &later) && good;
}
