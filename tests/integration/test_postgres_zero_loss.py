# SPDX-License-Identifier: Apache-2.0
"""Trap P11: RPO 0 holds only while a commit really waits for this standby."""

import pytest
from services.support import wait_until

from plans import NOTICE, plan, source

NAME = "dr_zero_data_loss_enforced"


@pytest.fixture(name="trio", scope="module")
def fixture_trio(module_estate):
    primary = module_estate.primary()
    return (primary, module_estate.standby(primary, "west"),
            module_estate.standby(primary, "south"))


@pytest.fixture(name="synchronous")
def fixture_synchronous(estate, trio):
    """The exporter while commits wait for west; all is put back afterwards."""
    primary, west, south = trio
    primary.set(synchronous_standby_names="west", synchronous_commit="on")
    wait_until(lambda: "sync" in primary.sql("SELECT sync_state FROM pg_stat_replication"))
    exporter = estate.exporter(plan({"orders": ("orders", "0s"), "reports": ("reports", "3s")}, [
        source("orders-west", "orders", primary.port, west.port),
        source("reports-south", "reports", primary.port, south.port)]))
    exporter.wait_for_check("orders", "pass")
    exporter.wait_for_metric(NAME, 1, source="orders-west")
    yield exporter, primary
    primary.sql("ALTER ROLE ALL RESET synchronous_commit")
    primary.sql("DROP DATABASE IF EXISTS shop")
    primary.set(synchronous_standby_names="", synchronous_commit="on")


def assert_not_enforced(exporter, within=NOTICE):
    wait_until(lambda: exporter.metric(NAME, source="orders-west") in (0, None), within,
               "zero data loss not to be enforced")
    assert exporter.check("orders") != "pass"
    assert exporter.check("reports") == "pass"


@pytest.mark.slow
def test_p11_asynchronous_standby_never_meets_rpo_0(synchronous):
    exporter, _ = synchronous
    exporter.wait_for_metric(NAME, 0, source="reports-south")


def test_p11_names_emptied(synchronous):
    exporter, primary = synchronous
    primary.set(synchronous_standby_names="")
    exporter.wait_for_metric(NAME, 0, source="orders-west", timeout=NOTICE)
    exporter.wait_for_check("orders", "fail", timeout=NOTICE)
    assert exporter.check("reports") == "pass"
    primary.set(synchronous_standby_names="west")
    exporter.wait_for_check("orders", "pass")


@pytest.mark.parametrize("level", ["off", "local"])
def test_p11_commits_do_not_wait(synchronous, level):
    exporter, primary = synchronous
    primary.set(synchronous_commit=level)
    assert_not_enforced(exporter)
    assert exporter.check("orders") == "fail"


@pytest.mark.parametrize("level", ["remote_write", "remote_apply"])
def test_p11_levels_that_wait(synchronous, level):
    """remote_write survives the loss of the primary unless the standby's host fails too."""
    exporter, primary = synchronous
    primary.set(synchronous_commit=level)
    if level == "remote_apply":
        exporter.wait_for_check("orders", "pass")
        assert exporter.metric(NAME, source="orders-west") == 1
    else:
        wait_until(lambda: exporter.metric(NAME, source="orders-west") is not None)


def test_p11_role_that_overrides(synchronous):
    exporter, primary = synchronous
    primary.sql("ALTER ROLE ALL SET synchronous_commit = off")
    assert_not_enforced(exporter)


def test_p11_database_that_overrides(synchronous):
    exporter, primary = synchronous
    primary.sql("CREATE DATABASE shop")
    primary.sql("ALTER DATABASE shop SET synchronous_commit = local")
    assert_not_enforced(exporter)


def test_p11_another_standby_is_the_synchronous_one(synchronous):
    exporter, primary = synchronous
    primary.set(synchronous_standby_names="south")
    assert_not_enforced(exporter)


def test_p11_any_one_of_two_is_no_proof_for_this_one(synchronous):
    exporter, primary = synchronous
    primary.set(synchronous_standby_names="ANY 1 (west, south)")
    assert_not_enforced(exporter)
    primary.set(synchronous_standby_names="ANY 2 (west, south)")
    exporter.wait_for_metric(NAME, 1, source="orders-west")


def test_p11_second_priority_is_no_proof(synchronous):
    exporter, primary = synchronous
    primary.set(synchronous_standby_names="FIRST 1 (south, west)")
    assert_not_enforced(exporter)
    primary.set(synchronous_standby_names="FIRST 2 (south, west)")
    exporter.wait_for_metric(NAME, 1, source="orders-west")


def test_p11_every_name_with_one_to_wait_for(synchronous):
    exporter, primary = synchronous
    primary.set(synchronous_standby_names="*")
    # One of two standbys is chosen; whichever it is, the board must not guess.
    chosen = primary.sql("SELECT application_name FROM pg_stat_replication "
                         "WHERE sync_state = 'sync'")
    if chosen == "west":
        exporter.wait_for_metric(NAME, 1, source="orders-west")
    else:
        assert_not_enforced(exporter)
