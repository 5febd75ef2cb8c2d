# SPDX-License-Identifier: Apache-2.0
"""A Kafka cluster of brokers that are their own controllers (KRaft), and what may happen to it."""

import base64
import os
import socket
from pathlib import Path

from . import kafka_jars
from .kafka_talk import KafkaTalk
from .postgres import PASSWORD
from .process import Process
from .proxy import Proxy
from .support import free_port, wait_until

# PLAIN is for the tests, who may do everything; LINK for MirrorMaker, behind a proxy if wanted;
# MONITOR for the exporter, with an account, and only what its rules allow.
LISTENERS = {"PLAIN": "PLAINTEXT", "LINK": "PLAINTEXT", "MONITOR": "SASL_PLAINTEXT",
             "CONTROLLER": "PLAINTEXT"}
ACCOUNT = "dr_monitor"

SETTINGS = {
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAIN",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",
    "sasl.enabled.mechanisms": "PLAIN",
    "auto.create.topics.enable": "false",
    "num.network.threads": 2,
    "num.io.threads": 4,
    "offsets.topic.num.partitions": 3,
    "transaction.state.log.num.partitions": 3,
    "transaction.state.log.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    # Others soon lead what a lost broker has led, and it may come back as soon as that.
    "broker.session.timeout.ms": 3000,
    "broker.heartbeat.interval.ms": 500,
    # What retention removes is to be gone soon.
    "log.initial.task.delay.ms": 300,
    "log.retention.check.interval.ms": 300,
    "log.cleaner.backoff.ms": 200,
    "log.cleaner.dedupe.buffer.size": 4 << 20,
    "log.segment.delete.delay.ms": 1000,
}


def random_id():
    return base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")


def jaas_text(text):
    """As JAAS wants it, within a file of properties: each of them takes backslashes away."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return quoted.replace("\\", "\\\\")


class Node:
    """One broker. Its listeners in `proxied` are announced at the port of a proxy."""

    def __init__(self, cluster, number, proxied):
        self.cluster = cluster
        self.number = number
        self.directory = cluster.directory / f"node-{number}"
        self.directory.mkdir()
        self.ports = {listener: free_port() for listener in LISTENERS}
        self.proxies = {name: Proxy(self.ports[name]) for name in proxied}
        self.process = None

    def __repr__(self):
        return f"<{self.cluster.name}{self.number} on port {self.ports['PLAIN']}>"

    def announced(self, listener):
        """The address by which clients know that listener."""
        proxy = self.proxies.get(listener)
        return f"127.0.0.1:{proxy.port if proxy else self.ports[listener]}"

    def format(self):
        data = self.directory / "data"
        data.mkdir()
        (data / "meta.properties").write_text(
            f"version=1\nnode.id={self.number}\ncluster.id={self.cluster.identity}\n"
            f"directory.id={random_id()}\n")
        template = kafka_jars.template(self.cluster.version)
        (data / "bootstrap.checkpoint").write_bytes(template.read_bytes())

    def settings(self):
        voters = ",".join(f"{node.number}@127.0.0.1:{node.ports['CONTROLLER']}"
                          for node in self.cluster.nodes)
        copies = min(3, len(self.cluster.nodes))
        users = f"user_{ACCOUNT}={jaas_text(PASSWORD)}"
        return {
            **SETTINGS,
            "node.id": self.number,
            "controller.quorum.voters": voters,
            "log.dirs": self.directory / "data",
            "listeners": ",".join(f"{name}://127.0.0.1:{self.ports[name]}" for name in LISTENERS),
            "advertised.listeners": ",".join(f"{name}://{self.announced(name)}"
                                             for name in LISTENERS if name != "CONTROLLER"),
            "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol
                                                       in LISTENERS.items()),
            "listener.name.monitor.plain.sasl.jaas.config":
                f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};",
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            **self.cluster.settings,
        }

    def start(self):
        properties = self.directory / "server.properties"
        properties.write_text("".join(f"{name}={value}\n" for name, value
                                      in self.settings().items()))
        self.process = Process(kafka_jars.command(self.cluster.version, "kafka.Kafka", properties),
                               self.directory / "log")
        self.process.start()
        return self

    def is_up(self):
        if not self.process.running:
            raise RuntimeError(f"{self} ended:\n" + self.process.log()[-4000:])
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.ports["PLAIN"])) == 0

    def kill(self):
        if self.process:
            self.process.kill()

    def stop(self):
        self.kill()
        for proxy in self.proxies.values():
            proxy.stop()


class Kafka(KafkaTalk):
    def __init__(self, directory, name="A", nodes=1, version=kafka_jars.VERSION_3, proxied=(),
                 **settings):
        self.directory = Path(directory) / name
        self.directory.mkdir(parents=True)
        self.name = name
        self.version = version
        self.identity = random_id()
        self.settings = {key.replace("_", "."): value for key, value in settings.items()}
        self.nodes = []
        for number in range(1, nodes + 1):
            self.nodes.append(Node(self, number, proxied))
        for node in self.nodes:
            node.format()
        super().__init__(self.brokers("PLAIN"))

    def __repr__(self):
        return f"<cluster {self.name}>"

    def brokers(self, listener="PLAIN"):
        """The bootstrap addresses of that listener."""
        return ",".join(node.announced(listener) for node in self.nodes)

    def start(self, timeout=60, wait=True):
        for node in self.nodes:
            node.start()
        return self.wait(timeout) if wait else self

    def wait(self, timeout=60):
        """Until all brokers answer and know each other."""
        wait_until(lambda: all(node.is_up() for node in self.nodes), timeout, f"{self} to listen")
        try:
            wait_until(lambda: len(self.brokers_alive()) == len(self.nodes), timeout,
                       f"{self} to be complete")
        except TimeoutError as error:
            logs = "\n".join(node.process.log()[-2000:] for node in self.nodes)
            raise TimeoutError(f"{error} ({self.trouble})\n{logs}") from None
        return self

    def kill(self):
        """As a region that is lost."""
        for node in self.nodes:
            node.kill()

    def pause(self):
        """The brokers hold their connections but never answer."""
        for node in self.nodes:
            node.process.pause()

    def resume(self):
        for node in self.nodes:
            node.process.resume()

    def proxies(self, listener):
        return [node.proxies[listener] for node in self.nodes]

    def stop(self):
        self.close()
        for node in self.nodes:
            node.stop()
