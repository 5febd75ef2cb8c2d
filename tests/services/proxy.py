# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy in front of any server, to cut, stall and slow down its connections."""

import socket
import struct
import threading
import time

from .support import free_port

CHUNK_BYTES = 16384


def _reset(connection):
    """Closes with RST, as a host that lost its state does."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()


class Proxy:
    """Modes: pass, refuse (nobody listens), stall (packets are dropped), garbage."""

    def __init__(self, target_port, port=None):
        self.target_port = target_port
        self.mode = "pass"
        self.bytes_per_second = None
        self.changed = threading.Condition()
        self.pairs = set()
        self.listener = None
        self.port = port or free_port()
        self._listen()

    def _listen(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if self.listener is not listener:
                _reset(client)
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = None
        with self.changed:
            self.pairs.add((client, None))
        if self.mode == "garbage":
            try:
                client.recv(CHUNK_BYTES)
                client.sendall(b"\xff\x00HTTP/1.1 418 I am no database\r\n\r\n" * 64)
            except OSError:
                pass
            return
        if not self._wait_while_stalled(client):
            return
        try:
            server = socket.create_connection(("127.0.0.1", self.target_port), timeout=5)
            server.settimeout(None)
        except OSError:
            _reset(client)
            return
        with self.changed:
            if (client, None) not in self.pairs:
                _reset(server)
                return
            self.pairs.remove((client, None))
            self.pairs.add((client, server))
        for source, target in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _wait_while_stalled(self, client):
        with self.changed:
            while self.mode == "stall":
                self.changed.wait()
            return client.fileno() != -1

    def _pump(self, source, target):
        try:
            while data := source.recv(CHUNK_BYTES):
                while data:
                    if not self._wait_while_stalled(source):
                        return
                    rate = self.bytes_per_second
                    part = data[:max(1, rate // 10)] if rate else data
                    target.sendall(part)
                    data = data[len(part):]
                    if rate:
                        time.sleep(len(part) / rate)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            _reset(source)
            _reset(target)

    def _set(self, mode):
        with self.changed:
            self.mode = mode
            self.changed.notify_all()

    def _close_listener(self):
        listener, self.listener = self.listener, None
        if listener:
            # A close alone would not wake the thread that accepts.
            try:
                listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            listener.close()

    def reset_connections(self):
        """Cuts what is connected now; new connections follow the mode."""
        with self.changed:
            pairs, self.pairs = self.pairs, set()
        for pair in pairs:
            for connection in pair:
                if connection:
                    _reset(connection)
        with self.changed:
            self.changed.notify_all()

    def cut(self):
        """Nobody listens any more and what was connected is reset."""
        self._close_listener()
        self._set("refuse")
        self.reset_connections()

    def stall(self):
        """Connections stay or are accepted, but no byte goes through any more."""
        self.heal()
        self._set("stall")

    def trickle(self, bytes_per_second):
        """A slow line: so many bytes a second and direction of a connection."""
        self.heal()
        self.bytes_per_second = bytes_per_second

    def garbage(self):
        """Whoever connects gets bytes of another protocol."""
        self.heal()
        self._set("garbage")
        self.reset_connections()

    def heal(self):
        self.bytes_per_second = None
        if self.listener is None:
            self._listen()
        self._set("pass")

    def stop(self):
        self.cut()


class BlackHole:
    """A port whose connection requests are dropped, as behind a firewall."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        # Once the queue is full the kernel drops further SYN packets.
        self.fillers = [socket.socket() for _ in range(4)]
        for filler in self.fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))

    def stop(self):
        for filler in self.fillers + [self.listener]:
            filler.close()
