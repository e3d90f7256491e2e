# The published page's own SQL, every statement of it, against our schema: its tables, indexes and
# policies are ours, and its example queries work.
# SPDX-License-Identifier: Apache-2.0
import collections
import unittest
import uuid

import scratch_database
import seed_document
from scratch_database import Refused, ScratchDatabase

# What the page takes for granted: a Supabase project, and the tables and functions it refers to.
PREREQUISITES = """
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY);
CREATE TABLE public.organizations (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE public.profiles (
    id uuid PRIMARY KEY REFERENCES auth.users, organization_id uuid, full_name text, role text);
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
CREATE FUNCTION get_user_org_id(uuid) RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
CREATE FUNCTION get_user_role(uuid) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
"""

USER, ADMIN, ORGANIZATION, DEVICE = (str(uuid.UUID(int=number)) for number in range(1, 5))
# The page's placeholders, and what stands for them here.
PLACEHOLDERS = {
    "user-uuid": USER,
    "org-uuid": ORGANIZATION,
    "device-uuid": DEVICE,
    "ts-device-id": "node-1",
}
ROWS = f"""
SET ROLE muster_server;
SET search_path = muster, public;
INSERT INTO organizations (id, name) VALUES ('{ORGANIZATION}', 'One');
INSERT INTO users (id, email) VALUES ('{USER}', 'ana@example.org'), ('{ADMIN}', 'eva@example.org');
INSERT INTO profiles (id, organization_id, full_name, role) VALUES
    ('{USER}', '{ORGANIZATION}', 'Ana', 'user'), ('{ADMIN}', '{ORGANIZATION}', 'Eva', 'org_admin');
INSERT INTO devices (id, user_id, organization_id, name, enrollment_token, tailscale_auth_key,
    tailscale_device_id, last_seen) VALUES
    ('{DEVICE}', '{USER}', '{ORGANIZATION}', 'New', 'digest', 'sealed', 'node-1', now()),
    (gen_random_uuid(), '{USER}', '{ORGANIZATION}', 'Old', NULL, NULL, NULL, '2026-01-01Z'),
    (gen_random_uuid(), '{ADMIN}', '{ORGANIZATION}', 'Eva''s', NULL, NULL, NULL, now());
INSERT INTO device_events (device_id, event_type, details, ip_address, created_at) VALUES
    ('{DEVICE}', 'enrollment_initiated', DEFAULT, NULL, '2026-01-01Z'),
    ('{DEVICE}', 'enrolled', '{{"method": "qr_code"}}', '192.0.2.1', '2026-01-02Z');
"""

COLUMNS = """
SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS not_null,
    pg_get_expr(adbin, adrelid) AS "default"
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = 'public.{}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
CONSTRAINTS = """
SELECT conname AS name, pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE conrelid = 'public.{}'::regclass AND contype <> 'c' ORDER BY conname"""
INDEXES = "SELECT indexname AS name, indexdef FROM pg_indexes WHERE tablename = '{}'"
POLICY = """
SELECT policyname, permissive, roles, cmd, qual, with_check
FROM pg_policies WHERE tablename = '{}' AND policyname = '{}';"""


def setUpModule():
    if not seed_document.DOCUMENT.is_file():
        raise unittest.SkipTest(f"no published document at {seed_document.DOCUMENT} (MUSTER_SEED)")
    if not scratch_database.MAINTENANCE:
        raise unittest.SkipTest("no PostgreSQL: MUSTER_TEST_POSTGRES is not set")


class Seed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.statements = seed_document.read_statements(seed_document.DOCUMENT.read_text())
        cls.migrated = cls.database()
        cls.migrated.migrate()
        cls.migrated.run(ROWS)
        cls.stated = cls.database()
        cls.stated.run_scripts()

    @classmethod
    def database(cls):
        made = ScratchDatabase()
        cls.addClassCleanup(made.drop)
        return made

    def of_kind(self, kind):
        return [statement for statement in self.statements if statement.kind == kind]

    def test_every_statement_is_found(self):
        counts = collections.Counter(
            (statement.kind, statement.table) for statement in self.statements
        )
        self.assertEqual(counts, {
            ("CREATE TABLE", "devices"): 1,
            ("CREATE TABLE", "device_events"): 1,
            ("CREATE TABLE", "organization_tailscale_config"): 1,
            ("CREATE INDEX", "devices"): 2,
            ("CREATE POLICY", "devices"): 5,
            ("CREATE POLICY", "device_events"): 2,
            ("CREATE POLICY", "organization_tailscale_config"): 1,
            ("INSERT INTO", "devices"): 1,
            ("UPDATE", "devices"): 1,
            ("SELECT", "devices"): 2,
            ("SELECT", "device_events"): 1,
        })

    def test_the_tables_are_ours(self):
        published = self.database()
        published.run(PREREQUISITES)
        for statement in self.statements:
            if statement.kind.startswith("CREATE"):
                published.run(statement.text)
        for statement in self.of_kind("CREATE TABLE"):
            with self.subTest(statement.name):
                columns = published.rows(COLUMNS.format(statement.name))
                self.assertGreater(len(columns), 5)
                self.assertEqual(self.migrated.rows(COLUMNS.format(statement.name)), columns)
                keys = published.rows(CONSTRAINTS.format(statement.name))
                self.assertEqual(self.migrated.rows(CONSTRAINTS.format(statement.name)), keys)
                ours = self.migrated.rows(INDEXES.format(statement.name))
                indexes = published.rows(INDEXES.format(statement.name))
                self.assertTrue(indexes)
                self.assertEqual([index for index in indexes if index not in ours], [])

    def test_the_policies_are_ours(self):
        for statement in self.of_kind("CREATE POLICY"):
            with self.subTest(statement.name):
                look = POLICY.format(statement.table, statement.name)
                before, = self.stated.rows(look)
                again = f'BEGIN; DROP POLICY "{statement.name}" ON public.{statement.table};\n'
                after, = self.stated.rows(look + "ROLLBACK;", again + statement.text)
                self.assertEqual(after, before)
                migrated, = self.migrated.rows(look)
                for part in ("policyname", "permissive", "roles", "cmd"):
                    self.assertEqual(migrated[part], before[part])

    def test_the_policies_run_as_they_stand_on_a_migrated_database(self):
        for statement in self.of_kind("CREATE POLICY"):
            with self.subTest(statement.name):
                self.migrated.run(
                    f'BEGIN; DROP POLICY "{statement.name}" ON public.{statement.table};\n'
                    f"{statement.text}\nROLLBACK;")

    def query(self, beginning):
        """The page's example that begins so, about our rows."""
        found, = (
            statement.text for statement in self.statements
            if " ".join(statement.text.split()).startswith(beginning)
        )
        for placeholder, value in PLACEHOLDERS.items():
            found = found.replace(f"'{placeholder}'", f"'{value}'")
        return found

    def as_person(self, person, sql):
        return self.migrated.tried(sql, "authenticated", f'{{"sub": "{person}"}}')

    def test_create_pending_device(self):
        sql = self.query("INSERT INTO devices")
        for name, ask in (
            ("the service key", lambda: self.migrated.tried(sql, "service_role")),
            ("its owner", lambda: self.as_person(USER, sql)),
            ("an admin", lambda: self.as_person(ADMIN, sql)),
        ):
            with self.subTest(name):
                row, = ask()
                self.assertEqual(list(row), ["id", "enrollment_token"])
                for cell in row.values():
                    self.assertEqual(str(uuid.UUID(cell)), cell)

    def test_get_user_devices(self):
        sql = self.query("SELECT id, name, device_type")
        for person in (USER, ADMIN):
            rows = self.as_person(person, sql)
            self.assertEqual([row["name"] for row in rows], ["New", "Old"])
        self.assertEqual(self.migrated.tried(sql, "service_role"), rows)
        self.assertEqual(list(rows[0]), [
            "id", "name", "device_type", "os", "status", "trust_level", "tailscale_ip", "last_seen",
            "enrolled_at"])
        self.assertEqual(self.migrated.tried(sql, "anon"), [])

    def test_update_device_status(self):
        sql = self.query("UPDATE devices")
        for rows in (self.migrated.tried(sql, "service_role"), self.as_person(ADMIN, sql)):
            row, = rows
            self.assertEqual((row["id"], row["status"], row["trust_level"]),
                             (DEVICE, "active", "high"))
            self.assertIsNotNone(row["enrolled_at"])
            self.assertIsNone(row["enrollment_token"])
            self.assertIsNone(row["tailscale_auth_key"])
        with self.assertRaises(Refused) as refused:  # trust is not its owner's to raise
            self.as_person(USER, sql)
        self.assertEqual(refused.exception.code, "42501")

    def test_get_device_events(self):
        sql = self.query("SELECT event_type")
        for rows in (self.migrated.tried(sql, "service_role"), self.as_person(USER, sql)):
            self.assertEqual([(row["event_type"], row["details"]) for row in rows], [
                ("enrolled", '{"method": "qr_code"}'), ("enrollment_initiated", "{}")])
            self.assertEqual([row["ip_address"] for row in rows], ["192.0.2.1", None])

    def test_find_tailscale_device(self):
        sql = self.query("SELECT d.*")
        for rows in (self.migrated.tried(sql, "service_role"), self.as_person(USER, sql)):
            row, = rows
            self.assertEqual((row["id"], row["full_name"], row["organization_name"]),
                             (DEVICE, "Ana", "One"))


if __name__ == "__main__":
    unittest.main()
