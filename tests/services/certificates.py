# SPDX-License-Identifier: Apache-2.0
"""Certificates of one authority, for a server on 127.0.0.1 and for clients."""

import subprocess
from pathlib import Path

from .support import find_program

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """`ca.pem` in the directory; what it issues stands there too, as NAME.pem and NAME.key."""

    def __init__(self, directory, name="ca"):
        self.directory = Path(directory)
        self.name = name
        self.certificate = self.directory / f"{name}.pem"
        self.openssl("req", "-x509", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem",
                     "-days", "2", "-subj", f"/CN=authority {name}")

    def openssl(self, *arguments):
        subprocess.run([find_program("openssl", "openssl"), *arguments], cwd=self.directory,
                       check=True, capture_output=True)

    def issue(self, name, subject, address=None, host=None, days=2):
        """(certificate, key), for the IP address, the host or a client; with negative days one
        that is no longer valid."""
        extensions = self.directory / f"{name}.extensions"
        extensions.write_text(f"subjectAltName=IP:{address}\n" if address else
                              f"subjectAltName=DNS:{host}\n" if host else
                              "extendedKeyUsage=clientAuth\n")
        self.openssl("req", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr",
                     "-subj", subject)
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.pem", "-CAkey",
                     f"{self.name}.key", "-CAcreateserial", "-out", f"{name}.pem", "-days",
                     str(days), "-extfile", extensions.name)
        return self.directory / f"{name}.pem", self.directory / f"{name}.key"
