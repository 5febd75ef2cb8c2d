# SPDX-License-Identifier: Apache-2.0
"""The metrics and labels that the program says it writes."""

import re
import subprocess

from .exporter import program


def metric_table():
    """{name: labels} from the program's own reference."""
    text = subprocess.run([program(), "metrics"], check=True, capture_output=True,
                          text=True).stdout
    table = {}
    for line in text.splitlines():
        cells = re.match(r"\| `(\w+)` \| (\w+) \| ([^|]*) \|", line)
        if cells:
            # Several collectors may write a metric, with different labels.
            labels = table.setdefault(cells[1], set())
            labels |= set(re.findall(r"`(\w+)`", cells[3]))
            if cells[2] == "histogram":
                table[cells[1] + "_bucket"] = labels | {"le"}
                table[cells[1] + "_sum"] = table[cells[1] + "_count"] = labels
    assert table
    return table
