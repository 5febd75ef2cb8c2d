# SPDX-License-Identifier: Apache-2.0
"""A Debian with nothing in it but what every Debian has, to chroot into."""

import os
import shutil
import subprocess

from .support import MissingComponent, find_program


def create(root):
    if os.geteuid() != 0:
        raise MissingComponent("only root can make a clean root")
    done = subprocess.run([find_program("debootstrap", "debootstrap"), "--variant=minbase",
                           "bookworm", str(root)], check=False, capture_output=True, text=True,
                          timeout=900)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    # Nothing is to be started there.
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    return root
