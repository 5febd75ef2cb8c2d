# SPDX-License-Identifier: Apache-2.0
"""The commands of the demo: up, break, heal, board, stop."""

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from urllib.parse import urlencode

from paths import DIRECTORY, LOG, read_state

from alerting import alert_name, firing, pages_since, pending, print_outlook
from board import Board, print_page, print_series_header, print_series_row
from faults import FAULTS
from services.minio import build
from services.support import ROOT

UP_SECONDS = 180
HEAL_SECONDS = 90

WATCH_SECONDS = 15  # At least, also when there is no alert to wait for.
PENDING_SECONDS = 45  # For an alert that is evaluated once a minute to be seen coming.
BREAK_SECONDS = 60  # For what must be sent.


class Failure(Exception):
    """Told to the user in one line."""


def running_state():
    state = read_state()
    if "control" not in state:
        raise Failure("The demo is not running: make demo DETACH=1 starts it.")
    return state


def ask(state, action):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(state["control"])
        connection.sendall(action.encode())
        answer = json.loads(connection.makefile().read())
    if "error" in answer:
        raise Failure(f"{action} did not work: {answer['error']}")
    return answer["result"]


def print_places(state):
    # What the dashboard's panel of the same name draws, for whoever has no Grafana at hand.
    graph = urlencode({"g0.expr": "max by (dr_service, disruption) (dr_rpo_exposure_seconds)",
                       "g0.tab": 0, "g0.range_input": "15m"})
    print(f"\n  status board   {state['board']}\n  metrics        {state['metrics']}\n"
          f"  Prometheus     {state['prometheus']}\n"
          f"    exposure     {state['prometheus']}/graph?{graph}\n"
          f"  Alertmanager   {state['alertmanager']}\n"
          f"  dashboards     {ROOT / 'dashboards'}/*.json: import them into a Grafana whose data\n"
          f"                 source is this Prometheus\n")


def print_text(text):
    print(textwrap.fill(text, 100) + "\n")


def print_faults(state):
    names = [name for name, fault in FAULTS.items() if fault.is_in(state)]
    half = len(names) // 2
    print(f"Break it:  make demo-break FAULT={' | '.join(names[:half])}\n"
          f"{'':>34}{' | '.join(names[half:])}\n"
          "Mend it:   make demo-heal")


# --- up and stop. ---

def follow_start(supervisor):
    """Prints the progress until all is up."""
    end = time.monotonic() + UP_SECONDS
    since = time.monotonic()
    with open(LOG, encoding="utf-8") as log:
        while "control" not in read_state():
            line = log.readline()
            if line:
                since = time.monotonic()
                print(("\r" if sys.stdout.isatty() else "") + line, end="", flush=True)
            elif supervisor.poll() is not None:
                print(log.read())
                raise Failure(f"The demo could not be started; its logs are in {DIRECTORY}.")
            elif time.monotonic() > end:
                raise Failure(f"The demo is not up after {UP_SECONDS} s; see {LOG}.")
            else:
                if sys.stdout.isatty():
                    print(f"\r  {time.monotonic() - since:.0f} s ", end="", flush=True)
                time.sleep(0.2)
        print(log.read(), end="")


def clear():
    if DIRECTORY.exists():
        shutil.rmtree(DIRECTORY)


def end_supervisor(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + 40
    while Path(f"/proc/{pid}").exists() and read_state():
        if time.monotonic() > end:
            raise Failure(f"The demo's process {pid} does not end; kill -9 {pid} ends it with "
                          "all its servers.")
        time.sleep(0.1)


def up(arguments):
    if read_state():
        raise Failure("The demo is already running: make demo-stop ends it.")
    if arguments.s3:
        print("building MinIO, which takes some minutes the first time", flush=True)
        build()
    clear()
    DIRECTORY.mkdir(parents=True)
    command = [sys.executable, str(Path(__file__).with_name("supervisor.py"))]
    with open(LOG, "wb") as log:
        supervisor = subprocess.Popen(
            command + [f"--{part}" for part in ("detached", "kafka", "s3")
                       if getattr(arguments, part)], stdout=log, stderr=log,
            stdin=subprocess.DEVNULL if arguments.detached else subprocess.PIPE,
            start_new_session=True)
    try:
        follow_start(supervisor)
        state = running_state()
        print()
        Board(state).print()
        print_places(state)
        print_faults(state)
        if arguments.detached:
            print("End it:    make demo-stop")
            return
        print("End it:    Ctrl-C", flush=True)
        supervisor.wait()
        print("The demo was ended.")
    except BaseException as error:
        supervisor.terminate()
        supervisor.wait(60)
        if not isinstance(error, KeyboardInterrupt):
            raise
        print("\nThe demo has ended; nothing is left running.")
        clear()


def stop(_):
    state = read_state()
    if state:
        end_supervisor(state["pid"])
        print("The demo has ended; nothing is left running.")
    else:
        print("The demo was not running.")
    clear()


# --- break and heal. ---

class Series:
    """Prints a line a second and knows the rate of confirmed orders."""

    def __init__(self, state, hidden=frozenset()):
        self.state = state
        self.hidden = hidden
        self.start = time.time()
        self.confirmed = ask(state, "confirmed")
        self.at = time.monotonic()
        print_series_header(Board(state))

    def row(self, pause=1):
        time.sleep(pause)
        confirmed, at = ask(self.state, "confirmed"), time.monotonic()
        board = Board(self.state)
        print_series_row(board, time.time() - self.start,
                         (confirmed - self.confirmed) / (at - self.at),
                         firing(self.state) - self.hidden,
                         {alert.name for alert in pending(self.state)} - self.hidden)
        self.confirmed, self.at = confirmed, at
        return board


def watch(series, fault, broken_at):
    """Prints what happens until all that must be sent was sent."""
    # What still fires, and is hidden therefore, is not sent anew.
    missing, coming = fault.sent - series.hidden, fault.later - series.hidden
    while True:
        elapsed = time.time() - broken_at
        if not missing and elapsed > WATCH_SECONDS and (not coming or elapsed > PENDING_SECONDS):
            return
        if elapsed > BREAK_SECONDS:
            raise Failure(f"After {BREAK_SECONDS} s these alerts do not fire: "
                          + ", ".join(sorted(missing)))
        series.row(1 if missing or elapsed < WATCH_SECONDS else 4)
        missing -= {alert_name(alert["labels"]) for _, alert in pages_since(broken_at)}
        coming -= {alert.name for alert in pending(series.state)}


def break_it(arguments):
    state = running_state()
    if not Board(state).is_green():
        raise Failure("The board is not green: make demo-heal mends it first.")
    fault = FAULTS[arguments.fault]
    if not fault.is_in(state):
        raise Failure(f"This demo has no {fault.needs}: make demo-stop ends it, make demo "
                      f"{fault.needs.upper()}=1 starts one that has.")
    print_text(fault.story)
    before = firing(state)
    if before:
        print_text("Alerts of an earlier break still fire: " + ", ".join(sorted(before)))
    # What is pending on a green board ends by itself.
    hidden = before | {alert.name for alert in pending(state)} - fault.sent - fault.later
    series = Series(state, hidden)
    series.row()
    broken_at = time.time()
    ask(state, arguments.fault)
    print(f"{'':>8}-- {arguments.fault} --")
    watch(series, fault, broken_at)
    for at, alert in pages_since(broken_at):
        print_page(at, alert)
    print()
    board = Board(state)
    board.print()
    print()
    if fault.epilogue:
        print_text(fault.epilogue(board.metrics))
    print_outlook(state, fault.later, hidden)
    print("\nMend it:   make demo-heal")


def heal(_):
    state = running_state()
    print("Mending all that was broken.\n")
    ask(state, "heal")
    series = Series(state)
    end = time.monotonic() + HEAL_SECONDS
    board = series.row()
    while not board.is_green():
        if time.monotonic() > end:
            raise Failure(f"The board is not green after {HEAL_SECONDS} s; see {DIRECTORY}.")
        board = series.row()
    print()
    board.print()
    if firing(state):
        print("\nAlerts that fired are resolved after two minutes without a relapse.")


def show_board(_):
    state = running_state()
    Board(state).print()
    print_places(state)


def main():
    parser = argparse.ArgumentParser(prog="demo.py", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, function in (("up", up), ("break", break_it), ("heal", heal),
                           ("board", show_board), ("stop", stop)):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        if name == "up":
            command.add_argument("--detach", dest="detached", action="store_true")
            command.add_argument("--kafka", action="store_true")
            command.add_argument("--s3", action="store_true")
        elif name == "break":
            command.add_argument("fault", choices=FAULTS)
    arguments = parser.parse_args()
    try:
        arguments.function(arguments)
    except (Failure, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
