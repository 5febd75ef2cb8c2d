# SPDX-License-Identifier: Apache-2.0
"""The textfile collector: verdicts from .prom files, and files of every bad kind."""

import os
import shutil
import socket
import subprocess
import time

import pytest
import yaml
from services.exporter import Metrics, program, run
from services.support import find_program, holds_for, wait_until

import drills


@pytest.fixture(name="directory")
def fixture_directory(estate):
    return estate.new_directory()


def once(tmp_path, directory, **settings):
    """(exit status, metrics) of one collection."""
    path = tmp_path / "dr.yml"
    path.write_text(yaml.safe_dump(drills.plan(directory, **settings)))
    done = run("once", f"--config.file={path}")
    return done.returncode, Metrics(done.stdout)


@pytest.mark.sanitized
def test_verdicts_follow_the_files(estate, directory):
    exporter = estate.exporter(drills.plan(directory))

    def wait(check, state, disruption="region"):
        wait_until(lambda: exporter.check("shop", disruption, check) == state, 10,
                   f"{check} to be {state}")

    for check in ("drill", "rto", "runbook"):
        assert exporter.check("shop", check=check) == "unknown"

    record = ("drill", "record", f"--directory={directory}", "--service=shop")
    assert run(*record, "--type=full", "--result=success", "--recovery=9m",
               "--phase=cleanup=1m", "--runbook-validated").returncode == 0
    for check in ("drill", "rto", "runbook"):
        wait(check, "pass")
    assert exporter.metric("dr_rto_estimate_seconds", dr_service="shop") == 540
    assert exporter.metric("dr_rto_component_seconds", component="other") == 540
    assert exporter.check("shop", "corruption", "rto") == "unknown"
    assert exporter.check("shop", "corruption", "restore") == "unknown"
    assert exporter.metric("dr_ready", dr_service="shop", disruption="region") == 1

    assert run(*record, "--type=restore", "--result=success", "--recovery=61m",
               "--phase=cleanup=1m").returncode == 0
    wait("rto", "fail", "corruption")
    wait("restore", "pass", "corruption")
    tested = exporter.metric("dr_backup_last_restore_test_timestamp_seconds", dr_service="shop")
    assert abs(tested - time.time()) < 60
    assert exporter.metric("dr_backup_last_restore_test_duration_seconds",
                           dr_service="shop") == 3660

    # What failed last does not work now, whatever it did before.
    assert run(*record, "--type=restore", "--result=failure").returncode == 0
    wait("restore", "fail", "corruption")
    assert exporter.check("shop", check="rto") == "pass"
    assert run(*record, "--type=full", "--result=failure").returncode == 0
    wait("rto", "fail")
    wait("drill", "fail")
    assert run(*record, "--type=full", "--result=success", "--recovery=11m",
               "--phase=cleanup=1m").returncode == 0
    wait("drill", "pass")
    assert exporter.check("shop", check="rto") == "fail"

    # Evidence that is gone proves nothing any more.
    (directory / "dr_drill_shop.prom").unlink()
    for check in ("drill", "rto", "runbook"):
        wait(check, "unknown")
    assert exporter.metric("dr_source_up", source="drills") == 1


def test_old_drill_fails(tmp_path, directory):
    (directory / "a.prom").write_text(drills.success(age=366 * drills.DAY))
    status, metrics = once(tmp_path, directory)
    assert status == 0
    assert metrics.check("shop", check="drill") == "fail"
    assert metrics.check("shop", check="rto") == "pass"


def odd_files(directory):
    """Everything that is called .prom and must not be read."""
    os.mkfifo(directory / "fifo.prom")
    (directory / "directory.prom").mkdir()
    (directory / "loop.prom").symlink_to("loop.prom")
    (directory / "dangling.prom").symlink_to("nowhere")
    (directory / "device.prom").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(directory / "socket.prom"))
    with open(directory / "huge.prom", "wb") as huge:
        huge.truncate(1 << 34)
    (directory / "half.prom").write_text(drills.success("half")[:-20])
    (directory / "crlf.prom").write_text(drills.success("crlf"), newline="\r\n")
    (directory / "zero.prom").write_bytes(b"a\0b 1\n" * 100)
    (directory / "future.prom").write_text(drills.success("future", age=-3600))
    (directory / "milliseconds.prom").write_text(
        f'dr_runbook_validated_timestamp_seconds{{dr_service="ms"}} {time.time() * 1000}\n')
    (directory / "timestamp.prom").write_text("up 1 1700000000000\n")
    (directory / "clash.prom").write_text(
        drills.success("clash").replace("gauge", "counter"))
    return 14


def test_bad_files_do_not_hide_good_ones(estate, directory):
    count = odd_files(directory)
    (directory / "good.prom").write_text(drills.success())
    (directory / "ignored.txt").write_text(drills.success("ignored"))
    (directory / "being-written.prom.tmp").write_text(drills.success("ignored"))
    exporter = estate.exporter(drills.plan(directory))
    wait_until(lambda: exporter.check("shop", check="drill") == "pass", 10, "the good file")
    metrics = exporter.metrics()
    errors = {labels["file"]: value for labels, value in metrics.find("dr_textfile_error")}
    assert errors.pop("good.prom") == 0
    assert len(errors) == count and set(errors.values()) == {1}
    assert metrics.value("dr_textfile_files") == count + 1
    assert metrics.value("dr_source_up", source="drills") == 1
    assert {labels["dr_service"] for labels, _ in metrics.find("dr_drill_last_result")} == {"shop"}
    modified = metrics.value("dr_textfile_modified_timestamp_seconds", file="good.prom")
    assert abs(modified - (directory / "good.prom").stat().st_mtime) < 0.001
    # And it stays that way, collection after collection.
    holds_for(1, lambda: exporter.metric("dr_source_up", source="drills") == 1)
    assert exporter.stop() < 1


def test_unreadable_directory_and_files(tmp_path, directory):
    """As somebody who may not: root may everything."""
    (directory / "good.prom").write_text(drills.success())
    (directory / "secret.prom").write_text(drills.success("secret"))
    (directory / "secret.prom").chmod(0)
    plan = directory.parent / "dr.yml"
    plan.write_text(yaml.safe_dump(drills.plan(directory)))

    # The build may be where only its owner may look.
    copy = shutil.copy(program(), directory.parent)

    def once_as_nobody():
        command = [copy, "once", f"--config.file={plan}"]
        if os.geteuid() == 0:
            command = [find_program("setpriv", "util-linux"), "--reuid=65534", "--regid=65534",
                       "--clear-groups", *command]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
        return done.returncode, Metrics(done.stdout)

    status, metrics = once_as_nobody()
    assert status == 0
    assert metrics.value("dr_textfile_error", file="secret.prom") == 1
    assert metrics.value("dr_textfile_error", file="good.prom") == 0
    directory.chmod(0)
    status, metrics = once_as_nobody()
    directory.chmod(0o755)
    assert status == 1
    assert metrics.value("dr_source_failures_total", reason="permission") == 1
    status, metrics = once(tmp_path, directory / "none")
    assert status == 1
    assert metrics.value("dr_source_failures_total", reason="not_found") == 1
    assert metrics.check("shop", check="drill") == "unknown"
    assert once(tmp_path, directory / "good.prom")[1].value(
        "dr_source_failures_total", reason="not_found") == 1


def test_links_are_followed(tmp_path, directory):
    """Kubernetes mounts the files of a ConfigMap as links."""
    data = directory / "..data"
    data.mkdir()
    (data / "a.prom").write_text(drills.success())
    (directory / "a.prom").symlink_to("..data/a.prom")
    status, metrics = once(tmp_path, directory)
    assert status == 0 and metrics.check("shop", check="drill") == "pass"


def test_stale_files_are_shown_and_count(tmp_path, directory):
    for name, age in (("old.prom", 7200), ("new.prom", 0)):
        (directory / name).write_text(drills.success("shop" if age else "other"))
        os.utime(directory / name, (time.time() - age,) * 2)
    _, metrics = once(tmp_path, directory, max_age="1h")
    assert metrics.value("dr_textfile_stale", file="old.prom") == 1
    assert metrics.value("dr_textfile_stale", file="new.prom") == 0
    assert metrics.check("shop", check="drill") == "pass"
    _, metrics = once(tmp_path, directory)
    assert metrics.find("dr_textfile_stale") == []


def test_names_of_files_as_labels(tmp_path, directory):
    for name in (b"a b.prom", b"a%20b.prom", b"\xff.prom", b"\xfe.prom", b'"\n.prom',
                 b"\xff" * 240 + b"1.prom", b"\xff" * 240 + b"2.prom"):
        with open(os.path.join(os.fsencode(directory), name), "w", encoding="ascii") as file:
            file.write("up 1\n")
    status, metrics = once(tmp_path, directory)
    assert status == 0
    names = {labels["file"] for labels, _ in metrics.find("dr_textfile_error")}
    assert len(names) == 7
    assert {"a%20b.prom", "a%2520b.prom", "%FF.prom", "%FE.prom", "%22%0A.prom"} <= names


def test_ten_thousand_files(tmp_path, directory):
    for i in range(9999):
        (directory / f"{i:05}.prom").write_text(drills.success(f"s{i}", "tabletop", typed=False)
                                                if i % 10 == 0 else "up 1\n")
    (directory / "x.prom").write_text(drills.success())
    for i in range(20):
        (directory / f"z{i}.prom").write_text("?\n")
        (directory / f"{i:05}.prom").unlink()
    started = time.monotonic()
    status, metrics = once(tmp_path, directory)
    assert status == 0 and time.monotonic() - started < 10
    assert metrics.check("shop", check="drill") == "pass"
    assert metrics.value("dr_textfile_files") == 10000
    shown = metrics.find("dr_textfile_error")
    assert len(shown) == 1000 and sum(value for _, value in shown) == 20
    (directory / "one-more.prom").write_text("")
    status, metrics = once(tmp_path, directory)
    assert status == 1
    assert metrics.value("dr_source_failures_total", reason="inconsistent") == 1
    assert metrics.check("shop", check="drill") == "unknown"


def test_plan_needs_a_directory(tmp_path):
    path = tmp_path / "dr.yml"
    plan = drills.plan(tmp_path)
    del plan["sources"][0]["directory"]
    path.write_text(yaml.safe_dump(plan))
    done = run("check-config", f"--config.file={path}")
    assert done.returncode == 1 and "directory" in done.stderr
