# SPDX-License-Identifier: Apache-2.0
"""Backups of Velero and CloudNativePG, as objects of a Kubernetes cluster."""

import base64
import json
import threading
import time
from datetime import datetime, timezone

import pytest
import yaml
from backup_plans import error_of, plan, state, wait_for_all
from services.certificates import Authority
from services.documents import cut, garbage, hang
from services.kubernetes_api import (KubernetesApi, Refusal, cnpg_backup, cnpg_cluster,
                                     storage_location, thing, velero_backup)
from services.support import ROOT, wait_until

DIRECT = {"no_proxy": "*", "NO_PROXY": "*"}
TOKEN = "t0ken-that-nobody-sees"
VELERO = {"format": "velero", "set": "nightly"}
HERE = {**VELERO, "repository": "default"}
CNPG = {"format": "cnpg", "namespace": "db"}


def stamp(age):
    return datetime.fromtimestamp(time.time() - age, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def times(age, seconds=300):
    """Of a Velero backup that began so long ago."""
    return {"startTimestamp": stamp(age), "completionTimestamp": stamp(age - seconds),
            "expiration": stamp(age - 30 * 86400)}


def available(name="default"):
    return storage_location(name, phase="Available", lastValidationTime=stamp(20))


def velero_objects(*backups, locations=None):
    return {"velero.io/v1/backups": list(backups),
            "velero.io/v1/backupstoragelocations": locations or [available()],
            "velero.io/v1/schedules": [
                thing("velero.io/v1", "Schedule", "velero", "nightly",
                      spec={"schedule": "0 2 * * *", "template": {}})]}


def cnpg_objects(*backups, **status):
    return {"postgresql.cnpg.io/v1/backups": list(backups),
            "postgresql.cnpg.io/v1/clusters": [cnpg_cluster("orders", **status)]}


class Cluster:
    """An API server with its certificates."""

    def __init__(self, estate, objects, rights=None):
        self.directory = estate.new_directory()
        self.authority = Authority(self.directory)
        certificate, key = self.authority.issue("server", "/CN=kubernetes", "127.0.0.1")
        self.api = estate.keep(KubernetesApi(objects, rights or {TOKEN: None}, certificate, key,
                                             self.authority.certificate))
        self.token_file = self.directory / "token"
        self.token_file.write_text(TOKEN + "\n")

    def settings(self, **others):
        return {"api_server": self.api.url, "token_file": str(self.token_file),
                "ca_file": str(self.authority.certificate), **others}

    def kubeconfig(self, name, **user):
        path = self.directory / name
        ca_data = base64.b64encode(self.authority.certificate.read_bytes()).decode()
        path.write_text(yaml.safe_dump({
            "apiVersion": "v1", "kind": "Config", "current-context": "west",
            "clusters": [{"name": "c", "cluster": {"server": self.api.url,
                                                   "certificate-authority-data": ca_data}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "west", "context": {"cluster": "c", "user": "u",
                                                      "namespace": "db"}}]}))
        return str(path)


def start(estate, sources, **options):
    exporter = estate.exporter(plan(sources, **options), environment=DIRECT)
    wait_for_all(exporter)
    return exporter


@pytest.mark.sanitized
def test_pages(estate):
    """600 backups on three pages: all are read, of one state, compressed, with one connection."""
    backups = [velero_backup(f"nightly-{i}", "nightly", **times(600 + 60 * i)) for i in range(600)]
    cluster = Cluster(estate, velero_objects(*backups, velero_backup("other", "weekly",
                                                                     **times(60))))
    exporter = start(estate, {"pages": {**VELERO, **cluster.settings()}}, timeout=5)
    metrics = exporter.metrics()
    assert state(metrics, "pages") == "pass", exporter.log()
    # As of its start, not of its end.
    assert metrics.value("dr_recovery_point_age_seconds", source="pages") == \
        pytest.approx(600, abs=15)
    assert metrics.value("dr_backup_usable_backups", source="pages", repository="default",
                         set="nightly") == 600
    asked = [(parameters, headers) for path, parameters, headers in cluster.api.requests
             if path == "/apis/velero.io/v1/namespaces/velero/backups"][:3]
    assert [set(parameters) for parameters, _ in asked] == [
        {"limit", "labelSelector"}, {"limit", "labelSelector", "continue"},
        {"limit", "labelSelector", "continue"}]
    assert all("resourceVersion" not in parameters for parameters, _ in asked)
    assert asked[0][0]["labelSelector"] == "velero.io/schedule-name=nightly"
    assert all("gzip" in headers["Accept-Encoding"] for _, headers in asked)
    cluster.api.expirations = 2
    wait_until(lambda: cluster.api.expirations == 0, what="two lists to expire")
    time.sleep(0.5)
    assert exporter.failures("pages") == {}
    assert exporter.metric("dr_backup_usable_backups", source="pages") == 600
    cluster.api.expirations = 10**9
    wait_until(lambda: exporter.failures("pages"), what="the failure")
    assert exporter.failures("pages") == {"inconsistent": pytest.approx(1, abs=3)}
    assert exporter.check("pages", "corruption") == "unknown"
    assert TOKEN not in exporter.log() + exporter.metrics().text


def test_credentials(estate):
    """Token, client certificate, kubeconfig; each that is not enough is told apart."""
    backups = [velero_backup("n", "nightly", **times(600))]
    cluster = Cluster(estate, {**velero_objects(*backups), **cnpg_objects()}, {
        TOKEN: None, "little": {("velero", "backups"), ("velero", "schedules")}})
    cluster.authority.issue("client", "/CN=dr-exporter")
    stranger = Authority(cluster.directory, "stranger")
    for name in ("little", "wrong"):
        (cluster.directory / name).write_text(name)
    by_certificate = {"client-certificate": "client.pem", "client-key": "client.key"}
    exec_user = {"exec": {"command": "/bin/true", "apiVersion": "client.authentication.k8s.io/v1"}}
    cases = {
        "token": (cluster.settings(), None, None),
        "certificate": ({"kubeconfig": cluster.kubeconfig("by_certificate", **by_certificate)},
                        None, None),
        "config-token": ({"kubeconfig": cluster.kubeconfig("by_token", token=TOKEN),
                          "context": "west"}, None, None),
        "exec": ({"kubeconfig": cluster.kubeconfig("by_exec", **exec_user)}, "auth",
                 "gets its credentials from a program (exec)"),
        "nobody": ({"kubeconfig": cluster.kubeconfig("by_nobody")}, "auth", "status 401"),
        "wrong": (cluster.settings(token_file=str(cluster.directory / "wrong")), "auth",
                  "status 401"),
        "little": (cluster.settings(token_file=str(cluster.directory / "little")), "permission",
                   "not allowed to list backupstoragelocations of velero.io/v1 in namespace velero;"
                   " apply deploy/kubernetes/rbac-backup.yaml"),
        "stranger": (cluster.settings(ca_file=str(stranger.certificate)), "tls", "certificate"),
        "absent": (cluster.settings(token_file="/nonexistent/token"), "not_found", "/nonexistent"),
        "pod": ({}, "not_found", "not in a Kubernetes cluster"),
        "elsewhere": (cluster.settings(namespace="backup"), "not_found",
                      "no BackupStorageLocation"),
        "unscheduled": (cluster.settings(set="hourly"), "not_found", "neither a Schedule"),
    }
    exporter = start(estate, {name: {**VELERO, **settings}
                              for name, (settings, _, _) in cases.items()}, timeout=5)
    metrics = exporter.metrics()
    for name, (_, kind, message) in cases.items():
        assert set(exporter.failures(name)) == ({kind} if kind else set()), error_of(exporter, name)
        assert state(metrics, name) == ("unknown" if kind else "pass"), name
        assert message is None or message in error_of(exporter, name), error_of(exporter, name)
    # A token that is replaced is used without a failure in between.
    cluster.api.rights = {"fresh": None, TOKEN: None}
    cluster.token_file.write_text("fresh\n")
    wait_until(lambda: cluster.api.requests[-1][2].get("Authorization") == "Bearer fresh" or None)
    del cluster.api.rights[TOKEN]
    time.sleep(1)
    assert exporter.failures("token") == {}
    assert TOKEN not in exporter.log()


def cut_off(handler):
    """Keeps no connection, so that the client need not wait for the rest."""
    cut(handler)
    handler.close_connection = True


def redirect(handler):
    handler.answer(302, b"", {"Location": "https://127.0.0.1:1/"})


def refuse(code, reason):
    def answer(handler):
        handler.answer(code, Refusal(code, reason, "etcdserver: leader changed").document)
    return answer


@pytest.mark.slow
@pytest.mark.sanitized
def test_api_fails(estate):
    """Each failure has its reason, what was known grows old, and nothing passes."""
    cluster = Cluster(estate, velero_objects(velero_backup("n", "nightly", **times(600))))
    exporter = start(estate, {"velero": {**VELERO, **cluster.settings()}})
    assert exporter.check("velero", "corruption") == "pass"
    # A log tells of a failure when its reason changes.
    faults = [
        (garbage, "protocol", ""),
        (cut_off, "connect", ""),
        (lambda handler: handler.answer(200, b"<html>Log in</html>"), "protocol", "<html>Log in"),
        (refuse(500, "InternalError"), "query", "(status 500): etcdserver: leader changed"),
        (lambda handler: handler.answer(200, b'{"kind":"APIResourceList"}'), "protocol", "items"),
        (refuse(410, "Expired"), "inconsistent", "expired"),
        (redirect, "protocol", "status 302 of the API server"),
        (hang, "timeout", "no complete answer in time"),
        (refuse(429, "TooManyRequests"), "query", "(status 429)"),
    ]
    for fault, reason, message in faults:
        before = exporter.failures("velero").get(reason, 0)
        cluster.api.answer_instead = fault
        wait_until(lambda reason=reason, before=before:
                   exporter.failures("velero").get(reason, 0) > before, 10, f"{reason}")
        assert exporter.check("velero", "corruption") == "unknown"
        wait_until(lambda message=message: message in error_of(exporter, "velero"), 5, message)
    assert exporter.metric("dr_recovery_point_age_seconds", source="velero") >= 600
    cluster.api.answer_instead = None
    exporter.wait_for_check("velero", "pass", "corruption")
    cluster.api.stop()
    wait_until(lambda: exporter.failures("velero").get("connect", 0) > 1, 10, "the failure")
    assert exporter.check("velero", "corruption") == "unknown"


def test_velero_states(estate):
    """What is newest but no complete backup does not count; a location that is lost fails."""
    old = velero_backup("old", "nightly", **times(7200))
    cluster = Cluster(estate, velero_objects(old))
    exporter = start(estate, {"velero": {**HERE, **cluster.settings()},
                              "partial": {**HERE, **cluster.settings(), "accept_partial": True},
                              "never": {**VELERO, **cluster.settings(), "set": "weekly"}})
    assert exporter.check("velero", "corruption") == "fail"
    backups = cluster.api.objects["velero.io/v1/backups"]
    schedules = cluster.api.objects["velero.io/v1/schedules"]
    schedules.append(thing("velero.io/v1", "Schedule", "velero", "weekly", spec={"template": {}}))
    exporter.wait_for_check("never", "fail", "corruption")
    assert exporter.metric("dr_backup_usable_backups", source="never") == 0
    assert exporter.metric("dr_recovery_point_timestamp_seconds", source="never") is None
    backups.append(velero_backup("new", "nightly", "PartiallyFailed", **times(600)))
    exporter.wait_for_check("partial", "pass", "corruption")
    assert exporter.check("velero", "corruption") == "fail"
    assert exporter.metric("dr_backup_failures_since_success", source="velero") == 1
    backups.append(velero_backup("running", "nightly", "InProgress", startTimestamp=stamp(10)))
    backups.append(velero_backup("good", "nightly", **times(300, 60)))
    exporter.wait_for_check("velero", "pass", "corruption")
    lost = storage_location(phase="Unavailable", message="AccessDenied",
                            lastValidationTime=stamp(20))
    cluster.api.objects["velero.io/v1/backupstoragelocations"] = [lost]
    exporter.wait_for_check("velero", "fail", "corruption")
    assert exporter.metric("dr_backup_repository_up", source="velero") == 0
    # Velero stands still: what it said of its location is of yesterday.
    cluster.api.objects["velero.io/v1/backupstoragelocations"] = [
        storage_location(phase="Available", lastValidationTime=stamp(86400))]
    exporter.wait_for_check("velero", "unknown", "corruption")
    assert "has not validated the storage location" in error_of(exporter, "velero")
    cluster.api.objects["velero.io/v1/backupstoragelocations"] = [available("other")]
    exporter.wait_for_check("velero", "fail", "corruption")
    cluster.api.objects = cnpg_objects()
    exporter.wait_for_check("velero", "unknown", "corruption")
    assert "Velero is not installed" in error_of(exporter, "velero")


def test_two_locations(estate):
    """Trap B4: the one that is out of date is not hidden by the other one."""
    cluster = Cluster(estate, velero_objects(
        velero_backup("a", "nightly", **times(600)),
        velero_backup("b", "nightly", location="west", **times(86400)),
        locations=[available(), available("west")]))
    settings = {**VELERO, **cluster.settings()}
    exporter = start(estate, {"any": settings, "here": {**settings, "repository": "default"},
                              "west": {**settings, "repository": "west"},
                              "typo": {**settings, "repository": "wst"}})
    metrics = exporter.metrics()
    states = {name: state(metrics, name) for name in ("any", "here", "west", "typo")}
    assert states == {"any": "unknown", "here": "pass", "west": "fail", "typo": "unknown"}
    assert "choose one by \"repository\"" in error_of(exporter, "any")


def test_cnpg(estate):
    """By the API, and as documents that kubectl printed."""
    cluster = Cluster(estate, cnpg_objects())
    document = cluster.directory / "cnpg.json"
    text = plan({
        "api": {**CNPG, **cluster.settings()},
        "config": {"format": "cnpg", "kubeconfig": cluster.kubeconfig("config", token=TOKEN)},
        "document": {"format": "cnpg", "command": ["cat", str(document)]}}, timeout=3)
    exporter = estate.exporter(text, environment=DIRECT)
    names = ("api", "config", "document")

    def publish(objects):
        cluster.api.objects = objects
        items = [item for key in objects for item in objects[key]]
        document.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))

    def wait_for(wanted):
        wait_until(lambda: [exporter.check(name, "corruption") for name in names] == [wanted] * 3,
                   10, wanted)

    publish(cnpg_objects())
    wait_for("fail")
    publish(cnpg_objects(cnpg_backup("b", "orders", startedAt=stamp(900), stoppedAt=stamp(600)),
                         cnpg_backup("c", "orders", "running", startedAt=stamp(60))))
    wait_for("pass")
    for name in names:
        assert exporter.metric("dr_recovery_point_age_seconds", source=name) == \
            pytest.approx(600, abs=15)
        assert exporter.metric("dr_backup_usable_backups", source=name, set="orders",
                               repository="barmanObjectStore") == 1
    # The plugin's object store is newer than any Backup object.
    store = thing("barmancloud.cnpg.io/v1", "ObjectStore", "db", "west", status={
        "serverRecoveryWindow": {"orders": {"firstRecoverabilityPoint": stamp(864000),
                                            "lastSuccessfulBackupTime": stamp(120)}}})
    publish({"postgresql.cnpg.io/v1/clusters": [thing(
        "postgresql.cnpg.io/v1", "Cluster", "db", "orders", status={}, spec={"plugins": [
            {"name": "barman-cloud.cloudnative-pg.io",
             "parameters": {"barmanObjectName": "west"}}]})],
             "postgresql.cnpg.io/v1/backups": [],
             "barmancloud.cnpg.io/v1/objectstores": [store]})
    # Who saw the former repository misses it for a day; who begins now does not.
    wait_until(lambda: all(exporter.check(name, "corruption") != "pass" for name in names), 10,
               "the former repository to be missed")
    exporter.stop()
    exporter = estate.exporter(text, environment=DIRECT)
    wait_until(lambda: all((exporter.metric("dr_recovery_point_age_seconds", source=name) or 1e9)
                           < 300 for name in names), 10, "the window to be read")
    assert exporter.metric("dr_backup_recovery_window_oldest_timestamp_seconds", source="api") == \
        pytest.approx(time.time() - 864000, abs=15)
    publish({})
    wait_for("unknown")
    assert "CloudNativePG is not installed" in error_of(exporter, "api")
    assert "neither a Cluster nor a Backup" in error_of(exporter, "document")


def test_role_is_enough():
    """The file that messages name allows exactly what is asked for."""
    documents = list(yaml.safe_load_all(
        (ROOT / "deploy/kubernetes/rbac-backup.yaml").read_text()))
    rules = [rule for document in documents if document["kind"] == "Role"
             for rule in document["rules"]]
    allowed = {(group, resource) for rule in rules for group in rule["apiGroups"]
               for resource in rule["resources"]}
    assert allowed == {("velero.io", "backups"), ("velero.io", "backupstoragelocations"),
                       ("velero.io", "schedules"), ("postgresql.cnpg.io", "backups"),
                       ("postgresql.cnpg.io", "clusters"), ("barmancloud.cnpg.io", "objectstores")}
    assert all(rule["verbs"] == ["list"] for rule in rules)


def test_stops_at_once(estate):
    """Also while an API server holds the connection."""
    cluster = Cluster(estate, velero_objects())
    arrived = threading.Event()
    cluster.api.answer_instead = lambda handler: (arrived.set(), hang(handler))
    exporter = estate.exporter(plan({"velero": {**VELERO, **cluster.settings()}}, interval=60,
                                    timeout=30), environment=DIRECT)
    assert arrived.wait(10)
    assert exporter.stop() < 2
