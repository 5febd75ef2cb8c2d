# SPDX-License-Identifier: Apache-2.0
"""Redis Cluster: every shard has a copy on the other side; the worst shard decides."""

import datetime

import pytest
from services.support import free_port, wait_until

from plans import plan
from redis_pairs import (NOTICE, RPO, address, age, reasons, redis_source, start_redis,
                         stays_not_ready)

SHARDS = 3
RULES = ["resetkeys", "resetchannels", "-@all", "+info", "+client|setname", "+cluster|nodes",
         "+cluster|info"]


class Cluster:
    """Primaries in the east, and for each a replica in the west."""

    def __init__(self, estate):
        # A port of the cluster's bus is 10,000 above, which must be a port still.
        self.east = [self.start_node(estate, f"east{i}") for i in range(SHARDS)]
        self.west = [self.start_node(estate, f"west{i}") for i in range(SHARDS)]
        nodes = self.east + self.west
        for i, node in enumerate(self.east):
            node.command("CLUSTER", "ADDSLOTSRANGE", i * 16384 // SHARDS,
                         (i + 1) * 16384 // SHARDS - 1)
            node.command("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
        for node in nodes[1:]:
            node.command("CLUSTER", "MEET", "127.0.0.1", nodes[0].port,
                         nodes[0].settings["cluster-port"])
        wait_until(lambda: all(f"cluster_known_nodes:{len(nodes)}"
                               in node.command("CLUSTER", "INFO") for node in nodes), 20, "all")
        for east, west in zip(self.east, self.west):
            west.command("CLUSTER", "REPLICATE", east.command("CLUSTER", "MYID"))
        wait_until(lambda: all(west.link_is_up for west in self.west), 20, "the replicas")
        wait_until(lambda: all("cluster_state:ok" in node.command("CLUSTER", "INFO")
                               for node in nodes), 20, "the cluster to work")

    @staticmethod
    def start_node(estate, name):
        node = start_redis(estate, name, monitor=False, cluster_enabled="yes",
                           cluster_port=free_port(), cluster_node_timeout=2000,
                           cluster_replica_validity_factor=0)
        return node.create_monitor(rules=RULES)

    def plan(self, nodes=None, **more):
        return plan({"sessions": ("sessions", f"{RPO}s")}, [
            {"name": "sessions-west", "collector": "redis", "dataset": "sessions",
             "region_nodes": " ".join(address(node.port) for node in nodes or self.west),
             "user": "dr_monitor", "password_file": "@password", "timeout": "900ms", **more}])

    def fail_over(self, primary, replica):
        def all_know():
            return all(any(f":{primary.port}@" in line and "slave " in line for line in
                           node.command("CLUSTER", "NODES").splitlines()) for node in self.west)
        replica.command("CLUSTER", "FAILOVER")
        wait_until(lambda: replica.info("role") == "master" and primary.info("role") == "slave"
                   and primary.link_is_up and all_know(), 15, "the failover")


@pytest.fixture(name="cluster", scope="module")
def fixture_cluster(module_estate):
    return Cluster(module_estate)


def covered(exporter):
    return exporter.metric("dr_redis_shards_covered", source="sessions-west")


def test_every_shard_is_covered(estate, cluster):
    exporter = estate.exporter(cluster.plan())
    exporter.wait_for_check("sessions", "pass")
    assert exporter.metric("dr_redis_shards", source="sessions-west") == SHARDS
    assert covered(exporter) == SHARDS
    assert reasons(exporter) == set()
    assert age(exporter) < 1
    assert exporter.failures("sessions-west") == {}


def test_a_shard_without_replica_in_the_region(estate, cluster):
    """The plan forgot a node: two of three shards are copied."""
    exporter = estate.exporter(cluster.plan(cluster.west[:2]))
    exporter.wait_for_metric("dr_redis_shards_covered", SHARDS - 1, source="sessions-west")
    stays_not_ready(exporter, 1)
    assert "has no copy on the other side" in exporter.get("/").text


def test_nodes_that_are_not_in_the_cluster(estate, cluster):
    exporter = estate.exporter(cluster.plan())
    exporter.wait_for_check("sessions", "pass")
    exporter.write_plan({**cluster.plan(), "sources": [
        {**cluster.plan()["sources"][0],
         "region_nodes": f"localhost:{cluster.west[0].port}"}]})
    exporter.reload()
    wait_until(lambda: "inconsistent" in exporter.failures("sessions-west"), 3, "the reason")
    stays_not_ready(exporter, 0.7)


def test_r5_failover_of_one_shard(estate, cluster):
    exporter = estate.exporter(cluster.plan())
    exporter.wait_for_check("sessions", "pass")
    cluster.fail_over(cluster.east[0], cluster.west[0])
    # Its copy is in the east now.
    exporter.wait_for_metric("dr_redis_shards_covered", SHARDS, source="sessions-west")
    exporter.wait_for_check("sessions", "pass")
    cluster.east[0].pause()
    try:
        wait_until(lambda: "timeout" in exporter.failures("sessions-west"), NOTICE, "the reason")
        wait_until(lambda: exporter.check("sessions") != "pass", RPO + NOTICE)
    finally:
        cluster.east[0].resume()
    exporter.wait_for_check("sessions", "pass", timeout=15)


def test_a_lost_replica(estate, cluster):
    exporter = estate.exporter(cluster.plan())
    exporter.wait_for_check("sessions", "pass")
    cluster.west[2].pause()
    try:
        wait_until(lambda: "timeout" in exporter.failures("sessions-west"), NOTICE, "the reason")
        wait_until(lambda: exporter.check("sessions") != "pass", RPO + NOTICE)
        stays_not_ready(exporter, 1)
    finally:
        cluster.west[2].resume()
    exporter.wait_for_check("sessions", "pass", timeout=15)


def test_one_pair_is_not_the_cluster(estate, cluster):
    """It may be fine, and the other shards lost."""
    exporter = estate.exporter(plan({"sessions": ("sessions", "3s")}, [
        redis_source("sessions-west", "sessions", cluster.east[1].port, cluster.west[1].port)]))
    wait_until(lambda: "inconsistent" in exporter.failures("sessions-west"), 3, "the reason")
    stays_not_ready(exporter, 0.5)
    assert "region_nodes" in exporter.log()


def test_a_data_server_that_is_no_cluster(estate):
    server = start_redis(estate)
    server.create_monitor(rules=RULES)
    exporter = estate.exporter(plan({"sessions": ("sessions", "3s")}, [
        {"name": "sessions-west", "collector": "redis", "dataset": "sessions", "user": "dr_monitor",
         "password_file": "@password", "region_nodes": address(server.port)}]))
    wait_until(lambda: "not_found" in exporter.failures("sessions-west"), 3, "the reason")
    stays_not_ready(exporter, 0.5)


def test_the_gate_opens_after_the_loss_of_the_region(estate):
    cluster = Cluster(estate)
    exporter = estate.exporter(cluster.plan())
    exporter.wait_for_check("sessions", "pass")
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    status, text = exporter.gate("sessions", f"--lost-since={now}")
    assert status == 1 and "said to be lost, but answers" in text
    # One shard is not the region, and its copy cannot stand for it while the others answer.
    cluster.east[0].kill()
    wait_until(lambda: exporter.gate("sessions")[0] == 1, NOTICE, "the gate to close")
    lost = f"--lost-since={datetime.datetime.now(datetime.timezone.utc).isoformat()}"
    assert exporter.gate("sessions", lost)[0] == 1
    for node in cluster.east[1:]:
        node.kill()
    lost = f"--lost-since={datetime.datetime.now(datetime.timezone.utc).isoformat()}"
    # As long as the nodes believe that the cluster works, and after they have noticed.
    wait_until(lambda: exporter.gate("sessions", lost)[0] == 0, NOTICE + 2, "the gate to open")
    wait_until(lambda: "cluster_state:fail" in cluster.west[1].command("CLUSTER", "INFO"), 20)
    # Which of them it says first depends on the moment: slots without a server, or the state.
    wait_until(lambda: "CLUSTER INFO: " in exporter.log(), NOTICE, "the exporter to see that")
    wait_until(lambda: exporter.gate("sessions", lost)[0] == 0, NOTICE, "the gate to be open")
    status, text = exporter.gate("sessions")
    assert status == 1
    # One copy is lost too.
    cluster.west[2].kill()
    wait_until(lambda: exporter.gate("sessions", lost)[0] == 1, NOTICE, "the gate to close")


@pytest.mark.slow
def test_r5_lost_primary(estate):
    cluster = Cluster(estate)
    exporter = estate.exporter(cluster.plan())
    exporter.wait_for_check("sessions", "pass")
    cluster.east[1].kill()
    wait_until(lambda: exporter.check("sessions") != "pass", RPO + NOTICE, "not ready")
    # An election that comes to nothing is held again only after 8 s.
    wait_until(lambda: cluster.west[1].info("role") == "master", 60, "the promotion")
    stays_not_ready(exporter)
    cluster.east[1].start()
    cluster.east[1].create_monitor(rules=RULES)
    exporter.wait_for_check("sessions", "pass", timeout=30)
