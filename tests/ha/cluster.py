# Three machines, each with an etcd member and a PostgreSQL under Patroni; who is the primary.
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess
import urllib.parse

from etcd_member import EtcdMember
from patience import PATIENCE_S, Failure, say, wait_for
from patroni_node import PatroniNode

HEALTHY = ("running", "streaming")


class Cluster:
    def __init__(self, machines, passwords, passfile, authority):
        self.machines = machines
        self.members = [EtcdMember(machine, machines) for machine in machines]
        self.nodes = [PatroniNode(machine, machines, passwords, authority) for machine in machines]
        self.passfile, self.authority = passfile, authority

    def start(self):
        for member in self.members:
            member.start()
        for member in self.members:
            member.wait_healthy()
        say("etcd: three members agree")
        for node in self.nodes:
            node.start()
        wait_for("a primary", self.primary, 2 * PATIENCE_S)
        say(f"{self.primary().name} is the primary")
        self.wait_whole()

    def etcd_pid(self, node):
        return {self.members[self.nodes.index(node)].process.pid}

    def primary(self, unless=None):
        """The node that says so itself, or None; `unless`: one not to ask."""
        for node in self.nodes:
            answer = None if node is unless else node.ask("/primary")
            if answer and answer[0] == 200:
                return node
        return None

    def roles(self):
        """{name: (role, state)} as the primary sees it: the others' lists are some seconds old."""
        primary = self.primary()
        answer = primary.ask("/cluster") if primary else None
        members = answer[1].get("members", []) if answer and answer[0] == 200 else []
        return {one["name"]: (one["role"], one.get("state")) for one in members}

    def sync_standby(self):
        """The node, or None."""
        named = {role: name for name, (role, _) in self.roles().items()}
        return next((node for node in self.nodes if node.name == named.get("sync_standby")), None)

    def is_whole(self):
        roles = self.roles()
        return (
            len(roles) == len(self.nodes)
            and all(state in HEALTHY for _, state in roles.values())
            and sorted(role for role, _ in roles.values()) == ["leader", "replica", "sync_standby"]
            and self._streams() == len(self.nodes) - 1
        )

    def _streams(self):
        """Standbys by PostgreSQL's own account, which is as old as the question."""
        try:
            return int(self.psql("SELECT count(*) FROM pg_stat_replication "
                                 "WHERE state = 'streaming'", "postgres"))
        except Failure:
            return 0  # the primary is about to change

    def wait_whole(self):
        try:
            wait_for("every node streams, and one is synchronous", self.is_whole, 2 * PATIENCE_S)
        except Failure as failure:
            raise Failure(f"{failure}; Patroni says {self.roles()}") from failure

    def url(self, user, database="muster"):
        """Of whichever node is the primary: libpq looks for it."""
        hosts = ",".join(machine.address for machine in self.machines)
        return self.url_through(hosts, user, database, target_session_attrs="read-write")

    def url_through(self, hosts, user, database="muster", sslmode="verify-full", **more):
        query = urllib.parse.urlencode({"sslmode": sslmode,
                                        "sslrootcert": self.authority.certificate,
                                        "passfile": self.passfile, **more})
        return f"postgresql://{user}@{hosts}/{database}?{query}"

    def psql(self, script, database="muster", node=None):
        """As the superuser, on the primary or on `node`; returns the answers, a line each."""
        url = self.url("postgres", database)
        if node:
            url = self.url_through(node.machine.address, "postgres", database)
        try:
            done = subprocess.run(
                ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only",
                 "--set", "ON_ERROR_STOP=1", "--dbname", url],
                input=script, capture_output=True, text=True, timeout=PATIENCE_S,
                env={"PATH": os.environ["PATH"], "PGCONNECT_TIMEOUT": "5"},
            )
        except subprocess.TimeoutExpired as hanging:
            raise Failure(f"psql: no answer within {PATIENCE_S} s") from hanging
        if done.returncode != 0:
            raise Failure(f"psql: {done.stderr}")
        return done.stdout

    def devices_digest(self, node=None):
        """Of every row, on the primary or on `node`."""
        return self.psql("SELECT md5(string_agg(d::text, ',' ORDER BY id)) FROM public.devices d;",
                         node=node)
