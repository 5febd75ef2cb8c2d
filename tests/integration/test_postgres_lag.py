# SPDX-License-Identifier: Apache-2.0
"""Traps P1, P2, P7 and P8: what the recovery point is while data flows, stops or waits."""

import time

import pytest
from services.support import holds_for, wait_until

from pairs import RPO, Pair, age, assert_not_ready, start_exporter
from plans import INTERVAL, NOTICE


@pytest.fixture(name="shared", scope="module")
def fixture_shared(module_estate):
    return Pair(module_estate)


@pytest.fixture(name="pair")
def fixture_pair(shared):
    yield shared
    shared.heal()


@pytest.mark.slow
def test_p1_idle_primary_is_no_lag(estate, pair):
    exporter = start_exporter(estate, pair)
    holds_for(2 * RPO, lambda: exporter.check("orders") == "pass" and age(exporter) < 1,
              "pass while idle")


def test_p1_load_is_no_lag(estate, pair):
    pair.start_load()
    exporter = start_exporter(estate, pair)
    holds_for(2 * RPO, lambda: exporter.check("orders") == "pass" and age(exporter) < RPO / 2,
              "pass under load")


def test_p2_cut_link_ages_from_the_cut(estate, pair):
    pair.start_load()
    exporter = start_exporter(estate, pair)
    pair.link.cut()
    start = time.time()
    # All that was received is soon replayed: receive LSN = replay LSN says nothing.
    wait_until(lambda: pair.standby.sql(
        "SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()") == "t")
    assert_not_ready(exporter)
    exporter.wait_for_check("orders", "fail", timeout=RPO + NOTICE)
    for _ in range(10):
        elapsed = time.time() - start
        assert elapsed - 1 <= age(exporter) <= elapsed + 3 * INTERVAL + 1
        time.sleep(INTERVAL)
    assert exporter.metric("dr_rpo_exposure_seconds", dr_service="orders",
                           disruption="region") > RPO
    pair.link.heal()
    exporter.wait_for_check("orders", "pass", timeout=20)
    assert age(exporter) < 2


@pytest.mark.slow
def test_p2_cut_link_seen_from_the_replica_only(estate, pair):
    pair.start_load()
    exporter = start_exporter(estate, pair)
    pair.to_primary.cut()
    pair.link.cut()
    start = time.time()
    assert_not_ready(exporter)
    holds_for(2, lambda: exporter.check("orders") != "pass", "not ready")
    elapsed = time.time() - start
    assert elapsed - 1 <= age(exporter) <= elapsed + 12


@pytest.mark.slow
def test_p2_cut_link_seen_from_the_primary_only(estate, pair):
    pair.start_load()
    exporter = start_exporter(estate, pair)
    pair.to_replica.cut()
    pair.link.cut()
    start = time.time()
    assert_not_ready(exporter)
    holds_for(2, lambda: exporter.check("orders") != "pass", "not ready")
    elapsed = time.time() - start
    assert elapsed - 1 <= age(exporter) <= elapsed + 3


def test_p2_cut_link_of_an_idle_primary_that_only_the_replica_tells(estate, pair):
    """Nobody knows whether the primary still is idle: time passes, the point does not."""
    exporter = start_exporter(estate, pair)
    pair.to_primary.cut()
    pair.link.cut()
    assert_not_ready(exporter)


def test_p2_dead_primary(estate, pair):
    """As in a region loss: the primary answers nobody."""
    pair.start_load()
    exporter = start_exporter(estate, pair)
    pair.to_primary.stall()
    pair.link.stall()
    assert_not_ready(exporter)
    before = age(exporter)
    time.sleep(2)
    assert age(exporter) >= before + 1.5


@pytest.mark.slow
def test_p7_wal_that_was_not_sent_counts(estate, pair):
    exporter = start_exporter(estate, pair)
    pair.link.trickle(50_000)
    pair.primary.write(100_000)
    start = time.time()
    pair.start_load()
    assert_not_ready(exporter)
    exporter.wait_for_check("orders", "fail", timeout=RPO + NOTICE)
    elapsed = time.time() - start
    assert elapsed - 1.5 <= age(exporter) <= elapsed + 3


@pytest.mark.slow
def test_p8_paused_replay_is_shown_and_safe(estate, pair):
    exporter = start_exporter(estate, pair)
    pair.standby.sql("SELECT pg_wal_replay_pause()")
    pair.start_load()
    exporter.wait_for_metric("dr_postgres_replay_paused", 1, source="orders-west")
    holds_for(2 * RPO, lambda: exporter.check("orders") == "pass" and age(exporter) < RPO,
              "pass while replay is paused")
    assert exporter.metric("dr_postgres_replay_lag_bytes", source="orders-west") > 0
    assert exporter.metric("dr_postgres_replay_paused", source="reports-south") == 0
