# SPDX-License-Identifier: Apache-2.0
"""Replication and backups: what each kind of source measures."""

from grafana import (BAD_FROM_ONE, GOOD_FROM_ONE, LEFT_SECONDS, UP_WORDS, bars, dashboard, query,
                     ratio_series, row, series, table, timeline, variables)

YES_WORDS = {"0": ("no", "red"), "1": ("yes", "green")}
SOURCE = '$$, source=~"$source"'


def of(name, matchers=""):
    """A selector of one metric for the chosen sources."""
    return f"{name}{{{SOURCE}{', ' + matchers if matchers else ''}}}"


def every_source():
    age = of("dr_recovery_point_age_seconds")
    return [
        row("Every source"),
        ratio_series("Age of the recovery point against RPO",
                     """How old the newest instant is to which the data could be brought back, as a
                     share of the smallest RPO of the dataset. Not drawn for RPO 0.""",
                     [query(f"""max by (dataset, source) ({age})
                            / on (dataset) group_left ()
                            (min by (dataset) (dr_dataset_rpo_objective_seconds{{$$}}) > 0)""",
                            "{{dataset}}: {{source}}")]),
        series("Age of the recovery point", "The same in seconds. It grows while nobody can look.",
               [query(f"max by (dataset, source) ({age})", "{{dataset}}: {{source}}")], unit="s"),
    ]


def postgres():
    return [
        row("PostgreSQL"),
        series("WAL not yet safe at the standby", "From the primary's current position.",
               [query(f"max by (source) ({of('dr_postgres_flush_lag_bytes')})", "{{source}}")],
               unit="bytes", width=8),
        series("WAL not yet replayed", "It delays a promotion, and costs no data.",
               [query(f"max by (source) ({of('dr_postgres_replay_lag_bytes')})", "{{source}}")],
               unit="bytes", width=8),
        series("WAL kept for slots", "A slot whose standby is gone fills the primary's disk.",
               [query(f"max by (source, slot) ({of('dr_postgres_slot_retained_wal_bytes')})",
                      "{{source}} {{slot}}")], unit="bytes", width=8),
        timeline("Receiver streams", "Whether the standby's WAL receiver streams.",
                 [query(f"min by (source) ({of('dr_postgres_receiver_streaming')})",
                        "{{source}}")], YES_WORDS, width=8, height=6),
        timeline("Ends answer", "Whether the primary and the standby can be asked.",
                 [query(f"min by (source, end) ({of('dr_postgres_end_up')})",
                        "{{source}} {{end}}")], UP_WORDS, width=8, height=6),
        series("Clock against the exporter's", "Of each server.",
               [query(f"max by (source, end) ({of('dr_postgres_clock_skew_seconds')})",
                      "{{source}} {{end}}")], unit="s", width=8, height=6),
    ]


def redis():
    return [
        row("Redis and Valkey"),
        series("Not yet replicated", "The replica's offset behind the primary's.",
               [query(f"max by (source) ({of('dr_redis_replication_gap_bytes')})", "{{source}}")],
               unit="bytes", width=8),
        timeline("Link to the primary", "As the replica says.",
                 [query(f"min by (source) ({of('dr_redis_link_up')})", "{{source}}")], UP_WORDS,
                 width=8),
        timeline("May be promoted", "Whether a replica could take over.",
                 [query(f"min by (source) ({of('dr_redis_promotable')})", "{{source}}")],
                 YES_WORDS, width=8),
    ]


def mirrormaker():
    return [
        row("Kafka MirrorMaker 2"),
        series("Records not yet mirrored", "The true gap of each source.",
               [query(f"max by (source) ({of('dr_mirrormaker_lag_records')})", "{{source}}")],
               unit="short", width=8),
        series("Ten slowest topics", "Age of the oldest record that is not mirrored.",
               [query(f"topk(10, max by (source, topic) "
                      f"({of('dr_mirrormaker_topic_lag_seconds')}))", "{{source}} {{topic}}")],
               unit="s", width=8),
        series("Lost before they were mirrored", "Records a second that retention removed.",
               [query(f"max by (source) (rate({of('dr_mirrormaker_records_lost_total')}"
                      "[$__rate_interval]))", "{{source}}")], unit="cps", width=8),
        table("Consumer groups", "Whether a group could go on at the target, and how many records "
              "it would read again.",
              [query(f"max by (source, group) ({of('dr_mirrormaker_group_records_again')})")],
              {"source": "Source", "group": "Group", "Value": "Read again"}),
        timeline("Groups could go on", "By the newest checkpoints at the target.",
                 [query(f"min by (source, group) ({of('dr_mirrormaker_group_resumable')})",
                        "{{source}} {{group}}")], YES_WORDS),
    ]


def s3():
    missing = of("dr_s3_sampled_objects", 'status!="replicated"')
    return [
        row("S3 replication"),
        series("Newest canary that came", "How long ago it was written at the source.",
               [query("time() - min by (source) "
                      f"({of('dr_s3_canary_replicated_timestamp_seconds')})", "{{source}}")],
               unit="s", width=8),
        series("Sampled objects that are not there", "Of the prefixes that are compared.",
               [query(f"max by (source, prefix, status) ({missing})",
                      "{{source}} {{prefix}} {{status}}")], unit="short", width=8),
        series("Operations that S3 gave up", "By CloudWatch; they are never tried again.",
               [query(f"max by (source) ({of('dr_s3_failed_operations')})", "{{source}}")],
               unit="short", width=8),
        timeline("Rules are active", "Whether a rule takes the prefix to the destination.",
                 [query("min by (source, prefix, rule) "
                        f"({of('dr_s3_replication_rule_active')})",
                        "{{source}} {{prefix}} {{rule}}")], YES_WORDS),
        timeline("Versioning is enabled", "Of both buckets; nothing is replicated without.",
                 [query(f"min by (source, end) ({of('dr_s3_versioning_enabled')})",
                        "{{source}} {{end}}")], YES_WORDS),
    ]


def room_and_endpoints():
    return [
        row("Room and endpoints"),
        bars("Room in the DR region", "Of what is needed, by resource: below 1 it is too little.",
             [query(f"min by (source, resource, stage) ({of('dr_capacity_ratio')})",
                    "{{source}} {{resource}} {{stage}}", instant=True)], unit="percentunit",
             steps=[(None, "red"), (1, "green")], width=8),
        bars("Workloads that are not deployed there", "Or that have another image.",
             [query(f"max by (source) ({of('dr_capacity_workloads_missing')})",
                    "{{source}} missing", instant=True),
              query(f"max by (source) ({of('dr_capacity_workloads_mismatched')})",
                    "{{source}} mismatched", instant=True)], unit="short", steps=BAD_FROM_ONE,
             width=8),
        timeline("Endpoints answer", "As they should, of the DR region and of the primary's.",
                 [query(f"min by (source, role) ({of('dr_probe_success')})",
                        "{{source}} {{role}}")], YES_WORDS, width=8),
        bars("Certificates end in", "The first of the chain that ends.",
             [query(f"min by (source) ({of('dr_probe_certificate_not_after_timestamp_seconds')})"
                    " - time()", "{{source}}", instant=True)], unit="s", steps=LEFT_SECONDS,
             width=8),
        bars("TTL of DNS records", "The longest that a responsible server gives.",
             [query(f"max by (source) ({of('dr_probe_dns_ttl_seconds')})", "{{source}}",
                    instant=True)], unit="s", width=8),
        series("Age of samples from other exporters",
               "Of the oldest sample that a query reads.",
               [query(f"max by (source) ({of('dr_promql_sample_age_seconds')})", "{{source}}")],
               unit="s", width=8),
    ]


def backup():
    labels = "source, repository, set"
    name = "{{source}} {{repository}} {{set}}"
    return [
        row("Backups"),
        bars("Age of the last backup", "Since the newest backup that counts was complete.",
             # Of each type there is one; the newest of them at the exporter that is worst off.
             [query(f"time() - min by ({labels}) (max by (job, instance, {labels}) "
                    f"({of('dr_backup_last_completion_timestamp_seconds')}))", name,
                    instant=True)], unit="s"),
        bars("Time left until the next is due", "Negative: it is overdue.",
             [query(f"min by ({labels}) ({of('dr_backup_next_due_timestamp_seconds')}) - time()",
                    name, instant=True)], unit="s",
             steps=[(None, "red"), (0, "green")]),
        bars("Failures since the last success", "Backups that do not count, newer than the last "
             "that does.",
             [query(f"max by ({labels}) ({of('dr_backup_failures_since_success')})", name,
                    instant=True)], unit="short", steps=BAD_FROM_ONE, width=8),
        bars("Backups that count", "Complete, and restorable as far as the tool can tell.",
             [query(f"min by ({labels}) ({of('dr_backup_usable_backups')})", name, instant=True)],
             unit="short", steps=GOOD_FROM_ONE, width=8),
        bars("How far back", "The oldest instant that could be restored, as time until now.",
             [query(f"time() - max by ({labels}) "
                    f"({of('dr_backup_recovery_window_oldest_timestamp_seconds')})", name,
                    instant=True)], unit="s", steps=LEFT_SECONDS, width=8),
        series("Size of the last backup", "A sudden change is worth a look.",
               [query(f"max by ({labels}) ({of('dr_backup_last_size_bytes')})", name)],
               unit="bytes"),
        series("WAL segments that wait to be archived", "They pile up when archiving fails.",
               [query(f"max by (source) ({of('dr_backup_archive_ready_files')})", "{{source}}")],
               unit="short"),
    ]


def build():
    source = ("source", "Source", "label_values(dr_source_info{$$}, source)")
    return dashboard("dr-replication", "DR replication and backups",
                     "What each kind of source measures, in detail.",
                     [*every_source(), *postgres(), *redis(), *mirrormaker(), *s3(), *backup(),
                      *room_and_endpoints()],
                     templating=variables(extra=[source]))
