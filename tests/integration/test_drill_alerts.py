# SPDX-License-Identifier: Apache-2.0
"""The rules about drills through real Prometheus: the same whoever reads the files."""

from datetime import datetime, timedelta, timezone

import pytest
from services.exporter import run
from services.node_exporter import NodeExporter
from services.prometheus import Prometheus
from services.support import ROOT, holds_for, wait_until

# As the rules are, but quick.
FASTER = {"interval: 1m": "interval: 1s", "interval: 5s": "interval: 1s", "for: 1m": "for: 2s",
          "for: 5m": "for: 2s", "for: 1h": "for: 2s", "offset 7d": "offset 3s"}
# What each type of drill of a service is made for.
EXPECTED = {("DrDrillExpired", "tabletop"), ("DrDrillExpiresSoon", "component"),
            ("DrDrillFailed", "partial"), ("DrDrillNever", "restore"), ("DrRunbookExpired", None)}


def plan(directory):
    return {
        "exporter": {"observer": "west", "interval": "300ms", "timeout": "800ms"},
        "tiers": [{"name": "1", "rto": "1h", "severity": "critical", "runbook_max_age": "1h",
                   "drill_max_age": {"tabletop": "1h", "component": "1h", "partial": "1h",
                                     "restore": "1h", "full": "1h"}}],
        "services": [{"name": name, "tier": "1", "owner": "team", "evidence": ["drills"]}
                     for name in ("own", "node")],
        "sources": [{"name": "drills", "collector": "textfile", "directory": str(directory)}],
    }


def record(directory, service, drill, minutes_ago, *more, result="success"):
    at = datetime.now(timezone.utc) - timedelta(minutes=minutes_ago)
    success = ("--recovery=5m", "--data-loss=1s",
               "--phase=detect=10s,decide=20s,execute=2m,verify=1m,cleanup=90s")
    done = run("drill", "record", f"--directory={directory}", f"--service={service}",
               f"--type={drill}", f"--result={result}", f"--at={at:%Y-%m-%dT%H:%M:%SZ}",
               *(success if result == "success" else ()), *more)
    assert done.returncode == 0, done.stderr


@pytest.fixture(name="directories")
def fixture_directories(tmp_path):
    """One that dr_exporter reads and one that node_exporter reads, with the same drills."""
    directories = {}
    for service in ("own", "node"):
        directories[service] = tmp_path / service
        directories[service].mkdir()
        record(directories[service], service, "tabletop", 90, "--runbook-validated")
        record(directories[service], service, "component", 55)
        record(directories[service], service, "partial", 20)
        record(directories[service], service, "partial", 10, result="failure")
        record(directories[service], service, "full", 5)
    return directories


@pytest.fixture(name="prometheus")
def fixture_prometheus(estate, tmp_path, directories):
    rules = []
    for path in sorted((ROOT / "alerts").glob("*.rules.yml")):
        text = path.read_text(encoding="utf-8")
        for slow, fast in FASTER.items():
            text = text.replace(slow, fast)
        rules.append(tmp_path / path.name)
        rules[-1].write_text(text, encoding="utf-8")
    exporter = estate.exporter(plan(directories["own"]))
    node = estate.keep(NodeExporter(estate.new_directory(), directories["node"])).start()
    return estate.keep(Prometheus(estate.new_directory(), [exporter.port], rules,
                                  other_jobs={"node": [node.port]})).start()


def firing(prometheus, service):
    return {(alert["labels"]["alertname"], alert["labels"].get("drill"))
            for alert in prometheus.alerts(dr_service=service)
            if alert["labels"]["alertname"].startswith(("DrDrill", "DrRunbook"))}


@pytest.mark.slow
def test_both_paths_fire_the_same(prometheus, directories):
    for service in ("own", "node"):
        wait_until(lambda name=service: firing(prometheus, name) == EXPECTED, 30,
                   f"the alerts of {service}")
    holds_for(3, lambda: firing(prometheus, "own") == firing(prometheus, "node") == EXPECTED,
              "the same alerts")
    for alert in prometheus.alerts():
        if alert["labels"].get("dr_service") and alert["labels"]["alertname"].startswith("DrDrill"):
            assert alert["labels"]["severity"] == "warning" and alert["labels"]["dr_tier"] == "1"
            assert alert["annotations"]["owner"] == "team"
            assert "<no value>" not in str(alert["annotations"])
            assert not {"source", "collector", "instance", "job"} & set(alert["labels"])

    for service, directory in directories.items():
        for drill in ("tabletop", "component", "partial", "restore"):
            record(directory, service, drill, 0, "--runbook-validated")
    wait_until(lambda: not firing(prometheus, "own") and not firing(prometheus, "node"), 30,
               "the drills to count")


@pytest.mark.slow
def test_broken_files_fire_on_both_paths(prometheus, directories):
    for service, directory in directories.items():
        record(directory, "other", "full", 1)
        wait_until(lambda name=service: prometheus.query(
            f'dr_drill_last_result{{job=~"{"node" if name == "node" else "dr_exporter"}",'
            'dr_service="other"}'), 10, "the file to be read")
        path = directory / "dr_drill_other.prom"
        path.write_text(path.read_text() + "dr_drill_last_result{dr_serv\n")
    alerts = wait_until(lambda: len(found := prometheus.alerts("DrTextfileStale")) == 2 and found,
                        30, "both alerts")
    assert {alert["labels"].get("file", "node") for alert in alerts} == {
        "dr_drill_other.prom", "node"}
    # The good file beside it still counts.
    assert ("DrDrillExpired", "tabletop") in firing(prometheus, "own")
    assert ("DrDrillExpired", "tabletop") in firing(prometheus, "node")
