# SPDX-License-Identifier: Apache-2.0
"""The command `objectives`: what it prints is a tier that check-config takes without a warning."""

import itertools

import pytest
import yaml
from services.exporter import run

FLAGS = {"--hourly-revenue": "12000", "--transactions": "20000", "--recreation-cost": "0",
         "--impact": "high", "--regulatory": "strict"}


def ask(**changes):
    flags = {**FLAGS, **{"--" + name.replace("_", "-"): value for name, value in changes.items()}}
    return run("objectives", *(f"{name}={value}" for name, value in flags.items()))


def test_shows_the_arithmetic():
    done = ask()
    assert done.returncode == 0
    assert done.stdout == """\
hourly revenue      12000       factor 1 = min(revenue / 10000, 1)
impact              high        factor 0.25
regulatory          strict      factor 0.1
transactions        20000       an hour
recreation cost     0           once

RTO       15m               max(24 h x 0.25 x 0.1 x (1 - 1), 15 min)
RPO       7m30s             min(RTO / 2, 1 h): the lost data is very expensive to make again, or \
very many transactions an hour
strategy  hot_standby_sync
cost      very high, twice the primary's or more

This is where a discussion begins, not where it ends. For the configuration:

tiers:
  - name: "NAME"
    rto: 15m
    rpo: 7m30s
    strategy: hot_standby_sync
    severity: critical
"""


@pytest.mark.parametrize("impact, regulatory, revenue", itertools.product(
    ("low", "critical"), ("none", "moderate"), ("0", "4321.5", "9999")))
def test_the_proposal_is_a_tier(tmp_path, impact, regulatory, revenue):
    done = ask(impact=impact, regulatory=regulatory, hourly_revenue=revenue)
    plan = yaml.safe_load(done.stdout[done.stdout.index("tiers:"):])
    plan["services"] = [{"name": "shop", "tier": "NAME", "datasets": ["orders"]}]
    plan["sources"] = [{"name": "west", "collector": "postgres", "dataset": "orders",
                        "primary_dsn": "host=a", "replica_dsn": "host=b"}]
    path = tmp_path / "dr.yml"
    path.write_text(yaml.safe_dump(plan))
    done = run("check-config", f"--config.file={path}")
    assert done.returncode == 0, done.stderr
    assert "warnings 0" in done.stdout


def test_wrong_usage():
    done = ask(impact="enormous")
    assert done.returncode == 2
    assert "low, medium, high or critical" in done.stderr
    done = run("objectives", "--impact=low")
    assert done.returncode == 2
    assert "objectives needs --hourly-revenue=NUMBER" in done.stderr
