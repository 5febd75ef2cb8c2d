/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics that the framework itself writes. */

#include "exporter/framework_metrics.h"

#include <stddef.h>

#define SOURCE_LABELS "source", "collector", "dataset"
#define VERDICT_LABELS "dr_service", "dr_tier", "disruption"

const struct metric framework_metrics[FRAMEWORK_METRIC_COUNT] = {
    [FRAMEWORK_SERVICE_INFO] =
        {"dr_service_info",
         METRIC_GAUGE,
         "1 for every service of the plan; severity is that of its tier's breach alerts. From the "
         "configuration.",
         {"dr_service", "dr_tier", "severity", "owner", "runbook_url"}},
    [FRAMEWORK_DATASET_INFO] =
        {"dr_dataset_info",
         METRIC_GAUGE,
         "1 for every dataset of the plan, with the strictest tier that needs it: the first in the "
         "list of tiers. From the configuration.",
         {"dataset", "dr_tier", "severity"}},
    [FRAMEWORK_SOURCE_INFO] = {"dr_source_info",
                               METRIC_GAUGE,
                               "1 for every source of the plan. From the configuration.",
                               {SOURCE_LABELS}},
    [FRAMEWORK_SERVICE_EVIDENCE_INFO] =
        {"dr_service_evidence_info",
         METRIC_GAUGE,
         "1 for every source that a service lists as evidence. From the configuration.",
         {"dr_service", "dr_tier", "source"}},
    [FRAMEWORK_SERVICE_RTO_OBJECTIVE] =
        {"dr_service_rto_objective_seconds",
         METRIC_GAUGE,
         "How soon the service has to be back after this disruption. From its tier.",
         {VERDICT_LABELS}},
    [FRAMEWORK_SERVICE_RPO_OBJECTIVE] =
        {"dr_service_rpo_objective_seconds",
         METRIC_GAUGE,
         "How much of the newest data the service may lose in this disruption. From its tier.",
         {VERDICT_LABELS}},
    [FRAMEWORK_DATASET_RPO_OBJECTIVE] =
        {"dr_dataset_rpo_objective_seconds",
         METRIC_GAUGE,
         "The smallest RPO that any service needs of the dataset for this disruption; dr_tier is "
         "the strictest tier that needs the dataset. From the configuration.",
         {"dataset", "dr_tier", "disruption"}},
    [FRAMEWORK_DRILL_MAX_AGE] =
        {"dr_drill_max_age_seconds",
         METRIC_GAUGE,
         "How old the last successful drill of this type may be. From the service's tier.",
         {"dr_service", "dr_tier", "drill"}},
    [FRAMEWORK_RUNBOOK_MAX_AGE] =
        {"dr_runbook_max_age_seconds",
         METRIC_GAUGE,
         "How old the last validation of the runbook may be. From the service's tier.",
         {"dr_service", "dr_tier"}},
    [FRAMEWORK_RPO_MET_MIN_RATIO] = {"dr_rpo_met_min_ratio",
                                     METRIC_GAUGE,
                                     "Share of all time in which the RPO should be met, in every "
                                     "disruption. From the service's "
                                     "tier.",
                                     {"dr_service", "dr_tier"}},
    [FRAMEWORK_CAPACITY_MIN_RATIO] =
        {"dr_capacity_min_ratio",
         METRIC_GAUGE,
         "Smallest allowed ratio of capacity in the recovery region to what the service needs. "
         "From its tier.",
         {"dr_service", "dr_tier"}},
    [FRAMEWORK_DNS_MAX_TTL] =
        {"dr_dns_max_ttl_seconds",
         METRIC_GAUGE,
         "Largest allowed TTL of the DNS records that lead users to the service. From its tier.",
         {"dr_service", "dr_tier"}},
    [FRAMEWORK_RECOVERY_WINDOW_OBJECTIVE] =
        {"dr_recovery_window_objective_seconds",
         METRIC_GAUGE,
         "How long ago the service's data must still be restorable to. From its tier.",
         {"dr_service", "dr_tier"}},
    [FRAMEWORK_SOURCE_INTERVAL] = {"dr_source_interval_seconds",
                                   METRIC_GAUGE,
                                   "Time from one collection of the source to the next. From the "
                                   "configuration.",
                                   {SOURCE_LABELS}},

    [FRAMEWORK_SOURCE_UP] =
        {"dr_source_up",
         METRIC_GAUGE,
         "1 if the latest collection of the source succeeded and is not overdue, else 0.",
         {SOURCE_LABELS}},
    [FRAMEWORK_SOURCE_LAST_SUCCESS] =
        {"dr_source_last_success_timestamp_seconds",
         METRIC_GAUGE,
         "When the last successful collection of the source began, as Unix time; absent if none "
         "has succeeded since the exporter started.",
         {SOURCE_LABELS}},
    [FRAMEWORK_SOURCE_LAST_DURATION] =
        {"dr_source_last_collection_duration_seconds",
         METRIC_GAUGE,
         "How long the latest collection of the source took, successful or not.",
         {SOURCE_LABELS}},
    [FRAMEWORK_SOURCE_COLLECTIONS] = {"dr_source_collections_total",
                                      METRIC_COUNTER,
                                      "Collections of the source that ended, successful or not.",
                                      {SOURCE_LABELS}},
    [FRAMEWORK_SOURCE_FAILURES] =
        {"dr_source_failures_total",
         METRIC_COUNTER,
         "Collections of the source that failed, by the first thing that went wrong.",
         {SOURCE_LABELS, "reason"}},
    [FRAMEWORK_SOURCE_SAMPLES_DROPPED] =
        {"dr_source_samples_dropped",
         METRIC_GAUGE,
         "Samples of the latest collection that were left out because there were too many.",
         {SOURCE_LABELS}},

    [FRAMEWORK_RECOVERY_POINT] =
        {"dr_recovery_point_timestamp_seconds",
         METRIC_GAUGE,
         "Newest instant, as Unix time, to which the dataset is known to be recoverable from this "
         "source; absent until one was known. From the source's collector.",
         {SOURCE_LABELS, "dr_tier"}},
    [FRAMEWORK_RECOVERY_POINT_AGE] =
        {"dr_recovery_point_age_seconds",
         METRIC_GAUGE,
         "How much of the dataset's newest changes would be lost if this source had to serve now: "
         "the measured lag while the source is up, else the time since its recovery point, which "
         "keeps growing; absent until one was known.",
         {SOURCE_LABELS, "dr_tier"}},
    [FRAMEWORK_ZERO_DATA_LOSS] =
        {"dr_zero_data_loss_enforced",
         METRIC_GAUGE,
         "1 if a commit is acknowledged only once it is safe on this path, 0 if not; absent when "
         "unknown. From the source's collector.",
         {SOURCE_LABELS, "dr_tier"}},

    [FRAMEWORK_RESTORE_TEST] =
        {"dr_backup_last_restore_test_timestamp_seconds",
         METRIC_GAUGE,
         "When the service's data was last restored with success, as Unix time; absent if that is "
         "not known. From the newest successful restore drill of all sources.",
         {"dr_service", "dr_tier"}},
    [FRAMEWORK_RESTORE_TEST_DURATION] =
        {"dr_backup_last_restore_test_duration_seconds",
         METRIC_GAUGE,
         "How long that restore took; absent if it was not measured. From the same drill.",
         {"dr_service", "dr_tier"}},

    [FRAMEWORK_RPO_EXPOSURE] =
        {"dr_rpo_exposure_seconds",
         METRIC_GAUGE,
         "How much data the service would lose if this disruption struck now: its worst dataset's "
         "best surviving path. +Inf if a dataset has no such path; absent when unknown.",
         {VERDICT_LABELS}},
    [FRAMEWORK_RPO_WEAKEST] =
        {"dr_rpo_weakest_info",
         METRIC_GAUGE,
         "1, with the dataset that decides the service's check rpo, and its best surviving source "
         "(empty when it has none).",
         {VERDICT_LABELS, "dataset", "source"}},
    [FRAMEWORK_RECOVERY_WINDOW_OLDEST] =
        {"dr_recovery_window_oldest_timestamp_seconds",
         METRIC_GAUGE,
         "Oldest instant, as Unix time, to which all of the service's data could be restored after "
         "this disruption: of the dataset that reaches back least, by its best surviving path. "
         "Absent when unknown.",
         {VERDICT_LABELS}},
    [FRAMEWORK_RTO_COMPONENT] =
        {"dr_rto_component_seconds",
         METRIC_GAUGE,
         "One term of dr_rto_estimate_seconds. detection: the larger of what the deciding drill "
         "measured and the interval and timeout of the sources plus alert_path, which is taken to "
         "be 0 if the plan does not state it. decide, execute, verify: phases of that drill; "
         "other: what its recovery took beside its phases, or all of it. data_growth: what a "
         "restore takes longer because there is more data than the restore drill brought back. "
         "dns_ttl, scale_out: from the plan, or the larger TTL that probes find. dependencies: the "
         "largest estimate of what "
         "the service depends on. Absent where it is not known or not stated.",
         {VERDICT_LABELS, "component"}},
    [FRAMEWORK_RTO_ESTIMATE] =
        {"dr_rto_estimate_seconds",
         METRIC_GAUGE,
         "How long it would take until the service is back if this disruption struck now: the sum "
         "of dr_rto_component_seconds. Absent if no drill has measured the recovery, its newest "
         "attempt failed, nobody has told yet how much there is to restore, or the same holds for "
         "what the service depends on.",
         {VERDICT_LABELS}},
    [FRAMEWORK_CHECK] = {"dr_check",
                         METRIC_GAUGE,
                         "State of one condition of readiness: exactly one of the states pass, "
                         "fail and unknown is 1. Unknown is not ready.",
                         {VERDICT_LABELS, "check", "state"}},
    [FRAMEWORK_READY] = {"dr_ready",
                         METRIC_GAUGE,
                         "1 only if every check of the service for this disruption passes, else 0.",
                         {VERDICT_LABELS}},
    [FRAMEWORK_GATE_OPEN] =
        {"dr_gate_open",
         METRIC_GAUGE,
         "1 if a failover of the service (or a restore, where data is bad) could go ahead now: no "
         "check that the gate requires fails or is unknown, for it and all that it depends on.",
         {VERDICT_LABELS}},
    [FRAMEWORK_ACCEPTED_LOSS] =
        {"dr_gate_accepted_loss_until_timestamp_seconds",
         METRIC_GAUGE,
         "Until when, as Unix time, the gate takes more loss of the service than its RPO allows "
         "(accept_data_loss); absent where the plan accepts none.",
         {"dr_service", "dr_tier"}},
    [FRAMEWORK_RPO_MET] = {"dr_rpo_met_seconds_total",
                           METRIC_COUNTER,
                           "Time in which the service's exposure was within its RPO, accounted "
                           "every second.",
                           {VERDICT_LABELS}},
    [FRAMEWORK_RPO_MISSED] = {"dr_rpo_missed_seconds_total",
                              METRIC_COUNTER,
                              "Time in which the service's exposure was beyond its RPO, accounted "
                              "every second.",
                              {VERDICT_LABELS}},
    [FRAMEWORK_RPO_UNKNOWN] = {"dr_rpo_unknown_seconds_total",
                               METRIC_COUNTER,
                               "Time in which it was not known whether the service met its RPO, "
                               "accounted every second.",
                               {VERDICT_LABELS}},
    [FRAMEWORK_EXPOSURE_DISTRIBUTION] =
        {"dr_rpo_exposure_distribution_seconds",
         METRIC_HISTOGRAM,
         "Exposure of every second in which it was known: how much would have been lost, had the "
         "disruption struck at a random instant.",
         {VERDICT_LABELS}},

    [FRAMEWORK_BUILD_INFO] = {"dr_exporter_build_info",
                              METRIC_GAUGE,
                              "1, with the version of the running exporter.",
                              {"version"}},
    [FRAMEWORK_OBSERVER_INFO] = {"dr_exporter_observer_info",
                                 METRIC_GAUGE,
                                 "1, with the failure domain that the exporter runs in; absent if "
                                 "the configuration names none.",
                                 {"observer"}},
    [FRAMEWORK_RELOAD_SUCCESSFUL] =
        {"dr_exporter_config_last_reload_successful",
         METRIC_GAUGE,
         "1 if the configuration was loaded when it last was asked for, 0 if it was refused and "
         "the former one is still in use.",
         {NULL}},
    [FRAMEWORK_RELOAD_SUCCESS_TIME] = {"dr_exporter_config_last_reload_success_timestamp_seconds",
                                       METRIC_GAUGE,
                                       "When the configuration in use was loaded, as Unix time.",
                                       {NULL}},
    [FRAMEWORK_CONFIG_WARNINGS] =
        {"dr_exporter_config_warnings",
         METRIC_GAUGE,
         "Objectives of the plan that its sources cannot meet, as check-config prints them.",
         {NULL}},
    [FRAMEWORK_PROCESS_CPU] = {"process_cpu_seconds_total",
                               METRIC_COUNTER,
                               "User and system CPU time that the exporter has used.",
                               {NULL}},
    [FRAMEWORK_PROCESS_RESIDENT] = {"process_resident_memory_bytes",
                                    METRIC_GAUGE,
                                    "Resident memory of the exporter.",
                                    {NULL}},
    [FRAMEWORK_PROCESS_VIRTUAL] = {"process_virtual_memory_bytes",
                                   METRIC_GAUGE,
                                   "Virtual memory of the exporter.",
                                   {NULL}},
    [FRAMEWORK_PROCESS_OPEN_FDS] = {"process_open_fds",
                                    METRIC_GAUGE,
                                    "File descriptors that the exporter has open.",
                                    {NULL}},
    [FRAMEWORK_PROCESS_MAX_FDS] = {"process_max_fds",
                                   METRIC_GAUGE,
                                   "File descriptors that the exporter may have open.",
                                   {NULL}},
    [FRAMEWORK_PROCESS_THREADS] = {"process_threads",
                                   METRIC_GAUGE,
                                   "Threads of the exporter: one a source and a few more.",
                                   {NULL}},
    [FRAMEWORK_PROCESS_START] = {"process_start_time_seconds",
                                 METRIC_GAUGE,
                                 "When the exporter was started, as Unix time.",
                                 {NULL}},
};
