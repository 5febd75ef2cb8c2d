# SPDX-License-Identifier: Apache-2.0
"""What Prometheus and Alertmanager say while the demo is broken: pending, firing, sent."""

import json
import time
from dataclasses import dataclass
from datetime import datetime

from paths import PAGES

from services.support import http_request

IGNORED = "DrWatchdog"  # Fires always, to prove that alerts arrive.
# As alerts/README.md has it: what wakes somebody up, and what is worked off by day.
KINDS = {"critical": "PAGE", "warning": "TICKET", "info": "NOTE"}


def alert_name(labels):
    """DrRpoBreached(checkout)"""
    about = labels.get("dr_service") or labels.get("dataset") or labels.get("source")
    return labels["alertname"] + (f"({about})" if about else "")


def alert_kind(labels):
    return KINDS.get(labels.get("severity"), "PAGE")


def clock_text(seconds):
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def _instant(text):
    return datetime.fromisoformat(text).timestamp()


def firing(state):
    """The names of the alerts that Alertmanager has."""
    answer = http_request(state["alertmanager"] + "/api/v2/alerts?active=true")
    alerts = [alert["labels"] for alert in json.loads(answer.body)]
    return {alert_name(labels) for labels in alerts if labels["alertname"] != IGNORED}


@dataclass(frozen=True)
class Pending:
    """An alert whose condition holds, but not yet for as long as its rule wants."""
    name: str
    kind: str
    since: float
    fires_at: float


def rules(state):
    """[(group, alerting rule)]"""
    answer = http_request(state["prometheus"] + "/api/v1/rules?type=alert")
    return [(group, rule) for group in json.loads(answer.body)["data"]["groups"]
            for rule in group["rules"]]


def pending(state):
    found = []
    for _, rule in rules(state):
        for alert in rule["alerts"]:
            if alert["state"] == "pending":
                since = _instant(alert["activeAt"])
                found.append(Pending(alert_name(alert["labels"]), alert_kind(alert["labels"]),
                                     since, since + rule["duration"]))
    return sorted(found, key=lambda alert: (alert.fires_at, alert.name))


def print_outlook(state, expected, hidden):
    """Which alerts will come if nothing is mended, and when."""
    waiting = [alert for alert in pending(state) if alert.name not in hidden]
    for alert in waiting:
        print(f"{alert.kind} to come: {alert.name}, pending since {clock_text(alert.since)}.\n"
              f"  It is sent at about {clock_text(alert.fires_at)} if nothing is mended.")
    for name in sorted(expected - {alert.name for alert in waiting} - firing(state)):
        group, rule = next((group, rule) for group, rule in rules(state)
                           if rule["name"] == name.partition("(")[0])
        evaluated_at = _instant(group["lastEvaluation"]) + group["interval"]
        print(f"{KINDS[rule['labels']['severity']]} to come: {name}, not pending yet.\n"
              f"  Prometheus evaluates this rule every {group['interval']:.0f} s, next at "
              f"{clock_text(evaluated_at)}; it is sent {rule['duration']:.0f} s later.")


def pages_since(instant):
    """[(Unix seconds, alert)] of what was sent since then, the watchdog's left out."""
    if not PAGES.exists():
        return []
    pages = [json.loads(line) for line in PAGES.read_text().splitlines()]
    return [(at, alert) for at, page in pages if at >= instant for alert in page["alerts"]
            if alert["labels"]["alertname"] != IGNORED and alert["status"] == "firing"]
