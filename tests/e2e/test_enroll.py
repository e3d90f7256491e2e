# `muster enroll` with a network's own client: the real binary on both sides, a fake of the client,
# and a fake of the network that both of them meet.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import signal
import subprocess
import unittest

import test_networks
from fake_client import FakeClient
from muster_server import BINARY, PATIENCE_S, MusterServer, ServerTestCase, wait_for


def is_alive(process):
    stat = pathlib.Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


@unittest.skipUnless(test_networks.FAKE, "MUSTER_FAKE_NETWORK names no program: CTest names it")
class EnrollOnNetBird(ServerTestCase):
    def setUp(self):
        self.network = test_networks.FakeNetwork("netbird")
        self.addCleanup(self.network.stop)
        self.server = MusterServer(
            NETWORK="netbird", NETBIRD_BASE_URL=self.network.known["base_url"],
            NETBIRD_TOKEN=self.network.known["token"],
        )
        self.addCleanup(self.server.remove)
        self.addCleanup(self.show_log)
        self.server.init()
        self.server.start()
        self.admin = self.server.admin()
        self.machine = self.make_machine("Ana.example.org")
        self.client = FakeClient(self.machine / "client", self.network.url)
        made = self.admin.enrollment("generate_token", device_name="Ana's laptop").json
        self.device, self.token = made["device_id"], made["enrollment_token"]

    def arguments(self, *more):
        return [
            "enroll", "--url", self.server.url, "--facts-root", self.machine, "--state-dir",
            self.machine / "state", "--netbird", self.client.program, *more,
        ]

    def enroll(self, *more):
        """The token comes by the environment, which the client is not to see."""
        return self.server.run(*self.arguments("--json", *more), TOKEN=self.token, NETWORK="auto")

    def assert_no_secret_anywhere(self, *texts):
        seen = json.dumps(self.client.calls()) + "".join(texts) + self.server.log_text()
        for secret in (self.token, *self.client.keys()):
            self.assertNotIn(secret, seen)
        state = self.machine / "state"
        self.assertEqual([path.name for path in state.glob("joining-*")], [])
        for call in self.client.calls():
            names = set(call["environment"])
            self.assertFalse({name for name in names if name.startswith(("MUSTER_", "NB_"))})

    def test_whole(self):
        done = self.enroll()
        self.assertEqual(done.returncode, 0, done.stderr)
        enrolled = json.loads(done.stdout)
        self.assertEqual(enrolled["device_id"], self.device)
        self.assertEqual(enrolled["network"], "netbird")
        self.assertEqual(enrolled["status"], "active")
        self.assertTrue(enrolled["ip"])
        shown = self.admin.get(f"/roster/v1/devices/{self.device}").json["device"]
        self.assertEqual(shown["tailscale_device_id"], self.client.node())
        self.assertEqual(shown["trust_level"], "high")
        (up,) = self.client.ups()
        self.assertEqual(len(self.client.keys()), 1)
        self.assertEqual(up["words"][up["words"].index("--hostname") + 1], "ana")
        self.assert_no_secret_anywhere(done.stdout, done.stderr)

    def test_the_same_command_again(self):
        self.client.plan("login backoff cycle failed: connection refused")
        failed = self.enroll()
        self.assertEqual(failed.returncode, 1, failed.stderr)
        self.assertIn("(unreachable)", failed.stderr)
        self.assertIn("hint: ", failed.stderr)
        self.assert_no_secret_anywhere(failed.stdout, failed.stderr)
        done = self.enroll("--network", "netbird")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_device_of_another_network_is_left_there(self):
        (self.client.folder / "node").write_text("somebody else's")
        refused = self.enroll()
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("already: https://netbird.example.org (other_network)", refused.stderr)
        self.assertEqual(self.client.ups(), [])
        self.client.logout()
        self.assertEqual(self.enroll().returncode, 0)

    def test_interrupted(self):
        for number, expected in ((signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)):
            with self.subTest(number.name):
                self.client.plan("hang")
                before = len(self.client.ups())
                process = subprocess.Popen(
                    [str(BINARY), *map(str, self.arguments())],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    text=True, env=self.server.environment(TOKEN=self.token, NETWORK="auto"),
                )
                wait_for("the client is asked", lambda: len(self.client.ups()) > before)
                up = self.client.ups()[-1]
                key_file = pathlib.Path(up["words"][up["words"].index("--setup-key-file") + 1])
                self.assertTrue(key_file.exists())
                os.kill(process.pid, number)
                out, err = process.communicate(timeout=PATIENCE_S)
                self.assertEqual(process.returncode, expected, err)
                self.assertFalse(key_file.exists())
                wait_for("the client is gone", lambda: not is_alive(up["process"]))
                self.assert_no_secret_anywhere(out, err)

    def test_without_the_client(self):
        self.client.program.unlink()
        refused = self.enroll("--network", "netbird")
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("(client_missing)", refused.stderr)
        events = [event["event_type"] for event in self.events_of(self.admin, self.device)]
        self.assertNotIn("token_validated", events, "the token was shown in vain")


if __name__ == "__main__":
    unittest.main()
