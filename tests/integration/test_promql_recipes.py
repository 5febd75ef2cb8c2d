# SPDX-License-Identifier: Apache-2.0
"""The recipes of deploy/recipes on real Prometheus, with what the exporters of each system say when
it is well and when it is not."""

import pytest
import yaml
from services.support import ROOT, wait_until

from promql_plans import Target, start, start_prometheus, state

RECIPES = ROOT / "deploy/recipes"
MEMBER = 'member_idx="mongo-dr-1.example.com:27017"'
HEARTBEAT = 'mysql_heartbeat_stored_timestamp_seconds{server_id="1"}'
HEARTBEAT_NOW = 'mysql_heartbeat_now_timestamp_seconds{server_id="1"}'
OPTIME = f'mongodb_rs_members_optimeDate{{{MEMBER},member_state="SECONDARY",rs_nm="rs0"}}'
OTHER_OPTIME = ('mongodb_rs_members_optimeDate{member_idx="mongo-1.example.com:27017",'
                'member_state="PRIMARY",rs_nm="rs0"}')
REPAIR = ("io_cassandrareaper_service_RepairScheduleService_millisSinceLastRepairForSchedule"
          '{cluster="main",keyspace="events",scheduleid="7f3c"}')
REPLICATED = "physical_replication_replicated_time_seconds"
BACKUP = "schedules_BACKUP_last_completed_time"


def ago(seconds):
    return lambda now: int(now - seconds)


def milliseconds_ago(seconds):
    return lambda now: int((now - seconds) * 1000)


# What the exporters of each job say when all is well.
WELL = {
    # Its clock is a little behind, and its time zone another.
    "mysql-dr": {"mysql_up": 1, HEARTBEAT: ago(7199), HEARTBEAT_NOW: ago(7200),
                 "mysql_slave_status_seconds_behind_source": 0},
    "mongodb-dr": {"mongodb_up": 1, OPTIME: milliseconds_ago(2), OTHER_OPTIME: milliseconds_ago(0)},
    "cassandra-reaper": {REPAIR: 86_400_000},
    "cockroachdb-dr": {REPLICATED + '{node_id="1"}': ago(12), REPLICATED + '{node_id="2"}': 0},
    "cockroachdb": {BACKUP + '{node_id="1"}': ago(1800), BACKUP + '{node_id="2"}': 0},
}
RPO = {"shop-mysql": "30s", "carts-mongodb": "30s", "events-cassandra": "3d",
       "ledger-standby": "30s", "ledger-backups": "1d"}
FAULTS = {  # What they say instead; None: nothing any more.
    "replication stands still": ("fail", {
        "mysql-dr": {HEARTBEAT: ago(7800), "mysql_slave_status_seconds_behind_source": None},
        "mongodb-dr": {OPTIME: milliseconds_ago(600)},
        "cassandra-reaper": {REPAIR: 5 * 86_400_000},
        "cockroachdb-dr": {REPLICATED + '{node_id="1"}': ago(600)},
        "cockroachdb": {BACKUP + '{node_id="1"}': ago(2 * 86400)}}),
    "a link that hides what it holds back": ("fail", {
        "mysql-dr": {HEARTBEAT: ago(7800)}}),
    "the server is gone, its exporter is not": ("unknown", {
        "mysql-dr": {HEARTBEAT: None, HEARTBEAT_NOW: None, "mysql_up": 0},
        "mongodb-dr": {OPTIME: None, OTHER_OPTIME: None, "mongodb_up": 0},
        "cassandra-reaper": {REPAIR: None},
        "cockroachdb-dr": {REPLICATED + '{node_id="1"}': 0},
        "cockroachdb": {BACKUP + '{node_id="1"}': 0}}),
    "it does not know": ("unknown", {
        "mysql-dr": {HEARTBEAT: "NaN"},
        "mongodb-dr": {OPTIME: None,
                       OPTIME.replace("SECONDARY", "RECOVERING"): milliseconds_ago(2)},
        # Reaper's way to say that there was no repair yet: the time since 1970.
        "cassandra-reaper": {REPAIR: milliseconds_ago(0)},
        "cockroachdb-dr": {REPLICATED + '{node_id="1"}': "NaN",
                           REPLICATED + '{node_id="2"}': "NaN"},
        "cockroachdb": {BACKUP + '{node_id="1"}': "+Inf"}}),
    "clocks or time zones differ": ("unknown", {
        "mysql-dr": {HEARTBEAT: ago(0)},
        "mongodb-dr": {OPTIME: milliseconds_ago(-60)},
        "cassandra-reaper": {REPAIR: -86_400_000},
        "cockroachdb-dr": {REPLICATED + '{node_id="1"}': ago(-60)},
        "cockroachdb": {BACKUP + '{node_id="1"}': ago(-7200)}}),
}
JOBS = {"mysql-dr": "shop-mysql", "mongodb-dr": "carts-mongodb",
        "cassandra-reaper": "events-cassandra", "cockroachdb-dr": "ledger-standby",
        "cockroachdb": "ledger-backups"}


def read_recipes(url):
    """As the files have them, but for the server and the speed."""
    sources = {}
    for path in sorted(RECIPES.glob("*.yml")):
        for entry in yaml.safe_load(path.read_text())["sources"]:
            name = entry.pop("name")
            assert entry.pop("collector") == "promql" and name in RPO, path
            sources[name] = {**entry, "url": url, "interval": "500ms", "max_sample_age": "10s",
                             "rpo": RPO[name]}
    return sources


@pytest.mark.slow
def test_recipes(estate):
    targets = {job: estate.keep(Target(series)) for job, series in WELL.items()}
    prometheus = start_prometheus(estate, {job: [target] for job, target in targets.items()})
    exporter = start(estate, read_recipes(prometheus.url))
    assert len(RPO) == len(exporter.metrics().find("dr_source_up"))

    def states():
        return {name: state(exporter, name, "recovery_point_age") for name in RPO}

    well = {name: "pass" for name in RPO}
    wait_until(lambda: states() == well, 20, "all to pass")
    for fault, (wanted, changes) in FAULTS.items():
        for job, change in changes.items():
            targets[job].series = {**WELL[job], **change}
        broken = {**well, **{JOBS[job]: wanted for job in changes}}
        wait_until(lambda: states() == broken, 20, fault)  # pylint: disable=cell-var-from-loop
        for job, target in targets.items():
            target.series = WELL[job]
        wait_until(lambda: states() == well, 20, f"all to pass after: {fault}")
    for target in targets.values():
        target.stop()
    wait_until(lambda: set(states().values()) == {"unknown"}, 20, "exporters that are gone")
