# SPDX-License-Identifier: Apache-2.0
"""DNS records, as NSD serves them on several servers, and name servers that lie or are silent."""

import socket
import struct
from types import SimpleNamespace

import pytest
from probes import assert_states, reasons, start
from services.dns import LyingServer, Nsd, respond

MANY = "\n".join(f"many A 192.0.2.{number}" for number in range(1, 101))
SHOP = f"""
@ NS ns1
@ NS ns2
ns1 A 127.0.0.1
ns2 A 127.0.0.2
ns3 A 127.0.0.3
ns4 A 127.0.0.4
west 60 A 192.0.2.10
both A 192.0.2.10
both A 192.0.2.11
six AAAA 2001:db8::10
slow 3600 A 192.0.2.10
www 30 CNAME west
balancer 30 CNAME lb.other.test.
lost CNAME lb.us-east-1.other.test.
round CNAME about
about CNAME round
{MANY}
"""
# What the second server says instead of the first, which is what a zone transfer that hangs does.
STALE = {"differs": ("192.0.2.10", "198.51.100.1")}
OTHER = """
@ NS ns1.shop.test.
lb 300 A 192.0.2.10
lb.us-east-1 A 198.51.100.1
"""
ADDRESS = socket.inet_aton("192.0.2.10")


def at(server):
    return "".join(f"{name} A {values[server]}\n" for name, values in STALE.items())


def name_of(query):
    return query[13:13 + query[12]].decode()


def lie(query, peer):
    """What the fourth server answers, as the first label of the name says."""
    if len(query) < 17:
        return []
    name = name_of(query)
    record = (f"{name}.liar.test", "A", 60, ADDRESS)
    identity = struct.unpack(">H", query[:2])[0]
    right = respond(query, records=[record])
    wrong_id = respond(query, records=[record], identity=(identity + 1) % 65536)
    if name == "spoofed":
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.5", 0))
            other.sendto(right, peer)
        return []
    return {
        "right": [right],
        "late": [wrong_id, b"", b"\xff" * 40, right],
        "servfail": [respond(query, 0x8402)],
        "nxdomain": [respond(query, 0x8403)],
        "refused": [struct.pack(">6H", identity, 0x8005, 0, 0, 0, 0)],
        "lame": [respond(query, 0x8000, [record])],
        "empty": [respond(query)],
        "other": [respond(query, records=[("else.liar.test", "A", 60, ADDRESS)])],
        "wrong-id": [wrong_id],
        "wrong-name": [respond(query, records=[record], name="else.liar.test")],
        "loop": [respond(query)[:-4] + b"\xc0\x0c" + query[-4:]],
        "pointer": [struct.pack(">6H", identity, 0x8400, 1, 1, 0, 0) + query[12:] +
                    struct.pack(">H", 0xc000 | len(query)) + b"\0" * 20],
        "short": [respond(query, records=[record])[:-2]],
        "truncated": [respond(query, 0x8600)],
        "flood": [wrong_id] * 300,
        "silent": [],
    }[name]


@pytest.fixture(name="servers", scope="module")
def fixture_servers(module_estate):
    """Two of shop.test, one that is a server of nothing, one that lies; the first also knows whom
    each zone is delegated to, as a resolver does."""
    lame = "@ NS ns1.shop.test.\n@ NS ns3.shop.test.\nwest A 192.0.2.10\n"
    dead = "@ NS ns1.shop.test.\n@ NS ns5.shop.test.\nwest A 192.0.2.10\n"
    first = module_estate.keep(Nsd(module_estate.new_directory(), {
        "shop.test": SHOP + at(0), "other.test": OTHER, "lame.test": lame, "dead.test": dead,
        "liar.test": "@ NS ns4.shop.test.\n"})).start()
    second = module_estate.keep(Nsd(module_estate.new_directory(), {"shop.test": SHOP + at(1)},
                                    "127.0.0.2", first.port)).start()
    third = module_estate.keep(Nsd(module_estate.new_directory(),
                                   {"nobody.test": "@ NS ns1.shop.test."},
                                   "127.0.0.3", first.port)).start()
    module_estate.keep(LyingServer(lie, "127.0.0.4", first.port))
    return SimpleNamespace(first=first, second=second, third=third, common={
        "dns_port": first.port, "dns_resolver": "127.0.0.1"})


def probes(servers, cases):
    return {name: {**servers.common, "dns": name, **settings} for name, settings in cases.items()}


def records(servers):
    """Every record as it is, and as it should not be."""
    west = {"dns_expect": ["192.0.2.0/25"]}
    return {
        **probes(servers, {
            "west.shop.test": west,
            "both.shop.test": {},
            "many.shop.test": west,
            "www.shop.test": west,
            "balancer.shop.test": {"forbidden_hosts": ["*.us-east-1.*"], **west},
            "six.shop.test": {"dns_type": "AAAA", "dns_expect": ["2001:db8::/64"]},
            "slow.shop.test": {},
            "lost.shop.test": {"forbidden_hosts": ["*.us-east-1.*"]},
            "differs.shop.test": {},
            "round.shop.test": {},
            "nobody.shop.test": {},
            "west.lame.test": {},
            "west.dead.test": {},
            "unknown.nowhere.test": {},
        }),
        "alias": {**servers.common, "dns": "www.shop.test.", "dns_type": "CNAME",
                  "dns_expect": ["West.shop.test"]},
        "alias-elsewhere": {**servers.common, "dns": "www.shop.test", "dns_type": "CNAME",
                            "dns_expect": ["east.shop.test"]},
        "elsewhere": {**servers.common, "dns": "west.shop.test", "dns_expect": ["198.51.100.0/24"]},
        "expected-anyway": {**servers.common, "dns": "differs.shop.test",
                            "dns_expect": ["192.0.2.10", "198.51.100.1"]},
        "one": {**servers.common, "dns": "differs.shop.test", "dns_servers": ["ns2.shop.test"]},
        "a-for-six": {**servers.common, "dns": "six.shop.test"},
        "mute": {**servers.common, "dns": "west.shop.test", "dns_resolver": "127.0.0.9"},
    }


RECORDS = {
    "west.shop.test": ("pass", None), "both.shop.test": ("pass", None),
    "many.shop.test": ("pass", None), "www.shop.test": ("pass", None),
    "balancer.shop.test": ("pass", None), "six.shop.test": ("pass", None),
    "lost.shop.test": ("fail", "ns1.shop.test leads lost.shop.test to lb.us-east-1.other.test"),
    "differs.shop.test": ("fail", "ns2.shop.test says 198.51.100.1 for differs.shop.test, but "
                          "ns1.shop.test says 192.0.2.10"),
    "round.shop.test": ("fail", "round.shop.test leads on and on"),
    "nobody.shop.test": ("fail", "ns1.shop.test answers NXDOMAIN for nobody.shop.test"),
    "west.lame.test": ("fail", "ns3.shop.test answers REFUSED for west.lame.test"),
    "west.dead.test": ("fail", "name server ns5.shop.test has no address"),
    "unknown.nowhere.test": ("unknown", "asking the resolver: 127.0.0.1 answers REFUSED"),
    "alias": ("pass", None),
    "alias-elsewhere": ("fail", "ns1.shop.test says west.shop.test for www.shop.test, which is "
                        "not in dns_expect"),
    "elsewhere": ("fail", "ns1.shop.test says 192.0.2.10 for west.shop.test, which is not"),
    "expected-anyway": ("pass", None), "one": ("pass", None),
    "a-for-six": ("fail", "ns1.shop.test has no A record of six.shop.test"),
    "mute": ("unknown", "asking the resolver: 127.0.0.9: Connection refused"),
}


@pytest.mark.sanitized
def test_records(estate, servers):
    exporter = start(estate, records(servers), dns_max_ttl="300s")
    assert_states(exporter, RECORDS)
    metrics = exporter.metrics()
    # A record that is good, but too long in the caches; the endpoint itself is fine.
    assert metrics.check("slow.shop.test", check="endpoint") == "fail"
    assert metrics.value("dr_probe_success", source="slow.shop.test") == 1
    assert reasons(exporter)["slow.shop.test"].startswith("slow.shop.test: TTL 3600s, limit 5m")
    for source, seconds in {"west.shop.test": 60, "www.shop.test": 60, "balancer.shop.test": 300,
                            "slow.shop.test": 3600, "mute": None}.items():
        assert metrics.value("dr_probe_dns_ttl_seconds", source=source) == seconds
    assert metrics.value("dr_dns_max_ttl_seconds", dr_service="slow.shop.test") == 300
    fine = {labels["server"]: value for labels, value in
            metrics.find("dr_probe_dns_server_success", source="west.lame.test")}
    assert fine == {"ns1.shop.test": 1, "ns3.shop.test": 0}


@pytest.mark.sanitized
def test_lies(estate, servers):
    names = ("right", "late", "servfail", "nxdomain", "refused", "lame", "empty", "other",
             "wrong-id", "wrong-name", "loop", "pointer", "short", "truncated", "flood", "silent",
             "spoofed")
    exporter = start(estate, {name: {**servers.common, "dns": f"{name}.liar.test"}
                              for name in names})
    server = "name server ns4.shop.test"
    stranger = f"{server}: no answer that belongs to the question"
    assert_states(exporter, {
        "right": ("pass", None), "late": ("pass", None),
        "servfail": ("fail", "ns4.shop.test answers SERVFAIL for servfail.liar.test"),
        "nxdomain": ("fail", "ns4.shop.test answers NXDOMAIN"),
        "refused": ("fail", "ns4.shop.test answers REFUSED"),
        "lame": ("fail", "ns4.shop.test is a name server of lame.liar.test but not responsible"),
        "empty": ("fail", "ns4.shop.test has no A record of empty.liar.test"),
        "other": ("fail", "ns4.shop.test has no A record of other.liar.test"),
        **{name: ("fail", stranger) for name in ("wrong-id", "wrong-name", "loop", "pointer",
                                                 "short", "flood")},
        "truncated": ("fail", f"{server}: over TCP, because the answer is long: Connection"),
        "silent": ("fail", f"{server}: no answer in time"),
        "spoofed": ("fail", f"{server}: no answer in time"),
    })
    assert exporter.stop() < 5


def test_cached_answers_tell_no_ttl(estate, servers):
    """What is left of a TTL in a cache is less than the TTL."""
    cached = {**servers.common, "dns": "lame.liar.test", "dns_servers": ["127.0.0.4"]}
    exporter = start(estate, {"cached": cached}, dns_max_ttl="5m")
    metrics = exporter.metrics()
    assert metrics.check("cached", check="endpoint") == "unknown"
    assert metrics.value("dr_probe_success", source="cached") == 1
    assert metrics.value("dr_probe_dns_ttl_seconds", source="cached") is None
    assert reasons(exporter)["cached"].startswith("cached: no responsible name server told the TTL")
    unlimited = start(estate, {"cached": cached})
    assert_states(unlimited, {"cached": ("pass", None)})


def test_a_server_that_hangs(estate, servers):
    """The others are asked nevertheless, and the round ends in time."""
    exporter = start(estate, probes(servers, {"west.shop.test": {}, "lb.other.test": {}}),
                     timeout="1s")
    assert_states(exporter, {"west.shop.test": ("pass", None), "lb.other.test": ("pass", None)})
    servers.second.pause()
    try:
        exporter.wait_for_metric("dr_probe_dns_server_success", 0, source="west.shop.test",
                                 server="ns2.shop.test")
        metrics = exporter.metrics()
        assert metrics.value("dr_probe_dns_server_success", source="west.shop.test",
                             server="ns1.shop.test") == 1
        assert_states(exporter, {
            "west.shop.test": ("fail", "name server ns2.shop.test: no answer in time"),
            "lb.other.test": ("pass", None)})
    finally:
        servers.second.resume()
    exporter.wait_for_metric("dr_probe_success", 1, source="west.shop.test", timeout=20)
