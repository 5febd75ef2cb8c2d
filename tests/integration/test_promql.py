# SPDX-License-Identifier: Apache-2.0
"""Evidence from a real Prometheus: every kind of result, and samples that nobody writes now."""

import json
from datetime import datetime, timezone
from urllib.parse import quote

import pytest
from services.support import free_port, holds_for, wait_until

from promql_plans import Target, problem, start, start_prometheus, state

DATE, AGE, RATIO, UP, VALIDATED = ("recovery_point_timestamp", "recovery_point_age",
                                   "capacity_ratio", "up", "validated_timestamp")
SERIES = {
    "date": lambda now: now - 3, "old_date": lambda now: now - 3600, "zero": 0,
    "milliseconds": lambda now: round((now - 3) * 1000), "future": lambda now: now + 3600,
    "soon": lambda now: now + 2, "age": 5, "old_age": 3600, "negative": -1, "not_a_number": "NaN",
    "infinite": "+Inf", 'two{n="1"}': 5, 'two{n="2"}': 6, "ratio": 1.2, "low_ratio": 0.9,
    "percent": 60, "is_up": 1, "is_down": 0, "half": 0.5, "validated": lambda now: now - 86400,
    "validated_long_ago": lambda now: now - 91 * 86400,
}
RULES = """groups:
  - name: recorded
    rules:
      - {record: "job:dying_age:max", expr: max(dying_age)}
      - {record: "job:stamped_age:max", expr: max(stamped_age)}
"""


@pytest.fixture(scope="module", name="world")
def fixture_world(module_estate):
    """(Prometheus, a target that dies, one that dies and dates its samples itself)."""
    rules = module_estate.new_directory() / "rules.yml"
    rules.write_text(RULES)
    live = module_estate.keep(Target(SERIES))
    dying = module_estate.keep(Target({"dying_age": 5, "dying_up": 1}))
    stamped = module_estate.keep(Target({"stamped_age": 5, "stamped_up": 1},
                                        stamped={"stamped_age", "stamped_up"}))
    jobs = {"live": [live], "dying": [dying, stamped]}
    prometheus = start_prometheus(module_estate, jobs, [rules])
    wait_until(lambda: prometheus.query("job:stamped_age:max"), 15, "the rules")
    return prometheus, dying, stamped


def test_every_kind_of_result(estate, world):
    url = world[0].url
    cases = {  # name: (query, yields, state, reason of the failure or None, part of its message)
        "date": ("date", DATE, "pass", None, ""),
        "soon": ("soon", DATE, "pass", None, ""),
        "old-date": ("old_date", DATE, "fail", None, ""),
        "age": ("age", AGE, "pass", None, ""),
        "old-age": ("old_age", AGE, "fail", None, ""),
        "ratio": ("ratio", RATIO, "pass", None, ""),
        "low-ratio": ("low_ratio", RATIO, "fail", None, ""),
        "up": ("is_up", UP, "pass", None, ""),
        "down": ("is_down", UP, "fail", None, ""),
        "validated": ("validated", VALIDATED, "pass", None, ""),
        "long-ago": ("validated_long_ago", VALIDATED, "fail", None, ""),
        "zero": ("zero", DATE, "unknown", "inconsistent", "never happened"),
        "milliseconds": ("milliseconds", DATE, "unknown", "inconsistent", "divide it by 1e3"),
        "future": ("future", DATE, "unknown", "inconsistent", "in the future"),
        "not-a-date": ("age", DATE, "unknown", "inconsistent", "is it an age?"),
        "not-an-age": ("date", AGE, "unknown", "inconsistent", "is it a date"),
        "negative": ("negative", AGE, "unknown", "inconsistent", "negative age"),
        "nan": ("not_a_number", AGE, "unknown", "inconsistent", "NaN"),
        "infinite": ("infinite", AGE, "unknown", "inconsistent", "infinite"),
        "percent": ("percent", RATIO, "unknown", "inconsistent", "divide it by 100"),
        "no-ratio": ("not_a_number", RATIO, "unknown", "inconsistent", "NaN"),
        "half": ("half", UP, "unknown", "inconsistent", "neither 1"),
        "never": ("zero", VALIDATED, "unknown", "inconsistent", "never happened"),
        "two": ("two", AGE, "unknown", "inconsistent", "2 series"),
        "all-there": ("max(two) and count(two) == 2", AGE, "pass", None, ""),
        "one-gone": ("max(two) and count(two) == 3", AGE, "unknown", "not_found", "empty"),
        "number": ("nan", AGE, "unknown", "query", "timestamp"),
        "empty": ("missing", AGE, "unknown", "not_found", "empty"),
        "scalar": ("scalar(age)", AGE, "pass", None, ""),
        "no-scalar": ("scalar(missing)", AGE, "unknown", "inconsistent", "NaN"),
        "divided": ("age / 0", AGE, "unknown", "inconsistent", "infinite"),
        "string": ('"5"', AGE, "unknown", "inconsistent", "string"),
        "matrix": ("age[1m]", AGE, "unknown", "inconsistent", "range of samples"),
        "syntax": ("max(age", AGE, "unknown", "query", "unclosed left parenthesis"),
        "execution": ("age + on() two", AGE, "unknown", "query", "status 422"),
    }
    exporter = start(estate, {
        name: {"url": url, "query": query, "yields": yields,
               **({} if query.isidentifier() else {"samples": ["age"]})}
        for name, (query, yields, *_) in cases.items()})
    found = {name: (state(exporter, name, yields), set(exporter.failures(name)))
             for name, (_, yields, *_) in cases.items()}
    assert found == {name: (result, {reason} if reason else set())
                     for name, (_, _, result, reason, _) in cases.items()}
    for name, (_, _, _, reason, message) in cases.items():
        assert reason is None or message in problem(exporter, name), name
    metrics = exporter.metrics()
    assert 0 <= metrics.value("dr_promql_sample_age_seconds", source="age") < 10
    assert metrics.value("dr_promql_value", source="age") == 5
    assert metrics.value("dr_promql_value", source="zero") is None
    age = metrics.value("dr_recovery_point_age_seconds", source="date")
    assert age is None or 3 <= age < 15, age


def test_a_recovery_point_proves_nothing_by_itself_after_a_loss(estate, world):
    """Who was asked behind Prometheus is not known; a human has to say that it was the copy."""
    exporter = start(estate, {"age": {"url": world[0].url, "query": "age", "yields": AGE}})
    lost = quote(datetime.now(timezone.utc).isoformat(timespec="seconds"))
    gate = json.loads(exporter.get("/api/v1/gate?service=age").text)
    assert gate["open"], gate
    gate = json.loads(exporter.get(f"/api/v1/gate?service=age&lost_since={lost}").text)
    assert not gate["open"] and gate["blockers"][0]["state"] == "unknown", gate


@pytest.mark.slow
def test_a_target_that_ends(estate, world):
    """Also one whose samples Prometheus goes on serving, alone and behind a recording rule."""
    prometheus, dying, stamped = world
    common = {"url": prometheus.url, "max_sample_age": "4s"}
    exporter = start(estate, {
        "plain": {"query": "dying_age", "yields": AGE, **common},
        "plain-up": {"query": "dying_up", "yields": UP, **common},
        "stamped": {"query": "stamped_age", "yields": AGE, **common},
        "stamped-up": {"query": "stamped_up", "yields": UP, **common},
        "sum": {"query": "age + on() stamped_age", "samples": ["age", "stamped_age"], "yields": AGE,
                **common},
        "range": {"query": "last_over_time(stamped_age[1h])", "samples": ["stamped_age"],
                  "yields": AGE, **common},
        "rule": {"query": "job:stamped_age:max", "samples": ["stamped_age"], "yields": AGE,
                 **common},
        "bystander": {"query": "age", "yields": AGE, "url": prometheus.url},
    })
    yields = {name: UP if name.endswith("-up") else AGE for name in
              ("plain", "plain-up", "stamped", "stamped-up", "sum", "range", "rule", "bystander")}

    def states():
        return {name: state(exporter, name, what) for name, what in yields.items()}

    wait_until(lambda: set(states().values()) == {"pass"}, 15, "all to pass")
    dying.stop()
    stamped.stop()
    wanted = {name: "pass" if name == "bystander" else "unknown" for name in yields}
    wait_until(lambda: states() == wanted, 15, "all but the bystander to be unknown")
    # This is the trap: an instant query still has them, as if they were of now.
    for trap in ("stamped_age", "stamped_up", "last_over_time(stamped_age[1h])",
                 "job:stamped_age:max", "age + on() stamped_age"):
        assert prometheus.query(trap), trap
    assert prometheus.query("timestamp(job:stamped_age:max) - on() timestamp(stamped_age) > 2")
    assert set(exporter.failures("plain")) == {"not_found"}
    for name in ("stamped", "stamped-up", "sum", "range", "rule"):
        assert set(exporter.failures(name)) == {"inconsistent"}, name
        assert "limit 4s" in problem(exporter, name)
    assert exporter.metric("dr_promql_sample_age_seconds", source="stamped") > 4
    assert exporter.metric("dr_promql_value", source="stamped") is None
    holds_for(1, lambda: states() == wanted, "unknown")


def test_prometheus_that_ends(estate, world):
    exporter = start(estate, {
        "good": {"url": world[0].url, "query": "age", "yields": AGE},
        "prefix": {"url": world[0].url + "/mimir/", "query": "age", "yields": AGE},
        "gone": {"url": f"http://127.0.0.1:{free_port()}", "query": "age", "yields": AGE}})
    assert state(exporter, "good", AGE) == "pass"
    assert state(exporter, "gone", AGE) == state(exporter, "prefix", AGE) == "unknown"
    assert set(exporter.failures("gone")) == {"connect"}
    assert set(exporter.failures("prefix")) == {"not_found"}
    world[0].stop()
    wait_until(lambda: state(exporter, "good", AGE) == "unknown", 10, "unknown")
    # While it ends it refuses queries.
    wait_until(lambda: exporter.failures("good").get("connect"), 10, "nobody to answer")
    assert set(exporter.failures("good")) <= {"query", "connect"}
    assert state(exporter, "good", AGE) == "unknown"
