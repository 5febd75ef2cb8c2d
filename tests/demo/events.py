# SPDX-License-Identifier: Apache-2.0
"""The Kafka clusters of the demo (`make demo KAFKA=1`): events in us-east-1, mirrored to us-west-2
by MirrorMaker 2 over a line of its own."""

import contextlib
import threading
import time

from confluent_kafka import KafkaException
from services.kafka import Kafka
from services.mirror_maker import MirrorMaker

TOPIC = "orders.confirmed"
PAUSE_SECONDS = 0.1
VALUE = b"x" * 1000


class Events:
    def __init__(self, directory, keep):
        self.source = keep(Kafka(directory / "kafka", "east", proxied=("LINK",)))
        self.target = keep(Kafka(directory / "kafka", "west"))
        self.source.start(wait=False)
        self.target.start()
        self.source.wait()
        self.source.create_topic(TOPIC, 3)
        self.mirror = keep(MirrorMaker(directory / "kafka", self.source, self.target,
                                       topics=TOPIC))
        self.mirror.start()
        self.ended = threading.Event()
        keep(self)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while not self.ended.is_set():
            # A topic that was just created anew is not known everywhere yet.
            with contextlib.suppress(KafkaException, AssertionError):
                self.source.produce(TOPIC, 1, partition=int(time.time() * 10) % 3, value=VALUE)
            self.ended.wait(PAUSE_SECONDS)

    def stop(self):
        self.ended.set()

    def source_of_plan(self):
        return {"name": "events-west", "collector": "mirrormaker", "dataset": "events",
                "source_alias": "east", "target_alias": "west",
                "source_brokers": self.source.brokers(), "target_brokers": self.target.brokers(),
                "topics": [TOPIC]}

    def kill_mirror(self):
        self.mirror.kill()

    def throttle(self):
        for proxy in self.source.proxies("LINK"):
            proxy.trickle(2000)

    def recreate(self):
        self.source.delete_topic(TOPIC)
        self.source.create_topic(TOPIC, 3)

    def heal(self):
        for proxy in self.source.proxies("LINK"):
            proxy.heal()
        if not self.mirror.process.running:
            self.mirror.start(wait=False)
