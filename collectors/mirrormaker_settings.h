/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the mirrormaker collector, and the names that follow from them. */

#ifndef COLLECTORS_MIRRORMAKER_SETTINGS_H
#define COLLECTORS_MIRRORMAKER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/arena.h"
#include "exporter/error.h"
#include "exporter/setting.h"

#define MIRRORMAKER_SETTING_COUNT 30

struct mirrormaker_settings {
    const char *source_brokers;
    const char *target_brokers;
    const char *source_alias;
    const char *target_alias;
    const struct setting_pair *source_properties;
    const struct setting_pair *target_properties;
    const char *source_password_file;
    const char *target_password_file;
    const char *source_key_password_file;
    const char *target_key_password_file;
    const char *const *topics;         /* NULL: all. */
    const char *const *topics_exclude; /* NULL: as MirrorMaker's default. */
    const char *replication_policy;
    const char *separator;
    const char *internal_separator; /* NULL: `separator`. */
    const char *offsets_topic;
    const char *connector; /* NULL: whichever there is. */
    const char *offset_syncs_topic_location;
    const char *offset_syncs_topic;
    const char *isolation;
    const char *heartbeats_topic;
    int64_t heartbeat_max_age_ms;
    const char *const *groups;
    const char *const *groups_exclude;
    const char *checkpoints_topic;
    int64_t checkpoint_max_age_ms;
    bool per_partition;
    int64_t topics_shown_max;
    int64_t peeks_max;
    int64_t stalled_after_ms;
};

extern const struct setting mirrormaker_setting_table[MIRRORMAKER_SETTING_COUNT];

/* What the table cannot say of them; a collector's `check`. */
bool mirrormaker_settings_check(const void *settings, unsigned survives, struct error *error);

/* The internal topics as MirrorMaker names them unless the settings say otherwise
 * (DefaultReplicationPolicy, MirrorMakerConfig.workerConfig of Apache Kafka 3.9 and 4). */
struct mirrormaker_names {
    const char *offsets;      /* On the target. */
    const char *offset_syncs; /* On either. */
    const char *checkpoints;  /* On the target. */
    const char *heartbeats;   /* The source's, as copied to the target. */
};

struct mirrormaker_names mirrormaker_names_make(const struct mirrormaker_settings *settings,
                                                struct arena *arena);

bool mirrormaker_syncs_at_target(const struct mirrormaker_settings *settings);

/* Whether MirrorMaker's consumer sees only what transactions have committed. */
bool mirrormaker_reads_committed(const struct mirrormaker_settings *settings);

#endif
