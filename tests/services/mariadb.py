# SPDX-License-Identifier: Apache-2.0
"""MariaDB in New York (nothing may depend on the time zone), its exporter and its heartbeat."""

import subprocess
import threading
from pathlib import Path

from .process import Process
from .support import find_program, free_port, http_request, wait_until

PASSWORD = "replicated"
SBIN = ("/usr/sbin",)
BEAT = """REPLACE INTO percona.heartbeat (ts, server_id)
    VALUES (DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%f'), 1)"""
# The table as pt-heartbeat creates it, and who replicates and looks.
SETUP = f"""CREATE DATABASE percona;
    CREATE TABLE percona.heartbeat (ts varchar(26) NOT NULL,
        server_id int unsigned NOT NULL PRIMARY KEY, file varchar(255), position bigint unsigned,
        relay_master_log_file varchar(255), exec_master_log_pos bigint unsigned);
    CREATE USER replica@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
    GRANT REPLICATION SLAVE ON *.* TO replica@'127.0.0.1';
    CREATE USER exporter@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
    GRANT PROCESS, SLAVE MONITOR, BINLOG MONITOR, SELECT ON *.* TO exporter@'127.0.0.1';"""


class Mariadb:
    def __init__(self, directory, number):
        self.directory = Path(directory) / str(number)
        self.directory.mkdir()
        self.port = free_port()
        self.socket = self.directory / "socket"
        subprocess.run([find_program("mariadb-install-db", "mariadb-server-core"), "--no-defaults",
                        f"--datadir={self.directory / 'data'}", "--user=root",
                        "--auth-root-authentication-method=normal"],
                       check=True, capture_output=True)
        self.process = Process([
            find_program("mariadbd", "mariadb-server-core", SBIN), "--no-defaults", "--user=root",
            f"--datadir={self.directory / 'data'}", "--bind-address=127.0.0.1",
            f"--port={self.port}", f"--socket={self.socket}", f"--server-id={number}", "--log-bin",
            "--innodb-buffer-pool-size=16M"], self.directory / "log",
            environment={"TZ": "America/New_York"})

    def start(self):
        self.process.start()
        wait_until(lambda: self.run("SELECT 1", check=False).returncode == 0, 30,
                   "MariaDB to answer")
        return self

    def run(self, statement, check=True):
        return subprocess.run([
            find_program("mariadb", "mariadb-client-core"), "--no-defaults", "--user=root",
            f"--socket={self.socket}", "--execute", statement], check=check, capture_output=True)

    def follow(self, primary):
        self.run(f"""CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary.port},
            MASTER_USER='replica', MASTER_PASSWORD='{PASSWORD}', MASTER_USE_GTID=slave_pos;
            START SLAVE""")

    def stop(self):
        self.process.stop(timeout=30)


class Heartbeat:
    """What `pt-heartbeat --update --utc` does, twice a second."""

    def __init__(self, primary):
        self.primary = primary
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.beat, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def beat(self):
        while not self.ended.wait(0.5):
            self.primary.run(BEAT, check=False)

    def stop(self):
        self.ended.set()
        self.thread.join()


class MysqldExporter:
    def __init__(self, directory, server):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/metrics"
        self.process = Process([
            find_program("prometheus-mysqld-exporter", "prometheus-mysqld-exporter"),
            "--collect.heartbeat", "--collect.heartbeat.database=percona",
            "--collect.heartbeat.utc", f"--web.listen-address=127.0.0.1:{self.port}"],
            Path(directory) / "mysqld_exporter.log",
            environment={"DATA_SOURCE_NAME": f"exporter:{PASSWORD}@(127.0.0.1:{server.port})/"})

    def start(self):
        self.process.start()
        wait_until(self.has_heartbeat, 20, "a heartbeat at the replica")
        return self

    def has_heartbeat(self):
        try:
            return "mysql_heartbeat_stored_timestamp_seconds{" in http_request(self.url).text
        except OSError:
            return False

    def stop(self):
        self.process.stop()
