# A server on SQLite beside the PostgreSQL database that it moves to. For the suites beside this.
# SPDX-License-Identifier: Apache-2.0
import json
import secrets
import sqlite3
import time
import unittest

import postgres_database
from muster_server import ON_POSTGRES, MusterServer, ServerTestCase

# Nothing may happen between two looks but what a test does.
QUIET = {
    "RATE_LIMITS": "off", "LOG_LEVEL": "warning", "SIMULATED_JOIN_DELAY": "0ms",
    "SWEEPER_INTERVAL": "1h", "RECONCILER_INTERVAL": "1h", "OUTBOX_INTERVAL": "1h",
}
STAYING = {"schema_migrations", "column_types"}


def open_sqlite(file):
    """With the functions that defaults and guards ask, as the server itself."""
    database = sqlite3.connect(file)
    now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + ".123456+00:00"
    for name, answer in (
        ("now", lambda: now), ("request_is_trusted", lambda: 1),
        ("request_role", lambda: "server"), ("request_user", lambda: None),
        ("enter_system", lambda: None), ("leave_system", lambda: None),
        ("gen_random_uuid", new_id),
    ):
        database.create_function(name, 0, answer)
    return database


def new_id():
    digits = secrets.token_hex(16)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


@unittest.skipUnless(ON_POSTGRES, "the target is a PostgreSQL: e2e.postgres.transfer runs this")
class TransferTestCase(ServerTestCase):
    """The server runs on SQLite; its PostgreSQL database is where it moves to."""

    def setUp(self):
        self.server = MusterServer(**QUIET)
        self.addCleanup(self.server.remove)
        self.addCleanup(self.show_log)
        self.target = self.server.database
        self.server.settings.pop("DATABASE")
        self.server.init()

    @property
    def from_folder(self):
        return f"sqlite:{self.server.data}"

    def sqlite(self):
        database = open_sqlite(self.server.data / "muster.db")
        self.addCleanup(database.close)
        return database

    def tables(self):
        rows = self.sqlite().execute(
            "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main'"
            " AND name NOT LIKE 'sqlite%'"
        )
        return {name for name, in rows} - STAYING

    def counts(self):
        database = self.sqlite()
        return {
            name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for name in self.tables()
        }

    def add_events(self, count):
        """So many that moving them takes several batches."""
        self.server.start()
        device = self.check(self.server.admin().enrollment("generate_token"), 200)["device_id"]
        self.server.stop()
        database = self.sqlite()
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO device_events (id, device_id, event_type, details, created_at)"
            " SELECT printf('10000000-0000-4000-8000-%012d', i), ?, 'seen',"
            " json_object('number', i), '2026-01-01T00:00:00.000001+00:00' FROM n",
            (count, device))
        database.commit()

    def move(self, *arguments):
        """The URL with its password comes by the environment."""
        return self.server.run(
            "migrate", "--from", self.from_folder, "--json", *arguments,
            DATABASE=self.target.owner_url,
        )

    def moved(self, *arguments):
        done = self.move(*arguments)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        report = json.loads(done.stdout)
        self.assertTrue(report["equal"], report)
        return report

    def refused(self, sentence, *arguments):
        done = self.move(*arguments)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(sentence, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertNotIn(postgres_database.PASSWORD, done.stderr)

    def check_guards(self):
        off = self.target.as_superuser(
            "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O';")
        self.assertEqual(int(off), 0, "guards were left switched off")

    def serve_refused(self, sentence):
        done = self.server.run(
            "serve", "--data", self.server.data, "--listen", "127.0.0.1:0",
            DATABASE=self.target.url,
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(sentence, done.stderr)

    def start_on_postgres(self):
        self.server.settings["DATABASE"] = self.target.url
        self.server.start()

    def rows_of_target(self, table):
        return int(self.target.as_superuser(
            f"SET search_path = muster, public; SELECT count(*) FROM {table};"))
