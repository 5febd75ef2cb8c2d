# SPDX-License-Identifier: Apache-2.0
"""Endpoints over HTTP and TCP, as nginx serves them, and servers that answer badly."""

import time

import pytest
from probes import as_text, assert_states, start, state
from services.certificates import Authority
from services.documents import Documents, cut, endless, garbage, hang, trickle
from services.exporter import run
from services.nginx import Nginx
from services.support import free_port

LOCATIONS = {
    "/health": 'return 200 "status: ok\\n";',
    "/long": f'return 200 "{"a" * 60}b";',
    "/teapot": "return 418;",
    "/broken": "return 503;",
    "/lost": "return 302 https://shop.us-east-1.example.com/;",
    "/dotted": "return 302 https://SHOP.us-east-1.example.com./;",
    "/moved": "return 301 https://shop.us-west-2.example.com/;",
    "/relative": "return 302 /health;",
}
FORBIDDEN = {"forbidden_hosts": ["*.us-east-1.*"]}


@pytest.fixture(name="authority")
def fixture_authority(tmp_path):
    return Authority(tmp_path)


@pytest.mark.sanitized
def test_answers(estate):
    nginx = estate.keep(Nginx(estate.new_directory(), LOCATIONS)).start()
    bad = estate.keep(Documents({"/trickle": trickle, "/hang": hang, "/cut": cut,
                                 "/garbage": garbage, "/endless": endless}))
    page = nginx.url
    closed = free_port()
    exporter = start(estate, {
        "good": {"url": page("/health"), "expect_body": "^status: (ok|fine)$"},
        "listed": {"url": page("/teapot"), "expect_status": [200, 418]},
        "teapot": {"url": page("/teapot")},
        "broken": {"url": page("/broken"), "expect_body": "ok"},
        "body": {"url": page("/health"), "expect_body": "degraded"},
        "costly": {"url": page("/long"), "expect_body": "^(a|aa)+$"},
        "lost": {"url": page("/lost"), "expect_status": ["302"], **FORBIDDEN},
        "dotted": {"url": page("/dotted"), "expect_status": ["302"],
                   "forbidden_hosts": ["*.us-east-1.example.com"]},
        "moved": {"url": page("/moved"), "expect_status": ["301"], **FORBIDDEN},
        "followed": {"url": page("/relative")},
        "relative": {"url": page("/relative"), "expect_status": ["302"], **FORBIDDEN},
        "refused": {"url": f"http://127.0.0.1:{closed}/"},
        "trickle": {"url": bad.url("/trickle")},
        "hang": {"url": bad.url("/hang")},
        "cut": {"url": bad.url("/cut")},
        "garbage": {"url": bad.url("/garbage")},
        "endless": {"url": bad.url("/endless")},
        "nameless": {"url": "http://nobody.invalid/"},
        "tcp": {"tcp": f"127.0.0.1:{nginx.port}"},
        "closed": {"tcp": f"127.0.0.1:{closed}"},
        "nowhere": {"tcp": "nobody.invalid:80"},
        "lost-region": {"role": "primary", "url": f"http://127.0.0.1:{closed}/"},
        "other-region": {"role": "primary", "url": page("/health")},
    })
    assert_states(exporter, {
        "good": ("pass", None), "listed": ("pass", None),
        "teapot": ("fail", "status 418 is not expected"),
        "broken": ("fail", "status 503 is not expected"),
        "body": ("fail", 'the body does not match "degraded"'),
        "costly": ("fail", "whether the body matches"),
        "lost": ("fail", "redirects to shop.us-east-1.example.com, one of the forbidden hosts"),
        "dotted": ("fail", "redirects to SHOP.us-east-1.example.com., one of the forbidden"),
        "moved": ("pass", None), "relative": ("pass", None),
        "followed": ("fail", "status 302 is not expected"),
        "refused": ("fail", "Failed to connect"), "trickle": ("fail", "no complete answer in time"),
        "hang": ("fail", "no complete answer in time"), "cut": ("fail", "transfer closed"),
        "garbage": ("fail", "Received HTTP/0.9"), "endless": ("fail", "the answer is larger"),
        "nameless": ("unknown", "Could not resolve host"),
        "tcp": ("pass", None), "closed": ("fail", "Failed to connect"),
        "nowhere": ("unknown", "Could not resolve host"),
    })
    metrics = exporter.metrics()
    assert metrics.value("dr_probe_http_status", source="teapot", role="dr") == 418
    assert metrics.value("dr_probe_http_status", source="refused") is None
    assert metrics.value("dr_probe_duration_seconds", source="hang") > 1.5
    assert metrics.value("dr_source_last_collection_duration_seconds", source="hang") < 3
    # The primary is measured, and proves nothing for or against the DR region.
    assert metrics.value("dr_probe_success", source="lost-region", role="primary") == 0
    assert metrics.value("dr_probe_success", source="other-region", role="primary") == 1
    assert not metrics.find("dr_check", dr_service="lost-region")
    # Those that hang do not hold up the end.
    assert exporter.stop() < 5


def test_certificates(estate, authority, tmp_path):
    hosts = {"shop.example.com": {}, "old.example.com": {"days": -1}}
    certificates = {host: authority.issue(host, f"/CN={host}", host=host, **more)
                    for host, more in hosts.items()}
    nginx = estate.keep(Nginx(estate.new_directory(), LOCATIONS, certificates)).start()
    trusted = {"ca_file": str(authority.certificate)}
    here = {"address": f"127.0.0.1:{nginx.tls_port}", **trusted}
    exporter = start(estate, {
        # The name leads elsewhere or nowhere; the load balancer of this region is asked for it.
        "good": {"url": "https://shop.example.com/health", **here},
        "expired": {"url": "https://old.example.com/health", **here},
        "host": {"url": "https://pay.example.com/health", **here},
        "stranger": {"url": "https://shop.example.com/health", "address": here["address"]},
        "soon": {"url": "https://shop.example.com/health", "certificate_min_left": "3d", **here},
        "enough": {"url": "https://shop.example.com/health", "certificate_min_left": "1d", **here},
        "plain": {"url": f"https://127.0.0.1:{nginx.port}/", **trusted},
        "gone": {"url": "https://shop.example.com/health", **here, "ca_file": "/nowhere/ca.pem"},
        "silent": {"url": "https://shop.example.com/", **trusted,
                   "address": f"127.0.0.1:{free_port()}"},
    })
    assert_states(exporter, {
        "good": ("pass", None), "enough": ("pass", None),
        "expired": ("fail", "SSL certificate problem: certificate has expired"),
        "host": ("fail", "SSL: no alternative certificate subject name"),
        "stranger": ("fail", "SSL certificate problem"),
        "soon": ("fail", "a certificate ends in"),
        "plain": ("fail", "OpenSSL"), "gone": ("unknown", "error setting certificate"),
        "silent": ("fail", "Failed to connect"),
    })
    metrics = exporter.metrics()
    name = "dr_probe_certificate_not_after_timestamp_seconds"
    now = time.time()
    # The authority's is not sent; each is valid for two days, or ended a day ago.
    for source, days in {"good": 2, "soon": 2, "stranger": 2, "host": 2, "expired": -1}.items():
        assert metrics.value(name, source=source) == pytest.approx(now + days * 86400, abs=600)
    assert metrics.value(name, source="plain") is None
    assert metrics.value("dr_probe_certificate_warn_left_seconds", source="good") == 14 * 86400


def test_the_smallest_of_the_chain(estate, authority, tmp_path):
    """The certificate of the authority, which ends before the server's, is sent along."""
    certificate, key = authority.issue("shop", "/CN=shop", host="shop.example.com", days=30)
    chain = tmp_path / "chain.pem"
    chain.write_text(certificate.read_text() + authority.certificate.read_text())
    nginx = estate.keep(Nginx(estate.new_directory(), {},
                              {"shop.example.com": (chain, key)})).start()
    exporter = start(estate, {"chain": {"url": "https://shop.example.com/",
                                        "address": f"127.0.0.1:{nginx.tls_port}",
                                        "certificate_min_left": "7d",
                                        "ca_file": str(authority.certificate)}})
    assert_states(exporter, {"chain": ("fail", "a certificate ends in")})
    assert exporter.metric("dr_probe_certificate_not_after_timestamp_seconds") == pytest.approx(
        time.time() + 2 * 86400, abs=600)


def test_down_and_back(estate):
    nginx = estate.keep(Nginx(estate.new_directory(), LOCATIONS)).start()
    other = estate.keep(Nginx(estate.new_directory(), LOCATIONS)).start()
    exporter = start(estate, {"shop": {"url": nginx.url("/health")},
                              "other": {"url": other.url("/health")}}, timeout="500ms")
    assert state(exporter.metrics(), "shop") == "pass"
    nginx.pause()
    exporter.wait_for_metric("dr_probe_success", 0, source="shop")
    assert state(exporter.metrics(), "shop") == "fail"
    nginx.resume()
    exporter.wait_for_metric("dr_probe_success", 1, source="shop", timeout=20)
    nginx.stop()
    exporter.wait_for_metric("dr_probe_success", 0, source="shop")
    metrics = exporter.metrics()
    assert state(metrics, "shop") == "fail" and state(metrics, "other") == "pass"


@pytest.mark.parametrize("settings, message", [
    ({}, 'neither "url" nor "tcp" nor "dns" is given'),
    ({"url": "http://a/", "tcp": "a:1"}, 'more than one of "url", "tcp" and "dns" is given'),
    ({"url": "ftp://a/"}, "not a URL"),
    ({"url": "http://u:p@a/"}, "contains a user or password"),
    ({"url": "http://a/", "address": "a"}, "is no address; write host:port"),
    ({"url": "http://a/", "ca_file": "/ca"}, 'are for a "url" that begins with https://'),
    ({"url": "http://a/", "expect_status": [99]}, '"99" is no status'),
    ({"url": "http://a/", "expect_body": "("}, "is not a regular expression"),
    ({"url": "http://a/", "expect_body": ""}, "would be found in any page"),
    *(({"url": "http://a/", "forbidden_hosts": ["*.west", host]}, "can be no host")
      for host in ("", "*.east.example.com.", "*.east:443", "https://*.east", "*.east/")),
    ({"tcp": "a"}, "is no address; write host:port"),
    ({"tcp": "a:1", "expect_body": "x"}, '"expect_body" is for "url"; remove it'),
    ({"tcp": "a:1", "role": "west"}, '"role" is "west"; write dr or primary'),
    ({"dns": "a..b"}, "is no name of the DNS"),
    ({"dns": "a.b", "dns_type": "MX"}, "write A, AAAA or CNAME"),
    ({"dns": "a.b", "dns_expect": ["10.0.0.1/8"]}, "has bits behind its prefix"),
    ({"dns": "a.b", "dns_expect": ["west"]}, "is no address"),
    ({"dns": "a.b", "dns_servers": ["ns1:53"]}, "is no IP address"),
    ({"dns": "a.b", "dns_resolver": "resolver"}, "is no IP address"),
    ({"dns": "a.b", "dns_port": 0}, "must be between 1 and 65535"),
])
def test_plans_that_are_refused(tmp_path, settings, message):
    (tmp_path / "dr.yml").write_text(as_text({"west": settings}))
    done = run("check-config", f"--config.file={tmp_path / 'dr.yml'}")
    assert done.returncode != 0 and message in done.stdout + done.stderr, done


@pytest.mark.parametrize("lists, source, message", [
    ("evidence: [east]", "role: primary", "make it prove nothing"),
    ("datasets: [data]", "role: primary, dataset: data", "it proves nothing of data"),
    ("datasets: [data]", "dataset: data", "it proves nothing of data"),
])
def test_a_probe_is_no_other_evidence(tmp_path, lists, source, message):
    (tmp_path / "dr.yml").write_text(
        "tiers: [{name: '1', rto: 5m, rpo: 5m}]\n"
        f"services: [{{name: shop, tier: '1', {lists}}}]\n"
        f"sources: [{{name: east, collector: probe, tcp: 'a:1', {source}}}]\n")
    done = run("check-config", f"--config.file={tmp_path / 'dr.yml'}")
    assert done.returncode != 0 and message in done.stdout + done.stderr, done
