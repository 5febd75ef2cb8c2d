# SPDX-License-Identifier: Apache-2.0
"""Writes the reference in the README from the tables in the program (`make docs`).

With --check it only compares, and fails if the README is not up to date.
"""

import subprocess
import sys
from pathlib import Path

README = Path("README.md")
BEGIN = "<!-- reference: written by make docs -->\n"
END = "<!-- end of reference -->"


def reference(program):
    parts = []
    for command in ("settings", "metrics"):
        done = subprocess.run([program, command], capture_output=True, text=True, check=True)
        parts.append(f"<details><summary>{command.capitalize()}</summary>\n\n"
                     f"{done.stdout.strip()}\n\n</details>\n")
    return "\n".join(parts)


def main(program, check):
    before = README.read_text()
    head, _, rest = before.partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        sys.exit(f"README.md: the marks {BEGIN.strip()} and {END} are missing; put them back")
    after = f"{head}{BEGIN}\n{reference(program)}\n{END}{tail}"
    if check and after != before:
        sys.exit("README.md: the reference is not that of the program; run `make docs`")
    if after != before:
        README.write_text(after)


if __name__ == "__main__":
    main(sys.argv[1], "--check" in sys.argv[2:])
