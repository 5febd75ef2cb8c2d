# SPDX-License-Identifier: Apache-2.0
"""The API's description: valid, complete, and what a real exporter answers on good and bad days."""

import json
import time
from urllib.parse import quote

import pytest
from services.openapi import description, problems_of_description, validate_answer
from services.support import wait_until

import drills
from pairs import Pair, start_exporter
from plans import NOTICE


@pytest.fixture(name="pair", scope="module")
def fixture_pair(module_estate):
    return Pair(module_estate)


@pytest.mark.slow
def test_the_description_is_valid():
    assert problems_of_description(description()) == ""
    broken = description()
    broken["paths"]["/api/v1/gate"]["get"]["parameters"][0]["in"] = "nowhere"
    assert "nowhere" in problems_of_description(broken)


def ask(exporter, path, schema):
    """The answer, which has the form that is described for its status."""
    answer = exporter.get(path)
    paths = description()["paths"]
    assert str(answer.status) in paths[path.partition("?")[0]]["get"]["responses"]
    assert answer.headers["Cache-Control"] == "no-store"
    document = json.loads(answer.text)
    validate_answer(schema, document)
    return answer.status, document


def test_answers_are_as_described(estate, pair):
    pair.heal()
    exporter = start_exporter(estate, pair, rpo="3s")
    gate = "/api/v1/gate?service=orders"
    assert ask(exporter, gate, "Gate")[0] == 200
    assert ask(exporter, "/api/v1/readiness", "Readiness")[0] == 200
    assert ask(exporter, "/api/v1/gate?service=nobody", "Refusal")[0] == 404
    assert ask(exporter, "/api/v1/gate", "Refusal")[0] == 400

    lost = quote(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    pair.to_primary.cut()
    pair.link.cut()
    pair.to_replica.cut()
    wait_until(lambda: exporter.get(gate).status == 503, NOTICE + 3, "the gate to close")
    status, document = ask(exporter, gate, "Gate")
    assert status == 503 and document["blockers"][0]["check"] == "rpo"
    assert ask(exporter, f"{gate}&lost_since={lost}", "Gate")[0] == 503
    status, document = ask(exporter, "/api/v1/readiness", "Readiness")
    assert not document["services"][0]["disruptions"][0]["ready"]
    pair.heal()


def test_the_estimate_is_shown(estate):
    directory = estate.new_directory()
    (directory / "shop.prom").write_text(drills.success(recovery=500))
    plan = drills.plan(directory)
    plan["exporter"]["alert_path"] = {"scrape_interval": "5s", "evaluation_interval": "5s",
                                      "for": "10s", "group_wait": "0s"}
    plan["tiers"][0]["dns_ttl"] = "30s"
    plan["services"].append({"name": "front", "tier": "1", "evidence": ["drills"],
                             "depends_on": ["shop"], "accept_data_loss":
                             {"reason": "agreed", "until": "2099-01-01T00:00:00Z"}})
    exporter = estate.exporter(plan)
    wait_until(lambda: exporter.check("shop", check="rto") == "pass", 10, "the drill to count")
    _, document = ask(exporter, "/api/v1/readiness", "Readiness")
    verdict = next(one for one in document["services"][0]["disruptions"]
                   if one["disruption"] == "region")
    # The drill noticed after 60 s, which is more than the alert path needs.
    assert verdict["rto_components"] == {"detection": 60, "decide": 60, "execute": 60,
                                         "verify": 60, "other": 260, "dns_ttl": 30}
    assert (verdict["rto_estimate_seconds"], verdict["rto_seconds"]) == (530, 600)
    _, document = ask(exporter, "/api/v1/gate?service=front", "Gate")
    assert document["rto_components"] == {"detection": 20, "dns_ttl": 30, "dependencies": 530}
    assert document["rto_estimate_seconds"] is None
    assert exporter.metric("dr_rto_estimate_seconds", dr_service="front") is None
    assert exporter.metric("dr_rto_estimate_seconds", dr_service="shop") == 530
    text = exporter.get("/api/v1/gate?service=shop", headers={"Accept": "text/plain"}).text
    assert "\nback in: 8m 50s (1m detection, " in text and text.endswith("), RTO 10m\n")
