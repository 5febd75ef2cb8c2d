# SPDX-License-Identifier: Apache-2.0
"""Kafka topics copied by MirrorMaker 2: the gap and the recovery point, against what is known."""

import time

import pytest
from services.kafka_jars import VERSION_3, VERSION_4
from services.kafka_talk import Load
from services.support import holds_for, wait_until

from kafka_pairs import (INTERVAL, NOTICE, RPO, KafkaPair, age, age_of, assert_never_ready,
                         assert_not_ready, assert_point_is, gap, latest, recovery_point,
                         states, wait_for_gap, wait_for_states)


@pytest.fixture(name="shared", scope="module",
                params=[VERSION_3, pytest.param(VERSION_4, marks=pytest.mark.slow)])
def fixture_shared(module_estate, request):
    return KafkaPair(module_estate, request.param)


@pytest.fixture(name="pair")
def fixture_pair(shared, estate):
    shared.estate = estate  # The exporters end with the test.
    yield shared
    shared.heal()


def test_steady_flow_and_sudden_death(pair):
    """While all goes well the service is ready; what it claims when MirrorMaker dies is true."""
    pair.topic("steady", 3, 1)
    exporter = pair.exporter("steady")
    exporter.wait_for_check("events", "pass", timeout=20)
    load = Load(pair.source, "steady")
    try:
        wait_until(lambda: len(load.written) > 30, 20, "some load")
        claims = []
        end = time.monotonic() + 6
        while time.monotonic() < end:
            claims.append(recovery_point(exporter))
            time.sleep(0.1)
        # It follows the flow, and is ready, whatever a busy machine has delayed for a moment.
        assert claims[-1] > claims[0] + 1
        exporter.wait_for_check("events", "pass", timeout=30)
        pair.mirror.kill()
        claims.append(recovery_point(exporter))
        time.sleep(2)
        missing = pair.missing("steady", list(load.written))
        assert missing, "the load has to go on"
        claims.append(recovery_point(exporter))
        assert all(claim is not None for claim in claims)
        assert claims == sorted(claims), "a recovery point went back"
        assert max(claims) <= latest(missing[0])
        exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)
        assert age(exporter) >= age_of(missing[0]) - 2 * INTERVAL - 0.5
        before = gap(exporter, "steady")
        time.sleep(1.5)
        assert gap(exporter, "steady") > before, "the gap stands still although MirrorMaker is dead"
    finally:
        load.stop()
    pair.mirror.start()
    exporter.wait_for_check("events", "pass", timeout=40)
    wait_for_gap(exporter, "steady", 0)


@pytest.mark.slow
def test_stopped_and_resumed(pair):
    """The gap in records and the recovery point are exact while nothing moves."""
    pair.topic("orders", 2, 20)
    exporter = pair.exporter("orders", per_partition=True)
    wait_for_gap(exporter, "orders", 0)
    exporter.wait_for_check("events", "pass")
    pair.mirror.pause()
    first = pair.source.produce("orders", 7, partition=1)[0]
    wait_for_gap(exporter, "orders", 7)
    wait_for_states(exporter, current=1, behind=1)
    assert_point_is(exporter, first)
    assert exporter.metric("dr_mirrormaker_partition_lag_records", topic="orders",
                           partition="1") == 7
    time.sleep(1.5)
    pair.source.produce("orders", 3, partition=0)
    wait_for_gap(exporter, "orders", 10)
    assert_point_is(exporter, first)
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)
    assert abs(age(exporter) - age_of(first)) < 2 * INTERVAL + 1.0
    pair.mirror.resume()
    exporter.wait_for_check("events", "pass", timeout=30)
    wait_for_gap(exporter, "orders", 0)


@pytest.mark.slow
def test_residue_of_transactions(pair):
    """Control records at the end are no gap; aborted ones are not either once they are copied."""
    pair.topic("payments", 1, 5)
    exporter = pair.exporter("payments")
    wait_for_gap(exporter, "payments", 0)
    producer = pair.source.transactional("till")
    pair.source.transaction(producer, "payments", 4)
    pair.source.transaction(producer, "payments", 4, end="abort")
    pair.mirror.wait_for_copies("payments", 13)  # It copies what was aborted, too.
    wait_for_gap(exporter, "payments", 0)
    exporter.wait_for_check("events", "pass")
    # Its newest record is a marker for long: neither an age nor a gap appears.
    holds_for(RPO + 2, lambda: exporter.check("events") == "pass" and age(exporter) < 2,
              "ready with only a marker left")
    wait_for_states(exporter, current=1)


@pytest.mark.slow
def test_idle_then_burst(pair):
    """An idle topic does not age, and a burst after it has the burst's own age."""
    pair.topic("bursts", 1, 1)
    exporter = pair.exporter("bursts")
    wait_for_gap(exporter, "bursts", 0)
    holds_for(RPO + 1, lambda: age(exporter) < 2, "an idle topic is up to date")
    pair.mirror.pause()
    first = pair.source.produce("bursts", 500)[0]
    start = time.monotonic()
    seen = []
    while time.monotonic() < start + 3:
        seen.append(age(exporter))
        assert seen[-1] <= age_of(first) + 2 * INTERVAL + 0.5, "older than the burst is"
        time.sleep(0.1)
    assert_point_is(exporter, first)
    pair.mirror.resume()
    exporter.wait_for_check("events", "pass", timeout=30)


@pytest.mark.slow
def test_retention_was_faster(pair):
    """Records that are removed before they were copied are lost, counted once, and never ready."""
    pair.topic("audit", 1, 10)
    exporter = pair.exporter("audit")
    wait_for_gap(exporter, "audit", 0)
    assert exporter.metric("dr_mirrormaker_unreplicated_records_lost_total", topic="audit") == 0
    pair.mirror.pause()
    written = pair.source.produce("audit", 20)
    wait_for_gap(exporter, "audit", 20)
    pair.source.delete_records("audit", {0: written[12].offset})
    exporter.wait_for_metric("dr_mirrormaker_unreplicated_records_lost_total", 12, topic="audit")
    wait_for_states(exporter, lost=1)
    wait_for_gap(exporter, "audit", 8)
    assert_not_ready(exporter)
    assert "inconsistent" in exporter.failures("events-west")
    assert recovery_point(exporter) <= latest(written[0])
    assert_never_ready(exporter, 2)
    pair.mirror.resume()
    exporter.wait_for_check("events", "pass", timeout=40)
    assert exporter.metric("dr_mirrormaker_unreplicated_records_lost_total", topic="audit") == 12
    assert states(exporter) == {"current": 1}
