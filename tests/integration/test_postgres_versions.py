# SPDX-License-Identifier: Apache-2.0
"""Every version of PostgreSQL that is promised: the same answers from columns that differ."""

import shutil

import pytest
from services.postgres import Postgres
from services.postgres_versions import find_binaries
from services.support import wait_until

from plans import NOTICE, plan, source


def make_pair(estate, version):
    """These binaries lack pg_basebackup, so the standby is a copy of the stopped primary."""
    binaries = find_binaries(version)
    # The server's user must be able to enter, wherever the repository lies.
    copied = estate.new_directory() / "postgres"
    shutil.copytree(binaries.parent, copied, symlinks=True)
    primary = Postgres(estate.new_directory(), "primary")
    primary.binaries = copied / "bin"
    primary.settings["password_encryption"] = "scram-sha-256"
    if version.startswith("12."):
        del primary.settings["wal_keep_size"]
    estate.keep(primary.create()).start().create_roles()
    primary.sql("SELECT pg_create_physical_replication_slot('west', true)")
    primary.stop()

    standby = Postgres(primary.directory.parent, "west")
    standby.settings = dict(primary.settings)
    standby.binaries = primary.binaries
    primary._run("cp", "-a", primary.data, standby.data)
    primary._run("touch", standby.data / "standby.signal")
    standby.settings.update(primary_slot_name="west", primary_conninfo=(
        f"host=127.0.0.1 port={primary.port} user=replicator application_name=west"))
    primary.start()
    estate.keep(standby).start()
    wait_until(lambda: "west" in primary.streaming(), 20, "west to stream")
    return primary, standby


@pytest.mark.slow
@pytest.mark.parametrize("version", ["12.20.0", "13.16.0", "14.13.0", "16.4.0", "17.2.0"])
def test_version(estate, version):
    primary, standby = make_pair(estate, version)
    primary.set(synchronous_standby_names="west")
    exporter = estate.exporter(plan({"orders": ("orders", "0s")}, [
        source("orders-west", "orders", primary.port, standby.port)]))
    exporter.wait_for_check("orders", "pass")
    primary.write(100)
    wait_until(lambda: exporter.metric("dr_recovery_point_age_seconds") == 0, NOTICE, "age 0")
    metrics = exporter.metrics()
    assert exporter.metric("dr_postgres_server_version", end="primary") // 10000 == int(
        version.split(".")[0])
    assert exporter.metric("dr_zero_data_loss_enforced") == 1
    assert exporter.metric("dr_postgres_receiver_streaming") == 1
    assert exporter.metric("dr_postgres_sender_synchronous") == 1
    assert exporter.metric("dr_postgres_slot_active", slot="west") == 1
    has_wal_status = bool(metrics.find("dr_postgres_slot_wal_status"))
    assert has_wal_status == (not version.startswith("12."))

    primary.set(synchronous_standby_names="")
    exporter.wait_for_check("orders", "fail", timeout=NOTICE)
    standby.sql("SELECT pg_wal_replay_pause()")
    exporter.wait_for_metric("dr_postgres_replay_paused", 1, timeout=NOTICE)
    standby.sql("SELECT pg_wal_replay_resume()")
    standby.promote()
    wait_until(lambda: exporter.metric("dr_source_up") == 0, NOTICE, "inconsistent")
    assert exporter.metric("dr_source_failures_total", reason="inconsistent") > 0
