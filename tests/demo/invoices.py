# SPDX-License-Identifier: Apache-2.0
"""The S3 servers of the demo (`make demo S3=1`): a bucket of invoices in us-east-1, replicated to
us-west-2 over a line of its own."""

import contextlib
import threading

from services.minio import Minio
from services.proxy import Proxy
from services.s3 import S3Error
from services.s3_pair import Pair

PREFIX = "invoices/"
PAUSE_SECONDS = 1
NUMBERS = 200  # Then the first one is written again.


class Invoices:
    def __init__(self, directory, keep):
        east = keep(Minio(directory / "s3", "east")).start()
        west = keep(Minio(directory / "s3", "west")).start()
        self.link = keep(Proxy(west.port))
        self.pair = Pair(east, west, "invoices", self.link.port)
        self.ended = threading.Event()
        keep(self)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        number = 0
        while not self.ended.wait(PAUSE_SECONDS):
            number += 1
            with contextlib.suppress(OSError, S3Error):
                self.pair.source.client.put(self.pair.data, f"{PREFIX}{number % NUMBERS}",
                                            f"Invoice {number}".encode())

    def stop(self):
        self.ended.set()

    def source_of_plan(self):
        return {"name": "invoices-west", "collector": "s3_replication", "dataset": "invoices",
                **self.pair.settings(sample_prefixes=[PREFIX])}

    def cut(self):
        self.link.cut()

    def heal(self):
        self.link.heal()
