# SPDX-License-Identifier: Apache-2.0
"""Plans whose services are protected by backups only, and what to expect of them."""

INTERVAL = 0.5
TIMEOUT = 8
# Two intervals, the time that a tool takes, and a little for a busy machine.
NOTICE = 2 * INTERVAL + TIMEOUT + 1
SEGMENT_MEGABYTES = 1


def plan(sources, rpo="10s"):
    """`sources` maps a name to settings; each has a dataset and a service of that name."""
    return {
        "exporter": {"observer": "west", "interval": f"{round(INTERVAL * 1000)}ms",
                     "timeout": f"{TIMEOUT}s"},
        "tiers": [{"name": "1", "rpo": {"region": rpo}, "severity": "critical"}],
        "services": [{"name": name, "tier": "1", "owner": "team", "datasets": [name]}
                     for name in sources],
        "sources": [{"name": name, "collector": "backup", "dataset": name, **settings}
                    for name, settings in sources.items()],
    }


def primary(server, port=None):
    """The settings by which a source asks the primary."""
    return {"primary_dsn": server.dsn(port), "primary_password_file": "@password",
            "wal_segment_size": f"{SEGMENT_MEGABYTES}MiB"}


def age(exporter, source):
    return exporter.metric("dr_recovery_point_age_seconds", source=source)


def last_error(exporter, source):
    """What the log says about the latest failure."""
    records = [record for record in exporter.log_records()
               if record.get("source") == source and "error" in record]
    return records[-1]["error"] if records else ""
