# The real programs: NetBird's combined server, and clients in netstack mode that join it, all on
# loopback. For the suites beside it; Python's standard library only. The programs are whatever PATH
# has: nothing here installs them.
# SPDX-License-Identifier: Apache-2.0
import base64
import json
import os
import pathlib
import secrets
import socket
import subprocess
import urllib.error
import urllib.request

from greeter import GREETING
from waiting import PATIENCE_S, end, free_port, wait_for

PROGRAMS = ("netbird", "netbird-server")
TRUST_GROUPS = ("muster-high", "muster-medium", "muster-low")

# It binds every interface, and one more port unless its port is this one.
PORT = 33073

CONFIGURATION = """
server:
  listenAddress: "127.0.0.1:{port}"
  exposedAddress: "{url}"
  healthcheckAddress: "127.0.0.1:{health_port}"
  metricsPort: {metrics_port}
  stunPorts: [{stun_port}]
  authSecret: "{relay_secret}"
  dataDir: "{folder}/data"
  disableAnonymousMetrics: true
  disableGeoliteUpdate: true
  logLevel: info
  logFile: console
  auth: {{ issuer: "{url}/oauth2" }}
  store: {{ engine: sqlite, encryptionKey: "{encryption_key}" }}
"""

KEY_REFUSED = "setup key is invalid"

# Without the first it looks for a database of places, and ends if it can't have it.
SERVER_ENVIRONMENT = {"NB_DISABLE_GEOLOCATION": "true", "NB_SETUP_PAT_ENABLED": "true"}


def call(url, token, method, path, body=None):
    """(status, text) of the management API."""
    request = urllib.request.Request(url + path, method=method)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Token {token}")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


class NetBird:
    """One server, its data in a folder of its own; may be stopped and started again."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        self.url = f"http://127.0.0.1:{PORT}"
        self.configuration = self.folder / "config.yaml"
        self.configuration.write_text(CONFIGURATION.format(
            url=self.url, port=PORT, folder=self.folder, health_port=free_port(),
            metrics_port=free_port(), stun_port=free_port(), relay_secret=secrets.token_hex(16),
            encryption_key=base64.b64encode(secrets.token_bytes(32)).decode()))
        self.process = None
        self.token = None

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["netbird-server", "--config", str(self.configuration)], stdout=log, stderr=log,
                env={**os.environ, **SERVER_ENVIRONMENT})
        wait_for(f"netbird answers at {self.url}", self._is_ready)

    def _is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError("netbird ended: " + (self.folder / "log").read_text()[-2000:])
        try:
            return self.call("GET", "/api/instance")[0] == 200
        except OSError:
            return False

    def stop(self):
        end(self.process)
        self.process = None

    def call(self, method, path, body=None):
        """(status, text) of its API, with the token once there is one."""
        return call(self.url, self.token, method, path, body)

    def ask(self, method, path, body=None):
        """The same, parsed; it must succeed."""
        status, text = self.call(method, path, body)
        if status != 200:
            raise AssertionError(f"{method} {path}: {status} {text}")
        return json.loads(text)

    def set_up(self):
        """The first user, and a token of theirs: once."""
        made = self.ask("POST", "/api/setup", {
            "email": "admin@example.org", "password": secrets.token_urlsafe(16), "name": "Admin",
            "create_pat": True, "pat_expire_in": 1})
        self.token = made["personal_access_token"]

    def version(self):
        return subprocess.run(["netbird", "version"], capture_output=True, text=True, check=True,
                              timeout=PATIENCE_S).stdout.strip()

    def peers(self):
        """By id."""
        return {peer["id"]: peer for peer in self.ask("GET", "/api/peers")}

    def make_group(self, name):
        """Its id; it may be there already."""
        for group in self.ask("GET", "/api/groups"):
            if group["name"] == name:
                return group["id"]
        return self.ask("POST", "/api/groups", {"name": name})["id"]

    def forget_policies(self):
        """Also that of every new account, which lets all peers reach all peers."""
        for policy in self.ask("GET", "/api/policies"):
            self.ask("DELETE", f"/api/policies/{policy['id']}")

    def allow(self, source, target, port):
        """A policy from one group to another."""
        rule = {"name": f"{source} to {target}", "enabled": True, "action": "accept",
                "bidirectional": False, "protocol": "tcp", "ports": [str(port)],
                "sources": [self.make_group(source)], "destinations": [self.make_group(target)]}
        self.ask("POST", "/api/policies", {"name": rule["name"], "enabled": True, "rules": [rule]})

    def make_key(self, *groups):
        """A key that Muster knows nothing of."""
        return self.ask("POST", "/api/setup-keys", {
            "name": "by hand", "type": "one-off", "expires_in": 86400, "usage_limit": 1,
            "auto_groups": [self.make_group(name) for name in groups]})["key"]


class NetBirdClient:
    """One client without a device of its own, its state in a folder of its own."""

    def __init__(self, folder, hostname, management_url):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.hostname = hostname
        self.management_url = management_url
        self.daemon = f"unix://{self.folder}/d.sock"
        self.socks_port = self._remembered_port()
        self.process = None
        self.refusal = ""

    def _remembered_port(self):
        """One for each folder: another process may ask through it."""
        file = self.folder / "socks-port"
        if not file.exists():
            file.write_text(str(free_port()))
        return int(file.read_text())

    def _environment(self):
        return {
            **os.environ, "HOME": str(self.folder), "NB_STATE_DIR": str(self.folder),
            "NB_CONFIG": str(self.folder / "config.json"), "NB_DAEMON_ADDR": self.daemon,
            "NB_LOG_FILE": "console", "NB_USE_NETSTACK_MODE": "true",
            "NB_SOCKS5_LISTENER_PORT": str(self.socks_port),
            "NB_FORCE_USERSPACE_FIREWALL": "true",  # else root's clients filter nothing here
            "NB_ENABLE_NETSTACK_LOCAL_FORWARDING": "true", "NB_DISABLE_DNS": "true",
            "NB_ENABLE_CAPTURE": "false", "NB_RELAY_TRANSPORT": "ws",
            "NB_DISABLE_NAT_MAPPER": "true"}

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(["netbird", "service", "run"], stdout=log, stderr=log,
                                            env=self._environment(), start_new_session=True)
        wait_for("netbird's daemon listens", (self.folder / "d.sock").exists)

    def agent_words(self):
        return ["--netbird-daemon-addr", self.daemon, "--network", "netbird"]

    def command(self, *words, patience_s=PATIENCE_S):
        return subprocess.run(["netbird", *words], capture_output=True, text=True,
                              timeout=patience_s, check=False, env=self._environment())

    def join(self, key):
        """False, with the reason in `refusal`: it was not let in."""
        file = self.folder / "key"
        file.touch(mode=0o600)
        file.write_text(key)
        log = self.folder / "log"
        seen = log.stat().st_size
        up = subprocess.Popen(
            ["netbird", "up", "--management-url", self.management_url, "--hostname", self.hostname,
             "--setup-key-file", str(file), "--disable-dns", "--wireguard-port", str(free_port())],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self._environment())
        # It tries a refused key for two minutes, and only its log says so at once.
        wait_for("netbird is in, or refused", lambda: up.poll() is not None or
                 KEY_REFUSED.encode() in log.read_bytes()[seen:])
        end(up)
        file.unlink()
        self.refusal = up.stdout.read().strip() or KEY_REFUSED
        return up.returncode == 0

    def status(self):
        result = self.command("status", "--json")
        return json.loads(result.stdout) if result.returncode == 0 else {}

    def address(self):
        return self.status().get("netbirdIp", "").partition("/")[0]

    def node_id(self):
        """As the API has it: a client is not told. For the connector suite, which has the token."""
        token = os.environ["MUSTER_TEST_NETBIRD_TOKEN"]
        status, text = call(self.management_url, token, "GET", "/api/peers")
        peers = json.loads(text) if status == 200 else []
        address = self.address()
        return next((peer["id"] for peer in peers if peer["ip"] == address), None)

    def is_on_network(self):
        return self.status().get("management", {}).get("connected", False)

    def mend_proxy(self):
        """After a client in netstack mode was removed and has joined again: its proxy is still the
        one of the network that it left, and only a restart gives it a new one."""
        self.stop()
        (self.folder / "d.sock").unlink(missing_ok=True)
        self.start()
        wait_for("it is on the network again", self.is_on_network)

    def reaches(self, address, port, patience_s=5):
        """Does the service there (greeter.py) answer through the network?"""
        try:
            with socket.create_connection(("127.0.0.1", self.socks_port), patience_s) as proxy:
                proxy.settimeout(patience_s)
                proxy.sendall(b"\x05\x01\x00")
                proxy.recv(2)
                proxy.sendall(b"\x05\x01\x00\x01" + socket.inet_aton(address)
                              + port.to_bytes(2, "big"))
                granted = proxy.recv(10)[1:2] == b"\x00"
                return granted and proxy.recv(100) == GREETING
        except OSError:
            return False

    def stop(self):
        end(self.process)
        self.process = None
