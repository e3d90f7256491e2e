# docs/sql/partition_events.sql, the very file, on a migrated database with history: nothing is lost,
# a missed month is made good, and who could not change history before cannot change it after.
# SPDX-License-Identifier: Apache-2.0
import datetime
import pathlib
import unittest
import uuid

import scratch_database
from scratch_database import Refused, ScratchDatabase

FILE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "sql" / "partition_events.sql"
ANA, BOB, ONE, TWO, LAPTOP, PHONE = (str(uuid.UUID(int=number)) for number in range(1, 7))
# A year of it, of two organisations, and one from a clock that was far ahead.
ROWS = f"""
SET ROLE muster_server;
INSERT INTO public.organizations (id, name) VALUES ('{ONE}', 'One'), ('{TWO}', 'Two');
INSERT INTO muster.users (id, email) VALUES ('{ANA}', 'ana@example.org'), ('{BOB}', 'bob@example.org');
INSERT INTO public.profiles (id, organization_id, full_name, role) VALUES
    ('{ANA}', '{ONE}', 'Ana', 'user'), ('{BOB}', '{TWO}', 'Bob', 'user');
INSERT INTO public.devices (id, user_id, organization_id, name) VALUES
    ('{LAPTOP}', '{ANA}', '{ONE}', 'Laptop'), ('{PHONE}', '{BOB}', '{TWO}', 'Phone');
INSERT INTO public.device_events (device_id, event_type, ip_address, created_at)
SELECT device, 'seen', '192.0.2.1', at
FROM generate_series(now() - interval '1 year', now(), '5 days') at,
    unnest(ARRAY['{LAPTOP}', '{LAPTOP}', '{PHONE}']::uuid[]) device
UNION ALL SELECT '{PHONE}', 'seen', NULL, '2199-01-01';
"""
HISTORY = """
SELECT count(*), md5(string_agg(e::text, ',' ORDER BY id)) AS digest FROM public.device_events e;"""
# What hangs on the table.
WALLS = """
SELECT 'policy' AS kind, row(policyname, permissive, roles, cmd, qual, with_check)::text AS words
FROM pg_policies WHERE schemaname = 'public' AND tablename = 'device_events'
UNION ALL SELECT 'guard', pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid = 'public.device_events'::regclass AND NOT tgisinternal
UNION ALL SELECT 'grant', row(grantee::regrole, privilege_type)::text
FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = 'public.device_events'::regclass
UNION ALL SELECT 'row-level security', relrowsecurity::text
FROM pg_class WHERE oid = 'public.device_events'::regclass
UNION ALL SELECT 'constraint', pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = 'public.device_events'::regclass AND contype IN ('c', 'f')
UNION ALL SELECT 'column', row(attname, atttypid::regtype, attnotnull,
    pg_get_expr(adbin, adrelid))::text
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid = 'public.device_events'::regclass AND attnum > 0
ORDER BY kind, words;"""
# Each part: its guards, by what they do, and its constraints.
PARTS = """
SELECT relid::regclass AS part, relid = 'muster.device_events_other'::regclass AS is_other,
    (SELECT string_agg(format('%s %s %s', tgname, tgtype, tgenabled), ' ' ORDER BY tgname) FROM pg_trigger
        WHERE tgrelid = relid AND NOT tgisinternal) AS guards,
    (SELECT count(*) FROM pg_trigger WHERE tgrelid = relid) AS triggers,
    (SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY contype, oid)
        FROM pg_constraint WHERE conrelid = relid AND contype IN ('p', 'f')) AS keys
FROM pg_partition_tree('public.device_events') WHERE isleaf ORDER BY 1;"""
MONTHS_AHEAD = 3


def setUpModule():
    if not scratch_database.MAINTENANCE:
        raise unittest.SkipTest("no PostgreSQL: MUSTER_TEST_POSTGRES is not set")


def month_from_now(months):
    today = datetime.datetime.now(datetime.timezone.utc)
    index = today.year * 12 + today.month - 1 + months
    return datetime.date(index // 12, index % 12 + 1, 1)


def part_of(month):
    return f"muster.device_events_{month:%Y_%m}"


def claims_of(person):
    return f'{{"sub": "{person}", "role": "authenticated"}}'


class Partitioning(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.divided = ScratchDatabase()
        cls.addClassCleanup(cls.divided.drop)
        cls.divided.migrate()
        cls.divided.run(ROWS)
        cls.history, cls.walls = cls.divided.rows(HISTORY), cls.divided.rows(WALLS)
        cls.divided.run(f"BEGIN; {FILE.read_text()} COMMIT;")

    def setUp(self):
        self.database = ScratchDatabase(self.divided.name)
        self.addCleanup(self.database.drop)

    def count(self, table):
        return int(self.database.rows(f"SELECT count(*) FROM {table}")[0]["count"])

    def make_months(self, until):
        return int(self.database.rows(
            f"SELECT muster.make_event_months(now(), now() + interval '{until}') AS made;"
        )[0]["made"])

    def assert_refused(self, sql, words, role="postgres"):
        with self.assertRaises(Refused) as caught:
            self.database.tried(sql, role, claims_of(ANA))
        self.assertIn(words, str(caught.exception))

    def miss_months(self):
        """Events of the two months that nobody made, and of one that is not due."""
        self.database.run("".join(
            f"INSERT INTO public.device_events (device_id, event_type, created_at)"
            f" VALUES ('{LAPTOP}', 'missed', '{month_from_now(months)}'::timestamptz + '3 days');"
            for months in (MONTHS_AHEAD + 1, MONTHS_AHEAD + 2, MONTHS_AHEAD + 5)))

    def test_keeps_every_row(self):
        self.assertEqual(self.database.rows(HISTORY), self.history)
        self.assertEqual(self.count("muster.device_events_other"), 1)
        for months in range(-12, MONTHS_AHEAD + 1):
            self.count(part_of(month_from_now(months)))

    def test_keeps_the_walls(self):
        self.assertEqual(self.database.rows(WALLS), self.walls)
        parts = self.database.rows(PARTS)
        self.assertEqual(len({(part["guards"], part["triggers"], part["keys"]) for part in parts}), 1)
        seen = self.database.tried("SELECT DISTINCT device_id FROM public.device_events;",
                                   "authenticated", claims_of(ANA))
        self.assertEqual(seen, [{"device_id": LAPTOP}])

    def test_makes_a_missed_month_good(self):
        self.miss_months()
        history, parts = self.database.rows(HISTORY), len(self.database.rows(PARTS))
        self.assertEqual(self.make_months("5 months"), 2)
        self.assertEqual(self.database.rows(HISTORY), history)
        for months in (MONTHS_AHEAD + 1, MONTHS_AHEAD + 2):
            self.assertEqual(self.count(part_of(month_from_now(months))), 1)
        self.assertEqual(self.count("muster.device_events_other"), 2)
        self.assertEqual(self.make_months("5 months"), 0)
        self.assertEqual(len(self.database.rows(PARTS)), parts + 2)

    def test_keeps_the_walls_of_a_month_made_good(self):
        self.miss_months()
        self.make_months("5 months")
        self.assertEqual(self.database.rows(WALLS), self.walls)
        parts = self.database.rows(PARTS)
        self.assertEqual(len({(part["guards"], part["triggers"], part["keys"]) for part in parts}), 1)
        missed = part_of(month_from_now(MONTHS_AHEAD + 1))
        for table in ("public.device_events", missed, "muster.device_events_other"):
            with self.subTest(table):
                self.assert_refused(f"DELETE FROM {table};", "history may not be deleted")
                self.assert_refused(f"UPDATE {table} SET event_type = 'other';",
                                    "history may not be changed")
        self.assert_refused(f"SELECT * FROM {missed};", "permission denied", "authenticated")
        self.assert_refused(
            f"INSERT INTO public.device_events (device_id, event_type) VALUES ('{LAPTOP}', 'forged');",
            "permission denied", "authenticated")

    def test_history_leaves_with_its_device(self):
        self.miss_months()
        self.make_months("5 months")
        events = self.count(f"public.device_events WHERE device_id = '{LAPTOP}'")
        self.database.run(f"SET ROLE muster_server; DELETE FROM public.devices WHERE id = '{LAPTOP}';")
        self.assertEqual(self.count(f"public.device_events WHERE device_id = '{LAPTOP}'"), 0)
        self.assertEqual(self.count("muster.device_events_archive WHERE event_type <> 'device_deleted'"),
                         events)

    def test_dropping_a_month_is_on_record(self):
        month, before = month_from_now(-6), self.count("public.device_events")
        gone = {organization: self.count(f"{part_of(month)} WHERE device_id = '{device}'")
                for organization, device in ((ONE, LAPTOP), (TWO, PHONE))}
        told = self.database.rows(f"SELECT muster.drop_event_month('{month}') AS gone;")
        self.assertEqual(int(told[0]["gone"]), sum(gone.values()))
        self.assertEqual(self.count("public.device_events"), before - sum(gone.values()))
        recorded = self.database.rows("""
            SELECT organization_id, details ->> 'month' AS month, details ->> 'events' AS events
            FROM public.audit_logs WHERE event = 'device_events_expired' ORDER BY 1;""")
        self.assertEqual(recorded, [
            {"organization_id": organization, "month": f"{month:%Y-%m}", "events": str(events)}
            for organization, events in gone.items()])


if __name__ == "__main__":
    unittest.main()
