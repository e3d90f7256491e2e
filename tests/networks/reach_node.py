#!/usr/bin/env python3
# reach_node.py NETWORK FOLDER URL FROM_HOSTNAME ADDRESS PORT yes|no: waits until the client that
# join_node.py started can reach the service there, or can't. Exit 1: that did not happen.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys

from clients import CLIENTS
from waiting import wait_for


def main():
    network, folder, url, hostname, address, port, wanted = sys.argv[1:]
    client = CLIENTS[network](pathlib.Path(folder) / hostname, hostname, url)

    def is_so():
        return client.reaches(address, int(port)) == (wanted == "yes")

    try:
        wait_for(f"{hostname} reaches {address}: {wanted}", is_so)
    except AssertionError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
