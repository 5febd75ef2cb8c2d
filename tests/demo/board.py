# SPDX-License-Identifier: Apache-2.0
"""What the demo shows: the board as a table, changes over time, pages."""

import sys
from dataclasses import dataclass

from alerting import alert_kind, alert_name, clock_text

from services.exporter import Metrics
from services.support import http_request

GREEN, RED, YELLOW, PLAIN = "\033[32m", "\033[31m", "\033[33m", "\033[0m"
VERDICTS = {"pass": ("ready", GREEN), "fail": ("NOT READY", RED), "unknown": ("UNKNOWN", YELLOW)}
CHECKS = ["rpo", "rto", "drill", "runbook", "restore"]  # In this order.


def colored(text, color):
    return f"{color}{text}{PLAIN}" if sys.stdout.isatty() else text


def duration(seconds):
    if seconds is None:
        return "unknown"
    if seconds == float("inf"):
        return "all"
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.1f} s"


@dataclass(frozen=True)
class Row:
    """What the board says of a service and a disruption."""
    service: str
    tier: str
    disruption: str
    rpo: float
    exposure: float
    checks: dict  # check → pass, fail or unknown
    ready: bool

    @property
    def state(self):
        if self.ready:
            return "pass"
        return "fail" if "fail" in self.checks.values() else "unknown"

    def with_state(self, state):
        return [check for check in CHECKS if self.checks.get(check) == state]

    @property
    def blockers(self):
        """rpo fails, drill unknown"""
        return ", ".join([f"{check} fails" for check in self.with_state("fail")]
                         + [f"{check} unknown" for check in self.with_state("unknown")])


class Board:
    def __init__(self, state):
        self.metrics = Metrics(http_request(state["metrics"]).text)

    def rows(self):
        rows = []
        for labels, ready in self.metrics.find("dr_ready"):
            where = {"dr_service": labels["dr_service"], "disruption": labels["disruption"]}
            checks = {check["check"]: check["state"]
                      for check, value in self.metrics.find("dr_check", **where) if value == 1}
            rows.append(Row(labels["dr_service"], labels["dr_tier"], labels["disruption"],
                            self.metrics.value("dr_service_rpo_objective_seconds", **where),
                            self.metrics.value("dr_rpo_exposure_seconds", **where),
                            checks, ready == 1))
        return sorted(rows, key=lambda row: (row.tier, row.service, row.disruption))

    def watched(self):
        """One row a service: the loss of the region, if that is in scope."""
        rows = {}
        for row in self.rows():
            if row.service not in rows or row.disruption == "region":
                rows[row.service] = row
        return list(rows.values())

    def is_green(self):
        return all(row.ready for row in self.rows())

    def print(self):
        print(f"{'SERVICE':<11} {'TIER':<5} {'DISRUPTION':<11} {'RPO':>8} {'EXPOSURE':>9}  "
              f"{'VERDICT':<10} CHECKS")
        for row in self.rows():
            word, color = VERDICTS[row.state]
            checks = row.blockers or ", ".join(row.with_state("pass")) + " pass"
            print(f"{row.service:<11} {row.tier:<5} {row.disruption:<11} {duration(row.rpo):>8} "
                  f"{duration(row.exposure):>9}  {colored(f'{word:<10}', color)} {checks}")


def print_series_header(board):
    print(f"{'TIME':>6}  " + "".join(f"{f'{row.service} (RPO {duration(row.rpo)})':<25}"
                                     for row in board.watched())
          + "ORDERS/S  ALERTS (PENDING)")


def print_series_row(board, seconds, rate, alerts, pending):
    cells = ""
    for row in board.watched():
        word, color = VERDICTS[row.state]
        cells += f"{duration(row.exposure):>7} {colored(f'{row.blockers or word:<17}', color)}"
    words = sorted(alerts) + [f"({name})" for name in sorted(pending)]
    print(f"{seconds:>4.0f} s  {cells}{rate:>8.0f}  {' '.join(words) or '-'}", flush=True)


def print_page(at, alert):
    labels, annotations = alert["labels"], alert["annotations"]
    print(colored(f"\n{alert_kind(labels)} at {clock_text(at)}: {alert_name(labels)}, "
                  f"{labels['severity']}", RED))
    print("  " + annotations["summary"])
    print("  " + " ".join(annotations["description"].split()))
