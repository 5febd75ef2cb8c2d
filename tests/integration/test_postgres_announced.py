# SPDX-License-Identifier: Apache-2.0
"""With the replica alone, what the origin announces counts from when it was sent."""

import time

import pytest
from services.support import wait_until

from plans import plan, source


@pytest.mark.slow
def test_backlog_on_a_slow_link_is_not_fresh(estate):
    """P7 without a primary: the sender's queue is what the standby cannot see."""
    primary = estate.primary()
    link = estate.proxy(primary.port)
    standby = estate.standby(primary, "west", slot=False, through=link.port)
    exporter = estate.exporter(plan({"orders": ("orders", "5s")}, [
        source("orders-west", "orders", None, standby.port)]))
    exporter.wait_for_check("orders", "pass", timeout=40)
    link.trickle(30_000)
    began = time.monotonic()
    while time.monotonic() - began < 12:
        primary.write(2000)
        time.sleep(0.2)
    wait_until(lambda: exporter.check("orders") == "fail", 10, "the backlog to be seen")
    behind = float(primary.sql("SELECT extract(epoch FROM now() - max(at)) FROM load")) + 5
    assert exporter.metric("dr_recovery_point_age_seconds") > 5
    assert exporter.metric("dr_recovery_point_age_seconds") < behind + 30
