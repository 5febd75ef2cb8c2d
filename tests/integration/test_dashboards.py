# SPDX-License-Identifier: Apache-2.0
"""The dashboards' expressions on a real Prometheus: all give data, and the true numbers."""

import itertools
import json
import re

import pytest
from services.documents import Documents
from services.metric_table import metric_table
from services.prometheus import Prometheus
from services.support import ROOT, wait_until

from pairs import Pair, start_exporter

DASHBOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8"))
              for path in sorted((ROOT / "dashboards").glob("*.json"))}
# What Grafana puts in place of its variables; a scrape a second.
VALUES = {"$__rate_interval": "15s", "$__range_s": "3600", "$__range": "1h", "$__interval": "1s",
          "$job": ".+", "$instance": ".+", "$dr_tier": ".+", "$dr_service": ".+", "$source": ".+"}
# Values of labels that expressions ask for; of others there is one.
LABEL_VALUES = {"state": ["pass", "fail", "unknown"], "dr_service": ["orders", "reports"],
                "dataset": ["carts", "ledger"], "le": ["1", "+Inf"]}
# What one of the services never did, for the panel that tells of it.
MISSING = [("dr_drill_last_success_timestamp_seconds", "dr_service", "reports")]
# And one of the datasets may lose nothing, for the panel about such; all other values are 1.
ZERO = [("dr_dataset_rpo_objective_seconds", "dataset", "ledger")]


def panels(uid):
    return {panel["title"]: panel for panel in DASHBOARDS[uid]["panels"] if panel["type"] != "row"}


def expressions(panel):
    for target in panel["targets"]:
        expression = target["expr"]
        for name, value in VALUES.items():
            expression = expression.replace(name, value)
        yield expression


def values(prometheus, uid, title):
    """{the values of the labels: the value} of a panel's first expression."""
    rows = prometheus.query(next(expressions(panels(uid)[title])))
    return {" ".join(labels[name] for name in sorted(labels)): value for labels, value in rows}


def one_of_everything():
    """An exposition with every metric that the exporter can write."""
    lines = []
    for name, labels in sorted(metric_table().items()):
        labels = sorted(labels)
        for combination in itertools.product(*(LABEL_VALUES.get(label, ["x"])
                                               for label in labels)):
            pairs = [(name, *pair) for pair in zip(labels, combination)]
            if any(pair in MISSING for pair in pairs):
                continue
            text = ",".join(f'{label}="{value}"' for _, label, value in pairs)
            number = int(not any(pair in ZERO for pair in pairs))
            lines.append(f"{name}{{{text}}} {number}" if text else f"{name} {number}")
    return "\n".join(lines) + "\n"


def test_every_panel_has_data_for_what_the_exporter_can_write(estate):
    page = estate.keep(Documents({"/metrics": one_of_everything()}))
    prometheus = estate.keep(Prometheus(estate.new_directory(), [page.port])).start()
    wait_until(lambda: prometheus.query("count_over_time(dr_ready[1h]) > 2"), 30, "scrapes")
    for uid in DASHBOARDS:
        for title, panel in panels(uid).items():
            for expression in expressions(panel):
                assert prometheus.query(expression), f"{uid}: {title}: {expression}"
        for variable in DASHBOARDS[uid]["templating"]["list"]:
            if variable["type"] == "query":
                selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)",
                                               variable["definition"]).groups()
                for name, value in VALUES.items():
                    selector = selector.replace(name, value)
                assert all(label in labels for labels, _ in prometheus.query(selector))


def has_data(prometheus, uid):
    return {title for title, panel in panels(uid).items()
            if all(prometheus.query(expression) for expression in expressions(panel))}


@pytest.mark.slow
def test_true_numbers_when_ready_breached_unknown_and_dead(estate):
    pair = Pair(estate)
    exporter = start_exporter(estate, pair)
    prometheus = estate.keep(Prometheus(estate.new_directory(), [exporter.port])).start()

    def shown(title, uid="dr-overview"):
        return values(prometheus, uid, title)

    # Two services and two disruptions.
    wait_until(lambda: shown("Judged") == {"": 4}, 30, "all verdicts")
    wait_until(lambda: shown("Not ready") == {"": 0}, 30, "all to be ready")
    assert shown("Silent services") == shown("Sources down") == {"": 0}
    assert set(shown("Go or no-go for each tier").values()) == {1}
    assert not shown("Checks that do not pass")
    assert max(shown("Exposure against RPO").values()) < 1
    assert {"Ready", "Gate", "Would be lost", "May be lost", "Checks", "Weakest link",
            "Exposure against RPO"} <= has_data(prometheus, "dr-service")
    assert {"Age of the recovery point", "Receiver streams", "Ends answer",
            "WAL not yet safe at the standby"} <= has_data(prometheus, "dr-replication")
    # Rates need two scrapes.
    wait_until(lambda: {"Sources", "Plan accepted", "Failures by reason", "RPO met", "Memory",
                        "CPU", "Open files"} <= has_data(prometheus, "dr-evidence"), 30, "rates")

    pair.start_load()
    pair.link.cut()
    wait_until(lambda: shown("Not ready") == {"": 2}, 30, "orders not to be ready")
    assert any(value > 1 for value in shown("Exposure against RPO").values())
    assert 0 in shown("Go or no-go for each tier").values()
    wait_until(lambda: any("fail" in key and "orders" in key
                           for key in shown("Checks that do not pass")), 10, "the failed check")
    pair.heal()
    wait_until(lambda: shown("Not ready") == {"": 0}, 60, "all to be ready again")

    pair.to_primary.cut()
    pair.to_replica.cut()
    wait_until(lambda: shown("Sources down") == {"": 1}, 30, "the source to be down")
    wait_until(lambda: shown("Not ready") == {"": 2}, 30, "orders not to be ready")
    assert max(shown("Age of the last success", "dr-evidence").values()) > 1

    exporter.stop()
    # Nothing is left that could look good, once the windows of the rates have gone by.
    wait_until(lambda: not has_data(prometheus, "dr-overview"), 30, "the overview to be empty")
    wait_until(lambda: not has_data(prometheus, "dr-service"), 60, "the service to be empty")
