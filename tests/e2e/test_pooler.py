# Behind PgBouncer: in transaction mode each transaction may meet another server connection, in session
# mode a connection is handed on with what was left on it.
# SPDX-License-Identifier: Apache-2.0
import collections
import threading
import unittest

from muster_server import ON_POSTGRES, MusterServer, wait_for
from pgbouncer import Pooler

SERVER_CONNECTIONS = 4  # fewer than Muster has
DEVICES = 120
CONNECTIONS = 8


@unittest.skipUnless(ON_POSTGRES, "MUSTER_TEST_POSTGRES names no server: a pooler needs one")
class BehindAPooler(unittest.TestCase):
    def serve(self, mode, server_connections, **settings):
        self.server = MusterServer(RATE_LIMITS="off", LOG_LEVEL="warning", **settings)
        self.addCleanup(self.server.remove)
        self.pooler = Pooler(self.server.database.url, mode, server_connections)
        self.addCleanup(self.pooler.stop)
        self.server.settings["DATABASE"] = self.pooler.url
        self.server.init()
        self.server.start()

    def enrol(self, numbers, token, outcomes):
        """Whole enrolments on one connection."""
        client = self.server.client(token=token, apikey=self.server.keys["anon_key"])
        for number in numbers:
            made = client.enrollment("generate_token", device_name=f"device-{number}").json
            verified = client.enrollment(
                "verify", enrollment_token=made["enrollment_token"], fingerprint=f"print-{number}"
            )
            seen = client.get(f"/roster/v1/devices/{made['device_id']}").json
            outcomes.append((made["device_id"], verified.status, seen["device"]["trust_level"]))

    def enrol_many(self):
        token = self.server.sign_in()
        outcomes = []
        threads = [
            threading.Thread(target=self.enrol, args=(range(i, DEVICES, CONNECTIONS), token, outcomes))
            for i in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(outcomes), DEVICES)
        self.assertEqual(collections.Counter(status for _, status, _ in outcomes), {200: DEVICES})
        self.assertEqual(collections.Counter(seen for _, _, seen in outcomes), {"medium": DEVICES})
        stored = self.server.database.as_owner("SELECT id FROM public.devices;").split()
        self.assertEqual(set(stored), {device for device, _, _ in outcomes})
        self.assertGreater(self.pooler.transactions(), 3 * DEVICES)

    def test_transaction_mode(self):
        self.serve("transaction", SERVER_CONNECTIONS)
        self.enrol_many()
        # Debian's PgBouncer forgets prepared statements: that is said once, and is no failure.
        self.assertLessEqual(self.server.log_text().count("prepared_statements_off"), 1)
        self.assertNotIn('"error"', self.server.log_text())

    def test_session_mode(self):
        """Each of Muster's connections has one of PostgreSQL's for itself."""
        self.serve("session", 24 + 1)
        self.enrol_many()
        self.assertNotIn("prepared_statements_off", self.server.log_text())

    def test_another_server_finds_what_the_first_one_left(self):
        """On server connections that outlive it, with what it prepared on them."""
        self.serve("transaction", SERVER_CONNECTIONS)
        for _ in range(2):
            self.enrol_devices_of_one_run()
            self.assertEqual(self.server.stop(), 0)
            self.server.start()

    def enrol_devices_of_one_run(self):
        client = self.server.admin()
        for number in range(5):
            made = client.enrollment("generate_token", device_name=f"device-{number}")
            self.assertEqual(made.status, 200, made.body)

    def test_a_pooler_that_goes_and_comes_back(self):
        self.serve("transaction", SERVER_CONNECTIONS, STORE_OUTAGE_PATIENCE="500ms")
        client = self.server.admin()
        self.pooler.stop()
        refused = client.enrollment("generate_token", device_name="away")
        self.assertEqual((refused.status, refused.json["code"]), (503, "database_unavailable"))
        again = Pooler(self.server.database.url, "transaction", SERVER_CONNECTIONS)
        self.addCleanup(again.stop)
        # The URL that Muster has leads to the folder of the first one.
        self.pooler.folder.symlink_to(again.folder)
        self.addCleanup(self.pooler.folder.unlink)
        wait_for("an answer", lambda: client.enrollment(
            "generate_token", device_name="back").status == 200)


if __name__ == "__main__":
    unittest.main()
