# SPDX-License-Identifier: Apache-2.0
"""MinIO, an S3 server: built once from its Go module, and started privately."""

import fcntl
import hashlib
import json
import os
import re
import stat
import subprocess
from pathlib import Path

from .process import Process
from .s3 import S3
from .support import ROOT, MissingComponent, find_program, free_port, wait_until

MODULE = Path(__file__).with_name("minio")
CACHE = ROOT / "build/minio"
# What its module asks for; Debian 12 has 1.19, which can fetch a newer one as a module.
GO_VERSION = (1, 24)
TOOLCHAIN = "golang.org/toolchain@v0.0.1-go1.24.12.linux-amd64"

USER = "admin"
SECRET = "admin-secret-key"


def _go(program, *words, **options):
    environment = {**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False,
                          env=environment, timeout=1500, **options)
    if done.returncode != 0:
        raise MissingComponent(f"go {' '.join(map(str, words))}: {done.stderr[-2000:]}")
    return done.stdout


def go_program(program=None):
    """A Go that is new enough: the one that is installed, or the module of a newer one."""
    program = program or find_program("go", "golang-go")
    version = re.search(r"go(\d+)\.(\d+)", _go(program, "version"))
    if tuple(map(int, version.groups())) >= GO_VERSION:
        return program
    directory = Path(json.loads(_go(program, "mod", "download", "-json", TOOLCHAIN))["Dir"])
    # Modules are unpacked without the permission to execute.
    for pattern in ("bin/*", "pkg/tool/*/*"):
        for path in directory.glob(pattern):
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(directory / "bin/go")


def build(go=None):
    """The path of the server's program; one process builds, others wait."""
    wanted = hashlib.sha256((MODULE / "go.mod").read_bytes()).hexdigest()
    program = CACHE / "minio"
    stamp = CACHE / "stamp"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (program.exists() and stamp.exists() and stamp.read_text() == wanted):
            _go(go_program(go), "build", "-trimpath", "-ldflags=-s -w", "-o", program,
                "github.com/minio/minio", cwd=MODULE)
            stamp.write_text(wanted)
    return program


class Minio:
    def __init__(self, directory, name="minio", environment=None):
        self.program = build()
        self.directory = Path(directory) / name
        (self.directory / "data").mkdir(parents=True)
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = S3(self.url, USER, SECRET)
        self.environment = {"MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": SECRET,
                            "MINIO_BROWSER": "off", "MINIO_UPDATE": "off", "MINIO_CI_CD": "1",
                            "HOME": str(self.directory), **(environment or {})}
        self.secret_path = self.directory / "secret"
        self.secret_path.write_text(SECRET + "\n")
        self.process = None

    def start(self, timeout=30):
        argv = [self.program, "server", "--quiet", "--address", f"127.0.0.1:{self.port}",
                self.directory / "data"]
        self.process = Process(argv, self.directory / "log", environment=self.environment)
        self.process.start()
        wait_until(self.is_ready, timeout, f"{self.name} to be ready")
        return self

    def is_ready(self):
        if not self.process.running:
            raise RuntimeError(f"{self.name} ended:\n" + self.process.log())
        try:
            # Its own health check is content before it takes requests.
            return self.client.ask("GET", "", check=False).status == 200
        except OSError:
            return False

    def stop(self):
        if self.process:
            self.process.kill()

    def source(self, bucket, port=None, **settings):
        """The settings of a source that looks into the bucket, through a proxy's port if given."""
        return {"bucket": bucket, "endpoint": f"http://127.0.0.1:{port or self.port}",
                "access_key_id": USER, "secret_access_key_file": str(self.secret_path),
                **settings}
