# SPDX-License-Identifier: Apache-2.0
"""Fault tests never end green: each fault is noticed in time, for its reason, and alone."""

import time

import pytest
from services.support import holds_for, wait_until

from pairs import RPO, Pair, age, start_exporter
from plans import NOTICE


@pytest.fixture(name="shared", scope="module")
def fixture_shared(module_estate):
    return Pair(module_estate)


@pytest.fixture(name="pair")
def fixture_pair(shared):
    yield shared
    shared.heal()


def kill_standby(pair):
    pair.standby.kill()


def cut_queries(pair):
    pair.to_primary.cut()
    pair.to_replica.cut()


def stall_queries(pair):
    pair.to_primary.stall()
    pair.to_replica.stall()


def garble(pair):
    pair.to_primary.garbage()
    pair.to_replica.garbage()


def trickle_queries(pair):
    pair.to_primary.trickle(20)
    pair.to_replica.trickle(20)


def lock_out(pair):
    """The account may no longer log in, and its sessions are ended."""
    pair.primary.sql("ALTER ROLE dr_monitor NOLOGIN")
    for server in (pair.primary, pair.standby):
        server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                   "WHERE application_name = 'dr_exporter'")


def cut_replication(pair):
    pair.link.cut()


def stop_standby(pair):
    pair.standby.pause()


SOURCE_FAULTS = [
    (kill_standby, None), (cut_queries, {"connect"}), (stall_queries, {"timeout"}),
    (garble, {"protocol", "connect", "timeout"}), (trickle_queries, {"timeout"}),
    (cut_replication, None), (stop_standby, {"timeout"}),
]
QUICK = (cut_replication, stall_queries)
SLOW = pytest.mark.slow


@pytest.mark.parametrize("fault, reasons", [
    pytest.param(fault, reasons, id=fault.__name__, marks=[] if fault in QUICK else SLOW)
    for fault, reasons in SOURCE_FAULTS])
def test_fault_is_noticed_alone(estate, pair, fault, reasons):
    pair.start_load()
    exporter = start_exporter(estate, pair)
    fault(pair)
    try:
        wait_until(lambda: exporter.check("orders") != "pass", RPO + NOTICE, "not ready")
        metrics = exporter.metrics()
        assert metrics.value("dr_ready", dr_service="orders", disruption="region") == 0
        assert metrics.check("reports") == "pass"
        before = age(exporter)
        holds_for(3, lambda: (lambda seen: seen.check("orders") != "pass"
                              and seen.check("reports") == "pass")(exporter.metrics()),
                  "not ready, and the other ready")
        assert age(exporter) > before + 2, "the age stands still"
        if reasons is not None:
            seen = set(exporter.failures("orders-west"))
            assert seen and seen <= reasons, seen
        assert exporter.failures("reports-south") == {}
    finally:
        if not pair.standby.process.running:
            pair.standby.start()
        pair.heal()
    exporter.wait_for_check("orders", "pass", timeout=20)


def test_lost_account(estate, pair):
    """Both sources use it, so both services lose their evidence."""
    pair.start_load()
    exporter = start_exporter(estate, pair)
    lock_out(pair)
    try:
        wait_until(lambda: exporter.check("orders") != "pass", NOTICE, "not ready")
        wait_until(lambda: "auth" in exporter.failures("orders-west"), NOTICE, "the reason")
    finally:
        pair.primary.sql("ALTER ROLE dr_monitor LOGIN")
    exporter.wait_for_check("orders", "pass")


def test_vanished_password_file(estate, pair):
    exporter = start_exporter(estate, pair)
    exporter.password_path.rename(exporter.password_path.with_suffix(".gone"))
    pair.to_primary.reset_connections()
    pair.to_replica.reset_connections()
    wait_until(lambda: exporter.check("orders") != "pass", NOTICE, "not ready")
    wait_until(lambda: "not_found" in exporter.failures("orders-west"), NOTICE, "the reason")
    exporter.password_path.with_suffix(".gone").rename(exporter.password_path)
    exporter.wait_for_check("orders", "pass")


def test_dead_primary_host(estate):
    """Also with its standby alive and nothing more to copy: nobody knows what was committed."""
    pair = Pair(estate)
    pair.start_load()
    exporter = start_exporter(estate, pair)
    pair.stop_load()
    pair.primary.kill()
    wait_until(lambda: exporter.check("orders") != "pass", RPO + NOTICE, "not ready")
    before = age(exporter)
    holds_for(2, lambda: exporter.check("orders") != "pass", "not ready")
    assert age(exporter) > before + 1


@pytest.mark.slow
def test_frozen_exporter_accounts_the_gap_as_unknown(estate, pair):
    exporter = start_exporter(estate, pair)
    labels = {"dr_service": "orders", "disruption": "region"}
    before = exporter.metric("dr_rpo_unknown_seconds_total", **labels)
    exporter.process.pause()
    pair.start_load()
    time.sleep(8)
    exporter.process.resume()
    wait_until(lambda: exporter.metric("dr_rpo_unknown_seconds_total", **labels) >= before + 6,
               5, "the gap to count as unknown")


@pytest.mark.slow
def test_exporter_that_starts_after_the_cut(estate, pair):
    """It has seen nothing of what was before, and still must not believe that all is well."""
    pair.start_load()
    pair.link.cut()
    time.sleep(RPO + 1)
    exporter = estate.exporter(pair.plan())
    exporter.wait_for_check("reports", "pass")
    holds_for(RPO + 2, lambda: exporter.check("orders") != "pass", "not ready")
    assert age(exporter) > RPO
