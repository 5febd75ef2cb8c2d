# SPDX-License-Identifier: Apache-2.0
"""A server that is not what the exporter expects: it answers every request with given bytes."""

import socket
import threading


class Impostor:
    """`answers` maps the first word of a command to bytes; any other command gets `otherwise`."""

    def __init__(self, answers=None, otherwise=b"+OK\r\n"):
        self.answers = answers or {}
        self.otherwise = otherwise
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            while request := connection.recv(65536):
                # *1\r\n$4\r\nINFO\r\n
                words = request.split(b"\r\n")
                word = words[2].decode(errors="replace") if len(words) > 2 else ""
                connection.sendall(self.answers.get(word, self.otherwise))
        except OSError:
            pass

    def stop(self):
        for listener in [self.listener, *self.connections]:
            try:
                listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            listener.close()
