# SPDX-License-Identifier: Apache-2.0
"""Replication between buckets of two real S3 servers: how far it is, and every way it stops."""

import json
import re
import time

import pytest
from s3_pairs import DENIED, errors, plan, wait_for, wait_for_error
from services.aws_api import RULE, AwsApi
from services.minio import SECRET, USER, Minio
from services.s3_gateway import Gateway
from services.s3_pair import PREFIX, Pair
from services.support import ROOT, wait_until


@pytest.fixture(name="servers", scope="module")
def fixture_servers(module_estate):
    return [module_estate.keep(Minio(module_estate.new_directory(), name)).start()
            for name in ("source", "destination")]


@pytest.fixture(name="pair")
def fixture_pair(servers, request):
    """New buckets of the test's own."""
    name = request.node.name.replace("_", "-")[:50]
    return Pair(*servers, name)


def test_replicated_tidied_and_restarted(estate, pair):
    exporter = estate.exporter(plan({"s3": pair.settings(canary_interval="500ms")}))
    wait_for(exporter, "pass")
    wait_until(lambda: len(pair.destination.client.keys(pair.copy, PREFIX)) >= 6, 20, "canaries")
    metrics = exporter.metrics()
    assert metrics.value("dr_recovery_point_age_seconds", source="s3") < 6
    assert len(pair.source.client.keys(pair.data, PREFIX)) <= 5
    assert metrics.find("dr_s3_versioning_enabled")[0][1] == 1
    assert metrics.value("dr_s3_replication_rule_active", prefix=PREFIX) == 1
    exporter.stop()
    # What is there tells a new one at once.
    other = estate.exporter(plan({"s3": pair.settings(canary_interval="1h")}, rpo="2h"))
    wait_for(other, "pass", 5)
    assert not errors(other)


def test_rule_disabled_deleted_or_for_other_keys(estate, pair):
    exporter = estate.exporter(plan({"s3": pair.settings()}))
    wait_for(exporter, "pass")
    pair.set_rule(status="Disabled")
    wait_for_error(exporter, "no enabled replication rule")
    pair.set_rule()
    wait_for(exporter, "pass")
    pair.set_rule(prefix="other/")
    wait_until(lambda: exporter.metrics().check("s3") != "pass", 10, "the wrong prefix")
    assert exporter.metrics().value("dr_s3_replication_rule_active", prefix=PREFIX) == 0
    pair.set_rule()
    wait_for(exporter, "pass")
    pair.delete_rule()
    wait_for_error(exporter, "has no replication rule")


@pytest.mark.slow
def test_rule_off_between_two_canaries(estate, pair):
    """What was written then never comes, and newer canaries do."""
    exporter = estate.exporter(plan({"s3": pair.settings(canary_interval="8s")}, rpo="14s"))
    wait_for(exporter, "pass")
    pair.set_rule(status="Disabled")
    wait_for_error(exporter, "no enabled replication rule")
    pair.source.client.put(pair.data, "data/never")
    pair.set_rule()
    wait_for(exporter, "fail", 40)
    assert not pair.destination.client.keys(pair.copy, "data/")
    assert exporter.metrics().value("dr_s3_canaries_pending", source="s3") >= 1


@pytest.mark.slow
def test_destination_gone_and_back(estate, servers):
    proxy = estate.proxy(servers[1].port)
    pair = Pair(*servers, "gone", proxy.port)
    exporter = estate.exporter(plan({"s3": pair.settings()}))
    wait_for(exporter, "pass")
    # The line between the stores, while both are there for us.
    proxy.stop()
    wait_for(exporter, "fail")
    age = exporter.metrics().value("dr_recovery_point_age_seconds", source="s3")
    assert age > 10
    assert exporter.metrics().value("dr_s3_canaries_pending", source="s3") >= 5
    assert not errors(exporter)


def sampled(exporter, status):
    return exporter.metrics().value("dr_s3_sampled_objects", prefix="data/", status=status)


@pytest.mark.slow
def test_object_that_is_not_replicated_holds_back(estate, pair):
    pair.set_rule(prefix=PREFIX)
    pair.source.client.put(pair.data, "data/1")
    pair.set_rule()
    plans = plan({"s3": pair.settings(sample_prefixes=["data/"])}, rpo="3s")
    exporter = estate.exporter(plans)
    # It was written when no rule was there for it, and never goes over by itself.
    wait_for(exporter, "fail")
    assert sampled(exporter, "none") == 1
    for number in range(2, 30):
        pair.source.client.put(pair.data, f"data/{number}")
    wait_until(lambda: sampled(exporter, "replicated") == 28, 20, "28 newer objects")
    assert exporter.metrics().check("s3") == "fail"
    pair.source.client.put(pair.data, "data/1", b"again")
    wait_for(exporter, "pass")
    assert sampled(exporter, "replicated") == 29


def test_failed_object_outlives_a_restart(estate, servers):
    """The store refuses one object, and never tries it again; all newer ones come."""
    gateway = estate.keep(Gateway(servers[1].port))
    pair = Pair(*servers, "failed", gateway.port)

    def refuse(handler):
        return "data/1" in handler.path and handler.answer(403, DENIED) is None
    gateway.fault = refuse
    pair.source.client.put(pair.data, "data/1")
    for number in range(2, 30):
        pair.source.client.put(pair.data, f"data/{number}")
    plans = plan({"s3": pair.settings(sample_prefixes=["data/"])}, rpo="3s")
    for _ in range(2):
        exporter = estate.exporter(plans)
        wait_for(exporter, "fail")
        wait_until(lambda: sampled(exporter, "replicated") == 18, 20, "those that are let through")
        assert sampled(exporter, "failed") == 11
        assert exporter.metrics().check("s3") == "fail"
        exporter.stop()
    gateway.fault = None
    exporter = estate.exporter(plans)
    for number in [1, *range(10, 20)]:
        pair.source.client.put(pair.data, f"data/{number}", b"again")
    wait_for(exporter, "pass")


def test_without_canaries(estate, pair):
    """It only reads then; a prefix without objects proves nothing."""
    pair.source.client.put(pair.data, "data/1")
    settings = pair.settings(sample_prefixes=["data/"])
    del settings["canary_prefix"], settings["canary_interval"]
    exporter = estate.exporter(plan({"s3": settings}, rpo="3s"))
    wait_for(exporter, "pass")
    empty = estate.exporter(plan({"s3": {**settings, "sample_prefixes": ["data/", "dta/"]}}))
    wait_for_error(empty, 'no object begins with "dta/"')
    pair.set_rule(prefix="data/1")
    pair.source.client.put(pair.data, "data/2")
    wait_for_error(exporter, "no enabled replication rule")
    pair.set_rule()
    # The rule is good again, but it came too late for this one.
    wait_for(exporter, "fail")
    assert sampled(exporter, "none") == 1
    pair.source.client.put(pair.data, "data/2", b"again")
    wait_for(exporter, "pass")
    assert not pair.source.client.keys(pair.data, PREFIX)
    assert empty.metrics().check("s3") == "unknown"


@pytest.mark.slow
def test_object_that_is_written_again_and_again(estate, servers):
    """It always looks new, whatever the destination has."""
    proxy = estate.proxy(servers[1].port)
    pair = Pair(*servers, "again", proxy.port)
    pair.source.client.put(pair.data, "data/1")
    settings = pair.settings(sample_prefixes=["data/"])
    del settings["canary_prefix"], settings["canary_interval"]
    exporter = estate.exporter(plan({"s3": settings}, rpo="5s"))
    wait_for(exporter, "pass")
    proxy.stop()

    def is_late():
        pair.source.client.put(pair.data, "data/1", str(time.time()).encode())
        return exporter.metrics().check("s3") == "fail"
    wait_until(is_late, 25, f"the age to be seen; {errors(exporter)}")


@pytest.mark.slow
def test_replica_that_was_deleted(estate, pair):
    """The source says COMPLETED for ever."""
    pair.source.client.put(pair.data, "data/1")
    exporter = estate.exporter(plan({"s3": pair.settings(sample_prefixes=["data/"])}, rpo="3s"))
    wait_for(exporter, "pass")
    pair.destination.client.delete(pair.copy, "data/1")
    wait_for(exporter, "fail")
    assert sampled(exporter, "lost") == 1


def test_canaries_that_vanished(estate, pair):
    """Old ones go by the lifecycle of the destination, but not while others stay."""
    then = (round(time.time()) - 2 * 86400) * 1000
    old = [f"{PREFIX}dr-canary-{then + 60000 * number}-0123456789abcdef" for number in range(2)]
    client = pair.destination.client
    for key in old:
        pair.source.client.put(pair.data, key)
    wait_until(lambda: client.keys(pair.copy, PREFIX) == old, 20, "both")
    client.delete(pair.copy, old[0])
    exporter = estate.exporter(plan({"s3": pair.settings()}))
    wait_until(lambda: len(client.keys(pair.copy, PREFIX)) >= 5, 20, "new ones")
    assert exporter.metrics().value("dr_s3_canary_failed", source="s3") == 1
    assert exporter.metrics().check("s3") == "unknown"
    assert old[0] in pair.source.client.keys(pair.data, PREFIX)
    client.delete(pair.copy, old[1])
    wait_for(exporter, "pass")
    assert exporter.metrics().value("dr_s3_canary_failed", source="s3") == 0
    wait_until(lambda: len(pair.source.client.keys(pair.data, PREFIX)) <= 5, 10, "to be tidied up")


@pytest.mark.slow
def test_two_exporters_share_the_canaries(estate, pair):
    """No one disturbs the other, and together they write no more than one does."""
    exporters = [estate.exporter(plan({"s3": pair.settings()})) for _ in range(2)]
    for exporter in exporters:
        wait_for(exporter, "pass")
    wait_until(lambda: len(pair.destination.client.keys(pair.copy, PREFIX)) >= 8, 20, "canaries")
    for exporter in exporters:
        assert not errors(exporter)
        assert exporter.metrics().check("s3") == "pass"
    assert len(pair.source.client.keys(pair.data, PREFIX)) <= 6


def test_not_the_bucket_that_is_replicated_to(estate, pair):
    """A copy by other means, in a bucket that the rule does not name."""
    client = pair.destination.client
    other = client.create_bucket("other-copy", versioning=True)
    exporter = estate.exporter(plan({"s3": pair.settings(destination_bucket=other)}))
    wait_until(lambda: pair.source.client.keys(pair.data, PREFIX), 10, "a canary")
    for key in pair.source.client.keys(pair.data, PREFIX):
        client.put(other, key)
    wait_for_error(exporter, "no enabled replication rule")


def test_versioning_suspended(estate, servers):
    """MinIO refuses that while a rule needs it, S3 does not: before the rule is there."""
    pair = Pair(*servers, "suspended")
    pair.delete_rule()
    pair.destination.client.set_versioning(pair.copy, "Suspended")
    exporter = estate.exporter(plan({"s3": pair.settings()}))
    wait_for_error(exporter, "versioning of the destination's bucket is not enabled")


def test_wrong_key_and_missing_bucket(estate, pair, tmp_path):
    (tmp_path / "secret").write_text("wrong-secret\n")
    pair.source.client.put(pair.data, PREFIX + "dr-canary-1700000000000-0123456789abcdef")
    for end in "source", "destination":
        for wrong in ({"secret_access_key_file": str(tmp_path / "secret")},
                      {"access_key_id": "nobody"}):
            settings = pair.settings(**{f"{end}_{key}": value for key, value in wrong.items()})
            exporter = estate.exporter(plan({"s3": settings}))
            wait_for_error(exporter, f"{end}: ")
            assert set(exporter.failures("s3")) == {"auth"}, errors(exporter)
            assert exporter.metrics().check("s3") == "unknown"
            assert "wrong-secret" not in exporter.log()
            exporter.stop()
    exporter = estate.exporter(plan({"s3": pair.settings(destination_bucket="nowhere")}))
    wait_for_error(exporter, "there is no such bucket")


@pytest.mark.slow
def test_least_privilege(estate, pair, tmp_path):
    """The policies of the documentation are enough."""
    text = (ROOT / "collectors/README.md").read_text()
    blocks = re.findall(r"```json\n(.*?)```", text[text.index("at the source, and at the dest"):],
                        re.DOTALL)
    names = {'"s3:DeleteObjectVersion"': '"s3:DeleteObjectVersion", "s3:DeleteObject"',
             "example-invoices-dr": pair.copy, "example-invoices": pair.data,
             "dr-exporter/": PREFIX, "invoices/2026/": "data/"}
    pair.source.client.put(pair.data, "data/1")
    settings = pair.settings(sample_prefixes=["data/"])
    for end, server, policy in zip(("source", "destination"), (pair.source, pair.destination),
                                   blocks):
        for name, real in names.items():
            policy = policy.replace(name, real)
        key, secret, token = server.client.assume_role(json.loads(policy))
        path = tmp_path / end
        path.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
                        f"aws_session_token = {token}\n")
        for setting in "access_key_id", "secret_access_key_file":
            del settings[f"{end}_{setting}"]
        settings[f"{end}_credentials_file"] = str(path)
    exporter = estate.exporter(plan({"s3": settings}))
    wait_for(exporter, "pass")
    # Also to look for what is not at the destination, and to remove canaries.
    pair.destination.client.delete(pair.copy, "data/1")
    wait_until(lambda: exporter.metrics().value("dr_s3_sampled_objects", prefix="data/",
                                                status="lost") == 1, 10, "what is lost")
    wait_until(lambda: len(pair.destination.client.keys(pair.copy, PREFIX))
               > len(pair.source.client.keys(pair.data, PREFIX)) > 1, 10,
               f"one to be removed; {errors(exporter)}")
    assert not errors(exporter)


def test_worse_of_canaries_and_cloudwatch(estate, pair):
    api = estate.keep(AwsApi((pair.data, pair.copy), ("us-east-1", "us-east-1"), USER, SECRET))
    api.replicate(latency=0)
    settings = pair.settings(cloudwatch_rule_id=RULE, source_region="us-east-1",
                             destination_region="us-east-1")
    exporter = estate.exporter(plan({"s3": settings}, rpo="5m"),
                               environment={"AWS_ENDPOINT_URL_CLOUDWATCH": api.url})
    wait_for(exporter, "pass")
    metrics = exporter.metrics()
    newest = max(api.points["ReplicationLatency"])
    assert newest - 2 < metrics.value("dr_recovery_point_timestamp_seconds", source="s3") <= newest
    assert metrics.value("dr_s3_canary_replicated_timestamp_seconds", source="s3") > newest
    api.replicate(latency=900, pending=1)
    wait_for(exporter, "fail")
    api.replicate(latency=0)
    wait_for(exporter, "pass")
    api.points["OperationsPendingReplication"] = {}
    wait_for(exporter, "unknown")
    metrics = exporter.metrics()
    assert not metrics.find("dr_s3_replication_latency_seconds")
    assert (metrics.value("dr_recovery_point_timestamp_seconds", source="s3")
            <= max(api.points["ReplicationLatency"]))
    api.replicate(latency=0)
    # Canaries stop, and CloudWatch says that all is well.
    pair.set_rule(prefix=PREFIX + "other")
    wait_for(exporter, "unknown")
