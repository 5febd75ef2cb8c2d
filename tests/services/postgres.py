# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL clusters: a primary, its standbys, and what may happen to them."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from .process import Process
from .support import MissingComponent, find_program, free_port, wait_until

# With the characters that a careless connection string or log line would trip over.
PASSWORD = "pa55 'w\\ord=Zx9"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "wal_level": "replica",
    "shared_buffers": "16MB",
    "max_connections": "50",
    "fsync": "off",  # The machine does not crash in a test, only processes do.
    "wal_keep_size": "64MB",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "wal_retrieve_retry_interval": "200ms",
    "logging_collector": "off",
    "log_line_prefix": "%m %q%u@%a ",
}

HBA = """local all all trust
host replication replicator 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""


def find_binaries():
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                      key=lambda path: int(path.parts[-3]))
    if not versions:
        raise MissingComponent("PostgreSQL is missing: tests/install-dependencies test "
                               "installs postgresql-15")
    return versions[-1].parent


def faketime_library():
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        raise MissingComponent("libfaketime is missing: tests/install-dependencies test "
                               "installs faketime")
    return str(library)


def server_user():
    """PostgreSQL refuses to run as root, which then lends it the packaged user."""
    return "postgres" if os.geteuid() == 0 else None


class Session:
    """An open psql connection, to hold locks and transactions."""

    def __init__(self, argv):
        self.child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, bufsize=1)

    def send(self, text):
        """Does not wait for the answer."""
        self.child.stdin.write(text + ";\n")
        self.child.stdin.flush()

    def run(self, text):
        """Waits until the statement was answered; returns what was printed."""
        self.send(text)
        self.child.stdin.write("\\echo end-of-answer\n")
        self.child.stdin.flush()
        lines = []
        for line in self.child.stdout:
            if line.strip() == "end-of-answer":
                return "".join(lines).strip()
            lines.append(line)
        raise RuntimeError("psql ended: " + "".join(lines))

    def close(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


class Postgres:
    def __init__(self, directory, name="primary", settings=None, clock_offset_seconds=0):
        self.directory = Path(directory) / name
        self.name = name
        self.port = free_port()
        self.user = server_user()
        self.binaries = find_binaries()
        self.settings = {**SETTINGS, **(settings or {})}
        self.sessions = []
        self.process = None
        self.directory.mkdir(parents=True)
        self.data = self.directory / "data"
        self.clock_offset_seconds = clock_offset_seconds
        if self.user:
            shutil.chown(self.directory, self.user, self.user)

    def __repr__(self):
        return f"<{self.name} on port {self.port}>"

    def _run(self, *argv, as_server=True):
        words = [str(word) for word in argv]
        if as_server and self.user:
            words = ["setpriv", "--reuid", self.user, "--regid", self.user,
                     "--init-groups"] + words
        done = subprocess.run(words, capture_output=True, text=True, check=False,
                              cwd=self.directory, stdin=subprocess.DEVNULL, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    # --- Life. ---

    def create(self, segment_megabytes=16):
        self._run(self.binaries / "initdb", "-D", self.data, "-U", "postgres", "--auth=trust",
                  "--no-sync", "--encoding=UTF8", "--no-locale",
                  f"--wal-segsize={segment_megabytes}")
        return self

    def create_roles(self):
        self.sql("CREATE ROLE replicator LOGIN REPLICATION")
        self.create_monitor("dr_monitor", "pg_monitor")
        return self

    def create_monitor(self, name, *memberships):
        quoted = PASSWORD.replace("'", "''").replace("\\", "\\\\")
        self.sql(f"CREATE ROLE {name} LOGIN PASSWORD E'{quoted}'")
        for membership in memberships:
            self.sql(f"GRANT {membership} TO {name}")

    def write_settings(self):
        lines = [f"{name} = '{str(value).replace(chr(39), chr(39) * 2)}'"
                 for name, value in {**self.settings, "port": self.port,
                                     "unix_socket_directories": self.directory}.items()]
        (self.data / "postgresql.conf").write_text("\n".join(lines) + "\n")
        (self.data / "pg_hba.conf").write_text(HBA)

    def start(self, timeout=30):
        self.write_settings()
        program = [self.binaries / "postgres", "-D", self.data]
        if self.clock_offset_seconds:
            # By env, so that setpriv itself does not load the library as root.
            program = ["env", f"LD_PRELOAD={faketime_library()}", "FAKETIME_DONT_FAKE_MONOTONIC=1",
                       f"FAKETIME={self.clock_offset_seconds:+d}s"] + program
        self.process = Process(program, self.directory / "log", self.user)
        self.process.start()
        wait_until(self.answers, timeout, f"{self} to answer")
        return self

    def answers(self):
        if not self.process.running:
            raise RuntimeError(f"{self} ended:\n" + self.process.log()[-2000:])
        try:
            return self.sql("SELECT 1") == "1"
        except RuntimeError:
            return False

    def stop(self, mode="fast"):
        for session in self.sessions:
            session.close()
        self.sessions.clear()
        if self.process:
            self.process.stop({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode], 30)

    def kill(self):
        """The host is lost: no goodbye to anybody."""
        self.process.kill()

    def restart(self):
        self.stop()
        return self.start()

    def pause(self):
        self.process.pause()

    def resume(self):
        self.process.resume()

    def promote(self):
        self.sql("SELECT pg_promote(true, 60)")

    def set(self, **settings):
        """Changes settings that need no restart and waits until they hold."""
        self.settings.update(settings)
        self.write_settings()
        loaded = self.sql("SELECT pg_conf_load_time()")
        self.sql("SELECT pg_reload_conf()")
        wait_until(lambda: self.sql("SELECT pg_conf_load_time()") != loaded, 10, "the reload")

    def enable_checksums(self):
        """Of a server that does not run."""
        self._run(self.binaries / "pg_checksums", "--enable", "--no-sync", "-D", self.data)

    def corrupt(self, table):
        """Writes over a part of a table's first page on disk."""
        path = self.data / self.sql(f"CHECKPOINT; SELECT pg_relation_filepath('{table}')")
        with open(path, "r+b") as file:
            file.seek(4000)
            file.write(b"spoiled" * 10)

    # --- Talk. ---

    def _psql(self, database="postgres", user="postgres"):
        return ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", str(self.directory),
                "-p", str(self.port), "-U", user, "-d", database]

    def sql(self, text, database="postgres", user="postgres"):
        """Runs statements as superuser over the private socket; rows as text, columns by |."""
        return self._run(*self._psql(database, user), "-c", text, as_server=False).strip()

    def session(self, database="postgres", user="postgres"):
        session = Session(self._psql(database, user))
        self.sessions.append(session)
        return session

    def dsn(self, port=None, user="dr_monitor", **more):
        words = {"host": "127.0.0.1", "port": port or self.port, "user": user,
                 "dbname": "postgres", **more}
        return " ".join(f"{name}={value}" for name, value in words.items())

    def write(self, rows=1):
        """Commits some rows."""
        self.sql("CREATE TABLE IF NOT EXISTS load (at timestamptz, filler text); INSERT INTO "
                 f"load SELECT now(), repeat('x', 200) FROM generate_series(1, {rows})")

    def lsn(self):
        return self.sql("SELECT pg_current_wal_lsn()")

    def connections(self, application_name="dr_exporter"):
        """The process ids of the backends of an application."""
        rows = self.sql("SELECT pid FROM pg_stat_activity WHERE application_name = "
                        f"'{application_name}' ORDER BY pid")
        return [int(row) for row in rows.split()]

    # --- Replication. ---

    def backup(self, target):
        """A base backup of this server as the data directory of another."""
        self._run(self.binaries / "pg_basebackup", "-D", target.data, "-U", "replicator",
                  "-d", f"host=127.0.0.1 port={self.port}", "-c", "fast", "--no-sync",
                  "-X", "stream")
        (target.data / "standby.signal").touch()
        if target.user:
            shutil.chown(target.data / "standby.signal", target.user, target.user)

    def standby(self, name="standby", through=None, slot=True, settings=None,
                clock_offset_seconds=0):
        """A running streaming standby; `through` is the port of a proxy."""
        copy = Postgres(self.directory.parent, name, {**self.settings, **(settings or {})},
                        clock_offset_seconds)
        self.backup(copy)
        copy.settings["primary_conninfo"] = (
            f"host=127.0.0.1 port={through or self.port} user=replicator "
            f"application_name={name}")
        if slot:
            self.sql(f"SELECT pg_create_physical_replication_slot('{name}', true)")
            copy.settings["primary_slot_name"] = name
        copy.start()
        wait_until(lambda: name in self.streaming(), 20, f"{name} to stream")
        return copy

    def streaming(self):
        """The names of the standbys that stream."""
        return self.sql("SELECT application_name FROM pg_stat_replication "
                        "WHERE state = 'streaming'").split()

    def wait_for_copy(self, standby, column="replay_lsn", timeout=20):
        """Until the standby has all that this server has written up to now."""
        lsn = self.lsn()
        wait_until(lambda: self.sql(
            f"SELECT bool_or({column} >= '{lsn}') FROM pg_stat_replication WHERE "
            f"application_name = '{standby.name}'") == "t", timeout, f"{standby.name} at {lsn}")
