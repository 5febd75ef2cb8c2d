# SPDX-License-Identifier: Apache-2.0
"""Trap P6: the hosts' clocks are five minutes apart, either way, on either end."""

import pytest
from services.postgres import faketime_library
from services.support import holds_for, wait_until

from pairs import age
from plans import NOTICE, plan, source, start_load

RPO = 3


# A standby that is behind lacks seconds that others would subtract.
@pytest.fixture(name="pair", scope="module", params=[
    pytest.param((300, 0), id="primary ahead", marks=pytest.mark.slow),
    pytest.param((-300, 0), id="primary behind", marks=pytest.mark.slow),
    pytest.param((0, 300), id="standby ahead", marks=pytest.mark.slow),
    pytest.param((0, -300), id="standby behind")])
def fixture_pair(module_estate, request):
    primary_offset, standby_offset = request.param
    primary = module_estate.primary(clock_offset_seconds=primary_offset)
    link = module_estate.proxy(primary.port)
    standby = module_estate.standby(primary, through=link.port,
                                    clock_offset_seconds=standby_offset)
    yield primary, standby, link
    standby.stop()
    primary.stop()


@pytest.fixture(name="load")
def fixture_load(pair):
    primary, _, link = pair
    link.heal()
    wait_until(primary.streaming, 20)
    session = start_load(primary)
    yield session
    session.close()
    primary.sessions.remove(session)


def start(estate, primary, standby):
    return estate.exporter(plan({"orders": ("orders", f"{RPO}s")}, [source(
        "orders-west", "orders", primary and primary.port, standby and standby.port)]))


@pytest.mark.usefixtures("load")
def test_p6_lag_of_a_pair_comes_from_one_clock(estate, pair):
    primary, standby, link = pair
    exporter = start(estate, primary, standby)
    exporter.wait_for_check("orders", "pass")
    holds_for(3, lambda: exporter.check("orders") == "pass" and age(exporter) < RPO / 2, "pass")
    link.cut()
    exporter.wait_for_check("orders", "fail", timeout=RPO + NOTICE)
    assert age(exporter) < 30


@pytest.mark.usefixtures("load")
@pytest.mark.parametrize("end", ["primary", "replica"])
def test_p6_one_end_alone_never_stays_ready(estate, pair, end):
    primary, standby, link = pair
    exporter = start(estate, primary if end == "primary" else None,
                     standby if end == "replica" else None)
    exporter.wait_for_metric("dr_source_up", 1, source="orders-west")
    link.cut()
    wait_until(lambda: exporter.check("orders") != "pass", RPO + NOTICE, "not ready")
    holds_for(3, lambda: exporter.check("orders") != "pass", "not ready")


def set_clock(path, offset):
    """Replaced at once, so that nobody reads half of it."""
    draft = path.with_suffix(".new")
    draft.write_text(offset)
    draft.replace(path)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["-3600s", "+3600s"])
def test_p6_step_of_the_own_clock_hides_no_breach(estate, step):
    """The exporter's host is set right by an hour while the link is down."""
    primary = estate.primary()
    link = estate.proxy(primary.port)
    standby = estate.standby(primary, through=link.port)
    start_load(primary)
    clock = estate.new_directory() / "clock"
    set_clock(clock, "+0s")
    exporter = estate.exporter(
        plan({"orders": ("orders", f"{RPO}s")}, [
            source("orders-west", "orders", primary.port, standby.port)]),
        environment={"LD_PRELOAD": faketime_library(), "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                     "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"})
    exporter.wait_for_check("orders", "pass")
    link.cut()
    exporter.wait_for_check("orders", "fail", timeout=RPO + NOTICE)
    set_clock(clock, step)
    holds_for(RPO + 2, lambda: exporter.check("orders") != "pass", "not ready")
    link.heal()
    exporter.wait_for_check("orders", "pass", timeout=20)
