# SPDX-License-Identifier: Apache-2.0
"""Plans of many services whose evidence is files, so that each state is there at once and at will:
ready, late, nothing to restore, unknown, an old runbook, waiting for another service."""

import datetime
import os
import time

TIERS = [
    {"name": "0", "description": "Checkout and payments", "severity": "critical",
     "rto": {"zone": "2m", "region": "5m", "corruption": "1h"},
     "rpo": {"zone": "30m", "region": "30m", "corruption": "1h"},
     "runbook_max_age": "90d", "drill_max_age": {"full": "365d", "restore": "90d"}},
    {"name": "1", "description": "Reading orders, sign-in, inventory", "severity": "critical",
     "rto": {"region": "15m", "corruption": "4h"},
     "rpo": {"region": "1h", "corruption": "1d"}, "runbook_max_age": "90d"},
    {"name": "2", "description": "Reports and analytics", "severity": "warning",
     "rpo": {"region": "1d"}},
]
# Nothing here survives it, so services of this tier are never ready: for the widest table.
RANSOMWARE = {**TIERS[0], "name": "0", "rto": {**TIERS[0]["rto"], "ransomware": "4h"},
              "rpo": {**TIERS[0]["rpo"], "ransomware": "1d"}}
NAMES = ["checkout", "order-api", "reporting", "payments", "auth", "webhooks", "cart",
         "inventory", "analytics"]
STATES = ["good", "good", "late", "good", "good", "good", "nothing", "good", "unknown"]

RUNBOOK = """---
last_validated: {date}
---
# Failover
## Prerequisites
Two people.
## Failover
1. Promote.
## Validation
An order goes through.
## Rollback
Back.
"""


def write_drills(directory, services):
    """Recent, successful drills of all types that the tiers ask for."""
    directory.mkdir()
    now = time.time() - 86400
    rows = {"last_attempt_timestamp_seconds": ("", now),
            "last_success_timestamp_seconds": ("", now),
            "last_result": ("", 1), "recovery_seconds": ("", 95), "data_loss_seconds": ("", 4),
            "phase_seconds": (',phase="cleanup"', 60)}
    text = ""
    for name, (label, value) in rows.items():
        text += f"# TYPE dr_drill_{name} gauge\n" + "".join(
            f'dr_drill_{name}{{dr_service="{service}",drill="{drill}"{label}}} {value}\n'
            for service in services for drill in ("full", "restore"))
    (directory / "drills.prom").write_text(text)


def set_state(directory, state):
    """Makes what the backups of one dataset prove."""
    directory.mkdir(exist_ok=True)
    for path in directory.iterdir():
        path.unlink()
    if state != "nothing":
        dump = directory / "nightly.dump"
        dump.write_bytes(b"x" * 1000)
        age = {"good": 240, "late": 100_000}.get(state, 0)
        os.utime(dump, (time.time() - age, time.time() - age))


def backups(directory, name, state):
    """A source of one dataset; of one that is unknown, nobody ever wrote the report."""
    common = {"collector": "backup", "dataset": name,
              "survives": ["zone", "region", "corruption"], "interval": "2s", "timeout": "1s"}
    if state == "unknown":
        return {"name": f"{name}-restic", **common, "format": "restic",
                "file": str(directory / "restic.json")}
    set_state(directory / name, state)
    return {"name": f"{name}-dumps", **common, "format": "files", "settle": "1ms",
            "dump_duration": "2m", "glob": str(directory / name / "*")}


def make_plan(directory, count=9, names=None):
    """A plan of `count` services, with files below the directory; names may be hostile."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    names = names or (NAMES if count <= len(NAMES) else
                      [f"{NAMES[i % 9]}-{i // 9:02}" for i in range(count)])
    plan = {"exporter": {"observer": "us-west-2", "interval": "2s", "timeout": "1s"},
            "tiers": TIERS if count <= len(NAMES) else [RANSOMWARE, *TIERS[1:]],
            "services": [], "sources": []}
    for age in (10, 200):
        (directory / f"runbook-{age}.md").write_text(
            RUNBOOK.format(date=today - datetime.timedelta(days=age)))
    for i, name in enumerate(names):
        data = f"data-{i}" if name not in NAMES else f"{name}-data"
        state = STATES[i % 9]
        plan["sources"] += [backups(directory, data, state),
                            {"name": f"{name} runbook", "collector": "runbook", "interval": "2s",
                             "file": str(directory / f"runbook-{200 if i % 9 == 7 else 10}.md")}]
        service = {"name": name, "tier": TIERS[i % 3]["name"], "owner": f"team-{i % 4}",
                   "runbook_url": "https://runbooks.example.com/",
                   "datasets": [data], "evidence": [f"{name} runbook", "drills"]}
        if i % 9 == 3:
            service["depends_on"] = [names[i - 2]]
        plan["services"].append(service)
    write_drills(directory / "drills", [name for name in names if '"' not in name])
    plan["sources"].append({"name": "drills", "collector": "textfile", "interval": "2s",
                            "directory": str(directory / "drills")})
    return plan
