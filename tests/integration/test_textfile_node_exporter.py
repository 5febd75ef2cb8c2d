# SPDX-License-Identifier: Apache-2.0
"""The same .prom files through node_exporter and through dr_exporter: the same series."""

import pytest
from services.exporter import Metrics, run
from services.node_exporter import NodeExporter
from services.prometheus import Prometheus
from services.support import wait_until

import drills


@pytest.fixture(name="both")
def fixture_both(estate):
    """A directory that both exporters read."""
    directory = estate.new_directory()
    node = estate.keep(NodeExporter(estate.new_directory(), directory)).start()
    return directory, node, estate.exporter(drills.plan(directory, ("shop", "auth")))


def theirs(node):
    answer = node.scrape()
    assert answer.status == 200, answer.text
    return Metrics(answer.text)


def settled(directory, exporter):
    """Our metrics after a collection that began now."""
    before = exporter.metric("dr_source_collections_total", source="drills")
    wait_until(lambda: exporter.metric("dr_source_collections_total", source="drills")
               >= before + 2, 10, f"{directory} to be read")
    return exporter.metrics()


def record(directory, *arguments):
    done = run("drill", "record", f"--directory={directory}", *arguments)
    assert done.returncode == 0, done.stderr


def record_some(directory):
    record(directory, "--service=shop", "--type=full", "--result=success", "--recovery=7m30s",
           "--data-loss=2s", "--phase=detect=40s,decide=1m,execute=3m,verify=1m,cleanup=90s",
           "--at=2026-01-01T00:00:00Z", "--runbook-validated")
    record(directory, "--service=shop", "--type=full", "--result=failure",
           "--at=2026-02-01T00:00:00Z")
    record(directory, "--service=auth", "--type=tabletop", "--result=success",
           "--at=2026-03-01T00:00:00.25Z", "--runbook-validated")


def test_recorded_drills_are_the_same_series(both):
    directory, node, exporter = both
    record_some(directory)
    ours = drills.contract_series(settled(directory, exporter))
    assert ours == drills.contract_series(theirs(node))
    assert len(ours) == 15


FILES = {
    "typed": drills.success(),
    "untyped": drills.success(typed=False),
    "grouped by service": drills.success("auth", typed=False) + drills.success(typed=False),
    "blanks": "\n \t\n  dr_drill_last_result \t{ dr_service = \"a\" , drill=\"full\", }\t1\n",
    "escapes": 'dr_drill_last_result{dr_service="a\\\\b\\"c\\nd é",drill="full"} 1\n',
    "numbers": 'dr_drill_recovery_seconds{dr_service="a",drill="full"} +1.5E2\n',
    "comments": "#\n# dr\n# EOF\n#HELP dr_drill_last_result a \\\\ b \\n c\n"
                'dr_drill_last_result{dr_service="a",drill="full"} 0\n',
    "others": "# TYPE rpc histogram\nrpc_bucket{le=\"+Inf\"} 3\nrpc_sum NaN\nrpc_count 3\n"
              + drills.success(),
    "empty": "",
    "no end": drills.success()[:-1],
    "cut": drills.success()[:-100],
    "CRLF": drills.success().replace("\n", "\r\n"),
    "timestamp": drills.success().replace("} 300", "} 300 1700000000000"),
    "type twice": drills.success() + "# TYPE dr_drill_last_result gauge\n",
    "help twice": "# HELP a b\n# HELP a b\n" + drills.success(),
    "type after sample": drills.success(typed=False) + "# TYPE dr_drill_last_result gauge\n",
    "no such type": "# TYPE a meter\na 1\n" + drills.success(),
    "word": drills.success() + "a b\n",
    "comma": drills.success() + "a 1,5\n",
    "no value": drills.success() + "a\n",
    "bad name": drills.success() + "a-b 1\n",
    "bad label": drills.success() + "a{b} 1\n",
    "bad escape": drills.success() + 'a{b="\\t"} 1\n',
    "not quoted": drills.success() + "a{b=c} 1\n",
    "too large": drills.success() + "a 1e999\n",
}


@pytest.mark.parametrize("name", FILES)
def test_both_read_or_refuse_a_file(both, name):
    directory, node, exporter = both
    (directory / "a.prom").write_text(FILES[name], newline="")
    ours = settled(directory, exporter)
    other = theirs(node)
    refused = ours.value("dr_textfile_error", file="a.prom")
    assert drills.contract_series(ours) == drills.contract_series(other)
    assert refused == other.value("node_textfile_scrape_error")


def test_files_may_contradict_each_other(both):
    """node_exporter shows then what comes first by name, or nothing."""
    directory, node, exporter = both
    (directory / "a.prom").write_text(drills.success(age=10 * drills.DAY, recovery=9))
    (directory / "b.prom").write_text(drills.success(recovery=300))
    (directory / "c.prom").write_text(drills.success("auth").replace("gauge", "counter"))
    ours = settled(directory, exporter)
    assert ours.value("dr_drill_recovery_seconds", dr_service="shop") == 300
    assert ours.value("dr_textfile_error", file="c.prom") == 1
    assert ours.check("shop", check="drill") == "pass"
    assert drills.contract_series(ours) != drills.contract_series(theirs(node))


@pytest.mark.slow
def test_prometheus_sees_the_same_on_both_paths(estate, both):
    directory, node, exporter = both
    record_some(directory)
    prometheus = estate.keep(Prometheus(estate.new_directory(), [node.port, exporter.port]))
    prometheus.start()

    def series(port):
        selector = f'{{__name__=~"dr_drill_.+|dr_runbook_.+",instance="127.0.0.1:{port}"}}'
        return {(labels["__name__"], labels["dr_service"], labels.get("drill"),
                 labels.get("phase")): value for labels, value in prometheus.query(selector)
                if not labels["__name__"].endswith("_max_age_seconds")}

    wait_until(lambda: len(series(node.port)) == 15, 15, "node_exporter's series")
    wait_until(lambda: series(exporter.port) == series(node.port), 15, "the same series")
