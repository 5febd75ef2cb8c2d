# SPDX-License-Identifier: Apache-2.0
"""A light load of commits that are counted when they were confirmed."""

import contextlib
import threading
import time

PAUSE_SECONDS = 0.05


class Load:
    def __init__(self, primary):
        self.primary = primary
        self.confirmed = 0
        self.ended = threading.Event()
        self.session = None
        primary.sql("CREATE TABLE orders (at timestamptz DEFAULT now(), item text)")
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while not self.ended.is_set():
            try:
                self.session = self.primary.session()
                while not self.ended.is_set():
                    answer = self.session.run("INSERT INTO orders (item) VALUES "
                                              "(repeat('x', 100)) RETURNING 'confirmed'")
                    if answer != "confirmed":
                        break
                    self.confirmed += 1
                    time.sleep(PAUSE_SECONDS)
            except (OSError, RuntimeError, ValueError):
                pass
            self._close()
            self.ended.wait(0.5)

    def _close(self):
        session, self.session = self.session, None
        if session:
            with contextlib.suppress(OSError, ValueError):
                session.close()
            with contextlib.suppress(ValueError):
                self.primary.sessions.remove(session)

    def stop(self):
        self.ended.set()
        session = self.session
        if session:
            # The thread that waits for an answer wakes up and closes.
            session.child.kill()
