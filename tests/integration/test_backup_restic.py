# SPDX-License-Identifier: Apache-2.0
"""restic: snapshots of several directories, and repositories that cannot be read."""

import time
from datetime import datetime, timezone

import pytest
from services.restic import Restic
from services.support import wait_until

from backup_tools import NOTICE, age, plan


@pytest.fixture(name="tool")
def fixture_tool(estate):
    return Restic(estate.new_directory()).create()


def source(tool, *words, **settings):
    return {"format": "restic", "command": tool.snapshots_argv(*words),
            "environment_files": {"RESTIC_PASSWORD": str(tool.password_path)}, **settings}


def ago(seconds):
    """As `restic backup --time` wants it, in local time."""
    return datetime.fromtimestamp(time.time() - seconds).strftime("%Y-%m-%d %H:%M:%S")


def test_b1_then_a_first_snapshot_and_a_wrong_password(estate, tool):
    wrong = tool.directory / "wrong-password"
    wrong.write_text("sesame")
    exporter = estate.exporter(plan({
        "files": source(tool),
        "locked-out": source(tool, environment_files={"RESTIC_PASSWORD": str(wrong)})},
        rpo="1h"))
    exporter.wait_for_check("files", "fail", timeout=10)
    assert age(exporter, "files") is None
    assert exporter.metric("dr_backup_usable_backups", source="files") == 0
    tool.backup("srv")
    started = datetime.fromisoformat(tool.snapshots()[0]["time"][:26]).replace(
        tzinfo=timezone.utc)
    exporter.wait_for_check("files", "pass", timeout=NOTICE)
    point = exporter.metric("dr_recovery_point_timestamp_seconds", source="files")
    assert abs(point - started.timestamp()) < 1
    wait_until(lambda: "wrong password" in exporter.log(), 5, "the reason in the log")
    assert exporter.check("locked-out") == "unknown"
    assert age(exporter, "locked-out") is None


@pytest.mark.slow
def test_newest_of_one_directory_does_not_hide_another(estate, tool):
    """The set is a host with its paths: the one that was last backed up longest ago decides."""
    old = tool.backup("srv", "--time", ago(7200))
    new = tool.backup("etc")
    exporter = estate.exporter(plan({
        "all": source(tool), "old": source(tool, set=old), "new": source(tool, set=new),
        "grouped": source(tool, "--latest", "1", "--group-by", "host,paths", set=new),
        "wrong": source(tool, set="db1")}, rpo="1h"))
    expected = {"all": "fail", "old": "fail", "new": "pass", "grouped": "pass",
                "wrong": "unknown"}
    for name, state in expected.items():
        exporter.wait_for_check(name, state, timeout=15)
    assert "not_found" in exporter.failures("wrong")
    assert 7190 < age(exporter, "all") < 7300


@pytest.mark.slow
def test_b6_a_locked_or_lost_repository(estate, tool):
    tool.backup("srv")
    exporter = estate.exporter(plan({"files": source(tool),
                                     "unlocked": source(tool, "--no-lock")}, rpo="1h"))
    exporter.wait_for_check("files", "pass", timeout=15)
    exporter.wait_for_check("unlocked", "pass", timeout=15)
    pruning = tool.lock()
    try:
        wait_until(lambda: exporter.check("files") != "pass", 2 * NOTICE, "the lock to tell")
        wait_until(lambda: "locked" in exporter.log(), 5, "the reason in the log")
        assert exporter.check("unlocked") == "pass"
    finally:
        # Only by itself does it take its lock away: restic 0.14 dies of SIGTERM at once.
        pruning.resume()
        pruning.child.wait(60)
    exporter.wait_for_check("files", "pass", timeout=15)
    tool.repository.rename(tool.directory / "lost")
    for name in ("files", "unlocked"):
        wait_until(lambda name=name: exporter.check(name) != "pass", 2 * NOTICE, "the loss")
