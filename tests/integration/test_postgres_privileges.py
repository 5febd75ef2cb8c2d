# SPDX-License-Identifier: Apache-2.0
"""Traps P3 and P13: what the role may not see is unknown; what it knows stays secret."""

import pytest
from services.exporter import run
from services.postgres import PASSWORD
from services.support import holds_for, wait_until

from pairs import age
from plans import NOTICE, plan, source, start_load


@pytest.fixture(name="pair", scope="module")
def fixture_pair(module_estate):
    primary = module_estate.primary()
    primary.create_monitor("weak")
    return primary, module_estate.standby(primary)


def start(estate, pair, user="dr_monitor", **options):
    primary, standby = pair
    return estate.exporter(plan({"orders": ("orders", "3s")}, [
        source("orders-west", "orders", primary.port, standby.port, user)]), **options)


def test_p3_role_without_pg_monitor_is_told_so(estate, pair):
    exporter = start(estate, pair, "weak")
    wait_until(lambda: exporter.failures("orders-west"), NOTICE, "a failure")
    assert set(exporter.failures("orders-west")) == {"permission"}
    assert exporter.check("orders") == "unknown"
    assert "pg_monitor" in exporter.log()
    metrics = exporter.metrics()
    for labels, _ in metrics.find("dr_recovery_point_age_seconds"):
        pytest.fail(f"an age that nobody could measure: {labels}")


@pytest.mark.slow
def test_p3_standby_that_has_replayed_no_commit(estate, pair):
    primary, standby = pair
    primary.wait_for_copy(standby)
    standby.restart()
    wait_until(primary.streaming, 20)
    assert standby.sql("SELECT pg_last_xact_replay_timestamp() IS NULL") == "t"
    wait_until(lambda: primary.sql("SELECT replay_lag IS NULL FROM pg_stat_replication") == "t",
               20, "lag columns to be NULL")
    exporter = start(estate, pair)
    exporter.wait_for_check("orders", "pass")
    holds_for(2, lambda: exporter.check("orders") == "pass" and age(exporter) < 1, "pass")
    # A time that the server does not tell is absent, not 0.
    for labels, value in exporter.metrics().find("dr_postgres_replay_lag_seconds"):
        assert value >= 0, labels


def everything_public(exporter):
    answers = [exporter.get(path).text for path in ("/metrics", "/", "/-/healthy", "/nothing")]
    return "\n".join(answers + [exporter.log()])


SECRETS = (PASSWORD, PASSWORD.replace("'", "\\'"), "pa55", "Zx9", "wrong-but-secret")


def assert_no_secret(text):
    for secret in SECRETS:
        assert secret not in text


@pytest.mark.parametrize("kind, reason", [
    ("good", None), ("wrong", "auth"), ("absent", "not_found"), ("empty", "auth")])
def test_p13_password_is_nowhere(estate, pair, kind, reason):
    primary, standby = pair
    plan_text = plan({"orders": ("orders", "3s")}, [
        source("orders-west", "orders", primary.port, standby.port)])
    exporter = estate.exporter(plan_text, "--log.level=debug", start=False)
    if kind == "wrong":
        exporter.password_path.write_text("wrong-but-secret\n")
    elif kind == "absent":
        exporter.password_path.unlink()
    elif kind == "empty":
        exporter.password_path.write_text("")
    exporter.start()
    if kind == "good":
        exporter.wait_for_check("orders", "pass")
    else:
        wait_until(lambda: exporter.failures("orders-west"), NOTICE, "a failure")
        assert set(exporter.failures("orders-west")) == {reason}
        assert exporter.check("orders") == "unknown"
        assert exporter.metric("dr_ready", dr_service="orders", disruption="region") == 0
    assert_no_secret(everything_public(exporter))


def test_p13_password_in_a_dsn_is_refused_or_hidden(estate, pair):
    """In the file itself a password is at most readable in the file, nowhere else."""
    primary, _ = pair
    one = source("orders-west", "orders", primary.port)
    one["primary_dsn"] += " password=wrong-but-secret"
    del one["primary_password_file"]
    exporter = estate.exporter(plan({"orders": ("orders", "3s")}, [one]), start=False)
    done = run("check-config", f"--config.file={exporter.plan_path}")
    assert_no_secret(done.stdout + done.stderr)
    if done.returncode == 0:
        exporter.start()
        wait_until(lambda: exporter.failures("orders-west"), NOTICE, "a failure")
        assert_no_secret(everything_public(exporter))


def test_p13_new_password_is_read_when_a_session_opens(estate, pair):
    exporter = start(estate, pair, start=False)
    exporter.password_path.write_text("wrong-but-secret\n")
    exporter.start()
    wait_until(lambda: exporter.failures("orders-west"), NOTICE, "a failure")
    exporter.password_path.write_text(PASSWORD + "\n")
    exporter.wait_for_check("orders", "pass")


def test_p3_rights_that_are_revoked(estate, pair):
    primary, _ = pair
    primary.create_monitor("fired", "pg_monitor")
    exporter = start(estate, pair, "fired")
    exporter.wait_for_check("orders", "pass")
    primary.sql("REVOKE pg_monitor FROM fired")
    load = start_load(primary)
    wait_until(lambda: exporter.check("orders") != "pass", 3 + NOTICE, "not ready")
    assert "permission" in exporter.failures("orders-west")
    load.close()
    primary.sessions.remove(load)
