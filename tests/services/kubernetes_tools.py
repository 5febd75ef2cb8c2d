# SPDX-License-Identifier: Apache-2.0
"""kustomize, helm, and the types of Kubernetes, built once from their Go modules."""

import subprocess
from pathlib import Path

import yaml

from . import go_modules

MODULE = Path(__file__).with_name("kubernetes_tools")
PACKAGES = {"kustomize": "sigs.k8s.io/kustomize/kustomize/v5", "helm": "helm.sh/helm/v3/cmd/helm",
            "strict_objects": "./strict_objects"}
# They run for moments: not to optimize them saves a quarter of the build's two to three minutes.
QUICKLY = "-gcflags=all=-N -l"


def run(name, *words, given=None, succeeds=True):
    """What the program prints; its errors if it shall not succeed."""
    path = go_modules.build(MODULE, PACKAGES[name], QUICKLY)
    done = subprocess.run([path, *map(str, words)], input=given, capture_output=True,
                          text=True, check=False, timeout=120)
    assert (done.returncode == 0) is succeeds, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout if succeeds else done.stdout + done.stderr


class Objects:
    """Rendered objects, found by kind and name."""

    def __init__(self, text):
        self.all = [document for document in yaml.safe_load_all(text) if document]

    def of(self, kind):
        return [found for found in self.all if found["kind"] == kind]

    def one(self, kind, name=None):
        found = [each for each in self.of(kind) if name in (None, each["metadata"]["name"])]
        assert len(found) == 1, f"{len(found)} {kind} {name or ''}"
        return found[0]

    def kinds(self):
        return {each["kind"] for each in self.all}

    def check_types(self):
        """Every object of Kubernetes itself has only fields that its type has."""
        ours = [each for each in self.all if "coreos.com" not in each["apiVersion"]]
        run("strict_objects", given=yaml.safe_dump_all(ours))
