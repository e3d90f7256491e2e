# The README's quick start, from the first admin to a revoked device, through the command line.
# SPDX-License-Identifier: Apache-2.0
import json
import re
import stat
import subprocess

from muster_server import BINARY, EMAIL, ServerTestCase, wait_for


class QuickStart(ServerTestCase):
    settings = {"SIMULATED_JOIN_DELAY": "700ms"}

    def sign_in(self):
        done = self.server.run(
            "login", "--url", self.server.url, "--email", EMAIL, "--password-stdin",
            stdin=self.server.password + "\n",
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn(self.server.password, done.stdout + done.stderr)

    def show(self, device_id):
        return self.server.run_json("device", "show", device_id)

    def create_token(self):
        """As people see it: the token as text, link and QR code."""
        shown = self.server.run("token", "create", "--name", "ada-laptop")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        token = re.search(r"^Token\s+(\S+)", shown.stdout, re.MULTILINE)[1]
        self.assertIn(f"{self.server.url}/enroll?token={token}", shown.stdout)
        self.assertRegex(shown.stdout, "[\u2580-\u259f]", "no QR code")
        devices = self.server.run_json("device", "list")["devices"]
        self.assertEqual([device["name"] for device in devices], ["ada-laptop"])
        return devices[0]["id"], token

    def watch_enrollment(self, device_id, token):
        """Runs `muster enroll` and returns (status, trust) as they followed each other."""
        machine = self.make_machine("ada")
        arguments = [str(part) for part in self.enroll_arguments(token, machine)]
        process = subprocess.Popen(
            [str(BINARY), *arguments, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.server.environment(),
        )
        self.addCleanup(process.kill)
        seen = [("pending", "low")]
        admin = self.server.admin()

        def is_done():
            device = self.check(admin.get(f"/roster/v1/devices/{device_id}"), 200)["device"]
            state = (device["status"], device["trust_level"])
            if state != seen[-1]:
                seen.append(state)
            return process.poll() is not None and state == ("active", "high")

        wait_for("the device is enrolled", is_done)
        out, error = process.communicate()
        self.assertEqual(process.returncode, 0, error)
        self.assertEqual(json.loads(out)["device_id"], device_id)
        files = list((machine / "state").iterdir())
        self.assertTrue(files, "no state file")
        for file in files:
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600, file)
        return seen

    def test_whole_story(self):
        self.sign_in()
        device_id, token = self.create_token()
        before = self.show(device_id)
        self.assertEqual(before["device"]["status"], "pending")
        self.assertEqual(before["device"]["trust_level"], "low")

        seen = self.watch_enrollment(device_id, token)
        expected = [("pending", "low"), ("pending", "medium"), ("active", "high")]
        self.assertEqual(seen, expected)
        active = self.show(device_id)
        self.assertEqual(active["trust"]["level"], "high")
        self.assertEqual(active["membership"]["network"], "simulated")
        self.assertTrue(active["trust"]["reasons"])
        node_id = active["membership"]["node_id"]
        admin = self.server.admin()
        self.assertIn(node_id, self.node_ids(admin))

        again = self.server.run(*self.enroll_arguments(token, self.make_machine("eve")))
        self.assertEqual(again.returncode, 1, "a token was used twice")

        done = self.server.run("device", "revoke", "ada-laptop", "--reason", "lost on a train")
        self.assertEqual(done.returncode, 0, done.stderr)
        revoked = self.show(device_id)["device"]
        self.assertEqual((revoked["status"], revoked["trust_level"]), ("revoked", "low"))
        wait_for("the node is gone", lambda: node_id not in self.node_ids(admin))
        self.check_history(device_id, token)

    def check_history(self, device_id, token):
        def all_events():
            listed = self.server.run_json("event", "list", "--device", device_id)["events"]
            kinds = [event["event_type"] for event in listed]
            return listed if "network_removed" in kinds else None

        events = list(reversed(wait_for("the removal is on record", all_events)))
        kinds = [event["event_type"] for event in events]
        self.assertEqual(kinds[0], "pending_device_created")
        for kind in (
            "pending_device_created",
            "token_validated",
            "tailscale_connected",
            "tailscale_enrollment_complete",
            "device_revoked",
            "network_removed",
        ):
            self.assertEqual(kinds.count(kind), 1, kinds)
        steps = [
            (event["details"]["from"], event["details"]["to"])
            for event in events
            if event["event_type"] == "trust_level_changed"
        ]
        self.assertEqual(steps, [("low", "medium"), ("medium", "high"), ("high", "low")])
        times = [event["created_at"] for event in events]
        self.assertEqual(times, sorted(times))
        self.assertNotIn(token, json.dumps(events))

        done = self.server.run("device", "delete", device_id, "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.server.run_json("device", "list")["devices"], [])
        kept = self.server.run_json("event", "list", "--device", device_id)["events"]
        kept_kinds = [event["event_type"] for event in kept]
        self.assertEqual(sorted(kept_kinds), sorted([*kinds, "device_deleted"]))

        log = self.server.log_text()
        for secret in (token, self.server.password):
            self.assertNotIn(secret, log)

    def test_init_twice(self):
        second = self.server.run(*self.server.init_arguments(), stdin=self.server.password + "\n")
        self.assertEqual(second.returncode, 1)
        keys = self.server.run_json("keys", "--data", self.server.data)
        for name in ("anon_key", "service_role_key"):
            self.assertEqual(keys[name], self.server.keys[name])

    def test_enroll_exit_codes(self):
        machine = self.make_machine("bob")
        nobody = [*self.enroll_arguments("muster-" + "a" * 32, machine)]
        refused = self.server.run(*nobody)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("invalid", refused.stderr.lower())
        self.assertEqual(self.server.run("enroll", "--no-such-option").returncode, 2)
        self.server.stop()
        unreachable = self.server.run(*nobody, "--timeout", "1")
        self.assertEqual(unreachable.returncode, 3, unreachable.stderr)
