/* SPDX-License-Identifier: Apache-2.0 */
/* Collector `s3_replication`: how far one bucket is replicated to another. */

#include "collectors/s3_replication.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/s3_replication_canary.h"
#include "collectors/s3_replication_cloudwatch.h"
#include "collectors/s3_replication_places.h"
#include "collectors/s3_replication_rules.h"
#include "collectors/s3_replication_sample.h"
#include "exporter/clock.h"
#include "exporter/rfc3339.h"

static const struct metric metrics[S3_METRIC_COUNT] = {
    [S3_METRIC_CANARY_TIMESTAMP] =
        {"dr_s3_canary_replicated_timestamp_seconds",
         METRIC_GAUGE,
         ("When the newest canary was written that has come to the destination with all before it. "
          "It proves the way for its prefix and size, not every object."),
         {NULL}},
    [S3_METRIC_CANARIES_PENDING] =
        {"dr_s3_canaries_pending",
         METRIC_GAUGE,
         "Canaries at the source that were not found at the destination yet.",
         {NULL}},
    [S3_METRIC_CANARY_FAILED] =
        {"dr_s3_canary_failed",
         METRIC_GAUGE,
         ("Whether the store says of the oldest canary that has not come that it FAILED, which S3 "
          "never tries again, or that it was replicated, although it is not there."),
         {NULL}},
    [S3_METRIC_OBJECTS_SAMPLED] =
        {"dr_s3_sampled_objects",
         METRIC_GAUGE,
         ("The objects of the prefix at the source: replicated (key, size and ETag are in the "
          "destination's list, or the store says so of both ends), pending, failed (S3 never tries "
          "again), none (no rule was there for it, or it is itself a replica), lost (replicated, "
          "but not at the destination), unasked (differs, but too many do)."),
         {"prefix", "status"}},
    [S3_METRIC_VERSIONING] = {"dr_s3_versioning_enabled",
                              METRIC_GAUGE,
                              "Whether versioning of that end's bucket is enabled.",
                              {"end"}},
    [S3_METRIC_RULE_ACTIVE] =
        {"dr_s3_replication_rule_active",
         METRIC_GAUGE,
         ("Whether an enabled replication rule takes all keys of the prefix to the destination; or "
          "whether that rule (cloudwatch_rule_id) is enabled."),
         {"prefix", "rule"}},
    [S3_METRIC_LATENCY] =
        {"dr_s3_replication_latency_seconds",
         METRIC_GAUGE,
         ("By how much the destination was behind, at most, in the newest minute that CloudWatch "
          "tells of (ReplicationLatency). Only of objects written since the rule is there."),
         {NULL}},
    [S3_METRIC_PENDING_BYTES] =
        {"dr_s3_pending_bytes",
         METRIC_GAUGE,
         "Bytes that were not replicated yet in that minute (BytesPendingReplication).",
         {NULL}},
    [S3_METRIC_PENDING_OPERATIONS] =
        {"dr_s3_pending_operations",
         METRIC_GAUGE,
         ("Operations that were not replicated yet in that minute (OperationsPendingReplication)."),
         {NULL}},
    [S3_METRIC_FAILED_OPERATIONS] =
        {"dr_s3_failed_operations",
         METRIC_GAUGE,
         ("Operations that S3 gave up since repaired_until, at most 455 days ago "
          "(OperationsFailedReplication); it never tries them again."),
         {NULL}},
};

#define OWN(member) offsetof(struct s3_replication_settings, member)

static const struct setting settings[] = {
    S3_SETTING_ROWS("source_", struct s3_replication_settings, source),
    S3_SETTING_ROWS("destination_", struct s3_replication_settings, destination),
    {"provider", SETTING_TEXT, OWN(provider), "s3", false,
     ("`s3`: AWS and stores that tell of replication as it does. `gcs`: Google Cloud Storage by "
      "its XML API with HMAC keys, where only canaries can be looked for.")},
    {"ca_file", SETTING_FILE, OWN(ca_file), NULL, false,
     "Certificate authorities (PEM) of both stores instead of the system's."},
    {"canary_prefix", SETTING_TEXT, OWN(canary_prefix), NULL, false,
     ("What the keys of canaries begin with, for example `dr-exporter/`: small objects that are "
      "written and removed at the source; nothing else is ever changed. No other source may have "
      "the same prefix of the same bucket. At the destination a rule of its lifecycle should "
      "remove them after a week.")},
    {"canary_interval", SETTING_DURATION, OWN(canary_interval_ms), "1m", false,
     "How often one is written; the recovery point is not newer than that."},
    {"sample_prefixes", SETTING_TEXTS, OWN(sample_prefixes), NULL, false,
     ("Prefixes of data, each of which may have up to 20,000 objects. The oldest one that is not "
      "at the destination holds the recovery point back; without canaries it is the present if "
      "all are there. These, `canary_prefix` or `cloudwatch_rule_id` must be given.")},
    {"cloudwatch_rule_id", SETTING_TEXT, OWN(cloudwatch_rule_id), NULL, false,
     ("ID of the replication rule whose metrics CloudWatch is asked for (AWS only). What they say "
      "holds the recovery point back; where there are neither canaries nor samples it is the "
      "recovery point. It is some minutes old. The rule must have its metrics enabled.")},
    {"repaired_until", SETTING_TEXT, OWN(repaired_until), NULL, false,
     ("Up to here, for example `2026-11-21T14:00:00Z`, all is repaired (S3 Batch Replication, or "
      "written again) that CloudWatch says has failed, or that was written while the rule was off. "
      "What fails later holds the recovery point back for ever.")},
    AZURE_SETTING_ROWS(struct s3_replication_settings, azure),
};

bool s3_replication_is_gcs(const struct s3_replication_settings *own)
{
    return strcmp(own->provider, "gcs") == 0;
}

/* Its objects have no status, so what is the same at both ends may be so by chance, and what is
 * missing may have been given up: only canaries are of use. Its buckets have names of their own in
 * all the world. */
static bool check_provider(const struct s3_replication_settings *own, struct error *error)
{
    if (!s3_replication_is_gcs(own)) {
        return strcmp(own->provider, "s3") == 0 ||
               error_set(error, ERROR_INTERNAL, "\"provider\" is \"%s\"; write s3 or gcs",
                         own->provider);
    }
    if (own->canary_prefix == NULL || own->sample_prefixes != NULL ||
        own->cloudwatch_rule_id != NULL || own->source.endpoint == NULL ||
        own->destination.endpoint == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"provider: gcs\" needs \"canary_prefix\", \"source_endpoint\" and "
                         "\"destination_endpoint\" (https://storage.googleapis.com), and has "
                         "neither \"sample_prefixes\" nor \"cloudwatch_rule_id\"");
    }
    return strcmp(own->source.bucket, own->destination.bucket) != 0 ||
           error_set(error, ERROR_INTERNAL,
                     "source and destination are the same bucket; name the "
                     "one that is copied to in \"destination_bucket\"");
}

static bool check_canaries(const struct s3_replication_settings *own, struct error *error)
{
    if (*own->canary_prefix == '\0' || *own->canary_prefix == '/' ||
        strlen(own->canary_prefix) > 500) {
        return error_set(error, ERROR_INTERNAL,
                         "\"canary_prefix\" must have 1 to 500 bytes and not begin with \"/\"");
    }
    if (own->canary_interval_ms <= 0) {
        return error_set(error, ERROR_INTERNAL, "\"canary_interval\" must be more than 0");
    }
    return true;
}

/* Each of them names its own series. */
static bool check_prefixes(const struct s3_replication_settings *own, struct error *error)
{
    for (size_t i = 0; own->sample_prefixes != NULL && own->sample_prefixes[i] != NULL; i++) {
        const char *prefix = own->sample_prefixes[i];
        bool is_again = own->canary_prefix != NULL && strcmp(own->canary_prefix, prefix) == 0;

        for (size_t j = 0; j < i; j++) {
            is_again = is_again || strcmp(own->sample_prefixes[j], prefix) == 0;
        }
        if (is_again) {
            return error_set(error, ERROR_INTERNAL,
                             "prefix \"%s\" is there twice; name it once in \"sample_prefixes\", "
                             "and another one for canaries",
                             prefix);
        }
    }
    return true;
}

static bool check_cloudwatch(const struct s3_replication_settings *own, struct error *error)
{
    double seconds;

    if (own->repaired_until != NULL &&
        (own->cloudwatch_rule_id == NULL || !rfc3339_parse(own->repaired_until, &seconds) ||
         seconds > clock_unix_seconds() + clock_step_seconds())) {
        return error_set(error, ERROR_INTERNAL,
                         "\"repaired_until\" belongs to \"cloudwatch_rule_id\", and is an instant "
                         "that has been; write for example 2026-11-21T14:00:00Z");
    }
    if (own->cloudwatch_rule_id == NULL) {
        return true;
    }
    return aws_settings_check(&own->source.aws, "source_", true, error) &&
           aws_settings_check(&own->destination.aws, "destination_", true, error);
}

static bool check_buckets(const struct s3_replication_settings *own, struct error *error)
{
    if (own->source.bucket == NULL || own->destination.bucket == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"source_bucket\" and \"destination_bucket\" are both needed, or "
                         "\"azure_secondary_url\"");
    }
    if (!s3_settings_check(&own->source, "source_", error) ||
        !s3_settings_check(&own->destination, "destination_", error)) {
        return false;
    }
    if (strcmp(own->source.bucket, own->destination.bucket) == 0 &&
        s3_settings_same_place(&own->source, &own->destination)) {
        return error_set(error, ERROR_INTERNAL,
                         "source and destination are the same bucket; name the one that is "
                         "replicated to in \"destination_bucket\"");
    }
    if (own->canary_prefix == NULL &&
        (own->sample_prefixes == NULL || own->sample_prefixes[0] == NULL) &&
        own->cloudwatch_rule_id == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "one of \"canary_prefix\", \"sample_prefixes\" and "
                         "\"cloudwatch_rule_id\" is needed");
    }
    if ((own->canary_prefix != NULL && !check_canaries(own, error)) ||
        !check_prefixes(own, error)) {
        return false;
    }
    return check_provider(own, error) && check_cloudwatch(own, error);
}

/* A region, or a store of its own, takes all of its buckets along. Google's has one address for all
 * regions: s3_places_collect() asks where the buckets are. */
static bool check_places(const struct s3_replication_settings *own, unsigned survives,
                         struct error *error)
{
    return (survives & SURVIVES(DISRUPTION_REGION)) == 0 || s3_replication_is_gcs(own) ||
           !s3_settings_same_place(&own->source, &own->destination) ||
           error_set(error, ERROR_INTERNAL,
                     "both buckets are in the same region or store, and are lost with it; write "
                     "\"survives: [zone]\", or correct \"destination_region\"");
}

static bool check_azure(const struct s3_replication_settings *own, struct error *error)
{
    if (own->source.bucket != NULL || own->destination.bucket != NULL ||
        own->canary_prefix != NULL || own->sample_prefixes != NULL ||
        own->cloudwatch_rule_id != NULL || own->repaired_until != NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "buckets and an account of Azure are given; make a source of each");
    }
    return azure_settings_check(&own->azure, error);
}

static bool check(const void *data, unsigned survives, struct error *error)
{
    const struct s3_replication_settings *own = data;

    if ((survives & (SURVIVES(DISRUPTION_CORRUPTION) | SURVIVES(DISRUPTION_RANSOMWARE))) != 0) {
        return error_set(error, ERROR_INTERNAL,
                         "replication takes bad data along: \"survives\" may only have zone and "
                         "region; use the collector backup for corruption and ransomware");
    }
    return own->azure.secondary_url != NULL || own->azure.sas_token_file != NULL
               ? check_azure(own, error)
               : check_buckets(own, error) && check_places(own, survives, error);
}

static struct cloudwatch_client *new_metrics(const struct s3_settings *end, const char *ca_file)
{
    return cloudwatch_client_new(&end->aws, end->endpoint != NULL ? NULL : ca_file);
}

static void *open_session(const void *data, const struct deadline *deadline, struct error *error)
{
    const struct s3_replication_settings *own = data;
    struct s3_replication_session *session = calloc(1, sizeof *session);

    (void)deadline;
    (void)error;
    if (session == NULL) {
        abort();
    }
    session->settings = own;
    if (own->azure.secondary_url != NULL) {
        return session;
    }
    session->source = s3_client_new(&own->source, own->ca_file);
    session->destination = s3_client_new(&own->destination, own->ca_file);
    if (own->cloudwatch_rule_id != NULL) {
        session->source_metrics = new_metrics(&own->source, own->ca_file);
        session->destination_metrics = new_metrics(&own->destination, own->ca_file);
    }
    return session;
}

/* S3's metrics do not tell of what was written while the rule was off; canaries do. */
static bool collect_metrics(struct s3_replication_session *session, struct collection *collection,
                            struct error *error)
{
    const struct s3_replication_memory *memory = collection->memory;

    return s3_cloudwatch_collect(session, collection, error) &&
           (session->settings->canary_prefix != NULL || !memory->was_broken ||
            error_set(error, ERROR_INCONSISTENT,
                      "the rule or versioning was off, and what was written then is not "
                      "replicated; repair that, and write its end into \"repaired_until\""));
}

static bool collect(void *data, struct collection *collection, struct error *error)
{
    struct s3_replication_session *session = data;
    const struct s3_replication_settings *own = session->settings;
    struct s3_replication_memory *memory = collection->memory;
    struct error later;
    bool good = true;

    collection->keep_session = true;
    if (own->azure.secondary_url != NULL) {
        return azure_collect(&own->azure, own->ca_file, collection, error);
    }
    if (own->canary_prefix != NULL) {
        good = s3_canary_collect(session, collection, error);
        if (!collection->evidence->origin_answered) {
            s3_canary_recall(session, collection);
            return false;
        }
    }
    if (s3_replication_is_gcs(own)) {
        good = s3_places_collect(session, collection, good ? error : &later) && good;
        s3_canary_remember(session, collection);
        return good;
    }
    /* Also without canaries, which wrong rules are a reason for, and a better one to tell of; a
     * refusal of HEAD has none. */
    if (!s3_rules_collect(session, collection, &later)) {
        if (good || later.kind == ERROR_INCONSISTENT || later.kind == ERROR_AUTH) {
            *error = later;
        }
        good = false;
    } else {
        memory->has_mark = false;
    }
    memory->was_broken = memory->was_broken || memory->is_off;
    if (memory->is_off && own->canary_prefix != NULL) {
        s3_canary_mark(session, collection);
    }
    good = s3_sample_collect(session, collection, good ? error : &later) && good;
    if (own->cloudwatch_rule_id != NULL) {
        good = collect_metrics(session, collection, good ? error : &later) && good;
    }
    s3_canary_remember(session, collection);
    return good;
}

static void close_session(void *data)
{
    struct s3_replication_session *session = data;

    free(session->arrived);
    free(session->etag);
    s3_client_free(session->source);
    s3_client_free(session->destination);
    cloudwatch_client_free(session->source_metrics);
    cloudwatch_client_free(session->destination_metrics);
    free(session);
}

static void release_memory(void *data)
{
    struct s3_replication_memory *memory = data;

    free(memory->canary);
    free(memory->etag);
    for (size_t i = 0; i < memory->differing_count; i++) {
        s3_differing_release(&memory->differing[i]);
    }
    free(memory->differing);
}

const struct collector s3_replication_collector = {
    .name = "s3_replication",
    .summary = "How far one S3 bucket is replicated to another, proven by objects.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .metrics = metrics,
    .metric_count = S3_METRIC_COUNT,
    .settings = settings,
    .setting_count = sizeof settings / sizeof *settings,
    .settings_size = sizeof(struct s3_replication_settings),
    .memory_size = sizeof(struct s3_replication_memory),
    .release_memory = release_memory,
    .check = check,
    .open = open_session,
    .collect = collect,
    .close = close_session,
};
