# SPDX-License-Identifier: Apache-2.0
"""The gate, asked by a failover script while real PostgreSQL servers fail."""

import datetime
import json

import pytest
from services.exporter import run
from services.support import free_port, wait_until

from pairs import Pair, start_exporter
from plans import NOTICE


@pytest.fixture(name="pair", scope="module")
def fixture_pair(module_estate):
    return Pair(module_estate)


@pytest.fixture(name="exporter")
def fixture_exporter(estate, pair):
    pair.heal()
    pair.start_load()
    yield start_exporter(estate, pair, rpo="3s")
    pair.heal()


def instant(seconds_ago=0.0):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - datetime.timedelta(seconds=seconds_ago)).isoformat()


def wait_for_gate(exporter, status, *flags):
    wait_until(lambda: exporter.gate("orders", *flags)[0] == status, NOTICE + 3,
               f"the gate to say {status}")


@pytest.mark.sanitized
def test_opens_and_closes_with_the_replication(exporter, pair):
    assert exporter.gate("orders") == (0, "gate of orders for region: open\n")
    pair.link.cut()
    wait_for_gate(exporter, 1)
    status, text = exporter.gate("orders")
    assert status == 1
    assert text.startswith("gate of orders for region: closed\nblocked by: orders rpo ")
    # Another service's data flows.
    assert exporter.gate("reports")[0] == 0
    pair.link.heal()
    wait_for_gate(exporter, 0)


@pytest.mark.sanitized
def test_opens_after_the_loss_of_the_primary(exporter, pair):
    """Without the claim of a loss nobody can know whether the primary goes on writing."""
    assert exporter.gate("orders", f"--lost-since={instant()}")[0] == 1, "the primary answers"
    lost = instant()
    pair.to_primary.cut()
    pair.link.cut()
    wait_for_gate(exporter, 1)
    wait_for_gate(exporter, 0, f"--lost-since={lost}")
    answer = exporter.get(f"/api/v1/gate?service=orders&lost_since={lost.replace('+', '%2B')}")
    gate = json.loads(answer.text)
    assert answer.status == 200 and gate["open"] and not gate["blockers"]
    assert 0 <= gate["exposure_seconds"] <= 3 == gate["rpo_seconds"]
    source = next(one for one in gate["inputs"] if one["source"] == "orders-west")
    assert source["up"] is False and "primary" in source["problem"]
    # The loss does not grow while the humans decide; what is judged as of now does.
    wait_until(lambda: exporter.check("orders") == "fail", 10, "the RPO to be missed by now")
    assert exporter.gate("orders", f"--lost-since={lost}")[0] == 0
    assert exporter.gate("orders")[0] == 1
    # The copy dies too.
    pair.to_replica.cut()
    wait_for_gate(exporter, 1, f"--lost-since={lost}")


@pytest.mark.slow
def test_stays_closed_when_the_copy_was_behind(exporter, pair):
    pair.link.cut()
    wait_until(lambda: exporter.check("orders") == "fail", 10, "the RPO to be missed")
    lost = instant()
    pair.to_primary.cut()
    wait_until(lambda: exporter.metric("dr_source_up", source="orders-west") == 0, NOTICE)
    status, text = exporter.gate("orders", f"--lost-since={lost}")
    assert status == 1 and "the loss is" in text


@pytest.mark.slow
def test_tells_of_a_loss_that_is_accepted(exporter, pair):
    """Once when it begins, and once when it ends: by the plan, or by time."""
    def accept(reason, seconds):
        plan = pair.plan(rpo="3s")
        if reason:
            plan["services"][0]["accept_data_loss"] = {"reason": reason,
                                                       "until": instant(-seconds)}
        exporter.write_plan(plan)
        exporter.reload()

    def wait_for_log(*lines):
        wait_until(lambda: all(exporter.log().count(line) == 1 for line in lines), 10,
                   f"the log to say {lines}")

    begun = 'level=warn msg="a loss beyond the RPO is accepted" service=orders reason='
    ended = 'level=warn msg="a loss beyond the RPO is no longer accepted" service=orders reason='
    accept("approved", 3600)
    wait_for_log(begun + "approved until=")
    assert exporter.metric("dr_gate_accepted_loss_until_timestamp_seconds", dr_service="orders")
    pair.link.cut()
    wait_until(lambda: exporter.check("orders") == "fail", 10, "the RPO to be missed")
    status, text = exporter.gate("orders")
    assert status == 0 and "(accepted: approved)" in text
    accept("again", 4)
    wait_for_log(ended + "approved until=", begun + "again until=")
    wait_for_log(ended + "again until=")
    assert exporter.gate("orders")[0] == 1
    assert exporter.log().count("beyond the RPO") == 4


def test_answers_of_others_do_not_open_it(exporter, estate):
    assert exporter.gate("orders", url=f"http://127.0.0.1:{free_port()}")[0] == 1
    # A server that answers 200 to the question, but not as a dr_exporter does.
    status, text = exporter.gate("orders", url=f"{exporter.url}/metrics?")
    assert status == 1 and "check --url" in text


def test_questions_that_are_wrong(exporter):
    for query, status, words in (
            ("", 400, "is missing; ask for"),
            ("?service=order", 404, 'did you mean \\"orders\\"?'),
            ("?service=orders&disruption=corruption", 404, "states no objective for corruption"),
            ("?service=orders&disruption=fire", 400, "zone, region, corruption or ransomware"),
            ("?service=orders&service=reports", 400, "at most once"),
            ("?service=orders&force=1", 400, "at most once"),
            ("?service=orders&lost_since=yesterday", 400, "2026-11-21T03:12:00Z"),
            ("?service=orders&lost_since=2020-01-01T00:00:00Z", 400, "more than a day ago"),
            ("?service=orders&lost_since=2099-01-01T00:00:00Z", 400, "in the future")):
        answer = exporter.get("/api/v1/gate" + query)
        assert (answer.status, words in answer.text) == (status, True), (query, answer.text)
    assert exporter.gate("nobody")[0] == 2
    assert exporter.gate("orders", "--disruption=fire")[0] == 2


@pytest.mark.slow
def test_readiness_and_status(exporter, pair):
    answer = exporter.get("/api/v1/readiness")
    document = json.loads(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    services = {one["service"]: one for one in document["services"]}
    verdict = next(one for one in services["orders"]["disruptions"]
                   if one["disruption"] == "region")
    assert verdict["ready"] and verdict["gate_open"] and verdict["rpo_seconds"] == 3
    assert [one["check"] for one in verdict["checks"]] == ["rpo"]
    wait_until(lambda: json.loads(exporter.get("/api/v1/readiness").text)
               ["services"][0]["disruptions"][0]["checks"][0]["since"], 5, "the first beat")
    done = run("status", f"--url={exporter.url}")
    assert done.returncode == 0 and "4 of 4 ready" in done.stdout
    pair.link.cut()
    wait_for_gate(exporter, 1)
    done = run("status", f"--url={exporter.url}")
    assert done.returncode == 1 and "2 of 4 ready" in done.stdout
    assert "rpo" in done.stdout and "orders-west" in done.stdout
