# SPDX-License-Identifier: Apache-2.0
"""Debian's node_exporter with nothing but its textfile collector."""

from pathlib import Path

from .process import Process
from .support import find_program, free_port, http_request, wait_until


class NodeExporter:
    def __init__(self, directory, textfiles, name="node_exporter"):
        self.directory = Path(directory) / name
        self.directory.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        argv = [find_program("prometheus-node-exporter", "prometheus-node-exporter"),
                "--collector.disable-defaults", "--collector.textfile",
                f"--collector.textfile.directory={textfiles}",
                "--web.disable-exporter-metrics", f"--web.listen-address=127.0.0.1:{self.port}"]
        self.process = Process(argv, self.directory / "log")

    def start(self, timeout=10):
        self.process.start()
        wait_until(self.is_serving, timeout, "node_exporter to serve")
        return self

    def is_serving(self):
        if not self.process.running:
            raise RuntimeError("node_exporter ended:\n" + self.process.log())
        try:
            return http_request(self.url + "/").status == 200
        except OSError:
            return False

    def scrape(self):
        """The answer to a scrape, also when it is an error."""
        return http_request(self.url + "/metrics")

    def stop(self):
        self.process.stop()
