#!/usr/bin/env python3
# join_node.py FOLDER LOGIN_SERVER HOSTNAME < key: starts a real client that joins with the key and
# stays; prints its node's id, and leaves its process id in FOLDER/pids. Exit 1: it was not let in.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile

import real_headscale


def main():
    folder, login_server, hostname = sys.argv[1:]
    home = pathlib.Path(tempfile.mkdtemp(dir=folder, prefix=f"{hostname}-"))
    key_file = home / "key"
    key_file.write_text(sys.stdin.read().strip())
    key_file.chmod(0o600)
    client = real_headscale.TailscaleClient(home, hostname)
    client.start()
    if not client.up(login_server, key_file):
        client.stop()
        print(client.refusal, file=sys.stderr)
        return 1
    with open(pathlib.Path(folder) / "pids", "a", encoding="ascii") as pids:
        print(client.process.pid, file=pids)
    print(real_headscale.wait_for("the node's id", client.node_id))
    return 0


if __name__ == "__main__":
    sys.exit(main())
