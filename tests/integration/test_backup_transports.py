# SPDX-License-Identifier: Apache-2.0
"""How backups are told of: commands that behave or do not, files of a job, URLs."""

import json
import os
import time

import pytest
import yaml
from backup_plans import error_of, pgbackrest, plan, state, wait_for_all
from services.documents import Documents, endless
from services.exporter import run
from services.support import free_port, wait_until

GOOD = ("pass", set(), None)


def script(tmp_path, name, text, mode=0o755):
    path = tmp_path / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(mode)
    return [str(path)]


def source(**settings):
    return {"format": "pgbackrest", **settings}


def is_alive(path):
    """Whether the process runs whose id a script wrote, or is about to write, to a file."""
    try:
        os.kill(int(path.read_text() or os.getpid()), 0)
    except ProcessLookupError:
        return False
    return True


def commands(tmp_path):
    """Name → command, and what has to come of it: state, reason, part of the message."""
    answer = tmp_path / "answer.json"
    answer.write_text(pgbackrest(600))
    old = tmp_path / "old.json"
    old.write_text(pgbackrest(7200))
    cat = f"cat {answer}"
    hang = "setsid sh -c 'setsid sleep 300 & echo $! > {0}' &\n"
    return {
        "good": (script(tmp_path, "good", cat), *GOOD),
        "old": (script(tmp_path, "old", f"cat {old}"), "fail", set(), None),
        "failing": (script(tmp_path, "failing", f"{cat}\necho 'ERROR: [055]: unable to open' >&2\n"
                           "exit 55"), "unknown", {"query"},
                    "failed with status 55: ERROR: [055]: unable to open"),
        "noisy": (script(tmp_path, "noisy", f"echo 'WARN: option is deprecated'\n{cat}"),
                  "unknown", {"protocol"}, "WARN: option is deprecated"),
        "silent": (script(tmp_path, "silent", "exit 0"), "unknown", {"protocol"}, ""),
        "cut": (script(tmp_path, "cut", f"head -c 300 {answer}"), "unknown", {"protocol"}, ""),
        "hanging": (script(tmp_path, "hanging", f"echo $$ > {tmp_path}/hanging.pid\n{cat}\n"
                           + hang.format(tmp_path / "orphan.pid") + "trap '' TERM\nsleep 300"),
                    "unknown", {"timeout"}, "did not end in time"),
        "daemon": (script(tmp_path, "daemon", hang.format(tmp_path / "daemon.pid")
                          + f"while [ ! -s {tmp_path}/daemon.pid ]; do :; done\n{cat}"), *GOOD),
        "flood": (script(tmp_path, "flood", "head -c 100000000 /dev/zero"), "unknown",
                  {"protocol"}, "its output is larger than"),
        "killed": (script(tmp_path, "killed", f"{cat}\nkill -9 $$"), "unknown", {"query"},
                   "was ended by signal 9"),
        "missing": ([str(tmp_path / "missing")], "unknown", {"not_found"}, "is it installed"),
        "nowhere": (["no-such-backup-tool"], "unknown", {"not_found"}, "not found in PATH"),
        "denied": (script(tmp_path, "denied", cat, 0o644), "unknown", {"permission"},
                   "may execute"),
    }


@pytest.mark.sanitized
@pytest.mark.forks
def test_commands(estate, tmp_path):
    cases = commands(tmp_path)
    exporter = estate.exporter(plan({name: source(command=case[0])
                                     for name, case in cases.items()}))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    for name, (_, wanted, reasons, message) in cases.items():
        assert state(metrics, name) == wanted, (name, error_of(exporter, name))
        assert set(exporter.failures(name)) == reasons, (name, error_of(exporter, name))
        assert message is None or message in error_of(exporter, name), name
        assert metrics.value("dr_source_last_collection_duration_seconds", source=name) < 1.8
    wait_until(lambda: not is_alive(tmp_path / "daemon.pid"), 5, "the daemon to be ended")
    # Of those that hang there is one more at every interval; each is ended with its orphans.
    assert exporter.stop() < 2
    for name in ("hanging.pid", "orphan.pid"):
        wait_until(lambda name=name: not is_alive(tmp_path / name), 5, f"{name} to be ended")


def test_a_killed_exporter_leaves_nothing(estate, tmp_path):
    hang = script(tmp_path, "hang", f"setsid sleep 300 & echo $! > {tmp_path}/pid\nsleep 300")
    exporter = estate.exporter(plan({"db": source(command=hang)}, interval=60, timeout=50))
    wait_until((tmp_path / "pid").exists, 5, "the command to run")
    assert is_alive(tmp_path / "pid")
    exporter.process.child.kill()
    exporter.process.child.wait()
    wait_until(lambda: not is_alive(tmp_path / "pid"), 5, "the command to be ended")


def test_environment_and_secrets(estate, tmp_path):
    """Only what the plan names is there, and no secret is shown anywhere."""
    secret = tmp_path / "password"
    secret.write_text("correct horse\n")
    (tmp_path / "answer.json").write_text(pgbackrest(600))
    command = script(tmp_path, "tool", f"cd {tmp_path} && env > new && mv new seen\n"
                     'if [ "$PASSWORD" != "correct horse" ]; then\n'
                     'echo "wrong: $PASSWORD" >&2; exit 1\nfi\n'
                     f"cat {tmp_path}/answer.json")
    exporter = estate.exporter(
        plan({"db": source(command=command, environment={"REGION": "west"},
                           environment_files={"PASSWORD": str(secret)})}),
        environment={"DR_TEST_SECRET": "hidden", "LD_TEST": "1"})
    exporter.wait_for_check("db", "pass", disruption="corruption")
    names = {line.partition("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PATH", "HOME", "LANG", "REGION", "PASSWORD"}

    # A new one is read at the next failure; the tool quotes the wrong one.
    secret.write_text("wrong staple\n")
    (tmp_path / "answer.json").unlink()
    wait_until(lambda: "failed with status 1: wrong: ***" in exporter.get("/").text, 5,
               "the message")
    assert set(exporter.failures("db")) == {"query"}
    assert "staple" not in exporter.log() + exporter.get("/").text + exporter.metrics().text
    secret.unlink()
    wait_until(lambda: "not_found" in exporter.failures("db"), 5, "the missing secret")


def test_files_of_a_job(estate, tmp_path):
    path = tmp_path / "info.json"
    path.write_text(pgbackrest(600))
    exporter = estate.exporter(plan({"db": source(file=str(path), max_age="10m")}))
    exporter.wait_for_check("db", "pass", disruption="corruption")

    def ends_in(reason, message, change):
        change()
        exporter.wait_for_check("db", "unknown", disruption="corruption")
        wait_until(lambda: reason in exporter.failures("db"), 5, reason)
        wait_until(lambda: message in exporter.get("/").text, 5, message)

    def date(age):
        os.utime(path, (time.time() - age, time.time() - age))

    # The job died: what it wrote is true no longer, however fresh the backup in it looks.
    ends_in("inconsistent", "does the job that writes it still run?", lambda: date(700))
    date(0)
    exporter.wait_for_check("db", "pass", disruption="corruption")
    ends_in("inconsistent", "is dated in the future", lambda: date(-300))
    ends_in("protocol", "", lambda: path.write_text(pgbackrest(600)[:200]))
    ends_in("not_found", "No such file", path.unlink)
    path.write_text(pgbackrest())
    exporter.wait_for_check("db", "fail", disruption="corruption")


@pytest.mark.sanitized
def test_urls(estate, tmp_path):
    """`Documents` says that what it has was last modified at a fixed instant."""
    def fresh(handler):
        handler.answer(200, pgbackrest(600).encode())

    def guarded(handler):
        if handler.headers["Authorization"] == "Bearer s3cret":
            fresh(handler)
        else:
            handler.answer(401, b"")

    def undated(handler):
        text = pgbackrest(600).encode()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)

    def cached(handler):
        text = pgbackrest(600).encode()
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nDate: Sun, 01 Nov 2026 08:00:00 GMT\r\n"
                            b"Content-Length: %d\r\n\r\n" % len(text) + text)

    (tmp_path / "token").write_text("s3cret\n")
    documents = estate.keep(Documents({
        "/fresh": fresh, "/stale": pgbackrest(600), "/html": "<html>sign in</html>",
        "/endless": endless, "/guarded": guarded, "/broken": 500, "/undated": undated,
        "/undated-old": undated, "/cached": cached}))
    cases = {"fresh": ("pass", set()), "stale": ("unknown", {"inconsistent"}),
             "html": ("unknown", None), "endless": ("unknown", None),
             "guarded": ("unknown", {"auth"}), "broken": ("unknown", None),
             "none": ("unknown", {"not_found"}), "undated": ("pass", set()),
             # Nothing tells how old it is.
             "undated-old": ("unknown", {"inconsistent"}), "cached": ("unknown", {"inconsistent"})}
    exporter = estate.exporter(plan({
        name: source(url=documents.url(f"/{name}"),
                     **({"max_age": "1h"} if name == "undated-old" else {})) for name in cases}))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    for name, (wanted, reasons) in cases.items():
        failures = set(exporter.failures(name))
        assert state(metrics, name) == wanted, (name, error_of(exporter, name))
        assert failures == reasons if reasons is not None else failures, name


def test_a_set_that_vanishes(estate, tmp_path):
    """A stanza that was deleted must not leave the others to pass for all."""
    both = json.dumps([*json.loads(pgbackrest(600)), *json.loads(pgbackrest(60, stanza="other"))])
    write = {"two": both, "named": both}
    for name, text in write.items():
        (tmp_path / name).write_text(text)
    exporter = estate.exporter(plan({"two": source(file=str(tmp_path / "two")),
                                     "named": source(file=str(tmp_path / "named"), set="main")}))
    wait_for_all(exporter)
    for name in write:
        assert state(exporter.metrics(), name) == "pass", error_of(exporter, name)
        (tmp_path / name).write_text(pgbackrest(600))
    exporter.wait_for_check("two", "unknown", disruption="corruption")
    assert 'set "other" is gone' in error_of(exporter, "two")
    assert set(exporter.failures("two")) == {"inconsistent"}
    assert state(exporter.metrics(), "named") == "pass"
    (tmp_path / "two").write_text(both)
    exporter.wait_for_check("two", "pass", disruption="corruption")


def test_a_lost_primary_leaves_its_backups(estate, tmp_path):
    """It is needed for newer recovery points only; a role that may not ask is a mistake."""
    (tmp_path / "info.json").write_text(pgbackrest(600))
    address = f"host=127.0.0.1 port={free_port()} user=dr_monitor dbname=postgres"
    exporter = estate.exporter(plan({
        "lost": source(file=str(tmp_path / "info.json"), primary_dsn=address),
        "mistaken": source(file=str(tmp_path / "info.json"), primary_dsn=address,
                           primary_password_file=str(tmp_path / "missing"))}))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    assert state(metrics, "lost") == "pass"
    assert metrics.value("dr_backup_primary_up", source="lost") == 0
    assert metrics.value("dr_recovery_point_age_seconds", source="lost") == \
        pytest.approx(600, abs=10)
    assert state(metrics, "mistaken") == "unknown"
    assert set(exporter.failures("mistaken")) == {"not_found"}


def test_mistakes_are_found_before_the_start(tmp_path):
    plans = {
        'needs "command", "file" or "url"': source(),
        'both "command" and "file" are given': source(command=["a"], file="/a"),
        'nobody verifies that the backups cannot be deleted': source(
            file="/a", survives=["corruption", "ransomware"]),
        'write one of pgbackrest, barman': {"format": "tar", "file": "/a"},
    }
    for message, settings in plans.items():
        path = tmp_path / "dr.yml"

        path.write_text(yaml.safe_dump(plan({"db": settings})))
        checked = run("check-config", f"--config.file={path}")
        assert checked.returncode != 0
        assert message in checked.stdout + checked.stderr
