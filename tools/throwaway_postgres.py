#!/usr/bin/env python3
# A PostgreSQL of Debian's packages in a folder of its own, which nothing is left of afterwards: for
# tests (run -- COMMAND...), for developers (start), and for Python code (ThrowawayPostgres).
# SPDX-License-Identifier: Apache-2.0
import argparse
import ctypes
import os
import pathlib
import pwd
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

VARIABLE = "MUSTER_TEST_POSTGRES"
PATIENCE_S = 60  # for what should take a moment; a busy machine gets this long
SOCKET_PATH_MAX = 107  # of sun_path, without its zero byte
LOG_TAIL = 4000
SUPERUSER = "postgres"
PORT = 5432  # the socket's name; the folder makes it unique
WATCHED = "--until-stdin-closes"
SETTINGS = {
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    # In the data folder: what a killed server leaves in /dev/shm nobody would remove.
    "dynamic_shared_memory_type": "mmap",
    "lc_messages": "C",
}
FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
}
MEMORY = "/dev/shm"  # a database is made there in a tenth of the time that a disk takes
MEMORY_FREE_MIN = 2 << 30


class PostgresMissing(Exception):
    pass


class PostgresFailed(Exception):
    pass


def newest_of(folders):
    """The bin folder with the highest version in its path that has a server in it, or None."""
    usable = [folder for folder in folders if (folder / "initdb").exists()]
    return max(usable, key=lambda folder: _version(folder.parent.name), default=None)


def _version(text):
    try:
        return float(text)
    except ValueError:
        return 0.0


def find_programs():
    """The folder of initdb and postgres, which Debian keeps out of PATH."""
    found = newest_of(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
    if found is None and shutil.which("pg_config"):
        told = subprocess.run(
            ["pg_config", "--bindir"], capture_output=True, text=True, timeout=PATIENCE_S
        ).stdout
        found = newest_of([pathlib.Path(told.strip())])
    if found is None:
        raise PostgresMissing("no PostgreSQL server is installed: ./dev setup installs one")
    return found


def server_user():
    """Whom the server runs as: PostgreSQL refuses to run as root. None: as whoever runs this."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresMissing("run as root, but there is neither a user postgres nor nobody")


def has_memory():
    try:
        return os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_FREE_MIN
    except OSError:
        return False


def make_folder(user, durable):
    """Of mode 0700, the user's own, with room for a socket's name; in memory if nothing must
    last."""
    memory = [MEMORY] if not durable and has_memory() else []
    for parent in (*memory, tempfile.gettempdir(), "/tmp"):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-pg-", dir=parent))
        if len(os.fsencode(folder / f".s.PGSQL.{PORT}.lock")) <= SOCKET_PATH_MAX:
            break
        folder.rmdir()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


def url_of(database="postgres", host="", port=PORT):
    """Of the superuser; `host`: a folder or an address."""
    query = urllib.parse.urlencode({"host": host, "port": port, "user": SUPERUSER})
    return f"postgresql:///{database}?{query}"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _end_with_parent(with_signal):
    """For preexec_fn, which runs after the change of user: that would undo it."""
    library, parent = ctypes.CDLL(None), os.getpid()

    def arrange():
        library.prctl(1, with_signal)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)

    return arrange


class Cluster:
    """The server itself. Lives in the process that watches over it: whoever needs it to stop and to
    start again."""

    def __init__(self, tcp=False, durable=False, settings=()):
        self.programs = find_programs()
        self.user = server_user()
        self.folder = make_folder(self.user, durable)
        self.log = self.folder / "server.log"
        self.process = None
        self.host, self.port = str(self.folder), _free_port() if tcp else PORT
        self.settings = {**SETTINGS, **({} if durable else FORGETFUL)}
        self.settings["unix_socket_directories"] = str(self.folder)
        self.settings["listen_addresses"] = "127.0.0.1" if tcp else ""
        self.settings["port"] = str(self.port)
        self.settings.update(setting.split("=", 1) for setting in settings)
        if tcp:
            self.host = "127.0.0.1"

    @property
    def url(self):
        return url_of(host=self.host, port=self.port)

    def _as_user(self):
        """For subprocess: whom to run as, and where."""
        options = {
            "stdin": subprocess.DEVNULL,
            "cwd": self.folder,
            "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            "preexec_fn": _end_with_parent(signal.SIGQUIT),
        }
        if self.user:
            options.update(user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[])
        return options

    def start(self):
        self.make()
        self.resume()

    def make(self):
        """The data folder, without a server on it."""
        made = subprocess.run(
            [self.programs / "initdb", "--pgdata", self.folder / "data", "--auth=trust",
             "--username", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
             "--no-instructions"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=PATIENCE_S, **self._as_user(),
        )
        if made.returncode != 0:
            raise PostgresFailed(f"initdb failed:\n{made.stdout[-LOG_TAIL:]}")

    def resume(self):
        arguments = [self.programs / "postgres", "-D", self.folder / "data"]
        for name, value in self.settings.items():
            arguments += ["-c", f"{name}={value}"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                arguments, stdout=log, stderr=log, start_new_session=True, **self._as_user()
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise PostgresFailed(f"the server did not start:\n{self.log_text()}")
            time.sleep(0.02)  # between looks, not instead of one

    def pause(self, with_signal=signal.SIGINT):
        """Ends the server; resume() starts another one on the same data. SIGINT: whoever is connected is
        told so."""
        self.process.send_signal(with_signal)
        self.process.wait(PATIENCE_S)

    def _is_ready(self):
        try:
            lines = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() in ("ready", "standby")

    def log_text(self):
        return self.log.read_text(errors="replace")[-LOG_TAIL:] if self.log.exists() else ""

    def remove(self):
        """Whatever became of it. Nothing is kept, so nothing needs to be tidied up first."""
        if self.process:
            for with_signal in (signal.SIGQUIT, signal.SIGKILL):
                if self.process.poll() is not None:
                    break
                self.process.send_signal(with_signal)
                try:
                    self.process.wait(PATIENCE_S / 2)
                except subprocess.TimeoutExpired:
                    continue
        shutil.rmtree(self.folder, ignore_errors=True)


def _end_at_signals():
    def leave(number, _):
        sys.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


def start(options):
    """Runs a server until a signal, or until standard input closes if that is asked for. Prints its
    URL once it answers."""
    _end_at_signals()
    cluster = Cluster(options.tcp, options.durable, options.set)
    try:
        cluster.start()
        print(cluster.url, flush=True)
        watched = [sys.stdin] if options.until_stdin_closes else []
        while cluster.process.poll() is None:
            readable, _, _ = select.select(watched, [], [], 0.5)
            if readable and not os.read(sys.stdin.fileno(), 1):
                return 0
        raise PostgresFailed(f"the server ended by itself:\n{cluster.log_text()}")
    finally:
        cluster.remove()


class ThrowawayPostgres:
    """With this, one runs. A process of its own watches over it, so that it ends and goes away
    however the process that asked for it ends."""

    def __init__(self, tcp=False, durable=False, settings=()):
        self.arguments = [sys.executable, "-B", __file__, "start", WATCHED]
        self.arguments += ["--tcp"] * tcp + ["--durable"] * durable
        for setting in settings:
            self.arguments += ["--set", setting]
        self.keeper = None
        self.url = None

    def __enter__(self):
        self.keeper = subprocess.Popen(
            self.arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            start_new_session=True,
        )
        readable, _, _ = select.select([self.keeper.stdout], [], [], 3 * PATIENCE_S)
        self.url = self.keeper.stdout.readline().strip() if readable else ""
        if not self.url:
            self.stop()
            raise PostgresFailed("no PostgreSQL for the tests: see above")
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """True if it had run until now."""
        self.keeper.stdin.close()
        try:
            code = self.keeper.wait(2 * PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.keeper.kill()
            code = self.keeper.wait()
        self.keeper.stdout.close()
        return code == 0

    def url_of(self, database):
        return self.url.replace("/postgres?", f"/{database}?", 1)


def run(options):
    """Runs the command with the URL in its environment. Returns its exit code."""
    stopped_by = []
    with ThrowawayPostgres(options.tcp, options.durable, options.set) as postgres:
        child = subprocess.Popen(
            options.command, env={**os.environ, VARIABLE: postgres.url},
            preexec_fn=_end_with_parent(signal.SIGTERM),
        )

        def pass_on(number, _):
            stopped_by.append(number)
            # A second one is impatience.
            child.send_signal(number if len(stopped_by) == 1 else signal.SIGKILL)

        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, pass_on)
        # The terminal sends it to the command too; that decides.
        signal.signal(signal.SIGINT, lambda *_: stopped_by.append(signal.SIGINT))
        code = child.wait()
        code = code if code >= 0 else 128 - code
        if not postgres.stop() and code == 0:
            return 1
    return code


def parse_arguments(words):
    parser = argparse.ArgumentParser(description="A PostgreSQL that is gone afterwards.")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--tcp", action="store_true", help="on 127.0.0.1 as well, on a free port")
    shared.add_argument("--durable", action="store_true", help="write to disk as in production")
    shared.add_argument("--set", action="append", default=[], metavar="NAME=VALUE",
                        help="a setting of the server")
    commands = parser.add_subparsers(required=True, metavar="start|run")
    starting = commands.add_parser("start", parents=[shared], help="until Ctrl-C; prints its URL")
    starting.add_argument(WATCHED, action="store_true", help=argparse.SUPPRESS)
    starting.set_defaults(act=start)
    running = commands.add_parser("run", parents=[shared],
                                  help=f"for one command, which finds its URL in {VARIABLE}")
    running.add_argument("command", nargs="+", metavar="COMMAND")
    running.set_defaults(act=run)
    options = parser.parse_args(words)
    for setting in options.set:
        if "=" not in setting:
            parser.error(f"--set {setting}: NAME=VALUE")
    return options


def main(words):
    try:
        options = parse_arguments(words)
        return options.act(options)
    except (PostgresMissing, PostgresFailed, FileNotFoundError) as problem:
        print(f"throwaway_postgres: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
