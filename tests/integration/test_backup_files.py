# SPDX-License-Identifier: Apache-2.0
"""Backups that are files: dumps in a directory, snapshots of etcd, directories of etcd-manager."""

import os
import shutil
import subprocess
import time
from datetime import datetime, timezone

import pytest
from backup_plans import error_of, plan, state, wait_for_all
from services.process import Process
from services.support import find_program, free_port, wait_until


def write(path, text="dump", age=0.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def stamp(age, form="%Y-%m-%dT%H:%M:%SZ"):
    return datetime.fromtimestamp(time.time() - age, timezone.utc).strftime(form)


def files(tmp_path, pattern="*.dump", **settings):
    started = {} if "name_time" in settings else {"dump_duration": "1s"}
    return {"format": "files", "glob": f"{tmp_path}/{pattern}", "settle": "5s", **started,
            **settings}


def reason(metrics, source):
    """Why the newest does not count; None if it does."""
    found = [labels["reason"] for labels, value in
             metrics.find("dr_backup_newest_not_counted", source=source) if value == 1]
    assert len(found) <= 1
    return found[0] if found else None


@pytest.mark.sanitized
def test_what_does_not_count(estate, tmp_path):
    """Beside a good dump of two hours ago, within an RPO of one."""
    cases = {
        "good": (lambda path: write(path / "new.dump", age=600), "pass", None, 0),
        "only": (lambda path: None, "fail", None, 0),
        "temporary": (lambda path: write(path / "new.dump.tmp", age=600), "fail", "running", 0),
        "empty": (lambda path: write(path / "new.dump", "", 600), "fail", "failed", 1),
        "small": (lambda path: write(path / "new.dump", "x", 600), "fail", "size", 1),
        "future": (lambda path: write(path / "new.dump", age=-3600), "fail", "future", 1),
        "growing": (lambda path: write(path / "new.dump", age=-1), "fail", "running", 0),
        "directory": (lambda path: (path / "new.dump").mkdir(), "fail", "failed", 1),
    }
    for name, (make, _, _, _) in cases.items():
        write(tmp_path / name / "old.dump", age=7200)
        make(tmp_path / name)
    exporter = estate.exporter(plan({name: files(tmp_path / name, "*.dump*", min_size="3B",
                                                 schedule="90m") for name in cases}))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    now = time.time()
    for name, (_, wanted, why, failures) in cases.items():
        age = 600 if wanted == "pass" else 7200
        assert state(metrics, name) == wanted, (name, error_of(exporter, name))
        assert reason(metrics, name) == why, name
        assert metrics.value("dr_backup_failures_since_success", source=name) == failures, name
        assert metrics.value("dr_recovery_point_age_seconds", source=name) == \
            pytest.approx(age, abs=10), name
        assert metrics.value("dr_backup_next_due_timestamp_seconds", source=name) == \
            pytest.approx(now - age + 5400, abs=10), name
        assert metrics.value("dr_backup_usable_backups", source=name) == 1 + (why is None
                                                                              and age == 600)
        assert metrics.value("dr_backup_recovery_window_oldest_timestamp_seconds",
                             source=name) == pytest.approx(now - 7200, abs=10)


def test_a_copy_is_not_a_backup_of_now(estate, tmp_path):
    """An old dump that is copied looks new by its modification time; its name tells the truth."""
    name = f"db-{stamp(40 * 86400, '%Y%m%d-%H%M%S')}.dump"
    write(tmp_path / "away" / name, age=40 * 86400)
    (tmp_path / "here").mkdir()
    shutil.copy(tmp_path / "away" / name, tmp_path / "here" / name)
    # In a directory of today as well.
    today = tmp_path / "today" / stamp(0, "%Y%m%d-%H%M%S")
    today.mkdir(parents=True)
    shutil.copy(tmp_path / "away" / name, today / name)
    exporter = estate.exporter(plan({
        "here": files(tmp_path / "here", name_time="%Y%m%d-%H%M%S", settle="1ms"),
        "today": files(tmp_path / "today", "*/*.dump", name_time="%Y%m%d-%H%M%S", settle="1ms")}))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    for source in ("here", "today"):
        assert state(metrics, source) == "fail"
        assert metrics.value("dr_recovery_point_age_seconds", source=source) == \
            pytest.approx(40 * 86400, abs=20)


def test_the_window_ends_at_a_hole(estate, tmp_path):
    """The dump of last year does not bring back last month."""
    for age in (600, 87000, 365 * 86400):
        write(tmp_path / f"{age}.dump", age=age)
    exporter = estate.exporter(plan({"all": files(tmp_path),
                                     "daily": files(tmp_path, schedule="1d")}))
    wait_for_all(exporter)
    for name, age in {"all": 365 * 86400, "daily": 87000}.items():
        assert exporter.metric("dr_backup_recovery_window_oldest_timestamp_seconds",
                               source=name) == pytest.approx(time.time() - age, abs=20)


def test_never_a_backup(estate, tmp_path):
    """No age is made up, the check fails, and a first backup repairs it."""
    started = time.time()
    (tmp_path / "empty").mkdir()
    write(tmp_path / "bad/a.dump", "", 600)
    sources = {name: files(tmp_path / name, schedule="1d") for name in ("empty", "bad", "gone")}
    exporter = estate.exporter(plan(sources))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    for name, wanted in {"empty": "fail", "bad": "fail", "gone": "unknown"}.items():
        assert state(metrics, name) == wanted
        assert metrics.value("dr_recovery_point_age_seconds", source=name) is None
        assert metrics.value("dr_backup_last_completion_timestamp_seconds", source=name) is None
        due = metrics.value("dr_backup_next_due_timestamp_seconds", source=name)
        assert due is None if name == "gone" else due == pytest.approx(started + 86400, abs=20)
    assert set(exporter.failures("gone")) == {"not_found"}
    assert not exporter.failures("empty")
    page = exporter.get("/").text
    assert "there is no backup" in page and "it is empty" in page
    write(tmp_path / "gone/a.dump", age=60)
    exporter.wait_for_check("gone", "pass", disruption="corruption")

    # When all are removed, what was known of them is worth nothing.
    shutil.rmtree(tmp_path / "gone")
    exporter.wait_for_check("gone", "unknown", disruption="corruption")
    (tmp_path / "gone").mkdir()
    exporter.wait_for_check("gone", "fail", disruption="corruption")
    assert exporter.metric("dr_recovery_point_age_seconds", source="gone") is None


def test_a_dump_is_as_of_its_start(estate, tmp_path):
    """pg_dump shows the data as of when it began, not when it was done."""
    write(tmp_path / "plain/a.dump", age=600)
    write(tmp_path / "named" / f"db-{stamp(4500, '%Y%m%d-%H%M%S')}.dump", age=600)
    write(tmp_path / "local" / f"db-{stamp(-3600, '%Y%m%d-%H%M%S')}.dump", age=600)
    sources = {
        "plain": files(tmp_path / "plain"),
        "slow": files(tmp_path / "plain", dump_duration="65m"),
        "named": files(tmp_path / "named", name_time="%Y%m%d-%H%M%S"),
        "local": files(tmp_path / "local", name_time="%Y%m%d-%H%M%S"),
        "unnamed": files(tmp_path / "plain", name_time="%Y%m%d-%H%M%S"),
    }
    exporter = estate.exporter(plan(sources))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    ages = {"plain": 600, "slow": 4500, "named": 4500, "local": None, "unnamed": None}
    for name, age in ages.items():
        found = metrics.value("dr_recovery_point_age_seconds", source=name)
        assert found == (age and pytest.approx(age, abs=10)), name
        assert state(metrics, name) == ("pass" if name == "plain" else "fail"), name
    assert metrics.value("dr_backup_last_duration_seconds", source="named") == \
        pytest.approx(3900, abs=5)
    assert "is it local time instead of UTC?" in exporter.get("/").text


@pytest.mark.slow
def test_a_real_dump_that_is_being_written(estate, tmp_path):
    """A dump that grows does not count; one that stopped does once it settled."""
    write(tmp_path / "old.dump", age=7200)
    exporter = estate.exporter(plan({"db": files(tmp_path, settle="2s")}))
    with open(tmp_path / "new.dump", "w", encoding="utf-8") as dump:
        writer = subprocess.Popen(["sh", "-c", "while :; do echo row; sleep 0.2; done"],
                                  stdout=dump)
        wait_for_all(exporter)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            assert exporter.check("db", disruption="corruption") == "fail"
        writer.kill()
        writer.wait()
    exporter.wait_for_check("db", "pass", disruption="corruption", timeout=5)


def test_etcd(estate, tmp_path):
    """The marker that etcd-manager writes last, and files of `etcdctl snapshot save`."""
    def directory(name, age, marker=True):
        path = tmp_path / name / f"{stamp(age)}-000001"
        write(path / "etcd.backup.gz", age=age - 5)
        if marker:
            write(path / "_etcd_backup.meta", "{}", age - 10)

    directory("kops", 900)
    directory("cut", 7200)
    directory("cut", 900, marker=False)
    write(tmp_path / "k3s" / f"etcd-snapshot-node1-{int(time.time() - 900)}", age=890)
    write(tmp_path / "part/snapshot.db.part", age=900)
    sources = {name: {"format": "etcd", "glob": f"{tmp_path}/{name}/*"}
               for name in ("kops", "cut", "part")}
    sources["k3s"] = {"format": "etcd", "glob": f"{tmp_path}/k3s/*", "name_time": "%s"}
    # Only the directories have the start in their names.
    sources["undated"] = {"format": "etcd", "glob": f"{tmp_path}/k3s/*"}
    exporter = estate.exporter(plan(sources))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    for name, age in {"kops": 900, "cut": 7200, "k3s": 900, "part": None,
                      "undated": None}.items():
        assert metrics.value("dr_recovery_point_age_seconds", source=name) == \
            (age and pytest.approx(age, abs=10)), (name, error_of(exporter, name))
    assert reason(metrics, "cut") in ("running", "failed")
    assert state(metrics, "part") == "fail"


def test_a_real_snapshot_of_etcd(estate, tmp_path):
    """Saved by the real etcdctl from a real etcd."""
    client, peer = free_port(), free_port()
    etcd = estate.keep(Process([find_program("etcd", "etcd-server"), "--data-dir",
                                tmp_path / "data", "--listen-client-urls",
                                f"http://127.0.0.1:{client}", "--advertise-client-urls",
                                f"http://127.0.0.1:{client}", "--listen-peer-urls",
                                f"http://127.0.0.1:{peer}"], tmp_path / "etcd.log"))
    etcd.start()
    (tmp_path / "backups").mkdir()
    exporter = estate.exporter(plan({"etcd": {"format": "etcd", "settle": "1s",
                                              "min_size": "10KiB", "dump_duration": "10s",
                                              "glob": f"{tmp_path}/backups/*.db*"}}))
    exporter.wait_for_check("etcd", "fail", disruption="corruption")
    etcdctl = [find_program("etcdctl", "etcd-client"), f"--endpoints=http://127.0.0.1:{client}"]
    environment = {**os.environ, "ETCDCTL_API": "3"}
    wait_until(lambda: subprocess.run([*etcdctl, "put", "key", "value"], env=environment,
                                      capture_output=True, check=False).returncode == 0, 15,
               "etcd to answer")
    subprocess.run([*etcdctl, "snapshot", "save", tmp_path / "backups/snapshot.db"],
                   env=environment, capture_output=True, check=True)
    exporter.wait_for_check("etcd", "pass", disruption="corruption")
    assert exporter.metric("dr_backup_last_size_bytes", source="etcd") == \
        (tmp_path / "backups/snapshot.db").stat().st_size


@pytest.mark.slow
def test_a_hundred_thousand_files(estate, tmp_path):
    """The newest is found in time and bounded memory; how far back they go is not claimed."""
    count = 100_000
    now = time.time()
    for number in range(count):
        path = tmp_path / f"{number:06}.dump"
        path.write_bytes(b"x")
        os.utime(path, (now - 600 - 60 * number,) * 2)
    exporter = estate.exporter(plan({"db": files(tmp_path)}, interval=2, timeout=10))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    assert state(metrics, "db") == "pass"
    assert metrics.value("dr_recovery_point_age_seconds") == pytest.approx(600, abs=60)
    assert metrics.value("dr_backup_usable_backups") is None
    assert metrics.value("dr_backup_recovery_window_oldest_timestamp_seconds") is None
    assert metrics.value("dr_source_last_collection_duration_seconds") < 5
    assert metrics.value("process_resident_memory_bytes") < 64 * 1024 * 1024
