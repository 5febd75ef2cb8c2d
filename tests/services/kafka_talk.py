# SPDX-License-Identifier: Apache-2.0
"""Topics, records, transactions and groups of a Kafka cluster, through librdkafka."""

import concurrent.futures
import itertools
import threading
import time
from typing import NamedTuple

from confluent_kafka import (OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer,
                             TopicPartition)
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from .kafka_admin import Admin
from .support import wait_until

TIMEOUT = 20.0
# librdkafka would write its complaints about brokers that a test has killed to the terminal.
SILENT = {"log_level": 0, "error_cb": lambda error: None}


def now_ms():
    return int(time.time() * 1000)


def settled(futures):
    """Waits for all; raises what went wrong."""
    done = concurrent.futures.wait(futures.values(), TIMEOUT)
    assert not done.not_done, f"no answer about {futures}"
    for future in done.done:
        future.result()


class Record(NamedTuple):
    """One that was acknowledged; it came to its partition between these two instants."""
    partition: int
    offset: int
    timestamp_ms: int
    acknowledged_ms: int
    value: bytes


class KafkaTalk:
    """What a test does with a cluster at `bootstrap`, as one who may do everything."""

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.client = AdminClient({"bootstrap.servers": bootstrap, **SILENT})
        self.producers = []
        self.plain = None
        self.trouble = None  # Why the brokers did not answer.
        self.numbers = itertools.count()

    def close(self):
        self.producers.clear()
        self.plain = None

    def admin(self):
        return Admin(self.bootstrap)

    def brokers_alive(self):
        try:
            return sorted(self.client.list_topics(timeout=2).brokers)
        except KafkaException as error:
            self.trouble = error
            return []

    # --- Topics. ---

    def topics(self):
        """Name → {partition: leader}; a leader of −1 is none."""
        found = self.client.list_topics(timeout=TIMEOUT).topics
        return {name: {number: part.leader for number, part in topic.partitions.items()}
                for name, topic in found.items()}

    def create_topic(self, name, partitions=1, copies=1, assignment=None, **config):
        """`assignment`: the brokers of each partition; `config` with `_` for `.`."""
        config = {key.replace("_", "."): str(value) for key, value in config.items()}
        how = {"replica_assignment": assignment} if assignment else {"replication_factor": copies}
        count = len(assignment) if assignment else partitions
        settled(self.client.create_topics([NewTopic(name, count, config=config, **how)]))
        wait_until(lambda: len([leader for leader in self.topics().get(name, {}).values()
                                if leader > 0]) == count, TIMEOUT, f"{name} to be there")
        return name

    def delete_topic(self, name):
        settled(self.client.delete_topics([name]))
        wait_until(lambda: name not in self.topics(), TIMEOUT, f"{name} to be gone")

    def grow_topic(self, name, partitions):
        settled(self.client.create_partitions([NewPartitions(name, partitions)]))
        self.plain = None  # It would not know of them for a while.
        wait_until(lambda: len(self.topics()[name]) == partitions, TIMEOUT, f"{name} to grow")

    def configure_topic(self, name, **config):
        """Replaces all of the topic's own settings."""
        resource = ConfigResource("topic", name, set_config={
            key.replace("_", "."): str(value) for key, value in config.items()})
        settled(self.client.alter_configs([resource]))

    def delete_records(self, topic, before):
        """Removes what retention would have removed; `before`: {partition: offset}."""
        with self.admin() as admin:
            admin.delete_records(topic, before)

    # --- Records. ---

    def produce(self, topic, count=1, partition=0, key=None, value=None, timestamp_ms=None,
                producer=None):
        """Writes records, each with a value of its own if none is given; waits until all are
        there. Returns them as the broker acknowledged them."""
        record = {"partition": partition, "key": key, "value": value, "timestamp_ms": timestamp_ms}
        if producer is not None:  # One that has nothing to send is false.
            return self.write(producer, topic, count, **record)
        if self.plain is None:
            self.plain = self.new_producer()
        try:
            return self.write(self.plain, topic, count, **record)
        except KafkaException as error:
            if error.args[0].code() != KafkaError._UNKNOWN_PARTITION:
                raise
            # It asked a broker that had not heard of all partitions yet; nothing was sent.
            self.plain = self.new_producer()
            return self.write(self.plain, topic, count, **record)

    def new_producer(self):
        return Producer({"bootstrap.servers": self.bootstrap, "acks": "all", "linger.ms": 5,
                         "message.timeout.ms": 20000, **SILENT})

    def write(self, producer, topic, count, partition, key, value, timestamp_ms):
        written = []

        def acknowledged(error, message):
            if error:
                raise KafkaException(error)
            written.append(Record(partition, message.offset(), message.timestamp()[1], now_ms(),
                                  message.value()))
        for _ in range(count):
            text = b"%d" % next(self.numbers) if value is None else value
            stamp = now_ms() if timestamp_ms is None else timestamp_ms
            producer.produce(topic, text, key, partition, acknowledged, timestamp=stamp)
            producer.poll(0)
        left = producer.flush(TIMEOUT)
        assert left == 0 and len(written) == count, f"{left} records of {topic} not written"
        return sorted(written)

    def transactional(self, name, timeout_ms=60000):
        """A producer that has begun no transaction yet; it lives as long as the cluster."""
        producer = Producer({"bootstrap.servers": self.bootstrap, "transactional.id": name,
                             "transaction.timeout.ms": timeout_ms, "linger.ms": 5, **SILENT})
        producer.init_transactions(TIMEOUT)
        self.producers.append(producer)
        return producer

    def transaction(self, producer, topic, count, end="commit", partition=0, **how):
        """One transaction of so many records; `end`: commit, abort, or None: it hangs."""
        producer.begin_transaction()
        written = self.produce(topic, count, partition, producer=producer, **how)
        if end == "commit":
            producer.commit_transaction(TIMEOUT)
        elif end == "abort":
            producer.abort_transaction(TIMEOUT)
        return written

    def reader(self, group="dr-test", committed=False, **settings):
        return Consumer({"bootstrap.servers": self.bootstrap, "group.id": group,
                         "isolation.level": "read_committed" if committed else "read_uncommitted",
                         "enable.auto.commit": False, "auto.offset.reset": "earliest",
                         "enable.partition.eof": True, "allow.auto.create.topics": False,
                         "fetch.wait.max.ms": 50, **SILENT, **settings})

    def watermarks(self, topic, partition=0, committed=False):
        """(start, end) of a partition; with `committed` the end is the last stable offset."""
        reader = self.reader(committed=committed)
        try:
            return reader.get_watermark_offsets(TopicPartition(topic, partition), TIMEOUT)
        finally:
            reader.close()

    def read(self, topic, partitions=None, committed=False):
        """All records that are there: [message], by partition and offset."""
        if partitions is None:
            partitions = self.topics().get(topic, {})
        reader, found = self.reader(committed=committed), []
        try:
            reader.assign([TopicPartition(topic, number, OFFSET_BEGINNING)
                           for number in partitions])
            ended, end = set(), time.monotonic() + TIMEOUT
            while len(ended) < len(partitions):
                assert time.monotonic() < end, f"{topic} was not read to its end"
                message = reader.poll(0.2)
                if message is None:
                    continue
                if not message.error():
                    found.append(message)
                elif message.error().name() == "_PARTITION_EOF":
                    ended.add(message.partition())
                else:
                    raise KafkaException(message.error())
        finally:
            reader.close()
        return sorted(found, key=lambda message: (message.partition(), message.offset()))

    # --- Groups. ---

    def consume(self, group, topic, count, timeout=TIMEOUT):
        """Joins the group, reads so many records and commits; returns {partition: offset}."""
        reader = self.reader(group, **{"enable.partition.eof": False})
        try:
            reader.subscribe([topic])
            end = time.monotonic() + timeout
            seen = 0
            while seen < count:
                assert time.monotonic() < end, f"{group} read only {seen} of {count} records"
                message = reader.poll(0.2)
                if message is not None and not message.error():
                    seen += 1
            # Not farther than was asked for, whatever was fetched ahead.
            reader.commit(asynchronous=False)
        finally:
            reader.close()
        return self.committed(group, topic)

    def commit(self, group, topic, offsets):
        """Sets what the group has committed, without joining it: {partition: offset}."""
        reader = self.reader(group)
        try:
            reader.commit(offsets=[TopicPartition(topic, number, offset)
                                   for number, offset in offsets.items()], asynchronous=False)
        finally:
            reader.close()

    def committed(self, group, topic):
        reader = self.reader(group)
        try:
            found = reader.committed([TopicPartition(topic, number)
                                      for number in self.topics()[topic]], TIMEOUT)
        finally:
            reader.close()
        return {part.partition: part.offset for part in found if part.offset >= 0}


class Load:
    """Writes a few records now and then to all partitions of a topic until it is stopped."""

    def __init__(self, cluster, topic, every=0.05, count=2):
        self.cluster = cluster
        self.topic = topic
        self.every = every
        self.count = count
        self.written = []
        self.ended = threading.Event()
        self.partitions = list(cluster.topics()[topic])
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.ended.wait(self.every):
            for partition in self.partitions:
                self.written += self.cluster.produce(self.topic, self.count, partition)

    def stop(self):
        self.ended.set()
        self.thread.join(TIMEOUT)
        return self.written
