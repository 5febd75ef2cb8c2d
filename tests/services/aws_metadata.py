# SPDX-License-Identifier: Apache-2.0
"""Services of AWS that hand out credentials: of instances (IMDSv2), of containers, web identity."""

import datetime
import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler

from .documents import Server

TOKEN = "metadata-token"
ROLE = "dr-role"
AUTHORIZATION = "container-token"
ROLE_ARN = "arn:aws:iam::123456789012:role/web"
LIST_PATH = "/latest/meta-data/iam/security-credentials/"


class Metadata:
    """Credentials are good for `seconds`; `given` counts how often they were."""

    def __init__(self, access_key, secret, seconds=3600):
        self.credentials = {"AccessKeyId": access_key, "SecretAccessKey": secret}
        self.seconds = seconds
        self.given = 0
        self.is_broken = False
        self.identity = "identity-1"  # The token of a web identity that is good now.
        metadata = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self):  # pylint: disable=invalid-name
                good = (self.path == "/latest/api/token"
                        and self.headers["X-aws-ec2-metadata-token-ttl-seconds"])
                self.answer(200 if good else 400, TOKEN)

            def do_GET(self):  # pylint: disable=invalid-name
                if metadata.is_broken:
                    self.answer(500, "")
                elif self.path == "/container":
                    good = self.headers["Authorization"] == AUTHORIZATION
                    self.answer(200 if good else 401, metadata.give() if good else "")
                elif self.headers["X-aws-ec2-metadata-token"] != TOKEN:
                    self.answer(401, "")
                elif self.path == LIST_PATH:
                    self.answer(200, ROLE)
                elif self.path == LIST_PATH + ROLE:
                    self.answer(200, metadata.give(Code="Success", Type="AWS-HMAC"))
                else:
                    self.answer(404, "")

            def do_POST(self):  # pylint: disable=invalid-name
                form = dict(urllib.parse.parse_qsl(
                    self.rfile.read(int(self.headers["Content-Length"])).decode()))
                good = (form.get("Action") == "AssumeRoleWithWebIdentity"
                        and form.get("Version") == "2011-06-15" and form.get("RoleSessionName")
                        and form.get("RoleArn") == ROLE_ARN and "Authorization" not in self.headers
                        and form.get("WebIdentityToken") == metadata.identity)
                self.answer(200 if good else 400, metadata.give_xml() if good else
                            "<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error>"
                            "</ErrorResponse>")

            def answer(self, status, text):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _end(self):
        self.given += 1
        end = (datetime.datetime.now(datetime.timezone.utc)
               + datetime.timedelta(seconds=self.seconds))
        return end.strftime("%Y-%m-%dT%H:%M:%SZ")

    def give(self, **more):
        return json.dumps({**self.credentials, **more, "Token": "", "Expiration": self._end()})

    def give_xml(self):
        parts = "".join(f"<{name}>{text}</{name}>" for name, text in
                        {**self.credentials, "Expiration": self._end()}.items())
        return (f"<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
                f"{parts}</Credentials></AssumeRoleWithWebIdentityResult>"
                f"</AssumeRoleWithWebIdentityResponse>")

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
