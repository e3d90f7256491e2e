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
    """`settings`: more of its environment, without MUSTER_."""

    def __init__(self, binary, machine, database, settings):
        self.binary, self.machine, self.settings = binary, machine, settings
        self.address = (machine.address, PORT)
        self.secret_key_file = machine.folder / "secret.key"
        self.config = machine.folder / "muster.toml"
        self.config.write_text(
            f'data = "{machine.folder}/data"\n'
            f'listen = "0.0.0.0:{PORT}"\n'
            f'database = "{database}"\n'
            f'secret_key_file = "{self.secret_key_file}"\n')
        self.process = None

    @property
    def name(self):
        return self.machine.name

    def environment(self):
        named = {f"MUSTER_{name}": value for name, value in self.settings.items()}
        return {"HOME": str(self.machine.folder), **named}

    def run(self, *words, stdin=""):
        """A command of the binary, on this machine; it must succeed. Returns what it printed."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.name, self.binary, words[0], "--config", self.config,
             *words[1:]], input=stdin, text=True,
            capture_output=True, timeout=PATIENCE_S, cwd=self.machine.folder,
            env={"PATH": os.environ["PATH"], **self.environment()})
        if done.returncode != 0:
            raise Failure(f"muster {words[0]}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self):
        self.process = self.machine.start([self.binary, "serve", "--config", self.config],
                                          environment=self.environment(), stdout=subprocess.PIPE)
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


def make_database(cluster, node, passwords):
    """The rights that docs/how-to/high-availability.md names: an owner, and a login that owns
    nothing."""
    cluster.psql(
        f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{passwords[OWNER]}';\n"
        f"CREATE ROLE {LOGIN} LOGIN NOINHERIT PASSWORD '{passwords[LOGIN]}';\n"
        f"CREATE DATABASE muster OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8';\n"
        "REVOKE CONNECT, TEMPORARY ON DATABASE muster FROM PUBLIC;\n"
        f"GRANT CONNECT ON DATABASE muster TO {LOGIN};\n", "postgres")
    node.run("migrate", "--database", cluster.url(OWNER))
    cluster.psql(f"GRANT {ROLES} TO {LOGIN};")


def make_admin(node, password):
    """The first organisation and its admin; returns the keys."""
    return json.loads(node.run(
        "init", "--email", EMAIL, "--password-stdin", "--organization", "Example", "--json",
        stdin=password + "\n"))


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
