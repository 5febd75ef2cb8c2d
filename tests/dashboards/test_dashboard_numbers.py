# SPDX-License-Identifier: Apache-2.0
"""Numbers of the dashboards that could look better than the truth, for series of promtool."""

import json
import subprocess

import pytest
import yaml
from services.support import ROOT, find_program

# What Grafana puts in place of its variables; a scrape a minute.
VALUES = {"$__rate_interval": "2m", "$__range_s": "3600", "$__range": "1h", "$__interval": "1m",
          "$job": ".+", "$instance": ".+", "$dr_tier": ".+", "$dr_service": ".+", "$source": ".+"}
SERVICE = 'dr_service="orders", disruption="region", dr_tier="1", job="dr"'


def expression(uid, title):
    dashboard = json.loads((ROOT / f"dashboards/{uid}.json").read_text(encoding="utf-8"))
    panel = next(panel for panel in dashboard["panels"] if panel["title"] == title)
    text = panel["targets"][0]["expr"]
    for name, value in VALUES.items():
        text = text.replace(name, value)
    return text


def seen(metric, instance, values):
    return f'dr_rpo_{metric}_seconds_total{{{SERVICE}, instance="{instance}"}}', values


# Two hours, of which the second is shown.
WHOLE, NOTHING, FIRST, SECOND = "0+60x120", "0x120", "0+60x90", "_x90 0+60x30"
EVIDENCE = 'job="node", instance="host"'
DRILL = 'dr_service="orders", drill="full"'
BACKUP = 'source="dumps", repository="1", set="orders", job="dr"'
# Grafana draws no infinite value.
LOST = [(f'dr_rpo_exposure_seconds{{{SERVICE}, instance="a"}}', "Inf+0x120"),
        (f'dr_service_rpo_objective_seconds{{{SERVICE}, instance="a"}}', "60x120")]
CASES = {
    "one of a pair cannot tell, now": (
        "dr-service", "Met, missed, unknown", [seen("met", "a", WHOLE), seen("met", "b", NOTHING)],
        "== bool 0"),
    # 7200 s are past; an incremental backup is newer than the full one it needs.
    "the newest backup, where an exporter is behind": (
        "dr-replication", "Age of the last backup",
        [(f'dr_backup_last_completion_timestamp_seconds{{{BACKUP}, type="{kind}", '
          f'instance="{instance}"}}', f"{at}x120")
         for kind, instance, at in (("full", "a", 1000), ("full", "b", 1000),
                                    ("incremental", "a", 7000), ("incremental", "b", 6000))],
        "== bool 1200"),
    "one of a pair cannot tell": (
        "dr-evidence", "RPO met", [seen("met", "a", WHOLE), seen("met", "b", NOTHING)],
        "== bool 0"),
    "time that was missed is in no step twice": (
        "dr-evidence", "RPO met", [seen("met", "a", "0+54x120")], "<= bool 0.9001"),
    "exporters that follow each other": (
        "dr-evidence", "RPO met", [seen("met", "a", FIRST), seen("met", "c", SECOND)],
        "> bool 0.9"),
    "nobody ran half of the time": (
        "dr-evidence", "RPO met", [seen("met", "a", FIRST)], "< bool 0.55"),
    "one of a pair saw it missed, its successor could not tell": (
        "dr-evidence", "RPO missed or unknown",
        [seen(metric, instance, values) for instance, missed, unknown in (
            ("a", NOTHING, NOTHING), ("b", FIRST, "0x90"), ("c", "_x90 0x30", SECOND))
         for metric, values in (("missed", missed), ("unknown", unknown))], "> bool 3300"),
    "a drill of the future has not been made": (
        "dr-evidence", "Drills that were never made",
        [(f'dr_drill_max_age_seconds{{{DRILL}, dr_tier="1", job="dr", instance="a"}}', "60x120"),
         (f"dr_drill_last_success_timestamp_seconds{{{DRILL}, {EVIDENCE}}}", "1795282421000x120")],
        "== bool 60"),
    "everything would be lost, as a share": (
        "dr-service", "Exposure against RPO", LOST, "== bool 10"),
    "everything would be lost": ("dr-overview", "Exposure", LOST, "== bool 31536000"),
    "nobody can tell whether nothing would be lost": (
        "dr-overview", "Nothing may be lost",
        [('dr_dataset_rpo_objective_seconds{dataset="ledger", job="dr", instance="a"}', "0x120")],
        "== bool 0"),
}


def query(tmp_path, series, text, samples):
    """Whether the expression gives these samples at the end of the two hours."""
    test = {"evaluation_interval": "1m", "tests": [{
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series],
        "promql_expr_test": [{"expr": text, "eval_time": "2h", "exp_samples": samples}]}]}
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump(test), encoding="utf-8")
    done = subprocess.run([find_program("promtool", "prometheus"), "test", "rules", path],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_numbers_look_no_better_than_the_truth(tmp_path, case):
    uid, title, series, comparison = CASES[case]
    text = f"count(({expression(uid, title)}) {comparison} == 1)"
    query(tmp_path, series, text, [{"labels": "{}", "value": 1}])


@pytest.mark.parametrize("uid, title, series", [
    ("dr-evidence", "Time left until a drill expires", CASES[
        "a drill of the future has not been made"][2]),
    # Asynchronous, as its RPO allows.
    ("dr-overview", "Nothing may be lost", [
        ('dr_dataset_rpo_objective_seconds{dataset="carts", job="dr", instance="a"}', "30x120"),
        ('dr_zero_data_loss_enforced{dataset="carts", job="dr", instance="a"}', "0x120")]),
])
def test_says_nothing_where_there_is_nothing_to_say(tmp_path, uid, title, series):
    query(tmp_path, series, expression(uid, title), [])
