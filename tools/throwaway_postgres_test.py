#!/usr/bin/env python3
# That tools/throwaway_postgres.py starts a server, and leaves nothing of it whatever happens.
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from unittest import mock

import throwaway_postgres as tool

SHOW = "import os, sys; print(os.environ[sys.argv[1]], flush=True)"
STAY = SHOW + "; sys.stdin.read()"


def folder_of(url):
    return pathlib.Path(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["host"][0])


def server_of(folder):
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def wait_for(what, look):
    deadline = time.monotonic() + tool.PATIENCE_S / 2
    while not look():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.02)


def is_gone(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return True
    # A container may have nobody who reaps it.
    return ") Z " in pathlib.Path(f"/proc/{process_id}/stat").read_text()


def ask(url, sql):
    return subprocess.run(
        [tool.find_programs() / "psql", "--no-psqlrc", "-At", "-c", sql, url],
        capture_output=True, text=True, check=True, timeout=tool.PATIENCE_S,
    ).stdout.strip()


def tool_words(*words):
    return [sys.executable, "-B", tool.__file__, *words]


class Running(unittest.TestCase):
    def test_a_server_that_forgets(self):
        with tool.ThrowawayPostgres() as postgres:
            folder, server = folder_of(postgres.url), server_of(folder_of(postgres.url))
            self.assertEqual(ask(postgres.url, "SHOW fsync"), "off")
            self.assertEqual(ask(postgres.url, "SHOW listen_addresses"), "")
            self.assertEqual(ask(postgres.url, "SHOW autovacuum"), "on")
            self.assertEqual(ask(postgres.url, "SELECT current_user"), tool.SUPERUSER)
            self.assertEqual(folder.stat().st_mode & 0o777, 0o700)
            self.assertNotEqual(pathlib.Path(f"/proc/{server}").stat().st_uid, 0)
            ask(postgres.url, "CREATE DATABASE other")
            self.assertEqual(ask(postgres.url_of("other"), "SELECT current_database()"), "other")
        self.assertTrue(is_gone(server))
        self.assertFalse(folder.exists())

    def test_options(self):
        with tool.ThrowawayPostgres(tcp=True, durable=True, settings=["work_mem=5MB"]) as postgres:
            self.assertIn("host=127.0.0.1", postgres.url)
            for name, value in [("fsync", "on"), ("full_page_writes", "on"), ("work_mem", "5MB")]:
                self.assertEqual(ask(postgres.url, f"SHOW {name}"), value)

    def test_a_setting_that_does_not_work_is_shown_with_the_log(self):
        done = subprocess.run(
            tool_words("run", "--set", "max_connections=none", "--", "true"),
            capture_output=True, text=True, timeout=tool.PATIENCE_S,
        )
        self.assertEqual(done.returncode, 2)
        self.assertIn("max_connections", done.stderr)


class Ending(unittest.TestCase):
    """Whatever ends, the server and its folder go."""

    def launch(self, *words, **options):
        process = subprocess.Popen(
            tool_words(*words), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, **options,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stdin.close)
        folder = folder_of(process.stdout.readline().strip())
        return process, folder, server_of(folder)

    def check_gone(self, folder, server):
        wait_for("the server's end", lambda: is_gone(server))
        wait_for("the folder's end", lambda: not folder.exists())

    def test_the_command_decides_the_exit_code(self):
        for code in (0, 7):
            process, folder, server = self.launch(
                "run", "--", sys.executable, "-c", f"{SHOW}; sys.exit({code})", tool.VARIABLE
            )
            self.assertEqual(process.wait(tool.PATIENCE_S), code)
            self.assertTrue(is_gone(server))
            self.assertFalse(folder.exists())

    def test_signals(self):
        for with_signal in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
            with self.subTest(with_signal):
                process, folder, server = self.launch(
                    "run", "--", sys.executable, "-c", STAY, tool.VARIABLE
                )
                process.send_signal(with_signal)
                process.wait(tool.PATIENCE_S)
                self.assertNotEqual(process.returncode, 0)
                self.check_gone(folder, server)

    def test_an_interrupt_from_the_terminal_reaches_both(self):
        process, folder, server = self.launch(
            "run", "--", sys.executable, "-c", STAY, tool.VARIABLE, start_new_session=True
        )
        os.killpg(process.pid, signal.SIGINT)
        self.assertNotEqual(process.wait(tool.PATIENCE_S), 0)
        self.check_gone(folder, server)

    def test_start_runs_until_an_interrupt(self):
        process, folder, server = self.launch("start")
        process.stdin.close()
        self.assertFalse(is_gone(server))
        process.send_signal(signal.SIGINT)
        process.wait(tool.PATIENCE_S)
        self.check_gone(folder, server)

    def test_the_watcher_is_killed(self):
        process, folder, server = self.launch("start")
        process.kill()
        wait_for("the server's end", lambda: is_gone(server))
        tool.shutil.rmtree(folder)

    def test_a_server_that_ends_by_itself_is_a_failure(self):
        process, folder, server = self.launch("run", "--", "sh", "-c", f"echo ${tool.VARIABLE}; cat")
        os.kill(server, signal.SIGKILL)
        wait_for("the folder's end", lambda: not folder.exists())
        process.stdin.close()
        self.assertEqual(process.wait(tool.PATIENCE_S), 1)


class Finding(unittest.TestCase):
    def test_the_newest_with_a_server(self):
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            for version, has_server in [("9.6", True), ("15", True), ("17", False), ("x", True)]:
                (root / version / "bin").mkdir(parents=True)
                if has_server:
                    (root / version / "bin" / "initdb").touch()
            self.assertEqual(tool.newest_of(root.glob("*/bin")), root / "15" / "bin")
            self.assertIsNone(tool.newest_of(root.glob("17/bin")))

    def test_none_says_what_to_do(self):
        with mock.patch.object(tool, "newest_of", return_value=None):
            self.assertRaisesRegex(tool.PostgresMissing, "./dev setup", tool.find_programs)

    def test_nobody_to_run_as(self):
        with mock.patch.object(tool.os, "geteuid", return_value=0):
            with mock.patch.object(tool.pwd, "getpwnam", side_effect=KeyError):
                self.assertRaisesRegex(tool.PostgresMissing, "nobody", tool.server_user)
        with mock.patch.object(tool.os, "geteuid", return_value=1000):
            self.assertIsNone(tool.server_user())

    def test_a_folder_with_room_for_a_socket(self):
        with tempfile.TemporaryDirectory() as name:
            long = pathlib.Path(name, "x" * 90)
            long.mkdir()
            with mock.patch.object(tool.tempfile, "gettempdir", return_value=str(long)):
                folder = tool.make_folder(None, durable=True)
            self.addCleanup(folder.rmdir)
            self.assertLessEqual(len(str(folder)) + len("/.s.PGSQL.5432"), tool.SOCKET_PATH_MAX)
            self.assertEqual(list(long.iterdir()), [])

    def test_memory_if_there_is_enough(self):
        for free, expected in [(tool.MEMORY_FREE_MIN, True), (tool.MEMORY_FREE_MIN - 1, False)]:
            with mock.patch.object(tool.os, "access", return_value=True):
                with mock.patch.object(tool.shutil, "disk_usage") as usage:
                    usage.return_value.free = free
                    self.assertEqual(tool.has_memory(), expected)

    def test_a_setting_without_a_value_is_refused(self):
        with mock.patch("sys.stderr"):
            self.assertRaises(SystemExit, tool.parse_arguments, ["start", "--set", "fsync"])


if __name__ == "__main__":
    unittest.main()
