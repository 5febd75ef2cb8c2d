# SPDX-License-Identifier: Apache-2.0
"""Backups that are objects of a real S3 server: which count, and every way of not getting them."""

import time
from pathlib import Path

import pytest
from backup_objects import age_of, objects, put, reason, text_of
from backup_plans import error_of, plan, state, wait_for_all
from services.documents import Documents, cut, endless, hang, trickle
from services.minio import Minio
from services.postgres import faketime_library
from services.s3 import S3Error
from services.support import wait_until


@pytest.fixture(name="minio", scope="module")
def fixture_minio(module_estate):
    return module_estate.keep(Minio(module_estate.new_directory())).start()


@pytest.fixture(name="bucket")
def fixture_bucket(minio, request):
    """A new bucket of the test's own."""
    name = request.node.name.replace("_", "-").replace("[", "-").rstrip("]")[:60]
    return minio.client.create_bucket(name)


@pytest.mark.sanitized
def test_what_counts(estate, minio, bucket):
    """Beside a good dump of two hours ago, within an RPO of one."""
    cases = {
        "good": (("new.dump", 600), {}, "pass", None),
        "only": (None, {}, "fail", None),
        "folder": (("new/", 600, b""), {}, "fail", None),
        "empty": (("new.dump", 600, b""), {}, "fail", "failed"),
        "temporary": (("new.tmp", 600), {}, "fail", "running"),
        "small": (("new.dump", 600, b"x"), {"min_size": "3B"}, "fail", "size"),
        "future": (("new.dump", -7200), {}, "fail", "future"),
        "ignored": (("new.md5", 600), {"ignore": ["*.md5"]}, "fail", "running"),
        "long": (("new.dump", 600), {"dump_duration": "3h"}, "fail", None),
    }
    for name, (made, _, _, _) in cases.items():
        put(minio, bucket, f"{name}/ä b+%/old.dump", 7200)
        if made:
            put(minio, bucket, f"{name}/{made[0]}", *made[1:])
    exporter = estate.exporter(plan({
        name: objects(minio, bucket, prefix=f"{name}/", schedule="1d", **settings)
        for name, (_, settings, _, _) in cases.items()}))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    for name, (_, _, wanted, why) in cases.items():
        assert state(metrics, name) == wanted, (name, error_of(exporter, name))
        assert reason(metrics, name) == why, name
        age = {"good": 600, "long": 600 + 10800}.get(name, 7200)
        assert age_of(metrics, name) == pytest.approx(age, abs=20), name
        assert metrics.value("dr_backup_repository_up", source=name) == 1
        assert metrics.value("dr_backup_recovery_window_oldest_timestamp_seconds",
                             source=name) is not None


def test_dates_in_keys(estate, minio, bucket):
    """The start of a dump is in its name; the date in the prefix finds it among many."""
    for age in (600, 90000, 40 * 86400):
        put(minio, bucket, text_of(age, "db/%Y/%m/%d/%H%M%S.dump"), age - 300)
    put(minio, bucket, "db/latest/README", 0)
    put(minio, bucket, text_of(40 * 86400, "rare/%Y/%m/db"), 40 * 86400)
    exporter = estate.exporter(plan({
        "daily": objects(minio, bucket, prefix="db/%Y/%m/%d/", name_time="%Y/%m/%d/%H%M%S"),
        "hidden": objects(minio, bucket, prefix="db/", name_time="%Y/%m/%d/%H%M%S"),
        "rare": objects(minio, bucket, prefix="rare/%Y/%m/", lookback="100d"),
        "past": objects(minio, bucket, prefix="rare/%Y/%m/%d", lookback="7d"),
        "none": objects(minio, bucket, prefix="none/%Y/%m/"),
    }))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    assert state(metrics, "daily") == "pass"
    assert age_of(metrics, "daily") == pytest.approx(600, abs=20)
    # What was left out may be older: how far back one could go is not known.
    assert metrics.value("dr_backup_recovery_window_oldest_timestamp_seconds",
                         source="daily") is None
    assert age_of(metrics, "hidden") == pytest.approx(600, abs=20)
    assert reason(metrics, "hidden") == "failed"
    assert state(metrics, "rare") == "fail"
    assert age_of(metrics, "rare") == pytest.approx(40 * 86400, abs=20)
    # There is something, though nothing of the time that was looked at.
    assert state(metrics, "past") == "unknown"
    assert state(metrics, "none") == "fail"
    assert metrics.value("dr_backup_usable_backups", source="none") == 0


def test_nothing_there_and_then_a_first_one(estate, minio, bucket):
    exporter = estate.exporter(plan({"first": objects(minio, bucket, prefix="db/")}))
    wait_for_all(exporter)
    assert state(exporter.metrics(), "first") == "fail"
    assert age_of(exporter.metrics(), "first") is None
    put(minio, bucket, "db/a", 60)
    wait_until(lambda: state(exporter.metrics(), "first") == "pass", 5, "the first backup")
    # A delete marker hides the versions below it.
    minio.client.set_versioning(bucket, "Enabled")
    put(minio, bucket, "db/a", 30)
    minio.client.delete(bucket, "db/a")
    wait_until(lambda: state(exporter.metrics(), "first") == "fail", 5, "the deletion")


@pytest.mark.sanitized
def test_faults_on_the_way(estate, minio, bucket):
    put(minio, bucket, "a", 60)
    proxy = estate.proxy(minio.port)
    exporter = estate.exporter(plan({"a": objects(minio, bucket, port=proxy.port),
                                     "b": objects(minio, bucket)}))
    for fault in (proxy.cut, proxy.stall, proxy.garbage, lambda: proxy.trickle(100)):
        wait_until(lambda: state(exporter.metrics(), "a") == "pass", 10, "the way to be good")
        fault()
        proxy.reset_connections()
        wait_until(lambda: exporter.metric("dr_source_up", source="a") == 0, 5, "the fault to show")
        assert state(exporter.metrics(), "a") == "unknown"
        assert state(exporter.metrics(), "b") == "pass"
        proxy.heal()
    wait_until(lambda: state(exporter.metrics(), "a") == "pass", 10, "the way to be good")


EMPTY = '<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'
ONE = EMPTY.replace("</ListB", "<Contents><Key>a</Key><LastModified>%s</LastModified><Size>4</Size>"
                    "</Contents></ListB")


def test_bad_answers(estate, minio):
    """Whatever a store or a proxy in front of it says, nothing is taken for an empty bucket."""
    def storm(status):
        def page(handler):
            handler.answer(status, b"<Error><Code>SlowDown</Code></Error>")
        return page

    def passing(handler):
        """Every other answer is a refusal, as in a short storm."""
        passing.count += 1
        body = (ONE % text_of(60)).encode()
        handler.answer(*((503, b"") if passing.count % 2 else (200, body)))
    passing.count = 0

    pages = {
        "html": ("<html><body>Welcome</body></html>", {"protocol"}),
        "nothing": ("", {"protocol"}),
        "half": (EMPTY[:-10], {"protocol"}),
        "cut": (cut, {"connect"}),
        "loop": (EMPTY.replace("false", "true"), {"protocol"}),
        "storm": (storm(503), {"query"}),
        "limit": (storm(429), {"query"}),
        "broken": (storm(500), {"query"}),
        "moved": (storm(301), {"inconsistent"}),
        "hang": (hang, {"timeout"}),
        "slow": (trickle, {"timeout"}),
        "endless": (endless, {"protocol"}),
        "passing": (passing, set()),
        "empty": (EMPTY, set()),
    }
    server = estate.keep(Documents({f"/{name}-bucket/": page
                                    for name, (page, _) in pages.items()}))
    exporter = estate.exporter(plan({
        name: {**objects(minio, f"{name}-bucket"), "endpoint": server.url("")} for name in pages}))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    for name, (_, kinds) in pages.items():
        assert set(exporter.failures(name)) == kinds, (name, error_of(exporter, name))
        wanted = {"passing": "pass", "empty": "fail"}.get(name, "unknown")
        assert state(metrics, name) == wanted, name


@pytest.mark.parametrize("skew", (-1200, -300, 300, 1200))
def test_clocks(estate, minio, bucket, skew):
    """A store whose clock is 5 minutes off is understood; 20 are refused by the store itself."""
    put(minio, bucket, "a", 600)
    exporter = estate.exporter(
        plan({"a": objects(minio, bucket)}),
        environment={"LD_PRELOAD": faketime_library(), "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                     "FAKETIME": f"{skew:+d}s"})
    wait_for_all(exporter)
    metrics = exporter.metrics()
    if abs(skew) < 900:
        assert state(metrics, "a") == "pass"
        assert age_of(metrics, "a") == pytest.approx(600, abs=20)
    else:
        assert state(metrics, "a") == "unknown"
        assert set(exporter.failures("a")) == {"inconsistent"}
        assert f"is 20m {'ahead of' if skew > 0 else 'behind'}" in \
            error_of(exporter, "a").replace("19m 59s", "20m")


def test_object_lock(estate, minio, bucket):
    """Only what nobody can delete for long enough survives ransomware."""
    locked = minio.client.create_bucket("locked-" + bucket[:40], lock=True)
    client = minio.client
    client.put_locked(locked, "good/a", 8)
    client.put_locked(locked, "short/a", 3)
    client.put_locked(locked, "governance/a", 8, mode="GOVERNANCE")
    client.put(locked, "none/a")
    put(minio, bucket, "other/a")
    client.put_locked(locked, "newest/a", 30)
    time.sleep(1.1)
    client.put(locked, "newest/b")
    with pytest.raises(S3Error):
        version = client.head(locked, "good/a").headers["x-amz-version-id"]
        client.delete(locked, "good/a", versionId=version)
    cases = {
        "good": (locked, {}, "pass", None),
        "short": (locked, {}, "fail", "mutable"),
        "patient": (locked, {"prefix": "short/", "immutable_for": "2d"}, "pass", None),
        "governance": (locked, {}, "fail", "mutable"),
        "accepted": (locked, {"prefix": "governance/", "accept_governance": True}, "pass", None),
        "none": (locked, {}, "fail", "mutable"),
        "other": (bucket, {}, "fail", "mutable"),
        "newest": (locked, {}, "pass", "mutable"),
    }
    sources = {name: {**objects(minio, where, **{"prefix": f"{name}/", **settings}),
                      "survives": ["corruption", "ransomware"]}
               for name, (where, settings, _, _) in cases.items()}
    exporter = estate.exporter(plan(sources, rpo="1h"))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    for name, (_, _, wanted, why) in cases.items():
        assert state(metrics, name) == wanted, (name, error_of(exporter, name))
        assert reason(metrics, name) == why, name


def test_etcd(estate, minio, bucket):
    """Snapshots by themselves, and directories of etcd-manager with their marker."""
    put(minio, bucket, "snapshots/etcd-snapshot-node-1", 600)
    put(minio, bucket, "snapshots/.metadata/etcd-snapshot-node-2", 10)
    for number, age in (1, 7200), (2, 600):
        directory = f"manager/{text_of(age)}-{number:06d}"
        put(minio, bucket, f"{directory}/etcd.backup.gz", age - 5)
        if number == 1:
            put(minio, bucket, f"{directory}/_etcd_backup.meta", age - 6)
    put(minio, bucket, "manager/control/etcd-cluster-created", 10)
    sources = {name: {**objects(minio, bucket, prefix=f"{name}/"), "format": "etcd"}
               for name in ("snapshots", "manager")}
    # Names of its directories tell when they were begun.
    del sources["manager"]["dump_duration"]
    exporter = estate.exporter(plan(sources))
    wait_for_all(exporter)
    metrics = exporter.metrics()
    assert state(metrics, "snapshots") == "pass"
    assert age_of(metrics, "snapshots") == pytest.approx(600, abs=20)
    assert state(metrics, "manager") == "fail"
    assert age_of(metrics, "manager") == pytest.approx(7200, abs=20)
    assert reason(metrics, "manager") == "running"
    put(minio, bucket, f"{directory}/_etcd_backup.meta", 590)
    wait_until(lambda: state(exporter.metrics(), "manager") == "pass", 5, "the marker")
    assert age_of(exporter.metrics(), "manager") == pytest.approx(600, abs=20)


def memory_peak_bytes(exporter):
    text = (Path("/proc") / str(exporter.process.pid) / "status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.mark.slow
def test_hundred_thousand(estate, minio, bucket):
    """All of them are listed; what is remembered of them is bounded."""
    client = minio.client
    key = f"many/{'x' * 80}-000000"
    put(minio, bucket, key, 7200)
    first = minio.directory / "data" / bucket / key
    content = (first / "xl.meta").read_bytes()
    # As MinIO keeps them, because to send so many would take minutes.
    for number in range(1, 100_000):
        other = first.with_name(f"{'x' * 80}-{number:06d}")
        other.mkdir()
        (other / "xl.meta").write_bytes(content)
    put(minio, bucket, "one/a", 60)
    small = estate.exporter(plan({"a": objects(minio, bucket, prefix="one/")}, timeout=60))
    large = estate.exporter(plan({"a": objects(minio, bucket, prefix="many/")}, timeout=60))
    for exporter in (small, large):
        wait_until(lambda: exporter.metric("dr_source_up", source="a") == 1, 90, "the list")
    assert age_of(large.metrics(), "a") == pytest.approx(7200, abs=200)
    put(minio, bucket, f"many/{'x' * 80}-050000-new", 60)
    wait_until(lambda: age_of(large.metrics(), "a") < 300, 90, "the new one")
    took = large.metric("dr_source_last_collection_duration_seconds", source="a")
    grown = memory_peak_bytes(large) - memory_peak_bytes(small)
    print(f"{took:.1f} s, {grown / 2**20:.1f} MiB more")
    assert grown < 16 * 2**20
    assert client.keys(bucket, "one/") == ["one/a"]
