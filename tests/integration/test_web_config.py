# SPDX-License-Identifier: Apache-2.0
"""The web configuration with real TLS clients: certificates, their renewal, and passwords."""

import base64
import http.client
import shutil
import ssl
import subprocess

import pytest
from services.exporter import run
from services.support import find_program, free_port, wait_until

from plans import plan, source

# bcrypt of "wonderland", at the least cost.
USERS = ("basic_auth_users:\n"
         "  alice: $2b$04$abcdefghijklmnopqrstuujZkTwHUiJ9XdZPwKfcfDo7dMp5DjlTu\n")
TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
CLIENTS = "  client_ca_file: ca.crt\n  client_auth_type: "


def openssl(directory, *arguments):
    subprocess.run([find_program("openssl", "openssl"), *arguments], cwd=directory, check=True,
                   capture_output=True)


def make_certificate(directory, name, purpose, authority="ca"):
    """name.crt and name.key, signed by the authority."""
    (directory / "extensions").write_text(
        f"subjectAltName=IP:127.0.0.1\nextendedKeyUsage={purpose}\n")
    openssl(directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey",
            f"{authority}.key", "-CAcreateserial", "-days", "2", "-extfile", "extensions", "-out",
            f"{name}.crt")


@pytest.fixture(name="authority", scope="module")
def fixture_authority(module_estate):
    """A directory with two authorities and certificates for servers and clients."""
    directory = module_estate.new_directory()
    for name in ("ca", "stranger"):
        openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out",
                f"{name}.crt", "-subj", f"/CN={name}", "-days", "2")
    make_certificate(directory, "server", "serverAuth")
    make_certificate(directory, "renewed", "serverAuth")
    make_certificate(directory, "client", "clientAuth")
    make_certificate(directory, "not-for-clients", "serverAuth")
    make_certificate(directory, "unknown-client", "clientAuth", "stranger")
    return directory


class Client:
    """Asks an exporter over TLS, perhaps with a certificate."""

    def __init__(self, port, directory, certificate=None):
        self.port = port
        self.context = ssl.create_default_context(cafile=directory / "ca.crt")
        if certificate:
            self.context.load_cert_chain(directory / f"{certificate}.crt",
                                         directory / f"{certificate}.key")

    def get(self, path="/-/ready", headers=None):
        """Status, and the name in the server's certificate."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=5,
                                                 context=self.context)
        try:
            connection.request("GET", path, headers=headers or {})
            subject = connection.sock.getpeercert()["subject"][0][0][1]
            return connection.getresponse().status, subject
        finally:
            connection.close()

    def is_refused(self):
        try:
            self.get()
        except (OSError, http.client.HTTPException):
            return True
        return False


def start(estate, authority, web, certificate=None):
    """A serving exporter's directory, with copies of the certificates, and a client of it."""
    directory = estate.new_directory()
    for path in authority.iterdir():
        shutil.copy(path, directory)
    (directory / "web.yml").write_text(web)
    exporter = estate.exporter(
        plan({"orders": ("orders", "3s")}, [source("orders-west", "orders", free_port())]),
        f"--web.config.file={directory / 'web.yml'}", start=False)
    exporter.process.start()
    client = Client(exporter.port, directory, certificate)
    wait_until(lambda: "is ready" in exporter.log(), 10, "the exporter to be ready")
    return directory, client


def test_renewed_certificates_are_used_at_once(estate, authority):
    directory, client = start(estate, authority, TLS)
    assert client.get() == (200, "server")
    for end in ("crt", "key"):
        shutil.copy(directory / f"renewed.{end}", directory / f"server.{end}")
    assert client.get() == (200, "renewed")
    (directory / "server.crt").write_text("broken\n")
    assert client.is_refused()
    for end in ("crt", "key"):
        shutil.copy(authority / f"server.{end}", directory / f"server.{end}")
    assert client.get() == (200, "server")


@pytest.mark.parametrize("auth_type, nobody, known, unknown", [
    ("RequestClientCert", True, True, True),
    ("RequireAnyClientCert", False, True, True),
    ("VerifyClientCertIfGiven", True, True, False),
    ("RequireAndVerifyClientCert", False, True, False),
])
def test_client_certificates(estate, authority, auth_type, nobody, known, unknown):
    directory, client = start(estate, authority, TLS + CLIENTS + auth_type + "\n", "client")
    assert client.is_refused() != known
    assert Client(client.port, directory).is_refused() != nobody
    assert Client(client.port, directory, "unknown-client").is_refused() != unknown
    assert Client(client.port, directory, "not-for-clients").is_refused() != unknown
    assert client.get()[0] == 200


def test_versions(estate, authority):
    _, client = start(estate, authority, TLS + "  min_version: TLS13\n")
    assert client.get()[0] == 200
    client.context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert client.is_refused()


@pytest.mark.parametrize("path", ["/metrics", "/", "/-/healthy", "/-/ready", "/nowhere"])
def test_passwords(estate, authority, path):
    _, client = start(estate, authority, TLS + USERS)
    for user in (None, "alice:wrong", "bob:wonderland"):
        headers = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()} \
            if user else {}
        assert client.get(path, headers)[0] == 401
    right = {"Authorization": "Basic " + base64.b64encode(b"alice:wonderland").decode()}
    assert client.get(path, right)[0] == (404 if path == "/nowhere" else 200)


@pytest.mark.parametrize("web, message", [
    ("tls_server_config: {cert_file: none.crt, key_file: server.key}\n", "none.crt"),
    ("tls_server_config: {cert_file: server.crt, key_file: client.key}\n", "belongs together"),
    ("tls_server_config: {cert_file: server.key, key_file: server.key}\n", "server.key"),
    ("basic_auth_users: {alice: wonderland}\n", "web.yml:1:27: user \"alice\" is no bcrypt hash"),
    ("basic_auth_user: {}\n", "did you mean \"basic_auth_users\"?"),
])
def test_what_is_wrong_is_said_at_the_start(estate, authority, web, message):
    directory = estate.new_directory()
    for path in authority.iterdir():
        shutil.copy(path, directory)
    (directory / "web.yml").write_text(web)
    exporter = estate.exporter(
        plan({"orders": ("orders", "3s")}, [source("orders-west", "orders", free_port())]),
        start=False)
    done = run(f"--config.file={exporter.plan_path}", f"--web.config.file={directory}/web.yml",
               f"--web.listen-address=127.0.0.1:{exporter.port}")
    assert done.returncode == 1
    assert message in done.stderr.replace('\\"', '"')
    assert "wonderland" not in done.stderr
