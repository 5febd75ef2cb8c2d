# SPDX-License-Identifier: Apache-2.0
"""The same with a real Kubernetes API server: roles, pages, states that expire, certificates."""

import contextlib
import re
import threading
import time

import pytest
import yaml
from backup_plans import error_of, plan, state, wait_for_all
from services.kube_apiserver import KubeApiserver
from services.kubernetes_api import (cnpg_backup, cnpg_cluster, storage_location, thing,
                                     velero_backup)
from services.support import ROOT, wait_until

from test_backup_kubernetes import DIRECT, HERE, available, stamp, times

pytestmark = pytest.mark.slow

USER = "system:serviceaccount:dr-exporter:dr-exporter"
TOKEN = "token-of-the-exporter"


@pytest.fixture(name="server", scope="module")
def fixture_server(module_estate):
    """Velero and CloudNativePG are installed; the exporter may what the file in deploy/ allows."""
    server = module_estate.keep(KubeApiserver(
        module_estate.new_directory(), {USER: TOKEN, "stranger": "token-of-a-stranger"},
        ROOT / "deploy/kubernetes/rbac-backup.yaml")).start()
    (server.directory / "token").write_text(TOKEN)
    (server.directory / "stranger").write_text("token-of-a-stranger")
    return server


def settings(server, token="token", **others):
    return {"api_server": server.url, "token_file": str(server.directory / token),
            "ca_file": str(server.authority.certificate), **others}


def start(estate, sources, **options):
    exporter = estate.exporter(plan(sources, **options), environment=DIRECT)
    wait_for_all(exporter)
    return exporter


def test_not_installed(server, estate):
    exporter = start(estate, {"velero": {**HERE, **settings(server)}})
    assert exporter.failures("velero") == {"not_found": pytest.approx(1, abs=3)}
    assert "Velero is not installed" in error_of(exporter, "velero")
    server.install("velero.io")
    exporter = start(estate, {"velero": {**HERE, **settings(server)}})
    assert exporter.failures("velero") == {"not_found": pytest.approx(1, abs=3)}
    assert "no BackupStorageLocation" in error_of(exporter, "velero")


def test_roles_are_enough_and_needed(server, estate):
    server.create(available())
    for number in range(600):
        server.create(velero_backup(f"nightly-{number}", "nightly", **times(900 + number * 60)))
    server.authority.issue("admin", "/O=system:masters/CN=admin")
    kubeconfig = server.directory / "kubeconfig"
    kubeconfig.write_text(yaml.safe_dump({
        "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c",
                                                                       "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": server.url,
                                               "certificate-authority": "ca.pem"}}],
        "users": [{"name": "u", "user": {"client-certificate": "admin.pem",
                                         "client-key": "admin.key"}}]}))
    (server.directory / "wrong").write_text("wrong")
    cases = {
        "role": (settings(server), None, None),
        "certificate": ({"kubeconfig": str(kubeconfig)}, None, None),
        "elsewhere": (settings(server, namespace="other"), "permission",
                      "not allowed to list backupstoragelocations of velero.io/v1 in namespace "
                      "other; apply deploy/kubernetes/rbac-backup.yaml"),
        "stranger": (settings(server, "stranger"), "permission", "\"stranger\" cannot list"),
        "wrong": (settings(server, "wrong"), "auth", "status 401"),
    }
    exporter = start(estate, {name: {**HERE, **own} for name, (own, _, _) in cases.items()},
                     timeout=5)
    metrics = exporter.metrics()
    for name, (_, kind, message) in cases.items():
        assert set(exporter.failures(name)) == ({kind} if kind else set()), error_of(exporter, name)
        assert state(metrics, name) == ("unknown" if kind else "pass"), error_of(exporter, name)
        assert message is None or message in error_of(exporter, name), error_of(exporter, name)
        assert metrics.value("dr_backup_usable_backups", source=name) == (None if kind else 600)


def expired(server):
    """How many requests the API server has answered with 410."""
    text = server.request("GET", "/metrics")[1]
    return sum(float(value) for value in re.findall(
        r'^apiserver_request_total\{code="410".*\} (\S+)$', text, re.MULTILINE))


def test_states_expire(server, estate):
    """Lists begin anew, or are given up; none is ever half."""
    location = available()
    stop = threading.Event()

    def disturb():
        while not stop.is_set():
            # Both threads change it at times, which the API server refuses one of them.
            with contextlib.suppress(AssertionError):
                changed = server.set_status(location, lastValidationTime=stamp(0))
                server.compact(changed["metadata"]["resourceVersion"])

    threads = [threading.Thread(target=disturb) for _ in range(2)]
    exporter = start(estate, {"velero": {**HERE, **settings(server)}}, interval=0.1, timeout=5)
    for thread in threads:
        thread.start()
    try:
        end = time.monotonic() + 60
        while expired(server) < 5 and time.monotonic() < end:
            assert exporter.metric("dr_backup_usable_backups", source="velero") in (600, None)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert expired(server) >= 5
    # On a busy machine the beginnings together can take longer than there is time.
    assert set(exporter.failures("velero")) <= {"inconsistent", "timeout"}
    exporter.wait_for_check("velero", "pass", "corruption")


def test_velero_changes(server, estate):
    """A failed run, a location that is lost, and an API server that is silent."""
    exporter = start(estate, {"velero": {**HERE, **settings(server)}})
    failed = velero_backup("failed", "nightly", "Failed", failureReason="no space",
                           startTimestamp=stamp(60), completionTimestamp=stamp(30))
    server.create(failed)
    exporter.wait_for_metric("dr_backup_failures_since_success", 1, source="velero")
    assert exporter.check("velero", "corruption") == "pass"
    server.set_status(storage_location(), phase="Unavailable", message="AccessDenied")
    exporter.wait_for_check("velero", "fail", "corruption")
    server.set_status(storage_location(), phase="Available", lastValidationTime=stamp(0))
    exporter.wait_for_check("velero", "pass", "corruption")
    server.remove(storage_location())
    exporter.wait_for_check("velero", "unknown", "corruption")
    server.create(available())
    exporter.wait_for_check("velero", "pass", "corruption")
    server.process.pause()
    wait_until(lambda: exporter.failures("velero").get("timeout"), 15, "the timeout")
    assert exporter.check("velero", "corruption") == "unknown"
    server.process.resume()
    exporter.wait_for_check("velero", "pass", "corruption", timeout=20)


def test_cnpg(server, estate):
    """Without the plugin's object stores, and with them."""
    server.install("postgresql.cnpg.io")
    own = settings(server, namespace="databases")
    exporter = start(estate, {"cnpg": {"format": "cnpg", "set": "orders", **own}})
    assert "neither a Cluster nor a Backup" in error_of(exporter, "cnpg")

    def in_databases(item):
        return {**item, "metadata": {**item["metadata"], "namespace": "databases"}}

    server.create(in_databases(cnpg_cluster("orders", phase="Cluster in healthy state")))
    exporter.wait_for_check("cnpg", "fail", "corruption")
    backup = in_databases(cnpg_backup("b", "orders", "running", startedAt=stamp(900)))
    server.create(backup)
    server.set_status(backup, phase="completed", stoppedAt=stamp(600))
    exporter.wait_for_check("cnpg", "pass", "corruption")
    assert exporter.metric("dr_recovery_point_age_seconds", source="cnpg") == \
        pytest.approx(600, abs=20)
    server.install("barmancloud.cnpg.io")
    server.create(in_databases(thing(
        "barmancloud.cnpg.io/v1", "ObjectStore", "databases", "west", spec={"configuration": {}},
        status={"serverRecoveryWindow": {"orders": {
            "firstRecoverabilityPoint": stamp(86400), "lastSuccessfulBackupTime": stamp(60)}}})))
    # It is another repository than Barman in the operator: nobody chose.
    exporter.wait_for_check("cnpg", "unknown", "corruption")
    assert "choose one by \"repository\"" in error_of(exporter, "cnpg")
