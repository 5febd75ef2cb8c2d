# SPDX-License-Identifier: Apache-2.0
"""The plans in the documents: what is printed there is valid once a frame is put around it."""

import os
import re
from unittest import mock

import pytest
import yaml
from services.exporter import run
from services.support import ROOT

DOCUMENTS = ("README.md", "collectors/README.md")
EXAMPLES = [pytest.param(yaml.safe_load(text), id=f"{name}-{number}") for name in DOCUMENTS
            for number, text in enumerate(re.findall(
                r"^```yaml\n(.*?)^```", (ROOT / name).read_text(encoding="utf-8"),
                re.DOTALL | re.MULTILINE))]


def framed(example):
    """The example, with tiers and a service that needs all its sources where it has none."""
    plan = {"sources": example} if isinstance(example, list) else example
    sources = plan["sources"]
    needs = {"name": "all", "tier": "1",
             "datasets": sorted({one["dataset"] for one in sources if "dataset" in one}),
             "evidence": [one["name"] for one in sources
                          if "dataset" not in one and one.get("role") != "primary"]}
    services = plan.get("services", [needs])
    tiers = plan.get("tiers") or [{"name": name, "rto": "1d", "rpo": "2d"}
                                  for name in sorted({one["tier"] for one in services})]
    return {"exporter": {"observer": "us-west-2"}, **plan, "tiers": tiers,
            "services": [{key: value for key, value in one.items() if value != []}
                         for one in services]}


@pytest.mark.parametrize("example", [example for example in EXAMPLES
                                     if "sources" in example.values[0]
                                     or isinstance(example.values[0], list)])
def test_example_is_valid(tmp_path, example):
    path = tmp_path / "dr.yml"
    path.write_text(yaml.safe_dump(framed(example), sort_keys=False), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with mock.patch.dict(os.environ, environment, clear=True):
        done = run("check-config", f"--config.file={path}")
    assert done.returncode == 0, done.stderr
    assert "warnings 0" in done.stdout, done.stdout
