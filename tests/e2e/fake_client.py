# Makes a fake of a network's client program, and runs as it: registers a node at fake_network as the
# real one would at the real network. For the suites beside it. What it is to do stands in files of
# its folder: `known.json` (where the network is), `faults` (a line for each of the next calls of
# `up`); what it was asked stands in `calls`, one JSON object a line, and the keys it was given in
# `keys`.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

PATIENCE_S = 60
KEY_OPTION = "--setup-key-file"


class FakeClient:
    """The program `netbird` of one device."""

    def __init__(self, folder, network_url):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        (self.folder / "known.json").write_text(json.dumps({"url": network_url}))
        self.program = self.folder / "netbird"
        self.program.write_text(
            "#!/bin/sh\n"
            f"exec '{sys.executable}' -B '{pathlib.Path(__file__).resolve()}' \"${{0%/*}}\" \"$@\"\n"
        )
        self.program.chmod(0o700)

    def plan(self, *faults):
        """`hang`, or what the next calls of `up` fail with."""
        (self.folder / "faults").write_text("".join(fault + "\n" for fault in faults))

    def calls(self):
        file = self.folder / "calls"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    def ups(self):
        return [call for call in self.calls() if "up" in call["words"]]

    def keys(self):
        file = self.folder / "keys"
        return file.read_text().splitlines() if file.exists() else []

    def node(self):
        file = self.folder / "node"
        return file.read_text() if file.exists() else None

    def logout(self):
        (self.folder / "node").unlink()


def take_fault(folder):
    file = folder / "faults"
    lines = file.read_text().splitlines() if file.exists() else []
    file.write_text("".join(line + "\n" for line in lines[1:]))
    return lines[0] if lines else None


def up(folder, words):
    key = pathlib.Path(words[words.index(KEY_OPTION) + 1]).read_text().strip()
    with open(folder / "keys", "a", encoding="utf-8") as keys:
        print(key, file=keys)
    fault = take_fault(folder)
    if fault == "hang":
        time.sleep(10 * PATIENCE_S)
    if fault:
        sys.exit("Error: " + fault)
    query = urllib.parse.urlencode({"key": key, "hostname": words[words.index("--hostname") + 1]})
    url = json.loads((folder / "known.json").read_text())["url"]
    request = urllib.request.Request(f"{url}/fake/join?{query}", method="POST")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            (folder / "node").write_text(json.load(answer)["node"])
    except urllib.error.HTTPError:
        sys.exit(f"Error: login failed: couldn't add peer: setup key {key} is invalid")
    print("Connected")


def status(folder):
    if (folder / "node").exists():
        url = "https://netbird.example.org"
        print(json.dumps({"daemonStatus": "Connected", "management": {"url": url}}))
    else:
        print("Daemon status: NeedsLogin")


def main():
    folder, words = pathlib.Path(sys.argv[1]), sys.argv[2:]
    with open(folder / "calls", "a", encoding="utf-8") as calls:
        called = {"words": words, "environment": dict(os.environ), "process": os.getpid()}
        print(json.dumps(called), file=calls)
    if "up" in words:
        up(folder, words)
    elif "status" in words:
        status(folder)
    else:
        sys.exit(f"unknown command: {words}")


if __name__ == "__main__":
    main()
