# SPDX-License-Identifier: Apache-2.0
"""dr_exporter itself, with a plan, and its metrics as values."""

import os
import shlex
import signal
import subprocess
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from .postgres import PASSWORD
from .process import Process
from .support import ROOT, MissingComponent, free_port, http_request, wait_until

DEFAULT_PROGRAM = ROOT / "build/gcc/dr_exporter"


def program():
    """The build under test."""
    path = Path(os.environ.get("DR_EXPORTER", DEFAULT_PROGRAM)).resolve()
    if not os.access(path, os.X_OK):
        raise MissingComponent(f"{path} is missing: make builds it")
    return path


class Metrics:
    """One exposition, parsed: (name, labels) → value."""

    def __init__(self, text):
        self.text = text
        self.series = {}
        self.types = {}
        for family in text_string_to_metric_families(text):
            self.types[family.name] = family.type
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                assert key not in self.series, f"{sample.name}{sample.labels} stands there twice"
                self.series[key] = sample.value

    def find(self, name, **labels):
        """All series of that name whose labels include these: [(labels, value)]."""
        wanted = labels.items()
        return [(dict(have), value) for (series, have), value in self.series.items()
                if series == name and wanted <= dict(have).items()]

    def value(self, name, **labels):
        """The only such series' value; None when there is none."""
        found = self.find(name, **labels)
        assert len(found) <= 1, f"{name}{labels} is ambiguous: {found}"
        return found[0][1] if found else None

    def check(self, service, disruption="region", check="rpo"):
        """pass, fail or unknown, of which exactly one may be 1; None without such a check."""
        states = self.find("dr_check", dr_service=service, disruption=disruption, check=check)
        if not states:
            return None
        true = [labels["state"] for labels, value in states if value == 1]
        assert len(states) == 3 and len(true) == 1, states
        ready = self.value("dr_ready", dr_service=service, disruption=disruption)
        assert ready == 0 or true == ["pass"], "ready although a check does not pass"
        return true[0]


class Exporter:
    def __init__(self, directory, plan, arguments=(), name="exporter", environment=None):
        self.directory = Path(directory) / name
        self.directory.mkdir()
        self.plan_path = self.directory / "dr.yml"
        self.password_path = self.directory / "password"
        self.password_path.write_text(PASSWORD + "\n")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.write_plan(plan)
        argv = [program(), f"--config.file={self.plan_path}",
                f"--web.listen-address=127.0.0.1:{self.port}", *arguments]
        self.process = Process(argv, self.directory / "log", environment=environment)

    def write_plan(self, plan):
        """A plan as text or as data; `@password` in it is the path of the password's file."""
        if not isinstance(plan, str):
            plan = yaml.safe_dump(plan, sort_keys=False, allow_unicode=True)
        self.plan_path.write_text(plan.replace("@password", str(self.password_path)))

    def start(self, timeout=10):
        self.process.start()
        wait_until(self.is_serving, timeout, "the exporter to serve", every=0.02)
        return self

    def is_serving(self):
        if not self.process.running:
            raise RuntimeError("dr_exporter ended:\n" + self.log())
        try:
            return self.get("/-/ready").status == 200
        except OSError:
            return False

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self, timeout=10):
        """Returns the seconds it took; fails when it did not end well."""
        if not self.process.running:
            return 0.0
        seconds = self.process.stop(timeout=timeout)
        status = self.process.child.returncode
        assert status == 0, f"dr_exporter ended with {status}:\n" + self.log()[-4000:]
        return seconds

    def get(self, path, method="GET", headers=None, timeout=10):
        return http_request(self.url + path, method, headers, timeout=timeout)

    def metrics(self):
        answer = self.get("/metrics")
        assert answer.status == 200, answer
        return Metrics(answer.text)

    def metric(self, name, **labels):
        return self.metrics().value(name, **labels)

    def check(self, service, disruption="region", check="rpo"):
        return self.metrics().check(service, disruption, check)

    def wait_for_check(self, service, state, disruption="region", timeout=10):
        wait_until(lambda: self.check(service, disruption) == state, timeout,
                   f"{service} to be {state} for {disruption}")

    def wait_for_metric(self, name, value, timeout=10, **labels):
        wait_until(lambda: self.metric(name, **labels) == value, timeout,
                   f"{name}{labels} = {value}")

    def failures(self, source):
        """Reason → number of failed collections, of those that occurred."""
        found = self.metrics().find("dr_source_failures_total", source=source)
        return {labels["reason"]: value for labels, value in found if value > 0}

    def gate(self, service, *flags, url=None):
        """The exit status of the command `gate`, and what it prints."""
        done = run("gate", service, f"--url={url or self.url}", *flags)
        return done.returncode, done.stdout + done.stderr

    def log(self):
        return self.process.log()

    def log_records(self):
        """The log's lines as dictionaries (logfmt)."""
        records = []
        for line in self.log().splitlines():
            words = [word.partition("=") for word in shlex.split(line)]
            records.append({key: value for key, _, value in words})
        return records


def run(*arguments, timeout=30, environment=None, directory=None):
    """Runs the program to its end."""
    return subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True,
                          timeout=timeout, check=False, cwd=directory,
                          env={**os.environ, **(environment or {})})
