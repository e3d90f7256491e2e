# Two Muster servers on machines of their own, on one database, and the first admin's session.
# SPDX-License-Identifier: Apache-2.0
import http.client
import json
import os
import select
import signal
import subprocess

from patience import PATIENCE_S, Failure

PORT = 8080
LOG_TAIL = 1000
EMAIL = "admin@example.org"
OWNER, LOGIN = "muster_owner", "muster_login"
ROLES = "anon, authenticated, service_role, muster_server"


class MusterNode:
    """`settings`: as in the environment, without MUSTER_."""

    def __init__(self, binary, machine, settings):
        self.binary, self.machine = binary, machine
        self.settings = {"DATA": str(machine.folder / "data"), **settings}
        self.address = (machine.address, PORT)
        self.process = None

    @property
    def name(self):
        return self.machine.name

    def environment(self, passfile):
        named = {f"MUSTER_{name}": value for name, value in self.settings.items()}
        return {"PGPASSFILE": str(passfile), "HOME": str(self.machine.folder), **named}

    def run(self, *words, passfile, stdin="", **more):
        """A command of the binary, on this machine; it must succeed. Returns what it printed."""
        named = {f"MUSTER_{name}": value for name, value in more.items()}
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, self.binary, *words], input=stdin, text=True,
            capture_output=True, timeout=PATIENCE_S, cwd=self.machine.folder,
            env={"PATH": os.environ["PATH"], **self.environment(passfile), **named})
        if done.returncode != 0:
            raise Failure(f"muster {words[0]}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self, passfile):
        self.process = self.machine.start(
            [self.binary, "serve", "--listen", f"{self.machine.address}:{PORT}"],
            environment=self.environment(passfile), stdout=subprocess.PIPE)
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
        line = self.process.stdout.readline().decode() if readable else ""
        if not line.startswith("listening on http"):
            log = self.machine.log.read_text(errors="replace")
            raise Failure(f"the Muster server on {self.name} did not start:\n{log[-LOG_TAIL:]}")

    def _end(self, number):
        process, self.process = self.process, None
        process.send_signal(number)
        code = process.wait(PATIENCE_S)
        process.stdout.close()
        return code

    def kill(self):
        self._end(signal.SIGKILL)

    def stop(self):
        code = self._end(signal.SIGTERM)
        if code != 0:
            raise Failure(f"the Muster server on {self.name} ended with {code}")


def make_database(cluster, node, passfile, passwords):
    """The rights that docs/how-to/high-availability.md names: an owner, and a login that owns
    nothing."""
    cluster.psql(
        f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{passwords[OWNER]}';\n"
        f"CREATE ROLE {LOGIN} LOGIN NOINHERIT PASSWORD '{passwords[LOGIN]}';\n"
        f"CREATE DATABASE muster OWNER {OWNER};\n", "postgres")
    node.run("migrate", passfile=passfile, DATABASE=cluster.url(OWNER))
    cluster.psql(f"GRANT {ROLES} TO {LOGIN};")


def make_admin(node, passfile, password):
    """The first organisation and its admin; returns the keys."""
    return json.loads(node.run(
        "init", "--email", EMAIL, "--password-stdin", "--organization", "Example", "--json",
        passfile=passfile, stdin=password + "\n"))


def sign_in(node, keys, password):
    connection = http.client.HTTPConnection(*node.address, timeout=PATIENCE_S)
    try:
        connection.request(
            "POST", "/auth/v1/token?grant_type=password",
            json.dumps({"email": EMAIL, "password": password}),
            {"apikey": keys["anon_key"], "Content-Type": "application/json"})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise Failure(f"sign-in: {response.status} {body!r}")
    return json.loads(body)["access_token"]
