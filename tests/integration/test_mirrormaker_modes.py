# SPDX-License-Identifier: Apache-2.0
"""Ways to run MirrorMaker: exactly once, reading committed, other names, a slow or broken link."""

import time

import pytest
from services.kafka_talk import Load
from services.mirror_maker import IDENTITY
from services.support import holds_for, wait_until

from kafka_pairs import (INTERVAL, NOTICE, RPO, KafkaPair, age, age_of, assert_never_ready,
                         assert_not_ready, assert_point_is, assert_sound, gap, recovery_point,
                         wait_for_gap, wait_for_states)

pytestmark = pytest.mark.slow


def back_and_forth(pair, topic, **settings):
    """Ready; then MirrorMaker dies with an exact gap; then ready again."""
    pair.topic(topic, 2, 6)
    exporter = pair.exporter(topic, **settings)
    wait_for_gap(exporter, topic, 0, timeout=20)
    exporter.wait_for_check("events", "pass")
    pair.mirror.pause()
    first = pair.source.produce(topic, 9)[0]
    wait_for_gap(exporter, topic, 9)
    assert_point_is(exporter, first)
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)
    pair.mirror.resume()
    exporter.wait_for_check("events", "pass", timeout=40)
    wait_for_gap(exporter, topic, 0)
    return exporter


def wait_for_heartbeat(exporter):
    """One that is not old; there is none if the topic was not found."""
    wait_until(lambda: (exporter.metric("dr_mirrormaker_heartbeat_age_seconds") or 99) < 5, 30,
               "a heartbeat")


# --- Exactly once. ---


@pytest.fixture(name="exact", scope="module")
def fixture_exact(module_estate):
    return KafkaPair(module_estate, exactly_once=True)


COMMITTED = {"isolation": "read_committed"}


@pytest.fixture(name="exactly_once")
def fixture_exactly_once(exact, estate):
    exact.estate = estate
    yield exact
    exact.heal()


def test_exactly_once(exactly_once):
    exporter = back_and_forth(exactly_once, "exact", **COMMITTED)
    wait_for_heartbeat(exporter)


def test_exactly_once_dies_under_load(exactly_once):
    exactly_once.topic("died", 2, 1)
    exporter = exactly_once.exporter("died", **COMMITTED)
    exporter.wait_for_check("events", "pass", timeout=20)
    load = Load(exactly_once.source, "died")
    try:
        time.sleep(4)
        assert_sound(exporter, exactly_once, "died", list(load.written))
        exporter.wait_for_check("events", "pass", timeout=30)
        exactly_once.mirror.kill()
        time.sleep(2)
        assert_sound(exporter, exactly_once, "died", list(load.written))
    finally:
        load.stop()
    assert exactly_once.missing("died", load.written)
    assert_sound(exporter, exactly_once, "died", load.written)
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)


def test_hung_transaction(exactly_once):
    """A transaction that stays open is a backlog, and holds up what comes behind it."""
    exactly_once.topic("hung", 1, 5)
    source = exactly_once.source
    exporter = exactly_once.exporter("hung", **COMMITTED)
    wait_for_gap(exporter, "hung", 0)
    producer = source.transactional("hanging", timeout_ms=600_000)
    first = source.transaction(producer, "hung", 3, end=None)[0]
    later = source.produce("hung", 4)
    wait_for_gap(exporter, "hung", 7)
    assert_point_is(exporter, first)
    exporter.wait_for_metric("dr_mirrormaker_open_transaction_records", 7)
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)
    assert_never_ready(exporter, 2)
    assert exactly_once.missing("hung", later) == later
    producer.abort_transaction(20)
    exactly_once.mirror.wait_for_copies("hung", 9)
    exporter.wait_for_check("events", "pass", timeout=20)
    wait_for_gap(exporter, "hung", 0)
    exporter.wait_for_metric("dr_mirrormaker_open_transaction_records", 0)


def test_aborted_at_the_end(exactly_once):
    """What was aborted is never copied, and never missing."""
    exactly_once.topic("aborts", 1, 5)
    source = exactly_once.source
    exporter = exactly_once.exporter("aborts", **COMMITTED)
    wait_for_gap(exporter, "aborts", 0)
    producer = source.transactional("aborting")
    source.transaction(producer, "aborts", 4, end="abort")
    holds_for(RPO + 3, lambda: exporter.check("events") == "pass", "ready with aborted records")
    wait_until(lambda: age(exporter) < 2 and gap(exporter, "aborts") == 0, 5, "all to be copied")
    wait_for_states(exporter, current=1)
    # With MirrorMaker dead the same is no gap either, but one real record behind it is.
    exactly_once.mirror.pause()
    source.transaction(producer, "aborts", 4, end="abort")
    holds_for(3, lambda: age(exporter) < 2, "aborted records are not missing")
    first = source.transaction(producer, "aborts", 2)[0]
    assert_not_ready(exporter)
    assert_point_is(exporter, first)


# --- Other names. ---


def test_identity_policy(estate):
    pair = KafkaPair(estate, replication_policy_class=IDENTITY, topics="same.*")
    exporter = back_and_forth(pair, "same", replication_policy="identity")
    wait_for_heartbeat(exporter)


@pytest.mark.parametrize("internal", ["true", "false"])
def test_separator(estate, internal):
    pair = KafkaPair(estate, replication_policy_separator="_", topics="own.*", **{
        "replication_policy_internal_topic_separator_enabled": internal})
    more = {} if internal == "true" else {"internal_separator": "."}
    # Connect's own topics keep their names in dedicated mode.
    exporter = back_and_forth(pair, "own", separator="_", offsets_topic="mm2-offsets.A.internal",
                              **more)
    wait_for_heartbeat(exporter)


# --- The link. ---


@pytest.fixture(name="plain", scope="module")
def fixture_plain(module_estate):
    return KafkaPair(module_estate, committed=True)


@pytest.fixture(name="pair")
def fixture_pair(plain, estate):
    plain.estate = estate
    yield plain
    plain.heal()


def test_throttled_link(pair):
    """The recovery point follows what really arrived, and is back when the link is."""
    pair.topic("throttled", 1, 2)
    exporter = pair.exporter("throttled", **COMMITTED)
    wait_for_gap(exporter, "throttled", 0)
    for proxy in pair.source.proxies("LINK"):
        proxy.trickle(20_000)
    written = pair.source.produce("throttled", 300, value=None)
    written += [record for _ in range(10) for record in
                pair.source.produce("throttled", 20, value=b"x" * 10_000)]
    numbered = [record for record in written if len(record.value) < 100]
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE + 5)
    for _ in range(5):
        assert_sound(exporter, pair, "throttled", numbered)
        assert 0 < gap(exporter, "throttled") <= 500
        time.sleep(0.5)
    for proxy in pair.source.proxies("LINK"):
        proxy.heal()
    exporter.wait_for_check("events", "pass", timeout=60)
    wait_for_gap(exporter, "throttled", 0)


@pytest.mark.parametrize("fault", ["cut", "stall"])
def test_broken_link(pair, fault):
    topic = pair.topic(f"broken-{fault}", 1, 2)
    exporter = pair.exporter(topic, **COMMITTED)
    wait_for_gap(exporter, topic, 0)
    for proxy in pair.source.proxies("LINK"):
        getattr(proxy, fault)()
    first = pair.source.produce(topic, 5)[0]
    wait_for_gap(exporter, topic, 5)
    assert_point_is(exporter, first)
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)
    assert abs(age(exporter) - age_of(first)) < 2 * INTERVAL + 1
    for proxy in pair.source.proxies("LINK"):
        proxy.heal()
        proxy.reset_connections()
    exporter.wait_for_check("events", "pass", timeout=90)


def test_stalled_is_told(pair):
    topic = pair.topic("stalled", 1, 2)
    exporter = pair.exporter(topic, stalled_after="2s", **COMMITTED)
    wait_for_gap(exporter, topic, 0)
    pair.mirror.pause()
    pair.source.produce(topic, 5)
    wait_for_states(exporter, stalled=1)
    assert recovery_point(exporter) is not None
