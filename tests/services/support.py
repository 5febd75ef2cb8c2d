# SPDX-License-Identifier: Apache-2.0
"""What all services share: waiting for a condition, free ports, missing programs, HTTP."""

import collections
import os
import random
import shutil
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRST_PORT = 10000
CLAIMS = collections.deque(maxlen=256)  # Those that fall out are freed.


class MissingComponent(Exception):
    """A program that a test needs is not installed."""


def wait_until(condition, timeout=10.0, what="the condition", every=0.05):
    """Polls until `condition` gives something true and returns it."""
    end = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= end:
            raise TimeoutError(f"waited {timeout:g} s in vain for {what}; last: {result!r}")
        time.sleep(every)


def holds_for(seconds, condition, what="the condition", every=0.2):
    """Fails as soon as `condition` is no longer true within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), f"{what} did not stay true"
        time.sleep(every)


def first_ephemeral_port():
    """From here on the kernel gives ports to connections, and to sockets that name none."""
    return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])


def free_port():
    """A port of 127.0.0.1 that nobody listens on, for a server that is told its port.

    No other test takes it until its server has long been started, not even one of another run on
    this machine (an abstract UNIX socket of its number is the claim, which the kernel frees with
    the process), and no connection does, because it is below the ephemeral ports.
    """
    while True:
        port = random.randrange(FIRST_PORT, first_ephemeral_port())
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0dr_exporter tests: port {port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        CLAIMS.append(claim)
        return port


def find_program(name, package, directories=()):
    """The path of a program; names the Debian package when it is missing."""
    for directory in directories:
        if os.access(Path(directory) / name, os.X_OK):
            return str(Path(directory) / name)
    path = shutil.which(name)
    if path is None:
        raise MissingComponent(f"{name} is missing: tests/install-dependencies test "
                               f"installs {package}")
    return path


@dataclass
class Response:
    """An HTTP answer, whatever its status."""
    status: int
    headers: Message
    body: bytes

    @property
    def text(self):
        return self.body.decode()


def http_request(url, method="GET", headers=None, body=None, timeout=10):
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=body)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as answer:
            return Response(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as answer:
        return Response(answer.code, answer.headers, answer.read())
