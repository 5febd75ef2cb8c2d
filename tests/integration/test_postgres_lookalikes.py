# SPDX-License-Identifier: Apache-2.0
"""RPO 0 must not pass on another standby's synchronous connection, however much it looks alike."""

import subprocess

import pytest
from services.postgres import Postgres
from services.support import wait_until

from pairs import age
from plans import NOTICE, plan, source


def start(estate, primary, standby, rpo="0s", **more):
    return estate.exporter(plan({"orders": ("orders", rpo)}, [
        source("orders-west", "orders", primary.port, standby.port, **more)]))


def stays_unproven(exporter, seconds=3):
    """Never ready in that time, which is longer than it takes to notice anything."""
    def ready():
        return exporter.check("orders") == "pass"
    try:
        wait_until(ready, seconds, "a false pass")
    except TimeoutError:
        return
    raise AssertionError("ready on a connection that is another standby's")


def cascade(estate, primary, near, name):
    """A standby of the standby, through a proxy."""
    link = estate.proxy(near.port)
    far = Postgres(estate.new_directory(), "far", near.settings)
    primary.backup(far)
    far.settings["primary_conninfo"] = (f"host=127.0.0.1 port={link.port} user=replicator"
                                        + (f" application_name={name}" if name else ""))
    estate.keep(far).start()
    wait_until(lambda: near.streaming(), 20, "far to stream")
    return far, link


@pytest.mark.slow
def test_standby_of_a_standby_with_default_names(estate):
    primary = estate.primary()
    near = estate.standby(primary, "near", slot=False)
    near.settings["primary_conninfo"] = f"host=127.0.0.1 port={primary.port} user=replicator"
    near.restart()
    wait_until(lambda: "walreceiver" in primary.streaming(), 20, "near to stream")
    far, link = cascade(estate, primary, near, None)
    primary.set(synchronous_standby_names="*")
    exporter = start(estate, primary, far)
    stays_unproven(exporter)
    link.stall()
    primary.write(5000)
    wait_until(lambda: exporter.check("orders") == "fail", NOTICE, "the exposure")
    stays_unproven(exporter)


@pytest.mark.slow
def test_standby_of_a_standby_with_the_same_name(estate):
    """Alike in all that PostgreSQL tells, until the first difference in what is flushed."""
    primary = estate.primary()
    near = estate.standby(primary, "west", slot=False)
    far, link = cascade(estate, primary, near, "west")
    primary.set(synchronous_standby_names="west")
    exporter = start(estate, primary, far)
    wait_until(lambda: exporter.metric("dr_source_up") == 1, NOTICE, "a collection")
    link.stall()
    primary.write(5000)
    wait_until(lambda: exporter.check("orders") == "fail", NOTICE, "the exposure")
    stays_unproven(exporter)


@pytest.mark.slow
def test_default_name_becomes_unique_when_ours_is_cut(estate):
    primary = estate.primary(wal_sender_timeout="2s")
    link = estate.proxy(primary.port)
    near = estate.standby(primary, "near", slot=False)
    far = estate.standby(primary, "far", slot=False, through=link.port)
    for server, port in ((near, primary.port), (far, link.port)):
        server.settings["primary_conninfo"] = f"host=127.0.0.1 port={port} user=replicator"
        server.restart()
    wait_until(lambda: primary.streaming() == ["walreceiver"] * 2, 20, "both to stream")
    primary.set(synchronous_standby_names="*")
    exporter = start(estate, primary, far)
    stays_unproven(exporter, 2)
    link.stall()
    wait_until(lambda: primary.streaming() == ["walreceiver"], 20, "the primary to drop it")
    primary.write(1000)
    stays_unproven(exporter)


def test_name_is_taken_by_another_standby(estate):
    primary = estate.primary()
    link = estate.proxy(primary.port)
    west = estate.standby(primary, "west", slot=False, through=link.port)
    near = estate.standby(primary, "near", slot=False)
    primary.set(synchronous_standby_names="west")
    exporter = start(estate, primary, west, standby_name="west")
    exporter.wait_for_check("orders", "pass")
    link.cut()
    wait_until(lambda: exporter.check("orders") != "pass", NOTICE, "the cut to be noticed")
    near.settings["primary_conninfo"] = (f"host=127.0.0.1 port={primary.port} user=replicator "
                                         "application_name=west")
    near.restart()
    wait_until(lambda: "west" in primary.streaming(), 20, "the other to take the name")
    primary.write(1000)
    stays_unproven(exporter)


@pytest.mark.slow
def test_primary_that_lost_wal_stays_diverged(estate):
    """Restored from a snapshot of its disk it goes on in the same timeline, and overtakes."""
    primary = estate.primary()
    standby = estate.standby(primary, "west", slot=False)
    exporter = start(estate, primary, standby, rpo="1h")
    exporter.wait_for_check("orders", "pass")
    primary.stop()
    snapshot = primary.data.with_name("snapshot")
    subprocess.run(["cp", "-a", primary.data, snapshot], check=True)
    primary.start()
    wait_until(lambda: "west" in primary.streaming(), 20, "west to stream")
    primary.write(3000)
    primary.wait_for_copy(standby)
    lost = standby.sql("SELECT pg_last_wal_receive_lsn()")
    wait_until(lambda: exporter.check("orders") == "pass" and age(exporter) == 0, NOTICE, "copy")
    primary.stop("immediate")
    primary.data.rename(primary.data.with_name("lost"))
    snapshot.rename(primary.data)
    primary.start()
    wait_until(lambda: exporter.metric("dr_source_failures_total", reason="inconsistent") > 0,
               NOTICE + 5, "the divergence")
    while primary.sql(f"SELECT pg_current_wal_lsn() > '{lost}'") != "t":
        primary.write(1500)
    stays_unproven(exporter, 4)
    assert exporter.check("orders") == "unknown"
