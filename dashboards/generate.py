#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the dashboards beside itself: `dashboards/generate.py`. Their JSON is committed."""

import json
from pathlib import Path

import evidence
import overview
import replication
import service

HERE = Path(__file__).resolve().parent


def dashboards():
    """{file name: dashboard}"""
    built = [module.build() for module in (overview, service, replication, evidence)]
    return {f"{one['uid']}.json": one for one in built}


def text_of(dashboard):
    return json.dumps(dashboard, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, built_one in dashboards().items():
        (HERE / name).write_text(text_of(built_one), encoding="utf-8")
        print(name, len(built_one["panels"]), "panels")
