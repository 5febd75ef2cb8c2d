# SPDX-License-Identifier: Apache-2.0
"""The README is true: its reference is what the program says, its example is a valid plan."""

import subprocess
import sys
from pathlib import Path

from services.exporter import program, run

ROOT = Path(__file__).resolve().parents[2]


def test_reference_is_current():
    done = subprocess.run([sys.executable, "tests/reference.py", str(program()), "--check"],
                          cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_example_is_a_valid_plan(tmp_path):
    example = (ROOT / "README.md").read_text().split("```yaml\n")[1].split("```")[0]
    (tmp_path / "dr.yml").write_text(example)
    done = run("check-config", "--config.file=dr.yml", directory=tmp_path)
    assert done.returncode == 0, done.stderr
    warnings = [line for line in done.stdout.splitlines() if line.startswith("warning")]
    assert warnings == []
