# SPDX-License-Identifier: Apache-2.0
"""What CloudWatch says of a replication rule, and every way in which that is no proof."""

import time

import pytest
from s3_pairs import plan
from services.aws_api import ACCESS_KEY, DESTINATION, RULE, SECRET, SOURCE, AwsApi, minute
from services.support import wait_until

THROTTLED = (400, "ThrottlingException", "Rate exceeded")
UNAVAILABLE = (503, "ServiceUnavailable", "")


@pytest.fixture(name="api")
def fixture_api(estate):
    api = estate.keep(AwsApi())
    api.replicate()
    return api


@pytest.fixture(name="settings")
def fixture_settings(api, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    settings = {"cloudwatch_rule_id": RULE, "interval": "100ms"}
    # Another name, as one store would be one region.
    url = api.url.replace("127.0.0.1", "localhost")
    api.hosts.append(url.removeprefix("http://"))
    for end, bucket, region, endpoint in (("source", "files", SOURCE, api.url),
                                          ("destination", "files-dr", DESTINATION, url)):
        settings.update({f"{end}_bucket": bucket, f"{end}_endpoint": endpoint,
                         f"{end}_region": region, f"{end}_access_key_id": ACCESS_KEY,
                         f"{end}_secret_access_key_file": str(secret)})
    return settings


@pytest.fixture(name="start")
def fixture_start(estate, api, settings):
    def start(rpo="10m", name="exporter", **more):
        merged = {key: value for key, value in {**settings, **more}.items() if value is not None}
        return estate.exporter(plan({"s3": merged}, rpo=rpo), name=name,
                               environment={"AWS_ENDPOINT_URL_CLOUDWATCH": api.url})
    return start


def errors(exporter):
    return [record["error"] for record in exporter.log_records() if "error" in record]


def age(exporter):
    return exporter.metric("dr_recovery_point_age_seconds", source="s3")


def wait_for(exporter, state):
    wait_until(lambda: exporter.check("s3") == state, 15, f"{state}; {errors(exporter)}")


@pytest.mark.sanitized
def test_recovery_point(api, start):
    exporter = start()
    wait_for(exporter, "pass")
    # The minute of the point and its latency: never newer than that.
    newest = max(api.points["ReplicationLatency"])
    point = exporter.metric("dr_recovery_point_timestamp_seconds", source="s3")
    assert newest - 5 < point <= newest
    metrics = exporter.metrics()
    assert metrics.value("dr_s3_replication_latency_seconds", source="s3") == 1
    assert metrics.value("dr_s3_pending_operations", source="s3") == 0
    assert metrics.value("dr_s3_failed_operations", source="s3") == 0
    assert metrics.value("dr_s3_replication_rule_active", source="s3") == 1
    # Each is asked for where S3 publishes it.
    assert {(DESTINATION, "ReplicationLatency"), (SOURCE, "OperationsFailedReplication")} == {
        (region, names[0]) for region, names in api.asked}
    api.replicate(latency=900, pending=7)
    wait_for(exporter, "fail")
    assert age(exporter) >= 900
    assert exporter.metric("dr_s3_pending_bytes", source="s3") == 7000
    api.replicate(latency=30, pending=7)
    wait_for(exporter, "pass")
    assert not errors(exporter)
    assert SECRET not in exporter.log() + exporter.metrics().text


@pytest.mark.slow
@pytest.mark.sanitized
def test_no_proof(api, start):
    """All of these are unknown, say why, and are over when they are over."""
    exporter = start(timeout="1s")
    wait_for(exporter, "pass")
    cases = {
        "absent": ({"ReplicationLatency": {}}, {}, "no metrics of the last three hours"),
        "one absent": ({"BytesPendingReplication": {}}, {}, "no metrics of the last three hours"),
        "no number": ({"ReplicationLatency": {minute(time.time()): float("nan")}}, {},
                      "no metrics of the last three hours"),
        "none late, all pending": (
            {"OperationsPendingReplication": dict.fromkeys(api.points["ReplicationLatency"], 5),
             "ReplicationLatency": dict.fromkeys(api.points["ReplicationLatency"], 0)}, {},
            "objects are pending, and none of them late"),
        "partial": ({}, {"ReplicationLatency": "PartialData"}, "a part of a metric"),
        "internal": ({}, {"OperationsFailedReplication": "InternalError"}, "a part of a metric"),
        "forbidden": ({}, {"OperationsPendingReplication": "Forbidden"}, "allow cloudwatch:Get"),
        "endless": ({}, {"cloudwatch": "endless"}, "more than 10 pages"),
        "throttled": ({}, {"cloudwatch": THROTTLED}, "ThrottlingException: too many requests"),
        "unavailable": ({}, {"cloudwatch": UNAVAILABLE}, "cannot answer now"),
        "denied": ({}, {"cloudwatch": (400, "AccessDeniedException", "User: arn is not")},
                   "allow it in the policy"),
        "truncated": ({}, {"answer": "truncated"}, ""),
        "slow": ({}, {"answer": "slow"}, ""),
        "no date": ({}, {"answer": "no date"}, "the answer has no date"),
        "future": ({name: {minute(time.time()) + 600: 0} for name in
                    ("ReplicationLatency", "BytesPendingReplication",
                     "OperationsPendingReplication")}, {}, "in the future of the service's own"),
    }
    good = dict(api.points)
    for name, (points, faults, message) in cases.items():
        seen = len(errors(exporter))
        api.points = {**good, **points}
        api.faults = faults
        wait_until(lambda: len(errors(exporter)) > seen, 10, f"an error of {name}")
        assert message in errors(exporter)[-1], (name, errors(exporter)[-1])
        assert exporter.check("s3") == "unknown", name
        api.points, api.faults = good, {}
        api.replicate()
        wait_for(exporter, "pass")


def test_what_passes_by_itself(api, start):
    """Two bad answers in a row are asked again; pages and repeated points make no difference."""
    api.faults = {"cloudwatch": [THROTTLED, UNAVAILABLE], "ReplicationLatency": "twice"}
    api.page_points = 2
    exporter = start()
    wait_for(exporter, "pass")
    assert not errors(exporter)


def test_points_that_stay_behind(api, start):
    """The last value is told again and again, or points stop: only their own time counts."""
    api.points = {name: {} for name in api.points}
    api.replicate(latency=0, ago=3600)
    exporter = start()
    wait_for(exporter, "fail")
    assert age(exporter) >= 3600
    # A late point of one metric alone proves nothing.
    api.points["ReplicationLatency"][minute(time.time())] = 0
    assert exporter.metric("dr_recovery_point_age_seconds", source="s3") >= 3600
    api.replicate(latency=0)
    wait_for(exporter, "pass")


def test_failed_operations(api, start):
    """They hold the recovery point back until somebody says that they are repaired."""
    today = minute(time.time() - 7200)
    api.replicate(failed=0)
    # It was no longer pending when the latency of its minute was measured.
    api.points["ReplicationLatency"].update({today - 60: 40, today: 0})
    api.points["OperationsFailedReplication"].update({today: 2, today + 600: 3})
    exporter = start()
    wait_for(exporter, "fail")
    assert 7200 + 100 <= age(exporter) <= 7200 + 240
    assert exporter.metric("dr_s3_failed_operations", source="s3") == 5
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(today + 60))
    other = start(name="other", repaired_until=before)
    wait_for(other, "fail")
    assert other.metric("dr_s3_failed_operations", source="s3") == 3
    # Until it is known how late replication was when the second one failed, the older one counts.
    api.points["ReplicationLatency"][today + 600] = 1
    wait_until(lambda: 7200 - 620 <= age(other) <= 7200 - 480, 10, "the second failure")
    after = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(today + 660))
    repaired = start(name="repaired", repaired_until=after)
    wait_for(repaired, "pass")
    assert repaired.metric("dr_s3_failed_operations", source="s3") == 0
    # A new one, of which only the minutes tell yet.
    api.days_are_late = True
    api.points["OperationsFailedReplication"] = {minute(time.time()) - 60: 1}
    api.replicate(latency=1, ago=60)
    wait_until(lambda: repaired.metric("dr_s3_failed_operations", source="s3") == 1, 10, "it")


def test_failed_long_ago(api, start):
    """Months are looked at by hours, and what is no number may be a failure."""
    then = minute(time.time() - 100 * 86400)
    api.points["OperationsFailedReplication"][then] = float("nan")
    exporter = start()
    wait_until(lambda: errors(exporter), 10, "an error")
    assert "does not tell how late replication was then" in errors(exporter)[-1]
    assert exporter.check("s3") == "unknown"
    api.points["ReplicationLatency"][then] = 20
    wait_for(exporter, "fail")
    assert 100 * 86400 <= age(exporter) <= 100 * 86400 + 7200


def test_rule_and_versioning(api, start):
    """The metrics go on as if all was well when nothing is replicated any more."""
    exporter = start()
    wait_for(exporter, "pass")
    api.rule_status = "Disabled"
    wait_until(lambda: any('rule "all" is not there' in error for error in errors(exporter)), 10)
    assert exporter.check("s3") == "unknown"
    assert exporter.metric("dr_s3_replication_rule_active", source="s3") == 0
    # What was written meanwhile is in no metric, and never comes by itself.
    api.rule_status = "Enabled"
    wait_until(lambda: exporter.metric("dr_s3_replication_rule_active", source="s3") == 1, 10)
    assert exporter.check("s3") == "unknown"
    assert "the rule or versioning was off" in exporter.get("/").text
    api.versioning["files-dr"] = "Suspended"
    other = start(name="other")
    wait_until(lambda: any("versioning of the destination" in error for error in errors(other)), 10)
    assert other.check("s3") == "unknown"


def test_rule_off_while_an_end_is_silent(api, start):
    """What was seen of the rule counts, whatever else could not be asked then."""
    exporter = start()
    wait_for(exporter, "pass")
    api.faults = {"files-dr": (500, "InternalError", "")}
    api.rule_status = "Disabled"
    wait_until(lambda: exporter.metric("dr_s3_replication_rule_active", source="s3") == 0, 15)
    api.rule_status = "Enabled"
    wait_until(lambda: exporter.metric("dr_s3_replication_rule_active", source="s3") == 1, 15)
    api.faults = {}
    wait_until(lambda: exporter.get("/").text.count("the rule or versioning was off"), 15, "that")
    assert exporter.check("s3") == "unknown"


def test_source_lost(estate, api, start):
    """What was proven last is still told, and gets older; the source cannot be up."""
    proxy = estate.proxy(int(api.url.rpartition(":")[2]))
    api.hosts.append(f"127.0.0.1:{proxy.port}")
    exporter = start(rpo="15m", source_endpoint=f"http://127.0.0.1:{proxy.port}")
    wait_for(exporter, "pass")
    proxy.stop()
    wait_for(exporter, "unknown")
    assert 0 < age(exporter) < 300
    assert exporter.metric("dr_source_up", source="s3") == 0
    answer = exporter.get("/api/v1/gate?service=s3&disruption=region")
    assert answer.status == 503


def test_clocks(api, start):
    """Minutes are CloudWatch's; a clock of ours that is behind makes nothing newer."""
    api.clock_offset = 300
    api.replicate()
    exporter = start()
    wait_for(exporter, "pass")
    # Its newest whole minute is up to a minute old, by its clock.
    assert age(exporter) < 130
    api.points = {name: {} for name in api.points}
    api.replicate(ago=300)
    wait_until(lambda: age(exporter) >= 300, 10, "the age by CloudWatch's clock")
    api.clock_offset = 1200
    wait_until(lambda: any("behind that of the service" in error for error in errors(exporter)),
               10, "the skew")
    assert exporter.check("s3") == "unknown"
    # It says nothing of the rule.
    api.clock_offset = 0
    api.replicate()
    wait_for(exporter, "pass")


def test_wrong_settings(estate, api, settings, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("not-the-secret\n")
    cases = {
        "secret": ({"destination_secret_access_key_file": str(wrong)}, "the secret is not that"),
        "key": ({"source_access_key_id": "AKIDOTHER"}, "does not know this access key"),
        "rule": ({"cloudwatch_rule_id": "other"}, 'rule "other" is not there'),
        "regions": ({"source_region": DESTINATION, "destination_region": SOURCE},
                    "compare \"cloudwatch_rule_id\" and the regions"),
    }
    exporter = estate.exporter(
        plan({name: {**settings, **more} for name, (more, _) in cases.items()}, rpo="10m"),
        environment={"AWS_ENDPOINT_URL_CLOUDWATCH": api.url})
    wait_until(lambda: len(errors(exporter)) == len(cases), 10, "all errors")
    told = {record["source"]: record["error"] for record in exporter.log_records()
            if "error" in record}
    for name, (_, message) in cases.items():
        assert message in told[name], name
        assert exporter.check(name) == "unknown", name
    assert "not-the-secret" not in exporter.log()
