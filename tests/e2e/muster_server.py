# Starts the real binary on a free port with a data folder of its own, and on a PostgreSQL database of
# its own if MUSTER_TEST_POSTGRES is there; speaks to it over HTTP and through its command line. For
# the suites beside it; Python's standard library only.
# SPDX-License-Identifier: Apache-2.0
import collections
import http.client
import json
import os
import pathlib
import secrets
import select
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import postgres_database
from postgres_database import PostgresDatabase

BINARY = pathlib.Path(
    os.environ.get("MUSTER_BINARY")
    or pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "muster"
)
ON_POSTGRES = postgres_database.IS_USED
PATIENCE_S = 60  # for what should take a moment; a busy machine gets this long
EMAIL = "admin@example.org"
ENROLLMENT = "/functions/v1/device-enrollment"

Answer = collections.namedtuple("Answer", "status headers body json")


def wait_for(what, look, patience_s=PATIENCE_S):
    """Calls `look` until it returns something true, and returns that."""
    deadline = time.monotonic() + patience_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s} s in vain: {what}")
        time.sleep(0.02)  # between looks, not instead of one


class Client:
    """One keep-alive connection."""

    def __init__(self, url, token=None, apikey=None, tls=None):
        parts = urllib.parse.urlsplit(url)
        kind = http.client.HTTPConnection
        extra = {}
        if parts.scheme == "https":
            kind, extra = http.client.HTTPSConnection, {"context": tls}
        self.connection = kind(parts.hostname, parts.port, timeout=PATIENCE_S, **extra)
        self.headers = {}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"
        if apikey:
            self.headers["apikey"] = apikey

    def close(self):
        self.connection.close()

    def request(self, method, path, body=None, headers=None):
        """`body`: bytes, or what becomes JSON."""
        sent = {**self.headers, **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        self.connection.request(method, path, body, sent)
        response = self.connection.getresponse()
        data = response.read()
        is_json = response.headers.get_content_type() == "application/json"
        return Answer(response.status, response.headers, data, json.loads(data) if is_json else None)

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def enrollment(self, action, **fields):
        return self.request("POST", ENROLLMENT, {"action": action, **fields})


class MusterServer:
    """A data folder, and the server that runs on it, if one does."""

    def __init__(self, database=None, beside=None, **settings):
        """`settings`: as in the environment, without MUSTER_: NETWORK="simulated". `beside`: the
        server whose PostgreSQL database, data folder and people this one shares; remove it last.
        `database`: a PostgresDatabase that is used instead of one of its own, and dropped with
        this."""
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-e2e-"))
        self.log = self.folder / "server.log"
        self.process = None
        self.url = None
        self.clients = []
        self.database = None
        if beside:
            self.settings = {**beside.settings, **settings}
            self.data, self.password, self.keys = beside.data, beside.password, beside.keys
            return
        self.data = self.folder / "data"
        self.settings = {"NETWORK": "simulated", **settings}
        self.password = secrets.token_urlsafe(16)
        self.keys = None
        self.database = database or (PostgresDatabase(BINARY) if ON_POSTGRES else None)
        if self.database:
            self.settings.setdefault("DATABASE", self.database.url)

    def environment(self, **extra):
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        kept.update(HOME=str(self.folder / "home"), NO_COLOR="1")
        kept.update({f"MUSTER_{name}": value for name, value in {**self.settings, **extra}.items()})
        return kept

    def run(self, *arguments, stdin="", **extra):
        """Runs a command of the binary; returns what it left."""
        return subprocess.run(
            [str(BINARY), *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=self.environment(**extra),
            cwd=self.folder,
        )

    def run_json(self, *arguments, **options):
        """The same with --json; it must succeed."""
        done = self.run(*arguments, "--json", **options)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: exit {done.returncode}: {done.stderr or done.stdout}")
        return json.loads(done.stdout)

    def init_arguments(self):
        return [
            "init", "--email", EMAIL, "--password-stdin", "--organization", "Example",
            "--data", self.data, "--json",
        ]

    def init(self):
        """The first organisation and its admin."""
        done = self.run(*self.init_arguments(), stdin=self.password + "\n")
        if done.returncode != 0:
            raise AssertionError(f"init: exit {done.returncode}: {done.stderr}")
        self.keys = json.loads(done.stdout)
        return self.keys

    def launch(self, *arguments, **extra):
        """Starts the server without waiting for it."""
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                [str(BINARY), "serve", "--data", str(self.data), "--listen", "127.0.0.1:0",
                 *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self.environment(**extra),
                cwd=self.folder,
            )

    def start(self, *arguments, **extra):
        self.process = self.launch(*arguments, **extra)
        return self.await_start()

    def await_start(self):
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
        line = self.process.stdout.readline() if readable else ""
        if not line.startswith("listening on http"):
            self.kill()
            raise AssertionError(f"the server said {line!r}; its log:\n{self.log_text()}")
        self.url = line.split()[-1]
        return self.url

    def _end(self, with_signal):
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(with_signal)
        code = process.wait(PATIENCE_S)
        process.stdout.close()
        return code

    def stop(self):
        """SIGTERM; returns the exit code."""
        return self._end(signal.SIGTERM)

    def kill(self):
        """SIGKILL: no chance to tidy up."""
        return self._end(signal.SIGKILL)

    def remove(self):
        for client in self.clients:
            client.close()
        self.kill()
        if self.database:
            self.database.drop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_text(self):
        return self.log.read_text() if self.log.exists() else ""

    def client(self, **options):
        """Closed with the folder, if not before."""
        self.clients.append(Client(self.url, **options))
        return self.clients[-1]

    def sign_in(self):
        """A session of the admin, over HTTP."""
        answer = self.client().request(
            "POST",
            "/auth/v1/token?grant_type=password",
            {"email": EMAIL, "password": self.password},
            {"apikey": self.keys["anon_key"]},
        )
        if answer.status != 200:
            raise AssertionError(f"sign-in: {answer.status} {answer.body!r}")
        return answer.json["access_token"]

    def admin_of(self, token):
        return self.client(token=token, apikey=self.keys["anon_key"])

    def admin(self):
        return self.admin_of(self.sign_in())


class ServerTestCase(unittest.TestCase):
    """Each test has a server of its own; where a test fails, the end of its log is shown."""

    settings = {}

    def setUp(self):
        self.server = MusterServer(**self.settings)
        self.addCleanup(self.server.remove)
        self.addCleanup(self.show_log)
        self.server.init()
        self.server.start()

    def show_log(self):
        outcome = self._outcome.result
        failed = any(test is self for test, _ in outcome.failures + outcome.errors)
        if failed:
            print("the end of the server's log:\n" + self.server.log_text()[-4000:])

    def check(self, answer, status, code=None):
        """The answer has that status and, for a refusal, that code."""
        self.assertEqual(answer.status, status, answer.body)
        if code is not None:
            self.assertEqual(answer.json["code"], code, answer.body)
        return answer.json

    def make_machine(self, name):
        """A folder that looks to `muster enroll --facts-root` like a machine of its own."""
        root = self.server.folder / "machines" / name
        (root / "etc").mkdir(parents=True)
        (root / "etc" / "hostname").write_text(name + "\n")
        (root / "etc" / "machine-id").write_text(secrets.token_hex(16) + "\n")
        (root / "etc" / "os-release").write_text('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
        return root

    def enroll_arguments(self, token, machine):
        return [
            "enroll", "--url", self.server.url, "--token", token, "--network", "simulated",
            "--facts-root", machine, "--state-dir", machine / "state",
        ]

    def events_of(self, client, device_id):
        """Oldest first."""
        path = f"/roster/v1/events?device_id={device_id}&limit=100"
        events = self.check(client.get(path), 200)["events"]
        return list(reversed(events))

    def node_ids(self, client):
        nodes = self.check(client.get("/roster/v1/network/nodes"), 200)["nodes"]
        return {node["id"] for node in nodes}
