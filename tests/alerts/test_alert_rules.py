# SPDX-License-Identifier: Apache-2.0
"""The alert rules: accepted, proven by their unit tests, documented, and about real metrics."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from services import go_modules
from services.metric_table import metric_table
from services.support import find_program

ROOT = Path(__file__).resolve().parents[2]
ALERTS = ROOT / "alerts"
RULE_FILES = sorted(ALERTS.glob("*.rules.yml"))
TEST_FILES = sorted((ALERTS / "tests").glob("*_test.yml"))
# What promtool plays through in many seconds.
WEEKS = {"recovery_window_test", "quarter_test", "budget_test"}
GROUPS = [group for path in RULE_FILES
          for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERT_RULES = [rule for rule in RULES if "alert" in rule]
NAMES = sorted({rule["alert"] for rule in ALERT_RULES})
# The sections of a runbook page, in this order.
SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Safe to fail over now?",
            "How to prove it is fixed"]
# What Prometheus itself and node_exporter's textfile collector give.
FROM_OTHERS = {"up": set(), "ALERTS": set(), "node_textfile_scrape_error": set(),
               "node_textfile_mtime_seconds": {"file"}}
TARGET_LABELS = {"job", "instance"}
SELECTOR = re.compile(r"\b((?:dr|node)_[a-z0-9_]+|up|process_[a-z_]+)\b(?!:)(?:\{([^{}]*)\})?")
RECORDED = re.compile(r"\b[a-z_]+(?::[a-z0-9_]+)+")
LABEL_LIST = re.compile(r"\b(?:by|on|group_left|without) \(([^()]*)\)")
WORDS = {"dr_service", "dr_tier"}  # Labels that look like metrics.


def promtool(*arguments, program=None):
    program = program or find_program("promtool", "prometheus")
    return subprocess.run([program, *map(str, arguments)], check=False, capture_output=True,
                          text=True)


def test_rules_pass_promtool():
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", *RULE_FILES)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_newest_prometheus_agrees():
    """The same rules and the same tests with Prometheus 3; without its service discoveries, which
    are most of what there is to build."""
    newest = go_modules.build(ROOT / "tests/services/promtool",
                              "github.com/prometheus/prometheus/cmd/promtool",
                              "-tags=remove_all_sd")
    for words in (["check", "rules", "--lint=all", "--lint-fatal", *RULE_FILES],
                  ["test", "rules", *TEST_FILES]):
        done = promtool(*words, program=newest)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [
    pytest.param(path, id=path.stem, marks=pytest.mark.slow if path.stem in WEEKS else [])
    for path in TEST_FILES])
def test_rules_do_what_their_unit_tests_say(path):
    done = promtool("test", "rules", path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_unit_tests_notice_broken_rules():
    """A part of the mutants; `tests/alerts/mutate.py` runs all of them."""
    done = subprocess.run([sys.executable, ROOT / "tests/alerts/mutate.py", "--every=10"],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def expressions_of(rule):
    """The rule's expression and those that its texts query."""
    yield rule["expr"]
    for text in rule.get("annotations", {}).values():
        for query in re.findall(r'printf "((?:[^"\\]|\\.)*)"', text):
            yield query.replace('\\"', '"').replace("%q", '"x"')


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.get("alert") or rule["record"])
def test_every_metric_and_label_is_one_that_the_exporter_writes(rule):
    table = {**metric_table(), **FROM_OTHERS}
    recorded = {other["record"] for other in RULES if "record" in other}
    every_label = set().union(*table.values()) | TARGET_LABELS
    for expression in expressions_of(rule):
        lists = set()
        for match in LABEL_LIST.finditer(expression):
            lists |= {label.strip() for label in match[1].split(",") if label.strip()}
        assert lists <= every_label, f"no metric has these labels: {lists - every_label}"
        used = set(RECORDED.findall(expression))
        assert used <= recorded, f"no rule records {used - recorded}"
        rest = LABEL_LIST.sub("", RECORDED.sub("", expression))
        for name, matchers in SELECTOR.findall(rest):
            if name in WORDS:
                continue
            assert name in table, f"the exporter writes no {name}"
            labels = set(re.findall(r"(\w+)(?:=~|!~|!=|=)", matchers))
            assert labels <= table[name] | TARGET_LABELS, f"{name} has no {labels}"


@pytest.mark.parametrize("rule", ALERT_RULES, ids=lambda rule: rule["alert"])
def test_alerts_have_the_form_of_the_pack(rule):
    labels, annotations = rule["labels"], rule["annotations"]
    assert re.fullmatch(r"([A-Z]+[a-z0-9]+)+", rule["alert"]) and len(rule["alert"]) <= 40
    assert labels["component"] == "dr"
    assert labels["dr_signal"] in {"rpo", "rto", "evidence", "capacity", "endpoint", "gate", "self"}
    assert labels["severity"] in {"critical", "warning", "info",
                                  '{{ or $labels.severity "critical" }}'}
    assert annotations["summary"].endswith(".") and "{{" not in annotations["summary"]
    assert annotations["runbook_url"].endswith(f"/{rule['alert']}.md")
    assert annotations["description"] and annotations["dashboard_url"]


def test_groups_are_small_and_load_in_old_versions():
    for group in GROUPS:
        assert len(group["rules"]) <= 20
        assert set(group) <= {"name", "interval", "rules"}


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_has_a_runbook_page(name):
    text = (ALERTS / "runbooks" / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    for section in re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]:
        assert len(section.split()) >= 8, "a section says nothing"


@pytest.mark.parametrize("name", NAMES)
def test_runbook_pages_ask_for_metrics_that_exist(name):
    text = (ALERTS / "runbooks" / f"{name}.md").read_text(encoding="utf-8")
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    assert set(RECORDED.findall(text)) <= recorded
    named = set(re.findall(r"\bdr_[a-z0-9_]*[a-z0-9](?![a-z0-9_])", RECORDED.sub("", text)))
    assert named - {"dr_exporter", "dr_monitor"} - WORDS <= set(metric_table())


def test_every_runbook_page_has_an_alert():
    assert sorted(path.stem for path in (ALERTS / "runbooks").glob("*.md")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_is_unit_tested_firing_and_silent(name):
    fires = silent = False
    for path in TEST_FILES:
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]:
            for check in case.get("alert_rule_test", []):
                if check["alertname"] == name:
                    fires = fires or bool(check["exp_alerts"])
                    silent = silent or not check["exp_alerts"]
    assert fires
    assert silent or name == "DrWatchdog"
