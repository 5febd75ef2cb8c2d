# SPDX-License-Identifier: Apache-2.0
"""What a mirrormaker source costs that watches 10,000 partitions of two real Kafka clusters.

The rows of MirrorMaker and the copies are written here, as MirrorMaker would write them."""

import os
import statistics
import tempfile
import threading
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import NewTopic

from services.exporter import Metrics, program
from services.kafka import Kafka
from services.proxy import Proxy
from services.support import wait_until

from measure import AT_MOST, MIB, start_exporter

TOPICS = [f"load-{number:03d}" for number in range(100)]
PARTITIONS = range(100)
TOPICS_AT_ONCE = 20
COUNT = len(TOPICS) * len(PARTITIONS)
ACTIVE = TOPICS[:10]  # Those that are written to during the second measurement.
ROWS = 1_000_000  # Half of them of other connectors.
ROWS_TOPIC = "mm2-offsets.A.internal"
ROWS_PARTITIONS = range(25)
FLUSH_SECONDS = 5
COLLECTIONS = 5
COUNTED = 2  # Collections of which the requests are counted.
LIST_OFFSETS = 2  # https://kafka.apache.org/protocol#protocol_api_keys
# Thousands of partitions need little room, the rows stay as they are, and no broker counts as lost
# because the machine is busy.
BROKER = {"log_index_size_max_bytes": 4096, "log_cleaner_enable": "false",
          "broker_session_timeout_ms": 30_000}
TIMEOUT = 180


class Counter(Proxy):
    """Counts the requests for offsets that go through it: length, key of the request, …"""

    def __init__(self, target_port):
        self.requests = 0
        super().__init__(target_port)

    def _pump(self, source, target):
        if target.getpeername()[1] == self.target_port:
            self._count(source, target)
        else:
            super()._pump(source, target)

    def _count(self, source, target):
        with source.makefile("rb") as stream:
            while len(head := stream.read(6)) == 6:
                self.requests += int.from_bytes(head[4:], "big") == LIST_OFFSETS
                target.sendall(head + stream.read(int.from_bytes(head[:4], "big") - 2))


def key_of(topic, partition):
    return f'["MirrorSourceConnector",{{"cluster":"A","partition":{partition},"topic":"{topic}"}}]'


def create_topics(cluster, topics):
    for begin in range(0, len(topics), TOPICS_AT_ONCE):
        created = cluster.client.create_topics(topics[begin:begin + TOPICS_AT_ONCE],
                                               operation_timeout=TIMEOUT, request_timeout=TIMEOUT)
        for future in created.values():
            future.result(TIMEOUT)
    wait_until(lambda: has_leaders(cluster, topics), TIMEOUT, "leaders of all partitions",
               every=0.5)


def has_leaders(cluster, topics):
    found = cluster.topics()
    return all(len([leader for leader in found.get(topic.topic, {}).values() if leader > 0]) ==
               topic.num_partitions for topic in topics)


def new_producer(cluster):
    return Producer({"bootstrap.servers": cluster.brokers(), "linger.ms": 100,
                     "queue.buffering.max.messages": 1_000_000, "log_level": 0,
                     "delivery.report.only.error": True, "on_delivery": check_delivery})


def check_delivery(error, _):
    if error:
        raise KafkaException(error)


def flush(producer):
    if producer.flush(TIMEOUT) > 0:
        raise TimeoutError("the brokers did not take all records")


def write_everywhere(cluster, topics):
    """One record into each partition."""
    producer = new_producer(cluster)
    for topic in topics:
        for partition in PARTITIONS:
            producer.produce(topic, b"x" * 100, partition=partition)
    flush(producer)


def write_rows(cluster):
    """All partitions are copied; with as many rows that are of other connectors."""
    producer = new_producer(cluster)
    own = [key_of(topic, partition) for topic in TOPICS for partition in PARTITIONS]
    for begin in range(0, ROWS // 2, COUNT):
        for number, key in enumerate(own, begin):
            producer.produce(ROWS_TOPIC, '{"offset":0}', key)
            producer.produce(ROWS_TOPIC, '{"incrementing":%d}' % number,
                             f'["orders-jdbc",{{"protocol":"1","table":"table-{number:06d}"}}]')
        producer.poll(0)
        while len(producer) > ROWS // 5:
            producer.poll(0.1)
    flush(producer)


class Clusters:
    """A, and B, which has copies of all its topics; of three brokers each."""

    def __init__(self, directory):
        self.source = Kafka(directory, "A", 3, **BROKER)
        self.target = Kafka(directory, "B", 3, **BROKER)
        for node in self.source.nodes:
            node.proxies["LINK"] = Counter(node.ports["LINK"])

    def start(self):
        self.source.start(wait=False)
        self.target.start(wait=False)
        self.source.wait()
        self.target.wait()
        creating = threading.Thread(target=create_topics, args=(
            self.source, [NewTopic(name, len(PARTITIONS), 1) for name in TOPICS]))
        creating.start()
        create_topics(self.target, [NewTopic(ROWS_TOPIC, len(ROWS_PARTITIONS), 1,
                                             config={"cleanup.policy": "compact"}),
                                    *[NewTopic(f"A.{name}", len(PARTITIONS), 1)
                                      for name in TOPICS]])
        creating.join()
        write_everywhere(self.source, TOPICS)
        write_everywhere(self.target, [f"A.{name}" for name in TOPICS])
        write_rows(self.target)

    def stop(self):
        self.source.stop()
        self.target.stop()

    def plan(self, listener="PLAIN"):
        return {"tiers": [{"name": "0", "rpo": {"region": "1m"}}],
                "services": [{"name": "bench", "tier": "0", "datasets": ["data"]}],
                "sources": [{"name": "kafka", "collector": "mirrormaker", "dataset": "data",
                             "interval": "5s", "timeout": "5s", "topics": ["load-.*"],
                             "source_alias": "A", "target_alias": "B",
                             "source_brokers": self.source.brokers(listener),
                             "target_brokers": self.target.brokers()}]}

    def requests(self):
        return [node.proxies["LINK"].requests for node in self.source.nodes]


class Mirror:
    """Writes to some topics each second, and the rows about that each few seconds."""

    def __init__(self, clusters):
        self.source = new_producer(clusters.source)
        self.target = new_producer(clusters.target)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        offset = 0  # Of the last record in each of the partitions.
        while not self.ended.wait(1):
            for topic in ACTIVE:
                for partition in PARTITIONS:
                    self.source.produce(topic, b"x" * 100, partition=partition)
            flush(self.source)
            offset += 1
            if offset % FLUSH_SECONDS == 0:
                for topic in ACTIVE:
                    for partition in PARTITIONS:
                        self.target.produce(ROWS_TOPIC, '{"offset":%d}' % offset,
                                            key_of(topic, partition))
                flush(self.target)

    def stop(self):
        self.ended.set()
        self.thread.join()


def read_rows(cluster):
    """A consumer that reads all rows and does nothing with them: (rows, seconds)."""
    start = time.monotonic()
    consumer = Consumer({"bootstrap.servers": cluster.brokers(), "group.id": "bench",
                         "enable.auto.commit": False, "auto.offset.reset": "earliest",
                         "isolation.level": "read_committed", "enable.partition.eof": True})
    consumer.assign([TopicPartition(ROWS_TOPIC, number, 0) for number in ROWS_PARTITIONS])
    rows, ended = 0, 0
    while ended < len(ROWS_PARTITIONS):
        messages = consumer.consume(10_000, 1)
        ends = sum(message.error() is not None for message in messages)
        rows += len(messages) - ends
        ended += ends
        if time.monotonic() - start > TIMEOUT:
            raise TimeoutError("a plain consumer does not come to the end of the rows")
    seconds = time.monotonic() - start
    consumer.close()
    return rows, seconds


def ask_one_by_one(cluster):
    """The ends of one partition after the other: seconds, were it done with all."""
    consumer = Consumer({"bootstrap.servers": cluster.brokers(), "group.id": "bench"})
    consumer.get_watermark_offsets(TopicPartition(TOPICS[0], 0), 10)  # Now it is connected.
    start = time.monotonic()
    asked = [TopicPartition(topic, 1) for topic in TOPICS]
    for partition in asked:
        consumer.get_watermark_offsets(partition, 10)
    seconds = time.monotonic() - start
    consumer.close()
    return seconds / len(asked) * COUNT


def metrics_of(exporter):
    return Metrics(exporter.get().text)


def start_and_read(directory, clusters, listener, name):
    """An exporter with its first success, and the seconds until that."""
    start = time.monotonic()
    exporter, _ = start_exporter(directory, clusters.plan(listener), name, program())
    try:
        wait_until(lambda: metrics_of(exporter).value("dr_source_up") == 1, TIMEOUT,
                   "all rows to be read")
    except BaseException:
        exporter.stop()
        print(exporter.process.log()[-4000:])
        raise
    return exporter, time.monotonic() - start


def check(metrics, *, moving):
    """Costs of wrong answers would be worth nothing."""
    states = {labels["state"]: value for labels, value in
              metrics.find("dr_mirrormaker_partitions") if value > 0}
    behind = states.get("behind", 0)
    limit = len(ACTIVE) * len(PARTITIONS) if moving else 0
    age = metrics.value("dr_recovery_point_age_seconds")
    if metrics.value("dr_source_up") != 1 or states.get("current", 0) + behind != COUNT or \
            behind > limit or age is None or age > 3 * FLUSH_SECONDS + 5:
        raise RuntimeError(f"partitions: {states}, age of the recovery point: {age}")


def next_collection(exporter):
    """The metrics after it."""
    before = metrics_of(exporter).value("dr_source_collections_total")

    def is_over():
        metrics = metrics_of(exporter)
        return metrics if metrics.value("dr_source_collections_total") > before else None
    return wait_until(is_over, 60, "a collection", every=0.1)


def collection_seconds(exporter, *, moving=False):
    """The median of some collections from now on; one that has failed took its whole timeout."""
    taken = []
    for _ in range(COLLECTIONS):
        metrics = next_collection(exporter)
        if metrics.value("dr_source_up") == 1:
            check(metrics, moving=moving)
        taken.append(metrics.value("dr_source_last_collection_duration_seconds"))
    if metrics.value("dr_source_up") != 1:
        raise RuntimeError("a collection failed:\n" + exporter.process.log()[-2000:])
    return statistics.median(taken)


def measure_start(table, directory, clusters):
    rows, peer = read_rows(clusters.target)
    exporter, seconds = start_and_read(directory, clusters, "PLAIN", "mirror")
    read = metrics_of(exporter).value("dr_mirrormaker_offsets_rows_total")
    if (rows, read) != (ROWS, ROWS):
        raise RuntimeError(f"{ROWS} rows; the peer has read {rows}, the exporter {read}")
    what = f"MirrorMaker, {ROWS:,} rows, {COUNT:,} partitions"
    table.add(f"{what}: start to the first recovery point", seconds, 20, " s")
    table.add("a plain consumer that only reads the rows", peer, unit=" s")
    table.add("start next to the plain consumer: times as long", seconds / peer)
    table.add(f"{what}: peak resident memory at start", exporter.peak_bytes() / MIB, 96, " MiB")
    return exporter


def measure_steady(table, clusters, exporter):
    what = f"MirrorMaker, {COUNT:,} partitions"
    quiet = collection_seconds(exporter)
    table.add(f"{what}, all copied: collection", quiet, 2, " s")
    table.add("asking for the ends of the source one by one: times longer",
              ask_one_by_one(clusters.source) / quiet)
    mirror = Mirror(clusters)
    try:
        time.sleep(FLUSH_SECONDS)
        busy = collection_seconds(exporter, moving=True)
        cpu, start = exporter.cpu_seconds(), time.monotonic()
        time.sleep(2 * FLUSH_SECONDS)
        cpu = (exporter.cpu_seconds() - cpu) / (time.monotonic() - start)
    finally:
        mirror.stop()
    table.add(f"{what}, {len(ACTIVE) * len(PARTITIONS):,} written to each second: collection",
              busy, 2, " s")
    table.add("the same: share of a core", cpu * 100, unit=" %")
    table.add(f"{what}: peak resident memory", exporter.peak_bytes() / MIB, 96, " MiB")


def measure_requests(table, directory, clusters):
    """Each look-up asks each leader for the start and for the end of its partitions."""
    exporter, _ = start_and_read(directory, clusters, "LINK", "mirror-counted")
    try:
        next_collection(exporter)
        before = clusters.requests()
        for _ in range(COUNTED):
            next_collection(exporter)
        asked = [(now - then) / COUNTED for now, then in zip(clusters.requests(), before)]
    finally:
        exporter.stop()
    if min(asked) < 2:
        raise RuntimeError(f"the brokers were asked for offsets {asked} times a collection")
    table.add("requests for offsets to a leader, a look-up and bound", max(asked) / 2, 1,
              relation=AT_MOST)


def measure_kafka(table, directory):
    # Brokers wait for the disk at the first record of each partition; 20,000 times is long.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else directory
    with tempfile.TemporaryDirectory(prefix="dr_exporter-bench-", dir=memory) as brokers:
        clusters = Clusters(brokers)
        try:
            clusters.start()
            exporter = measure_start(table, directory, clusters)
            try:
                measure_steady(table, clusters, exporter)
            finally:
                exporter.stop()
            measure_requests(table, directory, clusters)
        finally:
            clusters.stop()
