#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Breaks the alert rules one edit at a time and requires promtool's unit tests to notice.

Prints every survivor. Fails if fewer than 90 % of the mutants are killed, or if a survivor is not
explained in survivors.txt, or if an explanation there is no longer needed. `--every=N` takes each
Nth mutant only: all of them take half an hour.
"""

import argparse
import concurrent.futures
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import typing

HERE = pathlib.Path(__file__).resolve().parent
ALERTS = HERE.parent.parent / "alerts"
SURVIVORS = HERE / "survivors.txt"
KILL_RATE_MIN = 0.9

# What to look for in an expression, and what to write instead.
SWAPS = [
    (r"(?<![=!<>~])==(?!=)", ["!="]),
    (r"<=", ["<", ">"]),
    (r">=", [">", "<"]),
    (r"(?<= )<(?= )", ["<=", ">"]),
    (r"(?<= )>(?= )", [">=", "<"]),
    (r"(?<=== )1\b", ["0"]),
    (r"(?<=== )0\b", ["1"]),
    (r"(?<=[<>] )0\b", ["1"]),
    (r"(?<=>= )0\b", ["1"]),
    (r"\bmax(?= by)", ["min", "count"]),
    (r"\bmin(?= by)", ["max", "count"]),
    (r"\bgroup(?= by|  ?without)", ["sum"]),
    (r"\bcount(?= by)", ["sum"]),
    (r"\(1,", ["(2,"]),
    (r"\bunless\b", ["and"]),
    (r"\band\b", ["unless"]),
    (r"(?m)^( *)or\b", [r"\1unless"]),
    (r"\boffset 1d", ["offset 12h", "offset 2d", ""]),
    (r"\[1d\]", ["[12h]", "[2d]"]),
    (r"\boffset 3d", ["offset 1d", "offset 7d", ""]),
    (r"\boffset 10m", [""]),
    (r"\boffset 7d", ["offset 3d", "offset 14d"]),
    (r"\[7d\]", ["[3d]", "[14d]"]),
    (r"\btime\(\)", ["0"]),
    (r"\btopk\b", ["bottomk"]),
    (r"\bbottomk\b", ["topk"]),
    (r"\bclamp_max\b", ["clamp_min"]),
    (r"\b0\.2\b", ["0.1", "0.4"]),
    (r"\b2592000\b", ["1296000", "5184000"]),
    (r"\b0\.5\b", ["0.3", "0.7"]),
    (r"\b0\.8\b", ["0.79", "0.81"]),
    (r"\b14\.4\b", ["13", "16"]),
    (r"(?<=left )6(?= )", ["5", "7"]),
    (r"\b3600\b", ["1800", "7200"]),
    (r"\b(60|600|720)\b", ["1000"]),
    (r"\[20m\]", ["[5m]"]),
    (r"\[10m\]", ["[3m]", "[20m]"]),
    (r"(?<== )\*(?= )", ["-"]),
    (r"\{[^{}]*\}", [""]),
    (r'"fail"', ['"pass"']),
    (r'"unknown"', ['"fail"']),
    (r'"critical"', ['"warning"']),
    (r'"warning"', ['"info"']),
    (r'"rpo"', ['"rto"']),
    (r'"dr_exporter"', ['"node"']),
    (r'rpo\|dependency', ["rpo", "dependency"]),
    (r'!=""', ['=""']),
    (r"!~", ["=~"]),
    (r" \+ ", [" - "]),
    (r"(?<= )- ", ["+ "]),
    (r'"runbook"', ['"drill"']),
    (r"dr_drill_\[", ["["]),
]
LISTS = re.compile(r"\b(by|on|group_left|without) \(([^()]*)\)")
HEADER = re.compile(r"^ +- (?:record|alert): (\S+)", re.M)
EXPRESSION = re.compile(r"^( +)expr: (?:\|\n((?:\1 .*\n|\n)+)|(.*)\n)", re.M)
DURATION = re.compile(r"^ +(for|keep_firing_for): (\d+)([smh])$", re.M)
SEVERITY = re.compile(r"^ +severity: (critical|warning|info)$", re.M)


class Mutant(typing.NamedTuple):
    """One edit of one rule file."""

    file: str
    name: str
    text: str


def before(expression: str, match: re.Match) -> str:
    """The text from the start of a match's line up to the match."""
    return expression[expression.rfind("\n", 0, match.start()) + 1:match.start()]


def edits_of_expression(expression: str) -> typing.Iterator[tuple[int, int, str]]:
    """Every edit of an expression as (start, end, replacement)."""
    for pattern, replacements in SWAPS:
        for match in re.finditer(pattern, expression):
            for replacement in replacements:
                yield match.start(), match.end(), match.expand(replacement)
    for match in LISTS.finditer(expression):
        labels = [label.strip() for label in match[2].split(",") if label.strip()]
        for label in labels:
            rest = ", ".join(other for other in labels if other != label)
            yield match.start(), match.end(), f"{match[1]} ({rest})"
        # Where `instance` is there or was aggregated away before, adding it changes nothing.
        gone = "instance" in labels or "topk" in before(expression, match)
        if match[1] == "by" and not gone:
            yield match.start(), match.end(), f"by ({', '.join([*labels, 'instance'])})"


def edits_of_file(text: str) -> typing.Iterator[tuple[int, int, str]]:
    """Every edit of a rule file as (start, end, replacement)."""
    for match in EXPRESSION.finditer(text):
        group = 2 if match[2] is not None else 3
        for start, end, replacement in edits_of_expression(match[group]):
            yield match.start(group) + start, match.start(group) + end, replacement
    for match in DURATION.finditer(text):
        value = int(match[2])
        for other in {value * 2, value // 2}:
            yield match.start(2), match.end(2), str(other)
    for match in SEVERITY.finditer(text):
        yield match.start(1), match.end(1), "warning" if match[1] != "warning" else "critical"


def mutants_of(path: pathlib.Path) -> list[Mutant]:
    """All mutants of a rule file, each named by its rule and edit."""
    text = path.read_text(encoding="utf-8")
    headers = [(match.start(), match[1]) for match in HEADER.finditer(text)]
    mutants: list[Mutant] = []
    seen: dict[str, int] = {}
    for start, end, replacement in edits_of_file(text):
        rule = [name for position, name in headers if position < start][-1]
        line_start = text.rfind("\n", 0, start) + 1
        before = " ".join(text[start:end].split())
        after = " ".join(replacement.split())
        near = " ".join(text[line_start:text.find("\n", end)].split())
        name = " ".join(f"{rule}: {before} -> {after} in: {near}".split())
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 1:
            name += f" ({seen[name]})"
        mutants.append(Mutant(path.name, name, text[:start] + replacement + text[end:]))
    return mutants


def seconds_of(test: pathlib.Path) -> float:
    """How long promtool takes for a test of the rules as they are."""
    start = time.monotonic()
    subprocess.run(["promtool", "test", "rules", str(test)], check=True, capture_output=True,
                   timeout=600)
    return time.monotonic() - start


def is_about(test: str, mutant: Mutant) -> bool:
    """A broken alert is noticed where it is asked for; a broken record in any test of its file."""
    alert = re.match(r"Dr\w+", mutant.name)
    return mutant.file in test and (alert is None or alert[0] in test)


def is_killed(mutant: Mutant, tests: list[str]) -> bool:
    """True if one of the unit tests fails, or promtool refuses the mutant."""
    with tempfile.TemporaryDirectory(prefix="dr-mutant-") as directory:
        copy = pathlib.Path(directory) / "alerts"
        shutil.copytree(ALERTS, copy)
        (copy / mutant.file).write_text(mutant.text, encoding="utf-8")
        for name in tests:
            test = copy / "tests" / name
            if not is_about(test.read_text(encoding="utf-8"), mutant):
                continue
            result = subprocess.run(["promtool", "test", "rules", str(test)], check=False,
                                    capture_output=True, timeout=600)
            if result.returncode != 0:
                return True
    return False


def read_survivors() -> dict[str, str]:
    """Known survivors and why no test can or should kill them."""
    survivors = {}
    reason = ""
    for line in SURVIVORS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith("  "):
            survivors[line.strip()] = reason
        else:
            reason = line.strip()
    return survivors


def main() -> int:
    """Runs the mutants; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each Nth mutant only")
    every = parser.parse_args().every
    mutants = [mutant for path in sorted(ALERTS.glob("*.rules.yml"))
               for mutant in mutants_of(path)]
    names = {mutant.name for mutant in mutants}
    mutants = mutants[::every]
    looked_at = {mutant.name for mutant in mutants}
    tests = sorted((ALERTS / "tests").glob("*_test.yml"))
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        # The slow ones last: most mutants do not live to see them.
        seconds = list(pool.map(seconds_of, tests))
        order = [test.name for _, test in sorted(zip(seconds, tests))]
        killed = list(pool.map(lambda mutant: is_killed(mutant, order), mutants))
    survivors = [mutant.name for mutant, dead in zip(mutants, killed) if not dead]
    known = read_survivors()
    problems = 0
    for name in survivors:
        if name in known:
            print(f"survived, as expected: {name}\n    {known[name]}")
        else:
            print(f"SURVIVED: {name}\n    add a test that fails, or a reason to {SURVIVORS.name}")
            problems += 1
    for name in sorted(set(known) - set(survivors)):
        if name in names - looked_at:
            continue
        print(f"{SURVIVORS.name}: did not survive or does not exist, remove it: {name}")
        problems += 1
    rate = 1 - len(survivors) / len(mutants)
    print(f"{len(mutants)} mutants, {len(mutants) - len(survivors)} killed: {rate:.1%}")
    return 1 if problems or rate < KILL_RATE_MIN else 0


if __name__ == "__main__":
    sys.exit(main())
