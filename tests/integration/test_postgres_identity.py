# SPDX-License-Identifier: Apache-2.0
"""Traps P4 and P5: a replica that is none of this primary, and one that does not stream."""

import pytest
from services.postgres import Postgres
from services.support import holds_for, wait_until

from pairs import age
from plans import NOTICE, plan, source, start_load


def start(estate, primary, replica, rpo="3s"):
    return estate.exporter(plan({"orders": ("orders", rpo)}, [
        source("orders-west", "orders", primary.port, replica.port)]))


def assert_inconsistent(exporter):
    exporter.wait_for_metric("dr_source_up", 0, source="orders-west", timeout=NOTICE)
    assert exporter.check("orders") != "pass"
    wait_until(lambda: "inconsistent" in exporter.failures("orders-west"), NOTICE)
    assert set(exporter.failures("orders-west")) == {"inconsistent"}
    holds_for(2, lambda: exporter.check("orders") != "pass", "not ready")


def test_p4_promoted_standby(estate):
    primary = estate.primary()
    standby = estate.standby(primary)
    exporter = start(estate, primary, standby)
    exporter.wait_for_check("orders", "pass")
    standby.promote()
    assert_inconsistent(exporter)
    start_load(primary)
    holds_for(2, lambda: exporter.check("orders") != "pass", "not ready")


@pytest.mark.slow
def test_p4_primary_that_became_a_standby(estate):
    """The roles are swapped: what is configured as the primary only copies."""
    primary = estate.primary()
    standby = estate.standby(primary)
    exporter = start(estate, standby, primary)
    assert_inconsistent(exporter)


@pytest.mark.slow
def test_p4_standby_of_another_system(estate):
    primary, stranger = estate.primary(), estate.primary("stranger")
    standby = estate.standby(stranger)
    exporter = start(estate, primary, standby)
    assert_inconsistent(exporter)


@pytest.mark.slow
def test_p4_standby_on_another_timeline(estate):
    """The replica follows a promoted sibling, so it lacks all that the primary commits."""
    primary = estate.primary()
    sibling = estate.standby(primary, "sibling")
    replica = estate.standby(sibling, "replica")
    exporter = start(estate, primary, replica)
    sibling.promote()
    sibling.write()
    wait_until(lambda: replica.sql("SELECT received_tli FROM pg_stat_wal_receiver") == "2", 20)
    assert_inconsistent(exporter)


@pytest.fixture(name="archiving")
def fixture_archiving(estate):
    """A primary that archives every second, and a standby that only reads the archive."""
    archive = estate.new_directory()
    archive.chmod(0o777)
    primary = estate.primary(segment_megabytes=1, archive_mode="on", archive_timeout="1s",
                             archive_command=f"cp %p {archive}/%f", max_wal_size="32MB",
                             min_wal_size="4MB")
    standby = Postgres(primary.directory.parent, "archive-reader", {
        **primary.settings, "restore_command": f"cp {archive}/%f %p"})
    primary.backup(standby)
    estate.keep(standby).start()
    return primary, standby


@pytest.mark.slow
def test_p5_log_shipping_without_streaming(estate, archiving):
    primary, standby = archiving
    start_load(primary)
    exporter = start(estate, primary, standby, rpo="8s")
    exporter.wait_for_check("orders", "pass", timeout=20)
    assert standby.sql("SELECT count(*) FROM pg_stat_wal_receiver") == "0"
    holds_for(4, lambda: exporter.check("orders") == "pass" and age(exporter) < 8, "pass")
    primary.set(archive_command="false")
    exporter.wait_for_check("orders", "fail", timeout=8 + NOTICE + 3)


@pytest.mark.slow
def test_p5_receive_position_behind_replay_after_restart(estate):
    primary = estate.primary()
    proxy = estate.proxy(primary.port)
    standby = estate.standby(primary, through=proxy.port)
    primary.write(1000)
    primary.wait_for_copy(standby)
    proxy.cut()
    standby.restart()
    exporter = start(estate, primary, standby)
    behind = ("SELECT coalesce(pg_last_wal_receive_lsn(), '0/0') < pg_last_wal_replay_lsn()")
    assert standby.sql(behind) == "t"
    # The primary is idle and the standby has everything: nothing is at risk.
    exporter.wait_for_check("orders", "pass")
    assert age(exporter) < 1
    start_load(primary)
    exporter.wait_for_check("orders", "fail", timeout=3 + NOTICE)
