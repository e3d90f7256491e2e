# How the server starts, answers, refuses and stops.
# SPDX-License-Identifier: Apache-2.0
import http.client
import json
import re
import socket
import ssl
import stat
import subprocess
import unittest

from muster_server import (
    EMAIL,
    ENROLLMENT,
    ON_POSTGRES,
    PATIENCE_S,
    Client,
    MusterServer,
    ServerTestCase,
    wait_for,
)


class Answers(ServerTestCase):
    def test_health_and_metrics(self):
        client = self.server.client()
        self.assertEqual(self.check(client.get("/healthz"), 200)["status"], "ok")
        self.assertEqual(self.check(client.get("/readyz"), 200)["status"], "ready")
        metrics = client.get("/metrics")
        self.assertEqual(metrics.status, 200)
        self.assertTrue(metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        text = metrics.body.decode()
        requests = r'^muster_http_requests_total\{[^}]*route="/healthz"[^}]*\} 1$'
        self.assertRegex(text, re.compile(requests, re.MULTILINE))
        for name in ("muster_http_request_duration_seconds_bucket", "muster_store_commits_total"):
            self.assertIn(name, text)

    def test_request_id(self):
        client = self.server.client()
        first, second = client.get("/healthz"), client.get("/healthz")
        self.assertTrue(first.headers["X-Request-Id"])
        self.assertNotEqual(first.headers["X-Request-Id"], second.headers["X-Request-Id"])
        echoed = client.get("/healthz", **{"X-Request-Id": "from-the-proxy-1"})
        self.assertEqual(echoed.headers["X-Request-Id"], "from-the-proxy-1")
        wait_for("the log has it", lambda: "from-the-proxy-1" in self.server.log_text())
        for line in self.server.log_text().splitlines():
            self.assertIn("event", json.loads(line), "a log line is JSON")

    def test_refusals(self):
        good = {"action": "verify", "enrollment_token": "muster-" + "a" * 32}
        rows = [
            ("unknown route", "GET", "/nothing-here", None, 404),
            ("other method", "GET", ENROLLMENT, None, 405),
            ("not JSON", "POST", ENROLLMENT, b"{", 400),
            ("not an object", "POST", ENROLLMENT, b"[]", 400),
            ("unknown action", "POST", ENROLLMENT, {"action": "dance"}, 400),
            ("nobody signed in", "POST", ENROLLMENT, {"action": "revoke"}, 401),
            ("unknown token", "POST", ENROLLMENT, good, 400),
            ("body at its limit", "POST", ENROLLMENT, b'{"a":"' + b"x" * (65536 - 8) + b'"}', 400),
            ("one past it", "POST", ENROLLMENT, b'{"a":"' + b"x" * (65537 - 8) + b'"}', 413),
        ]
        for name, method, path, body, status in rows:
            with self.subTest(name):
                client = self.server.client()
                answer = client.request(method, path, body)
                client.close()
                self.check(answer, status)
                self.assertTrue(answer.json["error"])
                self.assertRegex(answer.json["code"], "^[a-z_]+$")

    def test_language(self):
        client = self.server.client()
        body = {"action": "dance"}
        english = client.request("POST", ENROLLMENT, body).json
        spanish = client.request("POST", ENROLLMENT, body, {"Accept-Language": "es"}).json
        self.assertEqual(english["code"], spanish["code"])
        self.assertNotEqual(english["error"], spanish["error"])

    def test_head_too_large(self):
        answer = self.server.client().get("/healthz", **{"X-Filler": "x" * 17_000})
        self.assertEqual(answer.status, 431)

    def test_token_guesses_are_limited(self):
        """The address is the connection's: X-Forwarded-For of a stranger is not believed."""
        client = self.server.client()

        def guess(number):
            forged = {"X-Forwarded-For": f"192.0.2.{number}"}
            body = {"action": "verify", "enrollment_token": f"muster-{number:032}"}
            return client.request("POST", ENROLLMENT, body, forged)

        answers = [guess(number) for number in range(1, 42)]
        refused = [answer for answer in answers if answer.status == 429]
        self.assertTrue(refused, "41 guesses, none refused")
        self.assertEqual(answers[0].status, 400)
        self.assertGreaterEqual(int(refused[0].headers["Retry-After"]), 1)
        self.assertEqual(self.check(client.get("/healthz"), 200)["status"], "ok")

    def test_data_is_private(self):
        self.assertEqual(stat.S_IMODE(self.server.data.stat().st_mode), 0o700)
        for file in self.server.data.iterdir():
            if file.is_file():
                self.assertEqual(stat.S_IMODE(file.stat().st_mode) & 0o077, 0, file)


class Stops(ServerTestCase):
    def test_request_under_way_is_answered(self):
        """SIGTERM arrives when the head of a request has been read and its body has not."""
        host, port = self.server.url.removeprefix("http://").split(":")
        body = json.dumps({"email": EMAIL, "password": self.server.password}).encode()
        head = (
            "POST /auth/v1/token?grant_type=password HTTP/1.1\r\n"
            f"Host: {host}:{port}\r\napikey: {self.server.keys['anon_key']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Expect: 100-continue\r\n\r\n"
        )
        idle = self.server.client()
        self.assertEqual(idle.get("/healthz").status, 200)
        with socket.create_connection((host, int(port)), PATIENCE_S) as connection:
            connection.sendall(head.encode())
            self.assertIn(b" 100 ", connection.recv(1024))
            self.server.process.terminate()
            wait_for("it takes no new connections", lambda: self.is_refused(host, int(port)))
            connection.sendall(body)
            response = http.client.HTTPResponse(connection)
            response.begin()
            self.assertEqual(response.status, 200)
            self.assertIn("access_token", json.loads(response.read()))
        self.assertEqual(self.server.process.wait(PATIENCE_S), 0)

    @staticmethod
    def is_refused(host, port):
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            return True
        return False

    def test_idle_server_stops_at_once(self):
        kept = self.server.client()
        self.assertEqual(kept.get("/healthz").status, 200)
        self.assertEqual(self.server.stop(), 0)
        self.server.start()
        self.assertEqual(self.server.client().get("/readyz").status, 200)

    def test_two_servers(self):
        """The second one says why it does not start, and the first one does not notice."""
        port = self.server.url.rsplit(":", 1)[1]
        other = MusterServer()
        self.addCleanup(other.remove)
        rows = [
            ("port in use", other.data, f"127.0.0.1:{port}", port),
        ]
        if not ON_POSTGRES:  # which several servers share
            rows.append(("folder in use", self.server.data, "127.0.0.1:0", str(self.server.data)))
        for name, data, listen, named in rows:
            with self.subTest(name):
                done = other.run("serve", "--data", data, "--listen", listen)
                self.assertEqual(done.returncode, 1, done.stderr)
                sentence = done.stderr.splitlines()[-1]
                self.assertTrue(sentence.startswith("error: "), done.stderr)
                self.assertIn(named, sentence)
                self.assertEqual(self.server.client().get("/readyz").status, 200)


class Starts(ServerTestCase):
    def setUp(self):
        self.server = MusterServer()
        self.addCleanup(self.server.remove)
        self.addCleanup(self.show_log)

    def test_wrong_configuration(self):
        """Exit 2 and one sentence that names the place."""
        file = self.server.folder / "muster.toml"
        file.write_text('[log]\nlevle = "info"\n')
        rows = [
            ("listen without port", ["--listen", "127.0.0.1"], {}, "listen"),
            ("port too large", ["--listen", "127.0.0.1:65536"], {}, "listen"),
            ("unknown key in the file", ["--config", file], {}, "levle"),
            ("no such file", ["--config", "missing.toml"], {}, "missing.toml"),
            ("no duration", [], {"SHUTDOWN_TIMEOUT": "soon"}, "SHUTDOWN_TIMEOUT"),
            ("no number", [], {"STORE_READERS": "two"}, "STORE_READERS"),
            ("below the limit", [], {"STORE_READERS": "0"}, "store.readers"),
            ("unknown network", [], {"NETWORK": "carrier-pigeon"}, "carrier-pigeon"),
            ("certificate alone", [], {"TLS_CERTIFICATE": "x.pem"}, "tls.private_key"),
            ("secret too short", [], {"AUTH_JWT_SECRET": "short"}, "auth.jwt_secret"),
            ("another kind of database", [], {"DATABASE": "mysql://127.0.0.1/x"}, "database"),
        ]
        for name, arguments, settings, named in rows:
            with self.subTest(name):
                done = self.server.run("serve", "--data", self.server.data, *arguments, **settings)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
                self.assertIn(named, done.stderr)
                self.assertFalse(self.server.data.exists(), "it left something behind")

    def make_certificate(self):
        key, certificate = self.server.folder / "key.pem", self.server.folder / "certificate.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
            check=True,
            capture_output=True,
        )
        return key, certificate

    def test_tls(self):
        key, certificate = self.make_certificate()
        url = self.server.start(TLS_CERTIFICATE=str(certificate), TLS_PRIVATE_KEY=str(key))
        self.assertTrue(url.startswith("https://127.0.0.1:"), url)
        trusted = ssl.create_default_context(cafile=str(certificate))
        client = self.server.client(tls=trusted)
        self.assertEqual(client.get("/healthz").status, 200)
        self.assertIn(client.connection.sock.version(), ("TLSv1.2", "TLSv1.3"))
        client.close()
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.server.client(tls=ssl.create_default_context()).get("/healthz")
        with self.assertRaises((OSError, http.client.HTTPException)):
            Client(url.replace("https", "http")).get("/healthz")
        self.assertEqual(self.server.stop(), 0)

    def test_unusable_certificate(self):
        key, _ = self.make_certificate()
        broken = self.server.folder / "broken.pem"
        broken.write_text("no certificate\n")
        done = self.server.run(
            "serve", "--data", self.server.data, "--listen", "127.0.0.1:0",
            TLS_CERTIFICATE=str(broken), TLS_PRIVATE_KEY=str(key),
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("broken.pem", done.stderr.splitlines()[-1])

    @unittest.skipIf(ON_POSTGRES, "a SQLite file is damaged")
    def test_damaged_database(self):
        self.server.init()
        self.server.start()
        self.assertEqual(self.server.stop(), 0)
        database = self.server.data / "muster.db"
        header = database.read_bytes()[:16]
        self.assertEqual(header, b"SQLite format 3\0")
        database.write_bytes(b"not a database " * 300)
        for leftover in self.server.data.glob("muster.db-*"):
            leftover.unlink()
        done = self.server.run("serve", "--data", self.server.data, "--listen", "127.0.0.1:0")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertTrue(done.stderr.splitlines()[-1].startswith("error: "), done.stderr)
