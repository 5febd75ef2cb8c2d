# SPDX-License-Identifier: Apache-2.0
"""A receiver of Alertmanager's notifications: the pager."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler

from .documents import Server


class Webhook:
    def __init__(self):
        self.pages = []  # (Unix seconds, the notification)
        pages = self.pages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                pages.append((time.time(), json.loads(body)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def alerts(self, name=None, status="firing", since=0.0):
        """[(Unix seconds of the page, alert)], the oldest first."""
        return [(at, alert) for at, page in list(self.pages) for alert in page["alerts"]
                if alert["status"] == status and at >= since
                and name in (None, alert["labels"]["alertname"])]

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
