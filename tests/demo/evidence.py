# SPDX-License-Identifier: Apache-2.0
"""What people prove in the demo: runbooks that are validated, and drills that are recorded."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

from services.exporter import run

TEMPLATE = Path(__file__).with_name("runbook.md")
PHASES = "detect=20s,decide=40s,execute=80s,verify=40s,cleanup=4m"
# The drill that the tier of each service wants, and how long the recovery took in it.
DRILLS = {"checkout": ("full", "3m"), "login": ("partial", "4m"),
          "order-api": ("partial", "6m"), "ledger": ("restore", "25m")}


class Evidence:
    def __init__(self, directory):
        self.runbooks = directory / "runbooks"
        self.drills = directory / "drills"
        self.runbooks.mkdir()
        self.drills.mkdir()
        self.stale = set()
        self.failed = set()
        for service in DRILLS:
            self.write_runbook(service)

    def write_runbook(self, service, age=timedelta()):
        date = (datetime.now(timezone.utc) - age).date().isoformat()
        path = self.runbooks / f"{service}.md"
        draft = path.with_suffix(".new")
        draft.write_text(TEMPLATE.read_text().replace("@service", service)
                         .replace("@date", date))
        draft.replace(path)

    def record(self, service, succeeded=True):
        """With the program's own command, as a drill's script would do it."""
        drill, recovery = DRILLS[service]
        words = ["drill", "record", f"--directory={self.drills}", f"--service={service}",
                 f"--type={drill}"]
        if succeeded:
            words += ["--result=success", f"--recovery={recovery}", "--data-loss=0s",
                      f"--phase={PHASES}"]
        else:
            words += ["--result=failure"]
        done = run(*words)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())

    def record_all(self):
        for service in DRILLS:
            self.record(service)

    def expire_runbook(self, service):
        self.write_runbook(service, timedelta(days=365))
        self.stale.add(service)

    def fail_drill(self, service):
        self.record(service, succeeded=False)
        self.failed.add(service)

    def mend(self, wait_for_runbook):
        """Runbooks that are validated anew are also rehearsed, and failed drills repeated."""
        for service in self.stale:
            self.write_runbook(service)
            wait_for_runbook(service)
        for service in self.stale | self.failed:
            self.record(service)
        self.stale.clear()
        self.failed.clear()
