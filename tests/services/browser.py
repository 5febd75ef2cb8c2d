# SPDX-License-Identifier: Apache-2.0
"""A real headless Chromium, and the accessibility rules of axe-core from npm."""

import fcntl
import json
import os
import subprocess
from pathlib import Path

from .support import ROOT, MissingComponent, find_program

AXE_VERSION = "4.14.1"
CACHE = ROOT / "build/axe"


def axe_source():
    """The script of axe-core; fetched once, one process fetches while others wait."""
    script = CACHE / f"node_modules/axe-core/axe-{AXE_VERSION}.js"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not script.exists():
            done = subprocess.run(
                [find_program("npm", "npm"), "install", "--no-save", "--no-audit", "--no-fund",
                 "--ignore-scripts", "--prefix", CACHE, f"axe-core@{AXE_VERSION}"],
                capture_output=True, text=True, check=False, timeout=300)
            if done.returncode != 0:
                raise MissingComponent(f"npm install axe-core: {done.stderr[-2000:]}")
            (script.parent / "axe.min.js").rename(script)
    return script.read_text(encoding="utf-8")


def _selenium():
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError as error:
        raise MissingComponent("selenium is missing: tests/install-dependencies test installs "
                               "python3-selenium") from error
    return webdriver, Service


class Browser:
    """Looks at pages as people with this width and these colours would."""

    def __init__(self):
        webdriver, service = _selenium()
        options = webdriver.ChromeOptions()
        options.binary_location = find_program("chromium", "chromium")
        for flag in ("--headless=new", "--hide-scrollbars", "--disable-gpu", "--no-first-run",
                     "--disable-dev-shm-usage", "--disable-background-networking"):
            options.add_argument(flag)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # Which Chromium refuses to have as root.
        self.driver = webdriver.Chrome(
            service=service(find_program("chromedriver", "chromium-driver")), options=options)
        self.driver.set_page_load_timeout(60)
        self.driver.set_script_timeout(120)

    def stop(self):
        self.driver.quit()

    def look(self, url, width=1280, scheme="light", height=900):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self._resize(width, height)
        self.driver.get(url)

    def _resize(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def scroll_width(self):
        return self.run("return document.documentElement.scrollWidth")

    def text(self, selector):
        """What people see of the first such element; None without one."""
        return self.run("const found = document.querySelector(arguments[0]);"
                        "return found && found.innerText", selector)

    def fetched(self):
        """Whatever the page made the browser fetch beside itself."""
        return self.run("return performance.getEntriesByType('resource').map(e => e.name)")

    def axe(self):
        """What violates the rules: {rule: [elements]}."""
        if not self.run("return typeof axe === 'object'"):
            self.run(axe_source() + "; window.axe = axe;")
        result = self.driver.execute_async_script(
            "const done = arguments[0];"
            "axe.run(document, {resultTypes: ['violations']})"
            ".then(r => done(JSON.stringify(r.violations)), e => done(JSON.stringify("
            "[{id: String(e), nodes: []}])))")
        return {violation["id"]: [f"{node['html'][:200]} {node.get('failureSummary', '')[:300]}"
                                  for node in violation["nodes"][:5]]
                for violation in json.loads(result)}

    def screenshot(self, path, height_max=6000):
        """The whole page, however long."""
        height = self.run("return document.documentElement.scrollHeight")
        width = self.run("return window.innerWidth")
        self._resize(width, min(height, height_max))
        self.driver.save_screenshot(str(path))
        return Path(path)
