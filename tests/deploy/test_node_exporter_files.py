# SPDX-License-Identifier: Apache-2.0
"""Drills from a timer or cron, recorded for node_exporter: what is recorded is what happened."""

import os
import re
import signal
import subprocess

import pytest
from services.exporter import Metrics, program
from services.node_exporter import NodeExporter
from services.process import Process
from services.support import ROOT, find_program, wait_until

FILES = ROOT / "deploy/node_exporter"
SCRIPT = FILES / "dr-drill"
# Notes how it is called; EXECUTE and CLEANUP are what it then does.
DRILL = """#!/bin/sh
echo "$@" >>"$(dirname "$0")/calls"
case $1 in
execute) eval "$EXECUTE" ;;
cleanup) eval "$CLEANUP" ;;
esac
"""


class Drill:
    """A drill program of a service, and where results go."""

    def __init__(self, directory):
        self.results = directory / "results"
        self.results.mkdir()
        self.program = directory / "checkout"
        self.program.write_text(DRILL)
        self.program.chmod(0o755)
        self.calls_path = directory / "calls"
        self.file = self.results / "dr_drill_checkout.prom"

    def argv(self, *flags):
        return [str(SCRIPT), f"--dr-exporter={program()}", f"--directory={self.results}",
                "--service=checkout", *flags, "--", str(self.program)]

    def run(self, *flags, execute="exit 0", cleanup="exit 0"):
        return subprocess.run(self.argv(*flags), check=False, capture_output=True, text=True,
                              env={**os.environ, "EXECUTE": execute, "CLEANUP": cleanup},
                              timeout=60).returncode

    def calls(self):
        return self.calls_path.read_text().split() if self.calls_path.exists() else []

    def metrics(self):
        return Metrics(self.file.read_text())


@pytest.fixture(name="drill")
def fixture_drill(tmp_path):
    return Drill(tmp_path)


def test_success_is_recorded_and_complete(drill):
    assert drill.run(execute="sleep 0.2") == 0
    assert drill.calls() == ["execute", "cleanup"]
    metrics = drill.metrics()
    assert metrics.value("dr_drill_last_result", drill="component") == 1
    assert 0.2 <= metrics.value("dr_drill_phase_seconds", phase="execute") < 60
    assert metrics.value("dr_drill_phase_seconds", phase="cleanup") >= 0
    subprocess.run([program(), "drill", "check", drill.file], check=True, capture_output=True)


@pytest.mark.parametrize("flags,actions", [
    ((), {"execute": "exit 3"}),
    ((), {"cleanup": "exit 3"}),
    (("--timeout=1",), {"execute": "exec sleep 60"}),
    (("--timeout=1",), {"cleanup": "exec sleep 60"}),
    ((), {"execute": "kill -KILL $$"}),
])
def test_failure_is_recorded(drill, flags, actions):
    assert drill.run() == 0
    assert drill.run(*flags, **actions) == 1
    assert drill.calls() == ["execute", "cleanup"] * 2
    assert drill.metrics().value("dr_drill_last_result", drill="component") == 0
    # It is not forgotten when it last worked.
    assert drill.metrics().value("dr_drill_last_success_timestamp_seconds", drill="component")


@pytest.mark.parametrize("slow", ["execute", "cleanup"])
def test_interrupted_is_neither_but_cleaned_up(drill, tmp_path, slow):
    done = tmp_path / "done"
    process = Process(drill.argv(), tmp_path / "log", environment={
        "EXECUTE": "exec sleep 60" if slow == "execute" else "",
        "CLEANUP": "sleep 1; " * (slow == "cleanup") + f"touch {done}"})
    process.start()
    wait_until(lambda: slow in drill.calls(), 20, "the drill")
    assert process.stop(signal.SIGTERM, timeout=20) < 20
    assert process.child.returncode == 1
    assert drill.calls() == ["execute", "cleanup"] and done.exists()
    assert not drill.file.exists()


@pytest.mark.parametrize("arguments", [
    [], ["--service=checkout"], ["--service=checkout", "--"], ["--", "true"],
    ["--service=checkout", "--timeout=0", "--", "true"],
    ["--service=checkout", "--timeout=1h", "--", "true"],
    ["--service=checkout", "--wrong", "--", "true"],
])
def test_usage(arguments, tmp_path):
    done = subprocess.run([SCRIPT, *arguments], check=False, capture_output=True, text=True,
                          cwd=tmp_path)
    assert done.returncode == 2 and "usage:" in done.stderr


def test_what_cannot_be_recorded_is_said(drill):
    drill.results.rmdir()
    assert drill.run() == 2


@pytest.mark.slow
def test_node_exporter_reads_it(drill, estate):
    assert drill.run() == 0
    node = estate.keep(NodeExporter(estate.new_directory(), drill.results)).start()
    metrics = Metrics(node.scrape().text)
    assert metrics.value("dr_drill_last_result", dr_service="checkout", drill="component") == 1
    assert metrics.value("node_textfile_scrape_error") == 0


def here(text, drill, plan):
    """A command of the files with the paths of this test."""
    return (text.replace("/usr/local/bin/dr-drill", str(SCRIPT))
            .replace("/etc/dr_exporter/drills", str(drill.program.parent))
            .replace("/var/lib/prometheus/node-exporter", str(drill.results))
            .replace("/etc/dr_exporter/dr.yml", str(plan)))


def environment(drill):
    """The script's own defaults apply: the program is found by PATH."""
    return {**os.environ, "PATH": f"{program().parent}:{SCRIPT.parent}:{os.environ['PATH']}",
            "EXECUTE": "", "CLEANUP": ""}


@pytest.mark.slow
def test_units(drill, tmp_path):
    for name in ("dr_drill@.service", "dr_drill@.timer"):
        text = (FILES / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(here(text, drill, ""))
    for suffix in ("service", "timer"):
        done = subprocess.run([find_program("systemd-analyze", "systemd"), "verify", "--man=no",
                               tmp_path / f"dr_drill@checkout.{suffix}"], check=False,
                              capture_output=True, text=True)
        assert done.returncode == 0 and "dr_drill" not in done.stderr, done.stderr
    unit = (FILES / "dr_drill@.service").read_text(encoding="utf-8")
    command = re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1].replace("%i", "checkout")
    # It writes where the script does by default.
    default = re.search(r"^directory=(.*)$", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert f"ReadWritePaths={default}\n" in unit
    words = here(command, drill, "").split()
    words.insert(1, f"--directory={drill.results}")
    subprocess.run(words, check=True, env=environment(drill), timeout=60)
    assert drill.metrics().value("dr_drill_last_result", dr_service="checkout") == 1


@pytest.mark.slow
def test_cron_lines(drill, tmp_path):
    plan = tmp_path / "dr.yml"
    plan.write_text("tiers: [{name: '1', rpo: 1h}]\n"
                    "services: [{name: checkout, tier: '1', evidence: [drills]}]\n"
                    f"sources: [{{name: drills, collector: textfile, directory: {drill.results}}}]")
    lines = [line for line in (FILES / "dr_drill.cron").read_text(encoding="utf-8").splitlines()
             if re.match(r"[0-9*]", line)]
    assert len(lines) == 2
    for line in lines:
        assert "%" not in line  # To cron that is the end of the line.
        *_, user, command = line.split(None, 6)
        assert user == "prometheus"
        command = here(command, drill, plan).replace(
            "dr-drill ", f"dr-drill --directory={drill.results} ")
        done = subprocess.run(["sh", "-c", command], check=False, capture_output=True, text=True,
                              env=environment(drill), timeout=60)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), line
    # A service that is not in the plan is mailed.
    plan.write_text(plan.read_text().replace("checkout", "other"))
    done = subprocess.run(["sh", "-c", command], check=False, capture_output=True, text=True,
                          env=environment(drill), timeout=60)
    assert done.returncode == 1 and "no service" in done.stderr
