# SPDX-License-Identifier: Apache-2.0
"""Replication between buckets of two real S3 servers: how far it is, and every way it stops."""

import pytest
from s3_pairs import PREFIX, Pair, plan
from services.minio import Minio
from services.support import wait_until


@pytest.fixture(name="servers", scope="module")
def fixture_servers(module_estate):
    return [module_estate.keep(Minio(module_estate.new_directory(), name)).start()
            for name in ("source", "destination")]


@pytest.fixture(name="pair")
def fixture_pair(servers, request):
    """New buckets of the test's own."""
    name = request.node.name.replace("_", "-")[:50]
    return Pair(*servers, name)


def wait_for(exporter, state, timeout=25):
    def reached():
        return exporter.metrics().check("s3") == state
    wait_until(reached, timeout, f"state {state}; {errors(exporter)}")


def errors(exporter):
    return [record["error"] for record in exporter.log_records() if "error" in record]


def wait_for_error(exporter, text):
    wait_until(lambda: any(text in error for error in errors(exporter)), 15, f"error {text}")
    assert exporter.metrics().check("s3") != "pass"


def test_replicated_tidied_and_restarted(estate, pair):
    exporter = estate.exporter(plan({"s3": pair.settings()}))
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


def test_object_that_is_not_replicated_holds_back(estate, pair):
    pair.set_rule(prefix=PREFIX)
    pair.source.client.put(pair.data, "data/1")
    pair.set_rule()
    exporter = estate.exporter(plan({"s3": pair.settings(sample_prefixes=["data/"])}))
    # It was written when no rule was there for it, and never goes over by itself.
    wait_for(exporter, "fail")
    assert exporter.metrics().value("dr_s3_sampled_objects", prefix="data/", status="none") == 1
    # Not even when so many newer ones are there that it is in the sample no more.
    for number in range(2, 24):
        pair.source.client.put(pair.data, f"data/{number}")

    def completed():
        return exporter.metrics().value("dr_s3_sampled_objects", prefix="data/",
                                        status="completed")
    wait_until(lambda: completed() == 20, 20, "20 newer objects")
    assert exporter.metrics().check("s3") == "fail"
    pair.source.client.put(pair.data, "data/1", b"again")
    wait_for(exporter, "pass")
    wait_until(lambda: completed() == 20, 20, "all of them")


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
    wrong = {"destination_secret_access_key_file": str(tmp_path / "secret")}
    exporter = estate.exporter(plan({"s3": pair.settings(**wrong)}))
    wait_for_error(exporter, "destination")
    assert exporter.metrics().check("s3") == "unknown"
    other = estate.exporter(plan({"s3": pair.settings(destination_bucket="nowhere")}))
    wait_until(lambda: errors(other), 10, "an error")
    assert other.metrics().check("s3") != "pass"
