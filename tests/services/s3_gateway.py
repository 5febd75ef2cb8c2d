# SPDX-License-Identifier: Apache-2.0
"""A gateway in front of a real S3 server that can answer in its place."""

import http.client
import threading
from http.server import BaseHTTPRequestHandler

from .documents import Server

HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}


class Gateway:
    """`fault`: a function of the request's handler (command, path), true when it has answered."""

    def __init__(self, target_port):
        self.fault = None
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fault = gateway.fault
                if fault and fault(self):
                    self.close_connection = True
                    return
                # Signatures hold, since the header Host goes along.
                connection = http.client.HTTPConnection("127.0.0.1", target_port, timeout=30)
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                headers = {name: value for name, value in answer.getheaders()
                           if name.lower() not in HOP_BY_HOP}
                text = answer.read()
                if self.command == "HEAD":
                    headers["Content-Length"] = answer.getheader("Content-Length") or "0"
                self.answer(answer.status, text, headers)
                connection.close()

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve

            def answer(self, status, body, headers=None):
                self.send_response(status)
                for name, value in {"Content-Length": len(body), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"" if self.command == "HEAD" else body)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
