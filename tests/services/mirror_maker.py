# SPDX-License-Identifier: Apache-2.0
"""MirrorMaker 2 in its dedicated mode, which copies one Kafka cluster's topics to another."""

from pathlib import Path

from . import kafka_jars
from .process import Process
from .support import wait_until

IDENTITY = "org.apache.kafka.connect.mirror.IdentityReplicationPolicy"


class MirrorMaker:
    """From `source` to `target`, whose names are the aliases; through the source's LINK listener.

    `settings` are MirrorMaker's own, for the flow; everything is refreshed and flushed each second
    so that tests are quick."""

    def __init__(self, directory, source, target, name="mirror", topics=".*", groups=".*",
                 exactly_once=False, committed=False, heap="256m", **settings):
        self.directory = Path(directory) / name
        self.directory.mkdir(parents=True)
        self.source = source
        self.target = target
        self.topics = topics
        self.groups = groups
        self.exactly_once = exactly_once
        self.committed = committed or exactly_once
        self.heap = heap
        self.more = {key.replace("_", "."): value for key, value in settings.items()}
        self.process = None

    def __repr__(self):
        return f"<mirror {self.source.name}->{self.target.name}>"

    def settings(self):
        source, target = self.source.name, self.target.name
        flow = f"{source}->{target}"
        found = {
            "clusters": f"{source}, {target}",
            f"{source}.bootstrap.servers": self.source.brokers("LINK"),
            f"{target}.bootstrap.servers": self.target.brokers("PLAIN"),
            f"{flow}.enabled": "true",
            f"{target}->{source}.enabled": "false",
            f"{flow}.topics": self.topics,
            f"{flow}.groups": self.groups,
            f"{flow}.consumer.poll.timeout.ms": 100,
            f"{target}.offset.flush.interval.ms": 1000,
            f"{source}.offset.flush.interval.ms": 1000,
            "refresh.topics.interval.seconds": 1,
            "refresh.groups.interval.seconds": 1,
            "sync.topic.configs.interval.seconds": 5,
            "sync.topic.acls.enabled": "false",
            "emit.heartbeats.interval.seconds": 1,
            "emit.checkpoints.interval.seconds": 1,
            "sync.group.offsets.interval.seconds": 1,
            # Tasks of a worker that was away begin again at once, not after five minutes.
            f"{target}.scheduled.rebalance.max.delay.ms": 0,
            f"{source}.scheduled.rebalance.max.delay.ms": 0,
            # To look into each jar for plugins would take most of the start.
            **{f"{name}plugin.discovery": "service_load" for name in ("", f"{source}.",
                                                                      f"{target}.")},
            # A lost connection is to be found again soon.
            f"{source}.reconnect.backoff.max.ms": 500,
        }
        # Its topics at either cluster have as many copies as that has brokers.
        for cluster, incoming in ((self.source, f"{target}->{source}"), (self.target, flow)):
            copies = min(3, len(cluster.nodes))
            for name in ("offset", "status", "config"):
                found[f"{cluster.name}.{name}.storage.replication.factor"] = copies
            for name in ("", "checkpoints.topic.", "heartbeats.topic."):
                found[f"{incoming}.{name}replication.factor"] = copies
        found[f"{flow}.offset-syncs.topic.replication.factor"] = min(3, len(self.source.nodes))
        if self.committed:
            found[f"{source}.consumer.isolation.level"] = "read_committed"
        if self.exactly_once:
            found[f"{target}.exactly.once.source.support"] = "enabled"
        return {**found, **self.more}

    def start(self, wait=True, timeout=60):
        properties = self.directory / "mm2.properties"
        properties.write_text("".join(f"{name} = {value}\n"
                                      for name, value in self.settings().items()))
        argv = kafka_jars.command(self.source.version,
                                  "org.apache.kafka.connect.mirror.MirrorMaker", properties,
                                  heap=self.heap)
        self.process = Process(argv, self.directory / "log")
        self.process.start()
        if wait:
            # Its heartbeats have gone all the way.
            wait_until(self.beats, timeout, f"{self} to copy its heartbeats", every=0.3)
        return self

    @property
    def heartbeats(self):
        return f"{self.source.name}{self.more.get('replication.policy.separator', '.')}heartbeats"

    def beats(self):
        if not self.process.running:
            raise RuntimeError(f"{self} ended:\n" + self.process.log()[-4000:])
        if self.heartbeats not in self.target.topics():
            return False
        return self.target.watermarks(self.heartbeats)[1] > 0

    def remote(self, topic):
        """The copy's name."""
        if self.more.get("replication.policy.class") == IDENTITY:
            return topic
        return f"{self.source.name}{self.more.get('replication.policy.separator', '.')}{topic}"

    def copied(self, topic):
        """How many records the copy has."""
        return len(self.target.read(self.remote(topic), committed=True))

    def wait_for_copies(self, topic, count, timeout=90):
        wait_until(lambda: self.copied(topic) >= count, timeout,
                   f"{count} copies of {topic}", every=0.3)

    def kill(self):
        """As a host that is lost: nothing more is flushed."""
        self.process.kill()

    def pause(self):
        self.process.pause()

    def resume(self):
        self.process.resume()

    def shut_down(self, timeout=40):
        """An orderly end, which flushes what was copied."""
        self.process.stop(timeout=timeout)

    def stop(self):
        if self.process:
            self.process.kill()
