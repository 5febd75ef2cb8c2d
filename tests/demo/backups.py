# SPDX-License-Identifier: Apache-2.0
"""The backups of the demo: pgBackRest with a repository in us-west-2, fed by the primary."""

from services.pgbackrest import STANZA, PgBackRest

SEGMENT_MEGABYTES = 1
# Whoever is lost, at most this much of what was committed was not archived.
SETTINGS = {"archive_mode": "on", "archive_timeout": "3s", "archive_command": ""}


class Backups:
    def __init__(self, directory, primary):
        self.primary = primary
        self.tool = PgBackRest(directory / "backups", primary, repositories=1).create()
        self.tool.backup()

    def source(self):
        """The source `ledger-backup` of the plan."""
        listing = self.tool.argv("--repo=1", "repo-ls", "--recurse", "--output=json",
                                 f"archive/{STANZA}")
        return {"name": "ledger-backup", "collector": "backup", "dataset": "ledger",
                "interval": "5s", "timeout": "5s", "format": "pgbackrest", "set": STANZA,
                "repository": "1", "schedule": "1d",
                "wal_segment_size": f"{SEGMENT_MEGABYTES}MiB", "command": self.tool.info_argv(),
                "archive_command": listing, "primary_password_file": "@password",
                "primary_dsn": f"host=127.0.0.1 port={self.primary.port} user=dr_monitor "
                               "dbname=postgres"}

    def stop_archiver(self):
        self.primary.set(archive_command="false")

    def lose_repository(self):
        self.tool.lose(1)

    def heal(self):
        if not self.tool.paths[0].exists():
            self.tool.find(1)
        if self.primary.process.running:
            self.primary.set(archive_command=self.tool.archive_command)
