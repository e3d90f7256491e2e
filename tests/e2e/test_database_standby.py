# A database that turns out to be a standby, after a failover that a proxy or a pooler has not noticed:
# it is behind, so nothing is asked of it. Its promotion is noticed without a restart.
# SPDX-License-Identifier: Apache-2.0
import os
import unittest

from muster_server import BINARY, ON_POSTGRES, MusterServer, wait_for
from pgbouncer import Pooler
from postgres_cluster import start_cluster, with_place
from postgres_database import PostgresDatabase, psql
from postgres_sessions import NO_POSTGRES

# What a standby reads of its primary's log.
REPLICA = ("wal_level=replica", "max_wal_senders=2")
PATIENT = {"STORE_OUTAGE_PATIENCE": "500ms"}


@unittest.skipUnless(ON_POSTGRES, NO_POSTGRES)
class Standby(unittest.TestCase):
    def setUp(self):
        self.cluster = start_cluster(self, settings=REPLICA)
        self.server = MusterServer(PostgresDatabase(BINARY, self.cluster.url), RATE_LIMITS="off",
                                   **PATIENT)
        self.addCleanup(self.server.remove)
        self.addCleanup(self.promote)  # nobody drops a standby's database
        self.server.init()

    def demote(self):
        self.cluster.pause()
        signal_file = self.cluster.folder / "data" / "standby.signal"
        signal_file.touch()
        if self.cluster.user:
            os.chown(signal_file, self.cluster.user.pw_uid, self.cluster.user.pw_gid)
        self.cluster.resume()

    def promote(self):
        psql(self.cluster.url, "SELECT pg_is_in_recovery() AND pg_promote();")

    def check_unserved(self, client):
        """Reads too: a standby may not know of a revocation yet."""
        self.assertEqual(psql(self.cluster.url, "SELECT pg_is_in_recovery();").strip(), "t")
        for ask in (lambda: client.get("/roster/v1/devices"),
                    lambda: client.get("/rest/v1/devices?select=id"),
                    lambda: client.get("/auth/v1/user"),
                    lambda: client.enrollment("generate_token", device_name="late")):
            answer = ask()
            self.assertEqual(answer.status, 503, answer.body)
            self.assertEqual(answer.headers["Retry-After"], "1")

    def check_demotion_and_promotion(self, settings):
        self.server.settings.update(settings)
        self.server.start()
        client = self.server.admin()
        self.assertEqual(client.get("/roster/v1/devices").status, 200)
        self.demote()
        self.check_unserved(client)
        self.promote()
        wait_for("a write", lambda: client.enrollment(
            "generate_token", device_name="again").status == 200)
        self.assertEqual(client.get("/rest/v1/devices?select=name").json, [{"name": "again"}])
        self.assertNotIn('"event":"internal_error"', self.server.log_text())

    def test_a_primary_that_becomes_one(self):
        self.check_demotion_and_promotion({})

    def test_whoever_asks_for_any_server_does_not_get_one(self):
        self.check_demotion_and_promotion(
            {"DATABASE": with_place(self.server.database.url, target_session_attrs="any")})

    def test_behind_a_pooler(self):
        """Muster's connections outlive the change: the pooler's own are new."""
        pooler = Pooler(self.server.database.url, "transaction", server_connections=4)
        self.addCleanup(pooler.stop)
        self.check_demotion_and_promotion({"DATABASE": pooler.url})

    def test_a_server_does_not_start_on_one(self):
        self.demote()
        done = self.server.run("serve", "--data", self.server.data, "--listen", "127.0.0.1:0",
                               LOG_LEVEL="off")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stderr, r"\Aerror: database: [^\n]*server is in hot standby mode[^\n]*\n\Z")

    def test_of_several_hosts_the_primary_is_found(self):
        other = start_cluster(self, settings=REPLICA)
        self.demote()
        url = self.server.database.url
        name = self.server.database.name
        psql(other.url, f"CREATE DATABASE {name};")
        done = self.server.run(
            "migrate", "--data", self.server.data, DATABASE=with_place(
                url, host="127.0.0.1,127.0.0.1", port=f"{self.cluster.port},{other.port}",
                user="postgres", password=""))
        self.assertEqual(done.returncode, 0, done.stderr)
        made = psql(other.url.replace("/postgres?", f"/{name}?"),
                    "SELECT count(*) > 5 FROM muster.schema_migrations;")
        self.assertEqual(made.strip(), "t")


if __name__ == "__main__":
    unittest.main()
