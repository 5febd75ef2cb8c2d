# SPDX-License-Identifier: Apache-2.0
"""Name servers: NSD with zones, and one that lies, all on the same port of their addresses."""

import socket
import struct
import threading
from pathlib import Path

from .process import Process
from .support import find_program, free_port, wait_until

CONFIGURATION = """
server:
    server-count: 1
    username: ""
    chroot: ""
    zonesdir: "{directory}"
    database: ""
    pidfile: "{directory}/pid"
    xfrdfile: "{directory}/xfrd.state"
    xfrdir: "{directory}"
    zonelistfile: "{directory}/zone.list"
    port: {port}
    ip-address: {address}
    minimal-responses: no
remote-control:
    control-enable: no
"""
TYPES = {"A": 1, "NS": 2, "CNAME": 5, "AAAA": 28}


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode()
                    for label in name.rstrip(".").split(".") if label) + b"\0"


def question(name, record_type="A", identity=7):
    return struct.pack(">6H", identity, 0x100, 1, 0, 0, 0) + encode(name) + struct.pack(
        ">2H", TYPES[record_type], 1)


class Nsd:
    """`zones` maps a name to the lines of its file, of which SOA is written here."""

    def __init__(self, directory, zones, address="127.0.0.1", port=None):
        self.directory = Path(directory)
        self.address, self.port = address, port or free_port()
        text = CONFIGURATION.format(directory=self.directory, port=self.port, address=address)
        for name, lines in zones.items():
            (self.directory / name).write_text(
                f"$ORIGIN {name}.\n$TTL 60\n@ IN SOA ns1 hostmaster 1 3600 600 86400 60\n{lines}\n")
            text += f'zone:\n    name: "{name}"\n    zonefile: "{name}"\n'
        (self.directory / "nsd.conf").write_text(text)
        self.zone = next(iter(zones))
        self.process = None

    def start(self):
        self.process = Process([find_program("nsd", "nsd", ["/usr/sbin"]), "-d", "-c",
                                self.directory / "nsd.conf"], self.directory / "log")
        self.process.start()
        wait_until(self.answers, what="nsd to answer")
        return self

    def answers(self):
        if not self.process.running:
            raise RuntimeError("nsd ended:\n" + self.process.log())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(0.2)
            asking.connect((self.address, self.port))
            try:
                asking.send(question(self.zone, "NS"))
                return len(asking.recv(4096)) > 12
            except OSError:
                return False

    def pause(self):
        self.process.pause()

    def resume(self):
        self.process.resume()

    def stop(self):
        if self.process:
            self.process.kill()


class LyingServer:
    """Answers UDP with what a function makes of (query, peer): a list of datagrams."""

    def __init__(self, answer, address, port):
        self.answer = answer
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.stopped = False
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while not self.stopped:
            try:
                query, peer = self.socket.recvfrom(4096)
                for datagram in self.answer(query, peer):
                    self.socket.sendto(datagram, peer)
            except OSError:
                return

    def stop(self):
        self.stopped = True
        # Wakes the thread, which closing alone does not.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waking:
            waking.sendto(b"", self.socket.getsockname())
        self.socket.close()


def respond(query, flags=0x8400, records=(), identity=None, name=None):
    """A response to the query; records are (name, type, ttl, data)."""
    identity = struct.unpack(">H", query[:2])[0] if identity is None else identity
    asked = query[12:] if name is None else encode(name) + query[-4:]
    text = struct.pack(">6H", identity, flags, 1, len(records), 0, 0) + asked
    for owner, record_type, ttl, data in records:
        text += encode(owner) + struct.pack(">2HIH", TYPES[record_type], 1, ttl, len(data)) + data
    return text
