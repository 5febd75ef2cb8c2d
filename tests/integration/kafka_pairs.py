# SPDX-License-Identifier: Apache-2.0
"""Two Kafka clusters and MirrorMaker 2 from the one to the other, and what must be true of them.

Expected figures come from what a test itself has written at the source and read at the target."""

from services import kafka_jars
from services.kafka import ACCOUNT, Kafka
from services.kafka_talk import now_ms
from services.mirror_maker import MirrorMaker
from services.support import holds_for, wait_until

from plans import plan

INTERVAL = 0.5
TIMEOUT = 1.0
# MirrorMaker commits each second, and each record takes a moment.
RPO = 6
# Until a fault must be seen: two intervals and the timeout, and a little for a busy machine.
NOTICE = 2 * INTERVAL + TIMEOUT + 2.0
# The states of partitions that are in good order.
GOOD = {"current", "behind"}
# The least that the collector needs, as the README says; `*` alone: all.
SOURCE_RULES = [("topic", "*", "describe"), ("topic", "*", "read"), ("group", "*", "describe")]
TARGET_RULES = [("topic", "*", "describe"), ("topic", "mm2-offsets.A.internal", "read"),
                *(("topic", f"A{separator}{name}", "read") for separator in "._"
                  for name in ("checkpoints.internal", "checkpoints_internal", "heartbeats"))]
ACCESS = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
          "sasl.username": ACCOUNT}


def mirror_source(source, target, name="events-west", dataset="events", **more):
    """A mirrormaker source that asks with the account of the exporter."""
    return {"name": name, "collector": "mirrormaker", "dataset": dataset,
            "source_alias": source.name, "target_alias": target.name,
            "source_brokers": source.brokers("MONITOR"),
            "target_brokers": target.brokers("MONITOR"),
            "source_properties": ACCESS, "target_properties": ACCESS,
            "source_password_file": "@password", "target_password_file": "@password",
            "interval": f"{round(INTERVAL * 1000)}ms", "timeout": f"{round(TIMEOUT * 1000)}ms",
            **more}


def mirror_plan(sources, rpo=RPO):
    datasets = [source["dataset"] for source in sources]
    return plan({name: (name, f"{rpo}s") for name in datasets}, sources)


class KafkaPair:
    """Cluster A, cluster B and MirrorMaker from A, through proxies at A, to B."""

    def __init__(self, estate, version=kafka_jars.VERSION_3, nodes=1, start=True, **mirror):
        self.estate = estate
        directory = estate.new_directory()
        self.source = estate.keep(Kafka(directory, "A", nodes, version, proxied=("LINK",)))
        self.target = estate.keep(Kafka(directory, "B", 1, version))
        self.source.start(wait=False)
        self.target.start(wait=False)
        for cluster, rules in ((self.source, SOURCE_RULES), (self.target, TARGET_RULES)):
            cluster.wait()
            allow(cluster, rules)
        self.mirror = estate.keep(MirrorMaker(directory, self.source, self.target, **mirror))
        if start:
            self.mirror.start()

    def plan(self, topics, rpo=RPO, **more):
        """`topics`: expressions, as in the setting."""
        topics = [topics] if isinstance(topics, str) else topics
        return mirror_plan([mirror_source(self.source, self.target, topics=topics, **more)], rpo)

    def exporter(self, topics, **more):
        return self.estate.exporter(self.plan(topics, **more))

    def topic(self, name, partitions=1, records=0, **how):
        """A topic with so many records in each partition, all copied and committed."""
        self.source.create_topic(name, partitions, **how)
        for number in range(partitions if records else 0):
            self.source.produce(name, records, number)
        if records:
            self.settle(name, partitions * records)
        return name

    def settle(self, topic, copies):
        """Until MirrorMaker has written so many records and committed their offsets."""
        self.mirror.wait_for_copies(topic, copies)
        ends = {number: self.source.watermarks(topic, number) for number in
                self.source.topics()[topic]}
        wait_until(lambda: all(end[0] == end[1] or self.committed(topic, number) >= end[1] - 1
                               for number, end in ends.items()), 30,
                   f"the offsets of {topic} to be committed", every=0.3)

    def committed(self, topic, partition=0):
        """The newest offset in Connect's topic, found with no help of the collector; −1: none."""
        found = -1
        for row in self.target.read("mm2-offsets.A.internal", committed=True):
            words = (b'"topic":"%s"' % topic.encode(), b'"partition":%d' % partition)
            if all(word in row.key() for word in words):
                found = int(row.value()[len(b'{"offset":'):-1]) if row.value() else -1
        return found

    def missing(self, topic, written):
        """Those of the records that the copy does not have, the oldest first."""
        copied = {record.value() for record in
                  self.target.read(self.mirror.remote(topic), committed=True)}
        return sorted((record for record in written if record.value not in copied),
                      key=lambda record: record.acknowledged_ms)

    def heal(self):
        """As at the beginning; topics of other tests may still be there."""
        for cluster in (self.source, self.target):
            cluster.resume()
        for proxy in self.source.proxies("LINK"):
            proxy.heal()
        if self.mirror.process.running:
            self.mirror.resume()
        else:
            self.mirror.start()


def allow(cluster, rules, account=ACCOUNT):
    """Exactly these, and no others."""
    with cluster.admin() as admin:
        admin.forbid(account)
        if rules:
            admin.allow(account, *rules)


# --- What the exporter says. ---

def recovery_point(exporter, name="events-west"):
    return exporter.metric("dr_recovery_point_timestamp_seconds", source=name)


def age(exporter, name="events-west"):
    return exporter.metric("dr_recovery_point_age_seconds", source=name)


def gap(exporter, topic):
    return exporter.metric("dr_mirrormaker_topic_lag_records", topic=topic)


def states(exporter):
    """State → partitions, of those that there are."""
    found = exporter.metrics().find("dr_mirrormaker_partitions")
    return {labels["state"]: value for labels, value in found if value > 0}


def wait_for_gap(exporter, topic, records, timeout=15):
    wait_until(lambda: gap(exporter, topic) == records, timeout, f"a gap of {records} in {topic}")


def wait_for_states(exporter, timeout=15, **wanted):
    wait_until(lambda: states(exporter) == wanted, timeout, f"partitions that are {wanted}")


def latest(record):
    """A recovery point without that record must not be later: it was there."""
    return record.acknowledged_ms / 1000 + 0.002


def assert_point_is(exporter, record, early=2 * INTERVAL + 1.0):
    """The recovery point is the instant of that record: never later, and hardly earlier."""
    point = recovery_point(exporter)
    assert point is not None, exporter.log()
    assert record.timestamp_ms / 1000 - early <= point <= latest(record), (point, record)


def assert_sound(exporter, pair, topic, written):
    """What is not in the copy is younger than the recovery point that was claimed before."""
    point = recovery_point(exporter)
    missing = pair.missing(topic, written)
    assert point is None or not missing or point <= latest(missing[0])


def assert_never_ready(exporter, seconds=3, name="events"):
    holds_for(seconds, lambda: exporter.check(name) != "pass", f"{name} not ready")


def assert_not_ready(exporter, within=RPO + NOTICE, name="events"):
    wait_until(lambda: exporter.check(name) != "pass", within, f"{name} not to pass")


def age_of(record):
    return (now_ms() - record.timestamp_ms) / 1000
