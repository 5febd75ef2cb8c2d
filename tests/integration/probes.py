# SPDX-License-Identifier: Apache-2.0
"""Plans with one service a probe, and what became of it."""

import json

import yaml
from services.support import wait_until


def plan(probes, interval="500ms", timeout="2s", **tier):
    return {
        "exporter": {"observer": "west", "interval": interval, "timeout": timeout},
        "tiers": [{"name": "1", "rto": "5m", "severity": "critical", **tier}],
        "services": [{"name": name, "tier": "1", "evidence": [name]}
                     for name, settings in probes.items() if settings.get("role") != "primary"],
        "sources": [{"name": name, "collector": "probe", **settings}
                    for name, settings in probes.items()],
    }


def as_text(probes):
    return yaml.safe_dump(plan(probes), sort_keys=False)


def start(estate, probes, **options):
    """The exporter, once every source was collected."""
    exporter = estate.exporter(plan(probes, **options))
    wait_until(lambda: all(value >= 1 for _, value in
                           exporter.metrics().find("dr_source_collections_total")), 30,
               "a collection of every source")
    return exporter


def state(metrics, name):
    return metrics.check(name, check="endpoint")


def reasons(exporter):
    """{service: the reason of its check endpoint}, each of the one probe that it lists."""
    services = json.loads(exporter.get("/api/v1/readiness").text)["services"]
    return {service["service"]: check["reason"] for service in services
            for verdict in service["disruptions"] for check in verdict["checks"]
            if check["check"] == "endpoint"}


def assert_states(exporter, cases):
    """`cases` maps a probe to its state and the beginning of the reason for it."""
    metrics = exporter.metrics()
    said = reasons(exporter)
    assert {name: state(metrics, name) for name in cases} == {
        name: wanted for name, (wanted, _) in cases.items()}
    for name, (wanted, reason) in cases.items():
        assert reason is None or said[name].startswith(f"{name}: {reason}"), (reason, said[name])
        up, success = (metrics.value(metric, source=name)
                       for metric in ("dr_source_up", "dr_probe_success"))
        assert (up, success) == {"pass": (1, 1), "fail": (1, 0), "unknown": (0, None)}[wanted], name
