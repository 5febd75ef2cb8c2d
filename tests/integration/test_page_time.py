# SPDX-License-Identifier: Apache-2.0
"""From a breach to the page, with the examples of deploy/ and nothing changed but addresses."""

import time

import pytest
import yaml
from services.alertmanager import Alertmanager
from services.prometheus import Prometheus
from services.support import ROOT, wait_until
from services.webhook import Webhook

from pairs import Pair

# For a breach, with what the examples add up to, and a little for a busy machine.
TIER_0_SECONDS_MAX = 15
TIER_1_SECONDS_MAX = 25


def read(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def routing(urls):
    """The example, with its receivers' addresses replaced by {receiver: URL}."""
    config = read("deploy/alertmanager/alertmanager.yml")
    config["templates"] = [str(ROOT / "deploy/alertmanager/dr.tmpl")]
    for receiver in config["receivers"]:
        url = urls.get(receiver["name"], "http://127.0.0.1:9/")
        for settings in receiver.get("pagerduty_configs", []):
            del settings["routing_key_file"]
            settings.update(routing_key="key", url=url)
        for settings in receiver.get("slack_configs", []):
            del settings["api_url_file"]
            settings["api_url"] = url
        for settings in receiver.get("webhook_configs", []):
            settings["url"] = url
    # Business hours are any time here.
    config["time_intervals"][0]["time_intervals"] = [{"times": [{"start_time": "00:00",
                                                                 "end_time": "24:00"}]}]
    return config


def two_tiers(pair):
    data = pair.plan()
    data["tiers"] = [{"name": name, "rpo": {"region": "3s"}, "severity": severity}
                     for name, severity in (("0", "critical"), ("1", "critical"),
                                            ("2", "warning"))]
    data["services"] = [{"name": name, "tier": tier, "owner": "team", "datasets": ["orders"],
                         "runbook_url": f"https://wiki.example.com/{name}"}
                        for name, tier in (("checkout", "0"), ("catalogue", "1"),
                                           ("reports", "2"))]
    data["services"].append({"name": "other", "tier": "0", "datasets": ["reports"]})
    return data


def start_chain(estate, exporter, alertmanager):
    prometheus = estate.keep(Prometheus(estate.new_directory(), [exporter.port]))
    config = read("deploy/prometheus/prometheus.yml")
    rules = sorted(str(path) for path in (ROOT / "alerts").glob("*.rules.yml"))
    assert config["rule_files"] == ["dr_exporter/*.rules.yml"]
    config["rule_files"] = rules
    job = config["scrape_configs"][0]
    job["static_configs"] = [{"targets": [f"127.0.0.1:{exporter.port}"]}]
    config["alerting"]["alertmanagers"] = [
        {"static_configs": [{"targets": [f"127.0.0.1:{alertmanager.port}"]}]}]
    prometheus.config_path.write_text(yaml.safe_dump({**config, "scrape_configs": [job]}))
    prometheus.has_alertmanager = True
    return prometheus.start()


@pytest.mark.slow
def test_breach_to_page(estate):
    pair = Pair(estate)
    exporter = estate.exporter(two_tiers(pair))
    exporter.wait_for_check("checkout", "pass")
    pager, tickets = estate.keep(Webhook()), estate.keep(Webhook())
    alertmanager = estate.keep(Alertmanager(
        estate.new_directory(), routing({"pager": pager.url, "tickets": tickets.url}))).start()
    prometheus = start_chain(estate, exporter, alertmanager)
    wait_until(lambda: len(prometheus.query("dr_ready == 1")) == 4, 30, "the first scrape")
    # A new service is spared for its RPO.
    time.sleep(5)
    pair.start_load()
    pair.link.cut()
    wait_until(lambda: exporter.check("checkout") == "fail", 20, "the breach", every=0.02)
    breach = time.time()

    def page_of(webhook, service):
        return next(((at, page) for at, page in list(webhook.pages)
                     if service in str(page) and "would lose more data" in str(page)), None)

    first = wait_until(lambda: page_of(pager, "checkout"), 60, "the page of tier 0")
    second = wait_until(lambda: page_of(pager, "catalogue"), 60, "the page of tier 1")
    ticket = wait_until(lambda: page_of(tickets, "reports"), 60, "the ticket of tier 2")
    delays = [first[0] - breach, second[0] - breach, ticket[0] - breach]
    print("breach to page: tier 0 {:.1f} s, tier 1 {:.1f} s, ticket of tier 2 {:.1f} s".format(
        *delays))
    assert delays[0] < TIER_0_SECONDS_MAX and delays[1] < TIER_1_SECONDS_MAX
    assert not page_of(pager, "other") and not page_of(tickets, "other")

    # PagerDuty's events, Slack's messages.
    summary = first[1]["payload"]["summary"]
    assert summary == "[FIRING] checkout (tier 0): A service would lose more data than its " \
        "objective allows."
    details = first[1]["payload"]["custom_details"]["description"].split("\n")
    assert details[0].startswith("If this region disruption struck now, checkout (tier 0) would")
    assert "its objective is 3s" in details[0] and "source orders-west" in details[0]
    assert details[1].startswith("Runbook: https://wiki.example.com/checkout and https://")
    assert first[1]["payload"]["severity"] == "critical"
    message = ticket[1]["attachments"][0]
    assert message["title"].startswith("[FIRING] reports (tier 2): ")
    assert message["text"].split("\n")[1].startswith("Runbook: https://wiki.example.com/reports")
