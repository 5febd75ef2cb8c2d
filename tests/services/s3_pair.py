# SPDX-License-Identifier: Apache-2.0
"""A bucket of one real S3 server that is replicated to a bucket of another."""

import hashlib
import json
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .minio import SECRET, USER

PREFIX = "canaries/"
RULE = """<ReplicationConfiguration><Role>{arn}</Role><Rule><ID>all</ID><Status>{status}</Status>
<Priority>1</Priority><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>
<DeleteReplication><Status>Disabled</Status></DeleteReplication><Filter><Prefix>{prefix}</Prefix>
</Filter><Destination><Bucket>{arn}</Bucket></Destination></Rule></ReplicationConfiguration>"""


def encrypt(secret, text):
    """As requests of MinIO's administrators are: PBKDF2, AES-256 in GCM, one fragment."""
    salt, nonce = os.urandom(32), os.urandom(8)
    cipher = AESGCM(hashlib.pbkdf2_hmac("sha256", secret.encode(), salt, 8192, 32))
    tag = cipher.encrypt(nonce + (0).to_bytes(4, "little"), b"", b"")
    data = cipher.encrypt(nonce + (1).to_bytes(4, "little"), text.encode(), b"\x80" + tag)
    return salt + b"\x02" + nonce + data


class Pair:
    """Bucket `data` of `source`, replicated to bucket `copy` of the server behind `port`."""

    def __init__(self, source, destination, name, port=None):
        self.source, self.destination = source, destination
        self.data = source.client.create_bucket(f"{name}-data", versioning=True)
        self.copy = destination.client.create_bucket(f"{name}-copy", versioning=True)
        target = {"sourcebucket": self.data, "endpoint": f"127.0.0.1:{port or destination.port}",
                  "credentials": {"accessKey": USER, "secretKey": SECRET},
                  "targetbucket": self.copy, "secure": False, "type": "replication",
                  "path": "auto", "api": "s3v4", "healthCheckDuration": 1000000000}
        answer = source.client.ask("PUT", "minio/admin/v3/set-remote-target",
                                   query={"bucket": self.data},
                                   body=encrypt(SECRET, json.dumps(target)))
        self.arn = json.loads(answer.text)
        self.set_rule()

    def set_rule(self, status="Enabled", prefix=""):
        body = RULE.format(arn=self.arn, status=status, prefix=prefix).encode()
        self.source.client.ask("PUT", self.data, query={"replication": ""}, body=body)

    def delete_rule(self):
        self.source.client.ask("DELETE", self.data, query={"replication": ""})

    def settings(self, source_port=None, destination_port=None, **more):
        ends = {"source": self.source.source(self.data, source_port),
                "destination": self.destination.source(self.copy, destination_port)}
        return {**{f"{end}_{key}": value for end, settings in ends.items()
                   for key, value in settings.items()},
                "canary_prefix": PREFIX, "canary_interval": "1s", **more}
