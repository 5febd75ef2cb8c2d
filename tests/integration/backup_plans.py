# SPDX-License-Identifier: Apache-2.0
"""Plans for dr_exporter around backups, and documents as tools print them."""

import json
import time

from services.support import wait_until

INTERVAL = 0.3
TIMEOUT = 1.5
RPO = "1h"


def plan(sources, rpo=RPO, interval=INTERVAL, timeout=TIMEOUT, **tier):
    """One service and dataset a source; `sources` maps its name to its settings."""
    return {
        "exporter": {"observer": "west", "interval": f"{round(interval * 1000)}ms",
                     "timeout": f"{round(timeout * 1000)}ms"},
        "tiers": [{"name": "1", "rpo": {"corruption": rpo}, "severity": "warning", **tier}],
        "services": [{"name": name, "tier": "1", "datasets": [name]} for name in sources],
        "sources": [{"name": name, "collector": "backup", "dataset": name, **settings}
                    for name, settings in sources.items()],
    }


def wait_for_all(exporter):
    """Until every source was collected once."""
    wait_until(lambda: all(value >= 1 for _, value in
                           exporter.metrics().find("dr_source_collections_total")), 15,
               "a collection of every source")


def state(metrics, name):
    return metrics.check(name, disruption="corruption")


def error_of(exporter, source):
    """The newest error that was logged of a source."""
    messages = [record["error"] for record in exporter.log_records()
                if record.get("source") == source and "error" in record]
    return messages[-1] if messages else None


def pgbackrest(*ages, now=None, stanza="main", key=1):
    """What `pgbackrest info --output=json` prints of full backups that ended that long ago."""
    now = time.time() if now is None else now
    backups = [{"annotation": None, "archive": {"start": "000000010000000000000002",
                                                "stop": "000000010000000000000002"},
                "backrest": {"format": 5, "version": "2.45"},
                "database": {"id": 1, "repo-key": key}, "error": False,
                "info": {"delta": 23000000, "repository": {"delta": 3000000, "size": 3000000},
                         "size": 23000000},
                "label": f"2026112{number}-000000F", "prior": None, "reference": None,
                "timestamp": {"start": round(now - age) - 10, "stop": round(now - age)},
                "type": "full"} for number, age in enumerate(ages)]
    code = 0 if backups else 2
    status = {"code": code, "message": "ok" if backups else "no valid backups"}
    return json.dumps([{
        "archive": [{"database": {"id": 1, "repo-key": key}, "id": "15-1",
                     "max": "000000010000000000000003", "min": "000000010000000000000001"}],
        "backup": backups, "cipher": "none",
        "db": [{"id": 1, "repo-key": key, "system-id": 7300000000000000001, "version": "15"}],
        "name": stanza, "repo": [{"cipher": "none", "key": key, "status": status}],
        "status": {**status, "lock": {"backup": {"held": False}}}}])
