# SPDX-License-Identifier: Apache-2.0
"""Servers that answer badly, from a cache or in part, and those that want to know who asks."""

import base64
import json
import socket
import time
from urllib.parse import parse_qs

import pytest
import yaml
from services.certificates import Authority
from services.documents import (Documents, cut, endless, garbage, hang, many_headers, redirect,
                                trickle)
from services.exporter import run
from services.prometheus import Prometheus
from services.support import free_port, wait_until

from promql_plans import plan, problem, start, state

PATH = "/api/v1/query"
PASSWORD = "pass-w0rd-that-nobody-sees"
# bcrypt of it, at the least cost.
HASHED = "$2b$04$abcdefghijklmnopqrstuuc4Apnxz16tzWe2uPyxSeS0wdZlE9BKG"


def answer(value, offset=0.0, **more):
    """What Prometheus would say, as of `offset` seconds from when it was asked for."""
    def page(handler):
        form = parse_qs(handler.form)
        now = float(form["time"][0]) if "time" in form else time.time()
        is_age = form["query"][0].startswith("min(timestamp(")
        number = now + offset - 1 if is_age else value
        handler.answer(200, json.dumps({"status": "success", "data": {
            "resultType": "vector", "result": [
                {"metric": {}, "value": [round(now + offset, 3), repr(number)]}]},
            **more}).encode())
    return page


def cached(handler):
    """Whatever is asked for, the same answer of ten seconds ago."""
    now = round(time.time() - 10, 3)
    is_age = "timestamp" in handler.form
    handler.answer(200, json.dumps({"status": "success", "data": {
        "resultType": "vector", "result": [
            {"metric": {}, "value": [now + 3 if is_age else now, str(now if is_age else 5)]}
        ]}}).encode())


def text(status, body):
    return lambda handler: handler.answer(status, body.encode())


@pytest.mark.sanitized
def test_servers_that_answer_badly(estate):
    """Each in its own way, and all at the same time."""
    partial = {"warnings": ["No StoreAPIs matched for this query"]}
    many = json.dumps({"status": "success", "data": {"resultType": "vector", "result": [
        {"metric": {"n": str(n)}, "value": [1, "1"]} for n in range(30_000)]}})
    pages = {"good": answer(5), "noted": answer(5, infos=["PromQL info: metric might not be…"]),
             "partial": answer(5, **partial), "ahead": answer(5, 90), "behind": answer(5, -90),
             "cached": cached, "login": text(200, "<html><h1>Log in</h1></html>"),
             "redirect": redirect("https://login.example.com/"), "forbidden": 403, "broken": 500,
             "busy": text(503, '{"status":"error","error":"query timed out"}'),
             "unauthorized": text(401, "no org id"), "empty": text(200, ""),
             "line": text(422, json.dumps({"status": "error", "error": "a\nb" + "x" * 5000})),
             "no-content": 204, "half": text(200, '{"status":"success","data":{"resultT'),
             "huge": text(200, many), "endless": endless, "headers": many_headers,
             "trickle": trickle, "hang": hang, "cut": cut, "garbage": garbage}
    reasons = {"partial": "query", "ahead": "inconsistent", "behind": "inconsistent",
               "cached": "protocol", "login": "protocol", "redirect": "protocol",
               "forbidden": "permission", "broken": "query", "busy": "query",
               "unauthorized": "auth", "empty": "protocol", "line": "query",
               "no-content": "protocol", "half": "protocol", "huge": "protocol",
               "endless": "protocol", "headers": "protocol", "trickle": "timeout",
               "hang": "timeout", "cut": "connect", "garbage": "protocol"}
    server = estate.keep(Documents({f"/{name}{PATH}": page for name, page in pages.items()}))
    exporter = start(estate, {name: {"url": server.url(f"/{name}"), "query": "age",
                                     "yields": "recovery_point_age"} for name in pages},
                     timeout="2s")
    assert {name: set(exporter.failures(name)) for name in pages} == {
        name: {reasons[name]} if name in reasons else set() for name in pages}
    assert {name for name in pages if state(exporter, name, "recovery_point_age") == "pass"} == {
        "good", "noted"}
    for name, message in {"partial": "No StoreAPIs", "ahead": "ahead of ours",
                          "behind": "behind ours", "cached": "a cache", "login": "login",
                          "redirect": "status 302", "busy": "query timed out",
                          "line": "a bx"}.items():
        assert message in problem(exporter, name), name
    assert len(problem(exporter, "line")) < 512
    assert exporter.metric("dr_source_last_collection_duration_seconds", source="hang") < 2.5
    # Those that hang do not hold up the end.
    assert exporter.stop() < 3


def test_what_is_asked(estate, tmp_path):
    """A form with the expression as it was written, and who asks in the headers."""
    (tmp_path / "token").write_text("t0ken\n")
    forms = []

    def page(handler):
        forms.append((parse_qs(handler.form), dict(handler.headers)))
        answer(5)(handler)

    server = estate.keep(Documents({PATH: page}))
    query = 'max(a{b="ü&=+%"})\n  + 1  # a comment'
    exporter = start(estate, {"one": {
        "url": server.url("/"), "query": query, "tenant": "team-a", "samples": ["a", 'c{d="e"}'],
        "yields": "recovery_point_age"}})
    assert state(exporter, "one", "recovery_point_age") == "pass"
    (first, headers), (second, _), (third, _) = forms[:3]
    assert headers["X-Scope-OrgID"] == "team-a" and "Authorization" not in headers
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert first == {"query": ["min(timestamp(a))"], "partial_response": ["false"]}
    assert second["query"] == ['min(timestamp(c{d="e"}))']
    assert third["query"] == [query] and third["time"] == second["time"]


def test_settings_that_make_no_sense(estate):
    good = {"url": "http://127.0.0.1:1", "query": "a", "yields": "up"}
    for wrong, message in (
            ({"query": "a + b"}, 'give "samples"'),
            ({"query": "job:a:sum"}, "recording rule"),
            ({"samples": ["sum(a)"]}, "no selector"),
            ({"yields": "lag"}, 'nothing that a query "yields"'),
            ({"url": "http://127.0.0.1:1/api/v1/query"}, "goes too far"),
            ({"token_file": "/dev/null"}, "https://"),
            ({"dataset": "one"}, "proves nothing of data")):
        document = plan({"one": {**good, **wrong}})
        exporter = estate.exporter(document, start=False)
        done = run("check-config", f"--config.file={exporter.plan_path}")
        assert done.returncode != 0 and message in done.stderr + done.stdout, (wrong, done)
    document = plan({"one": {**good, "yields": "recovery_point_age"}})
    document["services"].append({"name": "two", "tier": "1", "evidence": ["one"]})
    exporter = estate.exporter(document, start=False)
    done = run("check-config", f"--config.file={exporter.plan_path}")
    assert done.returncode != 0 and "only proves that data is safe" in done.stderr + done.stdout


class SecuredPrometheus(Prometheus):
    def is_ready(self):
        """Asking it over HTTP would need what the tests are about."""
        if not self.process.running:
            raise RuntimeError("Prometheus ended:\n" + self.process.log())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def secured(estate, authority, **more):
    """Prometheus with TLS and what else its file for the web may say."""
    certificate, key = authority.issue("server", "/CN=prometheus", "127.0.0.1")
    config = authority.directory / f"web-{len(list(authority.directory.iterdir()))}.yml"
    config.write_text(yaml.safe_dump({
        "tls_server_config": {"cert_file": str(certificate), "key_file": str(key),
                              **more.pop("tls", {})}, **more}))
    server = estate.keep(SecuredPrometheus(
        estate.new_directory(), [], arguments=[f"--web.config.file={config}"]))
    server.start()
    return f"https://127.0.0.1:{server.port}"


def test_access_to_real_prometheus(estate, tmp_path):
    """Nothing is scraped: `empty` is as far as one can get."""
    authority = Authority(tmp_path)
    certificate, key = authority.issue("client", "/CN=dr_exporter")
    for name, content in {"password": PASSWORD, "wrong": "wrong"}.items():
        (tmp_path / name).write_text(content + "\n")
    with_password = secured(estate, authority, basic_auth_users={"dr": HASHED})
    with_certificate = secured(estate, authority, tls={
        "client_ca_file": str(authority.certificate),
        "client_auth_type": "RequireAndVerifyClientCert"})
    trust = {"ca_file": str(authority.certificate), "query": "a", "yields": "up"}
    password = {**trust, "url": with_password, "user": "dr",
                "password_file": str(tmp_path / "password")}
    client = {**trust, "url": with_certificate, "cert_file": str(certificate), "key_file": str(key)}
    wrong = {  # name: (settings, reason)
        "good": (password, "not_found"),
        "client": (client, "not_found"),
        "wrong": ({**password, "password_file": str(tmp_path / "wrong")}, "auth"),
        "nobody": ({**trust, "url": with_password}, "auth"),
        "no-file": ({**password, "password_file": str(tmp_path / "gone")}, "not_found"),
        "stranger": ({"query": "a", "yields": "up", "url": with_password}, "tls"),
        # With TLS 1.3 the server says so only after the handshake.
        "no-certificate": ({**trust, "url": with_certificate}, "connect"),
        "plain": ({**trust, "url": f"http://{with_password.partition('//')[2]}"}, "query"),
    }
    exporter = start(estate, {name: settings for name, (settings, _) in wrong.items()})
    assert {name: set(exporter.failures(name)) for name in wrong} == {
        name: {reason} for name, (_, reason) in wrong.items()}
    assert all(state(exporter, name, "up") == "unknown" for name in wrong)
    for name in ("good", "client"):
        assert "the result is empty" in problem(exporter, name)
    secret = base64.b64encode(f"dr:{PASSWORD}".encode()).decode()
    for page in (exporter.metrics().text, exporter.get("/").text, exporter.log()):
        assert PASSWORD not in page and secret not in page


def test_real_prometheus_that_cannot_reach_all_of_its_data(estate):
    """With remote storage that is away it answers with what it has, and a warning."""
    prometheus = estate.keep(Prometheus(estate.new_directory(), []))
    config = yaml.safe_load(prometheus.config_path.read_text())
    config["remote_read"] = [{"url": f"http://127.0.0.1:{free_port()}/read", "read_recent": True}]
    prometheus.config_path.write_text(yaml.safe_dump(config))
    prometheus.start()
    exporter = start(estate, {"one": {"url": prometheus.url, "query": "a", "yields": "up"}})
    assert state(exporter, "one", "up") == "unknown"
    wait_until(lambda: exporter.failures("one").get("query"), 10, "a partial answer")
    assert "may not be the whole one: remote_read" in problem(exporter, "one")
