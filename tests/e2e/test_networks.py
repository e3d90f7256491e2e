# A device on a real network's protocol: the real binary against the fakes of Tailscale, Headscale
# and NetBird, which stand in for the programs. Enrol, join with the key, be seen, be trusted, be
# revoked while the network is down, be gone; on the server's network and on an organization's.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import subprocess
import unittest
import urllib.error
import urllib.parse
import urllib.request

from muster_server import PATIENCE_S, MusterServer, ServerTestCase, wait_for

FAKE = os.environ.get("MUSTER_FAKE_NETWORK")


class FakeNetwork:
    """The program fake_network; `known`: what a connector needs to know."""

    def __init__(self, name):
        self.process = subprocess.Popen(
            [FAKE, name, "--listen", "127.0.0.1:0"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        self.known = {}
        for line in iter(self._line, "ready"):
            key, _, value = line.partition(" ")
            self.known[key] = value
        self.url = self.known["listening"].removeprefix("on ")

    def _line(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("fake_network ended early")
        return line.rstrip("\n")

    def steer(self, method, path, **query):
        """200's JSON; None for 404."""
        url = f"{self.url}/fake/{path}?{urllib.parse.urlencode(query)}"
        request = urllib.request.Request(url, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            if refused.code == 404:
                return None
            raise

    def stop(self):
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()


@unittest.skipUnless(FAKE, "MUSTER_FAKE_NETWORK names no program: CTest names it")
class Networks(ServerTestCase):
    def setUp(self):
        """Each network has a server of its own: begin()."""

    def begin(self, name, settings):
        """The server's own network is the fake's; without settings it has none."""
        fake = FakeNetwork(name)
        self.addCleanup(fake.stop)
        chosen = {key: fake.known[value] for key, value in settings.items()}
        network = name.partition("-")[0] if settings else "none"
        server = MusterServer(
            NETWORK=network, OUTBOX_INTERVAL="50ms", OUTBOX_BACKOFF_FIRST="50ms",
            OUTBOX_BACKOFF_LONGEST="200ms", RECONCILER_INTERVAL="200ms", **chosen,
        )
        self.server = server
        self.addCleanup(server.remove)
        self.addCleanup(self.show_log)
        server.init()
        server.start()
        return fake, server

    def connect(self, fake, admin, network, credential, **more):
        """A connection of the admin's organization to the fake."""
        made = admin.request("POST", "/roster/v1/network/connections", {
            "name": "main", "network": network, "base_url": fake.known["base_url"],
            "credential": fake.known[credential], **more,
        })
        self.assertEqual(made.status, 201, made.body)
        self.assertNotIn(fake.known[credential], made.body.decode())
        return made.json["connection"]["id"]

    def live_through(self, name, settings):
        fake, server = self.begin(name, settings)
        self.live(fake, server, name.partition("-")[0])

    def live(self, fake, server, network, trust=None):
        admin = server.admin()
        made = admin.enrollment("generate_token", device_name="Laptop").json
        device, token = made["device_id"], made["enrollment_token"]
        agent = server.client()
        verified = agent.enrollment(
            "verify", enrollment_token=token, fingerprint="print-1", hostname="laptop"
        )
        self.assertEqual(verified.status, 200, verified.body)
        self.assertEqual(verified.json["network"], network)
        key = verified.json["tailscale_auth_key"]
        self.assertTrue(key)

        def ask():
            answer = agent.enrollment(
                "check_tailscale_status", device_id=device, enrollment_token=token
            )
            self.assertEqual(answer.status, 200, answer.body)
            return answer.json

        self.assertFalse(ask()["tailscale_connected"], "it has not joined yet")
        node = fake.steer("POST", "join", key=key, hostname="laptop")["node"]
        seen = wait_for("the node is seen", lambda: (ask().get("tailscale_connected") and ask()))
        self.assertEqual(seen["status"], "active")
        self.assertTrue(seen["tailscale_ip"])
        shown = admin.get(f"/roster/v1/devices/{device}").json
        self.assertEqual(shown["device"]["trust_level"], "high")
        self.assertEqual(shown["device"]["tailscale_device_id"], node)
        self.assertNotIn(key, json.dumps(self.events_of(admin, device)))
        self.assertNotIn(key, server.log_text())

        if trust:
            wait_for(
                "the network knows the level",
                lambda: (fake.steer("GET", "trust", node=node) or {}).get("trust") == trust,
            )

        # Down while the admin clicks: the next attempts find it up again.
        fake.steer("POST", "fault", fault="error", count=5)
        self.assertEqual(admin.enrollment("revoke", device_id=device).status, 200)
        wait_for("the node is removed", lambda: fake.steer("GET", "nodes", node=node) is None)
        wait_for(
            "the job is done",
            lambda: admin.get(f"/roster/v1/devices/{device}").json["jobs"][0]["state"] == "done",
        )
        events = [event["event_type"] for event in self.events_of(admin, device)]
        self.assertIn("network_removed", events)
        self.assertEqual(
            admin.get(f"/roster/v1/devices/{device}").json["device"]["trust_level"], "low"
        )

    def test_headscale(self):
        for name in ("headscale", "headscale-0.26", "headscale-0.30"):
            with self.subTest(name):
                self.live_through(
                    name,
                    {
                        "HEADSCALE_BASE_URL": "base_url",
                        "HEADSCALE_API_KEY": "api_key",
                        "HEADSCALE_USER": "user",
                    },
                )

    def test_netbird(self):
        self.live_through("netbird", {"NETBIRD_BASE_URL": "base_url", "NETBIRD_TOKEN": "token"})

    def test_tailscale(self):
        self.live_through(
            "tailscale",
            {"TAILSCALE_BASE_URL": "base_url", "TAILSCALE_API_KEY": "api_key"},
        )

    def test_an_organizations_own_networks(self):
        cases = (
            ("tailscale", "api_key", {}, "high"),
            ("headscale", "api_key", {"tags": ["tag:laptop"], "user": "muster"}, None),
            ("netbird", "token", {}, "high"),
        )
        for network, credential, more, trust in cases:
            with self.subTest(network):
                fake, server = self.begin(network, {})
                self.connect(fake, server.admin(), network, credential, **more)
                self.live(fake, server, network, trust)

    def test_a_connection_is_tested_before_it_is_kept(self):
        fake, server = self.begin("netbird", {})
        admin = server.admin()
        refused = admin.request("POST", "/roster/v1/network/connections", {
            "name": "main", "network": "netbird", "base_url": fake.known["base_url"],
            "credential": "nbp_wrong",
        })
        self.assertEqual(refused.status, 502, refused.body)
        self.assertEqual(refused.json["code"], "network_refused")
        listed = admin.get("/roster/v1/network/connections").json["connections"]
        self.assertEqual([one["name"] for one in listed if one["id"]], [])
        self.assertNotIn("nbp_wrong", server.log_text())

    def test_a_network_that_is_away_is_said_so(self):
        fake, server = self.begin(
            "headscale",
            {
                "HEADSCALE_BASE_URL": "base_url",
                "HEADSCALE_API_KEY": "api_key",
                "HEADSCALE_USER": "user",
            },
        )
        admin = server.admin()
        token = admin.enrollment("generate_token").json["enrollment_token"]
        fake.stop()
        refused = server.client().enrollment("verify", enrollment_token=token, fingerprint="p")
        self.assertEqual(refused.status, 502, refused.body)
        self.assertEqual(refused.json["code"], "network_unreachable")


if __name__ == "__main__":
    unittest.main()
