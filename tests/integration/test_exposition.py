# SPDX-License-Identifier: Apache-2.0
"""/metrics and the other pages as real clients read them."""

import gzip
import subprocess

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from services.support import find_program, free_port

from plans import plan, source

PROMETHEUS_ACCEPT = ("application/openmetrics-text;version=1.0.0;q=0.5,"
                     "application/openmetrics-text;version=0.0.1;q=0.4,"
                     "text/plain;version=0.0.4;q=0.3,*/*;q=0.2")

pytestmark = pytest.mark.sanitized


@pytest.fixture(name="exporter", scope="module")
def fixture_exporter(module_estate):
    """One good pair, one source that nobody answers, and names that need escaping."""
    primary = module_estate.primary()
    standby = module_estate.standby(primary)
    data = plan({"orders": ("orders", "3s"), "lost": ("lost", "30s")}, [
        source("orders-west", "orders", primary.port, standby.port),
        source("lost-west", "lost", free_port(), free_port())])
    data["services"][0]["owner"] = 'a "quoted" \\ owner\nof two lines, ünï'
    exporter = module_estate.exporter(data)
    exporter.wait_for_check("orders", "pass")
    return exporter


def test_text_format(exporter):
    answer = exporter.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in read_text(answer.text)}
    assert families["dr_source_up"].type == "gauge"
    assert families["dr_source_collections"].type == "counter"
    owners = {sample.labels["owner"] for sample in families["dr_service_info"].samples}
    assert 'a "quoted" \\ owner\nof two lines, ünï' in owners


def test_openmetrics_format(exporter):
    answer = exporter.get("/metrics", headers={"Accept": PROMETHEUS_ACCEPT})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0")
    assert answer.text.endswith("# EOF\n")
    openmetric = {family.name: family.type for family in read_openmetrics(answer.text)}
    text = {family.name: family.type for family in read_text(exporter.get("/metrics").text)}
    assert openmetric == text


def test_every_family_once_and_with_help(exporter):
    names = [line.split()[2] for line in exporter.get("/metrics").text.splitlines()
             if line.startswith("# HELP ")]
    assert len(names) == len(set(names))
    metrics = exporter.metrics()
    assert set(metrics.types) == {name.removesuffix("_total") for name in names}


def test_promtool_finds_nothing_to_complain_about(exporter):
    done = subprocess.run([find_program("promtool", "prometheus"), "check", "metrics"],
                          input=exporter.get("/metrics").body, capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_gzip(exporter):
    answer = exporter.get("/metrics", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"dr_source_up" in gzip.decompress(answer.body)
    plain = exporter.get("/metrics", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert plain.headers["Content-Encoding"] is None
    assert b"dr_source_up" in plain.body


@pytest.mark.parametrize("path", ["/metrics", "/", "/-/healthy", "/-/ready"])
def test_head_is_a_get_without_a_body(exporter, path):
    get, head = exporter.get(path), exporter.get(path, method="HEAD")
    assert (get.status, head.status) == (200, 200)
    assert head.body == b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_unknown_path_names_the_known_ones(exporter):
    answer = exporter.get("/metric")
    assert answer.status == 404
    assert "/metrics" in answer.text


@pytest.mark.parametrize("path", ["/metrics", "/", "/-/healthy"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_other_methods_are_refused(exporter, path, method):
    answer = exporter.get(path, method=method)
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]


def test_reload_by_http_is_off_unless_asked_for(exporter):
    assert exporter.get("/-/reload", method="POST").status == 403


def test_plan_series_do_not_depend_on_reachability(exporter):
    metrics = exporter.metrics()
    assert metrics.value("dr_service_rpo_objective_seconds", dr_service="lost",
                         disruption="region") == 30
    assert metrics.value("dr_source_up", source="lost-west") == 0
    assert metrics.check("lost") == "unknown"
    assert metrics.value("dr_ready", dr_service="lost", disruption="region") == 0
    assert metrics.find("dr_recovery_point_age_seconds", source="lost-west") == []
    assert metrics.find("dr_rpo_exposure_seconds", dr_service="lost") == []
    reasons = {labels["reason"] for labels, _ in metrics.find("dr_source_failures_total",
                                                              source="lost-west")}
    assert reasons == {"connect", "timeout", "auth", "tls", "protocol", "query", "permission",
                       "not_found", "inconsistent", "internal"}
    assert exporter.failures("lost-west").keys() == {"connect"}


def test_no_value_stands_for_unknown(exporter):
    for (name, labels), value in exporter.metrics().series.items():
        assert value == value, f"{name}{dict(labels)} is NaN"
        if name != "dr_postgres_clock_skew_seconds":
            assert value >= 0, f"{name}{dict(labels)} is {value}"


def test_url_parameters_choose_nothing(exporter):
    plain = {name for name, _ in exporter.metrics().series}
    answer = exporter.get("/metrics?target=127.0.0.1:1&name[]=x&dsn=host%3Devil")
    assert {sample.name for family in read_text(answer.text) for sample in family.samples} == plain


def test_status_page(exporter):
    answer = exporter.get("/")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<script" not in answer.text
    for word in ("orders", "lost", "orders-west", "lost-west", "unknown", "/metrics"):
        assert word in answer.text
    assert 'a "quoted" \\ owner' not in answer.text


def test_accounting_adds_up(exporter):
    metrics = exporter.metrics()
    for service in ("orders", "lost"):
        labels = {"dr_service": service, "disruption": "region"}
        met, missed, unknown = (metrics.value(f"dr_rpo_{kind}_seconds_total", **labels)
                                for kind in ("met", "missed", "unknown"))
        count = metrics.value("dr_rpo_exposure_distribution_seconds_count", **labels) or 0
        assert count <= met + missed + unknown
    assert metrics.value("dr_rpo_met_seconds_total", dr_service="lost", disruption="region") == 0
