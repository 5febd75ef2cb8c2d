# SPDX-License-Identifier: Apache-2.0
"""Trap R5: Sentinels moved the primary role; roles follow what they say, not the plan."""

import pytest
from services.redis import Sentinel
from services.support import wait_until

from plans import plan
from redis_pairs import (NOTICE, RPO, address, reasons, redis_source, start_redis, start_replica,
                         stays_not_ready)

COUNT = 3


class Watched:
    """A primary in the east, a replica in the west, and three Sentinels."""

    def __init__(self, estate, replicas=("west",)):
        self.east = start_redis(estate, "east")
        self.replicas = [start_replica(estate, name, self.east.port) for name in replicas]
        self.west = self.replicas[0]
        self.sentinels = [
            estate.keep(Sentinel(estate.new_directory(), f"sentinel{i}", self.east.port)).start()
            .allow_monitor() for i in range(COUNT)]
        self.wait()

    def wait(self):
        wait_until(lambda: all(sentinel.sees(len(self.replicas), COUNT)
                               for sentinel in self.sentinels if sentinel.process.running),
                   20, "the Sentinels to see everybody")

    def source(self, primary=True, **more):
        return redis_source("sessions-west", "sessions", self.east.port if primary else None,
                            self.west.port, sentinel_user="dr_monitor",
                            sentinel_password_file="@password", master_name="mymaster",
                            sentinels=", ".join(address(s.port) for s in self.sentinels), **more)

    def plan(self, **more):
        return plan({"sessions": ("sessions", f"{RPO}s")}, [self.source(timeout="900ms", **more)])

    def fail_over(self, to):
        """As an operator does it; everybody stays alive."""
        self.sentinels[0].command("SENTINEL", "FAILOVER", "mymaster")
        self.wait_for_primary(to)

    def wait_for_primary(self, server, timeout=20):
        wait_until(lambda: all(sentinel.primary_port() == server.port
                               for sentinel in self.sentinels), timeout, f"{server} to be primary")


@pytest.fixture(name="watched", scope="module")
def fixture_watched(module_estate):
    return Watched(module_estate)


@pytest.mark.parametrize("primary", [True, False], ids=["named", "found"])
def test_sentinels_name_the_primary(estate, watched, primary):
    exporter = estate.exporter(watched.plan(primary=primary))
    exporter.wait_for_check("sessions", "pass")
    assert reasons(exporter) == set()
    assert exporter.metric("dr_redis_sentinels", source="sessions-west") == COUNT
    exporter.wait_for_metric("dr_redis_sentinels_agreeing", COUNT, source="sessions-west")
    assert exporter.failures("sessions-west") == {}


def test_hidden_from_the_sentinels(estate, watched):
    watched.west.command("CONFIG", "SET", "replica-announced", "no")
    try:
        exporter = estate.exporter(watched.plan())
        wait_until(lambda: reasons(exporter), 5, "the reason")
        assert reasons(exporter) == {"announced"}
        exporter.wait_for_check("sessions", "fail")
    finally:
        watched.west.command("CONFIG", "SET", "replica-announced", "yes")


def test_unknown_name(estate, watched):
    exporter = estate.exporter(watched.plan())
    exporter.write_plan(plan({"sessions": ("sessions", "3s")},
                             [{**watched.source(), "master_name": "other"}]))
    exporter.reload()
    wait_until(lambda: "not_found" in exporter.failures("sessions-west"), 3, "the reason")
    stays_not_ready(exporter, 0.7)


def test_majority_of_sentinels(estate, watched):
    exporter = estate.exporter(watched.plan())
    exporter.wait_for_check("sessions", "pass")
    watched.sentinels[0].pause()
    exporter.wait_for_metric("dr_redis_sentinels_agreeing", 2, source="sessions-west")
    exporter.wait_for_check("sessions", "pass")
    watched.sentinels[1].pause()
    try:
        wait_until(lambda: exporter.failures("sessions-west"), NOTICE, "a failure")
        wait_until(lambda: exporter.check("sessions") != "pass", RPO + NOTICE)
        stays_not_ready(exporter, 1)
        assert set(exporter.failures("sessions-west")) == {"timeout"}
        assert "no majority" in exporter.log()
    finally:
        for sentinel in watched.sentinels:
            sentinel.resume()
    exporter.wait_for_check("sessions", "pass")
    watched.wait()


def test_a_data_server_is_no_sentinel_and_the_other_way_round(estate, watched):
    source = watched.source()
    source["replica"] = address(watched.sentinels[0].port)
    del source["user"], source["password_file"]
    exporter = estate.exporter(plan({"sessions": ("sessions", "3s")}, [source]))
    wait_until(lambda: exporter.failures("sessions-west"), 3, "a failure")
    stays_not_ready(exporter, 0.7)


def fail_over_to_the_west(estate, watched):
    """The ends exchange their roles: what is measured is the copy at the other end."""
    named = estate.exporter(watched.plan())
    found = estate.exporter(watched.plan(primary=False))
    for exporter in (named, found):
        exporter.wait_for_check("sessions", "pass")
    watched.fail_over(watched.west)
    wait_until(lambda: watched.east.info("role") == "slave" and watched.east.link_is_up, 20,
               "the former primary to follow")
    named.wait_for_check("sessions", "pass", timeout=15)
    return named, found


@pytest.mark.slow
def test_r5_planned_failover(estate):
    _, found = fail_over_to_the_west(estate, Watched(estate))
    # Nobody told this one where a copy could be now.
    wait_until(lambda: "name the other end" in found.get("/").text, 5, "the reason")
    stays_not_ready(found, 1)
    assert set(found.failures("sessions-west")) <= {"inconsistent", "timeout", "connect"}


@pytest.mark.slow
def test_r5_planned_failover_and_back(estate):
    watched = Watched(estate)
    exporters = fail_over_to_the_west(estate, watched)
    watched.wait()
    watched.fail_over(watched.east)
    for exporter in exporters:
        exporter.wait_for_check("sessions", "pass", timeout=20)


@pytest.mark.slow
def test_r5_lost_primary(estate):
    watched = Watched(estate)
    exporter = estate.exporter(watched.plan())
    exporter.wait_for_check("sessions", "pass")
    watched.east.kill()
    wait_until(lambda: exporter.check("sessions") != "pass", RPO + NOTICE, "not ready")
    watched.wait_for_primary(watched.west, 30)
    # There is one copy now, in one place.
    stays_not_ready(exporter)
    watched.east.start()
    watched.east.create_monitor()
    exporter.wait_for_check("sessions", "pass", timeout=40)
    assert watched.east.info("role") == "slave"


@pytest.mark.slow
def test_r5_third_server_becomes_primary(estate):
    watched = Watched(estate, ("west", "south"))
    watched.west.command("CONFIG", "SET", "replica-priority", 200)
    exporter = estate.exporter(watched.plan())
    exporter.wait_for_check("sessions", "pass")
    wait_until(lambda: "200" in watched.sentinels[0].command("SENTINEL", "REPLICAS", "mymaster"),
               20, "the Sentinel to know the priority")
    south = watched.replicas[1]
    watched.fail_over(south)
    wait_until(lambda: watched.west.info("master_port") == str(south.port)
               and watched.west.link_is_up, 20, "the replica to follow")
    exporter.wait_for_check("sessions", "pass", timeout=15)
    # Also after a new start, which knows only the plan.
    exporter.stop()
    again = estate.exporter(watched.plan())
    again.wait_for_check("sessions", "pass")
