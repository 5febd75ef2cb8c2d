# SPDX-License-Identifier: Apache-2.0
"""Where the demo keeps what it must remember between commands."""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

DIRECTORY = ROOT / "build/demo"
LOG = DIRECTORY / "log"
STATE = DIRECTORY / "state.json"
PAGES = DIRECTORY / "pages"


def read_state():
    """What the running demo says of itself; {} when none runs."""
    try:
        state = json.loads(STATE.read_text())
        command = Path(f"/proc/{state['pid']}/cmdline").read_bytes()
    except (OSError, ValueError):
        return {}
    return state if b"supervisor.py" in command else {}


def write_state(**state):
    draft = STATE.with_suffix(".new")
    draft.write_text(json.dumps({"pid": os.getpid(), **state}))
    draft.replace(STATE)
