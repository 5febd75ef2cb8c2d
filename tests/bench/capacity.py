# SPDX-License-Identifier: Apache-2.0
"""What the collector capacity costs: two large clusters, whose API is a local server with pages
that were made before."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from services.exporter import program
from services.support import wait_until

from measure import MIB, start_exporter

PODS, NODES = 100_000, 5_000
PAGE_ITEMS = {"pods": 250, "nodes": 100}


def container(name):
    return {"name": name, "image": f"registry.example.com/team/{name}:1.2.3",
            "ports": [{"containerPort": 8080, "protocol": "TCP", "name": "http"}],
            "env": [{"name": f"VARIABLE_{k}", "value": f"its value, number {k}"}
                    for k in range(12)],
            "resources": {"limits": {"cpu": "1", "memory": "1Gi"},
                          "requests": {"cpu": "250m", "memory": "512Mi"}},
            "volumeMounts": [{"name": f"v{k}", "mountPath": f"/var/run/{k}", "readOnly": True}
                             for k in range(4)],
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"},
                              "timeoutSeconds": 1, "periodSeconds": 10, "failureThreshold": 3},
            "terminationMessagePath": "/dev/termination-log", "imagePullPolicy": "IfNotPresent"}


def container_status(name):
    return {"name": name, "state": {"running": {"startedAt": "2026-11-20T10:00:00Z"}},
            "lastState": {}, "ready": True, "restartCount": 0, "started": True,
            "image": f"registry.example.com/team/{name}:1.2.3",
            "imageID": f"registry.example.com/team/{name}@sha256:{'0' * 64}",
            "containerID": f"containerd://{'0' * 64}"}


def managed_fields():
    kinds = ("Ready", "Initialized", "ContainersReady", "PodScheduled")
    conditions = {f'k:{{"type":"{kind}"}}': {".": {}, "f:lastProbeTime": {}, "f:status": {},
                                             "f:lastTransitionTime": {}, "f:type": {}}
                  for kind in kinds}
    return [{"manager": "kubelet", "operation": "Update", "apiVersion": "v1",
             "time": "2026-11-20T10:00:00Z", "fieldsType": "FieldsV1",
             "fieldsV1": {"f:status": {"f:conditions": conditions, "f:containerStatuses": {},
                                       "f:hostIP": {}, "f:phase": {}, "f:podIP": {}}}}]


def tolerations():
    return [{"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": "NoExecute",
             "tolerationSeconds": 300} for key in ("not-ready", "unreachable")]


def pod(i):
    """7 KiB with two containers, one of 2,000 Deployments."""
    app = f"app-{i % 2000}"
    return {"metadata": {
        "name": f"{app}-7d4b9c6f5-{i:05x}", "namespace": f"team-{i % 50}", "uid": f"uid-{i}",
        "labels": {"app": app, "pod-template-hash": "7d4b9c6f5"}, "resourceVersion": str(i),
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": True,
                             "name": f"{app}-7d4b9c6f5", "uid": f"uid-of-{app}"}],
        "managedFields": managed_fields()},
        "spec": {"containers": [container("main"), container("sidecar")], "priority": 0,
                 "nodeName": f"node-{i % NODES}", "tolerations": tolerations(),
                 "nodeSelector": {"pool": f"pool-{i % 8}"},
                 "volumes": [{"name": f"v{k}", "configMap": {"name": f"cm-{k}"}}
                             for k in range(4)]},
        "status": {"phase": "Running", "hostIP": "10.0.0.1", "podIP": "10.1.0.1",
                   "conditions": [{"type": kind, "status": "True"} for kind in
                                  ("Initialized", "Ready", "ContainersReady", "PodScheduled")],
                   "containerStatuses": [container_status("main"), container_status("sidecar")]}}


def node(i):
    """10 KiB, most of it images."""
    return {"metadata": {"name": f"node-{i}", "uid": f"uid-of-node-{i}",
                         "labels": {"pool": f"pool-{i % 8}", **{
                             f"label-{k}.example.com/name": "value" for k in range(20)}},
                         "managedFields": managed_fields()},
            "spec": {"providerID": f"cloud:///{i}"},
            "status": {"allocatable": {"cpu": "15890m", "memory": "60000000Ki", "pods": "110"},
                       "conditions": [{"type": "Ready", "status": "True"}],
                       "images": [{"names": [f"registry.example.com/image-{k}@sha256:{'0' * 64}",
                                             f"registry.example.com/image-{k}:1.0"],
                                   "sizeBytes": 123456789} for k in range(50)]}}


def make_pages(resource, kind, count, make):
    size = PAGE_ITEMS[resource]
    return [json.dumps({"kind": f"{kind}List", "apiVersion": "v1", "metadata": {
        "continue": str(first // size + 1) if first + size < count else ""},
        "items": [make(i) for i in range(first, min(first + size, count))]},
        separators=(",", ":")).encode() for first in range(0, count, size)]


class Clusters:
    """The primary's below /primary, with the pods, and the DR one below /dr, with the nodes."""

    def __init__(self):
        pages = {"/primary/api/v1/pods": make_pages("pods", "Pod", PODS, pod),
                 "/dr/api/v1/pods": [b'{"kind":"PodList","apiVersion":"v1","items":[]}'],
                 "/dr/api/v1/nodes": make_pages("nodes", "Node", NODES, node)}
        for name in ("primary", "dr"):
            pages[f"/{name}/api/v1/namespaces"] = [json.dumps({
                "kind": "NamespaceList", "apiVersion": "v1",
                "items": [{"metadata": {"name": "kube-system", "uid": name}}]}).encode()]
        self.bytes = sum(len(page) for lists in pages.values() for page in lists)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # pylint: disable=invalid-name
                split = urlsplit(self.path)
                body = pages[split.path][int(parse_qs(split.query).get("continue", ["0"])[0])]
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def measure_capacity(table, directory):
    """One collection; the second one begins long after."""
    clusters = Clusters()
    plan = {"exporter": {"interval": "10m", "timeout": "5m"},
            "tiers": [{"name": "0", "rto": "1h", "capacity_min_ratio": 1}],
            "services": [{"name": "all", "tier": "0", "evidence": ["large"]}],
            "sources": [{"name": "large", "collector": "capacity", "parity": False,
                         "primary_api_server": f"{clusters.url}/primary",
                         "dr_api_server": f"{clusters.url}/dr"}]}
    exporter, _ = start_exporter(directory, plan, "capacity", program())
    try:
        wait_until(lambda: re.search(r"^dr_source_collections_total\{.*\} 1$",
                                     exporter.get().text, re.MULTILINE), 300,
                   "the collection to end", every=0.5)
        page = exporter.get().text
        cpu, peak = exporter.cpu_seconds(), exporter.peak_bytes()
    finally:
        exporter.stop()
        clusters.stop()
    if 'dr_capacity_ratio{source="large"' not in page:
        raise RuntimeError("there is no ratio:\n" + exporter.process.log()[-2000:])
    name = f"Kubernetes, {PODS:,} pods and {NODES:,} nodes"
    table.add(f"{name}: size of the lists", clusters.bytes / MIB, unit=" MiB")
    table.add(f"{name}: CPU a collection", cpu, 15, " s")
    table.add(f"{name}: peak resident memory", peak / MIB, 64, " MiB")
