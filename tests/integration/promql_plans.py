# SPDX-License-Identifier: Apache-2.0
"""Plans with promql sources, and what real Prometheus scrapes for them."""

import time

from services.documents import Documents
from services.prometheus import Prometheus
from services.support import wait_until

# The proxy of whoever runs the tests has no business with servers of the loopback.
DIRECT = {"no_proxy": "*", "NO_PROXY": "*"}
CHECKS = {"recovery_point_timestamp": "rpo", "recovery_point_age": "rpo", "up": "endpoint",
          "capacity_ratio": "capacity", "validated_timestamp": "runbook"}


class Target:
    """`series` maps a series to a value, to a function of now, or to None: it is not there. With
    those whose names are in `stamped` the target sends the time, so that Prometheus does not notice
    when they end."""

    def __init__(self, series, stamped=()):
        self.series = series
        self.stamped = stamped
        self.server = Documents({"/metrics": self.answer})
        self.port = self.server.port

    def answer(self, handler):
        now = time.time()
        lines = []
        for name, value in self.series.items():
            value = value(now) if callable(value) else value
            stamp = f" {int(now * 1000)}" if name.partition("{")[0] in self.stamped else ""
            if value is not None:
                lines.append(f"{name} {value}{stamp}\n")
        handler.answer(200, "".join(lines).encode(), {"Content-Type": "text/plain; version=0.0.4"})

    def stop(self):
        if self.server:
            self.server.stop()
            self.server = None


def start_prometheus(estate, jobs, rules=()):
    """Scrapes the targets of each job every second; returns when all of them were."""
    ports = {job: [target.port for target in targets] for job, targets in jobs.items()}
    prometheus = estate.keep(Prometheus(estate.new_directory(), [], rules, job="nothing",
                                        other_jobs=ports))
    prometheus.start()
    count = sum(map(len, jobs.values()))
    wait_until(lambda: len([1 for _, value in prometheus.query("up") if value == 1]) >= count, 30,
               "all targets to be scraped")
    return prometheus


def plan(sources, timeout="10s"):
    """One service a source, which proves whatever it yields. `rpo` of a source is its service's."""
    services = []
    entries = []
    for name, settings in sources.items():
        entry = {"name": name, "collector": "promql", "max_sample_age": "20s", **settings}
        rpo = entry.pop("rpo", "1m")
        is_data = CHECKS.get(entry["yields"]) == "rpo"
        if is_data:
            entry["dataset"] = name
        services.append({"name": name, "tier": "1", **(
            {"datasets": [{"name": name, "rpo": rpo}]} if is_data else {"evidence": [name]})})
        entries.append(entry)
    return {
        "exporter": {"observer": "west", "interval": "500ms", "timeout": timeout},
        "tiers": [{"name": "1", "rto": "5m", "rpo": "1m", "severity": "critical",
                   "runbook_max_age": "90d"}],
        "services": services, "sources": entries,
    }


def start(estate, sources, **options):
    exporter = estate.exporter(plan(sources, **options), environment=DIRECT)
    wait_until(lambda: all(value >= 1 for _, value in
                           exporter.metrics().find("dr_source_collections_total")), 15,
               "a collection of every source")
    return exporter


def state(exporter, name, yields):
    return exporter.check(name, check=CHECKS[yields])


def problem(exporter, name):
    """The error message of the latest collection, as the log has it."""
    records = [record for record in exporter.log_records() if record.get("source") == name]
    return records[-1].get("error", "")
