#!/usr/bin/env python3
# run_connector_suite.py NETWORKS_TEST [argument...]: the connectors' shared suite against a real
# Headscale and real clients, in a network namespace of its own. Exit 77: a program is missing.
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile

import real_headscale

USER = "muster"
POLICY = {
    "tagOwners": {tag: [f"{USER}@"] for tag in (
        "tag:suite", "tag:muster-high", "tag:muster-medium", "tag:muster-low")},
    "acls": [{"action": "accept", "src": ["tag:muster-high"], "dst": ["tag:suite:*"]}],
}


def end_clients(folder):
    pids = pathlib.Path(folder) / "pids"
    for pid in pids.read_text().split() if pids.exists() else []:
        try:
            os.kill(int(pid), signal.SIGTERM)
        except ProcessLookupError:
            pass  # it ended by itself


def run(folder, command):
    server = real_headscale.Headscale(pathlib.Path(folder) / "headscale")
    server.start()
    try:
        server.make_user(USER)
        key = server.make_api_key()
        server.set_policy(POLICY)
        print("headscale:", server.call("GET", "/version")[1].strip())
        join = [sys.executable, "-B", str(pathlib.Path(__file__).with_name("join_node.py")),
                folder, server.url]
        environment = {**os.environ, "MUSTER_TEST_HEADSCALE_URL": server.url,
                       "MUSTER_TEST_HEADSCALE_API_KEY": key, "MUSTER_TEST_HEADSCALE_USER": USER,
                       "MUSTER_TEST_HEADSCALE_JOIN": shlex.join(join)}
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        end_clients(folder)
        server.stop()


def main():
    missing = real_headscale.missing_programs()
    if missing:
        print("not on PATH:", ", ".join(missing))
        return 77
    real_headscale.enter_own_network()
    with tempfile.TemporaryDirectory(prefix="muster-") as folder:
        return run(folder, sys.argv[1:] + ["--gtest_filter=*Real*"])


if __name__ == "__main__":
    sys.exit(main())
