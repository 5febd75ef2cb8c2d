# SPDX-License-Identifier: Apache-2.0
"""Runbooks on the web: redirections, TLS, tokens, and servers that answer badly."""

import subprocess

import pytest
from services.documents import (LAST_MODIFIED, Documents, cut, endless, garbage, hang, many_headers,
                                redirect, trickle)
from services.support import find_program, free_port

from test_runbook import document, plan, state, wait_for_all

TOKEN = "t0ken-that-nobody-sees"
# The proxy of whoever runs the tests has no business with servers of the loopback.
DIRECT = {"no_proxy": "*", "NO_PROXY": "*"}


def start(estate, sources, timeout="3s"):
    started = estate.exporter(plan(sources, interval="1s", timeout=timeout), environment=DIRECT)
    wait_for_all(started)
    return started


@pytest.fixture(name="certificate")
def fixture_certificate(tmp_path):
    """(certificate, key) of 127.0.0.1, signed by itself."""
    subprocess.run([find_program("openssl", "openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
                    "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                    "subjectAltName=IP:127.0.0.1"], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "cert.pem", tmp_path / "key.pem"


@pytest.mark.sanitized
def test_answers(estate):
    """Each in its own way, and all at the same time."""
    pages = {"/good": document(5), "/old": document(95), "/login": "<html><h1>Log in</h1></html>",
             "/one": redirect("/two"), "/two": redirect("/three"), "/three": redirect("/good"),
             "/zero": redirect("/one"), "/file": redirect("file:///etc/passwd"),
             "/secret": 401, "/forbidden": 403, "/broken": 500, "/empty": 204,
             "/large": document(1) + "x" * 10_000_000, "/endless": endless,
             "/headers": many_headers, "/trickle": trickle, "/hang": hang, "/cut": cut,
             "/garbage": garbage}
    server = estate.keep(Documents(pages))
    reasons = {"missing": "not_found", "zero": "protocol", "file": "protocol", "secret": "auth",
               "forbidden": "auth", "broken": "query", "empty": "protocol", "large": "protocol",
               "endless": "protocol", "headers": "protocol", "trickle": "timeout",
               "hang": "timeout", "cut": "connect", "garbage": "protocol", "refused": "connect"}
    sources = {name: {"url": server.url(f"/{name}?v=1")}
               for name in ("good", "old", "login", "one", *reasons)}
    sources["refused"]["url"] = f"http://127.0.0.1:{free_port()}/"
    exporter = start(estate, sources, timeout="2s")
    metrics = exporter.metrics()
    assert {name: set(exporter.failures(name)) for name in reasons} == {
        name: {reason} for name, reason in reasons.items()}
    assert all(state(metrics, name) == "unknown" for name in reasons)
    assert [state(metrics, name) for name in ("good", "one", "old", "login")] == [
        "pass", "pass", "fail", "fail"]
    assert metrics.value("dr_runbook_modified_timestamp_seconds", source="good") == 1793520000
    assert LAST_MODIFIED == "Sun, 01 Nov 2026 08:00:00 GMT"
    assert metrics.value("dr_runbook_info", source="good", location=server.url("/good")) == 1
    assert metrics.value("dr_source_last_collection_duration_seconds", source="hang") < 2.5
    # Those that hang do not hold up the end.
    assert exporter.stop() < 3


def test_certificates(estate, certificate):
    server = estate.keep(Documents({"/": document(5), "/down": redirect(lambda: plain.url("/"))},
                                   *certificate))
    plain = estate.keep(Documents({"/": document(5)}))
    exporter = start(estate, {
        "trusted": {"url": server.url("/"), "ca_file": str(certificate[0])},
        "stranger": {"url": server.url("/")},
        "name": {"url": server.url("/").replace("127.0.0.1", "localhost"),
                 "ca_file": str(certificate[0])},
        "downgrade": {"url": server.url("/down"), "ca_file": str(certificate[0])},
        "plain": {"url": plain.url("/").replace("http:", "https:")},
        "no-authority": {"url": server.url("/"), "ca_file": str(certificate[0]) + ".gone"},
    })
    metrics = exporter.metrics()
    assert state(metrics, "trusted") == "pass"
    for name, reason in {"stranger": "tls", "name": "tls", "downgrade": "protocol", "plain": "tls",
                         "no-authority": "tls"}.items():
        assert (name, set(exporter.failures(name))) == (name, {reason})
        assert state(metrics, name) == "unknown"


def test_token_goes_to_its_server_only(estate, certificate, tmp_path):
    def page(handler):
        good = handler.headers.get("Authorization") == f"Bearer {TOKEN}"
        handler.answer(200 if good else 401, document(5).encode())

    (tmp_path / "token").write_text(TOKEN + "\n")
    (tmp_path / "wrong").write_text("wrong\n")
    other = estate.keep(Documents({"/": document(5)}, *certificate))
    server = estate.keep(Documents({"/": page, "/away": redirect(other.url("/"))}, *certificate))
    common = {"ca_file": str(certificate[0]), "token_file": str(tmp_path / "token")}
    exporter = start(estate, {
        "good": {"url": server.url("/"), **common},
        "away": {"url": server.url("/away"), **common},
        "wrong": {"url": server.url("/"), **common, "token_file": str(tmp_path / "wrong")},
        "gone": {"url": server.url("/"), **common, "token_file": str(tmp_path / "gone")},
    })
    metrics = exporter.metrics()
    assert state(metrics, "good") == "pass" and state(metrics, "away") == "pass"
    assert set(exporter.failures("wrong")) == {"auth"}
    assert set(exporter.failures("gone")) == {"not_found"}
    assert other.requests and not any("Authorization" in headers for _, headers in other.requests)
    for text in (metrics.text, exporter.get("/").text, exporter.log()):
        assert TOKEN not in text


def test_a_server_that_comes_back(estate):
    pages = {"/": 503}
    server = estate.keep(Documents(pages))
    exporter = start(estate, {"checkout": {"url": server.url("/")}})
    assert state(exporter.metrics(), "checkout") == "unknown"
    pages["/"] = document(5)
    exporter.wait_for_metric("dr_source_up", 1, source="checkout")
    assert state(exporter.metrics(), "checkout") == "pass"
    pages["/"] = document(5, "# Checkout\n")
    exporter.wait_for_metric("dr_runbook_missing_sections", 4, source="checkout")
    assert state(exporter.metrics(), "checkout") == "fail"
