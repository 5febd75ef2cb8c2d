# SPDX-License-Identifier: Apache-2.0
"""Redis servers: a primary, its replicas, Sentinels, and what may happen to them."""

import signal
import subprocess
from pathlib import Path

from .postgres import PASSWORD
from .process import Process
from .support import find_program, free_port, wait_until

# The least that dr_exporter needs, as collectors/redis.h says.
RULES = ("resetkeys", "resetchannels", "-@all", "+info", "+client|setname")

SETTINGS = {
    "bind": "127.0.0.1",
    "save": "",
    "appendonly": "no",
    "repl-diskless-sync-delay": "0",
    # What the link needs to notice a loss, and to come back.
    "repl-timeout": "60",
    "loglevel": "notice",
}


class Redis:
    def __init__(self, directory, name="primary", **settings):
        self.directory = Path(directory) / name
        self.directory.mkdir(parents=True)
        self.name = name
        self.port = free_port()
        self.settings = {**SETTINGS, **{key.replace("_", "-"): str(value)
                                        for key, value in settings.items()}}
        self.client = ["-h", "127.0.0.1"]
        self.process = None

    def __repr__(self):
        return f"<{self.name} on port {self.port}>"

    # --- Life. ---

    def argv(self):
        words = [find_program("redis-server", "redis-server"), "--dir", self.directory,
                 "--port", self.port]
        for name, value in self.settings.items():
            words += [f"--{name}", *(value.split() or [""])]
        return words

    def start(self, timeout=10):
        self.process = Process(self.argv(), self.directory / "log")
        self.process.start()
        wait_until(self.answers, timeout, f"{self} to answer", every=0.02)
        return self

    def answers(self):
        if not self.process.running:
            raise RuntimeError(f"{self} ended:\n" + self.process.log())
        return self.try_command("INFO", "server").returncode == 0

    def stop(self):
        if self.process:
            self.process.kill()

    kill = stop

    def pause(self):
        """Holds its connections but never answers."""
        self.process.pause()

    def resume(self):
        if self.process.running:
            self.process.resume()

    def terminate(self):
        """As in a planned restart: writes what it is configured to write."""
        self.process.stop(signal.SIGTERM)

    # --- Talk. ---

    def try_command(self, *words, timeout=5):
        argv = [find_program("redis-cli", "redis-tools"), *self.client, "-p", self.port, "-e",
                *words]
        return subprocess.run([str(word) for word in argv], capture_output=True, text=True,
                              check=False, timeout=timeout, stdin=subprocess.DEVNULL)

    def command(self, *words, timeout=5):
        done = self.try_command(*words, timeout=timeout)
        if done.returncode != 0:
            raise RuntimeError(f"{self}: {words[0]}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()

    def info(self, field):
        for line in self.command("INFO").splitlines():
            key, _, value = line.strip().partition(":")
            if key == field:
                return value
        return None

    def create_monitor(self, name="dr_monitor", rules=RULES, password=PASSWORD):
        self.command("ACL", "SETUSER", name, "reset", "on", f">{password}", *rules)
        return self

    def fill(self, keys, size=100):
        """So many keys; DEBUG is allowed to local clients of test servers."""
        self.command("EVAL", "for i = 1, tonumber(ARGV[1]) do redis.call('SET', 'key:' .. i, "
                     "string.rep('x', tonumber(ARGV[2]))) end return 1", 0, keys, size, timeout=60)

    def replicate(self, port):
        """Follows the primary on that port of this machine."""
        self.command("REPLICAOF", "127.0.0.1", port)

    @property
    def link_is_up(self):
        return self.info("master_link_status") == "up"


class Load:
    """A light, steady load of writes."""

    def __init__(self, server):
        argv = [find_program("redis-cli", "redis-tools"), *server.client, "-p", server.port, "-r",
                "1000000", "-i", "0.05", "INCR", "load"]
        self.process = Process(argv, server.directory / "load.log")
        self.process.start()

    def stop(self):
        self.process.kill()


class Sentinel(Redis):
    """Watches a primary under the name `mymaster`."""

    SETTINGS = ["down-after-milliseconds mymaster 1000", "failover-timeout mymaster 4000"]

    def __init__(self, directory, name, primary_port, quorum=2):
        super().__init__(directory, name)
        self.file = self.directory / "sentinel.conf"
        self.file.write_text("\n".join([
            f"port {self.port}", "bind 127.0.0.1", f"dir {self.directory}",
            f"sentinel monitor mymaster 127.0.0.1 {primary_port} {quorum}",
            *(f"sentinel {line}" for line in self.SETTINGS)]) + "\n")

    def argv(self):
        return [find_program("redis-sentinel", "redis-sentinel"), self.file]

    def allow_monitor(self):
        return self.create_monitor(rules=["-@all", "+client|setname", "+sentinel|master",
                                          "+sentinel|replicas"])

    def primary_port(self):
        words = self.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster").split()
        return int(words[-1])

    def sees(self, replicas, sentinels):
        """All of them, and none of them down."""
        words = self.command("SENTINEL", "MASTER", "mymaster").splitlines()
        fields = dict(zip(words[::2], words[1::2]))
        return (fields["flags"] == "master" and int(fields["num-slaves"]) >= replicas
                and int(fields["num-other-sentinels"]) == sentinels - 1)
