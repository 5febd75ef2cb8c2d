# SPDX-License-Identifier: Apache-2.0
"""The API's description, checked by a validator, and answers checked against it.

Debian has no validator of OpenAPI: it comes from PyPI, once, into build/openapi."""

import fcntl
import os
import subprocess
import sys

import yaml
from jsonschema import Draft202012Validator

from .support import ROOT, MissingComponent

DESCRIPTION = ROOT / "exporter/openapi.yaml"
CACHE = ROOT / "build/openapi"
PACKAGE = "openapi-spec-validator==0.9.0"


def _install():
    stamp = CACHE / "stamp"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == PACKAGE):
            done = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet",
                                   f"--target={CACHE / 'packages'}", "--upgrade", PACKAGE],
                                  capture_output=True, text=True, check=False, timeout=300)
            if done.returncode != 0:
                raise MissingComponent(f"pip install {PACKAGE}: {done.stderr[-2000:]}")
            stamp.write_text(PACKAGE)


def description():
    return yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))


def problems_of_description(document):
    """What the validator says; empty if the document is OpenAPI."""
    _install()
    # In a process of its own: its packages are newer than those of Debian that pytest has loaded.
    done = subprocess.run([sys.executable, "-m", "openapi_spec_validator", "-"],
                          input=yaml.safe_dump(document), capture_output=True, text=True,
                          check=False, timeout=60,
                          env={**os.environ, "PYTHONPATH": str(CACHE / "packages")})
    return "" if done.returncode == 0 else done.stdout + done.stderr or "failed without a word"


def _close(schema):
    """No fields but those that are described."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            schema.setdefault("unevaluatedProperties", False)
        for value in schema.values():
            _close(value)
    elif isinstance(schema, list):
        for value in schema:
            _close(value)


def validate_answer(name, answer):
    """Raises if the answer has not the form of that schema, or has fields that it does not."""
    document = description()
    # What other schemas are made of must stay open: the whole closes it.
    for key, schema in document["components"]["schemas"].items():
        if key != "Check":
            _close(schema)
    root = {**document, "$schema": Draft202012Validator.META_SCHEMA["$id"],
            "$ref": f"#/components/schemas/{name}"}
    Draft202012Validator(root).validate(answer)
