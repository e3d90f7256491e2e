#!/usr/bin/env python3
# join_node.py NETWORK FOLDER URL HOSTNAME < key: starts a real client that joins with the key and
# stays; prints its node's id, and leaves its process id in FOLDER/pids. Exit 1: it was not let in.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile

from clients import CLIENTS
from waiting import wait_for


def main():
    network, folder, url, hostname = sys.argv[1:]
    home = pathlib.Path(folder) / hostname
    if home.exists():  # another device of the same name
        home = pathlib.Path(tempfile.mkdtemp(dir=folder, prefix=f"{hostname}-"))
    client = CLIENTS[network](home, hostname, url)
    client.start()
    if not client.join(sys.stdin.read().strip()):
        client.stop()
        print(client.refusal, file=sys.stderr)
        return 1
    with open(pathlib.Path(folder) / "pids", "a", encoding="ascii") as pids:
        print(client.process.pid, file=pids)
    wait_for("it is on the network", client.is_on_network)
    print(wait_for("the node's id", client.node_id))
    return 0


if __name__ == "__main__":
    sys.exit(main())
