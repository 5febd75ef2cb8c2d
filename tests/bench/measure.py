# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: programs under measurement, load on them, and their costs."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import yaml
from services.process import Process
from services.support import ROOT, free_port, http_request, wait_until

PROGRAMS = ROOT / "build/gcc/tests/bench"
MIB = 1024 * 1024
UNDER, AT_LEAST, AT_MOST = "under", "at least", "at most"


class Table:
    """Figures and their limits, as Markdown."""

    def __init__(self):
        self.rows = []
        self.missed = 0

    def add(self, figure, measured, limit=None, unit="", relation=UNDER):
        verdict, bound = "", ""
        if limit is not None:
            good = {UNDER: measured < limit, AT_LEAST: measured >= limit,
                    AT_MOST: measured <= limit}[relation]
            verdict = "met" if good else "MISSED"
            self.missed += not good
            bound = f"{relation} {limit:g}{unit}"
        row = f"| {figure} | {bound} | {measured:.3g}{unit} | {verdict} |"
        self.rows.append(row)
        print("  " + row, file=sys.stderr, flush=True)

    def print(self):
        print("| Figure | Limit | Measured | Verdict |\n|---|---|---|---|")
        print("\n".join(self.rows))


class Server:
    """A program that answers over HTTP, in a directory of its own."""

    def __init__(self, directory, name, argv, port, environment=None):
        self.port = port
        self.process = Process(argv, Path(directory) / f"{name}.log", environment=environment)

    def start(self, path):
        """Returns the seconds until `path` was answered with 200."""
        start = time.monotonic()
        self.process.start()
        wait_until(lambda: self.answers(path), 30, f"{self.process.argv[3]} to answer", every=0.002)
        return time.monotonic() - start

    def answers(self, path):
        if not self.process.running:
            raise RuntimeError(f"{self.process.argv[3]} ended:\n" + self.process.log()[-2000:])
        try:
            return self.get(path).status == 200
        except OSError:
            return False

    def get(self, path="/metrics"):
        return http_request(f"http://127.0.0.1:{self.port}{path}")

    def stop(self):
        self.process.stop()

    def peak_bytes(self):
        """The most memory that was resident at any time."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines()
                    if line.startswith("VmHWM:"))

    def cpu_seconds(self):
        """To the nanosecond; the clock ticks of stat are too coarse for a frugal program."""
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def start_exporter(directory, plan, name="exporter", program=PROGRAMS / "bench_exporter"):
    """A serving exporter and the seconds that its start took."""
    port = free_port()
    path = Path(directory) / f"{name}.yml"
    path.write_text(plan if isinstance(plan, str) else yaml.safe_dump(plan, sort_keys=False))
    server = Server(directory, name, [program, f"--config.file={path}",
                                      f"--web.listen-address=127.0.0.1:{port}"], port)
    return server, server.start("/-/ready")


def start_bare_server(directory, body):
    """libmicrohttpd and nothing else, with these bytes as its only page."""
    port = free_port()
    path = Path(directory) / "page"
    path.write_bytes(body)
    server = Server(directory, "bare", [PROGRAMS / "bare_server", port, path], port)
    server.start("/")
    return server


def put_load(server, requests, connections=4, path="/metrics"):
    """Figures of many requests for a page."""
    done = subprocess.run([PROGRAMS / "metrics_load", str(server.port), path, str(requests),
                           str(connections)], check=True, stdout=subprocess.PIPE, timeout=300)
    return json.loads(done.stdout)


def plan(sources, services=("bench",)):
    """A plan in which every source protects the one dataset of every service."""
    return {"tiers": [{"name": "0", "rpo": {"region": "1m"}}],
            "services": [{"name": name, "tier": "0", "datasets": ["data"]} for name in services],
            "sources": [{"dataset": "data", **source} for source in sources]}


class SilentServer:
    """Takes connections and never says a word, until the other side gives up."""

    def __init__(self):
        self.port = free_port()
        self.started = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self.thread.start()
        self.started.wait()

    async def _serve(self):
        self.loop = asyncio.get_running_loop()
        self.stopping = asyncio.Event()
        await asyncio.start_server(self._listen, "127.0.0.1", self.port, backlog=1000)
        self.started.set()
        await self.stopping.wait()

    @staticmethod
    async def _listen(reader, writer):
        try:
            while await reader.read(4096):
                pass
        except (OSError, asyncio.CancelledError):
            pass
        writer.close()

    def stop(self):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join()


def machine():
    """One line about where the figures come from."""
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text()
                  .splitlines() if line.startswith("model name")), "unknown processor")
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
