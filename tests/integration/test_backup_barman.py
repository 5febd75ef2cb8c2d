# SPDX-License-Identifier: Apache-2.0
"""Barman with base backups and WAL by streaming: what fails, stalls, or is not complete."""

import shutil

import pytest
from services.barman import SERVER, Barman
from services.support import holds_for, wait_until

from backup_tools import NOTICE, SEGMENT_MEGABYTES, age, plan, primary
from plans import start_load


def source(tool, **settings):
    return {"format": "barman", "command": tool.list_argv(), "set": SERVER, **settings}


def follow(tool, **settings):
    return source(tool, archive_command=tool.diagnose_argv(), **primary(tool.server), **settings)


@pytest.fixture(name="tool", scope="module")
def fixture_tool(module_estate):
    server = module_estate.primary(segment_megabytes=SEGMENT_MEGABYTES)
    tool = Barman(module_estate.new_directory(), server)
    module_estate.keep(tool).start()
    return tool


@pytest.mark.slow
def test_b1_b2_never_failed_and_waiting_do_not_count(estate, tool):
    exporter = estate.exporter(plan({"orders": source(tool)}, rpo="1h"))
    exporter.wait_for_check("orders", "fail", timeout=10)
    assert age(exporter, "orders") is None
    tool.backup_in_vain()
    exporter.wait_for_metric("dr_backup_failures_since_success", 1, source="orders",
                             timeout=NOTICE)
    assert exporter.check("orders") == "fail"
    tool.backup_without_wal()
    try:
        holds_for(NOTICE / 2, lambda: exporter.check("orders") != "pass", "not ready")
        assert age(exporter, "orders") is None
    finally:
        tool.settle()
    exporter.wait_for_check("orders", "pass", timeout=NOTICE)
    assert exporter.metric("dr_backup_failures_since_success", source="orders") == 0
    ended = max(int(entry["end_time_timestamp"]) for entry in tool.backups()
                if entry["status"] == "DONE")
    assert exporter.metric("dr_recovery_point_timestamp_seconds", source="orders") == ended
    tool.backup_in_vain()
    exporter.wait_for_metric("dr_backup_failures_since_success", 1, source="orders",
                             timeout=NOTICE)


@pytest.mark.slow
def test_b5_wal_whose_gaps_are_not_told(estate, tool):
    """`barman diagnose` names the last segment only, so WAL does not make the recovery point newer
    than the backup."""
    if not any(entry["status"] == "DONE" for entry in tool.backups()):
        tool.backup()
    load = start_load(tool.server)
    exporter = estate.exporter(plan({"orders": follow(tool)}, rpo="1h"))
    exporter.wait_for_check("orders", "pass", timeout=15)

    def is_of_the_backup():
        tool.advance()
        ended = [int(entry["end_time_timestamp"]) for entry in tool.backups()
                 if entry["status"] == "DONE"]
        return exporter.metric("dr_recovery_point_timestamp_seconds", source="orders") in ended
    holds_for(8, is_of_the_backup, "the backup's own date")
    exporter.wait_for_check("orders", "pass", timeout=15)
    assert exporter.metric("dr_backup_primary_up", source="orders") == 1
    assert exporter.metric("dr_backup_archive_unbroken", source="orders") is None
    load.close()


def test_b5_an_emptied_archive(estate, tool):
    """A backup without the WAL that was written while it was made is none."""
    if not any(entry["status"] == "DONE" for entry in tool.backups()):
        tool.backup()
    exporter = estate.exporter(plan({"orders": follow(tool)}, rpo="1h"))
    exporter.wait_for_check("orders", "pass", timeout=15)
    wals = tool.home / SERVER / "wals"
    away = wals.rename(wals.with_name("away"))
    try:
        exporter.wait_for_check("orders", "fail", timeout=NOTICE)
        assert exporter.metric("dr_backup_usable_backups", source="orders") == 0
    finally:
        if wals.exists():
            shutil.rmtree(wals)
        away.rename(wals)
    exporter.wait_for_check("orders", "pass", timeout=NOTICE)


@pytest.mark.slow
def test_unknown_server_and_no_barman(estate, tool):
    exporter = estate.exporter(plan({
        "unknown": {**source(tool), "command": tool.argv("-f", "json", "list-backup", "nobody")},
        "elsewhere": {**source(tool), "set": "other"},
        "console": {**source(tool), "command": tool.argv("list-backup", SERVER)}}, rpo="1h"))
    for name in ("unknown", "elsewhere", "console"):
        wait_until(lambda name=name: exporter.failures(name), 15, f"{name} to fail")
        assert exporter.check(name) == "unknown"
    assert set(exporter.failures("console")) == {"protocol"}
    assert set(exporter.failures("elsewhere")) == {"not_found"}
