# SPDX-License-Identifier: Apache-2.0
"""MinIO, an S3 server: built once from its Go module, and started privately."""

from pathlib import Path

from . import go_modules
from .process import Process
from .s3 import S3
from .support import free_port, wait_until

MODULE = Path(__file__).with_name("minio")

USER = "admin"
SECRET = "admin-secret-key"


def build():
    return go_modules.build(MODULE, "github.com/minio/minio")


class Minio:
    def __init__(self, directory, name="minio", environment=None, region=None):
        self.program = build()
        self.directory = Path(directory) / name
        (self.directory / "data").mkdir(parents=True)
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = S3(self.url, USER, SECRET, region or "us-east-1")
        self.environment = {"MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": SECRET,
                            "MINIO_BROWSER": "off", "MINIO_UPDATE": "off", "MINIO_CI_CD": "1",
                            "HOME": str(self.directory), **(environment or {})}
        if region:  # Else requests that are signed for any are taken.
            self.environment["MINIO_SITE_REGION"] = region
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
