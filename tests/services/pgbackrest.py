# SPDX-License-Identifier: Apache-2.0
"""pgBackRest with several repositories for one PostgreSQL server of a test."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from .process import Process
from .support import find_program

STANZA = "main"


class PgBackRest:
    """Runs as the user of the server, with everything below one directory."""

    def __init__(self, directory, server, repositories=2):
        self.program = find_program("pgbackrest", "pgbackrest")
        self.directory = Path(directory)
        self.server = server
        self.paths = [self.directory / f"repo{number + 1}" for number in range(repositories)]
        self.config = self.directory / "pgbackrest.conf"
        for path in [*self.paths, self.directory / "lock", self.directory / "spool"]:
            path.mkdir(parents=True)
            self._give(path)
        self.write_config()

    def _give(self, path):
        if self.server.user:
            shutil.chown(path, self.server.user, self.server.user)

    def write_config(self, **more):
        """`more` are settings of all repositories."""
        lines = ["[global]", "log-level-console=off", "log-level-stderr=error",
                 "log-level-file=off", "start-fast=y", "archive-timeout=10", "compress-level=1",
                 f"lock-path={self.directory}/lock", f"spool-path={self.directory}/spool"]
        for number, path in enumerate(self.paths, 1):
            lines += [f"repo{number}-path={path}", f"repo{number}-retention-full=2"]
        lines += [f"{name.replace('_', '-')}={value}" for name, value in more.items()]
        lines += [f"[{STANZA}]", f"pg1-path={self.server.data}", f"pg1-port={self.server.port}",
                  f"pg1-socket-path={self.server.directory}", "pg1-user=postgres"]
        self.config.write_text("\n".join(lines) + "\n")

    def argv(self, *words):
        argv = [self.program, f"--config={self.config}", f"--stanza={STANZA}", *map(str, words)]
        if self.server.user and os.geteuid() == 0:
            argv = ["setpriv", "--reuid", self.server.user, "--regid", self.server.user,
                    "--init-groups", *argv]
        return argv

    def run(self, *words, check=True, timeout=120):
        done = subprocess.run(self.argv(*words), capture_output=True, text=True, check=False,
                              cwd=self.directory, timeout=timeout)
        if check and done.returncode != 0:
            raise RuntimeError(f"pgbackrest {words}: {done.stderr or done.stdout}")
        return done

    @property
    def archive_command(self):
        return f"{self.program} --config={self.config} --stanza={STANZA} archive-push %p"

    def info_argv(self):
        """What a source's `command` is."""
        return self.argv("info", "--output=json")

    def archive_argv(self, repository=1):
        """What a source's `archive_command` is."""
        return self.argv(f"--repo={repository}", "repo-ls", "--recurse", "--output=json",
                         f"archive/{STANZA}")

    def segments(self, repository=1):
        """The files of WAL segments in its archive, in order."""
        return sorted(path for path in (self.paths[repository - 1] / "archive").rglob("0000*-*")
                      if path.is_file())

    def info(self):
        return json.loads(self.run("info", "--output=json").stdout)

    def create(self):
        """The stanza, and an archiver on the server that feeds it."""
        self.server.set(archive_command=self.archive_command)
        self.run("stanza-create")
        return self

    def backup(self, kind="full", repository=1):
        self.run("backup", f"--type={kind}", f"--repo={repository}")

    def start_slowly(self, repository=1):
        """A backup whose checkpoint is spread out over minutes, as a process."""
        process = Process(self.argv("backup", "--type=incr", f"--repo={repository}",
                                    "--no-start-fast"), self.directory / "slow.log")
        process.start()
        return process

    def lose(self, repository):
        """The file system of the repository is gone."""
        path = self.paths[repository - 1]
        path.rename(path.with_suffix(".lost"))

    def find(self, repository):
        path = self.paths[repository - 1]
        path.with_suffix(".lost").rename(path)
