# Waiting with an end, and ending what was started.
# SPDX-License-Identifier: Apache-2.0
import signal
import socket
import subprocess
import time

PATIENCE_S = 90  # for what should take a moment; a busy machine gets this long


def wait_for(what, look, patience_s=PATIENCE_S, pause_s=0.1):
    """Calls `look` until it returns something true, and returns that."""
    deadline = time.monotonic() + patience_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {patience_s} s in vain: {what}")
        time.sleep(pause_s)  # between looks, not instead of one


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
