# SPDX-License-Identifier: Apache-2.0
"""Topics that change under MirrorMaker: compacted, re-created, grown, deleted, never mirrored."""

import time

import pytest
from services.kafka_talk import now_ms
from services.support import wait_until

from kafka_pairs import (INTERVAL, NOTICE, RPO, KafkaPair, age, assert_never_ready,
                         assert_not_ready, assert_point_is, assert_sound, gap, latest,
                         recovery_point, states, wait_for_gap, wait_for_states)

pytestmark = pytest.mark.slow


@pytest.fixture(name="shared", scope="module")
def fixture_shared(module_estate):
    return KafkaPair(module_estate, topics_exclude=r".*[\-\.]internal, .*\.replica, __.*, secret.*")


@pytest.fixture(name="pair")
def fixture_pair(shared, estate):
    shared.estate = estate
    yield shared
    shared.heal()


COMPACTED = {"cleanup_policy": "compact", "segment_ms": 500, "min_cleanable_dirty_ratio": 0.01,
             "max_compaction_lag_ms": 500}


def overwrite(pair, topic, count):
    """Records of one key, of which compaction is to leave only the last ones."""
    written = pair.source.produce(topic, count, key=b"key")
    # A new segment begins with the next record after `segment_ms`; only old ones are compacted.
    time.sleep(0.7)
    return written + pair.source.produce(topic, 1, key=b"other")


def wait_for_compaction(pair, topic, records):
    wait_until(lambda: len(pair.source.read(topic)) <= records, 40,
               f"{topic} to be compacted", every=0.5)


def test_compacted(pair):
    """What compaction removed is no gap in the end, and makes nothing younger meanwhile."""
    pair.topic("state", 1, 0, **COMPACTED)
    pair.source.produce("state", 3, key=b"key")
    pair.settle("state", 3)
    exporter = pair.exporter("state")
    wait_for_gap(exporter, "state", 0)
    pair.mirror.pause()
    written = overwrite(pair, "state", 20)
    wait_for_gap(exporter, "state", 21)
    assert_point_is(exporter, written[0])
    before = recovery_point(exporter)
    wait_for_compaction(pair, "state", 3)
    time.sleep(3 * INTERVAL)
    # Its first unreplicated update is not there any more, but is not in the copy either.
    assert recovery_point(exporter) <= before + 0.001
    # Offsets are an upper bound: how many records there are is not known.
    assert gap(exporter, "state") == 21
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)
    pair.mirror.resume()
    exporter.wait_for_check("events", "pass", timeout=40)
    wait_for_gap(exporter, "state", 0)


def test_created_anew(pair):
    """A topic of the same name with fewer records is not the one that was copied."""
    pair.topic("again", 1, 30)
    exporter = pair.exporter("again")
    wait_for_gap(exporter, "again", 0)
    exporter.wait_for_check("events", "pass")
    pair.mirror.pause()
    pair.source.delete_topic("again")
    pair.source.create_topic("again")
    pair.source.produce("again", 4)
    wait_for_states(exporter, recreated=1)
    assert_not_ready(exporter)
    assert "inconsistent" in exporter.failures("events-west")
    # It grows beyond what was once replicated, which changes nothing.
    pair.source.produce("again", 40)
    time.sleep(3 * INTERVAL)
    assert states(exporter) == {"recreated": 1}
    wait_for_gap(exporter, "again", 44)
    assert_never_ready(exporter, 2)


def test_created_anew_and_copied(pair):
    """Once MirrorMaker has copied the new topic all is good again, and not before."""
    pair.topic("renewed", 1, 30)
    exporter = pair.exporter("renewed")
    wait_for_gap(exporter, "renewed", 0)
    pair.source.delete_topic("renewed")
    pair.source.create_topic("renewed")
    written = pair.source.produce("renewed", 4)

    def is_copied():
        assert_sound(exporter, pair, "renewed", written)
        return not pair.missing("renewed", written)
    wait_until(is_copied, 40, "the new topic to be copied", every=0.2)
    wait_for_states(exporter, timeout=20, current=1)
    exporter.wait_for_check("events", "pass")


def test_grown(pair):
    """New partitions count from their first record."""
    pair.topic("grown", 1, 5)
    exporter = pair.exporter("grown")
    wait_for_gap(exporter, "grown", 0)
    pair.mirror.pause()
    pair.source.grow_topic("grown", 3)
    first = pair.source.produce("grown", 6, partition=2)[0]
    wait_for_gap(exporter, "grown", 6, timeout=90)
    wait_for_states(exporter, current=2, unmirrored=1)
    point = recovery_point(exporter)
    assert point is None or point <= latest(first)
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)
    pair.mirror.resume()
    exporter.wait_for_check("events", "pass", timeout=60)
    wait_for_states(exporter, current=3)


def test_not_mirrored(pair):
    """A topic that matches but that MirrorMaker leaves out is never ready."""
    pair.topic("public", 1, 5)
    pair.source.create_topic("secret")
    exporter = pair.exporter(["public", "secret"])
    exporter.wait_for_check("events", "pass")  # There is nothing in it.
    first = pair.source.produce("secret", 5)[0]
    exporter.wait_for_metric("dr_mirrormaker_topics_not_mirrored", 1)
    exporter.wait_for_metric("dr_mirrormaker_topic_mirrored", 0, topic="secret")
    exporter.wait_for_metric("dr_mirrormaker_topic_mirrored", 1, topic="public")
    assert_point_is(exporter, first)
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)
    assert_never_ready(exporter, 2)


def test_only_what_is_not_mirrored(pair):
    """Of a source that copies nothing at all there is nothing to restore."""
    pair.source.create_topic("secret.1")
    pair.source.produce("secret.1", 5)
    exporter = pair.exporter("secret[.]1")
    exporter.wait_for_check("events", "fail")
    assert_never_ready(exporter, 2)
    assert recovery_point(exporter) is None


def test_copy_deleted(pair):
    """Records that were copied but are not at the target any more are missing there."""
    pair.topic("gone", 1, 10)
    exporter = pair.exporter("gone")
    exporter.wait_for_check("events", "pass")
    pair.mirror.pause()
    pair.target.delete_topic("A.gone")
    wait_for_states(exporter, copy_lost=1)
    assert_not_ready(exporter, NOTICE)
    assert_never_ready(exporter, 2)
    assert "inconsistent" in exporter.failures("events-west")


def test_copy_emptied(pair):
    """Retention at the target, or somebody, removed what the source still has: it is missing."""
    topic = pair.topic("emptied", 1, 10)
    exporter = pair.exporter(topic)
    exporter.wait_for_check("events", "pass")
    pair.target.delete_records(f"A.{topic}", {0: 10})
    wait_for_states(exporter, copy_lost=1)
    assert_never_ready(exporter, 3)
    assert "inconsistent" in exporter.failures("events-west")
    other = pair.exporter(topic)
    assert_never_ready(other, 3)
    # Once the source has removed them, too, there is nothing more to restore.
    pair.source.delete_records(topic, {0: 10})
    exporter.wait_for_check("events", "pass", timeout=20)


@pytest.mark.parametrize("wrong, name", [(0, "epoch"), (1000 * 86400, "past"),
                                         (2 * 10**12 * 2, "future")])
def test_clock_of_a_producer(pair, wrong, name):
    """Timestamps that cannot be true make the recovery point neither new nor endlessly old."""
    topic = pair.topic(f"clock-{name}", 1, 3)
    exporter = pair.exporter(topic)
    wait_for_gap(exporter, topic, 0)
    pair.mirror.pause()
    before = now_ms()
    pair.source.produce(topic, 5, timestamp_ms=wrong or 1)
    after = now_ms()
    wait_for_gap(exporter, topic, 5)
    # Between the newest instant at which nothing was missing and when they came.
    assert before / 1000 - 2 * INTERVAL - 1 <= recovery_point(exporter) <= after / 1000
    time.sleep(2)
    assert age(exporter) >= (now_ms() - after) / 1000 - 2 * INTERVAL - 0.5
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)


def test_broker_dates_the_records(pair):
    topic = pair.topic("stamped", 1, 3, message_timestamp_type="LogAppendTime")
    exporter = pair.exporter(topic)
    wait_for_gap(exporter, topic, 0)
    pair.mirror.pause()
    first = pair.source.produce(topic, 5, timestamp_ms=1000)[0]
    assert first.timestamp_ms > 10**12
    wait_for_gap(exporter, topic, 5)
    assert_point_is(exporter, first)


def test_backlog_at_the_first_look(pair):
    """An exporter that starts while MirrorMaker is dead dates the backlog by its first record."""
    topic = pair.topic("backlog", 2, 3)
    pair.mirror.pause()
    first = pair.source.produce(topic, 5, timestamp_ms=now_ms() - 90_000)[0]
    pair.source.produce(topic, 5, partition=1)
    exporter = pair.exporter(topic)
    wait_for_gap(exporter, topic, 10)
    assert_point_is(exporter, first, early=0.01)
    exporter.wait_for_check("events", "fail")
    assert 90 < age(exporter) < 120
