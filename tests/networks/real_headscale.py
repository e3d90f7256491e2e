# The real programs: a Headscale server, and Tailscale clients in userspace mode that join it, all on
# loopback. For the suites beside it; Python's standard library only. The programs are whatever PATH
# has: nothing here installs them.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import re
import subprocess
import urllib.error
import urllib.request

from greeter import GREETING
from waiting import PATIENCE_S, end, free_port, wait_for

PROGRAMS = ("headscale", "tailscale", "tailscaled")
USER = "muster"
TRUST_TAGS = ("tag:muster-high", "tag:muster-medium", "tag:muster-low")

# Clients look for the outside world unless they are told that there is none.
CLIENT_ENVIRONMENT = {
    "TS_NO_LOGS_NO_SUPPORT": "true",
    "TS_ASSUME_NETWORK_UP_FOR_TEST": "1",
    "TS_DISABLE_PORTMAPPER": "1",
    "TS_PANIC_IF_HIT_MAIN_CONTROL": "1",
    "TS_DEBUG_USE_DERP_HTTP": "1",
}

CONFIGURATION = """
server_url: {url}
listen_addr: 127.0.0.1:{port}
metrics_listen_addr: ""
grpc_listen_addr: 127.0.0.1:{grpc_port}
disable_check_updates: true
noise: {{ private_key_path: {folder}/noise.key }}
prefixes: {{ v4: 100.64.0.0/10, v6: "fd7a:115c:a1e0::/48", allocation: sequential }}
database: {{ type: sqlite, sqlite: {{ path: {folder}/db.sqlite, write_ahead_log: true }} }}
derp:
  server:
    enabled: true
    region_id: 999
    region_code: test
    region_name: test
    verify_clients: false
    stun_listen_addr: 127.0.0.1:{stun_port}
    private_key_path: {folder}/derp.key
    automatically_add_embedded_derp_region: true
    ipv4: 127.0.0.1
  urls: []
  paths: []
  auto_update_enabled: false
dns: {{ magic_dns: false, override_local_dns: false, base_domain: hs.test, nameservers: {{ global: [] }} }}
policy: {{ mode: database }}
unix_socket: {folder}/hs.sock
unix_socket_permission: "0700"
node: {{ ephemeral: {{ inactivity_timeout: 2m }} }}
logtail: {{ enabled: false }}
log: {{ level: warn }}
"""


class Headscale:
    """One server, its data in a folder of its own; may be stopped and started again."""

    def __init__(self, folder, program="headscale"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.program = program
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.configuration = self.folder / "config.yaml"
        self.configuration.write_text(
            CONFIGURATION.format(url=self.url, port=self.port, grpc_port=free_port(),
                                 stun_port=free_port(), folder=self.folder))
        self.process = None
        self.api_key = None

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "-c", str(self.configuration), "serve"], stdout=log, stderr=log)
        wait_for(f"headscale answers at {self.url}", self._is_ready)

    def version(self):
        status, text = self.call("GET", "/version")
        return json.loads(text)["version"] if status == 200 else "before 0.27"

    def _is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError("headscale ended: " + (self.folder / "log").read_text()[-2000:])
        try:
            return self.call("GET", "/health")[0] == 200
        except OSError:
            return False

    def stop(self):
        end(self.process)
        self.process = None

    def command(self, *words):
        """Its own command line, over the server's socket."""
        result = subprocess.run([self.program, "-c", str(self.configuration), *words],
                                capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        if result.returncode != 0:
            raise AssertionError(f"headscale {' '.join(words)}: {result.stderr[-500:]}")
        return result.stdout

    def call(self, method, path, body=None):
        """(status, text) of its API, with the key once there is one."""
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self.api_key:
            request.add_header("Authorization", f"Bearer {self.api_key}")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def make_api_key(self):
        lines = self.command("apikeys", "create", "-e", "24h").split()
        self.api_key = lines[-1]
        return self.api_key

    def make_user(self, name):
        self.command("users", "create", name)

    def set_policy(self, policy):
        status, text = self.call("PUT", "/api/v1/policy", {"policy": json.dumps(policy)})
        if status != 200:
            raise AssertionError(f"policy: {status} {text}")

    def nodes(self):
        """By id."""
        status, text = self.call("GET", "/api/v1/node")
        if status != 200:
            raise AssertionError(f"nodes: {status} {text}")
        return {node["id"]: node for node in json.loads(text)["nodes"]}

    def expire_node(self, node_id):
        status, text = self.call("POST", f"/api/v1/node/{node_id}/expire", {})
        if status != 200:
            raise AssertionError(f"expire: {status} {text}")

    def make_key(self, *tags):
        """A key that Muster knows nothing of."""
        words = ["--tags", ",".join(tags)] if tags else []
        text = self.command("preauthkeys", "create", "--user", "1", "-e", "1h", *words)
        return re.search(r"\S{20,}", text)[0]

    def add_debug_node(self, user, name):
        """A row without a client behind it: never online. Its id."""
        key = "hskey-authreq-" + os.urandom(12).hex()
        made = {"user": user, "name": name, "key": key, "routes": []}
        status, text = self.call("POST", "/api/v1/debug/node", made)
        if status == 200:
            status, text = self.call("POST", "/api/v1/auth/register", {"user": user, "authId": key})
        if status != 200:
            raise AssertionError(f"debug node: {status} {text}")
        return json.loads(text)["node"]["id"]


class TailscaleClient:
    """One tailscaled without a device and without root's rights, its state in a folder of its own."""

    def __init__(self, folder, hostname, login_server):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.hostname = hostname
        self.login_server = login_server
        self.socket = self.folder / "s.sock"
        self.process = None
        self.refusal = ""

    def start(self):
        environment = {**os.environ, **CLIENT_ENVIRONMENT, "TS_LOGS_DIR": str(self.folder)}
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["tailscaled", "--tun=userspace-networking", f"--statedir={self.folder}",
                 f"--state={self.folder}/state", "--encrypt-state=false",
                 f"--socket={self.socket}", "--port=0", "--no-logs-no-support"],
                stdout=log, stderr=log, env=environment, start_new_session=True)
        wait_for("tailscaled listens", self.socket.exists)

    def agent_words(self):
        return ["--tailscale-socket", self.socket, "--network", "headscale"]

    def command(self, *words, patience_s=PATIENCE_S, **options):
        return subprocess.run(["tailscale", f"--socket={self.socket}", *words],
                              capture_output=True, text=True, timeout=patience_s, check=False,
                              env={**os.environ, **CLIENT_ENVIRONMENT}, **options)

    def join(self, key):
        """False, with the reason in `refusal`: it was not let in."""
        file = self.folder / "key"
        file.touch(mode=0o600)
        file.write_text(key)
        result = self.command(
            "up", f"--login-server={self.login_server}", f"--auth-key=file:{file}",
            f"--hostname={self.hostname}", "--accept-dns=false", "--timeout=60s", "--reset")
        file.unlink()
        self.refusal = result.stderr.strip()
        return result.returncode == 0

    def status(self):
        result = self.command("status", "--json")
        return json.loads(result.stdout) if result.stdout else {}

    def node_id(self):
        return self.status().get("Self", {}).get("ID")

    def address(self):
        addresses = self.status().get("Self", {}).get("TailscaleIPs") or [""]
        return addresses[0]

    def is_on_network(self):
        status = self.status()
        return status.get("BackendState") == "Running" and status["Self"]["Online"]

    def reaches(self, address, port, patience_s=5):
        """Does the service there (greeter.py) answer through the network?"""
        silent, held = os.pipe()  # nc ends when its input does
        try:
            found = self.command("nc", address, str(port), patience_s=patience_s, stdin=silent)
            return found.stdout == GREETING.decode()  # it speaks of its own troubles as well
        except subprocess.TimeoutExpired:
            return False
        finally:
            os.close(silent)
            os.close(held)

    def stop(self):
        end(self.process)
        self.process = None
