# SPDX-License-Identifier: Apache-2.0
"""Trap X8: clients that are slow, stuck, many or rude leave the page available."""

import contextlib
import socket
import time

import pytest

from plans import plan, source


@pytest.fixture(name="exporter")
def fixture_exporter(estate):
    primary = estate.primary()
    exporter = estate.exporter(plan({"orders": ("orders", "3s")}, [
        source("orders-west", "orders", primary.port)]))
    exporter.wait_for_metric("dr_source_up", 1, source="orders-west")
    return exporter


def connect(exporter):
    return socket.create_connection(("127.0.0.1", exporter.port), timeout=5)


def assert_quick(exporter):
    start = time.monotonic()
    assert exporter.get("/metrics").status == 200
    assert time.monotonic() - start < 1


def resident_bytes(exporter):
    return exporter.metric("process_resident_memory_bytes")


def test_x8_clients_that_never_finish_asking(exporter):
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            client = stack.enter_context(connect(exporter))
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert_quick(exporter)


def test_x8_clients_that_never_read(exporter):
    before = resident_bytes(exporter)
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            client = stack.enter_context(connect(exporter))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            client.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        assert_quick(exporter)
        assert resident_bytes(exporter) < before + 64 * 1024 * 1024
    assert_quick(exporter)


def test_x8_flood_of_connections(exporter):
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            with contextlib.suppress(OSError):
                stack.enter_context(connect(exporter))
        assert exporter.process.running
    assert_quick(exporter)


@pytest.mark.slow
def test_x8_idle_connections_are_dropped(exporter):
    """Those that hold all places give them up, so that Prometheus gets in again."""
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            with contextlib.suppress(OSError):
                stack.enter_context(connect(exporter))
        end = time.monotonic() + 40
        while True:
            with contextlib.suppress(OSError):
                if exporter.get("/metrics", timeout=2).status == 200:
                    break
            assert time.monotonic() < end, "the page never came back"


@pytest.mark.parametrize("request_bytes", [
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Huge: " + b"x" * 2_000_000 + b"\r\n\r\n",
    b"GET /" + b"x" * 2_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00" + b"\xff" * 600,
    b"NONSENSE\r\n\r\n",
    b"POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 100_000,
], ids=["huge header", "huge path", "TLS", "no HTTP", "huge body"])
def test_x8_rude_requests(exporter, request_bytes):
    with connect(exporter) as client, contextlib.suppress(OSError):
        client.sendall(request_bytes)
        client.settimeout(2)
        client.recv(1000)
    assert_quick(exporter)
    assert resident_bytes(exporter) < 64 * 1024 * 1024
