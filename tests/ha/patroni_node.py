# PostgreSQL under Patroni on one machine, its data on a small disk of its own.
# SPDX-License-Identifier: Apache-2.0
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess

import machines
from etcd_member import CLIENT_PORT
from patience import PATIENCE_S, Failure
from sandbox import POSTGRES

USER = "postgres"
PORT, REST_PORT = 5432, 8008
DISK_MIB = 640

# The same figures as in docs/how-to/high-availability.md, save for sizes.
CLUSTER_SETTINGS = {
    "ttl": 20,
    "loop_wait": 5,
    "retry_timeout": 5,
    # A primary that crashed is not waited for: a standby has everything.
    "primary_start_timeout": 0,
    "synchronous_mode": True,
    "synchronous_mode_strict": True,
    "postgresql": {
        "use_pg_rewind": True,
        "use_slots": True,
        "parameters": {
            "max_connections": 200,
            "wal_level": "replica",
            "wal_log_hints": "on",
            # A standby that went silent holds up commits until it is given up.
            "wal_sender_timeout": "5s",
            "wal_receiver_timeout": "5s",
            "tcp_keepalives_idle": 5,
            "tcp_keepalives_interval": 2,
            "tcp_keepalives_count": 3,
            # Small, as the disk is.
            "shared_buffers": "64MB",
            "min_wal_size": "32MB",
            "max_wal_size": "96MB",
            "max_slot_wal_keep_size": "128MB",
            "jit": "off",
            "lc_messages": "C",
        },
    },
}


def newest_programs():
    """The folder of the newest PostgreSQL's programs."""
    found = [path for path in pathlib.Path(POSTGRES).glob("*/bin")
             if (path / "initdb").exists()]
    if not found:
        raise Failure(f"no PostgreSQL server below {POSTGRES}")
    return max(found, key=lambda path: float(path.parent.name))


class PatroniNode:
    def __init__(self, machine, cluster_machines, passwords, authority):
        self.machine = machine
        self.disk = machine.folder / "disk"
        self.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m,mode=755", "tmpfs",
                        self.disk], check=True)
        for folder in (self.disk, machine.folder):
            shutil.chown(folder, USER, USER)
        self.config = machine.folder / "patroni.yml"
        settings = self._settings(cluster_machines, passwords, authority)
        self.config.write_text(json.dumps(settings, indent=2))  # JSON is YAML
        shutil.chown(self.config, USER, USER)
        self.config.chmod(0o600)
        self.process = None

    @property
    def name(self):
        return self.machine.name

    def _settings(self, cluster_machines, passwords, authority):
        address = self.machine.address
        network = f"{machines.SUBNET}.0/24"
        certificate, key = authority.issue(self.machine, USER)

        def login(name):
            return {"username": name, "password": passwords[name], "sslmode": "verify-full",
                    "sslrootcert": str(authority.certificate)}

        return {
            "scope": "muster",
            "name": self.name,
            "restapi": {"listen": f"{address}:{REST_PORT}",
                        "connect_address": f"{address}:{REST_PORT}",
                        "authentication": {"username": "patroni",
                                           "password": passwords["patroni"]}},
            # Not etcd3: Debian 12's Patroni 3.0.2 overwrites another node's leader key there when it
            # comes back from a partition (mended in 3.0.3), and acknowledged commits are lost.
            "etcd": {"hosts": [f"{one.address}:{CLIENT_PORT}" for one in cluster_machines]},
            "bootstrap": {"dcs": CLUSTER_SETTINGS,
                          "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"},
                                     "data-checksums"]},
            "postgresql": {
                "listen": f"{address}:{PORT}",
                "connect_address": f"{address}:{PORT}",
                "data_dir": str(self.disk / "data"),
                "bin_dir": str(newest_programs()),
                "pgpass": str(self.machine.folder / "pgpass"),
                "parameters": {"unix_socket_directories": str(self.machine.folder),
                               "ssl": "on", "ssl_cert_file": str(certificate),
                               "ssl_key_file": str(key)},
                "authentication": {"superuser": login("postgres"),
                                   "replication": login("replicator"),
                                   "rewind": login("rewinder")},
                "pg_hba": [f"hostssl replication replicator {network} scram-sha-256",
                           f"hostssl all all {network} scram-sha-256"],
            },
            # Never the watchdog of the machine that the test runs on: Patroni is killed here.
            "watchdog": {"mode": "off"},
        }

    def start(self):
        self.process = self.machine.start(["patroni", self.config], user=USER)

    def stop(self):
        """Tells Patroni to stop, which stops PostgreSQL and hands over first."""
        os.kill(self.process.pid, signal.SIGTERM)
        self.process.wait(PATIENCE_S)

    def kill(self, spared):
        """SIGKILL for Patroni and for every process of PostgreSQL; `spared`: other processes."""
        os.kill(self.process.pid, signal.SIGKILL)
        left = self.machine.pids() - spared
        while left:
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            left = self.machine.pids() - spared
        self.process.wait(PATIENCE_S)

    def freeze(self, spared):
        """PostgreSQL answers nothing any more, and its connections stay; Patroni goes on."""
        self._signal_postgres(signal.SIGSTOP, spared)

    def thaw(self, spared):
        self._signal_postgres(signal.SIGCONT, spared)

    def _signal_postgres(self, number, spared):
        for pid in self.machine.pids() - spared - {self.process.pid}:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def ask(self, path):
        """(status, body) of Patroni's API; None: no answer."""
        connection = http.client.HTTPConnection(self.machine.address, REST_PORT, timeout=2)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def fill_disk(self):
        """To the last byte."""
        with open(self.disk / "fill", "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                block = b"\1" * size
                try:
                    while True:
                        if file.write(block) < size:
                            break
                except OSError:
                    continue

    def free_disk(self):
        (self.disk / "fill").unlink()
