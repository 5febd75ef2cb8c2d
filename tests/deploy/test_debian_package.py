# SPDX-License-Identifier: Apache-2.0
"""The Debian package: built, clean, installed into a new root, used there, and purged."""

import os
import re
import shutil
import subprocess

import pytest
from services import clean_root
from services.support import ROOT, find_program

# What apt and dpkg themselves leave, and what the other packages do.
NOT_OURS = re.compile(r"^/(?:proc|sys|dev|tmp|run|root|var/(?:log|cache|lib/(?:apt|dpkg))|usr/sbin/"
                      r"policy-rc\.d)(?:/|$)|^/etc/(?:passwd|group|shadow|gshadow|subuid|subgid|"
                      r"\.pwd\.lock)-?$")


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True,
                          text=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive",
                                          "LC_ALL": "C.UTF-8"}, timeout=900, **options)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module", name="packages")
def fixture_packages(tmp_path_factory):
    for name, package in (("dpkg-buildpackage", "dpkg-dev"), ("dh", "debhelper")):
        find_program(name, package)
    directory = tmp_path_factory.mktemp("package")
    run(ROOT / "deploy/debian/build-package", directory)
    return directory


@pytest.fixture(scope="module", name="root")
def fixture_root(tmp_path_factory):
    root = clean_root.create(tmp_path_factory.mktemp("clean") / "root")
    yield root
    shutil.rmtree(root, ignore_errors=True)


def files_of(root):
    found = set()
    for directory, names, files in os.walk(root):
        inside = "/" + os.path.relpath(directory, root)
        inside = "/" if inside == "/." else inside
        names[:] = [name for name in names
                    if not NOT_OURS.match(os.path.join(inside, name))]
        found |= {os.path.join(inside, name) for name in names + files
                  if not NOT_OURS.match(os.path.join(inside, name))}
    return found


@pytest.mark.slow
def test_lintian_has_nothing_to_say(packages):
    changes = next(packages.glob("*.changes"))
    said = run(find_program("lintian", "lintian"), "--tag-display-limit", "0", "--allow-root",
               "--fail-on", "error,warning", "--suppress-tags", "initial-upload-closes-no-bugs",
               changes)
    assert not re.search(r"^[EW]:", said, re.MULTILINE), said


@pytest.mark.slow
def test_version_is_that_of_the_program(packages):
    version = re.search(r"^VERSION := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"),
                        re.MULTILINE)[1]
    assert [path.name.split("_")[1] for path in packages.glob("dr-exporter_*.deb")] == [version]


@pytest.mark.slow
def test_installed_used_and_purged_without_a_trace(packages, root):
    package = next(packages.glob("dr-exporter_*.deb"))
    name = package.name.split("_")[0]
    shutil.copy(package, root / "root")

    def inside(*command):
        return run("chroot", root, *command)

    before = files_of(root)
    inside("apt-get", "install", "--yes", "--no-install-recommends", f"/root/{package.name}")
    assert inside("dr_exporter", "--version").startswith("dr_exporter ")
    for path, mode in (("etc/dr_exporter", 0o750), ("var/lib/dr_exporter", 0o2775)):
        status = (root / path).stat()
        assert status.st_mode & 0o7777 == mode and status.st_uid == 0 and status.st_gid != 0
    (root / "etc/dr_exporter/dr.yml").write_text(
        "tiers: [{name: '1', rto: 1h, rpo: 1h}]\n"
        "services: [{name: web, tier: '1', evidence: [drills]}]\n"
        "sources: [{name: drills, collector: textfile, directory: /var/lib/dr_exporter}]\n")
    inside("dr_exporter", "check-config", "--config.file=/etc/dr_exporter/dr.yml")
    inside("dr_exporter", "drill", "record", "--directory=/var/lib/dr_exporter", "--service=web",
           "--type=full", "--result=success", "--recovery=10m", "--phase=cleanup=1m")
    inside("dr_exporter", "once", "--config.file=/etc/dr_exporter/dr.yml")
    # What users wrote is theirs; what the package brought goes with it.
    (root / "etc/dr_exporter/dr.yml").unlink()
    for path in (root / "var/lib/dr_exporter").iterdir():
        path.unlink()
    inside("apt-get", "purge", "--yes", "--autoremove", name)
    left = files_of(root) - before
    # The packages that it needs leave their caches; adduser stays, as does the user.
    assert not {path for path in left if "dr_exporter" in path or "dr-exporter" in path}, left
    assert not {path for path in left if path.startswith(("/etc/default", "/lib/systemd",
                                                          "/usr/share/doc"))}, left
