# SPDX-License-Identifier: Apache-2.0
"""deploy/restore-test/pgbackrest-restore-test: a restore that works, and some that do not."""

import os
import subprocess

import pytest
from services.exporter import program
from services.pgbackrest import STANZA, PgBackRest
from services.support import ROOT, wait_until

from backup_tools import SEGMENT_MEGABYTES
from drills import plan

SCRIPT = ROOT / "deploy/restore-test/pgbackrest-restore-test"


class Bed:
    def __init__(self, estate):
        self.server = estate.primary(segment_megabytes=SEGMENT_MEGABYTES, archive_mode="on",
                                     archive_timeout="1s", archive_command="")
        self.tool = PgBackRest(estate.new_directory(), self.server, 1).create()
        self.server.write(1000)
        self.tool.backup()
        self.results = estate.new_directory()
        self.places = estate.new_directory()
        for path in (self.results, self.places):
            path.chmod(0o777)
        # Copies, because the server's user may not be able to enter the place of the originals.
        programs = estate.new_directory()
        self.program = programs / "dr_exporter"
        self.script = programs / SCRIPT.name
        for copy, original in ((self.program, program()), (self.script, SCRIPT)):
            copy.write_bytes(original.read_bytes())
            copy.chmod(0o755)

    def restore(self, *flags):
        argv = [str(self.script), f"--stanza={STANZA}", "--service=shop",
                f"--results={self.results}", f"--config={self.tool.config}",
                f"--pg-bin={self.server.binaries}", f"--dr-exporter={self.program}",
                f"--scratch={self.places}/scratch", *flags]
        if self.server.user and os.geteuid() == 0:
            argv = ["setpriv", "--reuid", self.server.user, "--regid", self.server.user,
                    "--init-groups", *argv]
        return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120,
                              cwd=self.places)


@pytest.fixture(name="bed", scope="module")
def fixture_bed(module_estate):
    return Bed(module_estate)


@pytest.mark.slow
def test_a_restore_is_recorded_and_leaves_nothing_behind(estate, bed):
    # The last rows are only in the archive.
    bed.server.sql("CREATE TABLE last AS SELECT now() AS at")
    bed.server.sql("SELECT pg_switch_wal()")
    wait_until(lambda: bed.server.sql(
        "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'") == "0", 20,
        "the archive")
    done = bed.restore("--query=SELECT count(*) > 900 FROM load",
                       "--age-query=SELECT extract(epoch FROM max(at)) FROM last")
    assert done.returncode == 0, done.stderr
    assert not any(bed.places.iterdir())
    exporter = estate.exporter(plan(bed.results))
    exporter.wait_for_metric("dr_drill_last_result", 1, drill="restore", timeout=10)
    metrics = exporter.metrics()
    assert 0 < metrics.value("dr_drill_recovery_seconds", drill="restore") < 100
    assert metrics.value("dr_drill_data_loss_seconds", drill="restore") < 60
    assert metrics.value("dr_drill_phase_seconds", drill="restore", phase="execute") >= 0
    # The original was not touched.
    assert bed.server.sql("SELECT count(*) FROM last") == "1"


@pytest.mark.slow
@pytest.mark.parametrize("flags,reason", [
    (["--query=SELECT count(*) > 1000000 FROM load"], "the query gives 'f'"),
    (["--query=SELECT false, count(*) FROM load"], "the query gives 'f'"),
    (["--query=SELECT NULL, count(*) FROM load"], "the query gives ''"),
    (["--query=SELECT 1 FROM missing"], "the query failed"),
    (["--stanza=nobody"], "the restore failed"),
    (["--age-query=SELECT extract(epoch FROM now() + interval '1 day')"], "dated in the future"),
])
def test_a_failure_is_recorded(estate, bed, flags, reason):
    done = bed.restore(*flags)
    assert done.returncode == 1, done.stderr
    assert reason in done.stderr
    assert not any(bed.places.iterdir())
    exporter = estate.exporter(plan(bed.results))
    exporter.wait_for_metric("dr_drill_last_result", 0, drill="restore", timeout=10)


@pytest.mark.slow
def test_usage(bed):
    for flags in (["--service="], ["--what=x"], ["--timeout=soon"], ["--results=/missing"],
                  [f"--scratch={bed.results}"]):
        done = bed.restore(*flags)
        assert done.returncode == 2, done.stderr
        assert "Usage:" in done.stderr
    assert bed.results.is_dir()
