# Behind PgBouncer: in transaction mode each transaction may meet another server connection, in session
# mode a connection is handed on with what was left on it.
# SPDX-License-Identifier: Apache-2.0
import collections
import os
import pathlib
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

import postgres_cluster
import postgres_database
from muster_server import ON_POSTGRES, PATIENCE_S, MusterServer, wait_for
from postgres_cluster import with_place

PORT = 6432  # of a unix socket in a folder of our own
SERVER_CONNECTIONS = 4  # fewer than Muster has
DEVICES = 120
CONNECTIONS = 8


class Pooler:
    """PgBouncer before the database of that URL, for its user."""

    def __init__(self, url, mode, server_connections):
        parts = urllib.parse.urlsplit(url)
        query = dict(urllib.parse.parse_qsl(parts.query))
        name, user = parts.path.lstrip("/"), query["user"]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-pool-"))
        self.log = self.folder / "log"
        host = query.get("host") or parts.hostname
        port = query.get("port") or parts.port or 5432
        (self.folder / "users").write_text(f'"{user}" ""\n')
        (self.folder / "pgbouncer.ini").write_text(
            f"[databases]\n{name} = host={host} port={port} password={postgres_database.PASSWORD}\n"
            f"[pgbouncer]\nlisten_addr =\nlisten_port = {PORT}\nunix_socket_dir = {self.folder}\n"
            f"auth_type = trust\nauth_file = {self.folder}/users\npool_mode = {mode}\n"
            f"default_pool_size = {server_connections}\nmax_client_conn = 100\n"
            f"stats_users = {user}\nlogfile = {self.log}\n"
        )
        self.url = with_place(url, host=self.folder, port=PORT, password="")
        self.console = with_place(
            self.url.replace(f"/{name}?", "/pgbouncer?"), host=self.folder, port=PORT)
        # It refuses to run as root, and whoever runs PostgreSQL reaches its socket.
        account = postgres_cluster.throwaway_postgres.server_user()
        options = {}
        if account:
            for path in [self.folder, *self.folder.iterdir()]:
                os.chown(path, account.pw_uid, account.pw_gid)
            options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.process = subprocess.Popen(
            [shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin"), "--quiet",
             self.folder / "pgbouncer.ini"],
            stdin=subprocess.DEVNULL, **options,
        )
        wait_for("PgBouncer", lambda: (self.folder / f".s.PGSQL.{PORT}").exists())

    def transactions(self):
        """How many it has passed on."""
        lines = postgres_database.psql(self.console, "SHOW STATS_TOTALS;").splitlines()
        return sum(int(line.split("|")[1]) for line in lines)

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        shutil.rmtree(self.folder, ignore_errors=True)


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
