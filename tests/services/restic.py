# SPDX-License-Identifier: Apache-2.0
"""restic with a local repository."""

import json
import os
import subprocess
from pathlib import Path

from .process import Process
from .support import find_program, wait_until

PASSWORD = "restic 'pass' \"word\""


class Restic:
    def __init__(self, directory):
        self.program = find_program("restic", "restic")
        self.directory = Path(directory)
        self.repository = self.directory / "repository"
        self.password_path = self.directory / "restic-password"
        self.password_path.write_text(PASSWORD)

    def argv(self, *words):
        return [self.program, "--repo", str(self.repository), "--cache-dir",
                str(self.directory / "cache"), *map(str, words)]

    def snapshots_argv(self, *words):
        """What a source's `command` is."""
        return self.argv("snapshots", "--json", *words)

    def run(self, *words, check=True):
        done = subprocess.run(self.argv(*words), capture_output=True, text=True, check=False,
                              timeout=60, cwd=self.directory,
                              env={**os.environ, "RESTIC_PASSWORD": PASSWORD})
        if check and done.returncode != 0:
            raise RuntimeError(f"restic {words}: {done.stderr or done.stdout}")
        return done

    def create(self):
        self.run("init")
        return self

    def backup(self, name, *words):
        """Backs up a directory of that name, which has one file."""
        path = self.directory / "data" / name
        path.mkdir(parents=True, exist_ok=True)
        (path / "file").write_text("content")
        self.run("backup", "--host", "db1", path, *words)
        return f"db1:{path}"

    def snapshots(self):
        return json.loads(self.run("snapshots", "--json").stdout)

    def lock(self):
        """Another restic prunes and does not come to its end; its process."""
        process = Process(self.argv("prune"), self.directory / "prune.log",
                          environment={"RESTIC_PASSWORD": PASSWORD})
        process.start()
        wait_until(lambda: any((self.repository / "locks").iterdir()), 20, "the lock", every=0.001)
        process.pause()
        return process
