# SPDX-License-Identifier: Apache-2.0
"""Alertmanager with a private database and no cluster."""

import json
from pathlib import Path

import yaml

from .process import Process
from .support import find_program, free_port, http_request, wait_until


def simple_config(webhook_url):
    """Pages everything at once."""
    return {"route": {"receiver": "pager", "group_by": ["alertname", "dr_service"],
                      "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"},
            "receivers": [{"name": "pager", "webhook_configs": [
                {"url": webhook_url, "send_resolved": True}]}]}


class Alertmanager:
    def __init__(self, directory, config, name="alertmanager"):
        self.directory = Path(directory) / name
        self.directory.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config_path = self.directory / "alertmanager.yml"
        self.config_path.write_text(yaml.safe_dump(config, sort_keys=False))
        self.process = Process([find_program("prometheus-alertmanager",
                                             "prometheus-alertmanager"),
                                f"--config.file={self.config_path}",
                                f"--storage.path={self.directory / 'data'}",
                                f"--web.listen-address=127.0.0.1:{self.port}",
                                "--cluster.listen-address=", "--log.level=warn"],
                               self.directory / "log")

    def start(self, timeout=20):
        self.process.start()
        wait_until(self.is_ready, timeout, "Alertmanager to be ready")
        return self

    def is_ready(self):
        if not self.process.running:
            raise RuntimeError("Alertmanager ended:\n" + self.process.log())
        try:
            return http_request(self.url + "/-/ready").status == 200
        except OSError:
            return False

    def alerts(self, name=None, **labels):
        answer = http_request(self.url + "/api/v2/alerts?active=true")
        return [alert for alert in json.loads(answer.body)
                if name in (None, alert["labels"]["alertname"])
                and labels.items() <= alert["labels"].items()]

    def stop(self):
        self.process.stop(timeout=20)
