# Machines that are network namespaces, on one bridge; this program stands at the bridge.
# SPDX-License-Identifier: Apache-2.0
import os
import subprocess

SUBNET = "10.77.0"
BRIDGE = "ha"
HERE = f"{SUBNET}.254"


def _ip(*words):
    subprocess.run(["ip", *words], check=True)


def lay_bridge():
    os.makedirs("/run/netns", exist_ok=True)
    _ip("link", "set", "lo", "up")
    _ip("link", "add", BRIDGE, "type", "bridge")
    _ip("address", "add", f"{HERE}/24", "dev", BRIDGE)
    _ip("link", "set", BRIDGE, "up")


class Machine:
    """A name, an address, and a folder that programs there may write to."""

    def __init__(self, name, number, folder, logs):
        self.name = name
        self.address = f"{SUBNET}.{number}"
        self.folder = folder / name
        self.log = logs / f"{name}.log"
        self.folder.mkdir(mode=0o755)
        self.port = f"to-{name}"
        _ip("netns", "add", name)
        _ip("link", "add", self.port, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("link", "set", self.port, "master", BRIDGE, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "address", "add", f"{self.address}/24", "dev", "eth0")
        _ip("-n", name, "link", "set", "eth0", "up")

    def start(self, command, user=None, environment=None, **options):
        """The program itself is the child: no process stands between."""
        words = ["ip", "netns", "exec", self.name]
        if user:
            words += ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        with open(self.log, "ab") as log:
            options = {"stdout": log, **options}
            return subprocess.Popen(
                [*words, *map(str, command)], stdin=subprocess.DEVNULL, stderr=log,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(environment or {})},
                cwd=self.folder, start_new_session=True, **options,
            )

    def pids(self):
        listed = subprocess.run(["ip", "netns", "pids", self.name], check=True,
                                capture_output=True, text=True)
        return {int(pid) for pid in listed.stdout.split()}

    def cut_off(self):
        """Takes the cable out at the switch: nothing goes either way, and nobody is told."""
        _ip("link", "set", self.port, "nomaster")

    def join_again(self):
        _ip("link", "set", self.port, "master", BRIDGE)
