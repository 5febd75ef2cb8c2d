# SPDX-License-Identifier: Apache-2.0
"""The demo as a user sees it: green, broken by each fault, mended, ended without a trace."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
from services.support import ROOT, wait_until

import paths

pytestmark = pytest.mark.slow


def make(*arguments, timeout=300):
    done = subprocess.run(["make", "--no-print-directory", *arguments], cwd=ROOT, text=True,
                          capture_output=True, timeout=timeout, check=False)
    return done.returncode, done.stdout + done.stderr


def demo_processes():
    """Those that have to do with the demo's directory."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if "supervisor.py" in words or str(paths.DIRECTORY) in words or "dr-demo-" in words:
            found.append(words)
    return found


@pytest.fixture(name="demo")
def fixture_demo():
    assert not paths.read_state(), "a demo is running: make demo-stop ends it"
    status, output = make("demo", "DETACH=1")
    assert status == 0, output
    yield output
    status, output = make("demo-stop")
    assert status == 0, output
    assert not paths.DIRECTORY.exists()
    assert demo_processes() == []


def verdicts(output):
    """Service → verdict for a region loss, of the last board that was printed."""
    board = output[output.rindex("SERVICE "):]
    return dict(re.findall(r"^(\S+) +\S+ +region .*  (ready|NOT READY|UNKNOWN) *$", board,
                           re.MULTILINE))


GREEN = {"checkout": "ready", "order-api": "ready", "reporting": "ready"}
EXPECTED = {
    "cut": ({**GREEN, "checkout": "NOT READY", "order-api": "NOT READY"},
            {"DrRpoBreached(checkout)", "DrRpoBreached(order-api)"}),
    "kill-primary": ({"checkout": "NOT READY", "order-api": "NOT READY", "reporting": "UNKNOWN"},
                     {"DrRpoBreached(checkout)", "DrRpoBreached(order-api)"}),
    "desync": ({**GREEN, "checkout": "NOT READY"},
               {"DrRpoBreached(checkout)", "DrZeroDataLossNotEnforced(orders)"}),
    "pause": (GREEN, set()),
}


@pytest.mark.parametrize("fault", sorted(EXPECTED))
def test_break_and_heal(demo, fault):
    assert verdicts(demo) == GREEN
    status, output = make("demo-break", f"FAULT={fault}")
    assert status == 0, output
    expected, pages = EXPECTED[fault]
    assert verdicts(output) == expected
    paged = set(re.findall(r"^PAGE at \S+ (\S+),", output, re.MULTILINE))
    assert pages <= paged if pages else not paged, output
    status, output = make("demo-heal")
    assert status == 0, output
    assert verdicts(output) == GREEN


@pytest.mark.usefixtures("demo")
def test_second_demo_is_refused():
    status, output = make("demo", "DETACH=1")
    assert status != 0 and "make demo-stop" in output


def test_commands_without_a_demo_say_what_to_do():
    for command in ("demo-break", "demo-heal"):
        status, output = make(command)
        assert status != 0 and "make demo" in output
    assert make("demo-stop")[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_end_of_the_command_ends_all(number):
    """Ctrl-C, or a terminal that vanishes."""
    command = subprocess.Popen(["make", "--no-print-directory", "demo"], cwd=ROOT,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    try:
        wait_until(lambda: "board" in paths.read_state(), 60, "the demo to be up")
        os.killpg(command.pid, number)
        command.wait(60)
        wait_until(lambda: demo_processes() == [], 40, "all processes to be gone")
    finally:
        make("demo-stop")
    assert not paths.DIRECTORY.exists()
