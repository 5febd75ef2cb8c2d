# SPDX-License-Identifier: Apache-2.0
"""Plans around a directory of .prom files, and what stands in such files."""

import time

INTERVAL = "200ms"
DAY = 86400
CONTRACT = ("dr_drill_", "dr_runbook_validated_timestamp_seconds")


def plan(directory, services=("shop",), **settings):
    """Services whose drills and runbooks are read from the directory."""
    return {
        "exporter": {"interval": INTERVAL, "timeout": "10s"},
        "tiers": [{"name": "1", "rto": {"region": "10m", "corruption": "1h"},
                   "runbook_max_age": "90d", "drill_max_age": {"full": "365d"}}],
        "services": [{"name": name, "tier": "1", "evidence": ["drills"]} for name in services],
        "sources": [{"name": "drills", "collector": "textfile", "directory": str(directory),
                     **settings}],
    }


def success(service="shop", drill="full", age=DAY, recovery=300, typed=True):
    """The text of a file about one successful drill."""
    at = round(time.time() - age)
    labels = f'dr_service="{service}",drill="{drill}"'
    series = [("last_attempt_timestamp_seconds", "", at), ("last_result", "", 1),
              ("last_success_timestamp_seconds", "", at), ("recovery_seconds", "", recovery),
              ("data_loss_seconds", "", 2)]
    series += [("phase_seconds", f',phase="{phase}"', 60)
               for phase in ("detect", "decide", "execute", "verify", "cleanup")]
    lines = []
    for name, more, value in series:
        line = f"# TYPE dr_drill_{name} gauge"
        if typed and line not in lines:
            lines.append(line)
        lines.append(f"dr_drill_{name}{{{labels}{more}}} {value}")
    return "\n".join(lines) + "\n"


def contract_series(metrics):
    """The series of the contract in an exposition, without the labels of our source."""
    found = {}
    for (name, labels), value in metrics.series.items():
        if name.startswith(CONTRACT) and name != "dr_drill_max_age_seconds":
            key = (name, frozenset(pair for pair in labels
                                   if pair[0] not in ("source", "collector")))
            assert key not in found, f"{key} stands there twice"
            found[key] = value
    return found
