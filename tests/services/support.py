# SPDX-License-Identifier: Apache-2.0
"""What all services share: waiting for a condition, free ports, missing programs, HTTP."""

import os
import shutil
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


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


def free_port():
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
