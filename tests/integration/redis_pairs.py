# SPDX-License-Identifier: Apache-2.0
"""A Redis primary and its replica, with a proxy on every line between them and to the exporter."""

from services.redis import Load, Redis
from services.support import holds_for, wait_until

from plans import INTERVAL, plan

RPO = 3
# Until a fault must be seen; see plans.NOTICE.
NOTICE = 2 * INTERVAL + 0.6 + 1.0


def address(port):
    return f"127.0.0.1:{port}"


def redis_source(name, dataset, primary, replica, **more):
    """A redis source; `primary` and `replica` are the ports of servers or proxies."""
    settings = {"name": name, "collector": "redis", "dataset": dataset,
                "replica": address(replica), "user": "dr_monitor", "password_file": "@password"}
    if primary is not None:
        settings["primary"] = address(primary)
    return {**settings, **more}


def start_redis(estate, name="primary", monitor=True, **settings):
    server = estate.keep(Redis(estate.new_directory(), name, **settings)).start()
    return server.create_monitor() if monitor else server


def start_replica(estate, name, port, wait=True, **settings):
    server = start_redis(estate, name, replicaof=f"127.0.0.1 {port}", **settings)
    if wait:
        wait_until(lambda: server.link_is_up, 10, f"{server} to be connected")
    return server


class RedisPair:
    """`link` carries replication; `to_primary` and `to_replica` carry the exporter's questions.

    A second replica, `other`, is never touched: its service must never notice anything."""

    def __init__(self, estate, **settings):
        self.estate = estate
        self.primary = start_redis(estate, **settings)
        self.link = estate.proxy(self.primary.port)
        self.to_primary = estate.proxy(self.primary.port)
        self.replica = start_replica(estate, "west", self.link.port, **settings)
        self.other = start_replica(estate, "south", self.primary.port)
        self.to_replica = estate.proxy(self.replica.port)
        self.load = None

    def sources(self, **more):
        return [redis_source("sessions-west", "sessions", self.to_primary.port,
                             self.to_replica.port, **more),
                redis_source("limits-south", "limits", self.primary.port, self.other.port)]

    def plan(self, rpo=f"{RPO}s", **more):
        return plan({"sessions": ("sessions", rpo), "limits": ("limits", f"{RPO}s")},
                    self.sources(**more))

    def start_load(self):
        self.load = self.estate.keep(Load(self.primary))

    def stop_load(self):
        if self.load:
            self.load.stop()
            self.load = None

    def heal(self):
        """As at the beginning, with all data copied."""
        self.stop_load()
        for proxy in (self.link, self.to_primary, self.to_replica):
            proxy.heal()
        self.replica.resume()
        self.replica.command("CONFIG", "SET", "replica-priority", 100)
        self.replica.command("CONFIG", "SET", "replica-announced", "yes")
        for server in (self.primary, self.replica, self.other):
            server.create_monitor()
        if self.replica.info("role") == "master":
            self.replica.replicate(self.link.port)
        wait_until(lambda: self.replica.link_is_up and self.other.link_is_up, 20, "both replicas")


def start_exporter(estate, pair, **more):
    """An exporter that has seen the pair in good health."""
    exporter = estate.exporter(pair.plan(**more))
    exporter.wait_for_check("sessions", "pass")
    exporter.wait_for_check("limits", "pass")
    return exporter


def age(exporter, name="sessions-west"):
    return exporter.metric("dr_recovery_point_age_seconds", source=name)


def reasons(exporter, name="sessions-west"):
    """What speaks against promoting the replica; None when that is not known."""
    metrics = exporter.metrics()
    found = metrics.find("dr_redis_not_promotable_reason", source=name)
    promotable = metrics.value("dr_redis_promotable", source=name)
    if promotable is None:
        assert not found
        return None
    names = {labels["reason"] for labels, value in found if value == 1}
    assert promotable == (0 if names else 1)
    assert len(found) == 8
    return names


def assert_not_ready(exporter, within=RPO + NOTICE, service="sessions", other="limits"):
    """The service stops passing in time, and the other one never notices."""
    def not_passing():
        metrics = exporter.metrics()
        assert metrics.check(other) == "pass", metrics.find("dr_check")
        return metrics.check(service) != "pass"
    wait_until(not_passing, within, f"{service} not to pass")


def stays_not_ready(exporter, seconds=2, service="sessions"):
    holds_for(seconds, lambda: exporter.check(service) != "pass", f"{service} not ready")
