# SPDX-License-Identifier: Apache-2.0
"""The demo as a user sees it: green, broken by each fault, mended, ended without a trace."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from services.support import ROOT, http_request, wait_until

import alerting
import paths
from faults import FAULTS

pytestmark = pytest.mark.slow

SUPERVISOR = str(ROOT / "tests/demo/supervisor.py")


def make(*arguments, timeout=300):
    done = subprocess.run(["make", "--no-print-directory", *arguments], cwd=ROOT, text=True,
                          capture_output=True, timeout=timeout, check=False)
    return done.returncode, done.stdout + done.stderr


def demo_processes():
    """Those that have to do with the demo's directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            # Redis tells its directory only by working in it.
            words = f"{(path / 'cwd').readlink()} " + (path / "cmdline").read_bytes().replace(
                b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if any(place in words for place in (SUPERVISOR, str(paths.DIRECTORY), "/dr-demo-")):
            found.append(words)
    return found


@pytest.fixture(name="demo")
def fixture_demo():
    yield from run_demo()


@pytest.fixture(name="kafka_demo")
def fixture_kafka_demo():
    yield from run_demo("KAFKA=1")


@pytest.fixture(name="s3_demo")
def fixture_s3_demo():
    yield from run_demo("S3=1")


def run_demo(*more):
    assert not paths.read_state(), "a demo is running: make demo-stop ends it"
    status, output = make("demo", "DETACH=1", *more)
    assert status == 0, output
    for link in re.findall(r"http://\S+", output):
        assert http_request(link).status == 200, link
    yield output
    status, output = make("demo-stop")
    assert status == 0, output
    assert not paths.DIRECTORY.exists()
    assert demo_processes() == []


def verdicts(output):
    """Service → verdict and checks, for a region loss or (ledger) a corruption, of the last board
    that was printed."""
    board = output[output.rindex("SERVICE "):]
    rows = re.findall(r"^(\S+) +\S+ +(?:region|corruption) .*?  (ready|NOT READY|UNKNOWN) +(\S.*)$",
                      board, re.MULTILINE)
    return {service: (verdict, checks) for service, verdict, checks in rows}


ALL_PASS = ("ready", "rpo, rto, drill, runbook pass")
RPO_FAILS = ("NOT READY", "rpo fails")
GREEN = {"checkout": ALL_PASS, "login": ALL_PASS, "order-api": ALL_PASS,
         "reporting": ("ready", "rpo pass"),
         "ledger": ("ready", "rpo, rto, drill, restore pass")}
BREACHED = {"DrRpoBreached(checkout)", "DrRpoBreached(order-api)"}
# Fault → what is not as before, what must be sent, what must be on its way.
EXPECTED = {
    "cut": ({"checkout": RPO_FAILS, "order-api": RPO_FAILS}, BREACHED, set()),
    "kill-primary": ({"checkout": RPO_FAILS, "order-api": RPO_FAILS,
                      "reporting": ("UNKNOWN", "rpo unknown"), "ledger": RPO_FAILS},
                     BREACHED, set()),
    "desync": ({"checkout": RPO_FAILS},
               {"DrRpoBreached(checkout)", "DrZeroDataLossNotEnforced(orders)"}, set()),
    "pause": ({}, set(), set()),
    "redis-link": ({"login": RPO_FAILS}, {"DrRpoBreached(login)"}, set()),
    "redis-promote": ({"login": RPO_FAILS}, {"DrRpoBreached(login)"}, set()),
    "stale-runbook": ({"order-api": ("NOT READY", "runbook fails")}, set(),
                      {"DrRunbookExpired(order-api)"}),
    "failed-drill": ({"checkout": ("NOT READY", "rto fails, drill fails")}, set(),
                     {"DrDrillFailed(checkout)"}),
    "archive": ({"ledger": RPO_FAILS}, {"DrRpoBreached(ledger)"}, set()),
    "backup": ({"ledger": RPO_FAILS}, {"DrRpoBreached(ledger)"}, set()),
}
NOTIFICATIONS_FAIL = ({"notifications": RPO_FAILS}, {"DrRpoBreached(notifications)"})
KAFKA_EXPECTED = {"mm2-kill": NOTIFICATIONS_FAIL, "mm2-throttle": NOTIFICATIONS_FAIL,
                  "topic-recreate": ({}, set())}
S3_EXPECTED = {"s3-cut": ({"invoicing": RPO_FAILS}, {"DrRpoBreached(invoicing)"})}
# What the board must show within two seconds, not only when the RPO has gone by.
AT_ONCE = {"desync": "rpo fails", "redis-promote": "rpo unknown", "stale-runbook": "runbook fails"}


def assert_at_once(output, fault, text):
    rows = output[output.index(f"-- {fault} --"):].splitlines()[1:3]
    assert any(text in row for row in rows), output


def assert_on_its_way(output, name):
    """Shown, and seen by Prometheus at the latest when it next evaluates the rule."""
    assert f"TICKET to come: {name}, " in output, output
    state = paths.read_state()
    wait_until(lambda: name in {alert.name for alert in alerting.pending(state)}
               | alerting.firing(state), 70, f"{name} to be pending")


@pytest.mark.parametrize("fault", EXPECTED)
def test_break_and_heal(demo, fault):
    assert verdicts(demo) == GREEN
    status, output = make("demo-break", f"FAULT={fault}")
    assert status == 0, output
    changed, sent, later = EXPECTED[fault]
    assert verdicts(output) == {**GREEN, **changed}
    found = set(re.findall(r"^PAGE at \S+ (\S+),", output, re.MULTILINE))
    assert sent <= found if sent else not found, output
    if fault in AT_ONCE:
        assert_at_once(output, fault, AT_ONCE[fault])
    for name in later:
        assert_on_its_way(output, name)
    status, output = make("demo-heal")
    assert status == 0, output
    assert verdicts(output) == GREEN


def test_kafka_break_and_heal(kafka_demo):
    green = {**GREEN, "notifications": ("ready", "rpo pass")}
    assert verdicts(kafka_demo) == green
    for fault, (changed, sent) in KAFKA_EXPECTED.items():
        status, output = make("demo-break", f"FAULT={fault}")
        assert status == 0, output
        assert verdicts(output) == {**green, **changed}
        # What the fault before has sent fires on for a while, and is not sent anew.
        found = set(re.findall(r"^PAGE at \S+ (\S+),", output, re.MULTILINE))
        assert sent <= found or fault != "mm2-kill", output
        if fault == "topic-recreate":
            assert_at_once(output, fault, "rpo unknown")
        status, output = make("demo-heal")
        assert status == 0, output
        assert verdicts(output) == green


def test_s3_break_and_heal(s3_demo):
    green = {**GREEN, "invoicing": ("ready", "rpo pass")}
    assert verdicts(s3_demo) == green
    for fault, (changed, sent) in S3_EXPECTED.items():
        status, output = make("demo-break", f"FAULT={fault}")
        assert status == 0, output
        assert verdicts(output) == {**green, **changed}
        assert sent <= set(re.findall(r"^PAGE at \S+ (\S+),", output, re.MULTILINE)), output
        status, output = make("demo-heal")
        assert status == 0, output
        assert verdicts(output) == green


def test_help_names_all_faults(demo):
    assert set(EXPECTED) | set(KAFKA_EXPECTED) | set(S3_EXPECTED) == set(FAULTS)
    assert all(re.search(rf"[=| ]{fault}( |$)", demo, re.MULTILINE) for fault in EXPECTED)
    for fault, option in ("mm2-kill", "KAFKA=1"), ("s3-cut", "S3=1"):
        status, output = make("demo-break", f"FAULT={fault}")
        assert status != 0 and f"make demo {option}" in output


@pytest.mark.usefixtures("demo")
def test_second_demo_is_refused():
    status, output = make("demo", "DETACH=1")
    assert status != 0 and "make demo-stop" in output


def test_commands_without_a_demo_say_what_to_do():
    for command in ("demo-break", "demo-heal"):
        status, output = make(command)
        assert status != 0 and "make demo" in output
    assert make("demo-stop")[0] == 0


def heed_interrupts():
    """As in a terminal: who runs in the background of a shell ignores Ctrl-C, and so do all that it
    starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_end_of_the_command_ends_all(number):
    """Ctrl-C, or a terminal that vanishes."""
    command = subprocess.Popen(["make", "--no-print-directory", "demo"], cwd=ROOT,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True, preexec_fn=heed_interrupts)
    try:
        wait_until(lambda: "board" in paths.read_state(), 60, "the demo to be up")
        os.killpg(command.pid, number)
        command.wait(60)
        wait_until(lambda: demo_processes() == [], 40, "all processes to be gone")
    finally:
        make("demo-stop")
    assert not paths.DIRECTORY.exists()
