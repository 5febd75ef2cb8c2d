# SPDX-License-Identifier: Apache-2.0
"""What the demo shows: the board as a table, changes over time, pages."""

import json
import sys
import time

from paths import PAGES

from services.exporter import Metrics
from services.support import http_request

GREEN, RED, YELLOW, PLAIN = "\033[32m", "\033[31m", "\033[33m", "\033[0m"


def colored(text, color):
    return f"{color}{text}{PLAIN}" if sys.stdout.isatty() else text


def duration(seconds):
    if seconds is None:
        return "unknown"
    if seconds == float("inf"):
        return "all"
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.1f} s"


def verdict_text(state):
    words = {"pass": ("ready", GREEN), "fail": ("NOT READY", RED), "unknown": ("UNKNOWN", YELLOW)}
    word, color = words[state]
    return colored(f"{word:<9}", color)


class Board:
    def __init__(self, state):
        self.metrics = Metrics(http_request(state["metrics"]).text)

    def rows(self):
        """[(service, tier, disruption, RPO, exposure, state)]"""
        rows = []
        for labels, ready in self.metrics.find("dr_ready"):
            where = {"dr_service": labels["dr_service"], "disruption": labels["disruption"]}
            failed = any(value == 1 for _, value in self.metrics.find("dr_check", state="fail",
                                                                      **where))
            rows.append((labels["dr_service"], labels["dr_tier"], labels["disruption"],
                         self.metrics.value("dr_service_rpo_objective_seconds", **where),
                         self.metrics.value("dr_rpo_exposure_seconds", **where),
                         "pass" if ready == 1 else "fail" if failed else "unknown"))
        return sorted(rows, key=lambda row: (row[1], row[0], row[2]))

    def region(self):
        return [row for row in self.rows() if row[2] == "region"]

    def is_green(self):
        return all(row[5] == "pass" for row in self.rows())

    def source_value(self, name):
        return self.metrics.value(name, source="orders-west")

    def print(self):
        print(f"{'SERVICE':<11} {'TIER':<5} {'DISRUPTION':<11} {'RPO':>8} {'EXPOSURE':>9}  VERDICT")
        for service, tier, disruption, rpo, exposure, state in self.rows():
            print(f"{service:<11} {tier:<5} {disruption:<11} {duration(rpo):>8} "
                  f"{duration(exposure):>9}  {verdict_text(state)}")


def print_series_header(board):
    print(f"{'TIME':>6}  " + "".join(f"{f'{row[0]} (RPO {duration(row[3])})':<32}"
                                     for row in board.region())
          + "ORDERS/S  ALERTS THAT FIRE")


def print_series_row(board, seconds, rate, alerts):
    cells = "".join(f"{duration(row[4]):>9} {verdict_text(row[5])}{'':<13}"
                    for row in board.region())
    print(f"{seconds:>4.0f} s  {cells}{rate:>8.0f}  {', '.join(sorted(alerts)) or '-'}",
          flush=True)


def alert_name(alert):
    """DrRpoBreached(checkout)"""
    labels = alert["labels"]
    about = labels.get("dr_service") or labels.get("dataset") or labels.get("source")
    return labels["alertname"] + (f"({about})" if about else "")


def firing(state):
    """The names of the alerts that Alertmanager has, but for the one that always fires."""
    answer = http_request(state["alertmanager"] + "/api/v2/alerts?active=true")
    return {alert_name(alert) for alert in json.loads(answer.body)} - {"DrWatchdog"}


def pages_since(instant):
    """The alerts of the pages that came since then, the watchdog's left out."""
    if not PAGES.exists():
        return []
    pages = [json.loads(line) for line in PAGES.read_text().splitlines()]
    return [(at, alert) for at, page in pages if at >= instant for alert in page["alerts"]
            if alert_name(alert) != "DrWatchdog" and alert["status"] == "firing"]


def print_page(at, alert):
    annotations = alert["annotations"]
    clock = time.strftime("%H:%M:%S", time.localtime(at))
    print(colored(f"\nPAGE at {clock}: {alert_name(alert)}, {alert['labels']['severity']}", RED))
    print("  " + annotations["summary"])
    print("  " + " ".join(annotations["description"].split()))
