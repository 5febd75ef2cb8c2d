# SPDX-License-Identifier: Apache-2.0
"""The manual page formats without warnings and has the commands and flags of the program."""

import os
import re
import subprocess
from pathlib import Path

from services.support import find_program

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "exporter/dr_exporter.1"
PROGRAM = Path(os.environ.get("DR_EXPORTER", ROOT / "build/gcc/dr_exporter"))


def help_text():
    return subprocess.run([PROGRAM, "--help"], check=True, capture_output=True, text=True).stdout


def test_manual_formats_without_warnings():
    done = subprocess.run([find_program("groff", "groff-base"), "-mdoc", "-ww", "-Tutf8", PAGE],
                          check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "measure whether each service" in done.stdout


def test_manual_has_the_flags_of_the_program():
    flags = set(re.findall(r"^  (--[a-z.-]+)", help_text(), re.MULTILINE))
    documented = {"-" + flag for flag in re.findall(r"^\.It Fl (-[a-z.-]+)", PAGE.read_text(),
                                                    re.MULTILINE)}
    assert flags and documented == flags


def test_manual_has_the_commands_of_the_program():
    section = help_text().split("Commands:\n")[1].split("\n\n")[0]
    commands = set(re.findall(r"^  ([a-z-]+)", section, re.MULTILINE))
    section = PAGE.read_text().split(".Ss Commands")[1].split(".Ss Flags")[0]
    assert commands and set(re.findall(r"^\.It Cm ([a-z-]+)", section, re.MULTILINE)) == commands
