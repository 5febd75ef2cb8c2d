# SPDX-License-Identifier: Apache-2.0
"""A web server for documents that can also answer badly."""

import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LAST_MODIFIED = "Sun, 01 Nov 2026 08:00:00 GMT"


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    # Else the kernel may give one port to two sockets that both say so, and one cannot listen.
    allow_reuse_address = False

    def handle_error(self, *_):
        """Clients that hang up are what the tests are about."""


class Documents:
    """`pages` maps a path to a text, a status, or a function of the request's handler."""

    def __init__(self, pages, certificate=None, key=None):
        self.pages = pages
        self.requests = []  # (path, headers)
        documents = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                documents.requests.append((self.path, dict(self.headers)))
                page = documents.pages.get(self.path.partition("?")[0], 404)
                if callable(page):
                    page(self)
                elif isinstance(page, int):
                    self.answer(page, b"")
                else:
                    self.answer(200, page.encode(), {"Last-Modified": LAST_MODIFIED})

            def do_POST(self):  # pylint: disable=invalid-name
                self.form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.do_GET()

            def answer(self, status, body, headers=None):
                self.send_response(status)
                for name, value in {"Content-Length": len(body), **(headers or {})}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            # Each handshake in the thread of its own request, so that none holds up the others.
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
            self.scheme = "https"
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def redirect(location):
    """To an address, or to what a function gives."""
    def page(handler):
        handler.answer(302, b"", {"Location": location() if callable(location) else location})
    return page


def endless(handler):
    """A body without a length that goes on until the reader has enough."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def many_headers(handler):
    handler.send_response(200)
    for number in range(40):
        handler.send_header(f"X-{number}", "x" * 9000)
    handler.end_headers()


def trickle(handler):
    """A byte at a time, for longer than anybody waits."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.1)


def hang(handler):
    """Accepts the request and says nothing."""
    time.sleep(60)


def cut(handler):
    """Promises more than it sends."""
    handler.answer(200, b"# Failover", {"Content-Length": 1000})


def garbage(handler):
    handler.wfile.write(b"\x15\x03\x01\x00\x02\x02\x0a" * 10)
