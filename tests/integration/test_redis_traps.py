# SPDX-License-Identifier: Apache-2.0
"""Traps R1 to R4: replicas in states in which the obvious numbers look fine."""

import time

import pytest
from services.support import holds_for, wait_until

from plans import plan
from redis_pairs import (NOTICE, RPO, RedisPair, age, assert_not_ready, reasons, redis_source,
                         start_exporter, start_redis, start_replica, stays_not_ready)

SESSIONS = {"sessions": ("sessions", f"{RPO}s")}


@pytest.fixture(name="shared", scope="module")
def fixture_shared(module_estate):
    return RedisPair(module_estate)


@pytest.fixture(name="pair")
def fixture_pair(shared):
    yield shared
    shared.heal()


def start_alone(estate, primary, replica, **more):
    return estate.exporter(plan(SESSIONS, [
        redis_source("sessions-west", "sessions", primary.port, replica.port, **more)]))


@pytest.mark.slow
def test_load_and_idleness_are_no_lag(estate, pair):
    exporter = start_exporter(estate, pair)
    holds_for(RPO, lambda: exporter.check("sessions") == "pass" and age(exporter) < 1,
              "pass while idle")
    pair.start_load()
    holds_for(2, lambda: exporter.check("sessions") == "pass" and age(exporter) < RPO / 2,
              "pass under load")
    assert exporter.metric("dr_zero_data_loss_enforced", source="sessions-west") == 0


def test_r1_lag_is_0_before_the_copy_begins(estate):
    """state=wait_bgsave,offset=0,lag=0 on the primary; master_last_io_seconds_ago:-1 here."""
    primary = start_redis(estate, repl_diskless_sync_delay=60)
    replica = start_replica(estate, "west", primary.port, wait=False)
    wait_until(lambda: "state=wait_bgsave" in (primary.info("slave0") or ""), 5, "wait_bgsave")
    assert primary.info("slave0").endswith("offset=0,lag=0")
    assert replica.info("master_last_io_seconds_ago") == "-1"
    exporter = start_alone(estate, primary, replica)
    wait_until(lambda: reasons(exporter), 5, "the reasons")
    # R2: it has a replication id and an offset of its own.
    assert reasons(exporter) == {"replid", "link"}
    stays_not_ready(exporter)
    assert exporter.check("sessions") == "unknown"
    assert age(exporter) is None
    metrics = exporter.metrics()
    assert metrics.value("dr_redis_replication_gap_bytes", source="sessions-west") is None
    assert metrics.value("dr_redis_link_down_seconds", source="sessions-west") is None
    assert metrics.value("dr_redis_link_up", source="sessions-west") == 0
    assert exporter.failures("sessions-west") == {}


@pytest.mark.slow
def test_r1_r3_full_copy_and_loading(estate):
    """The copy takes seconds to be sent and again to be loaded: no data are there meanwhile."""
    primary = start_redis(estate)
    primary.fill(1500)
    replica = start_redis(estate, "west", key_load_delay=1000,
                          loading_process_events_interval_bytes=1024)
    replica.command("CONFIG", "SET", "repl-diskless-load", "disabled")
    exporter = start_alone(estate, primary, replica)
    # It is a primary still.
    wait_until(lambda: "inconsistent" in exporter.failures("sessions-west"), NOTICE)
    primary.command("CONFIG", "SET", "rdb-key-save-delay", 1000)
    seen = set()
    replica.replicate(primary.port)

    def is_ready():
        ready = exporter.check("sessions") == "pass"
        assert not ready or replica.link_is_up
        seen.update(reasons(exporter) or ())
        return ready

    wait_until(is_ready, 30, "the copy")
    assert {"sync", "loading", "replid"} <= seen
    assert reasons(exporter) == set()
    assert replica.command("DBSIZE") == primary.command("DBSIZE")


def test_r1_cut_link_ages_from_the_cut(estate, pair):
    pair.start_load()
    exporter = start_exporter(estate, pair, data_age_max="4s")
    pair.link.cut()
    start = time.time()
    assert_not_ready(exporter)
    exporter.wait_for_check("sessions", "fail", timeout=RPO + NOTICE)
    elapsed = time.time() - start
    assert elapsed - 1 <= age(exporter) <= elapsed + 2
    assert exporter.metric("dr_redis_replication_gap_bytes", source="sessions-west") > 0
    assert exporter.metric("dr_redis_link_down_seconds", source="sessions-west") >= 1
    assert exporter.metric("dr_redis_link_idle_seconds", source="sessions-west") is None
    # Down for a short time it may still be promoted; for longer Sentinel would refuse.
    wait_until(lambda: reasons(exporter) == {"link"}, 6, "the reason")
    pair.link.heal()
    exporter.wait_for_check("sessions", "pass", timeout=20)


@pytest.mark.slow
def test_r1_cut_link_of_an_idle_primary(estate, pair):
    """Both have the same, and still nothing protects the next write."""
    exporter = start_exporter(estate, pair)
    pair.link.cut()
    assert_not_ready(exporter)
    stays_not_ready(exporter)


def test_r2_copy_of_another_primary(estate, pair):
    stranger = start_redis(estate, "stranger")
    replica = start_replica(estate, "copy", stranger.port)
    exporter = start_alone(estate, pair.primary, replica)
    wait_until(lambda: "inconsistent" in exporter.failures("sessions-west"), NOTICE)
    stays_not_ready(exporter, 1)
    assert age(exporter) is None
    assert reasons(exporter) == {"replid"}
    # Nor after its link is gone, when it might become anything.
    stranger.kill()
    wait_until(lambda: exporter.metric("dr_source_up", source="sessions-west") == 1, 5, "news")
    stays_not_ready(exporter, 1)
    assert exporter.metric("dr_redis_replication_gap_bytes", source="sessions-west") is None


def test_r3_promoted(estate, pair):
    exporter = start_exporter(estate, pair)
    pair.replica.command("REPLICAOF", "NO", "ONE")
    wait_until(lambda: "inconsistent" in exporter.failures("sessions-west"), NOTICE)
    assert_not_ready(exporter)
    assert "it was promoted" in exporter.log()


@pytest.mark.slow
def test_r3_ends_that_were_exchanged(estate, pair):
    exporter = start_alone(estate, pair.replica, pair.primary)
    wait_until(lambda: "inconsistent" in exporter.failures("sessions-west"), NOTICE)
    stays_not_ready(exporter, 1)


@pytest.mark.parametrize("setting, value, reason", [
    ("replica-priority", 0, "priority"), ("replica-announced", "no", "announced")])
def test_r3_never_promoted(estate, pair, setting, value, reason):
    exporter = start_exporter(estate, pair)
    pair.replica.command("CONFIG", "SET", setting, value)
    exporter.wait_for_check("sessions", "fail", timeout=NOTICE)
    assert reasons(exporter) == {reason}
    assert exporter.metric("dr_source_up", source="sessions-west") == 1
    assert exporter.check("limits") == "pass"


@pytest.mark.slow
def test_r3_silent_link(estate):
    """Up for the replica, which waits for a minute; nothing has come for seconds."""
    pair = RedisPair(estate, repl_ping_replica_period=1)
    exporter = start_exporter(estate, pair, data_age_max="3s")
    pair.link.stall()
    wait_until(lambda: reasons(exporter) == {"data_age"}, 8, "the reason")
    assert exporter.metric("dr_redis_link_up", source="sessions-west") == 1
    assert exporter.check("sessions") == "fail"


def test_r4_only_the_primary_answers(estate, pair):
    """What the replica acknowledged to it is still true, and still grows old."""
    pair.start_load()
    exporter = start_exporter(estate, pair)
    pair.to_replica.cut()
    wait_until(lambda: exporter.failures("sessions-west"), NOTICE, "the failure")
    assert_not_ready(exporter)
    before = exporter.metric("dr_recovery_point_timestamp_seconds", source="sessions-west")
    wait_until(lambda: exporter.metric("dr_recovery_point_timestamp_seconds",
                                       source="sessions-west") > before + 1, 4, "a newer one")
    pair.link.cut()
    time.sleep(0.5)
    before = exporter.metric("dr_recovery_point_timestamp_seconds", source="sessions-west")
    time.sleep(1.5)
    assert exporter.metric("dr_recovery_point_timestamp_seconds",
                           source="sessions-west") <= before + 0.5


@pytest.mark.slow
def test_r4_only_the_replica_answers(estate, pair):
    """Its link is up and seconds old; what the primary holds back for it nobody knows."""
    pair.start_load()
    exporter = start_exporter(estate, pair)
    pair.to_primary.cut()
    wait_until(lambda: exporter.failures("sessions-west"), NOTICE, "the failure")
    before = exporter.metric("dr_recovery_point_timestamp_seconds", source="sessions-west")
    stays_not_ready(exporter)
    assert pair.replica.link_is_up
    assert exporter.metric("dr_recovery_point_timestamp_seconds", source="sessions-west") == before


@pytest.mark.slow
def test_r4_slow_line_is_lag(estate, pair):
    """last_io is 0 all the time; the primary's buffer for the replica grows."""
    exporter = start_exporter(estate, pair)
    pair.link.trickle(20_000)
    pair.primary.fill(3000, 400)
    assert_not_ready(exporter)
    exporter.wait_for_check("sessions", "fail", timeout=RPO + NOTICE)
    assert exporter.metric("dr_redis_replication_gap_bytes", source="sessions-west") > 100_000
    assert exporter.metric("dr_redis_link_idle_seconds", source="sessions-west") <= 1


@pytest.mark.slow
def test_min_replicas_and_saves(estate):
    pair = RedisPair(estate, min_replicas_to_write=1, appendonly="yes")
    exporter = start_exporter(estate, pair)
    exporter.wait_for_metric("dr_redis_good_replicas", 2, source="sessions-west")
    for end in ("primary", "replica"):
        assert exporter.metric("dr_redis_aof_write_succeeded", source="sessions-west", end=end) == 1
    before = exporter.metric("dr_redis_last_save_timestamp_seconds", source="sessions-west",
                             end="primary")
    time.sleep(1)
    pair.primary.command("BGSAVE", "SCHEDULE")
    wait_until(lambda: exporter.metric("dr_redis_last_save_timestamp_seconds",
                                       source="sessions-west", end="primary") > before, 5, "a save")
