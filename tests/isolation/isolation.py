# A process tree of its own, with its own network, mounts, processes and shared memory: when it ends,
# however it ends, the kernel takes back everything that the run made. Nothing can be left over.
# SPDX-License-Identifier: Apache-2.0
import ctypes
import os
import pathlib
import signal
import subprocess
import sys

_INSIDE = "MUSTER_ISOLATED"


class Missing(Exception):
    """Something that the run needs is not there; the text is for people."""


def is_inside():
    return _INSIDE in os.environ


def check(command):
    """Throws Missing; `command`: what root would have to type."""
    if os.geteuid() != 0:
        raise Missing(f"network namespaces and mounts need root: sudo {command}")
    tried = subprocess.run([*_unshare(), "true"], capture_output=True, text=True)
    if tried.returncode != 0:
        raise Missing("this machine (a container without CAP_SYS_ADMIN?) makes no namespaces: "
                      + tried.stderr.strip())


def _unshare():
    return ["unshare", "--mount", "--pid", "--net", "--ipc", "--fork", "--kill-child",
            "--mount-proc"]


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def run_inside(words):
    """This program again, inside. Returns its exit code."""
    # The shell is process 1 there: it waits for the orphans of those that are killed, without which
    # a new PostgreSQL would take its predecessor's zombie for a living one.
    script = '"$@"; exit $?'
    command = [*_unshare(), "sh", "-c", script, "sh", sys.executable, "-B", *words]
    child = subprocess.Popen(command, env={**os.environ, _INSIDE: "1"},
                             preexec_fn=_die_with_parent)

    def end(number, _):
        child.kill()  # and with it everything inside
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    # The terminal sends it to the program inside too, which tidies up its last words.
    signal.signal(signal.SIGINT, lambda *_: None)
    return child.wait()


def furnish(name):
    """Inside: folders in memory that nobody else sees. Returns the run's own, called `name`."""
    for folder, mode in (("/run", "755"), ("/dev/shm", "1777")):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", folder], check=True)
    folder = pathlib.Path("/run") / name
    folder.mkdir(mode=0o755)
    return folder
