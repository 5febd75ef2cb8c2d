# SPDX-License-Identifier: Apache-2.0
"""The pages over HTTP: names of every kind, what is not there, no secrets, and their cost."""

import html
import re
import time
import urllib.parse

import pytest
from services.support import wait_until

from boards import make_plan, set_state

HOSTILE = ["<script>alert(1)</script>", "a/b?c=d&e#f%41+g h'", "..", "ünïcode \u202e", '"quoted"',
           "%2e%2e", "name=x&name=y", "&lt;b&gt;", "\\"]
SECRET = "s3cr3t-of-a-database"


@pytest.fixture(name="hostile", scope="module")
def fixture_hostile(module_estate):
    plan = make_plan(module_estate.new_directory(), names=HOSTILE)
    plan["services"][0]["runbook_url"] = "javascript:alert(1)"
    plan["sources"].append({
        "name": "'><img src=x>", "collector": "postgres", "dataset": "data-0", "interval": "2s",
        "timeout": "1s", "standby_name": "standby",
        "primary_dsn": "host=127.0.0.1 port=1 user=u dbname=postgres password=" + SECRET})
    plan["services"][1]["depends_on"] = [HOSTILE[0], ".."]
    return module_estate.exporter(plan)


def links(page):
    """Every link to another page, as a browser would ask for it."""
    return {html.unescape(link) for link in re.findall(r'href="([^"#]*\?name=[^"]*)"', page)
            if not link.startswith("?")}


def heading(page):
    """The name in the heading; none on a page that found none."""
    found = re.search(r'<h1>.*?<span class="name">(.*?)</span>', page, re.DOTALL)
    return found and html.unescape(found[1])


def wait_for_first_collections(exporter):
    wait_until(lambda: all(value > 0 for _, value in
                           exporter.metrics().find("dr_source_collections_total")), 15,
               "every source to be collected once")


@pytest.mark.sanitized
def test_every_link_leads_to_its_page(hostile):
    wait_for_first_collections(hostile)
    seen = set()
    found = links(hostile.get("/").text)
    while found - seen:
        link = sorted(found - seen)[0]
        seen.add(link)
        answer = hostile.get("/" + link)
        assert answer.status == 200, link
        name = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["name"][0]
        assert heading(answer.text) == name
        found |= links(answer.text)
    names = {urllib.parse.unquote_plus(link.partition("service?name=")[2]) for link in seen}
    assert set(HOSTILE) <= names


@pytest.mark.sanitized
def test_nothing_hostile_becomes_markup(hostile):
    wait_for_first_collections(hostile)
    pages = [hostile.get("/")] + [hostile.get("/" + link) for link in
                                  links(hostile.get("/").text)]
    for answer in pages:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        for bad in ("<script", "<img", 'href="javascript', SECRET, "password"):
            assert bad not in answer.text


@pytest.mark.parametrize("path", [
    "/service", "/service?name=", "/service?name=nobody", "/source?name=nobody",
    "/service?name=%00", "/service?name=%", "/source?name=%FF%FE", "/service?name=" + "x" * 5000,
    "/service?name=%3Cscript%3Ealert(1)%3C/script%3E2", "/service/", "/services",
    "/service?nome=.."])
def test_unknown_names_are_not_found(hostile, path):
    answer = hostile.get(path)
    assert answer.status == 404
    assert "<script" not in answer.text
    assert "Refresh" not in answer.headers


def test_only_reads(hostile):
    for path in ("/", "/service?name=..", "/source?name=drills"):
        assert hostile.get(path, method="POST").status == 405
        assert hostile.get(path, method="HEAD").body == b""


def test_follows_what_happens(estate):
    directory = estate.new_directory()
    exporter = estate.exporter(make_plan(directory))

    def state():
        found = re.search(r'<div class="summary (\w+)">', exporter.get("/service?name=auth").text)
        return found[1]

    wait_until(lambda: state() == "pass", 15, "the service to be ready")
    set_state(directory / "auth-data", "nothing")
    wait_until(lambda: state() == "fail", 15, "the loss of the backups to show")
    page = exporter.get("/service?name=auth").text
    assert "nothing to restore: there is no backup" in page
    assert "Gate closed" in page
    set_state(directory / "auth-data", "good")
    wait_until(lambda: state() == "pass", 15, "the service to be ready again")
    assert re.search(r"RPO met \d+s, missed \d+s, unknown \d+s",
                     exporter.get("/service?name=auth").text)
    # What is over is still told.
    text = exporter.get("/source?name=analytics-data-restic").text
    assert re.search(r"Last error</dt><dd>[^<]*restic.json", text)


def test_two_hundred_services_cost_little(estate):
    """Some 9 ms on an idle machine; only a mistake of another order is told from a busy one."""
    exporter = estate.exporter(make_plan(estate.new_directory(), 200))
    best = min(timed(lambda: exporter.get("/")) for _ in range(20))
    assert best < 0.2


def timed(action):
    start = time.monotonic()
    action()
    return time.monotonic() - start
