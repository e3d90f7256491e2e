# The published schema as the project states it itself: names, types, defaults, keys, indexes and policies
# of the three tables. test_seed.py compares with the page, where somebody has it.
# SPDX-License-Identifier: Apache-2.0
import unittest

import scratch_database
from scratch_database import ScratchDatabase

NOW = ("timestamp with time zone", "now()")
ID = ("uuid", "gen_random_uuid()")
TIME, TEXT, UUID = ("timestamp with time zone", None), ("text", None), ("uuid", None)
OBJECT = ("jsonb", "'{}'::jsonb")

# Column: type and default, in order; REQUIRED: those that may not be null.
COLUMNS = {
    "devices": {
        "id": ID, "user_id": UUID, "organization_id": UUID, "name": TEXT,
        "device_type": ("text", "'laptop'::text"), "os": TEXT, "fingerprint": TEXT,
        "enrollment_token": TEXT, "enrolled_at": TIME, "last_seen": NOW, "location": TEXT,
        "status": ("text", "'pending'::text"), "trust_level": ("text", "'low'::text"),
        "tailscale_auth_key": TEXT, "tailscale_hostname": TEXT, "tailscale_device_id": TEXT,
        "tailscale_ip": TEXT, "enrollment_expires_at": TIME, "metadata": OBJECT, "created_at": NOW,
    },
    "device_events": {
        "id": ID, "device_id": UUID, "event_type": TEXT, "details": OBJECT, "ip_address": TEXT,
        "created_at": NOW,
    },
    "organization_tailscale_config": {
        "id": ID, "organization_id": UUID, "tailscale_auth_key": TEXT,
        "tags": ("text[]", "ARRAY['tag:prod'::text]"), "description": TEXT,
        "is_active": ("boolean", "true"), "created_at": NOW, "expires_at": TIME, "created_by": UUID,
    },
}
REQUIRED = {
    "devices": {"id", "user_id", "name", "device_type", "status", "trust_level", "created_at"},
    "device_events": {"id", "device_id", "event_type", "created_at"},
    "organization_tailscale_config": {"id", "organization_id", "tailscale_auth_key", "created_at"},
}
KEYS = {
    "devices": {
        "PRIMARY KEY (id)", "UNIQUE (fingerprint)", "UNIQUE (enrollment_token)",
        "FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE",
        "FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE",
    },
    "device_events": {
        "PRIMARY KEY (id)", "FOREIGN KEY (device_id) REFERENCES devices(id) ON DELETE CASCADE",
    },
    "organization_tailscale_config": {
        "PRIMARY KEY (id)", "UNIQUE (organization_id, tailscale_auth_key)",
        "FOREIGN KEY (organization_id) REFERENCES organizations(id) ON DELETE CASCADE",
        "FOREIGN KEY (created_by) REFERENCES auth.users(id)",
    },
}
PARTIAL_INDEXES = {
    "idx_devices_enrollment_token": ("enrollment_token", "(enrollment_token IS NOT NULL)"),
    "idx_devices_tailscale_device_id": ("tailscale_device_id", "(tailscale_device_id IS NOT NULL)"),
}
OWN = "(user_id = auth.uid())"
# (table, name): command, USING, WITH CHECK; all permissive and for everybody.
POLICIES = {
    ("devices", "Users can view their own devices"): ("SELECT", OWN, None),
    ("devices", "Users can insert their own devices"): ("INSERT", None, OWN),
    ("devices", "Users can update their own devices"): ("UPDATE", OWN, None),
    ("devices", "Users can delete their own devices"): ("DELETE", OWN, None),
    ("devices", "Admins can view devices in their org"): (
        "SELECT",
        "(organization_id IN ( SELECT profiles.organization_id FROM profiles WHERE ((profiles.id = "
        "auth.uid()) AND (profiles.role = ANY (ARRAY['org_admin'::text, 'global_admin'::text])))))",
        None),
    ("device_events", "Users can view their device events"): (
        "SELECT",
        "(device_id IN ( SELECT devices.id FROM devices WHERE (devices.user_id = auth.uid())))", None),
    ("device_events", "System can insert device events"): ("INSERT", None, "true"),
    ("organization_tailscale_config", "Admins can manage tailscale config"): (
        "ALL",
        "((organization_id = get_user_org_id(auth.uid())) AND (get_user_role(auth.uid()) = ANY "
        "(ARRAY['org_admin'::text, 'global_admin'::text])))", None),
}


def setUpModule():
    if not scratch_database.MAINTENANCE:
        raise unittest.SkipTest("no PostgreSQL: MUSTER_TEST_POSTGRES is not set")


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = ScratchDatabase()
        cls.addClassCleanup(cls.database.drop)
        cls.database.migrate()

    def test_columns(self):
        for table, columns in COLUMNS.items():
            with self.subTest(table):
                rows = self.database.rows(f"""
                    SELECT attname, format_type(atttypid, atttypmod) AS type,
                        pg_get_expr(adbin, adrelid) AS value, attnotnull
                    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
                    WHERE attrelid = 'public.{table}'::regclass AND attnum > 0 ORDER BY attnum""")
                found = [(row["attname"], (row["type"], row["value"])) for row in rows]
                self.assertEqual(found, list(columns.items()))
                required = {row["attname"] for row in rows if row["attnotnull"] == "t"}
                self.assertEqual(required, REQUIRED[table])

    def test_keys(self):
        for table, keys in KEYS.items():
            with self.subTest(table):
                rows = self.database.rows(f"""
                    SELECT pg_get_constraintdef(oid) AS key FROM pg_constraint
                    WHERE conrelid = 'public.{table}'::regclass AND contype IN ('p', 'u', 'f')""")
                self.assertEqual({row["key"] for row in rows}, keys)

    def test_partial_indexes(self):
        rows = self.database.rows("""
            SELECT c.relname, pg_get_indexdef(indexrelid, 1, true) AS key,
                pg_get_expr(indpred, indrelid) AS condition
            FROM pg_index JOIN pg_class c ON c.oid = indexrelid
            WHERE indrelid = 'public.devices'::regclass AND indpred IS NOT NULL""")
        found = {row["relname"]: (row["key"], row["condition"]) for row in rows}
        self.assertEqual({name: found.get(name) for name in PARTIAL_INDEXES}, PARTIAL_INDEXES)

    def test_policies(self):
        stated = ScratchDatabase()
        self.addCleanup(stated.drop)
        stated.run_scripts()
        rows = stated.rows("""
            SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check
            FROM pg_policies WHERE schemaname = 'public'""")
        found = {(row["tablename"], row["policyname"]): row for row in rows}
        for key, (command, using, check) in POLICIES.items():
            with self.subTest(key):
                row = found[key]
                self.assertEqual((row["permissive"], row["roles"], row["cmd"]),
                                 ("PERMISSIVE", "{public}", command))
                for said, meant in ((row["qual"], using), (row["with_check"], check)):
                    self.assertEqual(said and " ".join(said.split()), meant)

    def test_row_level_security_is_on(self):
        rows = self.database.rows("""
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                AND relkind = 'r' AND relrowsecurity ORDER BY relname""")
        self.assertEqual([row["relname"] for row in rows], [
            "audit_logs", "device_events", "devices", "organization_tailscale_config",
            "organizations", "profiles"])


if __name__ == "__main__":
    unittest.main()
