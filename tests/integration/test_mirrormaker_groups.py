# SPDX-License-Identifier: Apache-2.0
"""Could a consumer group resume in the DR region, and how many records would it read again?"""

import struct
import time

import pytest
from services.support import holds_for, wait_until

from kafka_pairs import NOTICE, KafkaPair, assert_never_ready

pytestmark = pytest.mark.slow


@pytest.fixture(name="shared", scope="module")
def fixture_shared(module_estate):
    return KafkaPair(module_estate, groups="billing.*")


@pytest.fixture(name="pair")
def fixture_pair(shared, estate):
    shared.estate = estate
    yield shared
    shared.heal()


def checkpoint(pair, group, topic, partition=0):
    """(upstream, downstream) of the newest checkpoint at the target; None without one."""
    found = None
    key = (struct.pack(">h", len(group)) + group.encode() + struct.pack(">h", len(topic) + 2) +
           b"A." + topic.encode() + struct.pack(">i", partition))
    for row in pair.target.read("A.checkpoints.internal"):
        if row.key() == key:
            found = struct.unpack(">qq", row.value()[2:18]) if row.value() else None
    return found


def read_again(pair, topic, group, consumed, partition=0):
    """Resumes in the copy from the checkpoint: how many of the consumed records come again."""
    downstream = checkpoint(pair, group, topic, partition)[1]
    values = [record.value() for record in pair.target.read(f"A.{topic}", [partition])
              if record.offset() >= downstream]
    return len(set(values) & {record.value for record in consumed})


def wait_for_checkpoint(pair, group, topic, upstream, timeout=30):
    wait_until(lambda: (checkpoint(pair, group, topic) or (-1,))[0] == upstream, timeout,
               f"a checkpoint of {group} for {upstream}", every=0.3)


def start(pair, topic, group, **settings):
    return pair.exporter(topic, groups=[group], **settings)


def again(exporter, group):
    return exporter.metric("dr_mirrormaker_group_records_again", group=group)


def resumable(exporter, group):
    return exporter.metric("dr_mirrormaker_group_resumable", group=group)


def test_group_with_checkpoints(pair):
    """The group resumes; what it would read again is what a consumer does read again."""
    pair.source.create_topic("invoices")
    written = pair.source.produce("invoices", 60)
    pair.settle("invoices", 60)
    pair.source.commit("billing-1", "invoices", {0: 41})
    wait_for_checkpoint(pair, "billing-1", "invoices", 41)
    exporter = start(pair, "invoices", "billing-1")
    wait_until(lambda: resumable(exporter, "billing-1") == 1, 15, "the group to be resumable")
    exporter.wait_for_check("events", "pass")
    assert again(exporter, "billing-1") == read_again(pair, "invoices", "billing-1", written[:41])
    # It goes on at once, and MirrorMaker after it.
    pair.source.commit("billing-1", "invoices", {0: 60})
    wait_for_checkpoint(pair, "billing-1", "invoices", 60)
    time.sleep(1.5)
    assert again(exporter, "billing-1") == read_again(pair, "invoices", "billing-1", written)
    assert resumable(exporter, "billing-1") == 1


def test_group_that_really_consumes(pair):
    pair.topic("receipts", 2, 30)
    pair.source.consume("billing-2", "receipts", 60)
    exporter = start(pair, "receipts", "billing-2")
    wait_until(lambda: resumable(exporter, "billing-2") == 1, 30, "the group to be resumable")
    exporter.wait_for_metric("dr_mirrormaker_group_partitions", 2, group="billing-2")
    exporter.wait_for_check("events", "pass")


def test_checkpoints_grow_old(pair):
    """When MirrorMaker is dead each record that the group consumes will be read again."""
    pair.source.create_topic("orders")
    written = pair.source.produce("orders", 50)
    pair.settle("orders", 50)
    pair.source.commit("billing-3", "orders", {0: 20})
    wait_for_checkpoint(pair, "billing-3", "orders", 20)
    exporter = start(pair, "orders", "billing-3")
    wait_until(lambda: resumable(exporter, "billing-3") == 1, 15, "the group to be resumable")
    before = read_again(pair, "orders", "billing-3", written[:20])
    assert again(exporter, "billing-3") == before
    # An old checkpoint of a group that stands still is as good as new.
    holds_for(3, lambda: exporter.metric("dr_mirrormaker_group_checkpoint_age_seconds",
                                         group="billing-3") == 0, "no age of an idle group")
    pair.mirror.pause()
    pair.source.commit("billing-3", "orders", {0: 45})
    wait_until(lambda: again(exporter, "billing-3") == before + 25, 10, "25 more to read again")
    assert read_again(pair, "orders", "billing-3", written[:45]) == before + 25
    time.sleep(3)
    assert 2.5 < exporter.metric("dr_mirrormaker_group_checkpoint_age_seconds",
                                 group="billing-3") < 8


def test_group_without_checkpoints(pair):
    """A group that MirrorMaker leaves out could not resume: not ready."""
    pair.topic("letters", 1, 10)
    exporter = start(pair, "letters", "mailing", checkpoint_max_age="2s")
    pair.source.commit("mailing", "letters", {0: 7})
    wait_until(lambda: resumable(exporter, "mailing") == 0, 20, "the group not to be resumable")
    exporter.wait_for_metric("dr_mirrormaker_group_partitions_without_checkpoint", 1,
                             group="mailing")
    wait_until(lambda: exporter.check("events") != "pass", NOTICE, "not ready")
    assert_never_ready(exporter, 2)
    # A group that has been there before the exporter has had its time.
    other = start(pair, "letters", "mailing", checkpoint_max_age="2s")
    assert_never_ready(other, 3)


def test_group_that_is_not_there(pair):
    """A name that matches no group is no proof that groups can resume."""
    pair.topic("memos", 1, 3)
    exporter = start(pair, "memos", "no-such-group")
    assert_never_ready(exporter, 4)


def test_checkpoint_behind_a_lost_copy(pair):
    """A checkpoint that points beyond the copy's end is none."""
    pair.source.create_topic("copies")
    pair.source.produce("copies", 30)
    pair.settle("copies", 30)
    pair.source.commit("billing-6", "copies", {0: 30})
    wait_for_checkpoint(pair, "billing-6", "copies", 30)
    exporter = start(pair, "copies", "billing-6")
    wait_until(lambda: resumable(exporter, "billing-6") == 1, 15, "the group to be resumable")
    exporter.wait_for_check("events", "pass")
    pair.mirror.pause()
    pair.target.delete_topic("A.copies")
    pair.target.create_topic("A.copies")
    pair.target.produce("A.copies", 2)
    wait_until(lambda: exporter.check("events") != "pass", NOTICE, "not ready")
    wait_until(lambda: resumable(exporter, "billing-6") != 1, NOTICE, "not resumable")
    assert_never_ready(exporter, 2)
