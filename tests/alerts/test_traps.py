# SPDX-License-Identifier: Apache-2.0
"""Defects that other alert packs have had: none of our rules may have them.

That comparisons are not inverted, that metrics exist, that new services are spared, that one
vanished series of several is seen, and that the first page comes in time, is what the unit tests of
the rules, test_alert_rules.py and test_deploy_examples.py prove.
"""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ALERTS = [rule for path in sorted((ROOT / "alerts").glob("*.rules.yml"))
          for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
          for rule in group["rules"] if "alert" in rule]
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text):
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_increase_is_seen_for_longer_than_it_has_to_last(rule):
    """`increase(x[5m]) > 0` with `for: 5m` never fires for a single event."""
    for window in re.findall(r"increase\([^\[]*\[(\w+)\]", rule["expr"]):
        assert seconds(window) > seconds(rule.get("for", "0s"))


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_nothing_resolves_itself_because_time_goes_by(rule):
    """`delta(x[5m]) < 0` ends five minutes after the fall, whatever has been mended since."""
    assert not re.search(r"\b(delta|idelta|changes|resets)\(", rule["expr"])


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_absence_is_asked_for_each_service(rule):
    """`absent(x)` is silent as long as one of many series is left; only of exporters it is asked,
    and DrServiceVanished tells of the rest."""
    assert "absent" not in rule["expr"] or rule["alert"] == "DrExporterAbsent"


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_labels_of_targets_cannot_be_taken_for_ours(rule):
    """Our own are called dr_service and dr_tier, because many estates give each target a service
    and a tier."""
    assert not re.search(r"(?<![\w:])(service|tier)(?![\w:])", rule["expr"])
    assert not re.search(r"\$labels\.(service|tier)\b", str(rule["annotations"]))
