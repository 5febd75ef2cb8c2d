# SPDX-License-Identifier: Apache-2.0
"""Programs that are not in Debian: built once from their Go modules, and kept below build/."""

import fcntl
import hashlib
import json
import os
import re
import stat
import subprocess
from pathlib import Path

from .support import ROOT, MissingComponent, find_program

# What the modules ask for; Debian 12 has 1.19, which can fetch a newer one as a module.
GO_VERSION = (1, 26)
TOOLCHAIN = "golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64"


def run_go(program, *words, **options):
    environment = {**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    # Other tests run meanwhile, and take note of the time.
    done = subprocess.run(["nice", program, *map(str, words)], env=environment, timeout=1500,
                          capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise MissingComponent(f"go {' '.join(map(str, words))}: {done.stderr[-2000:]}")
    return done.stdout


def go_program():
    """A Go that is new enough: the one that is installed, or the module of a newer one."""
    program = find_program("go", "golang-go")
    version = re.search(r"go(\d+)\.(\d+)", run_go(program, "version"))
    if tuple(map(int, version.groups())) >= GO_VERSION:
        return program
    directory = Path(json.loads(run_go(program, "mod", "download", "-json", TOOLCHAIN))["Dir"])
    # Modules are unpacked without the permission to execute.
    for pattern in ("bin/*", "pkg/tool/*/*"):
        for path in directory.glob(pattern):
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(directory / "bin/go")


def build(module, package, *flags):
    """The path of a package's program, of the version that the go.mod in `module` names, below
    build/; one process builds, others wait."""
    sources = [module / "go.mod", *sorted(module.rglob("*.go"))]
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    name = re.sub(r"/v\d+$", "", package).rsplit("/", 1)[1]
    program = ROOT / "build" / name / name
    stamp = program.with_name("stamp")
    program.parent.mkdir(parents=True, exist_ok=True)
    with open(program.with_name("lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (program.exists() and stamp.exists() and stamp.read_text() == wanted):
            run_go(go_program(), "build", "-trimpath", "-ldflags=-s -w", *flags, "-o", program,
                   package, cwd=module)
            stamp.write_text(wanted)
    return program
