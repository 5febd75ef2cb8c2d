# SPDX-License-Identifier: Apache-2.0
"""Replication between buckets while the stores, the way to them or the clocks are bad."""

import threading
import time

import pytest
from s3_pairs import DENIED, errors, plan, wait_for
from services.documents import hang, trickle
from services.minio import Minio
from services.postgres import faketime_library
from services.s3_gateway import Gateway
from services.s3_pair import PREFIX, Pair
from services.support import holds_for, wait_until

EMPTY = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
SLOW_DOWN = b"<Error><Code>SlowDown</Code></Error>"


@pytest.fixture(name="servers", scope="module")
def fixture_servers(module_estate):
    return [module_estate.keep(Minio(module_estate.new_directory(), name)).start()
            for name in ("source", "destination")]


@pytest.fixture(name="pair")
def fixture_pair(servers, request):
    """New buckets of the test's own."""
    name = request.node.name.replace("_", "-").replace("[", "-").replace("]", "")[:50]
    return Pair(*servers, name)


def always(status, body=b""):
    def fault(handler):
        handler.answer(status, body)
        return True
    return fault


def through(page):
    def fault(handler):
        page(handler)
        return True
    return fault


def cut(handler):
    handler.answer(200, EMPTY, {"Content-Length": 10_000})
    return True


# Name → the fault, and the reasons that may be counted for it.
FAULTS = {
    "storm": (always(503, SLOW_DOWN), {"query"}),
    "limit": (always(429, SLOW_DOWN), {"query"}),
    "broken": (always(500), {"query"}),
    "moved": (always(301), {"inconsistent"}),
    "denied": (always(403, DENIED), {"permission"}),
    "portal": (always(200, b"<html>Welcome</html>"), {"protocol", "inconsistent"}),
    "half": (always(200, EMPTY[:-9]), {"protocol", "inconsistent"}),
    "cut": (cut, {"connect", "protocol", "inconsistent"}),
    "hang": (through(hang), {"timeout"}),
    "slow": (through(trickle), {"timeout", "inconsistent"}),
}


def check_fault(exporter, gateway, name):
    fault, reasons = FAULTS[name]
    before = exporter.failures("s3")
    gateway.fault = fault

    def grown():
        return {reason for reason, count in exporter.failures("s3").items()
                if count > before.get(reason, 0)}
    wait_until(lambda: grown() & reasons, 15, f"{name} to be told; {errors(exporter)[-3:]}")
    holds_for(1, lambda: exporter.metrics().check("s3") != "pass", name)
    gateway.fault = None
    wait_for(exporter, "pass")


@pytest.mark.slow
@pytest.mark.parametrize("end", ("source", "destination"))
def test_bad_answers(estate, pair, end):
    server = pair.source if end == "source" else pair.destination
    pair.source.client.put(pair.data, "data/1")
    gateway = estate.keep(Gateway(server.port))
    exporter = estate.exporter(plan({"s3": pair.settings(
        sample_prefixes=["data/"], **{f"{end}_port": gateway.port})}))
    for name in FAULTS:
        wait_for(exporter, "pass")
        check_fault(exporter, gateway, name)


@pytest.mark.slow
def test_a_store_that_seems_empty(estate, pair):
    """A bucket without objects, and objects that nobody has: neither proves anything."""
    gateways = [estate.keep(Gateway(server.port)) for server in (pair.source, pair.destination)]
    settings = pair.settings(*[gateway.port for gateway in gateways], sample_prefixes=["data/"])

    def empty(handler):
        return "list-type" in handler.path and handler.answer(200, EMPTY) is None

    def missing(handler):
        return handler.command == "HEAD" and handler.answer(404, b"") is None
    for gateway, fault in (gateways[0], empty), (gateways[1], missing), (gateways[1], always(404)):
        gateway.fault = fault
        exporter = estate.exporter(plan({"s3": settings}))
        wait_until(lambda e=exporter: e.metrics().find("dr_source_collections_total")
                   or e.metric("dr_source_up", source="s3") is not None, 10, "a collection")
        holds_for(2, lambda e=exporter: e.metrics().check("s3") != "pass", "no proof")
        exporter.stop()
        gateway.fault = None


@pytest.mark.slow
@pytest.mark.parametrize("skew", (-1200, -300, 300, 1200))
def test_clocks(estate, pair, skew):
    """Five minutes off are understood, twenty are refused by the store."""
    exporter = estate.exporter(
        plan({"s3": pair.settings()}),
        environment={"LD_PRELOAD": faketime_library(), "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                     "FAKETIME": f"{skew:+d}s"})
    if abs(skew) > 900:
        wait_until(lambda: any("RequestTimeTooSkewed" in text for text in errors(exporter)), 15,
                   "the reason")
        holds_for(1, lambda: exporter.metrics().check("s3") == "unknown", "nothing is known")
        return
    wait_for(exporter, "pass")
    # One whose clock is right shares the canaries, and is not misled.
    other = estate.exporter(plan({"s3": pair.settings()}))
    wait_for(other, "pass")
    pair.set_rule(prefix="elsewhere/")
    for each in exporter, other:
        wait_until(lambda e=each: e.metrics().check("s3") == "fail", 40, "the age to be seen")


@pytest.mark.slow
def test_failed_canary(estate, servers):
    """One that the store never tries again holds all after it back until it is removed."""
    gateway = estate.keep(Gateway(servers[1].port))
    pair = Pair(*servers, "failed-canary", gateway.port)
    exporter = estate.exporter(plan({"s3": pair.settings()}, rpo="6s"))
    wait_for(exporter, "pass")
    refused = []

    def refuse(handler):
        path = handler.path.partition("?")[0]
        if PREFIX not in path or handler.command != "PUT" or path not in (refused or [path]):
            return False
        refused.append(path)
        return handler.answer(403, DENIED) is None
    gateway.fault = refuse
    wait_for(exporter, "fail")
    assert exporter.metric("dr_s3_canary_failed", source="s3") == 1
    # As people do who have made sure that nothing else is missing.
    for key in pair.source.client.keys(pair.data, PREFIX):
        head = pair.source.client.head(pair.data, key)
        if head.headers["x-amz-replication-status"] == "FAILED":
            pair.source.client.delete(pair.data, key,
                                      versionId=head.headers["x-amz-version-id"])
    wait_for(exporter, "pass")


@pytest.mark.slow
def test_more_is_missing_than_can_be_asked_for(estate, pair):
    """What nobody has asked for yet may be missing since ever."""
    def sampled(status):
        return exporter.metric("dr_s3_sampled_objects", prefix="data/", status=status)
    pair.set_rule(prefix=PREFIX)
    for number in range(1100):
        pair.source.client.put(pair.data, f"data/{number}")
    pair.set_rule()
    exporter = estate.exporter(plan({"s3": pair.settings(sample_prefixes=["data/"])}, rpo="3s"))
    wait_until(lambda: sampled("unasked"), 25, f"too many; {errors(exporter)}")
    wait_until(lambda: any("differ beyond those that could be asked for" in error
                           for error in errors(exporter)), 10, "the error")
    # All others are asked for in turn.
    wait_for(exporter, "fail")
    assert sampled("none") + sampled("unasked") == 1100
    assert 0 < sampled("none") <= 100
    for number in range(1100):
        pair.source.client.put(pair.data, f"data/{number}", b"again")
    wait_for(exporter, "pass", 60)
    assert sampled("replicated") == 1100


@pytest.mark.slow
def test_one_of_many_that_is_written_again_and_again(estate, servers):
    """The others differ only in the list: this one never comes, and is always the newest."""
    line, gateway = [estate.keep(Gateway(servers[1].port)) for _ in range(2)]
    pair = Pair(*servers, "hot", line.port)
    line.fault = lambda handler: ("data/hot" in handler.path
                                  and handler.answer(403, DENIED) is None)
    gateway.fault = lambda handler: ("list-type" in handler.path and "data%2F" in handler.path
                                     and handler.answer(200, EMPTY) is None)
    for number in range(100):
        pair.source.client.put(pair.data, f"data/{number}")
    exporter = estate.exporter(plan({"s3": pair.settings(
        destination_port=gateway.port, sample_prefixes=["data/"], interval="2s", timeout="9s")}))
    wait_for(exporter, "pass")

    def check():
        pair.source.client.put(pair.data, "data/hot", str(time.time()).encode())
        return exporter.metrics().check("s3")
    wait_until(lambda: check() == "fail", 40, f"it to be missing too long; {errors(exporter)}")
    holds_for(5, lambda: check() == "fail", "not ready")


@pytest.mark.slow
def test_more_is_on_the_way_than_can_be_asked_for(estate, servers):
    """A busy bucket: there are always many that have not come yet, but never the same ones."""
    gateway = estate.keep(Gateway(servers[0].port))
    pair = Pair(*servers, "busy")
    stands = threading.Event()
    generation, written = [0], [""]

    def busy(handler):
        if handler.command == "HEAD" and "data/" in handler.path:
            handler.answer(200, b"", {"x-amz-replication-status": "PENDING"})
            return True
        if "list-type" not in handler.path or "data%2F" not in handler.path:
            return False
        if not stands.is_set():
            generation[0] += 1
            written[0] = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
        handler.answer(200, ("<ListBucketResult><IsTruncated>false</IsTruncated>" + "".join(
            f"<Contents><Key>data/{generation[0]}-{number:03}</Key><LastModified>{written[0]}"
            f"</LastModified><ETag>&quot;{number}&quot;</ETag><Size>1</Size></Contents>"
            for number in range(500)) + "</ListBucketResult>").encode())
        return True
    gateway.fault = busy
    exporter = estate.exporter(plan({"s3": pair.settings(gateway.port, sample_prefixes=["data/"])}))
    wait_for(exporter, "pass")
    holds_for(3, lambda: exporter.metrics().check("s3") == "pass", "ready")
    assert exporter.metric("dr_s3_sampled_objects", prefix="data/", status="unasked") == 500
    # Now they do not come.
    stands.set()
    wait_for(exporter, "fail")


@pytest.mark.slow
def test_overwritten_canary(estate, pair):
    """Somebody writes one again: it is no newer for that."""
    exporter = estate.exporter(plan({"s3": pair.settings(canary_interval="1h")}, rpo="6s"))
    wait_for(exporter, "pass")
    key, = pair.source.client.keys(pair.data, PREFIX)
    wait_for(exporter, "fail")
    pair.source.client.put(pair.data, key, b"other")
    time.sleep(1)
    holds_for(2, lambda: exporter.metrics().check("s3") == "fail", "the old instant")
    assert exporter.metrics().value("dr_recovery_point_age_seconds", source="s3") > 7


@pytest.mark.slow
def test_source_is_lost(estate, servers):
    """What was proven last is still known, and the destination is asked whether it is there."""
    gateways = [estate.keep(Gateway(server.port)) for server in servers]
    pair = Pair(*servers, "lost")
    exporter = estate.exporter(plan({"s3": pair.settings(*[g.port for g in gateways])}))
    wait_for(exporter, "pass")
    gateways[0].fault = always(503, SLOW_DOWN)
    wait_until(lambda: exporter.metric("dr_source_up", source="s3") == 0, 10, "the loss")
    age = exporter.metrics().value("dr_recovery_point_age_seconds", source="s3")
    assert age is not None and age < 20
    assert exporter.metrics().check("s3") == "unknown"
    gateways[1].fault = always(503, SLOW_DOWN)
    wait_for(exporter, "fail")
    for gateway in gateways:
        gateway.fault = None
    wait_for(exporter, "pass")
