# SPDX-License-Identifier: Apache-2.0
"""nginx as a load balancer or web server of one region, with a host for each certificate."""

import signal
from pathlib import Path

from .process import Process
from .support import find_program, free_port, http_request, wait_until

CONFIGURATION = """
daemon off;
pid {directory}/pid;
error_log stderr;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {locations}
    }}
    {hosts}
}}
"""
HOST = """
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name {name};
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        {locations}
    }}
"""


class Nginx:
    """`locations` maps a path to directives; `certificates` a host to (certificate, key)."""

    def __init__(self, directory, locations, certificates=None):
        self.directory = Path(directory)
        self.port, self.tls_port = free_port(), free_port()
        text = " ".join(f"location = {path} {{ default_type text/plain; {directives} }}"
                        for path, directives in {"/": "return 200;", **locations}.items())
        hosts = "".join(HOST.format(port=self.tls_port, name=name, certificate=certificate,
                                    key=key, locations=text)
                        for name, (certificate, key) in (certificates or {}).items())
        self.path = self.directory / "nginx.conf"
        self.path.write_text(CONFIGURATION.format(directory=self.directory, port=self.port,
                                                  locations=text, hosts=hosts))
        self.process = None

    def start(self):
        self.process = Process([find_program("nginx", "nginx-light", ["/usr/sbin"]), "-p",
                                self.directory, "-e", "stderr", "-c", self.path],
                               self.directory / "log")
        self.process.start()
        wait_until(self.answers, what="nginx to answer")
        return self

    def answers(self):
        if not self.process.running:
            raise RuntimeError("nginx ended:\n" + self.process.log())
        try:
            return http_request(self.url("/")).status == 200
        except OSError:
            return False

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def pause(self):
        """Holds its connections but never answers."""
        self.process.pause()

    def resume(self):
        self.process.resume()

    def stop(self):
        if self.process and self.process.running:
            self.process.resume()
            self.process.stop(signal.SIGTERM)
