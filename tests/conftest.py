# SPDX-License-Identifier: Apache-2.0
"""What all Python tests share: the estate of servers that a test or a module starts."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from services.exporter import Exporter
from services.postgres import Postgres
from services.proxy import Proxy
from services.support import MissingComponent


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: only in `make test-all`")
    config.addinivalue_line("markers", "sanitized: also run with the sanitizer builds")
    config.addinivalue_line("markers", "forks: not with the thread sanitizer, in which a process "
                            "that was forked from a thread sleeps a second at its end, or hangs")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A missing program fails a test, or skips it when the user asks for that."""
    outcome = yield
    missing = call.excinfo and call.excinfo.errisinstance(MissingComponent)
    if missing and os.environ.get("SKIP_MISSING") == "1" and os.environ.get("CI") != "true":
        report = outcome.get_result()
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, str(call.excinfo.value))


def pytest_runtest_logreport(report):
    """Tells of a failure at once: the end may be half an hour away."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        crash = getattr(report.longrepr, "reprcrash", None)
        print(f"\nFAILED {report.nodeid}: {crash.message if crash else report.longrepr}"[:500],
              flush=True)


class Estate:
    """Starts servers below one temporary directory and ends them all, the last one first."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.directory = Path(tempfile.mkdtemp(prefix="dr-test-"))
        # The server's user must be able to enter.
        self.directory.chmod(0o755)
        self.stack.callback(shutil.rmtree, self.directory, ignore_errors=True)
        self.count = 0

    def keep(self, service):
        self.stack.callback(service.stop)
        return service

    def new_directory(self):
        self.count += 1
        directory = self.directory / str(self.count)
        directory.mkdir(mode=0o755)
        return directory

    def primary(self, name="primary", segment_megabytes=16, clock_offset_seconds=0, **settings):
        server = Postgres(self.new_directory(), name, settings, clock_offset_seconds)
        server.create(segment_megabytes)
        self.keep(server).start()
        return server.create_roles()

    def standby(self, primary, name="standby", **options):
        return self.keep(primary.standby(name, **options))

    def proxy(self, port):
        return self.keep(Proxy(port))

    def exporter(self, plan, *arguments, start=True, **options):
        exporter = self.keep(Exporter(self.new_directory(), plan, arguments, **options))
        return exporter.start() if start else exporter

    def close(self):
        self.stack.close()


@pytest.fixture
def estate():
    """Servers of one test."""
    with contextlib.closing(Estate()) as servers:
        yield servers


@pytest.fixture(scope="module")
def module_estate():
    """Servers that the tests of a module share."""
    with contextlib.closing(Estate()) as servers:
        yield servers
