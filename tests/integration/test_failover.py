# SPDX-License-Identifier: Apache-2.0
"""deploy/failover/: the controller and the manifests, while real PostgreSQL servers are lost."""

import datetime
import os
import subprocess
import time

import pytest
import yaml
from services.exporter import program
from services.process import Process
from services.support import ROOT, holds_for, wait_until

from pairs import Pair, start_exporter
from plans import NOTICE

DIRECTORY = ROOT / "deploy/failover"
SCRIPT = DIRECTORY / "failover-controller"
ADDRESS = "http://dr-exporter.dr-exporter.svc:10112"


@pytest.fixture(name="pair", scope="module")
def fixture_pair(module_estate):
    return Pair(module_estate)


@pytest.fixture(name="exporter")
def fixture_exporter(estate, pair):
    pair.heal()
    pair.start_load()
    yield start_exporter(estate, pair, rpo="5s")
    if pair.primary.process.running:
        pair.heal()


class Controller:
    """The controller as a service; what it does is in its log and in `acts`."""

    def __init__(self, estate, exporter, pair, *, check=None, fence="", promote="", flags=()):
        self.directory = estate.new_directory()
        self.acts = self.directory / "acts"
        server = pair.standby
        check = check or (f"'{server.binaries}/pg_isready' -q -t 2 -h 127.0.0.1 "
                          f"-p {pair.to_primary.port}")
        self.process = Process(
            [SCRIPT, "--service=orders", f"--check={check}",
             f"--fence=echo fence >>'{self.acts}'; {fence or 'true'}",
             f"--promote=echo promote $DR_SERVICE >>'{self.acts}'; {promote or 'true'}",
             f"--state={self.directory}", "--interval=1", f"--dr-exporter={program()}", *flags,
             "--", f"--url={exporter.url}"], self.directory / "log")

    def start(self):
        self.process.start()
        self.wait_for("watching")
        return self

    def wait_for(self, words, timeout=20):
        wait_until(lambda: words in self.process.log(), timeout, f"the controller to say {words}")

    def wait_for_end(self):
        return self.process.child.wait(30)

    def acted(self):
        return self.acts.read_text().split("\n")[:-1] if self.acts.exists() else []

    def lost(self):
        self.process.stop()


@pytest.mark.slow
def test_blocks_when_more_would_be_lost(estate, exporter, pair):
    controller = Controller(estate, exporter, pair).start()
    pair.link.cut()
    wait_until(lambda: exporter.check("orders") == "fail", 15, "the RPO to be missed")
    pair.to_primary.cut()
    controller.wait_for("blocked by the gate")
    assert "blocked by: orders rpo fail: " in controller.process.log()
    assert controller.acted() == []
    # An exporter that cannot be reached says no yes either.
    exporter.process.stop()
    controller.wait_for("Connection refused")
    assert controller.acted() == []
    controller.lost()


@pytest.mark.slow
def test_acts_only_on_a_lasting_loss_and_not_again_soon(estate, exporter, pair):
    cooling = Controller(estate, exporter, pair)
    (cooling.directory / "last-attempt").write_text(f"{int(time.time()) - 1700}\n")
    unknown = Controller(estate, exporter, pair)
    (unknown.directory / "last-attempt").write_text("yesterday\n")
    unfenced = Controller(estate, exporter, pair, fence="false")
    failing = Controller(estate, exporter, pair, promote="false", flags=("--cooldown=0",))
    flapping = Controller(estate, exporter, pair, check="test -e serving")
    flapping.start()
    for controller in (cooling, unknown, unfenced, failing):
        controller.start()
    flapping.wait_for("check 2 of 3 failed")
    (flapping.directory / "serving").touch()
    flapping.wait_for("the primary serves again")
    # The primary answers: nobody else has seen anything.
    assert "failed" not in cooling.process.log()
    pair.to_primary.cut()
    pair.link.cut()
    for controller in (cooling, unknown):
        controller.wait_for("blocked: the last attempt is less than 1800 s ago")
        assert controller.acted() == []
    unfenced.wait_for("blocked: the primary could not be fenced")
    assert set(unfenced.acted()) == {"fence"}
    assert failing.wait_for_end() == 1
    assert failing.acted() == ["fence", "promote orders"]
    assert abs(int((failing.directory / "last-attempt").read_text()) - time.time()) < 60
    assert flapping.acted() == []
    for controller in (cooling, unknown, unfenced, flapping):
        controller.lost()


def test_refuses_wrong_usage(estate, tmp_path):
    good = {"service": "orders", "check": "true", "fence": "true", "promote": "true",
            "state": str(tmp_path)}

    def run(**changes):
        flags = [f"--{key}={value}" for key, value in {**good, **changes}.items()
                 if value is not None]
        return subprocess.run([SCRIPT, *flags], capture_output=True, text=True, timeout=10,
                              check=False)
    for changes, words in (({"fence": None}, "--fence"), ({"service": ""}, "--service"),
                           ({"interval": "30s"}, '"30s" is not a whole number'),
                           ({"failures": "0"}, "only --cooldown may be 0"),
                           ({"state": "/nowhere"}, "no directory"), ({"x": "1"}, "--x=1")):
        done = run(**changes)
        assert (done.returncode, words in done.stderr) == (2, True), (changes, done.stderr)
    first = Process([SCRIPT, *(f"--{key}={value}" for key, value in good.items())],
                    estate.new_directory() / "log")
    first.start()
    wait_until(lambda: "watching" in first.log(), 10)
    assert "another controller uses" in run().stderr
    first.stop()


@pytest.mark.parametrize("gate", ("true", "echo gate of cart for region: open #",
                                  "echo gate of orders for region: closed #"))
def test_believes_no_success_that_does_not_say_open(estate, gate):
    directory = estate.new_directory()
    wrapper = directory / "wrapper"
    wrapper.write_text(f"#!/bin/sh\n{gate}\n")
    wrapper.chmod(0o755)
    controller = Process(
        [SCRIPT, "--service=orders", "--check=false", "--fence=true", "--failures=1",
         f"--promote=touch '{directory}/promoted'", f"--state={directory}", "--interval=1",
         f"--dr-exporter={wrapper}"], directory / "log")
    controller.start()
    wait_until(lambda: "blocked by the gate" in controller.log(), 10, "the gate to block")
    assert not (directory / "promoted").exists()
    controller.stop()


def load(name):
    return yaml.safe_load((DIRECTORY / name).read_text(encoding="utf-8").replace(
        "@LOST_SINCE@", "2026-11-21T03:12:00Z"))


class Container:
    """What a manifest's container does, with the images' programs at hand, asking our exporter."""

    def __init__(self, manifest, directory, exporter, values, lost):
        self.directory = directory
        (directory / "dr_exporter").symlink_to(program())
        (directory / "promote").write_text(f"#!/bin/sh\necho $1 >>{directory}/promoted\n")
        (directory / "promote").chmod(0o755)
        self.words = []
        for word in manifest["command"] + manifest["args"]:
            for name, value in values.items():
                word = word.replace("{{workflow.parameters.%s}}" % name, value)
            word = f"--lost-since={lost}" if word.startswith("--lost-since=") else word
            self.words.append(word.replace(ADDRESS, exporter.url).replace(
                "/promote", f"{directory}/promote"))
        assert f"--url={exporter.url}" in self.words
        assert not any("{{" in word for word in self.words)

    def run(self):
        path = f"{self.directory}:{os.environ['PATH']}"
        return subprocess.run(self.words, capture_output=True, text=True, timeout=20, check=False,
                              env={**os.environ, "PATH": path}).returncode

    def promoted(self):
        return (self.directory / "promoted").exists()


def test_manifests_ask_right_before_they_promote(estate, exporter, pair):
    job = load("kubernetes-job.yaml")["spec"]
    assert job["backoffLimit"] == 0 and job["template"]["spec"]["restartPolicy"] == "Never"
    [job_promotes] = job["template"]["spec"]["containers"]

    workflow = load("argo-workflow.yaml")["spec"]
    templates = {one["name"]: one for one in workflow["templates"]}
    steps = templates[workflow["entrypoint"]]["steps"]
    assert [[one["template"] for one in step] for step in steps] == [["gate"], ["promote"]]
    values = {one["name"]: one.get("value", "") for one in workflow["arguments"]["parameters"]}

    lost = datetime.datetime.now(datetime.timezone.utc).isoformat()
    gate, *promoting = [Container(manifest, estate.new_directory(), exporter, values, lost)
                        for manifest in (templates["gate"]["container"],
                                         templates["promote"]["container"], job_promotes)]
    for container in (gate, *promoting):
        assert container.run() == 1, "the primary answers"
        assert not container.promoted()
    pair.to_primary.cut()
    pair.link.cut()
    for container in (gate, *promoting):
        wait_until(lambda container=container: container.run() == 0, NOTICE + 3,
                   "the gate to open")
    assert not gate.promoted()
    for container in promoting:
        assert (container.directory / "promoted").read_text() == "orders\n"


def test_fails_over_when_the_primary_is_killed(estate, exporter, pair):
    """Last, because it is the end of the pair."""
    standby = pair.standby
    script = estate.new_directory() / "promote.sql"
    script.write_text("SELECT pg_promote(true, 30)")
    asks_users = f"'{standby.binaries}/psql' -X -q -h '{standby.directory}' -p {standby.port}"
    become = f"setpriv --reuid {standby.user} --regid {standby.user} --init-groups " \
        if standby.user and os.geteuid() == 0 else ""
    controller = Controller(
        estate, exporter, pair,
        promote=f"{become}{asks_users} -U postgres postgres <'{script}'").start()
    holds_for(2, lambda: controller.acted() == [])
    pair.primary.kill()
    assert controller.wait_for_end() == 0, controller.process.log()
    assert controller.acted() == ["fence", "promote orders"]
    assert standby.sql("SELECT pg_is_in_recovery()") == "f"
    log = controller.process.log()
    assert log.index("check 3 of 3 failed") < log.index("gate of orders for region: open") \
        < log.index("fencing the primary") < log.index("promoting") < log.index("failed over")
