# SPDX-License-Identifier: Apache-2.0
"""The process that owns all servers of the demo; they end when it ends, however that happens."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from paths import DIRECTORY, PAGES, ROOT, write_state

import yaml

from backups import SEGMENT_MEGABYTES, SETTINGS, Backups
from evidence import Evidence
from load import Load
from sessions import Sessions
from services.alertmanager import Alertmanager, simple_config
from services.exporter import Exporter
from services.postgres import Postgres, server_user
from services.prometheus import Prometheus
from services.proxy import Proxy
from services.support import wait_until
from services.webhook import Webhook

SOCKET_PATH_BYTES_MAX = 80  # Of 107, with room for the name of PostgreSQL's socket.
RULES = sorted((ROOT / "alerts").glob("*.rules.yml"))


@contextlib.contextmanager
def step(text):
    """The command in front shows a line that ends in … with the seconds that went by."""
    start = time.monotonic()
    print(f"{text} …", flush=True)
    yield
    print(f"{text}: done after {time.monotonic() - start:.1f} s", flush=True)


def estate_directory():
    """build/demo, unless PostgreSQL's user cannot enter it or its sockets had too long a path."""
    directory = DIRECTORY / "postgres"
    directory.mkdir()
    user = server_user()
    if len(str(directory)) <= SOCKET_PATH_BYTES_MAX:
        if user is None:
            return directory
        shutil.chown(directory, user, user)
        enter = ["setpriv", "--reuid", user, "--regid", user, "--init-groups", "test", "-w",
                 str(directory)]
        if subprocess.run(enter, check=False).returncode == 0:
            return directory
    directory.rmdir()
    directory = Path(tempfile.mkdtemp(prefix="dr-demo-"))
    directory.chmod(0o755)
    return directory


class Demo:
    def __init__(self, stack):
        self.stack = stack
        self.directory = estate_directory()
        stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        self.pages_shown = 0
        self.kafka = "--kafka" in sys.argv
        self.events = None
        self.s3 = "--s3" in sys.argv
        self.invoices = None

    def keep(self, service):
        self.stack.callback(service.stop)
        return service

    def start(self):
        with step("writing the runbooks"):
            self.evidence = Evidence(DIRECTORY)
        with step("starting the PostgreSQL primary (region us-east-1)"):
            self.primary = Postgres(self.directory, "primary", {"fsync": "on", **SETTINGS})
            self.primary.create(SEGMENT_MEGABYTES)
            self.keep(self.primary).start().create_roles()
        with step("copying it to the standby (region us-west-2)"):
            self.link = self.keep(Proxy(self.primary.port))
            self.standby = self.keep(self.primary.standby("west", through=self.link.port))
            self.primary.set(synchronous_standby_names="west")
        with step("starting a light load of orders"):
            self.load = self.keep(Load(self.primary))
            wait_until(lambda: self.load.confirmed > 5, 20, "the first orders")
        with step("starting a Redis primary and its replica, with light writes"):
            self.sessions = Sessions(DIRECTORY, self.keep)
        with step("making a first backup with pgBackRest"):
            self.backups = Backups(self.directory, self.primary)
        if self.kafka:
            with step("starting two Kafka clusters and MirrorMaker 2"):
                from events import Events  # Needs packages that only KAFKA=1 installs.
                self.events = Events(DIRECTORY, self.keep)
        if self.s3:
            with step("starting two S3 servers, the bucket of one replicated to the other"):
                from invoices import Invoices  # Needs packages that only S3=1 installs.
                self.invoices = Invoices(DIRECTORY, self.keep)
        with step("recording the last drills with dr_exporter drill record"):
            self.evidence.record_all()
        with step("starting dr_exporter"):
            self.start_exporter()
        with step("starting Prometheus and Alertmanager with the rules of alerts/"):
            self.pager = self.keep(Webhook())
            self.alertmanager = self.keep(Alertmanager(DIRECTORY, simple_config(self.pager.url)))
            self.prometheus = self.keep(Prometheus(
                DIRECTORY, [self.exporter.port], RULES, self.alertmanager.start().port)).start()
        with step("waiting until the board is green, also in Prometheus"):
            wait_until(self.is_green, 60, "all services to be ready")
            wait_until(lambda: [value for _, value in self.prometheus.query("min(dr_ready)")]
                       == [1], 30, "Prometheus to have seen it")
        threading.Thread(target=self.record_pages, daemon=True).start()

    def start_exporter(self):
        ports = {"PRIMARY": self.primary, "STANDBY": self.standby,
                 "REDIS_PRIMARY": self.sessions.primary, "REDIS_REPLICA": self.sessions.replica}
        environment = {f"DEMO_{name}_PORT": str(server.port) for name, server in ports.items()}
        self.exporter = self.keep(Exporter(
            DIRECTORY, self.plan(),
            environment={**environment, "DEMO_RUNBOOKS": str(self.evidence.runbooks),
                         "DEMO_DRILLS": str(self.evidence.drills)})).start()

    def plan(self):
        """The plan of the file, with what only a running demo knows."""
        plan = yaml.safe_load(Path(__file__).with_name("plan.yml").read_text())
        plan["sources"].append(self.backups.source())
        if self.events:
            plan["tiers"].append({"name": "events", "rpo": {"region": "10s"},
                                  "severity": "critical"})
            plan["services"].append({"name": "notifications", "tier": "events",
                                     "owner": "orders", "datasets": ["events"]})
            plan["sources"].append(self.events.source_of_plan())
        if self.invoices:
            plan["tiers"].append({"name": "objects", "rpo": {"region": "15s"},
                                  "severity": "critical"})
            plan["services"].append({"name": "invoicing", "tier": "objects",
                                     "owner": "finance", "datasets": ["invoices"]})
            plan["sources"].append(self.invoices.source_of_plan())
        return plan

    def is_green(self):
        ready = self.exporter.metrics().find("dr_ready")
        return ready and all(value == 1 for _, value in ready)

    def record_pages(self):
        while True:
            pages = self.pager.pages[self.pages_shown:]
            with open(PAGES, "a", encoding="utf-8") as out:
                for page in pages:
                    out.write(json.dumps(page) + "\n")
            self.pages_shown += len(pages)
            time.sleep(0.2)

    # --- Faults. ---

    def cut(self):
        self.link.cut()

    def pause(self):
        self.standby.sql("SELECT pg_wal_replay_pause()")

    def kill_primary(self):
        self.primary.kill()

    def desync(self):
        self.primary.set(synchronous_standby_names="")

    def expire_runbook(self):
        self.evidence.expire_runbook("order-api")

    def fail_drill(self):
        self.evidence.fail_drill("checkout")

    def heal(self):
        self.link.heal()
        self.sessions.heal()
        if self.events:
            self.events.heal()
        if self.invoices:
            self.invoices.heal()
        self.evidence.mend(self.wait_for_runbook)
        if not self.primary.process.running:
            (self.primary.data / "postmaster.pid").unlink(missing_ok=True)
            self.primary.start()
        self.primary.set(synchronous_standby_names="west")
        self.backups.heal()
        self.standby.sql("SELECT CASE WHEN pg_is_wal_replay_paused() "
                         "THEN pg_wal_replay_resume() END")

    def wait_for_runbook(self, service):
        """Until dr_exporter has seen it, so that the drill after it is later, also in seconds."""
        wait_until(lambda: self.exporter.check(service, check="runbook") == "pass", 10,
                   f"the runbook of {service} to be seen")
        time.sleep(1)

    def confirmed(self):
        return self.load.confirmed

    def serve(self):
        """Does what the other commands ask for, one at a time, until a signal ends it."""
        path = self.directory / "control"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            path.chmod(0o600)
            listener.listen()
            write_state(control=str(path), kafka=self.kafka, s3=self.s3,
                        board=self.exporter.url + "/", metrics=self.exporter.url + "/metrics",
                        prometheus=self.prometheus.url, alertmanager=self.alertmanager.url)
            while True:
                connection, _ = listener.accept()
                with connection:
                    self.answer(connection)

    def answer(self, connection):
        actions = {"cut": self.cut, "pause": self.pause, "kill-primary": self.kill_primary,
                   "desync": self.desync, "redis-link": self.sessions.cut,
                   "redis-promote": self.sessions.promote, "stale-runbook": self.expire_runbook,
                   "failed-drill": self.fail_drill, "heal": self.heal,
                   "archive": self.backups.stop_archiver,
                   "backup": self.backups.lose_repository, "confirmed": self.confirmed}
        if self.events:
            actions |= {"mm2-kill": self.events.kill_mirror,
                        "mm2-throttle": self.events.throttle,
                        "topic-recreate": self.events.recreate}
        if self.invoices:
            actions["s3-cut"] = self.invoices.cut
        try:
            connection.settimeout(5)
            answer = {"result": actions[connection.recv(100).decode()]()}
        except (OSError, RuntimeError, KeyError, subprocess.SubprocessError) as error:
            answer = {"error": str(error)}
        with contextlib.suppress(OSError):
            connection.sendall(json.dumps(answer).encode())


def end_with_the_command():
    """Without --detached, the end of the command in front is the end of the demo."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main():
    def end(*_):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if "--detached" not in sys.argv:
        threading.Thread(target=end_with_the_command, daemon=True).start()
    write_state()
    with contextlib.ExitStack() as stack:
        demo = Demo(stack)
        demo.start()
        demo.serve()


if __name__ == "__main__":
    main()
