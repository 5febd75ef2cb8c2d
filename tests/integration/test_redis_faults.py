# SPDX-License-Identifier: Apache-2.0
"""Faults of a Redis pair never end green: each is noticed in time, for its reason, and alone."""

import time

import pytest
from services.proxy import BlackHole
from services.support import holds_for, wait_until

from plans import INTERVAL, TIMEOUT, plan
from redis_pairs import (NOTICE, RPO, RedisPair, age, assert_not_ready, redis_source,
                         start_exporter, start_redis, start_replica, stays_not_ready)


@pytest.fixture(name="shared", scope="module")
def fixture_shared(module_estate):
    return RedisPair(module_estate)


@pytest.fixture(name="pair")
def fixture_pair(shared):
    yield shared
    shared.heal()


def kill_replica(pair):
    pair.replica.kill()


def cut_questions(pair):
    pair.to_primary.cut()
    pair.to_replica.cut()


def stall_questions(pair):
    pair.to_primary.stall()
    pair.to_replica.stall()


def garble(pair):
    pair.to_primary.garbage()
    pair.to_replica.garbage()


def trickle_questions(pair):
    pair.to_primary.trickle(200)
    pair.to_replica.trickle(200)


def cut_replication(pair):
    pair.link.cut()


def stall_replication(pair):
    pair.link.stall()


def stop_replica(pair):
    pair.replica.pause()


SLOW = pytest.mark.slow
FAULTS = [
    pytest.param(kill_replica, {"connect"}, id="kill_replica"),
    pytest.param(cut_questions, {"connect"}, id="cut_questions", marks=SLOW),
    pytest.param(stall_questions, {"timeout"}, id="stall_questions"),
    pytest.param(garble, {"protocol", "connect"}, id="garble", marks=SLOW),
    pytest.param(trickle_questions, {"timeout"}, id="trickle_questions", marks=SLOW),
    pytest.param(cut_replication, None, id="cut_replication"),
    pytest.param(stall_replication, None, id="stall_replication", marks=SLOW),
    pytest.param(stop_replica, {"timeout"}, id="stop_replica", marks=SLOW),
]


@pytest.mark.parametrize("fault, allowed", FAULTS)
def test_fault_is_noticed_alone(estate, pair, fault, allowed):
    pair.start_load()
    exporter = start_exporter(estate, pair)
    fault(pair)
    try:
        assert_not_ready(exporter)
        before = age(exporter)
        holds_for(2, lambda: (lambda seen: seen.check("sessions") != "pass"
                              and seen.check("limits") == "pass")(exporter.metrics()),
                  "not ready, and the other ready")
        assert age(exporter) > before + 1, "the age stands still"
        seen = set(exporter.failures("sessions-west"))
        if allowed is None:
            assert not seen, "the source answers: what it measured is bad"
            exporter.wait_for_check("sessions", "fail")
        else:
            assert seen and seen <= allowed, seen
        assert exporter.failures("limits-south") == {}
    finally:
        if not pair.replica.process.running:
            pair.replica.start()
            pair.replica.create_monitor()
        pair.heal()
    exporter.wait_for_check("sessions", "pass", timeout=20)


@pytest.mark.parametrize("end", ["to_primary", "to_replica"])
def test_one_end_that_hangs_leaves_time_for_the_other(estate, pair, end):
    pair.start_load()
    exporter = start_exporter(estate, pair)
    getattr(pair, end).stall()
    wait_until(lambda: "timeout" in exporter.failures("sessions-west"), NOTICE, "a timeout")
    metrics = exporter.metrics()
    assert metrics.value("dr_source_last_collection_duration_seconds",
                         source="sessions-west") <= TIMEOUT + 0.3
    lost, reached = ("primary", "replica") if end == "to_primary" else ("replica", "primary")
    exporter.wait_for_metric("dr_redis_end_up", 0, source="sessions-west", end=lost)
    assert exporter.metric("dr_redis_end_up", source="sessions-west", end=reached) == 1
    assert_not_ready(exporter)


def test_dropped_packets(estate, pair):
    hole = BlackHole()
    try:
        exporter = estate.exporter(plan(
            {"sessions": ("sessions", "3s"), "limits": ("limits", "3s")},
            [redis_source("sessions-west", "sessions", hole.port, pair.replica.port),
             pair.sources()[1]]))
        wait_until(lambda: "timeout" in exporter.failures("sessions-west"), NOTICE, "a timeout")
        assert set(exporter.failures("sessions-west")) == {"timeout"}
        exporter.wait_for_check("limits", "pass")
        assert exporter.stop() < 1
    finally:
        hole.stop()


def test_stops_at_once_while_a_server_hangs(estate, pair):
    pair.to_primary.stall()
    exporter = estate.exporter(pair.plan(timeout="20s", interval="20s"))
    time.sleep(0.5)
    assert exporter.stop() < 1


def test_lost_account(estate, pair):
    exporter = start_exporter(estate, pair)
    pair.replica.command("ACL", "SETUSER", "dr_monitor", "off")
    pair.replica.command("CLIENT", "KILL", "USER", "dr_monitor")
    wait_until(lambda: "auth" in exporter.failures("sessions-west"), NOTICE, "the reason")
    assert_not_ready(exporter)
    pair.replica.create_monitor()
    exporter.wait_for_check("sessions", "pass")
    assert "Zx9" not in exporter.log()


def test_lost_permission(estate, pair):
    exporter = start_exporter(estate, pair)
    pair.primary.create_monitor(rules=["-@all", "+client|setname"])
    wait_until(lambda: "permission" in exporter.failures("sessions-west"), NOTICE, "the reason")
    wait_until(lambda: exporter.check("sessions") != "pass", NOTICE)
    pair.primary.create_monitor(rules=["-@all", "+info"])
    exporter.wait_for_check("sessions", "pass")


def test_without_password(estate, pair):
    """The default user may do everything."""
    exporter = estate.exporter(plan({"sessions": ("sessions", "3s")}, [
        {"name": "sessions-west", "collector": "redis", "dataset": "sessions",
         "primary": f"127.0.0.1:{pair.primary.port}",
         "replica": f"127.0.0.1:{pair.replica.port}"}]))
    exporter.wait_for_check("sessions", "pass")


def test_dead_primary_host(estate):
    """Also with its replica alive and nothing more to copy: nobody knows what was written."""
    pair = RedisPair(estate)
    pair.start_load()
    exporter = start_exporter(estate, pair)
    pair.stop_load()
    pair.primary.kill()
    wait_until(lambda: exporter.check("sessions") != "pass", RPO + NOTICE, "not ready")
    before = age(exporter)
    stays_not_ready(exporter)
    assert age(exporter) > before + 1


def test_restarted_primary(estate):
    """A restart begins a new history; the replica follows, and nothing is believed meanwhile."""
    primary = start_redis(estate)
    replica = start_replica(estate, "west", primary.port)
    exporter = estate.exporter(plan({"sessions": ("sessions", "3s")}, [
        redis_source("sessions-west", "sessions", primary.port, replica.port)]))
    exporter.wait_for_check("sessions", "pass")
    primary.kill()
    wait_until(lambda: exporter.check("sessions") != "pass", RPO + NOTICE)
    primary.start()
    primary.create_monitor()
    exporter.wait_for_check("sessions", "pass", timeout=15)
    assert age(exporter) < 4 * INTERVAL
