# SPDX-License-Identifier: Apache-2.0
"""The dashboards' files: as generated, as Grafana's users expect them, about real metrics."""

import json
import re
import subprocess
import sys

import pytest
from services.metric_table import metric_table
from services.support import ROOT

DIRECTORY = ROOT / "dashboards"
FILES = sorted(DIRECTORY.glob("*.json"))
DASHBOARDS = [json.loads(path.read_text(encoding="utf-8")) for path in FILES]
PANELS = [(dashboard, panel) for dashboard in DASHBOARDS for panel in dashboard["panels"]
          if panel["type"] != "row"]
EXPRESSIONS = [(panel, target["expr"]) for _, panel in PANELS for target in panel["targets"]]
SELECTOR = re.compile(r"\b((?:dr|process)_[a-z0-9_]+)\b(?:\{([^{}]*)\})?")
LABEL_LIST = re.compile(r"\b(?:by|on|group_left|without) \(([^()]*)\)")
VARIABLES = {"dr_service", "dr_tier"}  # Labels that look like metrics.


def name_of(pair):
    return pair[1]["title"] if isinstance(pair[1], dict) else pair[0]["title"]


def test_committed_files_are_the_generated_ones(tmp_path):
    for path in DIRECTORY.glob("*.py"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    subprocess.run([sys.executable, tmp_path / "generate.py"], check=True, capture_output=True)
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [path.name for path in FILES]
    for path in FILES:
        written = (tmp_path / path.name).read_text(encoding="utf-8")
        assert path.read_text(encoding="utf-8") == written, "run dashboards/generate.py"


def test_there_are_four_of_different_names():
    for key in ("uid", "title", "description"):
        assert len({dashboard[key] for dashboard in DASHBOARDS}) == 4, key


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard["uid"])
def test_dashboards_have_the_form_of_the_pack(dashboard):
    assert dashboard["schemaVersion"] == 42 and dashboard["editable"] is False
    # By the links at the top one gets from each to each.
    assert dashboard["tags"] == ["dr_exporter"]
    assert [link["tags"] for link in dashboard["links"]] == [["dr_exporter"]]
    variables = {variable["name"]: variable for variable in dashboard["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["label"] == "Data source"
    for name, label in (("job", "Job"), ("instance", "Instance")):
        assert variables[name]["label"] == label
        assert variables[name]["multi"] and variables[name]["allValue"] == ".+"
    assert {"dr_tier", "dr_service"} <= set(variables)
    for variable in variables.values():
        if variable["type"] == "query":
            assert variable["datasource"]["uid"] == "${datasource}" and variable["refresh"] == 2
            assert re.fullmatch(r"label_values\(.+, \w+\)", variable["definition"])
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert ids == list(range(1, len(ids) + 1))
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard["uid"])
def test_panels_do_not_overlap(dashboard):
    taken = set()
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken and place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells


@pytest.mark.parametrize("pair", PANELS, ids=name_of)
def test_panels_have_the_form_of_the_pack(pair):
    panel = pair[1]
    defaults = panel["fieldConfig"]["defaults"]
    assert panel["title"] and panel["description"].endswith(".") and panel["targets"]
    assert panel["datasource"]["uid"] == "${datasource}" and defaults["unit"]
    for target in panel["targets"]:
        assert target["datasource"]["uid"] == "${datasource}"
    # No value is never shown as a good one.
    assert defaults["noValue"] == "no data"
    assert defaults["thresholds"]["steps"][0]["color"] not in ("green", "orange")


@pytest.mark.parametrize("pair", EXPRESSIONS, ids=name_of)
def test_expressions_are_about_what_the_exporter_writes(pair):
    expression = pair[1]
    table = metric_table()
    every_label = set().union(*table.values()) | {"job", "instance"}
    for match in LABEL_LIST.finditer(expression):
        labels = {label.strip() for label in match[1].split(",") if label.strip()}
        assert labels <= every_label, f"no metric has these labels: {labels - every_label}"
    for name, matchers in SELECTOR.findall(LABEL_LIST.sub("", expression)):
        if name in VARIABLES and not matchers:
            continue
        assert name in table, f"the exporter writes no {name}"
        assert 'job=~"$job"' in matchers and 'instance=~"$instance"' in matchers, name
        labels = set(re.findall(r"(\w+)(?:=~|!~|!=|=)", matchers))
        assert labels <= table[name] | {"job", "instance"}, f"{name} has no {labels}"


@pytest.mark.parametrize("pair", EXPRESSIONS, ids=name_of)
def test_counters_are_rates_over_what_grafana_shows(pair):
    expression = pair[1]
    for window in re.findall(r"\[([^\]]*)\]", expression):
        assert window in ("$__rate_interval", "$__range:$__interval")
    for name in re.findall(r"\b(\w+_total)\{", expression):
        assert re.search(rf"\b(?:rate|increase)\(\s*{name}\{{[^{{}}]*\}}\[", expression), name
