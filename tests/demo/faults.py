# SPDX-License-Identifier: Apache-2.0
"""What can be broken in the demo, what it means, and which alerts must answer."""

from dataclasses import dataclass
from typing import Callable

from board import duration


def replay_paused(metrics):
    where = {"source": "orders-west"}
    return (f"dr_postgres_replay_paused {metrics.value('dr_postgres_replay_paused', **where):.0f}, "
            f"{metrics.value('dr_postgres_replay_lag_bytes', **where):.0f} bytes to replay; no "
            "alert, since no data is at risk.")


def sessions_inconsistent(metrics):
    where = {"source": "sessions-west"}
    failures = metrics.value("dr_source_failures_total", reason="inconsistent", **where) or 0
    return (f"dr_source_up of sessions-west {metrics.value('dr_source_up', **where):.0f}; "
            f"{failures:.0f} collections failed with the reason \"inconsistent\". Nothing that the "
            "promoted replica says proves anything about the primary's data any more, so the last "
            "recovery point only gets older.")


def sessions_gap(metrics):
    gap = metrics.value("dr_redis_replication_gap_bytes", source="sessions-west")
    return ("The replica lacks " + ("an unknown number of" if gap is None else f"{gap:.0f}")
            + " bytes of the primary's stream (dr_redis_replication_gap_bytes).")


def archive_state(metrics):
    where = {"source": "ledger-backup"}
    age = metrics.value("dr_recovery_point_age_seconds", **where)
    return (f"dr_backup_archive_failing {metrics.value('dr_backup_archive_failing', **where):.0f}; "
            f"a restore would bring back the data of {duration(age)} ago. The last full backup is "
            "as good as before: only the log after it is missing.")


def mirror_state(metrics):
    lags = metrics.find("dr_mirrormaker_topic_lag_records", source="events-west")
    return ("MirrorMaker's own metrics stop with it. What is missing in us-west-2 is counted from "
            "the source's end: " + ", ".join(f"{labels['topic']} {value:.0f} records"
                                             for labels, value in lags) + ".")


def bucket_state(metrics):
    where = {"source": "invoices-west"}
    waiting = sum(value for labels, value in metrics.find("dr_s3_sampled_objects", **where)
                  if labels["status"] != "replicated")
    return (f"{metrics.value('dr_s3_canaries_pending', **where):.0f} canaries and {waiting:.0f} "
            "invoices are not in us-west-2 (dr_s3_canaries_pending, dr_s3_sampled_objects).")


def drill_results(metrics):
    where = {"dr_service": "checkout", "drill": "full"}
    took = metrics.value("dr_drill_recovery_seconds", **where)
    objective = metrics.value("dr_service_rto_objective_seconds", dr_service="checkout",
                              disruption="region")
    return (f"dr_drill_last_result {metrics.value('dr_drill_last_result', **where):.0f}: the "
            "checks drill and rto fail, although the last success is recent enough and took "
            f"{duration(took)} (RTO {duration(objective)}): what did not work today would not work "
            "now. The gate stays open with a warning, since the data is safe.")


@dataclass(frozen=True)
class Fault:
    story: str
    # What has to be sent before the command returns.
    sent: frozenset = frozenset()
    # What comes later: those are only shown as pending, or when they will be looked at.
    later: frozenset = frozenset()
    epilogue: Callable | None = None  # From the metrics at the end.
    needs: str | None = None  # Only in a demo with KAFKA=1 or S3=1: "kafka" or "s3".

    def is_in(self, state):
        return self.needs is None or state[self.needs]


FAULTS = {
    "cut": Fault(
        "The line between the regions is cut for PostgreSQL. The primary confirms no order any "
        "more, since it may not lose one and the standby cannot receive it; what the standby has "
        "gets older, so one tier after the other fails.",
        sent=frozenset({"DrRpoBreached(checkout)", "DrRpoBreached(order-api)"})),
    "pause": Fault(
        "The standby stops replaying, for example because somebody runs a long report. It still "
        "receives all data, so nothing can be lost and the verdict stays ready; but a failover "
        "would have to replay first, which dr_postgres_replay_paused shows.",
        epilogue=replay_paused),
    "kill-primary": Fault(
        "The primary is gone, as if its region had failed. What can be saved stays what it was, "
        "and nobody knows what was confirmed since: exposure grows.",
        sent=frozenset({"DrRpoBreached(checkout)", "DrRpoBreached(order-api)"})),
    "desync": Fault(
        "Somebody empties synchronous_standby_names. Replication works and no lag is seen, but "
        "orders are confirmed before they are safe: RPO 0 is broken at once.",
        sent=frozenset({"DrRpoBreached(checkout)", "DrZeroDataLossNotEnforced(orders)"})),
    "redis-link": Fault(
        "The line between the regions is cut for Redis. The primary goes on, since Redis waits "
        "for no replica; the sessions that are written from now on are only in us-east-1, and "
        "login fails once that is longer than its RPO.",
        sent=frozenset({"DrRpoBreached(login)"}), epilogue=sessions_gap),
    "redis-promote": Fault(
        "Somebody promotes the Redis replica (REPLICAOF NO ONE) while the primary still serves. "
        "Both answer and neither lags, but there are two primaries now: the copy is no copy any "
        "more. login is not ready at once.",
        sent=frozenset({"DrRpoBreached(login)"}), epilogue=sessions_inconsistent),
    "stale-runbook": Fault(
        "Somebody puts back last year's version of order-api's runbook. The data is safe, but "
        "nobody has made sure for a year that these steps work: the check runbook fails.",
        later=frozenset({"DrRunbookExpired(order-api)"})),
    "failed-drill": Fault(
        "Today's full failover drill of checkout fails, and dr_exporter drill record writes that "
        "down. The data is as safe as before, but nobody can say any more that a failover works: "
        "the checks drill and rto fail.",
        later=frozenset({"DrDrillFailed(checkout)"}), epilogue=drill_results),
    "archive": Fault(
        "archive_command begins to fail on the primary. Replication does not notice, and the last "
        "full backup is still good; but what is written from now on could not be restored after "
        "somebody's mistake, so ledger fails once that is longer than its RPO.",
        sent=frozenset({"DrRpoBreached(ledger)"}),
        later=frozenset({"DrArchiveStalled(ledger)"}), epilogue=archive_state),
    "backup": Fault(
        "The file system with the pgBackRest repository is gone. Nobody can look at it, so "
        "nothing is known of ledger's backups: unknown at once, and failed once the last known "
        "recovery point is older than the RPO.",
        sent=frozenset({"DrRpoBreached(ledger)"})),
    "mm2-kill": Fault(
        "MirrorMaker 2 dies. Nothing at either Kafka cluster is broken, and its own lag metrics "
        "are gone with it; the source's end moves on, so the gap grows.",
        sent=frozenset({"DrRpoBreached(notifications)"}), epilogue=mirror_state, needs="kafka"),
    "mm2-throttle": Fault(
        "The line between the Kafka clusters gets slow: a fifth of what is written fits through. "
        "MirrorMaker runs and copies all the time, and falls back all the same.",
        sent=frozenset({"DrRpoBreached(notifications)"}), epilogue=mirror_state, needs="kafka"),
    "topic-recreate": Fault(
        "Somebody deletes the topic and creates it anew. Offsets begin at 0 again, so what was "
        "committed for the old one means nothing: notifications is not ready until MirrorMaker "
        "has begun with the new one.",
        needs="kafka"),
    "s3-cut": Fault(
        "The line between the S3 servers is cut. The bucket takes invoices as before, and nobody "
        "who writes one notices that they stay in us-east-1; canaries and invoices wait there, "
        "and invoicing fails once that is longer than its RPO.",
        sent=frozenset({"DrRpoBreached(invoicing)"}), epilogue=bucket_state, needs="s3"),
}
