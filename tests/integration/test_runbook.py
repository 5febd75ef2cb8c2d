# SPDX-License-Identifier: Apache-2.0
"""Runbooks in files: their dates, their sections, and files that are none."""

import os
import subprocess
import time
from datetime import datetime, timedelta, timezone

import pytest
from services.exporter import Metrics, program, run
from services.support import find_program, wait_until

BODY = "# Checkout\n\n## Prerequisites\n\n## Failover\n\n## Validation\n\n## Rollback\n"


def day(days_ago):
    return (datetime.now(timezone.utc) - timedelta(days=days_ago)).strftime("%Y-%m-%d")


def document(days_ago, body=BODY):
    return f"---\nlast_validated: {day(days_ago)}\n---\n{body}"


def plan(sources, **exporter):
    """One service a source, of a tier that wants its runbook validated every 90 days."""
    return {
        "exporter": {"observer": "west", "interval": "300ms", "timeout": "800ms", **exporter},
        "tiers": [{"name": "1", "rto": "5m", "severity": "warning", "runbook_max_age": "90d"}],
        "services": [{"name": name, "tier": "1", "evidence": [name]} for name in sources],
        "sources": [{"name": name, "collector": "runbook", **settings}
                    for name, settings in sources.items()],
    }


def state(metrics, name):
    return metrics.check(name, check="runbook")


def wait_for_all(exporter):
    """Until every source was collected once."""
    wait_until(lambda: all(value >= 1 for _, value in
                           exporter.metrics().find("dr_source_collections_total")), 15,
               "a collection of every source")


def test_dates_and_sections_decide(estate, tmp_path):
    cases = {
        "fresh": (document(10), "pass"),
        "old": (document(91), "fail"),
        "future": (document(-3), "fail"),
        "undated": (BODY, "unknown"),
        "unreadable": ("last_validated: 21.11.2026\n" + BODY, "fail"),
        "incomplete": (document(1, BODY.replace("## Rollback", "Rollback")), "fail"),
        "empty": ("", "fail"),
    }
    for name, (text, _) in cases.items():
        (tmp_path / f"{name}.md").write_text(text)
    exporter = estate.exporter(plan({name: {"file": str(tmp_path / f"{name}.md")}
                                     for name in cases}))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    assert {name: state(metrics, name) for name in cases} == {
        name: wanted for name, (_, wanted) in cases.items()}
    assert {value for _, value in metrics.find("dr_source_up")} == {1}
    assert metrics.value("dr_runbook_missing_sections", source="incomplete") == 1
    assert metrics.value("dr_runbook_section_missing", source="incomplete", section="Rollback") == 1
    assert metrics.value("dr_runbook_section_missing", source="incomplete", section="Failover") == 0
    assert metrics.value("dr_runbook_validated_timestamp_seconds", source="future") is None
    assert metrics.value("dr_runbook_info", source="old", owner="",
                         location=str(tmp_path / "old.md")) == 1
    board = exporter.get("/").text
    for reason in ("the section Rollback is missing", "the date in line 2 is in the future",
                   "line 1 has no date that can be read"):
        assert reason in board


def test_only_a_new_date_revalidates(estate, tmp_path):
    """The modification time proves nothing, and says when the content changed."""
    path = tmp_path / "runbook.md"
    path.write_text(document(100))
    written = time.time() - 20 * 86400
    os.utime(path, (written, written))
    exporter = estate.exporter(plan({"checkout": {"file": str(path)}}))
    wait_for_all(exporter)
    changed = exporter.metric("dr_runbook_changed_timestamp_seconds", source="checkout")
    assert changed == pytest.approx(written)
    assert exporter.metric("dr_runbook_changed_since_validated", source="checkout") == 1

    path.touch()
    wait_until(lambda: exporter.metric("dr_runbook_modified_timestamp_seconds",
                                       source="checkout") > written + 1, 5, "the new time")
    assert state(exporter.metrics(), "checkout") == "fail"
    assert exporter.metric("dr_runbook_changed_timestamp_seconds", source="checkout") == changed

    path.write_text(document(0))
    wait_until(lambda: state(exporter.metrics(), "checkout") == "pass", 5, "the new date")
    metrics = exporter.metrics()
    changed = metrics.value("dr_runbook_changed_timestamp_seconds")
    assert changed == pytest.approx(time.time(), abs=5)
    assert metrics.value("dr_runbook_changed_since_validated") == 0

    path.unlink()
    wait_until(lambda: state(exporter.metrics(), "checkout") == "unknown", 5, "the loss")
    assert set(exporter.failures("checkout")) == {"not_found"}


@pytest.mark.sanitized
def test_what_is_no_document_is_refused_at_once(estate, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large.md").write_text(document(1) + "x" * 10_000_000)
    (tmp_path / "binary.md").write_bytes(document(1).encode("utf-16"))
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "link.md").symlink_to("good.md")
    (tmp_path / "good.md").write_text(document(1))
    wanted = {
        "fifo": (tmp_path / "fifo", "protocol", "is a pipe"),
        "directory": (tmp_path, "protocol", "is a directory"),
        "device": ("/dev/zero", "protocol", "is a device"),
        "large": (tmp_path / "large.md", "protocol", "bytes, more than the"),
        "binary": (tmp_path / "binary.md", "protocol", "contains a zero byte"),
        "loop": (tmp_path / "loop", "internal", "cannot be read"),
        "missing": (tmp_path / "missing.md", "not_found", "No such file"),
    }
    sources = {name: {"file": str(path)} for name, (path, _, _) in wanted.items()}
    exporter = estate.exporter(plan({**sources, "link": {"file": str(tmp_path / "link.md")}}))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    for name, (_, reason, message) in wanted.items():
        assert set(exporter.failures(name)) == {reason}, name
        assert state(metrics, name) == "unknown"
        assert metrics.value("dr_source_last_collection_duration_seconds", source=name) < 0.3
        assert any(record.get("source") == name and message in record["error"]
                   for record in exporter.log_records()), name
    assert state(metrics, "link") == "pass"


@pytest.mark.parametrize("pattern", ["<!--", "<h1>", "<", "> ", "# Roll", "```\n", "<html>"])
def test_a_hostile_document_takes_no_time(estate, tmp_path, pattern):
    (tmp_path / "hostile.md").write_text("<html>\n" * (pattern == "<h1>") + pattern * 600_000)
    exporter = estate.exporter(plan({"hostile": {"file": str(tmp_path / "hostile.md")}}))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    assert state(metrics, "hostile") == "fail"
    assert metrics.value("dr_source_last_collection_duration_seconds", source="hostile") < 2


def test_unreadable_file_is_a_matter_of_permission(tmp_path):
    secret = tmp_path / "secret.md"
    secret.write_text(document(1))
    secret.chmod(0)
    (tmp_path / "dr.yml").write_text(
        "tiers: [{name: '1', rto: 5m, severity: warning}]\n"
        "services: [{name: checkout, tier: '1', evidence: [book]}]\n"
        "sources: [{name: book, collector: runbook, file: secret.md}]\n")
    for directory in (tmp_path, *tmp_path.parents):
        if directory.stat().st_uid == os.geteuid():
            directory.chmod(directory.stat().st_mode | 0o055)
    argv = [program(), "once", f"--config.file={tmp_path / 'dr.yml'}"]
    if os.geteuid() == 0:
        argv[:0] = [find_program("setpriv", "util-linux"), "--reuid=nobody", "--clear-groups"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1, done.stderr
    assert Metrics(done.stdout).value("dr_source_failures_total", reason="permission") == 1


@pytest.mark.parametrize("settings, message", [
    ("{}", 'neither "file" nor "url" is given; write one of them'),
    ("{file: a.md, url: 'https://x.example.com/'}", 'both "file" and "url" are given'),
    ("{url: 'ftp://x.example.com/'}", '"url": not a URL'),
    ("{url: 'https://a:s3cret@x.example.com/'}", "contains a user or password"),
    ("{url: 'http://x.example.com/', token_file: t}", "must begin with https://"),
    ("{file: a.md, ca_file: b}", '"ca_file" and "token_file" are for "url"'),
    ("{file: a.md, required_sections: 'A, a'}", 'names "A" twice'),
])
def test_wrong_settings(tmp_path, settings, message):
    (tmp_path / "dr.yml").write_text(
        "tiers: [{name: '1', rto: 5m, severity: warning}]\n"
        "services: [{name: checkout, tier: '1', evidence: [book]}]\n"
        f"sources: [{{name: book, collector: runbook, {settings[1:]}]\n".replace(", }", "}"))
    done = run("check-config", f"--config.file={tmp_path / 'dr.yml'}")
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert "s3cret" not in done.stdout + done.stderr
