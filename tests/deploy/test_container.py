# SPDX-License-Identifier: Apache-2.0
"""The container file: built on a Debian of our own, and run as a cluster would: read-only, without
rights, without a shell's help."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from services import clean_root
from services.process import Process
from services.support import ROOT, find_program, free_port, http_request, wait_until

pytestmark = pytest.mark.slow

BASE = "localhost/debian:bookworm-slim"
IMAGE = "localhost/dr-exporter:test"
ADDED_MEGABYTES_MAX = 40
PLAN = """
tiers: [{name: '1', rpo: 1h}]
services: [{name: web, tier: '1', datasets: [orders]}]
sources:
  - {name: west, collector: postgres, dataset: orders, interval: 1s,
     primary_dsn: 'host=localhost port=1', replica_dsn: 'host=localhost port=1'}
"""
# What a container runtime does for `readOnlyRootFilesystem`, in a mount namespace of its own.
READ_ONLY = """
mount --bind "$1" "$1" && mount --rbind /proc "$1/proc" && mount --rbind /dev "$1/dev" &&
mount --bind "$2" "$1/etc/dr_exporter" && mount -o remount,bind,ro "$1" &&
root=$1 && shift 2 && exec setpriv --no-new-privs chroot --userspec=65532:65532 \
    --groups= "$root" "$@"
"""


class Storage:
    """buildah with images in a directory of its own."""

    def __init__(self, directory):
        self.argv = [find_program("buildah", "buildah"), "--root", str(directory / "images"),
                     "--runroot", str(directory / "run"), "--storage-driver", "vfs"]

    def run(self, *words):
        done = subprocess.run([*self.argv, *map(str, words)], check=False, capture_output=True,
                              text=True, timeout=900)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout.strip()


def megabytes(root):
    # Lists and caches of apt differ and are no part of the image.
    said = subprocess.run(["du", "--summarize", "--block-size=1000000", "--one-file-system",
                           "--exclude=var/lib/apt/lists", "--exclude=var/cache", root],
                          check=True, capture_output=True, text=True).stdout
    return int(said.split()[0])


@pytest.fixture(scope="module", name="image")
def fixture_image(tmp_path_factory):
    """The image's configuration, its files, and the size of the base."""
    directory = tmp_path_factory.mktemp("container")
    root = clean_root.create(directory / "root")
    storage = Storage(directory)
    container = storage.run("from", "scratch")
    storage.run("add", "--quiet", container, root, "/")
    storage.run("commit", "--quiet", "--rm", container, BASE)
    base = megabytes(root)
    shutil.rmtree(root)
    storage.run("build", "--isolation=chroot", f"--build-arg=BASE={BASE}", f"--tag={IMAGE}",
                f"--file={ROOT / 'deploy/container/Containerfile'}", ROOT)
    configuration = json.loads(storage.run("inspect", "--type=image", IMAGE))["OCIv1"]["config"]
    container = storage.run("from", "--pull-never", IMAGE)
    yield configuration, Path(storage.run("mount", container)), base
    storage.run("umount", container)
    storage.run("rm", "--all")
    shutil.rmtree(directory, ignore_errors=True)


def test_image_is_small_and_says_what_it_is(image):
    configuration, files, base = image
    version = re.search(r"^VERSION := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"),
                        re.MULTILINE)[1]
    labels = configuration["Labels"]
    assert labels["org.opencontainers.image.version"] == version
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert configuration["User"] == "65532:65532"
    assert "10112" in " ".join(configuration["ExposedPorts"])
    added = megabytes(files) - base
    print(f"{added} MB more than the base of {base} MB")
    assert added <= ADDED_MEGABYTES_MAX
    # No compiler, no sources; what TLS needs is there.
    for path in ("usr/bin/gcc", "usr/bin/make", "src"):
        assert not (files / path).exists()
    assert (files / "etc/ssl/certs/ca-certificates.crt").stat().st_size > 100_000


def test_runs_read_only_and_without_rights(image, tmp_path):
    configuration, files, _ = image
    plan = tmp_path / "etc"
    plan.mkdir()
    (plan / "dr.yml").write_text(PLAN)
    (files / "etc/dr_exporter").mkdir(exist_ok=True)
    port = free_port()
    command = [*configuration["Entrypoint"], *configuration["Cmd"],
               f"--web.listen-address=127.0.0.1:{port}"]
    process = Process([find_program("unshare", "util-linux"), "--mount", "sh", "-c", READ_ONLY,
                       "sh", files, plan, *command], tmp_path / "log")
    process.start()
    try:
        def metrics():
            assert process.running, process.log()
            try:
                return http_request(f"http://127.0.0.1:{port}/metrics").text
            except OSError:
                return ""

        # It resolved the name and was refused by nobody listening.
        wait_until(lambda: 'dr_source_up{source="west"' in metrics(), 30, "the source")
        assert http_request(f"http://127.0.0.1:{port}/-/ready").status == 200
        running = process.family()[-1]
        status = Path(f"/proc/{running}/status").read_text()
        assert re.search(r"^Name:\s*dr_exporter$", status, re.MULTILINE), status
        assert re.search(r"^Uid:\s*65532\s", status, re.MULTILINE)
        assert re.search(r"^CapEff:\s*0+$", status, re.MULTILINE)
        assert re.search(r"^NoNewPrivs:\s*1$", status, re.MULTILINE)
        mounts = Path(f"/proc/{running}/mountinfo").read_text().splitlines()
        root = [line.split()[5] for line in mounts if line.split()[4] == "/"]
        assert root and root[-1].startswith("ro"), mounts
    finally:
        process.kill()
