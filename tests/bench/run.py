#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what the exporter costs, next to peers, and compares it with its limits."""

import argparse
import json
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from services.postgres import PASSWORD, Postgres  # noqa: E402
from services.support import ROOT, find_program, free_port  # noqa: E402

from capacity import measure_capacity  # noqa: E402
from kafka import measure_kafka  # noqa: E402
from measure import (AT_LEAST, MIB, PROGRAMS, SilentServer, Server, Table, machine,  # noqa: E402
                     plan, put_load, start_bare_server, start_exporter)
from objects import measure_objects  # noqa: E402


def synthetic(count, series, interval="5s"):
    return [{"name": f"synthetic-{i:04d}", "collector": "synthetic", "interval": interval,
             "series": series} for i in range(count)]


def measure_page(table, directory, series, requests):
    """Four clients that ask as fast as they can, in turn with the bare server."""
    name = f"{series:,} series"
    exporter, _ = start_exporter(directory, plan(synthetic(10, series // 10)), f"page-{series}")
    time.sleep(2)  # Every source has been collected.
    body = exporter.get().body
    bare = start_bare_server(directory, body)
    try:
        runs = [(put_load(exporter, requests), put_load(bare, requests)) for _ in range(5)]
        peak = exporter.peak_bytes()
    finally:
        exporter.stop()
        bare.process.kill()
    medians = [own["median_ms"] for own, _ in runs]
    p99s = [own["p99_ms"] for own, _ in runs]
    ratio = statistics.median(own["requests_per_second"] / peer["requests_per_second"]
                              for own, peer in runs)
    small = series <= 10000
    table.add(f"{name}: size of the page", len(body) / MIB, unit=" MiB")
    table.add(f"{name}, 4 clients: median", statistics.median(medians), 3 if small else 100, " ms")
    table.add(f"{name}, 4 clients: p99", statistics.median(p99s), 10 if small else 100, " ms")
    table.add(f"{name}: requests a second, next to the bare server", ratio,
              0.4 if small else None, relation=AT_LEAST)
    table.add(f"{name}: peak resident memory", peak / MIB, 32 if small else None, " MiB")


def lateness(page):
    return [float(value) for value in
            re.findall(r"^dr_synthetic_lateness_seconds\{.*\} (.*)$", page, re.M)]


def beats(page):
    return sum(float(value) for value in
               re.findall(r"^dr_synthetic_beats_total\{.*\} (.*)$", page, re.M))


def measure_many_sources(table, directory, seconds):
    """500 healthy sources, 300 that hang and 200 that refuse."""
    silent = SilentServer()
    refused = free_port()
    healthy = 500
    hanging = [{"name": f"hanging-{i}", "collector": "postgres", "interval": "5s", "timeout": "3s",
                "replica_dsn": f"host=127.0.0.1 port={silent.port} user=nobody"}
               for i in range(300)]
    refusing = [{"name": f"refusing-{i}", "collector": "postgres", "interval": "1s",
                 "timeout": "500ms", "replica_dsn": f"host=127.0.0.1 port={refused} user=nobody"}
                for i in range(200)]
    sources = synthetic(healthy, 10, "1s") + hanging + refusing
    exporter, cold = start_exporter(directory, plan(sources), "many")
    try:
        time.sleep(3)
        first, start = beats(exporter.get().text), time.monotonic()
        late = []
        while time.monotonic() - start < seconds:
            time.sleep(1)
            late += lateness(exporter.get().text)
        elapsed = time.monotonic() - start
        page = exporter.get().text
        missed = 1 - (beats(page) - first) / (healthy * elapsed)
        down = len(re.findall(r"^dr_source_up\{.*\} 0$", page, re.M))
        timeouts = len(re.findall(r'reason="timeout"\} [1-9]', page))
        peak = exporter.peak_bytes()
    finally:
        exporter.stop()
        silent.stop()
    if (down, timeouts) != (500, 300):
        raise RuntimeError(f"{down} sources down, {timeouts} with timeouts; 500 and 300 expected")
    late.sort()
    table.add("1,000 sources, 300 hang, 200 refuse: p99 lateness of the healthy",
              late[len(late) * 99 // 100] * 1000, 100, " ms")
    table.add("1,000 sources: beats of the healthy that were missed", max(missed, 0) * 100, 1, " %")
    table.add("1,000 sources: peak resident memory", peak / MIB, 256, " MiB")
    table.add("1,000 sources: cold start to /-/ready", cold * 1000, 500, " ms")


def measure_verdicts(table):
    """Of a large plan with all kinds of evidence, without the exporter around it."""
    done = subprocess.run([PROGRAMS / "verdict_load"], check=True, capture_output=True, text=True)
    figures = json.loads(done.stdout)
    name = "500 services, 4 disruptions, 2,000 sources"
    table.add(f"{name}: all verdicts", figures["states_ms"], 5, " ms")
    table.add(f"{name}: all verdicts with their reasons", figures["explained_ms"], unit=" ms")
    table.add(f"{name}: all gates", figures["gates_ms"], unit=" ms")


def gate_plan():
    """The same size, with sources that cost nothing."""
    four = {"zone": "1h", "region": "1h", "corruption": "1h", "ransomware": "1h"}
    return {
        "tiers": [{"name": "0", "rto": four, "rpo": four, "drill_max_age": {"restore": "90d"}}],
        "services": [{"name": f"service-{i}", "tier": "0",
                      "datasets": [f"data-{4 * i + j}" for j in range(4)],
                      "depends_on": [f"service-{i - 1}"] if i % 5 else []} for i in range(500)],
        "sources": [{**source, "dataset": f"data-{i}", "interval": "5s",
                     "survives": ["zone", "region", "corruption", "ransomware"]}
                    for i, source in enumerate(synthetic(2000, 1))]}


def measure_gate(table, directory, requests):
    """As automation would ask: one question after the other, while everything is measured; in turn
    with the bare server."""
    exporter, _ = start_exporter(directory, gate_plan(), "gate")
    bare = None
    try:
        time.sleep(6)  # Every source has been collected.
        path = "/api/v1/gate?service=service-499&disruption=region"
        answer = exporter.get(path)
        if json.loads(answer.text)["service"] != "service-499":
            raise RuntimeError(f"no gate: {answer.text[:500]}")
        bare = start_bare_server(directory, answer.body)
        runs = [(put_load(exporter, requests, 1, path), put_load(bare, requests, 1, path))
                for _ in range(5)]
    finally:
        exporter.stop()
        if bare:
            bare.process.kill()
    name = "gate of one of 500 services, on top of 4 others"
    table.add(f"{name}: median", statistics.median(own["median_ms"] for own, _ in runs), unit=" ms")
    table.add(f"{name}: p99", statistics.median(own["p99_ms"] for own, _ in runs), 2, " ms")
    table.add(f"{name}: p99, next to the bare server",
              statistics.median(own["p99_ms"] / peer["p99_ms"] for own, peer in runs))


def measure_pair(table, directory, seconds):
    """One real primary and standby, watched by both exporters at the same time. The other one
    needs a process for each server: asked for two in one it fails over duplicate series."""
    primary = Postgres(directory).create().start()
    servers = [primary]
    try:
        primary.create_roles()
        servers.append(primary.standby())
        compare_exporters(table, directory, servers, seconds)
    finally:
        for server in reversed(servers):
            server.stop("immediate")


def start_peer(directory, server):
    port = free_port()
    peer = Server(directory, f"peer-{server.name}", [
        find_program("prometheus-postgres-exporter", "prometheus-postgres-exporter"),
        f"--web.listen-address=127.0.0.1:{port}"], port,
        {"PGPASSWORD": PASSWORD, "DATA_SOURCE_NAME": server.dsn(sslmode="disable")})
    peer.start("/metrics")
    return peer


def pair_plan(directory, servers):
    password = Path(directory) / "password"
    password.write_text(PASSWORD)
    source = {"name": "pair", "collector": "postgres", "interval": "1s"}
    for end, server in zip(("primary", "replica"), servers):
        source[f"{end}_dsn"] = server.dsn()
        source[f"{end}_password_file"] = str(password)
    return plan([source])


def compare_exporters(table, directory, servers, seconds):
    running = []
    try:
        own, cold = start_exporter(directory, pair_plan(directory, servers), "pair",
                                   ROOT / "build/gcc/dr_exporter")
        running.append(own)
        for server in servers:
            running.append(start_peer(directory, server))
        time.sleep(2)
        check_all_measure(own, running[1:])
        cpu, *peer_cpus = watch(running, seconds)
        peak, *peer_peaks = [server.peak_bytes() for server in running]
    finally:
        for server in running:
            server.process.kill()
    peer = "prometheus-postgres-exporter, a process an end"
    table.add("PostgreSQL pair: cold start to /-/ready", cold * 1000, 500, " ms")
    table.add("PostgreSQL pair: CPU a scrape, collection included", cpu * 1000, unit=" ms")
    table.add(f"{peer}: CPU a scrape of both", sum(peer_cpus) * 1000, unit=" ms")
    table.add("CPU a scrape: times less", sum(peer_cpus) / cpu, 5, relation=AT_LEAST)
    table.add("PostgreSQL pair: peak resident memory", peak / MIB, unit=" MiB")
    table.add(f"{peer}: peak resident memory of both", sum(peer_peaks) / MIB, unit=" MiB")
    table.add("memory: times less", sum(peer_peaks) / peak, 2, relation=AT_LEAST)


def check_all_measure(own, peers):
    """Costs of a program that measures nothing would be worth nothing."""
    if not re.search(r"^dr_source_up\{.*\} 1$", own.get().text, re.M):
        raise RuntimeError("dr_exporter does not reach the pair:\n" + own.process.log()[-2000:])
    for peer in peers:
        if not re.search(r"^pg_up 1$", peer.get().text, re.M):
            raise RuntimeError("the other exporter does not reach its server:\n"
                               + peer.process.log()[-2000:])


def watch(servers, seconds):
    """CPU seconds of each for one scrape a second."""
    before = [server.cpu_seconds() for server in servers]
    for _ in range(seconds):
        time.sleep(1)
        for server in servers:
            server.get()
    return [(server.cpu_seconds() - start) / seconds for server, start in zip(servers, before)]


# Each with a table to fill, a directory, and how much shorter than usual it is to be.
PARTS = {
    "page": lambda table, path, scale: measure_page(table, path, 10000, 4000 // scale),
    "large-page": lambda table, path, scale: measure_page(table, path, 100000, 400 // scale),
    "verdicts": lambda table, path, _: measure_verdicts(table),
    "gate": lambda table, path, scale: measure_gate(table, path, 2000 // scale),
    "sources": lambda table, path, scale: measure_many_sources(table, path, 40 // scale),
    "postgres": lambda table, path, scale: measure_pair(table, path, 40 // scale),
    "objects": lambda table, path, _: measure_objects(table, path),
    "kafka": lambda table, path, _: measure_kafka(table, path),
    "capacity": lambda table, path, _: measure_capacity(table, path),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter and less exact")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all by default")
    arguments = parser.parse_args()
    scale = 4 if arguments.quick else 1
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"no part: {', '.join(unknown)}")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    table = Table()
    with tempfile.TemporaryDirectory(prefix="dr_exporter-bench-") as directory:
        Path(directory).chmod(0o755)  # PostgreSQL runs as another user when root calls this.
        for part in arguments.parts or PARTS:
            PARTS[part](table, directory, scale)
    print(f"Measured on: {machine()}\n")
    table.print()
    if table.missed:
        print(f"\n{table.missed} limits missed.")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
