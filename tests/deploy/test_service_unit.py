# SPDX-License-Identifier: Apache-2.0
"""The systemd unit: valid, confined, and not more than the exporter can live with."""

import os
import re
import shutil
import signal
import subprocess

import pytest
from services.exporter import program
from services.process import Process
from services.support import ROOT, find_program, wait_until

UNIT = ROOT / "deploy/systemd/dr_exporter.service"
EXPOSURE_MAX = 1.5


def analyze(*arguments):
    return subprocess.run([find_program("systemd-analyze", "systemd"), *map(str, arguments)],
                          check=False, capture_output=True, text=True)


def settings(name):
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.slow
def test_unit_is_valid(tmp_path):
    # With the program that was built, because none is installed.
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/usr/bin/dr_exporter",
                                                             str(program())), encoding="utf-8")
    done = analyze("verify", "--man=no", unit)
    assert done.returncode == 0 and UNIT.name not in done.stderr, done.stderr


@pytest.mark.slow
def test_unit_is_confined():
    done = analyze("security", "--offline=true", "--no-pager", UNIT)
    exposure = float(re.search(r"Overall exposure level .*: ([0-9.]+)", done.stdout)[1])
    assert exposure <= EXPOSURE_MAX, done.stdout


def system_calls_of(group):
    """All system calls of a group, as systemd knows them, with those of the groups in it."""
    calls = set()
    for word in analyze("syscall-filter", group).stdout.split("\n")[1:]:
        word = word.strip()
        if word.startswith("@"):
            calls |= system_calls_of(word)
        elif word and not word.startswith("#"):
            calls.add(word)
    return calls


@pytest.mark.slow
def test_unit_allows_the_system_calls_that_are_made(estate):
    """Replication, a command, a file, scrapes, a reload and the end, under strace."""
    primary = estate.primary()
    standby = estate.standby(primary)
    directory = estate.new_directory()
    (directory / "backup.json").write_text("[]")
    exporter = estate.exporter({
        "tiers": [{"name": "1", "rpo": {"region": "10s", "corruption": "1h"}}],
        "services": [{"name": "orders", "tier": "1", "datasets": ["orders"]}],
        "sources": [
            {"name": "west", "collector": "postgres", "dataset": "orders", "interval": "1s",
             "primary_dsn": f"host=127.0.0.1 port={primary.port} user=dr_monitor dbname=postgres",
             "replica_dsn": f"host=127.0.0.1 port={standby.port} user=dr_monitor dbname=postgres",
             "primary_password_file": "@password", "replica_password_file": "@password"},
            {"name": "backup", "collector": "backup", "dataset": "orders", "interval": "1s",
             "format": "pgbackrest", "set": "main", "survives": ["corruption"],
             "command": ["/bin/cat", str(directory / "backup.json")]}]}, start=False)
    trace = directory / "trace"
    exporter.process = Process(
        [find_program("strace", "strace"), "--follow-forks", "--summary-only",
         "--summary-columns=name", f"--output={trace}", *exporter.process.argv[3:]],
        directory / "log")
    exporter.start(30)
    traced = exporter.process.family()[1]
    exporter.wait_for_check("orders", "pass", timeout=30)
    wait_until(lambda: exporter.metric("dr_source_collections_total", source="backup"), 30,
               "the command")
    assert exporter.get("/").status == exporter.get("/api/v1/readiness").status == 200
    os.kill(traced, signal.SIGHUP)
    exporter.wait_for_check("orders", "pass", timeout=30)
    os.kill(traced, signal.SIGTERM)
    wait_until(lambda: not exporter.process.running, 20, "the end")
    made = {line.strip() for line in trace.read_text().split("\n")
            if re.fullmatch(r"\s*[a-z_0-9]+\s*", line)} - {"syscall", "total"}
    assert {"read", "write", "socket", "clone3", "execve"} <= made, made
    allowed = set()
    for words in settings("SystemCallFilter"):
        for word in words.lstrip("~").split():
            calls = system_calls_of(word)
            allowed = allowed - calls if words.startswith("~") else allowed | calls
    assert made <= allowed, f"the unit forbids {made - allowed}"


def test_flags_are_those_of_the_program():
    for command in settings("ExecStart") + settings("ExecStartPre"):
        words = command.split()
        done = subprocess.run([program(), "--help"], check=True, capture_output=True, text=True)
        for flag in re.findall(r"(--[a-z.\-]+)=", command):
            assert flag in done.stdout
        assert words[1] in done.stdout
    assert shutil.which("kill")
