# SPDX-License-Identifier: Apache-2.0
"""`drill record` and `drill check`: what they write, refuse and find."""

import fcntl
import os
import resource
import stat
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from services.exporter import Metrics, program, run
from services.support import wait_until

import drills

PHASES = "--phase=detect=40s,decide=2m,execute=3m,verify=1m,cleanup=1m"
FULL = ("--type=full", "--result=success", "--recovery=7m30s", "--data-loss=2s", PHASES)


def record(directory, *arguments, service="shop"):
    return run("drill", "record", f"--directory={directory}", f"--service={service}", *arguments)


def read(path):
    return Metrics(path.read_text())


def test_record_writes_the_contract(tmp_path):
    before = time.time()
    done = record(tmp_path, *FULL, "--runbook-validated", "--data-size=2GiB")
    assert (done.returncode, done.stderr) == (0, "")
    assert "dr_drill_shop.prom" in done.stdout
    path = tmp_path / "dr_drill_shop.prom"
    assert os.listdir(tmp_path) == [path.name]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    metrics = read(path)
    labels = {"dr_service": "shop", "drill": "full"}
    at = metrics.value("dr_drill_last_attempt_timestamp_seconds", **labels)
    assert before - 0.001 <= at <= time.time() + 0.001
    assert metrics.value("dr_drill_last_success_timestamp_seconds", **labels) == at
    assert metrics.value("dr_runbook_validated_timestamp_seconds", dr_service="shop") == at
    assert metrics.value("dr_drill_last_result", **labels) == 1
    assert metrics.value("dr_drill_recovery_seconds", **labels) == 450
    assert metrics.value("dr_drill_data_loss_seconds", **labels) == 2
    assert metrics.value("dr_drill_data_bytes", **labels) == 2 << 30
    assert {found["phase"]: value for found, value
            in metrics.find("dr_drill_phase_seconds", **labels)} == {
        "detect": 40, "decide": 120, "execute": 180, "verify": 60, "cleanup": 60}
    assert run("drill", "check", path).returncode == 0


def test_umask_does_not_hide_the_file(tmp_path):
    command = [program(), "drill", "record", f"--directory={tmp_path}", "--service=shop",
               "--type=tabletop", "--result=success"]
    subprocess.run(command, check=True, umask=0o077, capture_output=True)
    assert stat.S_IMODE((tmp_path / "dr_drill_shop.prom").stat().st_mode) == 0o644


def test_failure_keeps_what_the_last_success_measured(tmp_path):
    assert record(tmp_path, *FULL, "--at=2026-01-01T00:00:00Z").returncode == 0
    failed = record(tmp_path, "--type=full", "--result=failure", "--recovery=1s",
                    "--at=2026-02-01T00:00:00Z")
    assert failed.returncode == 0, failed.stderr
    metrics = read(tmp_path / "dr_drill_shop.prom")
    assert metrics.value("dr_drill_last_attempt_timestamp_seconds") == 1769904000
    assert metrics.value("dr_drill_last_success_timestamp_seconds") == 1767225600
    assert metrics.value("dr_drill_last_result") == 0
    assert metrics.value("dr_drill_recovery_seconds") == 450


def test_older_attempt_is_refused(tmp_path):
    assert record(tmp_path, *FULL, "--at=2026-02-01T00:00:00Z").returncode == 0
    before = (tmp_path / "dr_drill_shop.prom").read_bytes()
    done = record(tmp_path, *FULL, "--at=2026-01-01T00:00:00Z")
    assert done.returncode == 1 and "2026-02-01T00:00:00Z" in done.stderr
    assert (tmp_path / "dr_drill_shop.prom").read_bytes() == before
    # The drills of other types have their own dates.
    assert record(tmp_path, "--type=tabletop", "--result=success",
                  "--at=2026-01-01T00:00:00Z").returncode == 0


@pytest.mark.parametrize("arguments, hint", [
    (["--type=full", "--result=success"], "cleanup"),
    (["--type=restore", "--result=success", "--phase=execute=1m"], "cleanup"),
    (["--type=full", "--result=success", "--phase=cleanup=soon"], "cleanup=3m"),
    (["--type=full"], "--result"),
    (["--result=failure"], "--type"),
    (["--type=full", "--result=failure", "--at=2999-01-01T00:00:00Z"], "future"),
])
def test_wrong_usage_writes_nothing(tmp_path, arguments, hint):
    done = record(tmp_path, *arguments)
    assert done.returncode == 2 and hint in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert os.listdir(tmp_path) == []


def test_name_is_safe_and_unique(tmp_path):
    for service in ("../a", "a/b", "a b", "a%20b", "é", ".", "a"):
        assert record(tmp_path, "--type=tabletop", "--result=success",
                      service=service).returncode == 0
    files = sorted(tmp_path.iterdir())
    assert len(files) == 7
    assert {read(path).find("dr_drill_last_result")[0][0]["dr_service"] for path in files} == {
        "../a", "a/b", "a b", "a%20b", "é", ".", "a"}


@pytest.mark.parametrize("text, hint", [
    ("up 1\n", "move it to another file"),
    ("up 1", "half-written"),
    ("garbage\n", "correct or remove"),
])
def test_foreign_file_is_left_alone(tmp_path, text, hint):
    path = tmp_path / "dr_drill_shop.prom"
    path.write_text(text)
    done = record(tmp_path, *FULL)
    assert done.returncode == 1 and hint in done.stderr and str(path) in done.stderr
    assert path.read_text() == text


def test_missing_directory_and_odd_files(tmp_path):
    done = record(tmp_path / "none", *FULL)
    assert done.returncode == 1 and "No such file" in done.stderr
    os.mkfifo(tmp_path / "dr_drill_shop.prom")
    done = record(tmp_path, *FULL)
    assert done.returncode == 1 and "not a regular file" in done.stderr
    # A recorder that was killed left this behind.
    (tmp_path / ".dr_drill_auth.prom.new").write_text("half")
    assert record(tmp_path, *FULL, service="auth").returncode == 0
    assert sorted(os.listdir(tmp_path)) == ["dr_drill_auth.prom", "dr_drill_shop.prom"]


def test_full_disk_leaves_the_old_file(tmp_path):
    assert record(tmp_path, *FULL).returncode == 0
    path = tmp_path / "dr_drill_shop.prom"
    before = path.read_bytes()
    # Python ignores the signal, and so does the child then: write fails.
    done = subprocess.run([program(), "drill", "record", f"--directory={tmp_path}",
                           "--service=shop", *FULL], check=False, capture_output=True, text=True,
                          restore_signals=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (99, 99)))
    assert done.returncode == 1 and str(path) in done.stderr
    assert path.read_bytes() == before and os.listdir(tmp_path) == [path.name]


def test_concurrent_recorders_lose_nothing(tmp_path):
    types = ("tabletop", "component", "restore", "partial", "full")
    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(
            lambda i: record(tmp_path, f"--type={types[i % 5]}", "--result=success", PHASES,
                             f"--recovery={i + 1}s"), range(40)))
    assert [result.stderr for result in done if result.returncode] == []
    metrics = read(tmp_path / "dr_drill_shop.prom")
    assert len(metrics.find("dr_drill_last_success_timestamp_seconds")) == 5
    assert os.listdir(tmp_path) == ["dr_drill_shop.prom"]


def test_recorder_waits_for_the_lock(tmp_path):
    directory = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(directory, fcntl.LOCK_EX)
    child = subprocess.Popen([program(), "drill", "record", f"--directory={tmp_path}",
                              "--service=shop", *FULL], stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.3)
        assert child.poll() is None and os.listdir(tmp_path) == []
        os.close(directory)
        wait_until(lambda: child.poll() is not None, 5, "the recorder to end")
        assert child.returncode == 0
    finally:
        child.kill()
        child.wait()


PLAN = """
tiers: [{name: "1", rto: 10m}]
services: [{name: shop, tier: "1", evidence: [drills]}]
sources: [{name: drills, collector: textfile, directory: /nonexistent}]
"""


def without(word):
    """Leaves out the lines that have the word."""
    def change(text):
        return "".join(line + "\n" for line in text.splitlines() if word not in line)
    return change


def replacing(old, new):
    def change(text):
        assert old in text
        return text.replace(old, new)
    return change


@pytest.mark.parametrize("change, line, hint", [
    (replacing("last_result{", 'last_result{x="y",'), 4, "exactly the labels"),
    (replacing("} 300", "} 300 1700000000000"), 8, "timestamp"),
    (replacing("} 300", "} -300"), 8, "duration"),
    (replacing("last_result gauge", "last_result counter"), 3, "gauge"),
    (replacing('phase="decide"', 'phase="think"'), 13, "unknown phase"),
    (replacing("full", "fully"), 2, "unknown drill"),
    (lambda text: text + text.splitlines()[1] + "\n", 17, "already in line 2"),
    (without("TYPE dr_drill_recovery_seconds"), 7, "has no type"),
    (lambda text: text[:-1], 16, "half-written"),
    (replacing("\n", "\r\n"), 1, "carriage return"),
    (without("verify"), 2, "phase verify is missing"),
    (without("cleanup"), 2, "cleanup"),
    (without("recovery"), 2, "dr_drill_recovery_seconds is missing"),
    (replacing("shop", "shp"), 2, 'did you mean "shop"'),
], ids=lambda value: value if isinstance(value, str) else "")
def test_check_finds(tmp_path, change, line, hint):
    path = tmp_path / "a.prom"
    (tmp_path / "dr.yml").write_text(PLAN)
    path.write_text(drills.success())
    command = ("drill", "check", path, f"--config.file={tmp_path}/dr.yml")
    good = run(*command)
    assert (good.returncode, good.stderr) == (0, "")
    path.write_text(change(drills.success()), newline="")
    done = run(*command)
    assert done.returncode == 1
    first = done.stderr.splitlines()[0]
    assert first.startswith(f"{path}:{line}:") and hint in first, done.stderr


@pytest.mark.parametrize("value, hint", [
    (lambda: time.time() + 3600, "in the future"),
    (lambda: time.time() * 1000, "milliseconds"),
])
def test_check_finds_wrong_times(tmp_path, value, hint):
    path = tmp_path / "a.prom"
    path.write_text(f'dr_runbook_validated_timestamp_seconds{{dr_service="a"}} {value()}\n')
    done = run("drill", "check", path)
    assert done.returncode == 1 and hint in done.stderr


def test_check_of_several_files(tmp_path):
    good, bad = tmp_path / "good.prom", tmp_path / "bad.prom"
    good.write_text(drills.success())
    bad.write_text("?\n?\n")
    done = run("drill", "check", bad, good, tmp_path / "none.prom")
    assert done.returncode == 1
    assert str(good) in done.stdout and str(bad) not in done.stdout
    assert len([line for line in done.stderr.splitlines() if str(bad) in line]) == 2
    assert "none.prom: cannot be read" in done.stderr
    assert run("drill", "check", good, f"--config.file={tmp_path}/none.yml").returncode == 1
