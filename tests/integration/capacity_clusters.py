# SPDX-License-Identifier: Apache-2.0
"""Two Kubernetes clusters with pods and nodes, and plans that look at them."""

import copy

from services.kubernetes_api import thing

INTERVAL = 0.3
TIMEOUT = 2.0
# Its list requests go to the server directly.
DIRECT = {"no_proxy": "*", "NO_PROXY": "*"}


def pod(name, cpu="1", memory="1Gi", node=None, owner=None, namespace="shop", **spec):
    """As the API gives a running pod; of the Deployment `owner` if there is one."""
    meta = {"uid": f"uid-{namespace}-{name}", "labels": {"app": owner or name}}
    if owner:
        meta["labels"]["pod-template-hash"] = "7d4b9c6f5"
        meta["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": "ReplicaSet",
                                    "name": f"{owner}-7d4b9c6f5", "controller": True}]
    container = {"name": "main", "image": "registry.example.com/shop/main:1.0",
                 "resources": {"requests": {"cpu": cpu, "memory": memory}}}
    placed = {"nodeName": node} if node else {}
    return thing("v1", "Pod", namespace, name, metadata=meta,
                 spec={"containers": [container], "priority": 0, **placed, **spec},
                 status={"phase": "Running" if node else "Pending"})


def node(name, cpu="4", memory="16Gi", ready="True", labels=None, **spec):
    return {"apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "uid": f"uid-{name}", "labels": labels or {}},
            "spec": spec,
            "status": {"allocatable": {"cpu": cpu, "memory": memory, "pods": "110"},
                       "conditions": [{"type": "MemoryPressure", "status": "False"},
                                      {"type": "Ready", "status": ready}]}}


def deployment(name, image="registry.example.com/shop/main:1.0", replicas=2, kind="Deployment"):
    return thing("apps/v1", kind, "shop", name,
                 spec={"replicas": replicas, "template": {"spec": {
                     "containers": [{"name": "main", "image": image}]}}})


def objects(identity, pods=(), nodes=(), deployments=(), **more):
    """What one API server has."""
    namespace = {"apiVersion": "v1", "kind": "Namespace",
                 "metadata": {"name": "kube-system", "uid": identity}}
    return {"v1/namespaces": [namespace], "v1/pods": list(pods), "v1/nodes": list(nodes),
            "apps/v1/deployments": list(deployments), "apps/v1/statefulsets": [], **more}


def east(*pods, deployments=()):
    return objects("uid-east", pods or [pod("web-1", node="e1", owner="web"),
                                        pod("web-2", node="e1", owner="web")],
                   [node("e1")], deployments)


def west(*nodes, pods=(), deployments=(), **more):
    return objects("uid-west", pods, nodes or [node("w1")], deployments, **more)


def prefixed(prefix, settings):
    return {prefix + key: value for key, value in settings.items()}


def source(primary, recovery, **settings):
    """Of two clusters, each the settings of one end without their prefix."""
    return {"collector": "capacity", **prefixed("primary_", primary), **prefixed("dr_", recovery),
            **settings}


def plan(sources, interval=INTERVAL, timeout=TIMEOUT, **tier):
    """One service a source, without data: only the check `capacity` decides."""
    return {
        "exporter": {"observer": "west", "interval": f"{round(interval * 1000)}ms",
                     "timeout": f"{round(timeout * 1000)}ms"},
        "tiers": [{"name": "1", "rpo": "1h", "capacity_min_ratio": 1.0, **tier}],
        "services": [{"name": name, "tier": "1", "evidence": [name]} for name in sources],
        "sources": [{"name": name, **settings} for name, settings in sources.items()],
    }


def changed(item, **members):
    """A copy with some members replaced, "status.phase" given as status_phase."""
    item = copy.deepcopy(item)
    for path, value in members.items():
        *way, last = path.split("_")
        place = item
        for step in way:
            place = place.setdefault(step, {})
        place[last] = value
    return item
