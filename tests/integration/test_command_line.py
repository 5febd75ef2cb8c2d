# SPDX-License-Identifier: Apache-2.0
"""The command line: commands, exit codes, and errors that say what to do."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families
from services.exporter import run
from services.postgres import PASSWORD
from services.support import ROOT, free_port

import plans

GOOD = """
exporter: {observer: west, interval: 1s}
tiers:
  - {name: "1", rpo: 30s, severity: critical}
services:
  - {name: orders, tier: "1", datasets: [orders]}
sources:
  - name: orders-west
    collector: postgres
    dataset: orders
    primary_dsn: host=127.0.0.1 user=dr_monitor dbname=postgres
    replica_dsn: host=127.0.0.1 user=dr_monitor dbname=postgres
"""


@pytest.fixture(name="check")
def fixture_check(tmp_path):
    def check(text):
        path = tmp_path / "dr.yml"
        path.write_text(text)
        return run("check-config", "--config.file=dr.yml", directory=tmp_path)
    return check


def test_version():
    done = run("--version")
    version = re.search(r"^VERSION := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    assert (done.returncode, done.stderr) == (0, "")
    assert version in done.stdout and "dr_exporter" in done.stdout


def test_help_names_every_flag_and_command():
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("serve", "check-config", "once", "settings", "metrics", "--config.file",
                 "--web.listen-address", "--web.telemetry-path", "--web.config.file",
                 "--web.enable-lifecycle", "--log.level", "--log.format", "--version"):
        assert word in done.stdout


@pytest.mark.parametrize("arguments, hint", [
    (["--config.fil=x"], "--config.file"),
    (["chek-config"], "check-config"),
    (["--log.level=loud"], "debug"),
    (["--web.listen-address=nonsense"], "--web.listen-address"),
    (["--config.file"], "--config.file"),
])
def test_wrong_usage_is_one_line_with_a_remedy(arguments, hint):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert hint in done.stderr


def test_good_plan(check):
    done = check(GOOD)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("change, line, hint", [
    (("interval: 1s", "interval: 1"), 2, "interval"),
    (("interval: 1s", "intervall: 1s"), 2, "interval"),
    (("rpo: 30s", "rpo: soon"), 4, "15s"),
    (("severity: critical", "severity: loud"), 4, "critical"),
    (('tier: "1"', 'tier: "9"'), 6, "9"),
    (("datasets: [orders]", "datasets: [order]"), 6, "order"),
    (("collector: postgres", "collector: postgre"), 9, "postgres"),
    (("primary_dsn:", "primary_dns:"), 11, "primary_dsn"),
    (("dataset: orders\n", "dataset: orders\n    survives: [flood]\n"), 11, "region"),
    (("tiers:", "tiers: ["), None, ""),
])
def test_errors_name_the_place_and_the_remedy(check, change, line, hint):
    done = check(GOOD.replace(*change))
    assert done.returncode == 1
    report = done.stdout + done.stderr
    where = rf"dr\.yml:{line}:\d+: " if line else r"dr\.yml:\d+:\d+: "
    assert re.search(where, report), report
    assert hint in report


def test_all_errors_at_once(check):
    done = check(GOOD.replace("interval: 1s", "interval: 1").replace("30s", "soon")
                 .replace("collector: postgres", "collector: oracle"))
    report = (done.stdout + done.stderr).splitlines()
    lines = {int(match[1]) for match in re.finditer(r"dr\.yml:(\d+):\d+: ", "\n".join(report))}
    assert {2, 4, 9} <= lines


def test_infeasible_plan_is_a_warning(check):
    done = check(GOOD.replace("interval: 1s", "interval: 20s"))
    assert done.returncode == 0
    assert "orders" in done.stdout + done.stderr


def test_missing_plan(tmp_path):
    for command in ("check-config", "once", "serve"):
        done = run(command, f"--config.file={tmp_path}/none.yml")
        assert done.returncode == 1
        assert "none.yml" in done.stderr


def test_references_are_markdown():
    for command, word in (("settings", "primary_dsn"), ("metrics", "dr_source_up")):
        done = run(command)
        assert done.returncode == 0 and word in done.stdout and "|" in done.stdout
        assert run(command, "postgres").returncode == 0
        wrong = run(command, "postgre")
        assert wrong.returncode == 2 and "postgres" in wrong.stderr


def test_taken_address_is_named(estate):
    primary = estate.primary()
    exporter = estate.exporter(plans.plan({"orders": ("orders", "3s")}, [
        plans.source("orders-west", "orders", primary.port)]))
    done = run(f"--config.file={exporter.plan_path}",
               f"--web.listen-address=127.0.0.1:{exporter.port}")
    assert done.returncode == 1
    assert str(exporter.port) in done.stderr


class TestOnce:
    """`once` prints the exposition and answers by its exit code."""

    @pytest.fixture(name="pair", scope="class")
    def fixture_pair(self, module_estate):
        primary = module_estate.primary()
        return primary, module_estate.standby(primary)

    @staticmethod
    def once(tmp_path, rpo, primary_port, replica_port):
        path = tmp_path / "dr.yml"
        (tmp_path / "password").write_text(PASSWORD)
        plan = plans.plan({"orders": ("orders", rpo)}, [
            plans.source("orders-west", "orders", primary_port, replica_port)])
        path.write_text(plans.as_text(plan).replace("@password", str(tmp_path / "password")))
        return run("once", f"--config.file={path}")

    def test_everything_measured(self, tmp_path, pair):
        done = self.once(tmp_path, "30s", pair[0].port, pair[1].port)
        assert done.returncode == 0, done.stderr
        families = {family.name for family in text_string_to_metric_families(done.stdout)}
        assert {"dr_source_up", "dr_ready", "dr_check"} <= families

    def test_nothing_reachable(self, tmp_path):
        done = self.once(tmp_path, "30s", free_port(), free_port())
        assert done.returncode == 1
        up = [sample.value for family in text_string_to_metric_families(done.stdout)
              for sample in family.samples if sample.name == "dr_source_up"]
        assert up == [0]
        assert PASSWORD not in done.stdout + done.stderr
