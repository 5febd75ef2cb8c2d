# SPDX-License-Identifier: Apache-2.0
"""The provisioning files for Grafana agree with what else is in deploy/ and with the dashboards."""

import json

import yaml
from services.support import ROOT

PROVISIONING = ROOT / "deploy/grafana/provisioning"


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_dashboards_are_where_the_package_puts_them():
    document = load(PROVISIONING / "dashboards/dr_exporter.yml")
    assert document["apiVersion"] == 1
    [provider] = document["providers"]
    assert provider["type"] == "file" and not provider["allowUiUpdates"]
    installed = (ROOT / "deploy/debian/dr-exporter.install").read_text(encoding="utf-8")
    assert f"dashboards/*.json {provider['options']['path'].lstrip('/')}\n" in installed + "\n"


def test_data_source_is_what_the_dashboards_ask():
    document = load(PROVISIONING / "datasources/dr_exporter.yml")
    assert document["apiVersion"] == 1
    [source] = document["datasources"]
    for path in (ROOT / "dashboards").glob("*.json"):
        variables = json.loads(path.read_text(encoding="utf-8"))["templating"]["list"]
        assert [each["query"] for each in variables if each["type"] == "datasource"] == [
            source["type"]]
    [job] = [job for job in load(ROOT / "deploy/prometheus/prometheus.yml")["scrape_configs"]
             if job["job_name"] == "dr_exporter"]
    assert source["jsonData"]["timeInterval"] == job["scrape_interval"]
