# SPDX-License-Identifier: Apache-2.0
"""The Redis pair of the demo: sessions in us-east-1, copied to us-west-2 over a line of its own."""

from services.proxy import Proxy
from services.redis import Load, Redis
from services.support import wait_until


class Sessions:
    def __init__(self, directory, keep):
        self.primary = keep(Redis(directory, "redis-primary")).start().create_monitor()
        self.link = keep(Proxy(self.primary.port))
        self.replica = keep(Redis(directory, "redis-west",
                                  replicaof=f"127.0.0.1 {self.link.port}"))
        self.replica.start().create_monitor()
        wait_until(lambda: self.replica.link_is_up, 20, "the Redis replica to be connected")
        keep(Load(self.primary))

    def cut(self):
        self.link.cut()

    def promote(self):
        self.replica.command("REPLICAOF", "NO", "ONE")

    def heal(self):
        self.link.heal()
        if self.replica.info("role") == "master":
            self.replica.replicate(self.link.port)
