# SPDX-License-Identifier: Apache-2.0
"""Brokers and clusters that are lost or hang: what is known stays known, the rest is unknown."""

import datetime
import time

import pytest
from services.support import holds_for, wait_until

from kafka_pairs import (INTERVAL, NOTICE, RPO, TIMEOUT, KafkaPair, age,
                         assert_never_ready, assert_not_ready, latest, mirror_plan,
                         mirror_source, recovery_point)

pytestmark = pytest.mark.slow


@pytest.fixture(name="shared", scope="module")
def fixture_shared(module_estate):
    pair = KafkaPair(module_estate, nodes=3)
    pair.topic("solid", 3, 4, copies=3)
    for broker in (1, 2, 3):
        pair.topic(f"fragile-{broker}", 1, 4, assignment=[[broker]])
    return pair


@pytest.fixture(name="pair")
def fixture_pair(shared, estate):
    shared.estate = estate
    yield shared
    for cluster in (shared.source, shared.target):
        for node in cluster.nodes:
            if not node.process.running:
                node.start()
        cluster.resume()
    for cluster in (shared.source, shared.target):
        cluster.wait()
    shared.heal()


def start(pair):
    """One source with topics on single brokers, one with topics on all of them."""
    exporter = pair.estate.exporter(mirror_plan([
        mirror_source(pair.source, pair.target, "fragile", "fragile", topics=["fragile-.*"]),
        mirror_source(pair.source, pair.target, "solid", "solid", topics=["solid"])]))
    for name in ("fragile", "solid"):
        exporter.wait_for_check(name, "pass", timeout=20)
    return exporter


def source_states(exporter, source):
    found = exporter.metrics().find("dr_mirrormaker_partitions", source=source)
    return {labels["state"]: value for labels, value in found if value > 0}


@pytest.mark.parametrize("fault", ["kill", "pause"])
def test_one_of_three_brokers(pair, fault):
    exporter = start(pair)
    before = recovery_point(exporter, "fragile")
    node = pair.source.nodes[1]
    lost = time.time()
    if fault == "kill":
        node.kill()
    else:
        node.process.pause()
    # What has copies elsewhere is measured as before, after its leaders have moved.
    wait_until(lambda: source_states(exporter, "fragile") == {"current": 2, "unknown": 1}, 30,
               "the partition of that broker to be unknown")
    exporter.wait_for_check("solid", "pass", timeout=30)
    wait_until(lambda: source_states(exporter, "solid") == {"current": 3}, 20, "solid")
    # The others can still be seen to be behind.
    first = pair.source.produce("fragile-1", 5)[0]
    pair.source.produce("solid", 5)
    pair.mirror.wait_for_copies("solid", 17, timeout=60)
    wait_until(lambda: exporter.metric("dr_mirrormaker_topic_lag_records", source="fragile",
                                       topic="fragile-1") == 0, 60, "fragile-1 to be copied")
    # Until its age says so it may have been ready: it was measured a moment ago.
    exporter.wait_for_check("fragile", "fail", timeout=RPO + NOTICE)
    assert_never_ready(exporter, 2, "fragile")
    point = recovery_point(exporter, "fragile")
    assert before <= point <= lost + 2 * INTERVAL, "of what is unknown nothing new can be proven"
    assert first.timestamp_ms / 1000 > point
    assert exporter.metric("dr_source_up", source="fragile") == 0
    assert set(exporter.failures("fragile")) <= {"connect", "timeout"}
    exporter.wait_for_metric("dr_source_up", 1, source="solid")
    if fault == "kill":
        node.start()
    else:
        node.process.resume()
    exporter.wait_for_check("fragile", "pass", timeout=60)
    exporter.wait_for_check("solid", "pass", timeout=60)


def test_source_lost(pair):
    """The recovery point stays, and its age grows as time goes by."""
    exporter = start(pair)
    pair.source.kill()
    lost = time.time()
    for name in ("fragile", "solid"):
        exporter.wait_for_check(name, "fail", timeout=RPO + NOTICE + 2)
        point = recovery_point(exporter, name)
        assert lost - 3 * INTERVAL - 1 <= point <= lost + INTERVAL
    before = age(exporter, "solid")
    time.sleep(2)
    assert age(exporter, "solid") >= before + 1.8
    assert recovery_point(exporter, "solid") == point
    assert set(exporter.failures("solid")) <= {"connect", "timeout"}
    exporter.wait_for_metric("dr_mirrormaker_end_up", 0, source="solid", end="source")
    exporter.wait_for_metric("dr_mirrormaker_end_up", 1, source="solid", end="target")


def test_the_gate_after_the_loss_of_the_source(pair):
    """It opens for copies that are complete, and stays closed for consumers that cannot resume."""
    topic = pair.topic("expired", 1, 6)
    for cluster, name in ((pair.source, topic), (pair.target, f"A.{topic}")):
        cluster.delete_records(name, {0: 6})
    # MirrorMaker writes no checkpoints of such groups.
    group = "console-consumer-1"
    pair.source.commit(group, "solid", {0: 2})
    exporter = pair.estate.exporter(mirror_plan([
        mirror_source(pair.source, pair.target, "solid", "solid", topics=["solid"]),
        mirror_source(pair.source, pair.target, "expired", "expired", topics=["expired", "solid"]),
        mirror_source(pair.source, pair.target, "grouped", "grouped", topics=["solid"],
                      groups=[group], groups_exclude=["nobody"])]))
    for name in ("solid", "expired"):
        exporter.wait_for_check(name, "pass", timeout=20)
    exporter.wait_for_check("grouped", "fail", timeout=20)
    exporter.wait_for_metric("dr_mirrormaker_group_resumable", 0, group=group)
    pair.source.kill()
    lost = f"--lost-since={datetime.datetime.now(datetime.timezone.utc).isoformat()}"
    for name in ("solid", "expired"):
        wait_until(lambda name=name: exporter.gate(name, lost)[0] == 0, NOTICE + 10,
                   f"the gate of {name} to open")
    holds_for(3, lambda: exporter.gate("grouped", lost)[0] == 1, "the gate of grouped is closed")
    wait_until(lambda: "could not resume" in exporter.gate("grouped", lost)[1], NOTICE + 10,
               "the reason")


def test_target_lost(pair):
    """What is behind is still counted against the source's end; nothing is ready."""
    exporter = start(pair)
    pair.target.kill()
    lost = time.time()
    pair.source.produce("solid", 6)
    wait_until(lambda: exporter.metric("dr_mirrormaker_topic_lag_records", source="solid",
                                       topic="solid") == 6, 15, "the backlog")
    assert_not_ready(exporter, RPO + NOTICE, "solid")
    assert recovery_point(exporter, "solid") <= lost + INTERVAL
    assert_never_ready(exporter, 2, "solid")
    exporter.wait_for_metric("dr_mirrormaker_end_up", 0, source="solid", end="target")
    pair.target.nodes[0].start()
    pair.target.wait()
    exporter.wait_for_check("solid", "pass", timeout=120)


@pytest.mark.parametrize("end", ["source", "target"])
def test_cluster_that_hangs(pair, end):
    """Each collection ends in time, others are not disturbed, and the exporter stops at once."""
    exporter = start(pair)
    cluster = getattr(pair, end)
    cluster.pause()
    wait_until(lambda: "timeout" in exporter.failures("solid"), 15, "a timeout")
    assert_not_ready(exporter, RPO + NOTICE, "solid")
    end_time = time.monotonic() + 5
    while time.monotonic() < end_time:
        duration = exporter.metric("dr_source_last_collection_duration_seconds", source="solid")
        assert duration <= TIMEOUT + 0.5
        time.sleep(0.3)
    assert exporter.stop() < 1.5


def test_three_brokers_with_a_dead_mirror(pair):
    exporter = start(pair)
    pair.mirror.pause()
    first = pair.source.produce("solid", 3, partition=1)[0]
    pair.source.produce("solid", 2, partition=2)
    wait_until(lambda: exporter.metric("dr_mirrormaker_topic_lag_records", source="solid",
                                       topic="solid") == 5, 15, "the backlog")
    point = recovery_point(exporter, "solid")
    assert first.timestamp_ms / 1000 - 2 * INTERVAL - 1 <= point <= latest(first)
    pair.source.nodes[0].kill()
    # Leaders move; nothing gets better by that.
    holds_for(5, lambda: recovery_point(exporter, "solid") <= latest(first), "no better")
    exporter.wait_for_check("solid", "fail", timeout=RPO + NOTICE)
