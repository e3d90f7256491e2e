#!/usr/bin/env python3
# run_connector_suite.py NETWORKS_TEST [argument...]: the connectors' shared suite against the real
# programs that PATH has, apart from everything else; needs root. Exit 77: there are none.
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys

import real_headscale
import real_netbird
from greeter import Greeter

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "isolation"))
import isolation  # noqa: E402  beside the other suites

SERVED = "tag:server"
LOGS = HERE.parents[1] / "build" / "connector-suite"


def headscale_policy(port):
    """Whoever is trusted reaches the service; nobody else reaches anything."""
    tags = ("tag:suite", SERVED, *real_headscale.TRUST_TAGS)
    return {
        "tagOwners": {tag: [f"{real_headscale.USER}@"] for tag in tags},
        "acls": [{"action": "accept", "src": ["tag:muster-high"], "dst": [f"{SERVED}:{port}"]}],
    }


def begin_headscale(folder, port):
    """A server, and what the suite has to know of it."""
    server = real_headscale.Headscale(folder / "server")
    server.start()
    server.make_user(real_headscale.USER)
    key = server.make_api_key()
    server.set_policy(headscale_policy(port))
    print("headscale:", server.version(), flush=True)
    return server, {"URL": server.url, "API_KEY": key, "USER": real_headscale.USER}


def begin_netbird(folder, port):
    server = real_netbird.NetBird(folder / "server")
    server.start()
    server.set_up()
    server.forget_policies()
    server.allow("muster-high", "servers", port)
    print("netbird:", server.version(), flush=True)
    return server, {"URL": server.url, "TOKEN": server.token}


# Programs, how it begins, the suite's name.
NETWORKS = {
    "headscale": (real_headscale.PROGRAMS, begin_headscale, "RealHeadscale"),
    "netbird": (real_netbird.PROGRAMS, begin_netbird, "RealNetBird"),
}


def end_clients(folder):
    pids = folder / "pids"
    for pid in pids.read_text().split() if pids.exists() else []:
        try:
            os.kill(int(pid), signal.SIGTERM)
        except ProcessLookupError:
            pass  # it ended by itself


def program(name, *words):
    return shlex.join([sys.executable, "-B", str(HERE / name), *map(str, words)])


def keep_logs(folder, logs):
    logs.mkdir(parents=True)
    for log in folder.glob("*/log"):
        shutil.copy(log, logs / f"{log.parent.name}.log")


def run(network, folder, logs, command):
    """The suite's exit code; everything that it needs is told by its environment."""
    _, begin, suite = NETWORKS[network]
    greeter = Greeter()
    server, known = begin(folder, greeter.port)
    known["JOIN"] = program("join_node.py", network, folder, server.url)
    known["REACH"] = program("reach_node.py", network, folder, server.url)
    known["PORT"] = str(greeter.port)
    named = {f"MUSTER_TEST_{network.upper()}_{key}": value for key, value in known.items()}
    try:
        return subprocess.run([*command, f"--gtest_filter={suite}*"],
                              env={**os.environ, **named}, check=False).returncode
    finally:
        end_clients(folder)
        server.stop()
        greeter.close()
        keep_logs(folder, logs)


def main(words):
    there = []
    for network, (programs, _, _) in NETWORKS.items():
        missing = [name for name in programs if not shutil.which(name)]
        if missing:
            print(f"{network}: not run: not on PATH: {', '.join(missing)}", flush=True)
        else:
            there.append(network)
    if not there:
        return 77
    if not isolation.is_inside():
        isolation.check(f"{__file__} {' '.join(words)}")
        return isolation.run_inside([__file__, *words])
    folder = isolation.furnish("networks")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    shutil.rmtree(LOGS, ignore_errors=True)
    codes = []
    for network in there:
        (folder / network).mkdir()
        codes.append(run(network, folder / network, LOGS / network, words))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
