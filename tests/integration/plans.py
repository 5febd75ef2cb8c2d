# SPDX-License-Identifier: Apache-2.0
"""Plans for dr_exporter around real servers."""

import yaml

INTERVAL = 0.3
TIMEOUT = 0.6
# Until a fault must be seen: two intervals and the timeout, and a little for a busy machine.
NOTICE = 2 * INTERVAL + TIMEOUT + 1.0


def source(name, dataset, primary=None, replica=None, user="dr_monitor", **more):
    """A postgres source; `primary` and `replica` are the ports of servers or proxies."""
    settings = {"name": name, "collector": "postgres", "dataset": dataset}
    for end, port in (("primary", primary), ("replica", replica)):
        if port is not None:
            settings[f"{end}_dsn"] = f"host=127.0.0.1 port={port} user={user} dbname=postgres"
            settings[f"{end}_password_file"] = "@password"
    if replica is None:
        settings["standby_name"] = "standby"
    return {**settings, **more}


def plan(services, sources):
    """`services` maps a name to (dataset, RPO); each gets a tier of its own."""
    return {
        "exporter": {"observer": "west", "interval": f"{round(INTERVAL * 1000)}ms",
                     "timeout": f"{round(TIMEOUT * 1000)}ms"},
        "tiers": [{"name": f"{rpo}", "rpo": {"zone": rpo, "region": rpo},
                   "severity": "critical"} for rpo in sorted({rpo for _, rpo in
                                                              services.values()})],
        "services": [{"name": name, "tier": rpo, "owner": "team", "datasets": [dataset]}
                     for name, (dataset, rpo) in services.items()],
        "sources": sources,
    }


LOAD = """DO $$ BEGIN LOOP
    INSERT INTO load SELECT clock_timestamp(), repeat('x', 200) FROM generate_series(1, 5);
    COMMIT;
    PERFORM pg_sleep(0.05);
END LOOP; END $$"""


def start_load(primary):
    """A light, steady load of commits until the session is closed."""
    primary.write()
    session = primary.session()
    session.send(LOAD)
    return session


def as_text(data):
    return yaml.safe_dump(data, sort_keys=False)
