# SPDX-License-Identifier: Apache-2.0
"""What the account needs, and what is said without it; wrong names in the plan; never ready."""

import pytest
from services.support import wait_until

from kafka_pairs import (ACCESS, NOTICE, RPO, SOURCE_RULES, TARGET_RULES, KafkaPair, allow,
                         assert_never_ready, assert_not_ready, mirror_plan, mirror_source,
                         recovery_point, states, wait_for_gap)

pytestmark = pytest.mark.slow

# What the README asks for, on the topics that are named.
SOURCE_LEAST = [("topic", "shop.*", "read"), ("topic", "mm2-offset-syncs.B.internal", "read"),
                ("group", "shop", "describe")]
TARGET_LEAST = [("topic", "A.shop.*", "describe"), ("topic", "mm2-offsets.A.internal", "read"),
                ("topic", "A.heartbeats", "read"), ("topic", "A.checkpoints.internal", "read")]


@pytest.fixture(name="shared", scope="module")
def fixture_shared(module_estate):
    pair = KafkaPair(module_estate)
    pair.topic("shop.orders", 2, 5)
    pair.topic("shop.hidden", 1, 5)
    pair.source.commit("shop", "shop.orders", {0: 5})
    return pair


@pytest.fixture(name="pair")
def fixture_pair(shared, estate):
    shared.estate = estate
    yield shared
    allow(shared.source, SOURCE_RULES)
    allow(shared.target, TARGET_RULES)
    shared.heal()


def grant(pair, source=(), target=()):
    allow(pair.source, [rule for rule in SOURCE_LEAST if rule not in source])
    allow(pair.target, [rule for rule in TARGET_LEAST if rule not in target])


def test_least_rules_suffice(pair):
    grant(pair)
    exporter = pair.exporter("shop[.].*", groups=["shop"])
    wait_for_gap(exporter, "shop.orders", 0)
    exporter.wait_for_check("events", "pass")
    assert exporter.metric("dr_mirrormaker_heartbeat_age_seconds") is not None
    wait_until(lambda: exporter.metric("dr_mirrormaker_group_resumable", group="shop") == 1, 20,
               "the group to be resumable")
    pair.mirror.pause()
    pair.source.produce("shop.orders", 4)
    wait_for_gap(exporter, "shop.orders", 4)
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)
    assert exporter.failures("events-west") == {}


# Without it: the reasons that may be given. Kafka hides topics that may not be described.
NEEDED = [("source", ("topic", "shop.*", "read"), {"permission", "not_found"}),
          ("source", ("group", "shop", "describe"), {"permission", "not_found", "inconsistent"}),
          ("target", ("topic", "A.shop.*", "describe"), {"permission", "inconsistent"}),
          ("target", ("topic", "mm2-offsets.A.internal", "read"), {"permission", "not_found"}),
          ("target", ("topic", "A.checkpoints.internal", "read"), {"permission", "not_found"})]


@pytest.mark.parametrize("end, rule, reasons", NEEDED, ids=lambda value: "-".join(value)
                         if isinstance(value, tuple) else "")
@pytest.mark.parametrize("when", ["first", "later"])
def test_each_rule_is_needed(pair, end, rule, reasons, when):
    pair.heal()
    grant(pair)
    if when == "first":
        grant(pair, **{end: [rule]})
    exporter = pair.exporter("shop[.].*", groups=["shop"])
    if when == "later":
        exporter.wait_for_check("events", "pass", timeout=20)
        grant(pair, **{end: [rule]})
    wait_until(lambda: exporter.failures("events-west"), 15, "a failure")
    assert_not_ready(exporter)
    assert_never_ready(exporter, 3)
    assert set(exporter.failures("events-west")) & reasons, exporter.log()
    assert exporter.metric("dr_mirrormaker_group_resumable", group="shop") != 1
    if when == "first" and rule in (SOURCE_LEAST[0], *TARGET_LEAST[:2]):
        assert not states(exporter).get("current")


def test_one_topic_is_hidden(pair):
    """Kafka does not say that there is a topic which may not be described."""
    rules = [("topic", "shop.orders", "read"), ("topic", "shop.hidden", "read"), *SOURCE_LEAST[1:]]
    allow(pair.source, rules)
    allow(pair.target, TARGET_LEAST)
    exporter = pair.exporter(["shop.orders", "shop.hidden"])
    exporter.wait_for_check("events", "pass", timeout=20)
    pair.mirror.pause()
    pair.source.produce("shop.hidden", 5)
    exporter.wait_for_check("events", "fail", timeout=RPO + NOTICE)
    allow(pair.source, [rules[0], *rules[2:]])
    assert_never_ready(exporter, 5)
    # Nor does it matter when the exporter starts only then: the topic is named.
    other = pair.exporter(["shop.orders", "shop.hidden"])
    assert_never_ready(other, 4)


def test_topic_that_never_was(pair):
    exporter = pair.exporter(["shop[.]orders", "shop.no-such"])
    assert_never_ready(exporter, 4)
    assert exporter.failures("events-west")


def test_reading_records_is_not_allowed(pair):
    """Describe alone shows the gap; its age is known only from when it was first seen."""
    allow(pair.source, [("topic", "shop.*", "describe"), *SOURCE_LEAST[1:]])
    exporter = pair.exporter("shop[.]orders")
    wait_until(lambda: exporter.metric("dr_source_collections_total", source="events-west") > 3,
               10, "some collections")
    pair.mirror.pause()
    pair.source.produce("shop.orders", 3)
    assert_not_ready(exporter)


def test_wrong_password(pair):
    exporter = pair.exporter("shop.*")
    exporter.wait_for_check("events", "pass")
    exporter.stop()
    exporter.password_path.write_text("wr0ng-Secret\n")
    exporter.start()
    wait_until(lambda: "auth" in exporter.failures("events-west"), 15, "the reason")
    assert set(exporter.failures("events-west")) <= {"auth", "timeout", "connect"}
    assert_never_ready(exporter, 2)
    assert "wr0ng" not in exporter.log() and "Zx9" not in exporter.log()
    exporter.password_path.write_text("")
    assert_never_ready(exporter, 2)


def test_password_is_mended(pair):
    """Secrets are read anew after a failure."""
    exporter = pair.exporter("shop.*", source_password_file="@password.new")
    right = exporter.password_path.read_text()
    mended = exporter.password_path.with_name("password.new")
    mended.write_text("no\n")
    wait_until(lambda: exporter.failures("events-west"), 15, "a failure")
    mended.write_text(right)
    exporter.wait_for_check("events", "pass", timeout=20)


@pytest.mark.parametrize("account", [{"security.protocol": "PLAINTEXT"},
                                     {"sasl.username": "nobody"},
                                     {"sasl.mechanism": "SCRAM-SHA-256"}])
def test_wrong_account(pair, account):
    exporter = pair.exporter("shop.*", source_properties={**ACCESS, **account})
    assert_never_ready(exporter, 4)
    assert set(exporter.failures("events-west")) <= {"auth", "timeout", "connect", "protocol"}
    assert recovery_point(exporter) is None


@pytest.mark.parametrize("wrong", [
    {"offsets_topic": "no-such-offsets"}, {"connector": "OtherConnector"},
    {"offsets_topic": "mm2-status.A.internal"}, {"replication_policy": "identity"},
    {"separator": "_"}], ids=str)
def test_wrong_names(pair, wrong):
    exporter = pair.exporter("shop[.].*", **wrong)
    assert_never_ready(exporter, 5)
    assert not states(exporter).get("current")


def test_wrong_alias(pair):
    exporter = pair.exporter("shop[.].*", source_alias="X")
    assert_never_ready(exporter, 5)


def test_clusters_exchanged(pair):
    """Asked the other way round nothing is replicated."""
    source = mirror_source(pair.target, pair.source, topics=["A[.]shop.*"])
    exporter = pair.estate.exporter(mirror_plan([source]))
    assert_never_ready(exporter, 5)
