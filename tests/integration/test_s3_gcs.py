# SPDX-License-Identifier: Apache-2.0
"""Buckets whose store tells nothing of replication, as Google Cloud Storage: two real S3 servers,
without versions and rules, and a copier of the test between them."""

import pytest
import yaml
from s3_pairs import DENIED, errors, plan, wait_for
from services.exporter import run
from services.minio import Minio
from services.s3_gateway import Gateway
from services.support import holds_for, wait_until

PREFIX = "canaries/"


@pytest.fixture(name="ends", scope="module")
def fixture_ends(module_estate):
    return [module_estate.keep(Minio(module_estate.new_directory(), name, region=name)).start()
            for name in ("us-east4", "us-west1")]


class Copier:
    def __init__(self, ends, name):
        self.source, self.destination = ends
        self.data = self.source.client.create_bucket(f"{name}-data")
        self.copy = self.destination.client.create_bucket(f"{name}-copy")

    def settings(self, **more):
        ends = {"source": self.source.source(self.data, region=self.source.client.region),
                "destination": self.destination.source(self.copy,
                                                       region=self.destination.client.region)}
        return {**{f"{end}_{key}": value for end, settings in ends.items()
                   for key, value in settings.items()},
                "provider": "gcs", "canary_prefix": PREFIX, "canary_interval": "1s", **more}

    def keys(self):
        return self.source.client.keys(self.data, PREFIX)

    def run(self, body=None):
        """Copies all canaries; with a body of its own, if there is one. True."""
        for key in self.keys():
            found = self.source.client.ask("GET", self.data, key, check=False)
            if found.status == 200:  # Else it was removed just now.
                self.destination.client.put(self.copy, key, body or found.body)
        return True


@pytest.mark.slow
def test_canaries_by_their_etags(estate, ends):
    copier = Copier(ends, "etags")
    exporter = estate.exporter(plan({"s3": copier.settings()}))
    wait_until(copier.keys, 15, f"a canary; {errors(exporter)}")
    assert exporter.metrics().check("s3") == "unknown"
    wait_until(lambda: copier.run() and exporter.metrics().check("s3") == "pass", 30,
               f"the copies; {errors(exporter)}")
    # Old ones are removed, the last two are not.
    wait_until(lambda: copier.run() and len(exporter.metrics().find("dr_s3_canaries_pending")) == 1
               and 2 <= len(copier.keys()) < 6, 30, "to be tidied up")
    # Nobody copies any more.
    wait_for(exporter, "fail", 30)


def location(text):
    """What a gateway says instead of where the bucket is."""
    def fault(handler):
        return "?location" in handler.path and handler.answer(200, text) is None
    return fault


def test_where_the_buckets_are(estate, ends):
    """All of them have the same address: that tells nothing."""
    copier = Copier(ends, "places")
    gateway = estate.keep(Gateway(ends[1].port))
    settings = copier.settings(destination_endpoint=f"http://127.0.0.1:{gateway.port}")
    gateway.fault = location(b"<LocationConstraint>US-EAST4</LocationConstraint>")
    exporter = estate.exporter(plan({"s3": settings}))
    zone = estate.exporter(plan({"s3": {**settings, "survives": ["zone"]}}, disruption="zone"))

    def copied(each, state, disruption="region"):
        return copier.run() and each.metrics().check("s3", disruption) == state
    # A zone takes no bucket.
    wait_until(lambda: copied(zone, "pass", "zone"), 30, f"the copies; {errors(zone)}")
    wait_until(lambda: any("loss of one region may take both" in error
                           for error in errors(exporter)), 10, "the same region")
    holds_for(1, lambda: copied(exporter, "unknown"), "the same region")
    gateway.fault = location(b"<LocationConstraint>US-WEST1</LocationConstraint>")
    wait_until(lambda: copied(exporter, "pass"), 20, f"other regions; {errors(exporter)}")
    for answer, message in (
            (b"<LocationConstraint>US</LocationConstraint>", "us-east4 and US"),
            (b"<LocationConstraint/>", "does not tell where the bucket is")):
        gateway.fault = location(answer)
        wait_until(lambda m=message: any(m in error for error in errors(exporter)), 10, message)
        wait_until(lambda: copied(exporter, "unknown"), 10, message)
        gateway.fault = None
        wait_until(lambda: copied(exporter, "pass"), 20, "the real answer")
    gateway.fault = lambda handler: ("?location" in handler.path
                                     and handler.answer(403, DENIED) is None)
    wait_until(lambda: any("destination, location of the bucket: AccessDenied" in error
                           for error in errors(exporter)), 10, "no permission")
    wait_until(lambda: copied(exporter, "unknown"), 10, "no permission")


@pytest.mark.slow
def test_other_bytes_are_no_copy(estate, ends):
    copier = Copier(ends, "bytes")
    exporter = estate.exporter(plan({"s3": copier.settings()}))
    wait_until(copier.keys, 15, "a canary")
    wait_until(lambda: copier.run(b"other") and any("not as a replica" in error
                                                    for error in errors(exporter)), 20, "the error")
    assert exporter.metrics().check("s3") != "pass"


@pytest.mark.slow
def test_source_lost(estate, ends):
    """What was copied last holds as long as the destination has it."""
    copier = Copier(ends, "lost")
    proxy = estate.proxy(ends[0].port)
    settings = copier.settings(source_endpoint=f"http://127.0.0.1:{proxy.port}")
    exporter = estate.exporter(plan({"s3": settings}, rpo="5s"))
    wait_until(lambda: copier.run() and exporter.metrics().check("s3") == "pass", 30, "the copies")
    proxy.cut()
    wait_until(lambda: exporter.metrics().check("s3") != "pass", 20, "the loss to be seen")
    age = exporter.metrics().value("dr_recovery_point_age_seconds", source="s3")
    assert age is not None and age < 60


@pytest.mark.parametrize("change, message", [
    ({"sample_prefixes": ["a/"]}, "has neither"),
    ({"canary_prefix": None}, "needs"),
    ({"provider": "gcp"}, "write s3 or gcs"),
    ({"destination_bucket": "same", "source_bucket": "same"}, "same bucket"),
])
def test_settings(tmp_path, change, message):
    source = {"source_endpoint": "https://storage.example.com", "source_bucket": "east",
              "source_access_key_id": "a", "source_secret_access_key_file": "/dev/null",
              "destination_endpoint": "https://storage.example.com",
              "destination_bucket": "west", "destination_access_key_id": "a",
              "destination_secret_access_key_file": "/dev/null", "provider": "gcs",
              "canary_prefix": PREFIX, **change}
    text = plan({"s3": {name: value for name, value in source.items() if value is not None}})
    path = tmp_path / "dr.yml"
    path.write_text(yaml.safe_dump(text))
    done = run("check-config", f"--config.file={path}")
    assert done.returncode != 0 and message in done.stderr, done.stderr
