# SPDX-License-Identifier: Apache-2.0
"""How the exporter talks to Redis: TLS, Unix sockets, accounts, and servers that talk nonsense."""

import re
import subprocess
import time

import pytest
from services.exporter import run
from services.impostor import Impostor
from services.postgres import PASSWORD
from services.process import Process
from services.redis import Redis
from services.support import wait_until

from plans import TIMEOUT, as_text, plan
from redis_pairs import (NOTICE, RedisPair, assert_not_ready, redis_source, start_redis,
                         start_replica, stays_not_ready)

SESSIONS = {"sessions": ("sessions", "3s")}


@pytest.fixture(name="pair", scope="module")
def fixture_pair(module_estate):
    return RedisPair(module_estate)


def start_exporter_of(estate, *sources):
    return estate.exporter(plan(SESSIONS, list(sources)))


def assert_fails_for(exporter, reason):
    wait_until(lambda: exporter.failures("sessions-west"), NOTICE, "a failure")
    stays_not_ready(exporter, 0.3)
    assert set(exporter.failures("sessions-west")) == {reason}, exporter.log()


# --- TLS and Unix sockets. ---

def openssl(directory, *arguments):
    subprocess.run(["openssl", *map(str, arguments)], cwd=directory, check=True,
                   capture_output=True)


class Authority:
    """Signs certificates for 127.0.0.1 and for a name."""

    def __init__(self, directory):
        self.directory = directory
        self.certificate = directory / "ca.pem"
        openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", 2, "-subj", "/CN=test", "-keyout", "ca.key", "-out", "ca.pem")

    def sign(self, name, alternative="IP:127.0.0.1", days=2):
        openssl(self.directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-subj", f"/CN={name}", "-addext", f"subjectAltName={alternative}",
                "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(self.directory, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey",
                "ca.key", "-CAcreateserial", "-days", days, "-copy_extensions", "copy", "-out",
                f"{name}.pem")
        return self.directory / f"{name}.pem", self.directory / f"{name}.key"


class TlsRedis(Redis):
    """Speaks only TLS, and wants a certificate of everybody."""

    def __init__(self, directory, name, authority, **settings):
        certificate, key = authority.sign(name, "DNS:redis.test,IP:127.0.0.1")
        super().__init__(directory, name, tls_cert_file=certificate, tls_key_file=key,
                         tls_ca_cert_file=authority.certificate, tls_replication="yes",
                         **settings)
        self.settings.update({"tls-port": str(self.port)})
        self.client += ["--tls", "--cacert", authority.certificate, "--cert", certificate,
                        "--key", key]

    def argv(self):
        return ["0" if word == self.port else word for word in super().argv()]


@pytest.fixture(name="tls", scope="module")
def fixture_tls(module_estate):
    """A pair that talks TLS everywhere, and settings that fit."""
    directory = module_estate.new_directory()
    authority = Authority(directory)
    servers = []
    for name in ("primary", "west"):
        more = {"replicaof": f"127.0.0.1 {servers[0].port}"} if servers else {}
        server = TlsRedis(module_estate.new_directory(), name, authority, **more)
        servers.append(module_estate.keep(server).start().create_monitor())
    wait_until(lambda: servers[1].link_is_up, 10, "the TLS replica")
    certificate, key = authority.sign("exporter")
    settings = {"tls": True, "ca_file": str(authority.certificate),
                "cert_file": str(certificate), "key_file": str(key)}
    return [server.port for server in servers], settings, authority


@pytest.mark.sanitized
@pytest.mark.parametrize("more", [{}, {"server_name": "redis.test"}])
def test_tls(estate, tls, more):
    ports, settings, _ = tls
    exporter = start_exporter_of(estate, redis_source("sessions-west", "sessions", *ports,
                                                      **settings, **more))
    exporter.wait_for_check("sessions", "pass")
    assert exporter.failures("sessions-west") == {}


@pytest.mark.parametrize("change", [
    {"ca_file": None}, {"cert_file": None, "key_file": None}, {"server_name": "other.test"}],
    ids=["unknown-authority", "no-client-certificate", "other-name"])
def test_tls_failures(estate, tls, change):
    ports, settings, _ = tls
    settings = {key: value for key, value in {**settings, **change}.items() if value is not None}
    exporter = start_exporter_of(estate, redis_source("sessions-west", "sessions", *ports,
                                                      **settings))
    assert_fails_for(exporter, "tls")


@pytest.mark.slow
def test_tls_with_a_plain_server(estate, pair, tls):
    _, settings, _ = tls
    exporter = start_exporter_of(estate, redis_source(
        "sessions-west", "sessions", pair.primary.port, pair.replica.port, **settings))
    # Redis waits for the end of what it takes for a command.
    assert_fails_for(exporter, "timeout")
    assert re.search("no TLS connection in time|SSL connection timeout", exporter.log())


def test_plain_with_a_tls_server(estate, tls):
    ports, _, _ = tls
    exporter = start_exporter_of(estate, redis_source("sessions-west", "sessions", *ports))
    wait_until(lambda: exporter.failures("sessions-west"), NOTICE, "a failure")
    assert set(exporter.failures("sessions-west")) <= {"protocol", "connect"}


@pytest.mark.slow
def test_expired_certificate(estate, tls):
    _, settings, authority = tls
    certificate, key = authority.sign("expired", days=0)
    server = TlsRedis(estate.new_directory(), "short", authority)
    server.settings.update({"tls-cert-file": str(certificate), "tls-key-file": str(key)})
    estate.keep(server)
    time.sleep(1)
    server.process = Process(server.argv(), server.directory / "log")
    server.process.start()
    wait_until(lambda: "Ready to accept" in server.process.log(), 5, "the server")
    exporter = start_exporter_of(estate, redis_source("sessions-west", "sessions", server.port,
                                                      server.port, **settings))
    assert_fails_for(exporter, "tls")
    assert "expired" in exporter.log()


def test_unix_sockets(estate):
    primary = start_redis(estate)
    path = estate.new_directory() / "redis.sock"
    replica = start_replica(estate, "west", primary.port, unixsocket=path)
    source = redis_source("sessions-west", "sessions", primary.port, replica.port)
    source["replica"] = str(path)
    exporter = start_exporter_of(estate, source)
    exporter.wait_for_check("sessions", "pass")


# --- Accounts. ---

def test_r4_least_privileges(estate, pair):
    """Exactly the documented rules; anything else is refused to the account."""
    exporter = start_exporter_of(estate, redis_source("sessions-west", "sessions",
                                                      pair.primary.port, pair.replica.port))
    exporter.wait_for_check("sessions", "pass")
    assert "name=dr_exporter" in pair.primary.command("CLIENT", "LIST")
    done = pair.primary.try_command("--no-auth-warning", "--user", "dr_monitor", "--pass", PASSWORD,
                                    "GET", "load")
    assert "NOPERM" in done.stdout + done.stderr


def test_r4_wrong_password(estate, pair):
    exporter = start_exporter_of(estate, redis_source("sessions-west", "sessions",
                                                      pair.primary.port, pair.replica.port))
    exporter.wait_for_check("sessions", "pass")
    exporter.password_path.write_text("hunter2-wrong\n")
    pair.to_primary.reset_connections()
    pair.primary.command("CLIENT", "KILL", "USER", "dr_monitor")
    wait_until(lambda: "auth" in exporter.failures("sessions-west"), NOTICE, "the reason")
    wait_until(lambda: exporter.check("sessions") != "pass", NOTICE)
    for text in (exporter.log(), exporter.get("/").text, exporter.get("/metrics").text):
        assert "hunter2" not in text and "Zx9" not in text
    exporter.password_path.write_text(PASSWORD + "\n")
    exporter.wait_for_check("sessions", "pass")


def test_r4_password_that_the_server_does_not_know(estate, pair):
    """The default user has none here: Redis says so with an error of its own."""
    source = redis_source("sessions-west", "sessions", pair.primary.port, pair.replica.port)
    del source["user"]
    assert_fails_for(start_exporter_of(estate, source), "auth")


def test_r4_no_password_though_needed(estate):
    primary = start_redis(estate)
    primary.command("CONFIG", "SET", "requirepass", "something")
    source = redis_source("sessions-west", "sessions", primary.port, primary.port)
    del source["user"], source["password_file"]
    assert_fails_for(start_exporter_of(estate, source), "auth")


# --- Servers that talk nonsense. ---

def bulk(text):
    return b"$%d\r\n%s\r\n" % (len(text), text)


TRUNCATED = b"# Replication\r\nrole:slave\r\nmaster_host:127.0.0.1\r\nmaster_link_sta"
NONSENSE = {
    "http": ({"INFO": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, "protocol"),
    "truncated": ({"INFO": bulk(TRUNCATED)}, "protocol"),
    "empty": ({"INFO": bulk(b"")}, "protocol"),
    "binary": ({"INFO": bulk(bytes(range(256)) * 4)}, "protocol"),
    "array": ({"INFO": b"*1\r\n:1\r\n"}, "protocol"),
    "huge array": ({"INFO": b"*2147483647\r\n:1\r\n"}, "protocol"),
    "nested": ({"INFO": b"*1\r\n" * 50}, "protocol"),
    "many arrays": ({"INFO": b"*6\r\n" + b"*9999\r\n" * 6}, "protocol"),
    "two answers": ({"INFO": b"+OK\r\n+OK\r\n"}, "protocol"),
    "endless": ({"INFO": b"$9000000\r\n" + b"x" * 8_000_000}, "protocol"),
    "unfinished": ({"INFO": b"$100\r\nabc"}, "timeout"),
    "loading": ({"INFO": b"-LOADING Redis is loading the dataset in memory\r\n"}, "inconsistent"),
    "masterdown": ({"INFO": b"-MASTERDOWN Link with MASTER is down\r\n"}, "inconsistent"),
    "noperm": ({"INFO": b"-NOPERM this user has no permissions\r\n"}, "permission"),
    "clients": ({"AUTH": b"-ERR max number of clients reached\r\n"}, "connect"),
    "memory": ({"INFO": b"-OOM command not allowed\r\n"}, "query"),
}


# One of each kind; the others are slow only because they are many.
QUICK = {"http", "truncated", "huge array", "endless", "loading", "noperm"}


@pytest.mark.sanitized
@pytest.mark.parametrize("answers, reason", [
    pytest.param(*value, id=name, marks=() if name in QUICK else pytest.mark.slow)
    for name, value in NONSENSE.items()])
def test_r4_nonsense(estate, pair, answers, reason):
    impostor = estate.keep(Impostor(answers))
    exporter = estate.exporter(plan({**SESSIONS, "limits": ("limits", "3s")}, [
        redis_source("sessions-west", "sessions", pair.primary.port, impostor.port),
        pair.sources()[1]]))
    exporter.wait_for_check("limits", "pass")
    assert_fails_for(exporter, reason)
    assert_not_ready(exporter)
    duration = exporter.metric("dr_source_last_collection_duration_seconds", source="sessions-west")
    assert duration <= TIMEOUT + 0.3


# --- The plan. ---

@pytest.mark.parametrize("change, message", [
    ({"primary": "redis"}, '"primary": "redis" is no address'),
    ({"replica": "[::1:6379"}, '"replica": "[::1:6379" is no address'),
    ({"replica": "host:99999"}, "host:port"),
    ({"password_file": None}, '"user" needs a password'),
    ({"ca_file": "/nowhere/ca.pem"}, "tls: true"),
    ({"tls": True, "key_file": "/nowhere/key.pem"}, "cert_file"),
])
def test_settings_that_make_no_sense(tmp_path, change, message):
    source = {**redis_source("sessions-west", "sessions", 1, 2), **change}
    source = {key: value for key, value in source.items() if value is not None}
    path = tmp_path / "dr.yml"
    path.write_text(as_text(plan(SESSIONS, [source])))
    done = run("check-config", f"--config.file={path}")
    assert done.returncode == 1
    assert message in done.stdout + done.stderr
