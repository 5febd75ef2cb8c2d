# SPDX-License-Identifier: Apache-2.0
"""Start, stop and reload, and what the log says meanwhile."""

import json
import time

import pytest
from services.support import free_port, holds_for, http_request, wait_until

from plans import INTERVAL, NOTICE, plan, source

pytestmark = pytest.mark.sanitized


@pytest.fixture(name="pair", scope="module")
def fixture_pair(module_estate):
    primary = module_estate.primary()
    return primary, module_estate.standby(primary)


@pytest.fixture(name="proxy")
def fixture_proxy(estate, pair):
    return estate.proxy(pair[0].port)


def two_sources(pair, proxy, rpo="3s", **more):
    primary, standby = pair
    return plan({"orders": ("orders", rpo), "reports": ("reports", "30s")}, [
        source("orders-west", "orders", primary.port, standby.port),
        source("reports-west", "reports", proxy.port, standby.port, **more)])


def test_stops_at_once_while_a_source_hangs(estate, pair, proxy):
    exporter = estate.exporter(two_sources(pair, proxy, timeout="30s"))
    exporter.wait_for_check("reports", "pass")
    proxy.stall()
    time.sleep(3 * INTERVAL)
    assert exporter.stop() < 1.0
    assert pair[0].process.running


def test_stops_at_once_while_connecting(estate, pair, proxy):
    proxy.stall()
    exporter = estate.exporter(two_sources(pair, proxy, timeout="30s"))
    exporter.wait_for_check("orders", "pass")
    assert exporter.stop() < 1.0
    wait_until(lambda: not pair[0].connections(), 5, "all connections to be closed")


def test_ready_only_while_serving(estate, pair, proxy):
    exporter = estate.exporter(two_sources(pair, proxy))
    assert exporter.get("/-/healthy").status == 200
    exporter.stop()
    with pytest.raises(OSError):
        http_request(exporter.url + "/-/healthy", timeout=1)


def test_reload_keeps_what_did_not_change(estate, pair, proxy):
    exporter = estate.exporter(two_sources(pair, proxy))
    exporter.wait_for_check("orders", "pass")
    exporter.wait_for_check("reports", "pass")
    primary = pair[0]
    wait_until(lambda: exporter.metric("dr_source_collections_total", source="orders-west") > 5,
               NOTICE + 3)
    pids = primary.connections()
    before = exporter.metrics()
    changed = two_sources(pair, proxy, interval="600ms")
    changed["services"].append({"name": "archive", "tier": "30s", "datasets": ["reports"]})
    exporter.write_plan(changed)
    exporter.reload()
    wait_until(lambda: exporter.check("archive") == "pass", NOTICE, "the new service")
    after = exporter.metrics()
    assert after.value("dr_exporter_config_last_reload_successful") == 1
    assert after.value("dr_source_collections_total", source="orders-west") >= before.value(
        "dr_source_collections_total", source="orders-west") > 5
    assert after.value("dr_source_collections_total", source="reports-west") < 5
    for kind in ("met", "unknown"):
        name, labels = f"dr_rpo_{kind}_seconds_total", {"dr_service": "orders",
                                                       "disruption": "region"}
        assert after.value(name, **labels) >= before.value(name, **labels)
    assert len(set(pids) & set(primary.connections())) == 1, "one session stays, one is new"


def test_reload_without_change_keeps_all_sessions(estate, pair, proxy):
    exporter = estate.exporter(two_sources(pair, proxy))
    exporter.wait_for_check("orders", "pass")
    exporter.wait_for_check("reports", "pass")
    pids = pair[0].connections()
    loaded = "dr_exporter_config_last_reload_success_timestamp_seconds"
    before = exporter.metric(loaded)
    exporter.reload()
    wait_until(lambda: exporter.metric(loaded) > before, NOTICE, "the reload")
    assert pair[0].connections() == pids


def test_removed_source_is_gone(estate, pair, proxy):
    exporter = estate.exporter(two_sources(pair, proxy))
    exporter.wait_for_check("orders", "pass")
    exporter.wait_for_check("reports", "pass")
    smaller = two_sources(pair, proxy)
    smaller["services"].pop()
    smaller["sources"].pop()
    exporter.write_plan(smaller)
    exporter.reload()
    wait_until(lambda: exporter.check("reports") is None, NOTICE, "the service to be gone")
    assert not exporter.metrics().find("dr_source_up", source="reports-west")
    wait_until(lambda: len(pair[0].connections()) == 1, 5, "its session to be closed")
    assert exporter.check("orders") == "pass"


@pytest.mark.parametrize("bad", ["", "tiers: [", "exporter: {interval: 5}\n", None])
def test_bad_reload_leaves_all_as_is(estate, pair, proxy, bad):
    exporter = estate.exporter(two_sources(pair, proxy))
    exporter.wait_for_check("orders", "pass")
    exporter.wait_for_check("reports", "pass")
    pids = pair[0].connections()
    if bad is None:
        exporter.plan_path.unlink()
    else:
        exporter.plan_path.write_text(bad)
    exporter.reload()
    exporter.wait_for_metric("dr_exporter_config_last_reload_successful", 0)
    holds_for(4 * INTERVAL, lambda: exporter.check("orders") == "pass", "pass")
    assert pair[0].connections() == pids
    assert "dr.yml" in exporter.log()
    exporter.write_plan(two_sources(pair, proxy))
    exporter.reload()
    exporter.wait_for_metric("dr_exporter_config_last_reload_successful", 1)


def test_reload_by_http(estate, pair, proxy):
    exporter = estate.exporter(two_sources(pair, proxy), "--web.enable-lifecycle")
    assert exporter.get("/-/reload", method="POST").status == 200
    exporter.plan_path.write_text("tiers: [")
    answer = exporter.get("/-/reload", method="POST")
    assert answer.status == 500 and "dr.yml" in answer.text
    assert exporter.get("/-/reload").status == 405


def test_reload_while_a_source_hangs(estate, pair, proxy):
    """Neither the page nor the other source waits until the old session has given up."""
    exporter = estate.exporter(two_sources(pair, proxy, timeout="20s"))
    exporter.wait_for_check("reports", "pass")
    proxy.stall()
    time.sleep(2 * INTERVAL)
    exporter.write_plan(two_sources(pair, proxy, timeout="10s"))
    start = time.monotonic()
    exporter.reload()
    exporter.wait_for_metric("dr_exporter_config_last_reload_successful", 1)
    exporter.wait_for_check("orders", "pass")
    wait_until(lambda: exporter.metric("dr_source_collections_total", source="reports-west")
               in (0, None), 2, "the changed source to begin anew")
    assert time.monotonic() - start < 2


def test_log_tells_changes_only(estate, pair, proxy):
    exporter = estate.exporter(two_sources(pair, proxy))
    exporter.wait_for_check("reports", "pass")

    def lines():
        return [record for record in exporter.log_records()
                if record.get("source") == "reports-west"]

    quiet = len(lines())
    time.sleep(5 * INTERVAL)
    assert len(lines()) == quiet
    proxy.cut()
    wait_until(lambda: len(lines()) > quiet, NOTICE, "the failure to be logged")
    logged = len(lines())
    assert lines()[-1]["level"] in ("warn", "error")
    time.sleep(5 * INTERVAL)
    assert len(lines()) == logged, "the same failure is logged again"
    proxy.heal()
    exporter.wait_for_check("reports", "pass")
    wait_until(lambda: len(lines()) == logged + 1, NOTICE, "the recovery to be logged")
    assert lines()[-1]["level"] == "info"


def test_log_as_json(estate, pair, proxy):
    exporter = estate.exporter(two_sources(pair, proxy), "--log.format=json")
    proxy.cut()
    wait_until(lambda: "reports-west" in exporter.log(), NOTICE, "a line about the source")
    records = [json.loads(line) for line in exporter.log().splitlines()]
    assert all({"ts", "level", "msg"} <= record.keys() for record in records)


def test_log_level(estate, pair):
    primary, standby = pair
    exporter = estate.exporter(plan({"orders": ("orders", "3s")}, [
        source("orders-west", "orders", primary.port, standby.port)]), "--log.level=error")
    exporter.wait_for_check("orders", "pass")
    assert exporter.log() == ""


def test_source_that_was_never_there(estate):
    exporter = estate.exporter(plan({"orders": ("orders", "3s")}, [
        source("orders-west", "orders", free_port(), free_port())]))
    wait_until(lambda: exporter.failures("orders-west"), NOTICE)
    assert exporter.check("orders") == "unknown"
    assert exporter.metric("dr_rpo_exposure_seconds", dr_service="orders",
                           disruption="region") is None
