/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of the mirrormaker collector, and how results become samples. */

#include "collectors/mirrormaker_metrics.h"

const struct metric mirrormaker_metric_table[MIRRORMAKER_METRIC_COUNT] = {
    [MIRRORMAKER_END_UP] = {"dr_mirrormaker_end_up",
                            METRIC_GAUGE,
                            "Whether this cluster (source or target) answered all that it was "
                            "asked in the latest collection.",
                            {"end"}},
    [MIRRORMAKER_BROKERS] = {"dr_mirrormaker_brokers",
                             METRIC_GAUGE,
                             "Brokers of the cluster (source or target) that its metadata list.",
                             {"end"}},
    [MIRRORMAKER_TOPICS] = {"dr_mirrormaker_topics",
                            METRIC_GAUGE,
                            "Topics of the source that must be in the DR region.",
                            {NULL}},
    [MIRRORMAKER_TOPICS_NOT_MIRRORED] =
        {"dr_mirrormaker_topics_not_mirrored",
         METRIC_GAUGE,
         "Topics of the source that have records and of which MirrorMaker has never replicated any "
         "(no row in the offsets topic).",
         {NULL}},
    [MIRRORMAKER_TOPICS_VANISHED] =
        {"dr_mirrormaker_topics_vanished",
         METRIC_GAUGE,
         "Topics that the source does not list although they were there or MirrorMaker has copied "
         "them, and that are not known to be deleted: the role may not describe them (any more). "
         "Those that \"topics\" names and that do not exist count, too.",
         {NULL}},
    [MIRRORMAKER_TOPICS_NOT_SHOWN] = {"dr_mirrormaker_topics_not_shown",
                                      METRIC_GAUGE,
                                      "Topics that have no series of their own because there are "
                                      "more than topics_shown_max; they are the least bad ones.",
                                      {NULL}},
    [MIRRORMAKER_PARTITIONS] =
        {"dr_mirrormaker_partitions",
         METRIC_GAUGE,
         "Partitions of the source by state: current (all is replicated), behind, stalled (behind, "
         "and no progress for longer than stalled_after), unmirrored (nothing was ever "
         "replicated), unknown (a cluster did not answer), lost (records were removed before they "
         "were replicated), recreated (another topic by the name), copy_lost (the target does not "
         "have what was once replicated).",
         {"state"}},
    [MIRRORMAKER_PARTITIONS_UNDATED] =
        {"dr_mirrormaker_partitions_undated",
         METRIC_GAUGE,
         "Partitions for which no recovery point is known yet; while there are any there is none "
         "for the source.",
         {NULL}},
    [MIRRORMAKER_LAG_RECORDS] =
        {"dr_mirrormaker_lag_records",
         METRIC_GAUGE,
         "Offsets between what is replicated (the offsets topic of Kafka Connect, and offset "
         "syncs) and the end at the source, all partitions; with compaction and transactions more "
         "than there are records. Absent unless all are known.",
         {NULL}},
    [MIRRORMAKER_LOST_RECORDS] =
        {"dr_mirrormaker_records_lost_total",
         METRIC_COUNTER,
         "Records that the source removed (retention) before they were replicated, all topics, "
         "since the exporter started; at its start, what is missing then.",
         {NULL}},
    [MIRRORMAKER_OPEN_TRANSACTION_RECORDS] =
        {"dr_mirrormaker_open_transaction_records",
         METRIC_GAUGE,
         "Offsets at the source behind the last stable one, which a MirrorMaker that reads "
         "committed records cannot replicate until the transaction ends.",
         {NULL}},
    [MIRRORMAKER_OFFSETS_ROWS] = {"dr_mirrormaker_offsets_rows_total",
                                  METRIC_COUNTER,
                                  "Rows read of the offsets topic of Kafka Connect, of any "
                                  "connector.",
                                  {NULL}},
    [MIRRORMAKER_HEARTBEAT_AGE] =
        {"dr_mirrormaker_heartbeat_age_seconds",
         METRIC_GAUGE,
         "Age of the newest heartbeat that came through MirrorMaker, in the source's heartbeats "
         "topic at the target. It compares the clock of the host that made it with ours; it is at "
         "least the time for which none was seen to arrive. No evidence of a recovery point. "
         "Absent "
         "when there is no such topic, or it may not be read.",
         {NULL}},
    [MIRRORMAKER_HEARTBEAT_MAX_AGE] = {"dr_mirrormaker_heartbeat_max_age_seconds",
                                       METRIC_GAUGE,
                                       "The setting heartbeat_max_age.",
                                       {NULL}},
    [MIRRORMAKER_TOPIC_LAG_RECORDS] = {"dr_mirrormaker_topic_lag_records",
                                       METRIC_GAUGE,
                                       "The same as dr_mirrormaker_lag_records, of one topic.",
                                       {"topic"}},
    [MIRRORMAKER_TOPIC_LAG_SECONDS] =
        {"dr_mirrormaker_topic_lag_seconds",
         METRIC_GAUGE,
         "How old the topic's recovery point was when it was measured: the age of the oldest "
         "record that is not replicated, of the worst partition; 0 when all are. Of a backlog that "
         "was there when the exporter started, by the producer's clock.",
         {"topic"}},
    [MIRRORMAKER_TOPIC_MIRRORED] = {"dr_mirrormaker_topic_mirrored",
                                    METRIC_GAUGE,
                                    "0 for a topic with records of which MirrorMaker has never "
                                    "replicated any.",
                                    {"topic"}},
    [MIRRORMAKER_TOPIC_PARTITIONS] = {"dr_mirrormaker_topic_partitions",
                                      METRIC_GAUGE,
                                      "Partitions of the topic by state, as in "
                                      "dr_mirrormaker_partitions; only states that there are.",
                                      {"topic", "state"}},
    [MIRRORMAKER_TOPIC_LOST_RECORDS] =
        {"dr_mirrormaker_unreplicated_records_lost_total",
         METRIC_COUNTER,
         "Records of the topic that the source removed (retention) before they were replicated. "
         "MirrorMaker goes on with the oldest that is left and does not tell.",
         {"topic"}},
    [MIRRORMAKER_PARTITION_LAG_RECORDS] = {"dr_mirrormaker_partition_lag_records",
                                           METRIC_GAUGE,
                                           "The same as dr_mirrormaker_topic_lag_records, of one "
                                           "partition; only with per_partition.",
                                           {"topic", "partition"}},
    [MIRRORMAKER_PARTITION_LAG_SECONDS] = {"dr_mirrormaker_partition_lag_seconds",
                                           METRIC_GAUGE,
                                           "The same as dr_mirrormaker_topic_lag_seconds, of one "
                                           "partition; only with per_partition.",
                                           {"topic", "partition"}},
    [MIRRORMAKER_GROUP_RESUMABLE] =
        {"dr_mirrormaker_group_resumable",
         METRIC_GAUGE,
         "Whether the consumer group could resume in the DR region: each partition that it "
         "consumes at the source has a checkpoint at the target that lies within the copy.",
         {"group"}},
    [MIRRORMAKER_GROUP_RECORDS_AGAIN] =
        {"dr_mirrormaker_group_records_again",
         METRIC_GAUGE,
         "How many records the group would read again when it resumed from its checkpoints; those "
         "of partitions without one are not in it.",
         {"group"}},
    [MIRRORMAKER_GROUP_CHECKPOINT_AGE] =
        {"dr_mirrormaker_group_checkpoint_age_seconds",
         METRIC_GAUGE,
         "For how long, at most, the group has not been where its checkpoint says, worst "
         "partition; 0 for a group that stands still.",
         {"group"}},
    [MIRRORMAKER_GROUP_PARTITIONS] = {"dr_mirrormaker_group_partitions",
                                      METRIC_GAUGE,
                                      "Partitions of mirrored topics for which the group has "
                                      "committed an offset at the source.",
                                      {"group"}},
    [MIRRORMAKER_GROUP_WITHOUT_CHECKPOINT] =
        {"dr_mirrormaker_group_partitions_without_checkpoint",
         METRIC_GAUGE,
         "Those of them that have had no usable checkpoint for longer than checkpoint_max_age.",
         {"group"}},
    [MIRRORMAKER_CHECKPOINT_MAX_AGE] = {"dr_mirrormaker_checkpoint_max_age_seconds",
                                        METRIC_GAUGE,
                                        "The setting checkpoint_max_age.",
                                        {NULL}},
};
