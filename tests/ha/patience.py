# Waiting with an end, what time it is in this run, and saying so.
# SPDX-License-Identifier: Apache-2.0
import time

PATIENCE_S = 90  # for what should take a moment; a busy machine gets this long
_began = time.monotonic()


class Failure(Exception):
    """The run cannot go on, or its verdict is bad; the text is for people."""


def now():
    """Seconds since the run began."""
    return time.monotonic() - _began


def say(text):
    print(f"[{now():6.1f} s] {text}", flush=True)


def wait_for(what, look, patience_s=PATIENCE_S):
    """Calls `look` until it returns something true, and returns that."""
    deadline = time.monotonic() + patience_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise Failure(f"waited {patience_s} s in vain: {what}")
        time.sleep(0.1)  # between looks, not instead of one
