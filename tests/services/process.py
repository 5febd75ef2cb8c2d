# SPDX-License-Identifier: Apache-2.0
"""A child process that never outlives its parent and logs to a file."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from .support import find_program


class Process:
    def __init__(self, argv, log_path, user=None, environment=None):
        # The kernel kills the child when this process dies, however that happens.
        wrapper = [find_program("setpriv", "util-linux"), "--pdeathsig", "KILL"]
        if user:
            wrapper += ["--reuid", user, "--regid", user, "--init-groups"]
        self.argv = wrapper + [str(word) for word in argv]
        self.log_path = Path(log_path)
        self.environment = {**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})}
        self.child = None

    def start(self):
        with open(self.log_path, "ab") as log:
            self.child = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=subprocess.STDOUT, env=self.environment,
                                          cwd=self.log_path.parent, start_new_session=True)

    @property
    def pid(self):
        return self.child.pid

    @property
    def running(self):
        return self.child is not None and self.child.poll() is None

    def send_signal(self, number):
        self.child.send_signal(number)

    def family(self):
        """The process and all its descendants, parents first."""
        found = [self.pid]
        for pid in found:
            try:
                children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                continue
            found += [int(child) for child in children.split()]
        return found

    def signal_family(self, number):
        for pid in self.family():
            # Some may end meanwhile.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def pause(self):
        """Stops the whole family: it holds its connections but never answers."""
        self.signal_family(signal.SIGSTOP)

    def resume(self):
        self.signal_family(signal.SIGCONT)

    def stop(self, number=signal.SIGTERM, timeout=10):
        """Ends the process; returns the seconds it took and fails when it had to be killed."""
        if not self.running:
            return 0.0
        start = time.monotonic()
        self.resume()
        self.send_signal(number)
        try:
            self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(f"{self.argv[3:5]} did not stop within {timeout} s") from None
        return time.monotonic() - start

    def kill(self):
        if self.running:
            self.signal_family(signal.SIGKILL)
            self.child.wait()

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""
