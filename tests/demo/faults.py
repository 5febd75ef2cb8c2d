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


def drill_results(metrics):
    where = {"dr_service": "checkout", "drill": "full"}
    took = metrics.value("dr_drill_recovery_seconds", **where)
    objective = metrics.value("dr_service_rto_objective_seconds", dr_service="checkout",
                              disruption="region")
    return (f"dr_drill_last_result {metrics.value('dr_drill_last_result', **where):.0f}, but the "
            "checks drill and rto still pass: they ask for the last success, which is recent "
            f"enough and took {duration(took)} (RTO {duration(objective)}). A failed drill is work "
            "to do, no proof that a failover cannot succeed: it makes a ticket and changes no "
            "verdict.")


@dataclass(frozen=True)
class Fault:
    story: str
    # What has to be sent before the command returns.
    sent: frozenset = frozenset()
    # What comes later: those are only shown as pending, or when they will be looked at.
    later: frozenset = frozenset()
    epilogue: Callable | None = None  # From the metrics at the end.


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
        "down. The board stays green, because the last success still counts.",
        later=frozenset({"DrDrillFailed(checkout)"}), epilogue=drill_results),
}
