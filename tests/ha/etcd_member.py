# One of the three that agree on who the primary is.
# SPDX-License-Identifier: Apache-2.0
import http.client
import json
import os
import shutil
import signal

from patience import PATIENCE_S, wait_for

CLIENT_PORT, PEER_PORT = 2379, 2380
USER = "etcd"


class EtcdMember:
    def __init__(self, machine, machines):
        self.machine = machine
        self.cluster = ",".join(f"{one.name}=http://{one.address}:{PEER_PORT}" for one in machines)
        self.folder = machine.folder / "etcd"
        self.folder.mkdir(mode=0o700)
        shutil.chown(self.folder, USER, USER)
        self.process = None

    def start(self):
        address = self.machine.address
        client, peer = f"http://{address}:{CLIENT_PORT}", f"http://{address}:{PEER_PORT}"
        self.process = self.machine.start(
            ["etcd", "--name", self.machine.name, "--data-dir", self.folder,
             "--listen-client-urls", client, "--advertise-client-urls", client,
             "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
             "--initial-cluster", self.cluster, "--initial-cluster-token", "muster",
             "--enable-v2=true", "--logger", "zap", "--log-level", "warn"],
            user=USER)

    def is_healthy(self):
        connection = http.client.HTTPConnection(self.machine.address, CLIENT_PORT, timeout=2)
        try:
            connection.request("GET", "/health")
            return json.loads(connection.getresponse().read()).get("health") == "true"
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()

    def wait_healthy(self):
        wait_for(f"etcd on {self.machine.name} is healthy", self.is_healthy)

    def stop(self):
        os.kill(self.process.pid, signal.SIGTERM)
        self.process.wait(PATIENCE_S)
