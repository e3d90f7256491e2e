#!/usr/bin/env python3
"""Does the load generator notice what is wrong?  load_test.py PATH-TO-MUSTER_LOAD

A server that answers as Muster does, except for one thing at a time.
"""
# SPDX-License-Identifier: Apache-2.0
import http.server
import itertools
import json
import os
import subprocess
import sys
import threading
import unittest

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "muster_load"
PATH = "/functions/v1/device-enrollment"


class Roster:
    """The least of a server: devices by token, and the fault that it was asked for."""

    def __init__(self, fault):
        self.fault = fault
        self.numbers = itertools.count()
        self.devices = {}
        self.fingerprints = set()
        self.refusals = []

    def refuse(self, why):
        self.refusals.append(why)
        return 400, {"error": why, "code": "invalid_value"}

    def generate_token(self, body, headers):
        if headers["Authorization"] != "Bearer the-token" or headers["apikey"] != "the-key":
            return self.refuse("not signed in")
        number = next(self.numbers)
        self.devices[f"muster-{number}"] = {"id": f"device-{number}", "checks": 0}
        answer = {"success": True, "enrollment_token": f"muster-{number}",
                  "device_id": f"device-{number}"}
        if self.fault == "no token":
            del answer["enrollment_token"]
        return 200, answer

    def verify(self, body, headers):
        device = self.devices.get(body["enrollment_token"])
        if device is None or body["fingerprint"] in self.fingerprints or headers["Authorization"]:
            return self.refuse("not a device with a token of its own")
        self.fingerprints.add(body["fingerprint"])
        answer = {"success": True, "device_id": device["id"], "tailscale_auth_key": "k"}
        if self.fault == "another device":
            answer["device_id"] = "device-x"
        if self.fault == "no network key":
            answer["tailscale_auth_key"] = None
        return 200, answer

    def check_tailscale_status(self, body, headers):
        device = self.devices.get(body["enrollment_token"])
        if device is None or device["id"] != body["device_id"] or headers["Authorization"]:
            return self.refuse("not that device")
        device["checks"] += 1
        late = self.fault == "joins late" and device["checks"] < 3
        if late or self.fault == "never joins":
            return 200, {"success": True, "status": "pending", "tailscale_connected": False}
        status = "inactive" if self.fault == "not active" else "active"
        return 200, {"success": True, "status": status, "tailscale_connected": True}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        roster = self.server.roster
        status, answer = getattr(roster, body["action"])(body, self.headers)
        if self.path != PATH:
            status, answer = roster.refuse("another path")
        if body["action"] == "verify":
            if roster.fault == "hangs up":
                self.close_connection = True
                return
            if roster.fault == "server error":
                status, answer = 500, {"success": True, "code": "internal"}
            if roster.fault == "no success":
                answer["success"] = False
            if roster.fault == "not HTTP":
                self.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")
                return
        text = json.dumps(answer, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def run(fault, *options, seconds="20", environment=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.roster = Roster(fault)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        done = subprocess.run(
            [PROGRAM, "--url", f"http://127.0.0.1:{server.server_port}", "--json",
             "--connections", "3", "--seconds", seconds, *options],
            env=environment or dict(os.environ, MUSTER_ACCESS_TOKEN="the-token",
                                    MUSTER_ANON_KEY="the-key"),
            capture_output=True, text=True, timeout=60, check=False)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return done, server.roster


class LoadTest(unittest.TestCase):
    def test_counts_whole_flows(self):
        done, roster = run(None, "--flows", "20")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual((report["flows"], report["errors"]), (20, 0))
        self.assertEqual(len(roster.fingerprints), 20)
        self.assertEqual(roster.refusals, [])
        for name in ("generate_token", "verify", "check_tailscale_status", "flow"):
            times = {**report["steps"], "flow": report["flow"]}[name]
            self.assertGreater(times["p50_ms"], 0)
            self.assertLessEqual(times["p50_ms"], times["p99_ms"])
            self.assertLessEqual(times["p99_ms"], times["max_ms"])
        self.assertGreaterEqual(report["flow"]["p50_ms"], report["steps"]["verify"]["p50_ms"])

    def test_stops_when_the_time_is_over(self):
        done, _ = run(None, seconds="0.2")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertGreater(report["flows"], 0)
        self.assertGreaterEqual(report["seconds"], 0.2)

    def test_fails_on_a_wrong_answer(self):
        for fault, text in (
            ("no token", "generate_token: status 200"),
            ("another device", "verify: status 200"),
            ("no network key", "verify: status 200"),
            ("server error", 'verify: status 500, code "internal"'),
            ("no success", "verify: status 200"),
            ("never joins", "not connected"),
            ("joins late", "not connected"),
            ("not active", "check_tailscale_status: status 200"),
            ("hangs up", "closed the connection"),
            ("not HTTP", "not HTTP"),
        ):
            with self.subTest(fault):
                done, _ = run(fault, "--flows", "3")
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(text, done.stderr)
                self.assertGreater(json.loads(done.stdout)["errors"], 0)

    def test_asks_again_for_a_late_device_when_told_to(self):
        done, roster = run("joins late", "--flows", "3", "--retry-check")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([d["checks"] for d in roster.devices.values()], [3, 3, 3])

    def test_refuses_to_start(self):
        for name, url, variables, text in (
            ("no access token", "http://127.0.0.1:1", {"MUSTER_ANON_KEY": "k"}, "MUSTER_ACCESS_"),
            ("no API key", "http://127.0.0.1:1", {"MUSTER_ACCESS_TOKEN": "t"}, "MUSTER_ANON_KEY"),
            ("another scheme", "ftp://127.0.0.1:1", {}, "--url"),
            ("no port", "http://127.0.0.1", {}, "--url"),
        ):
            with self.subTest(name):
                done = subprocess.run([PROGRAM, "--url", url], env=variables, capture_output=True,
                                      text=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn(text, done.stderr)

    def test_says_that_nobody_listens(self):
        environment = dict(os.environ, MUSTER_ACCESS_TOKEN="t", MUSTER_ANON_KEY="k")
        done = subprocess.run([PROGRAM, "--url", "http://127.0.0.1:1"], env=environment,
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("cannot connect", done.stderr)


if __name__ == "__main__":
    unittest.main()
