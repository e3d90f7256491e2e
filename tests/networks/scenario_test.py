#!/usr/bin/env python3
# What the real networks' scenarios stand on, without any network: outcomes, percentiles, the relay.
# SPDX-License-Identifier: Apache-2.0
import contextlib
import http.client
import http.server
import io
import threading
import time
import unittest
import urllib.parse

import scenario
from relay import Relay
from waiting import wait_for


class Percentiles(unittest.TestCase):
    def test_nearest_rank(self):
        values = list(range(100, 0, -1))
        self.assertEqual(scenario.percentile(values, 0.5), 50)
        self.assertEqual(scenario.percentile(values, 0.99), 99)
        self.assertEqual(scenario.percentile(values, 1.0), 100)
        self.assertEqual(scenario.percentile([7], 0.5), 7)
        self.assertEqual(scenario.percentile([1, 2], 0.99), 2)


class Scenarios(unittest.TestCase):
    def play(self, act):
        played = scenario.Scenario("one")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            played.perform(act)
        return played.as_json()

    def test_passes(self):
        def act(played):
            with played.step("first"):
                pass
            played.measure("took", [0.2, 0.1])

        found = self.play(act)
        self.assertEqual(found["outcome"], scenario.PASSED)
        self.assertEqual([step["passed"] for step in found["steps"]], [True])
        self.assertEqual(found["figures"]["took"],
                         {"count": 2, "p50_ms": 100.0, "p99_ms": 200.0, "max_ms": 200.0})

    def test_fails_where_it_fails(self):
        def act(played):
            with played.step("first"):
                pass
            with played.step("second"):
                scenario.expect_equal(1, 2, "number")

        found = self.play(act)
        self.assertEqual(found["outcome"], scenario.FAILED)
        self.assertIn("number: 1, not 2", found["reason"])
        self.assertEqual([step["passed"] for step in found["steps"]], [True, False])

    def test_says_why_it_is_not_run(self):
        left_out = scenario.Scenario("one")
        with contextlib.redirect_stdout(io.StringIO()):
            left_out.leave_out("not on PATH: x")
        self.assertEqual(left_out.as_json()["outcome"], scenario.NOT_RUN)
        self.assertEqual(left_out.as_json()["reason"], "not on PATH: x")

    def test_waiting_has_an_end(self):
        with self.assertRaisesRegex(AssertionError, "in vain: the moon"):
            wait_for("the moon", lambda: False, patience_s=0)


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Relays(unittest.TestCase):
    def setUp(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.port = server.server_address[1]

    def connect(self, relay):
        self.addCleanup(relay.close)
        parts = urllib.parse.urlsplit(relay.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        self.addCleanup(connection.close)
        return connection

    def test_passes_on_and_notes(self):
        relay = Relay(self.port)
        connection = self.connect(relay)
        began = time.monotonic()
        for number in range(2):  # on one connection
            connection.request("POST", f"/a/{number}", b"body")
            self.assertEqual(connection.getresponse().read(), b"body")
        seen = relay.seen_since(began)
        self.assertEqual([(method, path) for _, method, path in seen],
                         [("POST", "/a/0"), ("POST", "/a/1")])
        self.assertEqual(relay.seen_since(time.monotonic()), [])

    def test_who_is_away_is_not_answered_for(self):
        with http.server.HTTPServer(("127.0.0.1", 0), Answering) as gone:
            port = gone.server_address[1]
        connection = self.connect(Relay(port))
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            connection.request("POST", "/", b"")
            connection.getresponse()


if __name__ == "__main__":
    unittest.main()
