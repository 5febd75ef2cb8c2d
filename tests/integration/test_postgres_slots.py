# SPDX-License-Identifier: Apache-2.0
"""Trap P10: slots that nobody reads or that lost what they kept, and labels that never end."""

import pytest
from services.support import wait_until

from pairs import age
from plans import NOTICE, plan, source


def start(estate, primary, standby):
    exporter = estate.exporter(plan({"orders": ("orders", "3s")}, [
        source("orders-west", "orders", primary.port, standby.port)]))
    exporter.wait_for_check("orders", "pass")
    return exporter


@pytest.mark.slow
def test_p10_inactive_slot(estate):
    primary = estate.primary()
    standby = estate.standby(primary, "west")
    exporter = start(estate, primary, standby)
    slot = {"source": "orders-west", "slot": "west"}
    assert exporter.metric("dr_postgres_slot_active", **slot) == 1
    standby.stop()
    exporter.wait_for_metric("dr_postgres_slot_active", 0, **slot, timeout=NOTICE)
    retained = exporter.metric("dr_postgres_slot_retained_wal_bytes", **slot)
    primary.write(5000)
    wait_until(lambda: exporter.metric("dr_postgres_slot_retained_wal_bytes", **slot)
               > retained + 1_000_000, NOTICE, "retained bytes to grow")
    wait_until(lambda: exporter.check("orders") != "pass", 3 + NOTICE, "not ready")


def test_p10_lost_slot(estate):
    primary = estate.primary(segment_megabytes=1, max_slot_wal_keep_size="2MB",
                             wal_keep_size="0", max_wal_size="2MB", min_wal_size="2MB")
    standby = estate.standby(primary, "west")
    exporter = start(estate, primary, standby)
    standby.stop()
    for _ in range(4):
        primary.write(10_000)
        primary.sql("CHECKPOINT")
    assert primary.sql("SELECT wal_status FROM pg_replication_slots") == "lost"
    wait_until(lambda: exporter.metric("dr_postgres_slot_wal_status", status="lost",
                                       slot="west") == 1, NOTICE, "the slot to be lost")
    standby.start()
    wait_until(lambda: exporter.check("orders") != "pass", 3 + NOTICE, "not ready")
    assert age(exporter) > 0


def test_p10_labels_are_names(estate):
    """Restarts of all backends bring no new series."""
    primary = estate.primary()
    standby = estate.standby(primary, "west")
    exporter = start(estate, primary, standby)

    def series():
        return {key for key in exporter.metrics().series if key[0].startswith("dr_")}

    wait_until(lambda: exporter.metric("dr_postgres_slot_active", slot="west",
                                       source="orders-west") == 1)
    before = series()
    pids = primary.connections()
    standby.restart()
    primary.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'dr_exporter'")
    wait_until(lambda: primary.connections() and not set(pids) & set(primary.connections()))
    exporter.wait_for_check("orders", "pass")
    # These are absent while there is nothing to measure.
    sometimes = ("dr_postgres_sender_lag_", "dr_postgres_receiver_message_age_")
    assert not {key for key in series() - before if not key[0].startswith(sometimes)}
    names = {name for metric, labels in before for name, _ in labels
             if metric.startswith("dr_postgres_")}
    assert not names & {"pid", "backend_start", "client_addr", "client_port", "error", "version"}
