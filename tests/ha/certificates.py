# A throw-away authority, and a certificate of it for each database machine: with the commands that
# docs/how-to/high-availability.md gives.
# SPDX-License-Identifier: Apache-2.0
import shutil
import subprocess

_NEW = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "3650")


class Authority:
    def __init__(self, folder):
        self.key, self.certificate = folder / "ca.key", folder / "ca.pem"
        _make("-subj", "/CN=Muster databases", "-keyout", self.key, "-out", self.certificate)

    def issue(self, machine, user):
        """(certificate, key) in the machine's folder, the key for `user` alone."""
        key, certificate = machine.folder / "server.key", machine.folder / "server.pem"
        _make("-subj", f"/CN={machine.name}", "-addext", f"subjectAltName=IP:{machine.address}",
              "-addext", "basicConstraints=critical,CA:FALSE", "-CA", self.certificate,
              "-CAkey", self.key, "-keyout", key, "-out", certificate)
        shutil.chown(key, user, user)
        key.chmod(0o600)
        return certificate, key


def _make(*words):
    subprocess.run([*_NEW, *words], check=True, stderr=subprocess.DEVNULL)
