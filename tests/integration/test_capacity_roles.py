# SPDX-License-Identifier: Apache-2.0
"""The roles of capacity by the authorization of a real Kubernetes API server.

The server has none of these resources: what is allowed is not found, what is not is forbidden."""

import pytest
import yaml
from services.kube_apiserver import KubeApiserver
from services.support import ROOT

pytestmark = pytest.mark.slow

USER = "system:serviceaccount:dr-exporter:dr-exporter"
TOKEN = "token-of-the-exporter"
STATUS = "fieldSelector=metadata.name%3D"


def in_one_namespace(documents):
    """The server takes Roles only: what is for the cluster is so for the namespace shop."""
    for document in documents:
        if document["kind"].startswith("Cluster"):
            document["kind"] = document["kind"].removeprefix("Cluster")
            document["metadata"]["namespace"] = "shop"
            if "roleRef" in document:
                document["roleRef"]["kind"] = "Role"
        yield document


def test_roles(estate):
    directory = estate.new_directory()
    text = (ROOT / "deploy/kubernetes/rbac-capacity.yaml").read_text()
    (directory / "roles").write_text(yaml.safe_dump_all(
        in_one_namespace(yaml.safe_load_all(text))))
    server = estate.keep(KubeApiserver(directory, {USER: TOKEN}, directory / "roles")).start()
    shop, system = "/api/v1/namespaces/shop", "/api/v1/namespaces/kube-system"
    expected = {
        f"{shop}/pods?limit=250": 404,
        f"{shop}/nodes": 404,
        "/apis/apps/v1/namespaces/shop/deployments": 404,
        "/apis/apps/v1/namespaces/shop/statefulsets": 404,
        "/apis/karpenter.sh/v1/namespaces/shop/nodepools": 404,
        f"{system}/configmaps?{STATUS}cluster-autoscaler-status": 404,
        # A name in the role is asked for by a field selector, or not at all.
        f"{system}/configmaps?{STATUS}other": 403,
        f"{system}/configmaps": 403,
        f"{system}/secrets": 403,
        f"{shop}/configmaps": 403,
        f"{shop}/secrets": 403,
        f"{shop}/pods/web": 403,
        f"{shop}/pods?watch=true": 403,
        "/apis/apps/v1/namespaces/shop/daemonsets": 403,
        "/api/v1/namespaces/other/pods": 403,
    }
    found = {path: server.request("GET", path, token=TOKEN)[0] for path in expected}
    assert found == expected
    assert server.request("DELETE", f"{shop}/pods", token=TOKEN)[0] == 403
