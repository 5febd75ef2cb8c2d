# SPDX-License-Identifier: Apache-2.0
"""Trap P12: connections that hang, at every stage; nothing else waits for them."""

import time

import pytest
from services.proxy import BlackHole
from services.support import wait_until

from pairs import RPO, Pair, assert_not_ready, start_exporter
from plans import INTERVAL, NOTICE, TIMEOUT, plan, source


@pytest.fixture(name="shared", scope="module")
def fixture_shared(module_estate):
    return Pair(module_estate)


@pytest.fixture(name="pair")
def fixture_pair(shared):
    yield shared
    shared.heal()


def assert_times_out(exporter, within=NOTICE):
    wait_until(lambda: "timeout" in exporter.failures("orders-west"), within, "a timeout")
    metrics = exporter.metrics()
    duration = metrics.value("dr_source_last_collection_duration_seconds", source="orders-west")
    assert duration <= TIMEOUT + 0.3
    assert metrics.value("dr_source_up", source="reports-south") == 1


@pytest.mark.parametrize("end", [pytest.param("to_primary", marks=pytest.mark.slow), "to_replica"])
def test_p12_stall_after_connect(estate, pair, end):
    pair.start_load()
    exporter = start_exporter(estate, pair)
    getattr(pair, end).stall()
    assert_times_out(exporter)
    before = exporter.metric("dr_source_collections_total", source="reports-south")
    time.sleep(10 * INTERVAL)
    after = exporter.metric("dr_source_collections_total", source="reports-south")
    assert after - before >= 8, "the other source missed beats"
    assert exporter.check("reports") == "pass"
    # Over many rounds, connections neither pile up at the one end nor at the other.
    assert len(pair.primary.connections()) <= 2
    assert len(pair.standby.connections()) <= 1
    getattr(pair, end).heal()
    getattr(pair, end).reset_connections()
    exporter.wait_for_check("orders", "pass")
    wait_until(lambda: len(pair.primary.connections()) == 2 and
               len(pair.standby.connections()) == 1, 10, "one connection an end")


def test_p12_both_ends_stall(estate, pair):
    exporter = start_exporter(estate, pair)
    pair.to_primary.stall()
    pair.to_replica.stall()
    assert_times_out(exporter)
    assert_not_ready(exporter, within=NOTICE)


def test_p12_connection_request_is_dropped(estate, pair):
    hole = BlackHole()
    try:
        exporter = estate.exporter(plan(
            {"orders": ("orders", "3s"), "reports": ("reports", "3s")},
            [source("orders-west", "orders", hole.port, hole.port),
             source("reports-south", "reports", pair.primary.port, pair.other.port)]))
        exporter.wait_for_check("reports", "pass")
        assert_times_out(exporter)
        assert exporter.check("orders") == "unknown"
    finally:
        hole.stop()


@pytest.mark.slow
def test_p12_lock_blocks_the_query(estate, pair):
    """Catalogues that every session reads are locked, on the standbys by replay as well."""
    exporter = start_exporter(estate, pair)
    locker = pair.primary.session()
    locker.run("BEGIN; LOCK TABLE pg_authid, pg_database, pg_db_role_setting IN ACCESS "
               "EXCLUSIVE MODE")
    wait_until(lambda: exporter.failures("orders-west"), NOTICE, "a failure")
    wait_until(lambda: exporter.check("orders") != "pass", NOTICE, "not ready")
    time.sleep(5 * TIMEOUT)
    assert set(exporter.failures("orders-west")) == {"timeout"}
    count = locker.run("SELECT count(*) FROM pg_stat_get_activity(NULL) "
                       "WHERE application_name = 'dr_exporter' OR backend_type IS NULL")
    assert int(count) <= 2, "connections pile up behind a lock"
    locker.run("ROLLBACK")
    exporter.wait_for_check("orders", "pass")


@pytest.mark.parametrize("end", ["primary", "standby"])
def test_p12_stopped_server(estate, pair, end):
    exporter = start_exporter(estate, pair)
    server = getattr(pair, end)
    server.pause()
    try:
        wait_until(lambda: "timeout" in exporter.failures("orders-west"), NOTICE, "a timeout")
        wait_until(lambda: exporter.check("orders") != "pass", RPO + NOTICE, "not ready")
        if end == "standby":
            assert exporter.check("reports") == "pass"
    finally:
        server.resume()
    exporter.wait_for_check("orders", "pass", timeout=20)


def test_p12_garbage_instead_of_a_database(estate, pair):
    exporter = start_exporter(estate, pair)
    pair.to_replica.garbage()
    pair.to_primary.garbage()
    assert_not_ready(exporter, within=NOTICE)
    failures = set(exporter.failures("orders-west"))
    assert failures <= {"protocol", "connect", "timeout"}, failures
