# SPDX-License-Identifier: Apache-2.0
"""Plans for buckets that are replicated, and what a test waits for."""

from services.support import wait_until

INTERVAL = 0.3
DENIED = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
def plan(sources, rpo="10s", disruption="region"):
    """One service and dataset a source; `sources` maps its name to its settings."""
    return {
        "exporter": {"observer": "west", "interval": f"{round(INTERVAL * 1000)}ms",
                     "timeout": "2s"},
        "tiers": [{"name": "1", "rpo": {disruption: rpo}, "severity": "warning"}],
        "services": [{"name": name, "tier": "1", "datasets": [name]} for name in sources],
        "sources": [{"name": name, "collector": "s3_replication", "dataset": name, **settings}
                    for name, settings in sources.items()],
    }


def wait_for(exporter, state, timeout=25):
    def reached():
        return exporter.metrics().check("s3") == state
    wait_until(reached, timeout, f"state {state}; {errors(exporter)}")


def errors(exporter):
    return [record["error"] for record in exporter.log_records() if "error" in record]


def wait_for_error(exporter, text):
    wait_until(lambda: any(text in error for error in errors(exporter)), 15, f"error {text}")
    assert exporter.metrics().check("s3") != "pass"
