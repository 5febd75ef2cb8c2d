# SPDX-License-Identifier: Apache-2.0
"""A primary and its standby, with a proxy on every line between them and to the exporter."""

from services.support import wait_until

from plans import NOTICE, plan, source, start_load

RPO = 3


class Pair:
    """`link` carries replication; `to_primary` and `to_replica` carry the exporter's queries.

    A second standby, `other`, is never touched: its service must never notice anything."""

    def __init__(self, estate, **settings):
        self.primary = estate.primary(**settings)
        self.link = estate.proxy(self.primary.port)
        self.to_primary = estate.proxy(self.primary.port)
        self.standby = estate.standby(self.primary, "west", through=self.link.port)
        self.other = estate.standby(self.primary, "south")
        self.to_replica = estate.proxy(self.standby.port)
        self.load = None

    def plan(self, rpo=f"{RPO}s", **more):
        return plan({"orders": ("orders", rpo), "reports": ("reports", f"{RPO}s")}, [
            source("orders-west", "orders", self.to_primary.port, self.to_replica.port, **more),
            source("reports-south", "reports", self.primary.port, self.other.port)])

    def start_load(self):
        self.load = start_load(self.primary)

    def stop_load(self):
        if self.load:
            self.load.close()
            self.primary.sessions.remove(self.load)
            self.load = None

    def heal(self):
        """As at the beginning, with all data copied."""
        self.stop_load()
        for proxy in (self.link, self.to_primary, self.to_replica):
            proxy.heal()
        self.standby.resume()
        if self.standby.sql("SELECT pg_is_wal_replay_paused()") == "t":
            self.standby.sql("SELECT pg_wal_replay_resume()")
        wait_until(lambda: {"west", "south"} <= set(self.primary.streaming()), 20, "both standbys")
        self.primary.wait_for_copy(self.standby)


def start_exporter(estate, pair, **more):
    """An exporter that has seen the pair in good health."""
    exporter = estate.exporter(pair.plan(**more))
    exporter.wait_for_check("orders", "pass")
    exporter.wait_for_check("reports", "pass")
    return exporter


def age(exporter, name="orders-west"):
    return exporter.metric("dr_recovery_point_age_seconds", source=name)


def assert_not_ready(exporter, within=RPO + NOTICE, service="orders"):
    """The service stops passing in time, and the other one never notices."""
    def not_passing():
        metrics = exporter.metrics()
        assert metrics.check("reports") == "pass", metrics.find("dr_check")
        return metrics.check(service) != "pass"
    wait_until(not_passing, within, f"{service} not to pass")
