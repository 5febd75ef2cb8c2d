# SPDX-License-Identifier: Apache-2.0
"""WAL-G through files that a job writes, with a real primary behind them; the documents are as its
documentation and its source show them."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from services.support import wait_until

from backup_tools import NOTICE, SEGMENT_MEGABYTES, age, plan, primary


@pytest.fixture(name="server", scope="module")
def fixture_server(module_estate):
    return module_estate.primary(segment_megabytes=SEGMENT_MEGABYTES)


class WalG:
    """Its two documents about a server."""

    def __init__(self, directory, server):
        self.server = server
        self.list_path = directory / "backups.json"
        self.verify_path = directory / "verify.json"
        self.system = int(server.sql("SELECT system_identifier FROM pg_control_system()"))
        self.first = self.segment(server.lsn())

    def segment(self, lsn):
        return self.server.sql(f"SELECT pg_walfile_name('{lsn}')")

    @staticmethod
    def number(lsn):
        high, low = lsn.split("/")
        return int(high, 16) << 32 | int(low, 16)

    def write(self, path, document):
        new = path.with_suffix(".new")
        new.write_text(document if isinstance(document, str) else json.dumps(document))
        new.rename(path)

    def tell_backup(self, minutes_ago, **more):
        """One that began in the first segment and ended where the server is now."""
        end = datetime.now(timezone.utc) - timedelta(minutes=minutes_ago)
        instant = "%Y-%m-%dT%H:%M:%S.%fZ"
        self.write(self.list_path, [{
            "backup_name": f"base_{self.first}", "time": end.strftime(instant),
            "wal_file_name": self.first, "storage_name": "default",
            "start_time": (end - timedelta(minutes=1)).strftime(instant),
            "finish_time": end.strftime(instant), "date_fmt": "%Y-%m-%dT%H:%M:%S.%fZ",
            "hostname": "db1", "data_dir": "/data", "pg_version": 150004,
            "start_lsn": self.number(self.server.lsn()),
            "finish_lsn": self.number(self.server.lsn()), "is_permanent": False,
            "system_identifier": self.system, "uncompressed_size": 23000000,
            "compressed_size": 4000000, **more}])

    def tell_archive(self, *runs):
        """Each run is first segment, last segment, status."""
        lost = any(status == "MISSING_LOST" for _, _, status in runs)
        self.write(self.verify_path, {
            "integrity": {"status": "FAILURE" if lost else "OK", "details": [
                {"timeline_id": 1, "start_segment": first, "end_segment": last,
                 "segments_count": 1, "status": status} for first, last, status in runs]},
            "timeline": {"status": "OK", "details": {"current_timeline_id": 1,
                                                     "highest_storage_timeline_id": 1}}})

    def advance(self):
        """The name of a segment that was completed just now."""
        self.server.write()
        name = self.segment(self.server.lsn())
        self.server.sql("SELECT pg_switch_wal()")
        return name


@pytest.fixture(name="tool")
def fixture_tool(estate, server):
    return WalG(estate.new_directory(), server)


def source(tool, **settings):
    return {"format": "wal-g", "file": str(tool.list_path), "archive_file": str(tool.verify_path),
            **primary(tool.server), **settings}


@pytest.mark.slow
def test_b5_wal_leads_beyond_the_backup_up_to_a_gap(estate, tool):
    tool.tell_backup(30)
    last = tool.advance()
    tool.tell_archive((tool.first, last, "FOUND"))
    exporter = estate.exporter(plan({"orders": source(tool)}, rpo="10m"))
    exporter.wait_for_check("orders", "pass", timeout=15)
    assert age(exporter, "orders") < 60
    lost = tool.advance()
    newest = tool.advance()
    tool.tell_archive((tool.first, last, "FOUND"), (lost, lost, "MISSING_LOST"),
                      (newest, newest, "FOUND"))
    exporter.wait_for_metric("dr_backup_archive_failing", 1, source="orders", timeout=NOTICE)
    before = age(exporter, "orders")
    wait_until(lambda: age(exporter, "orders") > before + 1, 10, "the age to grow")
    # Nothing is left from which to go on: only the backup itself is of use.
    tool.tell_archive((newest, newest, "FOUND"))
    wait_until(lambda: exporter.check("orders") != "pass", NOTICE, "not ready")


@pytest.mark.slow
def test_of_another_database(estate, tool):
    tool.tell_backup(30, system_identifier=tool.system ^ 1)
    tool.tell_archive((tool.first, tool.advance(), "FOUND"))
    exporter = estate.exporter(plan({"orders": source(tool)}, rpo="10m"))
    wait_until(lambda: exporter.failures("orders"), 15, "a failure")
    assert set(exporter.failures("orders")) == {"inconsistent"}
    assert exporter.check("orders") != "pass"


@pytest.mark.slow
def test_b1_b6_nothing_found_and_noise(estate, tool):
    tool.write(tool.list_path, "INFO: 2026/11/21 10:00:00.000000 No backups found\n")
    tool.tell_archive()
    exporter = estate.exporter(plan({"orders": source(tool)}, rpo="10m"))
    exporter.wait_for_check("orders", "fail", timeout=15)
    assert age(exporter, "orders") is None
    tool.write(tool.list_path, "WARNING: no config\n[]")
    exporter.wait_for_check("orders", "unknown", timeout=NOTICE)
    wait_until(lambda: "WARNING: no config" in exporter.log(), 5, "the noise in the log")
    tool.tell_backup(1)
    # What the report has not found is not there.
    exporter.wait_for_check("orders", "fail", timeout=NOTICE)
    tool.tell_archive((tool.first, tool.advance(), "FOUND"))
    exporter.wait_for_check("orders", "pass", timeout=NOTICE)
