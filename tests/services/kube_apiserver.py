# SPDX-License-Identifier: Apache-2.0
"""A real Kubernetes API server for custom resources, with etcd, built from its Go modules."""

import json
import os
import ssl
import subprocess
import urllib.error
import urllib.request

from .certificates import Authority
from .go_modules import build
from .process import Process
from .support import ROOT, find_program, free_port, wait_until

MODULE = ROOT / "tests/services/kubernetes"
ADMIN = "token-of-the-administrator"

# Group → version, and kind → plural; the schema leaves open what the tests put into the objects.
KINDS = {
    "velero.io": {"Backup": "backups", "BackupStorageLocation": "backupstoragelocations",
                  "Schedule": "schedules"},
    "postgresql.cnpg.io": {"Backup": "backups", "Cluster": "clusters"},
    "barmancloud.cnpg.io": {"ObjectStore": "objectstores"},
}


def definition(group, kind, plural):
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": "Namespaced",
                 "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural,
                           "singular": kind.lower()},
                 "versions": [{"name": "v1", "served": True, "storage": True,
                               "subresources": {"status": {}},
                               "schema": {"openAPIV3Schema": {
                                   "type": "object",
                                   "properties": {"spec": schema, "status": schema}}}}]}}


class KubeApiserver:
    """`users` maps names to tokens; they may do what the Roles in the YAML file allow them."""

    def __init__(self, directory, users, roles):
        self.directory = directory
        self.authority = Authority(directory)
        self.certificate, self.key = self.authority.issue("server", "/CN=k", "127.0.0.1")
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        lines = [f'{ADMIN},admin,1,"system:masters"']
        lines += [f'{token},{name},{name},"system:serviceaccounts"'
                  for name, token in users.items()]
        (directory / "users.csv").write_text("\n".join(lines) + "\n")
        client, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.etcd_url = client
        self.etcd = Process([find_program("etcd", "etcd-server"), "--data-dir", directory / "etcd",
                             "--listen-client-urls", client, "--advertise-client-urls", client,
                             "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                             "--initial-cluster", f"default={peer}", "--unsafe-no-fsync"],
                            directory / "etcd.log")
        program = build(MODULE, "dr-exporter-tests/kubernetes")
        self.process = Process([program, "-etcd", client, "-port", self.port, "-certificate",
                                self.certificate, "-key", self.key, "-client-ca",
                                self.authority.certificate, "-users", directory / "users.csv",
                                "-roles", roles], directory / "apiserver.log")
        self.context = ssl.create_default_context(cafile=str(self.authority.certificate))

    def start(self, timeout=60):
        self.etcd.start()
        self.process.start()
        wait_until(self.is_ready, timeout, "the API server")
        return self

    def is_ready(self):
        if not self.process.running or not self.etcd.running:
            raise RuntimeError(self.process.log()[-2000:] + self.etcd.log()[-2000:])
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def stop(self):
        self.process.kill()
        self.etcd.kill()

    def request(self, method, path, body=None, token=ADMIN):
        """(status, document or text)."""
        request = urllib.request.Request(
            self.url + path, method=method, data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}),
                                             urllib.request.HTTPSHandler(context=self.context))
        try:
            with opener.open(request, timeout=30) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            status, text = answer.code, answer.read().decode()
        return status, json.loads(text) if text.startswith("{") else text

    def must(self, method, path, body=None):
        status, document = self.request(method, path, body)
        assert status in (200, 201), (status, document)
        return document

    # --- Objects. ---

    def install(self, group):
        """The resources of Velero or CloudNativePG."""
        for kind, plural in KINDS[group].items():
            self.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                      definition(group, kind, plural))
        wait_until(lambda: all(self.request("GET", f"/apis/{group}/v1/{plural}")[0] == 200
                               for plural in KINDS[group].values()), 30, f"{group} to be served")

    @staticmethod
    def path_of(item):
        group = item["apiVersion"].partition("/")[0]
        return (f"/apis/{item['apiVersion']}/namespaces/{item['metadata']['namespace']}/"
                f"{KINDS[group][item['kind']]}")

    def create(self, item):
        """The object first, and then its status, as a controller writes it."""
        created = self.must("POST", self.path_of(item), item)
        if "status" in item:
            path = f"{self.path_of(item)}/{item['metadata']['name']}/status"
            created = self.must("PUT", path, {**created, "status": item["status"]})
        return created

    def set_status(self, item, **status):
        path = f"{self.path_of(item)}/{item['metadata']['name']}"
        current = self.must("GET", path)
        return self.must("PUT", path + "/status",
                         {**current, "status": {**current.get("status", {}), **status}})

    def remove(self, item):
        self.must("DELETE", f"{self.path_of(item)}/{item['metadata']['name']}")

    def compact(self, resource_version):
        """etcd forgets the states before: lists that are being read in pages expire."""
        subprocess.run([find_program("etcdctl", "etcd-client"), "--endpoints", self.etcd_url,
                        "compact", str(resource_version)], check=False, capture_output=True,
                       env={**os.environ, "ETCDCTL_API": "3"})
