# SPDX-License-Identifier: Apache-2.0
"""From a broken replication to the pager, through real Prometheus and Alertmanager."""

import time

import pytest
from services.alertmanager import Alertmanager, simple_config
from services.prometheus import Prometheus
from services.support import ROOT, wait_until
from services.webhook import Webhook

from pairs import RPO, Pair, start_exporter

RULES = sorted((ROOT / "alerts").glob("*.rules.yml"))


@pytest.fixture(name="chain")
def fixture_chain(estate):
    pair = Pair(estate)
    exporter = start_exporter(estate, pair)
    pager = estate.keep(Webhook())
    alertmanager = estate.keep(Alertmanager(estate.new_directory(), simple_config(pager.url)))
    prometheus = estate.keep(Prometheus(estate.new_directory(), [exporter.port], RULES,
                                        alertmanager.start().port)).start()
    wait_until(lambda: len(prometheus.query("dr_ready == 1")) == 4, 30, "the first scrape")
    return pair, exporter, pager, prometheus


def services(pager, name):
    return {alert["labels"].get("dr_service") for _, alert in pager.alerts(name)}


def test_breach_is_paged_in_time_and_alone(chain):
    pair, exporter, pager, prometheus = chain
    assert not pager.alerts("DrRpoBreached") and not pager.alerts("DrEvidenceMissing")
    pair.start_load()
    pair.link.cut()
    start = time.time()
    page = wait_until(lambda: pager.alerts("DrRpoBreached"), 60, "the page")[0]
    # RPO, scrape, rule interval, `for`, and another interval for Alertmanager.
    assert page[0] - start < RPO + 1 + 5 + 10 + 5 + 5
    assert services(pager, "DrRpoBreached") == {"orders"}
    labels, annotations = page[1]["labels"], page[1]["annotations"]
    assert labels["severity"] == "critical" and labels["component"] == "dr"
    assert "orders" in annotations["description"] and "<no value>" not in str(annotations)
    assert prometheus.query('dr_ready{dr_service="orders",disruption="region"}')[0][1] == 0
    exporter.wait_for_check("reports", "pass")


@pytest.mark.slow
def test_lost_evidence_and_lost_exporter_are_paged(chain):
    pair, exporter, pager, _ = chain
    pair.to_primary.cut()
    pair.to_replica.cut()
    wait_until(lambda: pager.alerts("DrEvidenceMissing") or pager.alerts("DrRpoBreached"), 90,
               "a page about orders")
    assert services(pager, "DrEvidenceMissing") | services(pager, "DrRpoBreached") == {"orders"}
    exporter.stop()
    wait_until(lambda: pager.alerts("DrExporterAbsent"), 120, "the page about the exporter")
    assert pager.alerts("DrTargetDown") or wait_until(lambda: pager.alerts("DrTargetDown"), 120)


@pytest.mark.slow
def test_mended_breach_is_resolved(chain):
    pair, _, pager, _ = chain
    pair.start_load()
    pair.link.cut()
    wait_until(lambda: pager.alerts("DrRpoBreached"), 60, "the page")
    wait_until(lambda: pager.alerts("DrWatchdog"), 90, "the page that always comes")
    pair.heal()
    wait_until(lambda: pager.alerts("DrRpoBreached", status="resolved"), 240, "the all-clear")
