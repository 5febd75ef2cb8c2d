# SPDX-License-Identifier: Apache-2.0
"""Kafka's programs: jars that Maven Central keeps, and the Java commands that run them."""

import fcntl
import shutil
import subprocess
from pathlib import Path

from .process import Process
from .support import ROOT, MissingComponent, find_program, free_port, wait_until

CACHE = ROOT / "build" / "kafka"
POM = Path(__file__).parent / "kafka" / "pom.xml"
# The newest of each whose every jar is published.
VERSION_3 = "3.9.1"
VERSION_4 = "4.3.1"
CLUSTER = "AAAAAAAAAAAAAAAAAAAAAQ"
# Short runs: to compile well would cost more than it saves.
JAVA_OPTIONS = ("-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS")
# Who prints its whole configuration, and what it does with it, many times.
QUIET = ("org.apache.kafka.clients", "org.apache.kafka.common", "org.apache.kafka.controller",
         "org.apache.kafka.image", "org.apache.kafka.metadata", "org.apache.kafka.storage",
         "org.apache.kafka.connect.runtime.isolation", "org.reflections", "kafka.log",
         "kafka.server.KafkaConfig", "state.change.logger")


def command(version, main, *arguments, heap="256m"):
    """The words that run a class of that version of Kafka."""
    return words(find_jars(version), main, *arguments, heap=heap)


def words(jars, main, *arguments, heap="256m", archive=None):
    """`archive`: what to do with the classes that Java keeps ready; to use them by default."""
    archive = archive or f"-XX:SharedArchiveFile={jars / 'classes.jsa'}"
    quiet = [f"-Dorg.slf4j.simpleLogger.log.{name}=warn" for name in QUIET]
    return [find_program("java", "openjdk-17-jre-headless"), f"-Xmx{heap}", *JAVA_OPTIONS, *quiet,
            archive, "-cp", f"{jars}/*", main, *map(str, arguments)]


def template(version):
    """What `format` writes besides the node's identity: the cluster's features."""
    return find_jars(version) / "bootstrap.checkpoint"


def find_jars(version):
    """The directory of the jars; fetched once and kept in build/kafka/."""
    jars = CACHE / version
    last = jars / "bootstrap.checkpoint"
    if not last.exists():
        jars.mkdir(parents=True, exist_ok=True)
        with open(CACHE / f"{version}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not last.exists():
                fetch(version, jars)
                prepare(jars)
    return jars


def fetch(version, jars):
    if shutil.which("mvn") is None:
        raise MissingComponent("mvn is missing: tests/install-dependencies test installs maven")
    subprocess.run(["mvn", "--quiet", "--batch-mode", f"--file={POM}", f"-Dkafka.version={version}",
                    "dependency:copy-dependencies", f"-DoutputDirectory={jars}"],
                   check=True, timeout=600, stdin=subprocess.DEVNULL)


def prepare(jars):
    """Formats a node and runs it once, to keep what each start needs."""
    directory, properties = jars / "first", jars / "first.properties"
    shutil.rmtree(directory, ignore_errors=True)
    broker, controller = free_port(), free_port()
    properties.write_text(
        f"process.roles=broker,controller\nnode.id=1\nlog.dirs={directory}\n"
        f"controller.quorum.voters=1@127.0.0.1:{controller}\n"
        f"listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}\n"
        "controller.listener.names=CONTROLLER\nlog.cleaner.dedupe.buffer.size=4194304\n")
    archive = f"-XX:ArchiveClassesAtExit={jars / 'classes.jsa'}"
    runs = [words(jars, "kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER,
                  "--config", properties),
            words(jars, "kafka.Kafka", properties, archive=archive)]
    for argv in runs:
        process = Process(argv, jars / "first.log")
        process.start()
        wait_until(lambda: not process.running or "Kafka Server started" in process.log(), 60,
                   "a first start of Kafka")
        process.stop(timeout=60)
    (directory / "bootstrap.checkpoint").rename(jars / "bootstrap.checkpoint")
    shutil.rmtree(directory)
