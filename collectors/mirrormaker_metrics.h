/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of the mirrormaker collector, and how results become samples. */

#ifndef COLLECTORS_MIRRORMAKER_METRICS_H
#define COLLECTORS_MIRRORMAKER_METRICS_H

#include "collectors/mirrormaker_evidence.h"
#include "collectors/mirrormaker_groups.h"
#include "exporter/metric.h"
#include "exporter/samples.h"

enum mirrormaker_metric {
    MIRRORMAKER_END_UP,
    MIRRORMAKER_BROKERS,
    MIRRORMAKER_TOPICS,
    MIRRORMAKER_TOPICS_NOT_MIRRORED,
    MIRRORMAKER_TOPICS_VANISHED,
    MIRRORMAKER_TOPICS_NOT_SHOWN,
    MIRRORMAKER_PARTITIONS,
    MIRRORMAKER_PARTITIONS_UNDATED,
    MIRRORMAKER_LAG_RECORDS,
    MIRRORMAKER_LOST_RECORDS,
    MIRRORMAKER_OPEN_TRANSACTION_RECORDS,
    MIRRORMAKER_OFFSETS_ROWS,
    MIRRORMAKER_HEARTBEAT_AGE,
    MIRRORMAKER_HEARTBEAT_MAX_AGE,
    MIRRORMAKER_TOPIC_LAG_RECORDS,
    MIRRORMAKER_TOPIC_LAG_SECONDS,
    MIRRORMAKER_TOPIC_MIRRORED,
    MIRRORMAKER_TOPIC_PARTITIONS,
    MIRRORMAKER_TOPIC_LOST_RECORDS,
    MIRRORMAKER_PARTITION_LAG_RECORDS,
    MIRRORMAKER_PARTITION_LAG_SECONDS,
    MIRRORMAKER_GROUP_RESUMABLE,
    MIRRORMAKER_GROUP_RECORDS_AGAIN,
    MIRRORMAKER_GROUP_CHECKPOINT_AGE,
    MIRRORMAKER_GROUP_PARTITIONS,
    MIRRORMAKER_GROUP_WITHOUT_CHECKPOINT,
    MIRRORMAKER_CHECKPOINT_MAX_AGE,
    MIRRORMAKER_METRIC_COUNT
};

extern const struct metric mirrormaker_metric_table[MIRRORMAKER_METRIC_COUNT];

/* The partitions of a source with their results, in the same order. */
struct mirrormaker_picture {
    const struct mirrormaker_tracks *tracks;
    const struct mirrormaker_result *results;
    double asked_at;
    size_t topics_shown_max;
    bool per_partition;
};

/* Totals, and as many topics as are shown: those that lost records first, then the worst. */
void mirrormaker_add_topics(struct samples *samples, struct arena *arena,
                            const struct mirrormaker_picture *picture);

void mirrormaker_add_group(struct samples *samples, const struct mirrormaker_group_result *group);

#endif
