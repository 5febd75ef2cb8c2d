/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the mirrormaker collector, and the names that follow from them. */

#include "collectors/mirrormaker_settings.h"

#include <stddef.h>
#include <string.h>

#include "collectors/kafka_client.h"
#include "collectors/mirrormaker_policy.h"

#define ROW(name) offsetof(struct mirrormaker_settings, name)

const struct setting mirrormaker_setting_table[MIRRORMAKER_SETTING_COUNT] = {
    {"source_brokers", SETTING_TEXT, ROW(source_brokers), NULL, true,
     "Some brokers of the cluster that is copied, host:port, separated by commas."},
    {"target_brokers", SETTING_TEXT, ROW(target_brokers), NULL, true,
     "Some brokers of the cluster in the DR region."},
    {"source_alias", SETTING_TEXT, ROW(source_alias), NULL, true,
     "MirrorMaker's alias of the source cluster (source.cluster.alias)."},
    {"target_alias", SETTING_TEXT, ROW(target_alias), NULL, true,
     "MirrorMaker's alias of the target cluster (target.cluster.alias)."},
    {"source_properties", SETTING_PAIRS, ROW(source_properties), NULL, false,
     "Properties of librdkafka for the source: security.protocol, sasl.mechanism, sasl.username, "
     "ssl.ca.location, …"},
    {"target_properties", SETTING_PAIRS, ROW(target_properties), NULL, false,
     "The same for the target."},
    {"source_password_file", SETTING_FILE, ROW(source_password_file), NULL, false,
     "File with the password for SASL at the source."},
    {"target_password_file", SETTING_FILE, ROW(target_password_file), NULL, false,
     "File with the password for SASL at the target."},
    {"source_key_password_file", SETTING_FILE, ROW(source_key_password_file), NULL, false,
     "File with the password of the key in ssl.key.location for the source."},
    {"target_key_password_file", SETTING_FILE, ROW(target_key_password_file), NULL, false,
     "File with the password of the key in ssl.key.location for the target."},
    {"topics", SETTING_TEXTS, ROW(topics), NULL, false,
     "Regular expressions, matched whole, of the topics that must be in the DR region; those that "
     "MirrorMaker does not copy count as not replicated. By default `.*`. MirrorMaker's internal "
     "topics, `heartbeats`, and topics that came from the target never count."},
    {"topics_exclude", SETTING_TEXTS, ROW(topics_exclude), NULL, false,
     "Regular expressions of topics that do not count. By default MirrorMaker's: "
     "`.*[\\-.]internal`, `.*\\.replica`, `__.*`."},
    {"replication_policy", SETTING_TEXT, ROW(replication_policy), "default", false,
     "How topics are named at the target: `default` (alias, separator, name) or `identity` (as at "
     "the source)."},
    {"separator", SETTING_TEXT, ROW(separator), ".", false,
     "MirrorMaker's replication.policy.separator."},
    {"internal_separator", SETTING_TEXT, ROW(internal_separator), NULL, false,
     "Separator in the names of internal topics: `separator`, unless "
     "replication.policy.internal.topic.separator.enabled is false, then `.`."},
    {"offsets_topic", SETTING_TEXT, ROW(offsets_topic), NULL, false,
     "Topic at the target in which Kafka Connect keeps the offsets of source connectors "
     "(offset.storage.topic). By default that of dedicated mode, mm2-offsets.SOURCE.internal; "
     "Strimzi's is mirrormaker2-cluster-offsets."},
    {"connector", SETTING_TEXT, ROW(connector), NULL, false,
     "Name, or regular expression, of the connectors that copy from this source to this target. "
     "Needed when the offsets topic has rows of several connectors for the source's alias."},
    {"offset_syncs_topic_location", SETTING_TEXT, ROW(offset_syncs_topic_location), "source", false,
     "MirrorMaker's offset-syncs.topic.location: `source` or `target`."},
    {"offset_syncs_topic", SETTING_TEXT, ROW(offset_syncs_topic), NULL, false,
     "Topic with offset syncs, if it is not mm2-offset-syncs.ALIAS.internal, with the alias of the "
     "target when it lies at the source, else that of the source."},
    {"isolation", SETTING_TEXT, ROW(isolation), "read_uncommitted", false,
     "isolation.level of MirrorMaker's own consumer: `read_uncommitted`, its default, or "
     "`read_committed`, as it has to be for exactly-once."},
    {"heartbeats_topic", SETTING_TEXT, ROW(heartbeats_topic), NULL, false,
     "The source's heartbeats as copied to the target, if it is not SOURCE.heartbeats."},
    {"heartbeat_max_age", SETTING_DURATION, ROW(heartbeat_max_age_ms), "1m", false,
     "From which age on heartbeats are late; shown for alerts. No evidence of any recovery point."},
    {"groups", SETTING_TEXTS, ROW(groups), NULL, false,
     "Regular expressions of the consumer groups that must be able to resume in the DR region from "
     "MirrorMaker's checkpoints; none by default. Each must match a group at the source."},
    {"groups_exclude", SETTING_TEXTS, ROW(groups_exclude), NULL, false,
     "Regular expressions of groups that do not count. By default MirrorMaker's: "
     "`console-consumer-.*`, `connect-.*`, `__.*`."},
    {"checkpoints_topic", SETTING_TEXT, ROW(checkpoints_topic), NULL, false,
     "Topic at the target with checkpoints, if it is not SOURCE.checkpoints.internal."},
    {"checkpoint_max_age", SETTING_DURATION, ROW(checkpoint_max_age_ms), "5m", false,
     "How long a group may have consumed a partition without a checkpoint before it counts as "
     "unable to resume."},
    {"per_partition", SETTING_BOOLEAN, ROW(per_partition), "false", false,
     "Whether to show gap and lag of each partition, too."},
    {"topics_shown_max", SETTING_INTEGER, ROW(topics_shown_max), "500", false,
     "Topics shown as series, the worst first; totals cover all."},
    {"peeks_max", SETTING_INTEGER, ROW(peeks_max), "1000", false,
     "Partitions whose oldest record that is not replicated is looked at in one collection, to "
     "date it; those that decide come first. Others are dated by when this exporter saw them "
     "grow."},
    {"stalled_after", SETTING_DURATION, ROW(stalled_after_ms), "3m", false,
     "How long a partition with a backlog may show no progress before it counts as stalled: "
     "three times offset.flush.interval.ms of Kafka Connect, whose default is 1m."},
};

/* True if `text` is one of the two. */
static bool check_choice(const char *key, const char *text, const char *one, const char *other,
                         struct error *error)
{
    return strcmp(text, one) == 0 || strcmp(text, other) == 0 ||
           error_set(error, ERROR_INTERNAL, "\"%s\" is \"%s\"; write %s or %s", key, text, one,
                     other);
}

static bool check_clusters(const struct mirrormaker_settings *own, struct error *error)
{
    const struct kafka_target source = {own->source_brokers, own->source_properties,
                                        own->source_password_file, own->source_key_password_file};
    const struct kafka_target target = {own->target_brokers, own->target_properties,
                                        own->target_password_file, own->target_key_password_file};

    if (strcmp(own->source_alias, own->target_alias) == 0) {
        return error_set(error, ERROR_INTERNAL,
                         "\"source_alias\" and \"target_alias\" are the same; write the two "
                         "aliases of MirrorMaker's configuration");
    }
    if (!kafka_target_check(&source, error)) {
        return error_prefix(error, "source");
    }
    return kafka_target_check(&target, error) || error_prefix(error, "target");
}

bool mirrormaker_settings_check(const void *settings, unsigned survives, struct error *error)
{
    const struct mirrormaker_settings *own = settings;
    struct mirrormaker_policy policy;

    (void)survives;
    if (!check_choice("replication_policy", own->replication_policy, "default", "identity",
                      error) ||
        !check_choice("offset_syncs_topic_location", own->offset_syncs_topic_location, "source",
                      "target", error) ||
        !check_choice("isolation", own->isolation, "read_uncommitted", "read_committed", error) ||
        !check_clusters(own, error)) {
        return false;
    }
    if (own->topics_shown_max < 1 || own->peeks_max < 1) {
        return error_set(error, ERROR_INTERNAL, "\"%s\" is 0; write at least 1",
                         own->topics_shown_max < 1 ? "topics_shown_max" : "peeks_max");
    }
    if (*own->separator == '\0' ||
        (own->internal_separator != NULL && *own->internal_separator == '\0')) {
        return error_set(error, ERROR_INTERNAL, "\"%sseparator\" is empty; write for example \".\"",
                         *own->separator == '\0' ? "" : "internal_");
    }
    if (!mirrormaker_policy_init(&policy, own, error)) {
        return false;
    }
    mirrormaker_policy_release(&policy);
    return true;
}

struct mirrormaker_names mirrormaker_names_make(const struct mirrormaker_settings *settings,
                                                struct arena *arena)
{
    const char *source = settings->source_alias;
    const char *internal =
        settings->internal_separator != NULL ? settings->internal_separator : settings->separator;
    struct mirrormaker_names names = {
        .offsets = settings->offsets_topic,
        .offset_syncs = settings->offset_syncs_topic,
        .checkpoints = settings->checkpoints_topic,
        .heartbeats = settings->heartbeats_topic,
    };

    if (names.offsets == NULL) {
        /* With dots, whatever the separator is. */
        names.offsets = arena_printf(arena, "mm2-offsets.%s.internal", source);
    }
    if (names.offset_syncs == NULL) {
        names.offset_syncs = arena_printf(
            arena, "mm2-offset-syncs%s%s%sinternal", internal,
            mirrormaker_syncs_at_target(settings) ? source : settings->target_alias, internal);
    }
    if (names.checkpoints == NULL) {
        names.checkpoints =
            arena_printf(arena, "%s%scheckpoints%sinternal", source, internal, internal);
    }
    if (names.heartbeats == NULL) {
        names.heartbeats = arena_printf(arena, "%s%sheartbeats", source, settings->separator);
    }
    return names;
}

bool mirrormaker_syncs_at_target(const struct mirrormaker_settings *settings)
{
    return strcmp(settings->offset_syncs_topic_location, "target") == 0;
}

bool mirrormaker_reads_committed(const struct mirrormaker_settings *settings)
{
    return strcmp(settings->isolation, "read_committed") == 0;
}
