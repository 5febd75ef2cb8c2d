# SPDX-License-Identifier: Apache-2.0
"""Room in the DR cluster: what counts as needed, and what counts as there."""

import datetime

import pytest
import yaml
from backup_plans import error_of, wait_for_all
from capacity_clusters import (DIRECT, changed, deployment, east, node, plan, pod, source,
                               west)
from services.documents import garbage, hang
from services.kubernetes_api import Refusal, Roles
from services.support import ROOT, wait_until

from test_backup_kubernetes import TOKEN, Cluster


def start(estate, sources, **options):
    exporter = estate.exporter(plan(sources, **options), environment=DIRECT)
    wait_for_all(exporter)
    return exporter


def pair(estate, primary=None, recovery=None, **settings):
    """(the two clusters, the settings of a source that looks at them)"""
    ends = Cluster(estate, primary or east()), Cluster(estate, recovery or west())
    return *ends, source(ends[0].settings(), ends[1].settings(), **settings)


def wait_for(exporter, state, service="room"):
    wait_until(lambda: exporter.check(service, check="capacity") == state, 10, f"to be {state}")


def ratio(exporter, resource="cpu", stage="now", name="room"):
    return exporter.metric("dr_capacity_ratio", source=name, resource=resource, stage=stage)


@pytest.mark.sanitized
def test_nodes(estate):
    """Trap C1, one after the other."""
    primary, recovery, own = pair(estate, parity=False)
    exporter = start(estate, {"room": own})
    wait_for(exporter, "pass")
    metrics = exporter.metrics()
    assert metrics.value("dr_capacity_ratio", resource="cpu", stage="now") == 2
    assert metrics.value("dr_capacity_ratio", resource="memory", stage="now") == 8
    assert metrics.value("dr_capacity_required", resource="memory", unit="byte") == 2 * 2**30
    assert metrics.value("dr_capacity_available", resource="cpu", unit="core", stage="now") == 4
    assert metrics.value("dr_capacity_ratio", resource="cpu", stage="after_scale_out") is None
    taint = {"key": "dedicated", "value": "db", "effect": "NoSchedule"}
    bad = [(node("w1", ready="Unknown"), "not_ready"), (node("w1", unschedulable=True), "cordoned"),
           (node("w1", taints=[taint]), "unsuitable"), (node("w1", cpu="500m"), "unsuitable")]
    for item, state in bad:
        recovery.api.objects["v1/nodes"] = [item]
        wait_for(exporter, "fail")
        assert exporter.metric("dr_capacity_nodes", state=state) == 1
        assert ratio(exporter) == 0
        recovery.api.objects["v1/nodes"] = [node("w1")]
        wait_for(exporter, "pass")
    # Pending pods need room as well, and those of other namespaces; DaemonSets bring their own.
    primary.api.objects["v1/pods"] += [
        pod("web-3", owner="web"), pod("cart", node="e1", namespace="cart"),
        pod("dns", cpu="64", node="e1", namespace="kube-system"),
        changed(pod("agent", cpu="64", node="e1"), metadata_ownerReferences=[
            {"kind": "DaemonSet", "name": "agent", "controller": True}]),
        changed(pod("done", cpu="64", node="e1"), status_phase="Succeeded")]
    wait_until(lambda: ratio(exporter) == 1, what="the ratio 1")
    assert exporter.check("room", check="capacity") == "pass"
    primary.api.objects["v1/pods"].append(pod("tiny", cpu="1m", node="e1"))
    wait_for(exporter, "fail")
    assert ratio(exporter) == pytest.approx(4 / 4.001)
    assert exporter.metric("dr_capacity_primary_pods", state="pending") == 1
    assert TOKEN not in exporter.log() + exporter.metrics().text


def test_what_runs_there(estate):
    """Standbys, strangers, pods that wait, and pods that would be evicted."""
    low = {"priority": -10}
    running = [pod("web-1", cpu="2", node="w1", owner="web"),
               pod("batch", cpu="1", node="w1", owner="batch", **low)]
    cluster = Cluster(estate, east())
    room = Cluster(estate, west(pods=running))
    ends = cluster.settings(), room.settings()
    exporter = start(estate, {
        "standby": source(*ends, parity=False),
        "active": source(*ends, parity=False, active_active=True),
        "preempt": source(*ends, parity=False, preempt=True),
        "some": source(*ends, parity=False, selector="app=web", namespaces=["shop"]),
        "none": source(*ends, parity=False, selector="app=nobody"),
    })
    for name, expected in {"standby": 1.5, "active": 0.5, "preempt": 2, "some": 1.5}.items():
        assert ratio(exporter, name=name) == expected, name
    assert exporter.metric("dr_capacity_dr_pods", source="standby", state="standby") == 1
    assert exporter.check("standby", check="capacity") == "pass"
    assert exporter.check("active", check="capacity") == "fail"
    assert exporter.failures("none") == {"not_found": pytest.approx(1, abs=3)}
    assert exporter.check("none", check="capacity") == "unknown"
    assert "no pod needs room" in error_of(exporter, "none")
    # Only what one namespace's Role allows is asked for there; of the DR cluster all is.
    paths = {path for path, *_ in cluster.api.requests}
    assert "/api/v1/namespaces/shop/pods" in paths
    assert {path for path, *_ in room.api.requests} == {"/api/v1/namespaces", "/api/v1/pods",
                                                        "/api/v1/nodes"}
    room.api.objects["v1/pods"].append(pod("greedy", cpu="2", owner="greedy"))
    wait_until(lambda: ratio(exporter, name="standby") == 0.5, what="what waits to be counted")


def test_needs_that_nobody_knows(estate):
    """Pods without requests, a namespace that is written wrong, a primary scaled to nothing."""
    primary, recovery, own = pair(estate, east(pod("web-1", node="e1", owner="web"),
                                               pod("best", cpu="0", memory="0", node="e1")),
                                  parity=False)
    exporter = start(estate, {
        "room": own, "typo": {**own, "namespaces": ["shop", "chekout"]},
        "one": {**own, "namespaces": ["chekout"]},
        "none": {**own, "unrequested": {"cpu": "0", "memory": "0"}},
        "said": {**own, "unrequested": {"cpu": "3", "memory": "1Gi"}}})
    expected = {"room": ("unknown", "1 pods have a container that requests no CPU or no memory"),
                "typo": ("unknown", 'no pod of namespace "chekout" needs room'),
                "one": ("unknown", "no pod needs room")}
    for name, (state, message) in expected.items():
        assert exporter.check(name, check="capacity") == state
        assert message in error_of(exporter, name), error_of(exporter, name)
    assert ratio(exporter, name="none") == 4
    assert ratio(exporter, name="said") == 1
    assert exporter.metric("dr_capacity_primary_pods", source="room", state="unrequested") == 1
    # Whoever has nothing to move is not ready, but does not know.
    primary.api.objects["v1/pods"] = []
    for name in ("none", "said"):
        wait_for(exporter, "unknown", name)
        assert ratio(exporter, name=name) is None
        lost = datetime.datetime.now(datetime.timezone.utc).isoformat()
        assert any(" capacity " in line for line in
                   exporter.gate(name, f"--lost-since={lost}")[1].splitlines())
    # A node that is listed twice is not two nodes.
    primary.api.objects["v1/pods"] = east()["v1/pods"]
    wait_for(exporter, "pass")
    recovery.api.objects["v1/nodes"] = [node("w1", cpu="1"), node("w1", cpu="1")]
    wait_for(exporter, "unknown")
    assert "node w1 twice" in error_of(exporter, "room")


def test_cut_list(estate):
    """What says that more follows, and not where, was cut on the way."""
    primary, _, own = pair(estate, parity=False)
    exporter = start(estate, {"room": own})
    wait_for(exporter, "pass")

    def cut(handler):
        document = primary.api.list(handler)
        document["metadata"] = {"remainingItemCount": 7}
        handler.answer(200, document)

    primary.api.answer_instead = cut
    wait_for(exporter, "unknown")
    assert "ends before its end" in error_of(exporter, "room")


@pytest.mark.slow
@pytest.mark.sanitized
def test_api_fails(estate):
    """Trap C2: whatever fails at either end, nobody knows; and nothing else is touched."""
    primary, recovery, own = pair(estate, parity=False)
    exporter = start(estate, {"room": own}, timeout=1)
    faults = [(garbage, "protocol"), (lambda handler: handler.answer(200, b"<html>"), "protocol"),
              (lambda handler: handler.answer(500, Refusal(500, "E", "no leader").document),
               "query"), (hang, "timeout")]
    for cluster, name in ((primary, "primary"), (recovery, "dr")):
        for answer, kind in faults:
            before = exporter.failures("room").get(kind, 0)
            cluster.api.answer_instead = answer
            wait_until(lambda: exporter.failures("room").get(kind, 0) > before, 10, kind)
            assert exporter.check("room", check="capacity") == "unknown"
            assert ratio(exporter) is None
            up = {cluster: exporter.metric("dr_capacity_cluster_up", cluster=cluster)
                  for cluster in ("primary", "dr")}
            assert up == {"primary": int(name != "primary"), "dr": int(name != "dr")}
            cluster.api.answer_instead = None
            wait_for(exporter, "pass")
    # Quorum reads only, and nothing but lists.
    for path, parameters, _ in primary.api.requests + recovery.api.requests:
        assert "resourceVersion" not in parameters and "watch" not in parameters, path


def test_mistakes(estate):
    """Wrong rights, the same cluster twice, no cluster at all."""
    primary = Cluster(estate, east(), {TOKEN: None, "little": {(None, "namespaces")},
                                       "shop": {(None, "namespaces"), ("shop", "pods")}})
    recovery = Cluster(estate, west(), {TOKEN: None, "little": {(None, "namespaces"),
                                                                 (None, "pods")}})
    for cluster in (primary, recovery):
        (cluster.directory / "little").write_text("little")
    good, room = primary.settings(), recovery.settings()
    (primary.directory / "shop").write_text("shop")
    contexts = primary.kubeconfig("both", token=TOKEN)
    claims = Cluster(estate, east(pod("g", node="e1", resourceClaims=[{"name": "gpu"}])))
    empty = Cluster(estate, {**west(), "v1/namespaces": []})
    cases = {
        "rights": (source(primary.settings(token_file=str(primary.directory / "little")), room),
                   "permission", "primary: not allowed to list pods of v1 in all namespaces; "
                   "apply deploy/kubernetes/rbac-capacity.yaml"),
        "rights-dr": (source(good, recovery.settings(
            token_file=str(recovery.directory / "little"))), "permission", "dr: not allowed to "
            "list nodes"),
        # Of one namespace only, where two are asked for.
        "rights-some": (source(primary.settings(token_file=str(primary.directory / "shop")), room,
                               namespaces=["shop", "cart"]), "permission", "in all namespaces"),
        "same": (source(good, good), "inconsistent", "both are the same cluster"),
        "same-file": (source({"kubeconfig": contexts}, {"kubeconfig": contexts, "context": "west"}),
                      "inconsistent", "both are the same cluster"),
        "other": (source(good, room, primary_uid="uid-east", dr_uid="uid-north"), "inconsistent",
                  'dr: this is another cluster, its kube-system has the uid uid-west; look at '
                  '"dr_uid"'),
        "other-primary": (source(good, room, primary_uid="uid-north"), "inconsistent",
                          "primary: this is another cluster"),
        "claims": (source(claims.settings(), room), "inconsistent", "claim devices"),
        "empty": (source(good, empty.settings()), "protocol", "dr: there is no namespace"),
        "karpenter": (source(good, room, scale_out="karpenter"), "not_found", "Karpenter 1.0"),
    }
    exporter = start(estate, {name: settings for name, (settings, *_) in cases.items()})
    for name, (_, kind, message) in cases.items():
        assert set(exporter.failures(name)) == {kind}, error_of(exporter, name)
        assert exporter.check(name, check="capacity") == "unknown"
        assert message in error_of(exporter, name), error_of(exporter, name)


def test_pages(estate):
    """Many pods on several pages of one state, which expires while it is read."""
    pods = [pod(f"web-{i}", cpu="10m", memory="1Mi", node="e1", owner="web") for i in range(600)]
    primary, recovery, own = pair(estate, east(*pods), west(*[node(f"w{i}") for i in range(250)]),
                                  parity=False)
    exporter = start(estate, {"room": own}, timeout=5)
    assert ratio(exporter, "pods") == 250 * 110 / 600
    asked = [parameters for path, parameters, _ in primary.api.requests if path == "/api/v1/pods"]
    assert asked[0] == {"limit": "250",
                        "fieldSelector": "status.phase!=Succeeded,status.phase!=Failed"}
    for cluster in (primary, recovery):
        cluster.api.expirations = 2
        wait_until(lambda api=cluster.api: api.expirations == 0, what="two lists to expire")
        wait_until(lambda: ratio(exporter, "pods") == 250 * 110 / 600, what="the same ratio")
    assert exporter.failures("room") == {}


def pool(name="general", ready="True", **spec):
    return {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": name},
            "spec": {"limits": {"cpu": "100", "memory": "100Gi"},
                     "template": {"spec": {"requirements": [
                         {"key": "karpenter.sh/capacity-type", "operator": "In",
                          "values": ["on-demand"]}]}}, **spec},
            "status": {"resources": {"cpu": "4", "memory": "16Gi", "nodes": "1"},
                       "conditions": [{"type": "Ready", "status": ready}]}}


def autoscaler(maximum):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
    status = (f"autoscalerStatus: Running\nclusterWide:\n  health: {{lastProbeTime: '{now}'}}\n"
              f"nodeGroups:\n- name: g\n  health: {{status: Healthy, cloudProviderTarget: 1, "
              f"maxSize: {maximum}}}\n  scaleUp: {{status: NoActivity}}\n")
    return {"apiVersion": "v1", "kind": "ConfigMap", "data": {"status": status},
            "metadata": {"name": "cluster-autoscaler-status", "namespace": "kube-system"}}


def test_pilot_light(estate):
    """Trap C3: almost nothing is there now, and what could be is told apart."""
    cluster = Cluster(estate, east())
    room = Cluster(estate, {**west(node("w1", cpu="100m")),
                            "karpenter.sh/v1/nodepools": [pool()],
                            "v1/configmaps": [autoscaler(2)]})
    ends = cluster.settings(), room.settings()
    sources = {"karpenter": {"scale_out": "karpenter"},
               "declared": {"scale_out": "declared", "ceiling": {"cpu": "8100m", "memory": "64Gi"}},
               "autoscaler": {"scale_out": "cluster-autoscaler", "node_groups": ["g"],
                              "new_node": {"cpu": "4", "memory": "16Gi", "pods": "58"}}}
    exporter = start(estate, {
        **{name: source(*ends, parity=False, count_scale_out=True, **more)
           for name, more in sources.items()},
        "some": source(*ends, parity=False, node_selector="pool=dr", **sources["declared"]),
        "now": source(*ends, parity=False, scale_out="karpenter")})
    for name, expected in {"karpenter": 48, "declared": 4, "autoscaler": 2}.items():
        assert ratio(exporter, name=name) == 0, name
        assert ratio(exporter, stage="after_scale_out", name=name) == expected, name
        assert exporter.check(name, check="capacity") == "pass", name
    assert ratio(exporter, stage="after_scale_out", name="now") == 48
    assert exporter.check("now", check="capacity") == "fail"
    room.api.objects["karpenter.sh/v1/nodepools"] = [pool(ready="False")]
    room.api.objects["v1/configmaps"] = [autoscaler(1)]
    for name in ("karpenter", "autoscaler"):
        wait_for(exporter, "fail", name)
        assert exporter.metric("dr_capacity_node_pools", source=name, state="usable") == 0
    room.api.objects["v1/configmaps"] = []
    wait_until(lambda: "not_found" in exporter.failures("autoscaler"), what="the failure")
    assert exporter.check("autoscaler", check="capacity") == "unknown"
    # Of all nodes only one counts, also against the ceiling.
    room.api.objects["v1/nodes"].append(node("w2", cpu="2", labels={"pool": "dr"}))
    wait_until(lambda: ratio(exporter, name="some") == 1, what="the node that counts")
    assert ratio(exporter, stage="after_scale_out", name="some") == 4.05


def test_parity(estate):
    """What runs in the primary's cluster is deployed in the other too, scaled to nothing or not."""
    ours = [deployment("web"), deployment("cart"), deployment("off", replicas=0)]
    primary, recovery, own = pair(estate, east(deployments=ours),
                                  west(deployments=[deployment("web", replicas=0)]))
    exporter = start(estate, {"room": own})
    assert exporter.metric("dr_capacity_workloads") == 2
    assert exporter.metric("dr_capacity_workloads_missing") == 1
    assert exporter.metric("dr_capacity_workload_problem", namespace="shop", kind="Deployment",
                           workload="cart", problem="missing") == 1
    # It is an alert of its own; there is room.
    assert exporter.check("room", check="capacity") == "pass"
    recovery.api.objects["apps/v1/deployments"] = [
        deployment("web", "west.example.com/mirror/main:1.0"), deployment("cart", "main:0.9")]
    exporter.wait_for_metric("dr_capacity_workloads_missing", 0)
    assert exporter.metric("dr_capacity_workloads_mismatched") == 1
    primary.api.objects["apps/v1/deployments"] = [deployment("cart", "main:0.9")]
    exporter.wait_for_metric("dr_capacity_workloads_mismatched", 0)


def test_parity_of_selected(estate):
    """The selector is of pods; their Deployments often have no labels."""
    primary, _, own = pair(estate, east(pod("web-1", node="e1", owner="web"),
                                        pod("cart-1", node="e1", owner="cart"),
                                        deployments=[deployment("web"), deployment("cart")]),
                           selector="app=web")
    exporter = start(estate, {"room": own})
    assert exporter.metric("dr_capacity_workloads") == 1
    assert exporter.metric("dr_capacity_workloads_missing") == 1
    assert exporter.metric("dr_capacity_workload_problem", workload="web", problem="missing") == 1
    assert all("labelSelector" not in parameters for path, parameters, _ in primary.api.requests
               if path.startswith("/apis/apps/"))


@pytest.mark.sanitized
def test_gate_after_the_loss(estate):
    """Without the primary its last need is what has to have room; the room is looked at now."""
    primary, recovery, own = pair(estate, parity=False)
    exporter = start(estate, {"room": own}, timeout=1)
    wait_for(exporter, "pass")
    lost = datetime.datetime.now(datetime.timezone.utc).isoformat()
    primary.api.stop()
    wait_for(exporter, "unknown")
    assert exporter.gate("room")[0] == 1
    required_at = exporter.metric("dr_capacity_required_timestamp_seconds")
    assert exporter.metric("dr_capacity_required", resource="cpu") is None

    def blockers():
        return [line for line in exporter.gate("room", f"--lost-since={lost}")[1].splitlines()
                if " capacity " in line]

    assert not blockers()
    recovery.api.objects["v1/nodes"] = [node("w1", cpu="1")]
    wait_until(lambda: any("room for 0.5" in line for line in blockers()), 10, "the blocker")
    assert exporter.metric("dr_capacity_required_timestamp_seconds") == required_at
    recovery.api.stop()
    wait_until(lambda: any("dr: " in line for line in blockers()), 10, "the DR cluster to be lost")


def test_same_cluster_whose_token_expires(estate):
    """The needs of the DR cluster itself are not those of a primary that was lost."""
    cluster = Cluster(estate, east(), {TOKEN: None, "other": None})
    (cluster.directory / "other").write_text("other")
    exporter = start(estate, {"room": source(cluster.settings(), cluster.settings(
        token_file=str(cluster.directory / "other")), parity=False)}, timeout=1)
    assert "same cluster" in error_of(exporter, "room")
    lost = datetime.datetime.now(datetime.timezone.utc).isoformat()
    del cluster.api.rights[TOKEN]
    wait_until(lambda: "status 401" in error_of(exporter, "room"), what="the token to expire")
    assert "same cluster" in error_of(exporter, "room")
    status, answer = exporter.gate("room", f"--lost-since={lost}")
    assert status == 1 and any(" capacity " in line for line in answer.splitlines()), answer


def test_roles(estate):
    """The roles in the file are enough, have no other verb, and nothing that is not asked for."""
    path = ROOT / "deploy/kubernetes/rbac-capacity.yaml"
    primary = Cluster(estate, east(deployments=[deployment("web")]), {TOKEN: Roles(path)})
    recovery = Cluster(estate, west(**{"v1/configmaps": [autoscaler(2)],
                                       "karpenter.sh/v1/nodepools": [pool()]}),
                       {TOKEN: Roles(path)})
    ends = primary.settings(), recovery.settings()
    exporter = start(estate, {
        "all": source(*ends), "karpenter": source(*ends, scale_out="karpenter"),
        "autoscaler": source(*ends, scale_out="cluster-autoscaler", node_groups=["g"],
                             new_node={"cpu": "4", "memory": "16Gi", "pods": "58"}),
        "shop": source(*ends, namespaces=["shop"], primary_uid="uid-east", dr_uid="uid-west")})
    for name in ("all", "karpenter", "autoscaler", "shop"):
        assert exporter.failures(name) == {}, error_of(exporter, name)
        assert exporter.check(name, check="capacity") == "pass"
    text = path.read_text()
    rules = [rule for document in yaml.safe_load_all(text) for rule in document.get("rules", [])]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"list"}
    assert {resource for rule in rules for resource in rule["resources"]} == {
        "namespaces", "pods", "nodes", "deployments", "statefulsets", "nodepools", "configmaps"}
