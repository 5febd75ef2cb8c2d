# SPDX-License-Identifier: Apache-2.0
"""The examples for Prometheus and Alertmanager: accepted, and a page comes soon enough."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from services.support import find_program

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy/prometheus/prometheus.yml"
ALERTMANAGER = ROOT / "deploy/alertmanager/alertmanager.yml"
RULE_FILES = sorted((ROOT / "alerts").glob("*.rules.yml"))
# The shortest RTO that a plan of ours names: tier 0 of deploy/examples/order-platform.yml.
SHORTEST_RTO_SECONDS = 60
UNITS = {"s": 1, "m": 60, "h": 3600}

PAGER, TICKETS = "pager", "tickets"


def run(name, package, *arguments):
    return subprocess.run([find_program(name, package), *map(str, arguments)], check=False,
                          capture_output=True, text=True)


def seconds(text):
    match = re.fullmatch(r"(\d+)([smh])", text)
    return int(match[1]) * UNITS[match[2]]


def test_prometheus_accepts_its_example(tmp_path):
    shutil.copy(PROMETHEUS, tmp_path)
    (tmp_path / "dr_exporter").mkdir()
    for path in RULE_FILES:
        shutil.copy(path, tmp_path / "dr_exporter")
    done = run("promtool", "prometheus", "check", "config", tmp_path / PROMETHEUS.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(RULE_FILES)} rule files found" in done.stdout


def test_alertmanager_accepts_its_example():
    done = run("amtool", "prometheus-alertmanager", "check-config", ALERTMANAGER)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("receiver, labels", [
    (PAGER, "alertname=DrRpoBreached component=dr severity=critical dr_tier=0 dr_service=a"),
    (PAGER, "alertname=DrRpoBreached component=dr severity=critical dr_tier=1 dr_service=a"),
    (PAGER, "alertname=DrExporterAbsent component=dr severity=critical"),
    (TICKETS, "alertname=DrRpoBreached component=dr severity=warning dr_tier=2 dr_service=a"),
    (TICKETS, "alertname=DrSourceDown component=dr severity=warning source=a"),
    ("nobody", "alertname=DrRpoBreached component=dr severity=info dr_tier=3 dr_service=a"),
    ("dead-mans-switch", "alertname=DrWatchdog component=dr severity=info"),
    (PAGER, "alertname=DrRpoBreached component=dr dr_service=a"),
])
def test_routes(receiver, labels):
    done = run("amtool", "prometheus-alertmanager", "config", "routes", "test",
               f"--config.file={ALERTMANAGER}", f"--verify.receivers={receiver}", *labels.split())
    assert done.returncode == 0, done.stdout + done.stderr


def test_inhibition_stays_within_one_service():
    for rule in yaml.safe_load(ALERTMANAGER.read_text(encoding="utf-8"))["inhibit_rules"]:
        assert 'component="dr"' in rule["source_matchers"]
        assert 'component="dr"' in rule["target_matchers"]
        assert "dr_service" in rule["equal"]
        targets = " ".join(rule["target_matchers"])
        assert "DrWatchdog" not in targets and "DrZeroDataLossNotEnforced" not in targets


def test_first_page_comes_within_the_shortest_recovery_time():
    """The worst case: every interval has just gone by when the breach begins."""
    prometheus = yaml.safe_load(PROMETHEUS.read_text(encoding="utf-8"))
    alertmanager = yaml.safe_load(ALERTMANAGER.read_text(encoding="utf-8"))
    scrape = seconds(prometheus["scrape_configs"][0]["scrape_interval"])
    group_wait = seconds(alertmanager["route"]["group_wait"])
    urgent = {"DrRpoBreached", "DrZeroDataLossNotEnforced", "DrEvidenceMissing"}
    delays = {}
    for path in RULE_FILES:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                if rule.get("alert") in urgent and rule["labels"]["severity"] != "warning":
                    evaluation = seconds(group["interval"])
                    delays[rule["alert"]] = scrape + evaluation + seconds(rule["for"]) + group_wait
    assert set(delays) == urgent
    assert max(delays.values()) < SHORTEST_RTO_SECONDS, delays
