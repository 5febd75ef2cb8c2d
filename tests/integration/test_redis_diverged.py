# SPDX-License-Identifier: Apache-2.0
"""Replicas whose offset is the primary's and whose data is not; and a server that quotes AUTH."""

import pytest
from services.support import wait_until

from plans import plan
from redis_pairs import (NOTICE, reasons, redis_source, start_redis, start_replica,
                         stays_not_ready)


def start(estate, primary, replica):
    return estate.exporter(plan({"sessions": ("sessions", "1h")}, [
        redis_source("sessions-west", "sessions", primary.port, replica.port)]))


def fill(primary, count=4000):
    primary.command("EVAL", f"for i=1,{count} do redis.call('SET', 'key:'..i, "
                    "string.rep('x', 500)) end", "0")


@pytest.mark.parametrize("policy", ["noeviction", "allkeys-random"])
def test_replica_with_less_memory_loses_data(estate, policy):
    """It counts the bytes that it fails to apply, or throws keys away by itself."""
    primary = start_redis(estate)
    replica = start_replica(estate, "west", primary.port, replica_ignore_maxmemory="no",
                            maxmemory="2mb", maxmemory_policy=policy)
    exporter = start(estate, primary, replica)
    exporter.wait_for_check("sessions", "pass")
    fill(primary)
    wait_until(lambda: "diverged" in (reasons(exporter) or ()), NOTICE + 2, "the reason")
    assert int(replica.command("DBSIZE")) < int(primary.command("DBSIZE"))
    stays_not_ready(exporter)
    assert exporter.check("sessions") == "fail"


def test_replica_that_others_may_write_to(estate):
    primary = start_redis(estate)
    replica = start_replica(estate, "west", primary.port, replica_read_only="no")
    exporter = start(estate, primary, replica)
    wait_until(lambda: "diverged" in (reasons(exporter) or ()), NOTICE + 2, "the reason")
    stays_not_ready(exporter)


def test_refused_auth_is_not_quoted(estate):
    """Without AUTH a server quotes the arguments, escaped in its own way."""
    primary = start_redis(estate, rename_command="AUTH XAUTH")
    replica = start_replica(estate, "west", primary.port, rename_command="AUTH XAUTH")
    exporter = estate.exporter(plan({"sessions": ("sessions", "1h")}, [
        redis_source("sessions-west", "sessions", primary.port, replica.port,
                     user="dr_monitor", password_file="@password")]))
    wait_until(lambda: exporter.failures("sessions-west"), NOTICE + 2, "a failure")
    everything = exporter.log() + exporter.get("/").text + exporter.get("/metrics").text
    assert "its answer is not shown" in everything
    for fragment in ("pa55", "Zx9", "ord="):
        assert fragment not in everything
