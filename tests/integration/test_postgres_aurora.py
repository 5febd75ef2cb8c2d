# SPDX-License-Identifier: Apache-2.0
"""Trap P9: Aurora Global Database, as far as plain PostgreSQL can be given its shape."""

from pathlib import Path

import pytest
from services.support import holds_for, wait_until

from pairs import age
from plans import NOTICE, plan, source

SHAPE = Path(__file__).with_name("aurora.sql")
PRIMARY_ROW = "('us-east-1', 93763984222, -1, -1, '1970-01-01 00:00:00+00', 0, 0)"


@pytest.fixture(name="aurora", scope="module")
def fixture_aurora(module_estate):
    server = module_estate.primary("aurora")
    server.sql(SHAPE.read_text())
    with pytest.raises(RuntimeError, match="not supported for Aurora"):
        server.lsn()
    return server


def set_rows(server, *rows):
    server.sql("BEGIN; DELETE FROM aurora.status; INSERT INTO aurora.status VALUES "
               + ", ".join(rows) + "; COMMIT" if rows else "DELETE FROM aurora.status")


def secondary(lag_ms, calculated="now()", region="us-west-2"):
    return f"('{region}', 93763984222, {lag_ms}, {lag_ms}, {calculated}, 2, 3315479243)"


class Ticker:
    """Keeps the calculation time fresh, as Aurora does."""

    def __init__(self, server, lag_ms):
        server.sql("BEGIN; DELETE FROM aurora.status; INSERT INTO aurora.status VALUES "
                   f"{PRIMARY_ROW}, {secondary(lag_ms)}; COMMIT")
        self.session = server.session()
        self.server = server
        self.session.send("DO $$ BEGIN LOOP UPDATE aurora.status SET last_lag_calculation_time "
                          "= clock_timestamp() WHERE rpo_lag_in_msec >= 0; COMMIT; "
                          "PERFORM pg_sleep(0.2); END LOOP; END $$")

    def stop(self):
        self.session.close()
        self.server.sessions.remove(self.session)
        wait_until(lambda: self.server.sql(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO $$ BEGIN LOOP%' "
            "AND pg_terminate_backend(pid)") == "0", 10, "the ticker to end")


def start(estate, server):
    return estate.exporter(plan({"orders": ("orders", "5s")}, [
        source("orders-west", "orders", server.port, server.port)]))


def test_p9_fresh_rows_are_evidence(estate, aurora):
    ticker = Ticker(aurora, 900)
    try:
        exporter = start(estate, aurora)
        exporter.wait_for_check("orders", "pass")
        holds_for(2, lambda: 0.5 <= age(exporter) < 3, "an age of about a second")
        assert exporter.metric("dr_source_up", source="orders-west") == 1
    finally:
        ticker.stop()


def test_p9_lag_beyond_the_objective_fails(estate, aurora):
    ticker = Ticker(aurora, 60_000)
    try:
        exporter = start(estate, aurora)
        exporter.wait_for_check("orders", "fail")
        assert 55 <= age(exporter) <= 70
    finally:
        ticker.stop()


@pytest.mark.slow
def test_p9_rows_that_become_stale(estate, aurora):
    ticker = Ticker(aurora, 900)
    exporter = start(estate, aurora)
    exporter.wait_for_check("orders", "pass")
    ticker.stop()
    wait_until(lambda: exporter.check("orders") != "pass", 5 + NOTICE, "not ready")
    before = age(exporter)
    holds_for(3, lambda: exporter.check("orders") != "pass", "not ready")
    assert age(exporter) > before + 1


@pytest.mark.slow
@pytest.mark.parametrize("rows", [
    [PRIMARY_ROW],
    [],
    [PRIMARY_ROW, secondary(-1)],
    [PRIMARY_ROW, secondary(900, "'2020-05-12 22:49:14+00'")],
    [PRIMARY_ROW, secondary(900, "now() + interval '1 hour'")],
    [PRIMARY_ROW, "('us-west-2', 93763984222, NULL, NULL, NULL, NULL, NULL)"],
], ids=["primary only", "none", "-1", "stale", "future", "NULL"])
def test_p9_rows_that_prove_nothing(estate, aurora, rows):
    set_rows(aurora, *rows)
    exporter = start(estate, aurora)
    wait_until(lambda: exporter.metric("dr_source_collections_total", source="orders-west") > 2,
               NOTICE)
    holds_for(2, lambda: exporter.check("orders") != "pass", "not ready")
    assert exporter.metric("dr_ready", dr_service="orders", disruption="region") == 0
