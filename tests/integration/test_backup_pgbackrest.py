# SPDX-License-Identifier: Apache-2.0
"""pgBackRest with two repositories: what dies, stalls, is corrupt or was never there."""

import time

import pytest
from services.pgbackrest import PgBackRest
from services.support import holds_for, wait_until

from backup_tools import INTERVAL, NOTICE, SEGMENT_MEGABYTES, age, plan, primary
from plans import start_load

RPO = 10


class Bed:
    """A primary whose archive is never more than some seconds old."""

    def __init__(self, estate, repositories=1):
        self.server = estate.primary(segment_megabytes=SEGMENT_MEGABYTES, archive_mode="on",
                                     archive_timeout="1s", archive_command="")
        self.tool = PgBackRest(estate.new_directory(), self.server, repositories)

    def source(self, repository, **settings):
        return {"format": "pgbackrest", "command": self.tool.info_argv(), "set": "main",
                "repository": str(repository), **settings}

    def follow(self, repository, **settings):
        return self.source(repository, archive_command=self.tool.archive_argv(repository),
                           **primary(self.server), **settings)

    def break_archive(self):
        self.server.set(archive_command="false")

    def mend_archive(self):
        self.server.set(archive_command=self.tool.archive_command)


@pytest.fixture(name="bed", scope="module")
def fixture_bed(module_estate):
    bed = Bed(module_estate, repositories=2)
    bed.tool.create()
    bed.tool.backup("full", 1)
    bed.tool.backup("full", 2)
    start_load(bed.server)
    return bed


def start(estate, sources, rpo=f"{RPO}s"):
    return estate.exporter(plan(sources, rpo))


@pytest.mark.slow
def test_b5_archive_stalls_and_catches_up(estate, bed):
    exporter = start(estate, {"orders": bed.follow(1)})
    exporter.wait_for_check("orders", "pass", timeout=15)
    holds_for(3, lambda: exporter.check("orders") == "pass" and age(exporter, "orders") < 6,
              "pass while WAL is archived")
    bed.break_archive()
    broken = time.time()
    exporter.wait_for_metric("dr_backup_archive_failing", 1, source="orders")
    exporter.wait_for_check("orders", "fail", timeout=RPO + NOTICE)
    elapsed = time.time() - broken
    assert elapsed - 1 <= age(exporter, "orders") <= elapsed + 6
    wait_until(lambda: exporter.metric("dr_backup_archive_ready_files", source="orders") >= 3, 10,
               "files to wait")
    bed.mend_archive()
    exporter.wait_for_check("orders", "pass", timeout=20)
    exporter.wait_for_metric("dr_backup_archive_failing", 0, source="orders")


def test_b4_the_far_repository_dies(estate, bed):
    exporter = start(estate, {"near": bed.follow(1), "far": bed.follow(2)})
    exporter.wait_for_check("near", "pass", timeout=15)
    exporter.wait_for_check("far", "pass", timeout=15)
    before = age(exporter, "far")
    bed.tool.lose(2)
    try:
        wait_until(lambda: exporter.check("far") != "pass", NOTICE, "far to be not ready")
        assert exporter.check("near") == "pass"
        holds_for(2, lambda: exporter.check("far") != "pass", "not ready")
        wait_until(lambda: "missing stanza path" in exporter.log(), 5, "the reason in the log")
        assert age(exporter, "far") >= before
    finally:
        bed.tool.find(2)
    exporter.wait_for_check("far", "pass", timeout=20)


def newest_stop(bed, repository=1):
    backups = [backup for backup in bed.tool.info()[0]["backup"]
               if backup["database"]["repo-key"] == repository]
    return max(backup["archive"]["stop"] for backup in backups)


@pytest.mark.slow
def test_b5_a_gap_in_the_archive(estate, bed):
    """What lies behind a segment that is missing cannot be restored, and pgbackrest info does not
    tell of it."""
    exporter = start(estate, {"orders": bed.follow(1), "far": bed.follow(2)})
    exporter.wait_for_check("orders", "pass", timeout=15)
    exporter.wait_for_metric("dr_backup_archive_unbroken", 1, source="orders")
    stop = newest_stop(bed)
    wait_until(lambda: len([path for path in bed.tool.segments() if path.name[:24] > stop]) > 3,
               20, "segments after the backup")
    lost = [path for path in bed.tool.segments() if path.name[:24] > stop][1]
    lost.unlink()
    exporter.wait_for_metric("dr_backup_archive_unbroken", 0, source="orders", timeout=NOTICE)
    exporter.wait_for_check("orders", "fail", timeout=RPO + NOTICE)
    assert exporter.metric("dr_backup_archive_failing", source="orders") == 1
    before = age(exporter, "orders")
    holds_for(3, lambda: exporter.check("orders") == "fail", "fail while WAL is archived")
    assert age(exporter, "orders") > before + 2
    assert bed.tool.info()[0]["archive"][0]["max"] > lost.name[:24]
    assert exporter.check("far") == "pass"
    bed.tool.backup("full", 1)
    exporter.wait_for_check("orders", "pass", timeout=20)
    assert exporter.metric("dr_backup_archive_unbroken", source="orders") == 1


@pytest.mark.slow
def test_b5_the_queue_was_too_long(estate):
    """With archive-push-queue-max WAL is dropped, and PostgreSQL hears that all is well."""
    bed = Bed(estate)
    bed.tool.create()
    bed.tool.backup()
    bed.tool.write_config(archive_push_queue_max="1MiB")
    start_load(bed.server)
    exporter = start(estate, {"orders": bed.follow(1)})
    exporter.wait_for_check("orders", "pass", timeout=15)
    bed.tool.lose(1)
    failed = "SELECT failed_count FROM pg_stat_archiver"
    time.sleep(8)
    bed.tool.find(1)
    newest = bed.tool.segments()[-1].name
    wait_until(lambda: bed.tool.segments()[-1].name > newest, 15, "WAL to be archived again")
    exporter.wait_for_metric("dr_backup_archive_unbroken", 0, source="orders", timeout=NOTICE)
    print("failed attempts:", bed.server.sql(failed))
    exporter.wait_for_check("orders", "fail", timeout=RPO + NOTICE)
    holds_for(3, lambda: exporter.check("orders") == "fail", "fail while WAL is archived")


@pytest.mark.slow
def test_b5_an_emptied_archive(estate):
    """A backup without the WAL that was written while it was made is none."""
    bed = Bed(estate)
    bed.tool.create()
    bed.tool.backup()
    plain = bed.source(1)
    exporter = start(estate, {"plain": plain, "listed": bed.follow(1)}, "1h")
    exporter.wait_for_check("plain", "pass", timeout=15)
    exporter.wait_for_check("listed", "pass", timeout=15)
    bed.break_archive()
    time.sleep(2)
    for path in bed.tool.segments():
        path.unlink()
    for name in ("plain", "listed"):
        exporter.wait_for_check(name, "fail", timeout=NOTICE)
        assert exporter.metric("dr_backup_usable_backups", source=name) == 0
    assert "is not in the archive" in exporter.get("/").text


@pytest.mark.slow
def test_list_of_another_repository(estate, bed):
    """A list that cannot be of the repository whose backups are told of proves nothing."""
    wrong = {**bed.follow(1), "archive_command": bed.tool.argv(
        "--repo=1", "repo-ls", "--recurse", "--output=json", "archive/other")}
    blind = {**bed.source(1), **primary(bed.server)}
    exporter = start(estate, {"wrong": wrong, "blind": blind}, "1h")
    wait_until(lambda: exporter.failures("wrong"), 15, "wrong to fail")
    assert exporter.check("wrong") == "unknown"
    assert set(exporter.failures("wrong")) == {"inconsistent"}
    # Without a list nobody knows that no segment is missing: the backup alone counts.
    exporter.wait_for_check("blind", "pass", timeout=15)
    stops = [backup["timestamp"]["stop"] for backup in bed.tool.info()[0]["backup"]
             if backup["database"]["repo-key"] == 1]
    assert exporter.metric("dr_recovery_point_timestamp_seconds", source="blind") == max(stops)
    assert exporter.metric("dr_backup_archive_unbroken", source="blind") is None


@pytest.mark.slow
def test_b5_only_the_backup_counts_without_a_primary(estate, bed):
    """Segments in an archive have no dates: without the primary only the backup is dated."""
    exporter = start(estate, {"orders": bed.source(1)}, "1h")
    exporter.wait_for_check("orders", "pass", timeout=15)
    stops = [backup["timestamp"]["stop"] for backup in bed.tool.info()[0]["backup"]
             if backup["database"]["repo-key"] == 1]
    assert exporter.metric("dr_recovery_point_timestamp_seconds", source="orders") == max(stops)


@pytest.mark.slow
def test_restarted_exporter_knows_the_past(estate, bed):
    """The dates of WAL segments tell when the primary was where the archive ends."""
    bed.break_archive()
    try:
        time.sleep(RPO / 2)
        exporter = start(estate, {"orders": bed.follow(1)})
        wait_until(lambda: age(exporter, "orders") is not None, 10, "a recovery point")
        assert RPO / 2 - 2 <= age(exporter, "orders") <= RPO + 2
    finally:
        bed.mend_archive()


@pytest.mark.slow
def test_lost_primary_keeps_the_last_known_point(estate, bed):
    proxy = estate.proxy(bed.server.port)
    source = {**bed.follow(1), **primary(bed.server, proxy.port)}
    exporter = start(estate, {"orders": source})
    exporter.wait_for_check("orders", "pass", timeout=15)
    proxy.cut()
    exporter.wait_for_metric("dr_backup_primary_up", 0, source="orders", timeout=NOTICE)
    exporter.wait_for_check("orders", "fail", timeout=RPO + NOTICE)
    before = age(exporter, "orders")
    time.sleep(2)
    assert before + 1 <= age(exporter, "orders") <= before + 4
    proxy.heal()
    exporter.wait_for_check("orders", "pass", timeout=20)


@pytest.mark.slow
def test_types_and_a_running_backup(estate, bed):
    exporter = start(estate, {"orders": bed.follow(1)})
    exporter.wait_for_check("orders", "pass", timeout=15)
    bed.tool.backup("diff", 1)
    bed.tool.backup("incr", 1)
    for kind in ("full", "differential", "incremental"):
        wait_until(lambda kind=kind: exporter.metric(
            "dr_backup_last_completion_timestamp_seconds", source="orders", type=kind), NOTICE,
            f"a {kind} backup")
    usable = exporter.metric("dr_backup_usable_backups", source="orders")
    # With its checkpoint spread out a backup runs for as long as we like.
    running = bed.tool.start_slowly()
    try:
        wait_until(lambda: bed.tool.info()[0]["status"]["lock"]["backup"]["held"], 20,
                   "the backup to run")
        holds_for(3 * INTERVAL, lambda: exporter.metric(
            "dr_backup_usable_backups", source="orders") == usable, "not counted while it runs")
        assert exporter.check("orders") == "pass"
    finally:
        running.stop()


@pytest.mark.slow
def test_another_primary_or_a_standby_proves_nothing(estate, bed):
    other = estate.primary("other", segment_megabytes=SEGMENT_MEGABYTES)
    standby = estate.standby(bed.server)
    wrong_size = {**bed.follow(1), "wal_segment_size": "16MiB"}
    bed.server.create_monitor("nobody")
    powerless = {**bed.follow(1), "primary_dsn": bed.server.dsn(user="nobody")}
    exporter = start(estate, {
        "other": {**bed.source(1), **primary(other)},
        "standby": {**bed.source(1), **primary(standby)},
        "size": wrong_size, "powerless": powerless}, "1h")
    reasons = {"other": "inconsistent", "standby": "inconsistent", "size": "inconsistent",
               "powerless": "permission"}
    for name, reason in reasons.items():
        wait_until(lambda name=name: exporter.failures(name), 15, f"{name} to fail")
        assert set(exporter.failures(name)) == {reason}, name
        assert exporter.check(name) != "pass"


@pytest.mark.slow
def test_idle_primary_is_up_to_date(estate):
    """Trap P1 of the archive: with nothing to write, nothing is archived and nothing is lost."""
    bed = Bed(estate)
    bed.tool.create()
    bed.tool.backup()
    exporter = start(estate, {"orders": bed.follow(1)})
    bed.server.write()
    exporter.wait_for_check("orders", "pass", timeout=20)
    bed.server.sql("CHECKPOINT")
    holds_for(2 * RPO, lambda: exporter.check("orders") == "pass", "pass while idle")
    # That nothing was committed is known also where the conversation began anew.
    bed.tool.lose(1)
    wait_until(lambda: exporter.check("orders") == "unknown", NOTICE, "the repository to be missed")
    bed.tool.find(1)
    exporter.wait_for_check("orders", "pass", timeout=20)
    holds_for(2 * RPO, lambda: exporter.check("orders") == "pass", "pass while still idle")


@pytest.mark.slow
def test_b1_never_a_stanza_never_a_backup(estate):
    bed = Bed(estate)
    exporter = start(estate, {"orders": bed.follow(1), "elsewhere": bed.source(1, set="other")})
    exporter.wait_for_check("orders", "unknown", timeout=15)
    assert age(exporter, "orders") is None
    bed.tool.create()
    exporter.wait_for_check("orders", "fail", timeout=15)
    assert age(exporter, "orders") is None
    assert exporter.metric("dr_backup_usable_backups", source="orders") == 0
    assert exporter.metric("dr_rpo_exposure_seconds", dr_service="orders",
                           disruption="region") == float("inf")
    assert exporter.check("elsewhere") != "pass"
    bed.tool.backup()
    exporter.wait_for_check("orders", "pass", timeout=20)
    # A name that is not there may be a mistake: nobody knows.
    assert exporter.check("elsewhere") == "unknown"
    assert "not_found" in exporter.failures("elsewhere")


@pytest.mark.slow
def test_b2_corrupt_pages(estate):
    bed = Bed(estate)
    bed.server.stop()
    bed.server.enable_checksums()
    bed.server.start()
    bed.tool.create()
    bed.server.write(5000)
    bed.tool.backup()
    exporter = start(estate, {"orders": bed.source(1)}, "1h")
    exporter.wait_for_check("orders", "pass", timeout=15)
    first = exporter.metric("dr_recovery_point_timestamp_seconds", source="orders")
    bed.server.sql("CREATE TABLE spoiled AS SELECT * FROM load")
    bed.server.corrupt("spoiled")
    bed.tool.run("backup", "--type=full")
    exporter.wait_for_metric("dr_backup_failures_since_success", 1, timeout=NOTICE,
                             source="orders")
    assert exporter.metric("dr_recovery_point_timestamp_seconds", source="orders") == first
    assert exporter.metric("dr_backup_usable_backups", source="orders") == 1
    # What is only referenced is as bad.
    bed.tool.run("backup", "--type=incr")
    exporter.wait_for_metric("dr_backup_failures_since_success", 2, timeout=NOTICE,
                             source="orders")
    bed.server.sql("DROP TABLE spoiled")
    bed.tool.backup("incr")
    exporter.wait_for_metric("dr_backup_failures_since_success", 0, timeout=NOTICE,
                             source="orders")
    # It goes together with those that build on it.
    label = bed.tool.info()[0]["backup"][1]["label"]
    bed.tool.run("expire", f"--set={label}", "--repo=1")
    exporter.wait_for_metric("dr_recovery_point_timestamp_seconds", first, timeout=NOTICE,
                             source="orders")
