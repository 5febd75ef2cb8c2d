# SPDX-License-Identifier: Apache-2.0
"""The board in a real browser: every width, light and dark, the rules of accessibility, and no way
to mistake what is not ready for what is. With SCREENSHOTS=DIRECTORY each page is kept there."""

import os
from pathlib import Path

import pytest
from services.browser import Browser
from services.support import wait_until

from boards import make_plan

WIDTHS = (320, 768, 1280, 2560)
SCHEMES = ("light", "dark")


@pytest.fixture(name="browser", scope="module")
def fixture_browser(module_estate):
    return module_estate.keep(Browser())


def start(estate, count):
    plan = make_plan(estate.new_directory(), count)
    exporter = estate.exporter(plan)
    # All but those whose report is missing.
    wanted = sum(not source["name"].endswith("-restic") for source in plan["sources"])
    wait_until(lambda: sum(up for _, up in exporter.metrics().find("dr_source_up")) == wanted, 30,
               "the sources to be up")
    return exporter


@pytest.fixture(name="board", scope="module")
def fixture_board(module_estate):
    return start(module_estate, 9)


@pytest.fixture(name="large", scope="module")
def fixture_large(module_estate):
    return start(module_estate, 200)


def keep(browser, name):
    directory = os.environ.get("SCREENSHOTS")
    if directory:
        Path(directory).mkdir(parents=True, exist_ok=True)
        browser.screenshot(Path(directory) / f"{name}.png")


def check_page(browser, url, width, scheme, name):
    browser.look(url, width, scheme)
    assert browser.scroll_width() <= width, "it has to be scrolled sideways"
    assert browser.fetched() == [], "it needs something from elsewhere"
    keep(browser, f"{name}-{width}-{scheme}")


PAGES = {"board": "/", "service": "/service?name=payments",
         "source": "/source?name=cart-data-dumps", "missing": "/service?name=nobody"}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_every_width_and_colour(browser, board, name):
    for width in WIDTHS:
        for scheme in SCHEMES:
            check_page(browser, board.url + PAGES[name], width, scheme, name)


@pytest.mark.parametrize("name", PAGES)
def test_accessibility(browser, board, name):
    for width, scheme in ((320, "light"), (1280, "light"), (1280, "dark")):
        browser.look(board.url + PAGES[name], width, scheme)
        assert browser.axe() == {}


def test_the_rules_find_what_is_wrong(browser, board):
    browser.look(board.url + "/")
    browser.run("document.querySelector('h1').style.color = 'rgba(128, 128, 128, 0.3)'")
    assert "color-contrast" in browser.axe()


def test_what_is_not_ready_is_seen_first(browser, board):
    browser.look(board.url + "/")
    assert browser.text("h1").strip() == "5 of 9 services are not ready"
    cards = browser.run("return [...document.querySelectorAll('article h3 a')]"
                        ".map(a => a.textContent)")
    # What fails, then what is unknown.
    assert cards == ["reporting", "cart", "inventory", "payments", "analytics"]
    tops = browser.run("return ['article', '#services', '#sources'].map("
                       "s => document.querySelector(s).getBoundingClientRect().top)")
    assert tops == sorted(tops)


def test_state_is_shape_word_and_colour(browser, board):
    """Who sees no colours, or hears the page, knows as much."""
    browser.look(board.url + "/")
    seen = browser.run("""
        return [...document.querySelectorAll('.matrix td')].map(td => [
            td.className, td.querySelector('use').getAttribute('href'),
            td.querySelector('.state').innerText.trim(),
            getComputedStyle(td.querySelector('.state')).color])""")
    assert {(state, shape, word) for state, shape, word, _ in seen} == {
        ("pass", "#pass", "Ready"), ("fail", "#fail", "Not ready"),
        ("unknown", "#unknown", "Unknown")}
    assert len({color for *_, color in seen}) == 3
    assert len({(state, color) for state, _, _, color in seen}) == 3
    # A shape that is not drawn says nothing.
    assert browser.run("return [...document.querySelectorAll('.shape')].every("
                       "s => s.getBoundingClientRect().width > 8)")


def test_phone_has_cards(browser, board):
    browser.look(board.url + "/", 320)
    assert browser.run("return [...document.querySelectorAll('.matrix td')].every("
                       "td => td.getBoundingClientRect().width > 250 &&"
                       " /Zone|Region|Corruption/.test(td.innerText))")


def test_links_lead_around(browser, board):
    browser.look(board.url + "/")
    browser.run("document.querySelector('.matrix a').click()")
    wait_until(lambda: "/service?name=" in browser.driver.current_url, 10, "the service's page")
    browser.run("document.querySelector('.path a').click()")
    wait_until(lambda: "/source?name=" in browser.driver.current_url, 10, "the source's page")
    browser.run("document.querySelector('header a').click()")
    wait_until(lambda: browser.driver.current_url == board.url + "/", 10, "the board")


def test_renews_itself_unless_paused(browser, board):
    browser.look(board.url + "/?refresh=off")
    assert "paused" in browser.text("header")
    assert "Refresh" not in board.get("/?refresh=off").headers
    assert board.get("/").headers["Refresh"] == "15"


@pytest.mark.parametrize("width", [width if width == 320 else
                                   pytest.param(width, marks=pytest.mark.slow) for width in WIDTHS])
def test_two_hundred_services(browser, large, width):
    check_page(browser, large.url + "/", width, "light", "large")
    assert browser.run("return document.querySelectorAll('.matrix tbody tr').length") == 200


@pytest.mark.slow
@pytest.mark.parametrize("width", (320, 2560))
def test_accessibility_of_two_hundred_services(browser, large, width):
    browser.look(large.url + "/", width)
    assert browser.axe() == {}
