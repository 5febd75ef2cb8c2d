# SPDX-License-Identifier: Apache-2.0
"""Servers that flood, hosts that swallow everything, and passwords in the wrong place."""

import socket
import struct
import threading

import pytest
from services.exporter import run
from services.support import wait_until

from plans import NOTICE, as_text, plan, source


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


class Flood:
    """Greets like PostgreSQL and then sends rows without end."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        column = struct.pack("!H", 1) + b"x\0" + struct.pack("!IHIhih", 0, 0, 25, -1, -1, 0)
        value = b"y" * 1_000_000
        row = message(b"D", struct.pack("!HI", 1, len(value)) + value)
        try:
            connection.recv(8)
            connection.sendall(b"N")  # No TLS.
            connection.recv(8192)
            connection.sendall(message(b"R", struct.pack("!I", 0)) + message(b"Z", b"I"))
            connection.recv(8192)
            connection.sendall(message(b"T", column))
            while True:
                connection.sendall(row)
        except OSError:
            connection.close()

    def stop(self):
        self.listener.close()


def test_flood_of_rows_is_cut_off(estate):
    flood = estate.keep(Flood())
    exporter = estate.exporter(plan({"orders": ("orders", "15s")}, [
        source("orders-west", "orders", flood.port, None)]))
    exporter.wait_for_metric("dr_source_failures_total", 1, reason="protocol", timeout=NOTICE)
    wait_until(lambda: exporter.metric("dr_source_collections_total") >= 3, 2 * NOTICE, "rounds")
    assert exporter.metric("process_resident_memory_bytes") < 100e6
    assert exporter.check("orders") == "unknown"


class Silent:
    """Takes every connection and never says a word."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def stop(self):
        self.listener.close()


def test_next_host_when_the_first_swallows_everything(estate):
    primary = estate.primary()
    standby = estate.standby(primary, "west")
    silent = estate.keep(Silent())
    orders = source("orders-west", "orders", primary.port, standby.port, timeout="4s",
                    interval="4s")
    orders["primary_dsn"] = (f"host=127.0.0.1,127.0.0.1 port={silent.port},{primary.port} "
                             "user=dr_monitor dbname=postgres")
    exporter = estate.exporter(plan({"orders": ("orders", "10s")}, [orders]))
    exporter.wait_for_check("orders", "pass", timeout=15)


@pytest.mark.parametrize("dsn", ["postgresql://u:s3cr@et7Q@host/db",
                                 "postgresql://u:p@host:et7Q/db", "host=a port=et7Q"])
def test_password_that_is_not_encoded_is_not_repeated(tmp_path, dsn):
    path = tmp_path / "dr.yml"
    orders = {"name": "orders-west", "collector": "postgres", "dataset": "orders",
              "primary_dsn": dsn}
    path.write_text(as_text(plan({"orders": ("orders", "15s")}, [orders])))
    done = run("check-config", f"--config.file={path}")
    assert done.returncode == 1
    assert "host or port cannot be right" in done.stderr
    assert "et7Q" not in done.stdout + done.stderr
