#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes base/prometheus-rule.json: the rules of alerts/ for the Prometheus operator."""

import json
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "deploy/kubernetes/base/prometheus-rule.json"


def prometheus_rule():
    groups = []
    for path in sorted((ROOT / "alerts").glob("*.rules.yml")):
        groups += yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": "PrometheusRule",
            "metadata": {"name": "dr-exporter"}, "spec": {"groups": groups}}


def text():
    return json.dumps(prometheus_rule(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
