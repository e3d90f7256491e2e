# The real programs: a Headscale server, and Tailscale clients in userspace mode that join it, all on
# loopback in a network namespace of their own. For the suites beside it, and for end-to-end suites;
# Python's standard library only. The programs are whatever PATH has: nothing here installs them.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

PATIENCE_S = 90  # for what should take a moment; a busy machine gets this long
PROGRAMS = ("headscale", "tailscale", "tailscaled")
_INSIDE = "MUSTER_OWN_NETWORK"

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


def missing_programs(names=PROGRAMS):
    return [name for name in names if shutil.which(name) is None]


def enter_own_network():
    """Runs this program anew where there is nothing but loopback. Needs root."""
    if os.environ.get(_INSIDE) == "yes":
        return
    os.environ[_INSIDE] = "yes"
    command = ["unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    os.execvp(command[0], [*command, sys.executable, "-B", *sys.argv])


def wait_for(what, look, patience_s=PATIENCE_S):
    """Calls `look` until it returns something true, and returns that."""
    deadline = time.monotonic() + patience_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s} s in vain: {what}")
        time.sleep(0.1)  # between looks, not instead of one


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end(process, patience_s=15):
    if process is None or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([self.program, "-c", str(self.configuration), "serve"],
                                        stdout=log, stderr=log)
        log.close()
        wait_for(f"headscale answers at {self.url}", self._is_ready)

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
        return json.loads(self.call("GET", "/api/v1/node")[1])["nodes"]

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

    def __init__(self, folder, hostname):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.hostname = hostname
        self.socket = self.folder / "s.sock"
        self.process = None

    def start(self):
        environment = {**os.environ, **CLIENT_ENVIRONMENT, "TS_LOGS_DIR": str(self.folder)}
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            ["tailscaled", "--tun=userspace-networking", f"--statedir={self.folder}",
             f"--state={self.folder}/state", "--encrypt-state=false", f"--socket={self.socket}",
             "--port=0", "--no-logs-no-support"],
            stdout=log, stderr=log, env=environment, start_new_session=True)
        log.close()
        wait_for("tailscaled listens", self.socket.exists)

    def command(self, *words, patience_s=PATIENCE_S):
        return subprocess.run(["tailscale", f"--socket={self.socket}", *words],
                              capture_output=True, text=True, timeout=patience_s, check=False,
                              env={**os.environ, **CLIENT_ENVIRONMENT})

    def up(self, login_server, key_file):
        """Joins. False, with the reason in `refusal`: it was not let in."""
        result = self.command("up", f"--login-server={login_server}",
                              f"--auth-key=file:{key_file}", f"--hostname={self.hostname}",
                              "--accept-dns=false", "--timeout=60s", "--reset")
        self.refusal = result.stderr.strip()
        return result.returncode == 0

    def status(self):
        result = self.command("status", "--json")
        return json.loads(result.stdout) if result.stdout else {}

    def node_id(self):
        return self.status().get("Self", {}).get("ID")

    def stop(self):
        end(self.process)
        self.process = None
