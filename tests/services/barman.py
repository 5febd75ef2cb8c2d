# SPDX-License-Identifier: Apache-2.0
"""Barman for one PostgreSQL server of a test: base backups and WAL, both by streaming."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from .process import Process
from .support import find_program, wait_until

SERVER = "main"


class Barman:
    """Runs as the user of the server; its receiver is a process of the test."""

    def __init__(self, directory, server):
        self.program = find_program("barman", "barman")
        self.directory = Path(directory)
        self.server = server
        self.home = self.directory / "home"
        self.config = self.directory / "barman.conf"
        self.home.mkdir(parents=True)
        user = server.user or Path.home().owner()
        for path in (self.directory, self.home):
            if server.user:
                shutil.chown(path, server.user, server.user)
        address = f"host={server.directory} port={server.port} user=postgres"
        self.config.write_text(f"""[barman]
barman_user = {user}
barman_home = {self.home}
barman_lock_directory = {self.home}
configuration_files_directory = {self.directory}/conf.d
log_file = {self.directory}/barman.log
log_level = INFO

[{SERVER}]
description = A server of a test
conninfo = {address} dbname=postgres
streaming_conninfo = host=127.0.0.1 port={server.port} user=replicator
backup_method = postgres
streaming_archiver = on
slot_name = barman
create_slot = auto
path_prefix = {server.binaries}
immediate_checkpoint = true
""")
        self.receiver = None

    def argv(self, *words):
        argv = ["env", f"HOME={self.home}", self.program, f"--config={self.config}",
                *map(str, words)]
        if self.server.user and os.geteuid() == 0:
            argv = ["setpriv", "--reuid", self.server.user, "--regid", self.server.user,
                    "--init-groups", *argv]
        return argv

    def run(self, *words, check=True, timeout=120):
        done = subprocess.run(self.argv(*words), capture_output=True, text=True, check=False,
                              cwd=self.directory, timeout=timeout)
        if check and done.returncode != 0:
            raise RuntimeError(f"barman {words}: {done.stdout}{done.stderr}")
        return done

    def list_argv(self):
        """What a source's `command` is."""
        return self.argv("-f", "json", "list-backup", SERVER)

    def diagnose_argv(self):
        """What a source's `archive_command` is."""
        return self.argv("diagnose")

    def backups(self):
        return json.loads(self.run("-f", "json", "list-backup", SERVER).stdout)[SERVER]

    def start(self):
        self.run("receive-wal", "--create-slot", SERVER)
        self.receive()
        return self

    def receive(self):
        self.receiver = Process(self.argv("receive-wal", SERVER), self.directory / "receiver.log")
        self.receiver.start()
        wait_until(lambda: "barman_receive_wal" in self.server.sql(
            "SELECT string_agg(application_name, ' ') FROM pg_stat_replication"), 20,
            "the receiver to stream")

    def archive(self):
        """What cron does every minute: received segments go to the archive."""
        self.run("archive-wal", SERVER)

    def has_segment(self):
        self.advance()
        return any((self.home / SERVER / "wals").glob("*/*"))

    def run_backup(self):
        """Barman refuses to back up before it has seen a segment arrive."""
        wait_until(self.has_segment, 30, "a segment", every=0.5)
        return self.run("backup", SERVER, check=False)

    def backup(self):
        done = self.run_backup()
        if done.returncode != 0:
            raise RuntimeError("the backup failed: " + done.stderr)
        self.settle()

    def backup_in_vain(self):
        """pg_basebackup refuses the option, and the backup is FAILED."""
        text = self.config.read_text()
        self.config.write_text(text + "bandwidth_limit = 1\n")
        failed = self.run_backup()
        self.config.write_text(text)
        if failed.returncode == 0:
            raise RuntimeError("the backup did not fail: " + failed.stdout)

    def backup_without_wal(self):
        """The backup is complete, but the receiver does not deliver the WAL that it needs."""
        wait_until(self.has_segment, 30, "a segment", every=0.5)
        self.receiver.pause()
        self.run("backup", SERVER)
        if not any(entry["status"] == "WAITING_FOR_WALS" for entry in self.backups()):
            raise RuntimeError("the backup does not wait for its WAL")

    def advance(self):
        """A segment is completed and archived."""
        self.server.write()
        self.server.sql("SELECT pg_switch_wal()")
        self.archive()

    def settle(self):
        """What cron does besides: a backup whose WAL has arrived becomes DONE."""
        self.receiver.resume()
        self.server.sql("SELECT pg_switch_wal()")
        wait_until(self.is_settled, 30, "the WAL of the backup", every=0.3)

    def is_settled(self):
        self.archive()
        waiting = [entry["backup_id"] for entry in self.backups()
                   if entry["status"] == "WAITING_FOR_WALS"]
        for backup_id in waiting:
            self.run("check-backup", SERVER, backup_id)
        return not waiting

    def stop(self):
        if self.receiver:
            self.receiver.stop(timeout=20)
