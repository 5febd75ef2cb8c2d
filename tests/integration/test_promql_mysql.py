# SPDX-License-Identifier: Apache-2.0
"""The recipe for MySQL on the real thing: MariaDB, mysqld_exporter, Prometheus."""

import pytest
from services.mariadb import SETUP, Heartbeat, Mariadb, MysqldExporter
from services.support import http_request, wait_until

from promql_plans import start, start_prometheus, state
from test_promql_recipes import read_recipes

AGE = "recovery_point_age"


@pytest.mark.slow
def test_replication_of_mariadb(estate):
    directory = estate.new_directory()
    primary, replica = (estate.keep(Mariadb(directory, number)).start() for number in (1, 2))
    primary.run(SETUP)
    replica.follow(primary)
    heartbeat = estate.keep(Heartbeat(primary)).start()
    metrics = estate.keep(MysqldExporter(directory, replica)).start()
    prometheus = start_prometheus(estate, {"mysql-dr": [metrics]})
    recipe = {**read_recipes(prometheus.url)["shop-mysql"], "rpo": "4s"}
    exporter = start(estate, {"shop": recipe})

    def wait_for(wanted, what):
        wait_until(lambda: state(exporter, "shop", AGE) == wanted, 30, what)

    wait_for("pass", "replication")
    assert exporter.metric("dr_promql_value", source="shop") < 4
    for threads in ("", "SQL_THREAD", "IO_THREAD"):
        replica.run(f"STOP SLAVE {threads}")
        wait_for("fail", f"replication to be late without {threads or 'any thread'}")
        # The usual metric is gone at that very time.
        assert "seconds_behind" not in http_request(metrics.url).text
        replica.run("START SLAVE")
        wait_for("pass", "replication to catch up")
    heartbeat.stop()
    wait_for("fail", "a heart that does not beat")
    replica.stop()
    wait_until(lambda: exporter.failures("shop").get("not_found"), 30, "a replica that is gone")
    assert state(exporter, "shop", AGE) == "fail"  # The last that was known is too old by now.
    assert "mysql_up 0" in http_request(metrics.url).text
