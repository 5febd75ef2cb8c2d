# SPDX-License-Identifier: Apache-2.0
"""Runs all tests and sums them up: `make test` and `make test-all`."""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUTPUT_CHARACTERS_MAX = 20_000  # A sanitizer can repeat itself for ever.
BOTH_SANITIZERS = ("address,undefined", "thread")
# Forked from a thread, what the thread sanitizer watches sleeps a second at its end, or hangs.
FORKING_UNIT_TESTS = {"command_test"}


class Totals:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.skipped = 0
        self.failures = []

    def add(self, what, passed, failed, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        if failed:
            self.failures.append(f"{what}: {failed}")


def step(title):
    print(f"\n== {title}", flush=True)


def make(totals, *arguments):
    """A build is one test: it passes when nothing warns."""
    done = subprocess.run(["make", "--no-print-directory", "--silent", "-j2", *arguments],
                          cwd=ROOT, check=False)
    good = done.returncode == 0
    totals.add("make " + " ".join(arguments), int(good), int(not good))
    return good


def build_directory(compiler, sanitize=""):
    return ROOT / "build" / "-".join([compiler, *sanitize.replace(",", "-").split()])


def run_unit_tests(totals, compiler, sanitize=""):
    step(f"unit tests, {compiler} {sanitize}")
    arguments = [f"CC={compiler}"] + ([f"SANITIZE={sanitize}"] if sanitize else [])
    if not make(totals, *arguments, "all", "unit-tests"):
        return
    directory = build_directory(compiler, sanitize) / "tests/unit"
    programs = [directory / source.stem
                for source in sorted((ROOT / "tests/unit").glob("*_test.c"))
                if sanitize != "thread" or source.stem not in FORKING_UNIT_TESTS]
    # Two at a time: some only wait.
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda program: subprocess.run(
            [program], cwd=ROOT, check=False, capture_output=True, text=True, errors="replace"),
            programs)
        report_unit_tests(totals, programs, runs)


def report_unit_tests(totals, programs, runs):
    for program, done in zip(programs, runs):
        output = done.stdout + done.stderr
        # cmocka prints its verdicts to the standard error.
        passed = sum(map(int, re.findall(r"\[  PASSED  \] (\d+) test", output)))
        failed = len(set(re.findall(r"\[  FAILED  \] (\w+)$", output, re.MULTILINE)))
        if done.returncode != 0:
            failed = max(failed, 1)
            print(output[:OUTPUT_CHARACTERS_MAX])
        print(f"{program.name}: {passed} passed, {failed} failed", flush=True)
        totals.add(program.name, passed, failed)


def run_fuzz_replays(totals):
    step("corpora of the fuzzers, under sanitizers")
    if not make(totals, "CC=gcc", f"SANITIZE={BOTH_SANITIZERS[0]}", "fuzz-replays"):
        return
    directory = build_directory("gcc", BOTH_SANITIZERS[0]) / "tests/fuzz"
    for source in sorted((ROOT / "tests/fuzz").glob("*_fuzz.c")):
        corpus = ROOT / "tests/fuzz/corpus" / source.stem.removesuffix("_fuzz")
        done = subprocess.run([directory / source.stem, corpus], cwd=ROOT, check=False)
        totals.add(source.stem, int(done.returncode == 0), int(done.returncode != 0))


def run_pytest(totals, title, *arguments, program=None):
    step(title)
    report = ROOT / "build/pytest.xml"
    report.unlink(missing_ok=True)
    environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    if program:
        environment["DR_EXPORTER"] = str(program)
    flags = os.environ.get("PYTEST_FLAGS", "").split()
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                           "--durations=5", f"--junitxml={report}", *arguments, *flags,
                           "tests"], cwd=ROOT, check=False, env=environment)
    count = failed = skipped = 0
    if report.exists():
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            count += int(suite.get("tests"))
            failed += int(suite.get("failures")) + int(suite.get("errors"))
            skipped += int(suite.get("skipped"))
    if done.returncode != 0:
        failed = max(failed, 1)
    totals.add(title, max(count - failed - skipped, 0), failed, skipped)


def run_lint(totals):
    step("lint")
    make(totals, "lint")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="also what is slow")
    everything = parser.parse_args().all
    start = time.monotonic()
    totals = Totals()

    run_lint(totals)
    run_unit_tests(totals, "gcc")
    run_unit_tests(totals, "clang")
    for sanitize in BOTH_SANITIZERS:
        run_unit_tests(totals, "gcc", sanitize)
    run_fuzz_replays(totals)
    slow = [] if everything else ["-m", "not slow"]
    # Two at a time: the tests mostly wait. Those of one file share servers and stay together.
    slow += ["-n", "2", "--dist", "loadfile"]
    run_pytest(totals, "real systems", *slow, program=build_directory("gcc") / "dr_exporter")
    for sanitize in BOTH_SANITIZERS:
        which = ["sanitized"] + ([] if everything else ["not slow"])
        which += ["not forks"] if sanitize == "thread" else []
        run_pytest(totals, f"real systems, {sanitize}", "-m", " and ".join(which),
                   "-n", "2", "--dist", "loadfile",
                   program=build_directory("gcc", sanitize) / "dr_exporter")

    print()
    for failure in totals.failures:
        print("FAILED", failure)
    skipped = f", {totals.skipped} skipped" if totals.skipped else ""
    print(f"took {time.monotonic() - start:.0f} s")
    print(f"{totals.passed} passed, {totals.failed} failed{skipped}")
    return 1 if totals.failed or not totals.passed else 0


if __name__ == "__main__":
    sys.exit(main())
