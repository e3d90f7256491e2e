# Kill -9 at any moment loses nothing that was acknowledged, and nothing that was promised.
# SPDX-License-Identifier: Apache-2.0
import collections
import http.client
import sqlite3
import threading

from muster_server import ON_POSTGRES, ServerTestCase, wait_for

ROUNDS = 4
THREADS = 8
ACKNOWLEDGED_PER_ROUND = 300

# What the server said yes to: the last step that it acknowledged for a device.
Promise = collections.namedtuple("Promise", "step device_id token fingerprint")

EVENT_OF_STEP = {
    "generated": "enrollment_initiated",
    "verified": "token_validated",
    "connected": "tailscale_connected",
}


class Load:
    """Threads that enrol devices until the server is gone, and remember what it acknowledged."""

    def __init__(self, server, session, mark):
        self.server, self.session, self.mark = server, session, mark
        self.promises = collections.deque()
        self.unexpected = collections.deque()
        self.threads = [threading.Thread(target=self.run, args=(n,)) for n in range(THREADS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()

    def run(self, number):
        client = self.server.client(token=self.session)
        agent = self.server.client()
        try:
            for turn in range(100_000):
                if self.unexpected:
                    return
                self.enroll(client, agent, f"{self.mark}-{number}-{turn}")
        except (OSError, http.client.HTTPException):
            pass  # the server was killed
        except KeyError as missing:
            self.unexpected.append(missing)
        finally:
            client.close()
            agent.close()

    def enroll(self, client, agent, name):
        made = self.ask(client, "generate_token", device_name=name)
        token, device_id = made["enrollment_token"], made["device_id"]
        self.promises.append(Promise("generated", device_id, token, name))
        self.ask(agent, "verify", enrollment_token=token, fingerprint=name)
        self.promises.append(Promise("verified", device_id, token, name))
        status = self.ask(
            agent, "check_tailscale_status", device_id=device_id, enrollment_token=token
        )
        if status["tailscale_connected"]:
            self.promises.append(Promise("connected", device_id, token, name))

    def ask(self, client, action, **fields):
        answer = client.enrollment(action, **fields)
        if answer.status != 200:
            self.unexpected.append((action, answer))
        return answer.json


class Kill9(ServerTestCase):
    settings = {
        "RATE_LIMITS": "off",
        "LOG_LEVEL": "warning",
        "SIMULATED_JOIN_DELAY": "0ms",
        "OUTBOX_LEASE": "500ms",
        "OUTBOX_BACKOFF_FIRST": "50ms",
        "OUTBOX_BACKOFF_LONGEST": "200ms",
    }

    def test_nothing_acknowledged_is_lost(self):
        for round_number in range(ROUNDS):
            load = Load(self.server, self.server.sign_in(), f"r{round_number}")
            load.start()
            wait_for(
                "enough was acknowledged",
                lambda: len(load.promises) >= ACKNOWLEDGED_PER_ROUND or load.unexpected,
            )
            self.server.kill()
            load.join()
            self.assertFalse(load.unexpected, list(load.unexpected)[:1])
            self.assertEqual({promise.step for promise in load.promises}, set(EVENT_OF_STEP))
            self.server.start()
            self.check_promises(load.promises)
        self.check_database()

    def check_promises(self, promises):
        """Every acknowledged step is there, once, with its event."""
        admin, agent = self.server.admin(), self.server.client()
        nodes = self.node_ids(admin)
        steps = collections.defaultdict(list)
        for promise in promises:
            steps[promise.device_id].append(promise)
        for device_id, kept in steps.items():
            last = kept[-1]
            shown = self.check(admin.get(f"/roster/v1/devices/{device_id}"), 200)
            device = shown["device"]
            kinds = [event["event_type"] for event in self.events_of(admin, device_id)]
            for promise in kept:
                self.assertEqual(kinds.count(EVENT_OF_STEP[promise.step]), 1, kinds)
            if last.step != "generated":
                self.assertEqual(device["fingerprint"], last.fingerprint)
            if last.step == "connected":
                self.assertEqual((device["status"], device["trust_level"]), ("active", "high"))
                self.assertIn(shown["membership"]["node_id"], nodes)
            elif device["status"] == "pending":
                self.check_token(admin, agent, last, is_bound=device["fingerprint"] is not None)

    def check_token(self, admin, agent, promise, is_bound):
        """It still works for the device that it is bound to, and for no other; unless the
        reconciler has found the device's node meanwhile, which spends it."""
        rows = [("another", 409)] if is_bound else []
        for fingerprint, status in [*rows, (promise.fingerprint, 200)]:
            answer = agent.enrollment(
                "verify", enrollment_token=promise.token, fingerprint=fingerprint
            )
            if answer.status == 400:
                self.check(answer, 400, "invalid_token")
                shown = self.check(admin.get(f"/roster/v1/devices/{promise.device_id}"), 200)
                self.assertEqual(shown["device"]["status"], "active")
                return
            self.check(answer, status, "token_bound" if status == 409 else None)

    def check_database(self):
        self.assertEqual(self.server.stop(), 0)
        if ON_POSTGRES:  # nobody killed it
            return
        database = sqlite3.connect(f"file:{self.server.data}/muster.db?mode=ro", uri=True)
        self.addCleanup(database.close)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertEqual(database.execute("PRAGMA foreign_key_check").fetchall(), [])

    def connect_device(self, admin, name):
        """Enrols a device and waits until its node is on the network; returns its ids."""
        made = self.check(admin.enrollment("generate_token", device_name=name), 200)
        device_id, token = made["device_id"], made["enrollment_token"]
        agent = self.server.client()
        verified = agent.enrollment("verify", enrollment_token=token, fingerprint=name)
        self.check(verified, 200)

        def is_connected():
            status = agent.enrollment(
                "check_tailscale_status", device_id=device_id, enrollment_token=token
            )
            return self.check(status, 200)["tailscale_connected"]

        wait_for(f"{name} is on the network", is_connected)
        shown = self.check(admin.get(f"/roster/v1/devices/{device_id}"), 200)
        return device_id, shown["membership"]["node_id"]

    def jobs(self, admin, device_id):
        return self.check(admin.get(f"/roster/v1/devices/{device_id}"), 200)["jobs"]

    def restart(self, **settings):
        self.server.kill()
        self.server.start(**settings)
        return self.server.admin()

    def check_removed(self, admin, devices):
        for device_id, node_id in devices:
            wait_for(
                "the job is done",
                lambda: all(job["finished_at"] for job in self.jobs(admin, device_id)),
            )
            self.assertEqual(len(self.jobs(admin, device_id)), 1)
            self.assertNotIn(node_id, self.node_ids(admin))
            kinds = [event["event_type"] for event in self.events_of(admin, device_id)]
            self.assertEqual(kinds.count("device_revoked"), 1, kinds)
            self.assertEqual(kinds.count("network_removed"), 1, kinds)

    def test_outbox_outlives_the_process(self):
        """Revoked while the network is down; the process dies; the next one delivers."""
        admin = self.server.admin()
        device = self.connect_device(admin, "lost-laptop")
        admin = self.restart(NETWORK="none")
        self.check(admin.enrollment("revoke", device_id=device[0]), 200)
        wait_for("a first attempt failed", lambda: self.jobs(admin, device[0])[0]["attempts"])
        self.assertFalse(self.jobs(admin, device[0])[0]["finished_at"])
        admin = self.restart()
        self.check_removed(admin, [device])

    def test_killed_between_revocation_and_removal(self):
        """Revocations in a row, and the process dies while the outbox is at work."""
        admin = self.server.admin()
        devices = [self.connect_device(admin, f"fleet-{number}") for number in range(12)]
        for device_id, _ in devices:
            self.check(admin.enrollment("revoke", device_id=device_id), 200)
        admin = self.restart()
        self.check_removed(admin, devices)
