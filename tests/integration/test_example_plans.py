# SPDX-License-Identifier: Apache-2.0
"""The complete plans in deploy/examples: valid without a warning, and judged with what a small
estate can prove: real databases, drills and runbooks; all other systems do not answer."""

import datetime
import os

import pytest
import yaml
from services.exporter import run
from services.support import ROOT, wait_until

from boards import RUNBOOK

EXAMPLES = ROOT / "deploy/examples"
DRILLS = {"tabletop": ("--recovery=10m",), "component": ("--recovery=5s",),
          "partial": ("--recovery=20s", "--data-loss=0s"),
          "full": ("--recovery=25s", "--data-loss=0s"),
          "restore": ("--recovery=30m", "--data-loss=1m")}
# Two services, one after the other, fit into a minute.
PHASES = "--phase=detect=5s,decide=1s,execute=10s,verify=4s,cleanup=1m"

# Ready but for what the other systems would have to prove.
GOOD = {"rto": "pass", "drill": "pass", "runbook": "pass"}
COPIED = {"rpo": "pass", **GOOD}
NOT_COPIED = {"rpo": "unknown", **GOOD}
NOT_RESTORABLE = {**NOT_COPIED, "restore": "unknown"}
NO_ROOM_KNOWN = {"capacity": "unknown"}
UNREACHABLE = {"endpoint": "fail"}
WAITS = {"dependency": "unknown"}
STANDS = {"dependency": "pass"}

ORDER_PLATFORM = {
    ("checkout", "zone"): {**COPIED, **STANDS},
    ("checkout", "region"): {**COPIED, **WAITS, **NO_ROOM_KNOWN},
    ("checkout", "corruption"): {**NOT_RESTORABLE, **WAITS, **NO_ROOM_KNOWN},
    ("checkout", "ransomware"): {**NOT_RESTORABLE, **WAITS, **NO_ROOM_KNOWN},
    ("payments", "zone"): COPIED,
    ("payments", "region"): {**COPIED, **NO_ROOM_KNOWN},
    ("payments", "corruption"): {**NOT_RESTORABLE, **NO_ROOM_KNOWN},
    ("payments", "ransomware"): {**NOT_RESTORABLE, **NO_ROOM_KNOWN},
    ("order-read-api", "zone"): {**COPIED, **STANDS},
    ("order-read-api", "region"): {**COPIED, **WAITS, **NO_ROOM_KNOWN},
    ("order-read-api", "corruption"): {**NOT_RESTORABLE, **WAITS, **NO_ROOM_KNOWN},
    ("order-read-api", "ransomware"): {**NOT_RESTORABLE, **WAITS, **NO_ROOM_KNOWN},
    ("auth", "zone"): COPIED,
    ("auth", "region"): {**COPIED, **NO_ROOM_KNOWN},
    ("auth", "corruption"): {**NOT_RESTORABLE, **NO_ROOM_KNOWN},
    ("auth", "ransomware"): {**NOT_RESTORABLE, **NO_ROOM_KNOWN},
    ("inventory", "zone"): COPIED,
    ("inventory", "region"): {**COPIED, **NO_ROOM_KNOWN},
    ("inventory", "corruption"): {**NOT_RESTORABLE, **NO_ROOM_KNOWN},
    ("inventory", "ransomware"): {**NOT_RESTORABLE, **NO_ROOM_KNOWN},
    ("sessions", "zone"): NOT_COPIED,
    ("sessions", "region"): NOT_COPIED,
    ("events", "zone"): NOT_COPIED,
    ("events", "region"): NOT_COPIED,
    ("reporting", "zone"): COPIED,
    ("reporting", "region"): {**COPIED, **NO_ROOM_KNOWN},
    ("analytics-ingestion", "zone"): {**NOT_COPIED, **WAITS},
    ("analytics-ingestion", "region"): {**NOT_COPIED, **WAITS, **NO_ROOM_KNOWN},
    ("webhooks", "zone"): NOT_COPIED,
    ("webhooks", "region"): {**NOT_COPIED, **NO_ROOM_KNOWN},
    ("internal-tools", "region"): NOT_COPIED,
    ("internal-tools", "corruption"): {**NOT_COPIED, "restore": "pass"},
    ("notebooks", "region"): COPIED,
    ("notebooks", "corruption"): {**COPIED, "restore": "pass"},
}

PAYMENT_PLATFORM = {
    ("payment-api", "region"): {**COPIED, **WAITS, **NO_ROOM_KNOWN, **UNREACHABLE},
    ("payment-api", "corruption"): {**NOT_RESTORABLE, **WAITS, **NO_ROOM_KNOWN, **UNREACHABLE},
    ("payment-api", "ransomware"): {**NOT_RESTORABLE, **WAITS, **NO_ROOM_KNOWN, **UNREACHABLE},
    ("settlement", "region"): {**NOT_COPIED, **WAITS, **NO_ROOM_KNOWN},
    ("settlement", "corruption"): {**NOT_RESTORABLE, **WAITS, **NO_ROOM_KNOWN},
    ("settlement", "ransomware"): {**NOT_RESTORABLE, **WAITS, **NO_ROOM_KNOWN},
    ("cluster", "region"): NOT_COPIED,
    ("cluster", "corruption"): {**NOT_COPIED, "restore": "pass"},
    ("cluster", "ransomware"): {**NOT_COPIED, "restore": "pass"},
    ("sessions", "region"): {"rpo": "unknown", "rto": "pass", "runbook": "pass"},
}


def load(name):
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.yml")))
def test_valid_without_a_warning(name):
    done = run("check-config", f"--config.file={EXAMPLES / name}")
    assert done.returncode == 0, done.stderr
    assert "warnings 0" in done.stdout, done.stdout


@pytest.fixture(name="servers", scope="module")
def fixture_servers(module_estate):
    """A primary whose commits wait for both standbys."""
    primary = module_estate.primary()
    standbys = [module_estate.standby(primary, name) for name in ("zone_b", "west")]
    primary.set(synchronous_standby_names="FIRST 2 (zone_b, west)")
    wait_until(lambda: primary.sql("SELECT count(*) FROM pg_stat_replication "
                                   "WHERE sync_state = 'sync'") == "2", 20, "both to be waited for")
    return primary, standbys[1]


def record_drills(directory, plan):
    for service in plan["services"]:
        tier = next(tier for tier in plan["tiers"] if tier["name"] == service["tier"])
        for drill in {*tier.get("drill_max_age", {}), "full"}:
            done = run("drill", "record", f"--directory={directory}",
                       f"--service={service['name']}", f"--type={drill}", "--result=success",
                       PHASES, *DRILLS[drill])
            assert done.returncode == 0, done.stderr


def move(source, directory, servers):
    """The source with its systems in the estate, or nowhere."""
    primary, west = servers
    collector = source["collector"]
    moved = {**source, "interval": "1s", "timeout": "1s"}
    for key in [key for key in moved if key.endswith("_file") and key != "environment_files"]:
        moved[key] = "@password"
    if "primary_dsn" in source:
        moved["primary_dsn"] = f"host=127.0.0.1 port={primary.port} user=dr_monitor dbname=postgres"
    if "replica_dsn" in source:
        moved["replica_dsn"] = f"host=127.0.0.1 port={west.port} user=dr_monitor dbname=postgres"
        moved.pop("region", None)  # Of Aurora; this is none.
    if collector == "textfile":
        moved["directory"] = str(directory)
    elif collector == "runbook":
        moved.pop("url", None)
        moved["file"] = str(directory / "runbook.md")
    elif collector == "capacity":
        moved.update(primary_kubeconfig=str(directory / "none"),
                     dr_kubeconfig=str(directory / "none"))
    elif collector == "probe" and "dns" in source:
        moved.update(dns_servers=["127.0.0.1"], dns_port=1)
    elif collector == "probe":
        moved["address"] = "127.0.0.1:1"
    elif collector == "s3_replication":
        for port, end in enumerate(("source", "destination"), 1):
            moved.update({f"{end}_endpoint": f"http://127.0.0.1:{port}",
                          f"{end}_access_key_id": "nobody",
                          f"{end}_secret_access_key_file": "@password"})
    elif collector == "redis":
        moved.update(primary="127.0.0.1:1", replica="127.0.0.1:1", tls=False)
    elif collector == "mirrormaker":
        moved.update(source_brokers="127.0.0.1:1", target_brokers="127.0.0.1:1")
    elif source.get("format") == "objects":
        moved.update(endpoint="http://127.0.0.1:1", access_key_id="nobody",
                     secret_access_key_file="@password")
        moved.pop("role_arn")
    elif source.get("format") == "velero":
        moved["kubeconfig"] = str(directory / "none.kubeconfig")
    elif source.get("format") == "files":
        moved["glob"] = str(directory / "*.tar.zst")
    return moved


def start(estate, name, servers):
    """An exporter with the example's plan that has asked all sources once."""
    directory = estate.new_directory()
    plan = load(name)
    today = datetime.datetime.now(datetime.timezone.utc)
    (directory / "runbook.md").write_text(RUNBOOK.format(date=today.date()))
    taken = today - datetime.timedelta(minutes=10)
    with open(directory / f"{taken:%Y%m%d-%H%M%S}.tar.zst", "wb") as snapshot:
        snapshot.truncate(2 << 20)
    os.utime(snapshot.name, (taken.timestamp(), taken.timestamp()))
    record_drills(directory, plan)
    plan["sources"] = [move(source, directory, servers) for source in plan["sources"]]
    exporter = estate.exporter(plan)
    wait_until(lambda: all(count > 0 for _, count in
                           exporter.metrics().find("dr_source_collections_total")), 30,
               "all sources to be asked")
    return exporter


def table(exporter):
    found = {}
    for labels, value in exporter.metrics().find("dr_check"):
        if value == 1:
            row = found.setdefault((labels["dr_service"], labels["disruption"]), {})
            row[labels["check"]] = labels["state"]
    return found


@pytest.mark.parametrize("name, expected", [("order-platform.yml", ORDER_PLATFORM),
                                            ("payment-platform.yml", PAYMENT_PLATFORM)])
def test_whole_verdict(estate, servers, name, expected):
    exporter = start(estate, name, servers)
    try:
        wait_until(lambda: table(exporter) == expected, 20, "the verdict")
    finally:
        found = table(exporter)
        wrong = {key: found.get(key) for key in {*found, *expected}
                 if found.get(key) != expected.get(key)}
        assert wrong == {}, exporter.get("/api/v1/readiness").text[:4000]
    ready = {(labels["dr_service"], labels["disruption"]): value
             for labels, value in exporter.metrics().find("dr_ready")}
    assert ready == {key: float(set(checks.values()) == {"pass"})
                     for key, checks in expected.items()}
