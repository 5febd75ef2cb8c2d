# SPDX-License-Identifier: Apache-2.0
"""Prometheus with a private database."""

import json
from pathlib import Path
from urllib.parse import urlencode

import yaml

from .process import Process
from .support import find_program, free_port, http_request, wait_until


class Prometheus:
    def __init__(self, directory, targets, rules=(), alertmanager_port=None, interval="1s",
                 job="dr_exporter", name="prometheus", other_jobs=None, arguments=()):
        self.directory = Path(directory) / name
        self.directory.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = {
            "global": {"scrape_interval": interval, "evaluation_interval": interval,
                       "scrape_timeout": interval},
            "rule_files": [str(path) for path in rules],
            "scrape_configs": [{"job_name": job_name, "static_configs": [
                {"targets": [f"127.0.0.1:{port}" for port in ports]}]}
                for job_name, ports in {job: targets, **(other_jobs or {})}.items()],
        }
        self.has_alertmanager = alertmanager_port is not None
        if self.has_alertmanager:
            config["alerting"] = {"alertmanagers": [{"static_configs": [
                {"targets": [f"127.0.0.1:{alertmanager_port}"]}]}]}
        self.config_path = self.directory / "prometheus.yml"
        self.config_path.write_text(yaml.safe_dump(config, sort_keys=False))
        self.process = Process([find_program("prometheus", "prometheus"),
                                f"--config.file={self.config_path}",
                                f"--storage.tsdb.path={self.directory / 'data'}",
                                f"--web.listen-address=127.0.0.1:{self.port}",
                                "--log.level=warn", *arguments], self.directory / "log")

    def start(self, timeout=20):
        self.process.start()
        wait_until(self.is_ready, timeout, "Prometheus to be ready")
        if self.has_alertmanager:
            # An alert that fires before is sent only a minute later.
            wait_until(lambda: self.api("alertmanagers")["activeAlertmanagers"], timeout,
                       "Prometheus to find Alertmanager")
        return self

    def is_ready(self):
        if not self.process.running:
            raise RuntimeError("Prometheus ended:\n" + self.process.log())
        try:
            return http_request(self.url + "/-/ready").status == 200
        except OSError:
            return False

    def api(self, path, **parameters):
        answer = http_request(f"{self.url}/api/v1/{path}?{urlencode(parameters)}")
        data = json.loads(answer.body)
        assert data["status"] == "success", data
        return data["data"]

    def query(self, expression):
        """[(labels, value)] of an instant vector."""
        return [(row["metric"], float(row["value"][1]))
                for row in self.api("query", query=expression)["result"]]

    def alerts(self, name=None, state="firing", **labels):
        return [alert for alert in self.api("alerts")["alerts"]
                if name in (None, alert["labels"]["alertname"]) and alert["state"] == state
                and labels.items() <= alert["labels"].items()]

    def stop(self):
        self.process.stop(timeout=20)
