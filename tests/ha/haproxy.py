# The other way to the primary: an HAProxy beside each Muster server, which asks Patroni who it is.
# SPDX-License-Identifier: Apache-2.0
from patience import Failure, wait_for
from patroni_node import PORT, REST_PORT

USER = "haproxy"
LISTEN_PORT = 5000
# As in docs/how-to/high-availability.md.
SETTINGS = f"""
global
    maxconn 1000
defaults
    mode tcp
    timeout connect 3s
    timeout client 1h
    timeout server 1h
    timeout check 2s
listen primary
    bind 127.0.0.1:{LISTEN_PORT}
    option tcpka
    option httpchk OPTIONS /primary
    http-check expect status 200
    default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
"""


class Haproxy:
    def __init__(self, machine, cluster):
        self.machine, self.cluster = machine, cluster
        self.config = machine.folder / "haproxy.cfg"
        servers = "".join(f"    server {node.name} {node.machine.address}:{PORT} "
                          f"check port {REST_PORT}\n" for node in cluster.nodes)
        self.config.write_text(SETTINGS.lstrip() + servers)
        self.process = None

    def url(self, user):
        # The certificates name the machines behind it.
        return self.cluster.url_through(f"127.0.0.1:{LISTEN_PORT}", user, sslmode="verify-ca")

    def start(self):
        self.process = self.machine.start(["haproxy", "-db", "-f", self.config], user=USER)
        wait_for(f"HAProxy on {self.machine.name} listens", self._listens)

    def _listens(self):
        if self.process.poll() is not None:
            raise Failure(f"HAProxy on {self.machine.name} ended: see its log")
        # The namespace's own table: this program stands outside.
        with open(f"/proc/{self.process.pid}/net/tcp", encoding="ascii") as table:
            return f":{LISTEN_PORT:04X} " in table.read()
