# What others find in Muster's PostgreSQL: a normal Supabase-shaped database, in which each login may do
# what it must and nothing else.
# SPDX-License-Identifier: Apache-2.0
import base64
import json
import re
import unittest
import uuid

from muster_server import ON_POSTGRES, MusterServer
from postgres_cluster import with_place
from postgres_database import LOGIN, OWNER
from postgres_sessions import (
    AS_PERSON, GRANT_POSTGREST, NO_POSTGRES, REPORTING, Refused, as_role, ask, refusals)

PASSWORD = "correct horse"
TABLES = ("organizations", "profiles", "devices", "device_events", "organization_tailscale_config",
          "audit_logs", "user_roles")
# Muster's API shows them as null or opened; SQL shows what is stored.
SECRETS = ("enrollment_token", "tailscale_auth_key")


class People(unittest.TestCase):
    """Two organisations with somebody of each role, and devices of theirs."""

    def setUp(self):
        self.server = MusterServer(RATE_LIMITS="off", LOG_LEVEL="warning")
        self.addCleanup(self.server.remove)
        self.server.init()
        self.server.start()
        self.login_url = self.server.database.url
        self.service = self.keyed(self.server.keys["service_role_key"])
        self.sessions = {"boss": self.server.sign_in()}
        self.fill()

    def keyed(self, token):
        return self.server.client(token=token, apikey=self.server.keys["anon_key"])

    def done(self, answer):
        self.assertIn(answer.status, (200, 201, 204), answer.body)
        return answer.json

    def person(self, name, organization, role):
        login = {"email": f"{name}@example.org", "password": PASSWORD}
        user = self.done(self.service.request(
            "POST", "/auth/v1/admin/users", {**login, "email_confirm": True}))
        self.server.database.as_owner(
            f"UPDATE public.profiles SET organization_id = '{organization}', role = '{role}', "
            f"full_name = '{name}' WHERE id = '{user['id']}';")
        session = self.done(self.keyed(None).request(
            "POST", "/auth/v1/token?grant_type=password", login))
        self.sessions[name] = session["access_token"]

    def fill(self):
        database = self.server.database
        first = database.as_owner("SELECT id FROM public.organizations;").strip()
        other = database.as_owner(
            "INSERT INTO public.organizations (name) VALUES ('Other') RETURNING id;").strip()
        for name, organization, role in (
            ("ana", first, "user"), ("olga", other, "org_admin"),
            ("sam", other, "support"), ("ben", other, "user"),
        ):
            self.person(name, organization, role)
            self.done(self.keyed(self.sessions[name]).enrollment(
                "enroll", fingerprint=f"print-{name}", device_name=f"Laptop of {name}"))
        database.as_owner("INSERT INTO public.organization_tailscale_config "
                          f"(organization_id, tailscale_auth_key) VALUES ('{other}', 'sealed');")

    def claims_of(self, token):
        """Of a session, as its signature vouches for them."""
        part = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@unittest.skipUnless(ON_POSTGRES, NO_POSTGRES)
class SameRows(People):
    def rows_of_sql(self, table, role, claims):
        text = ask(self.login_url, as_role(
            role, f"SELECT coalesce(json_agg(t ORDER BY id), '[]') FROM public.{table} t;", claims))
        return json.loads(text)

    def callers(self):
        callers = {
            name: (self.keyed(token), "authenticated", self.claims_of(token))
            for name, token in self.sessions.items()
        }
        callers["anon"] = (self.keyed(self.server.keys["anon_key"]), "anon", {"role": "anon"})
        callers["service"] = (self.service, "service_role", {"role": "service_role"})
        return callers

    def test_each_caller_sees_its_rows(self):
        sizes = {
            (name, table): len(self.rows_of_sql(table, role, claims))
            for name, (_, role, claims) in self.callers().items() for table in TABLES
        }
        devices = {name: sizes[name, "devices"] for name in self.callers()}
        self.assertEqual(devices, {
            "boss": 4, "ana": 1, "olga": 3, "sam": 1, "ben": 1, "anon": 0, "service": 4})
        self.assertEqual(sizes["ben", "organization_tailscale_config"], 0)
        self.assertEqual(sizes["olga", "organization_tailscale_config"], 1)
        self.assertGreater(sizes["sam", "device_events"], sizes["ben", "device_events"])
        self.assertEqual({sizes["anon", table] for table in TABLES}, {0})

    def need_table_api(self):
        if self.service.get("/rest/v1/devices").status == 404:
            self.skipTest("this build has no /rest/v1 on PostgreSQL: nothing to compare with")

    def without_secrets(self, rows):
        return [{name: value for name, value in row.items() if name not in SECRETS} for row in rows]

    def test_each_caller_sees_the_same_through_the_api(self):
        self.need_table_api()
        for name, (client, role, claims) in self.callers().items():
            for table in TABLES:
                with self.subTest(f"{name} reads {table}"):
                    ours = self.done(client.get(f"/rest/v1/{table}?order=id"))
                    theirs = self.rows_of_sql(table, role, claims)
                    self.assertEqual(self.without_secrets(ours), self.without_secrets(theirs))

    def test_each_caller_changes_the_same_through_the_api(self):
        """Who moves whose device: the numbers of rows."""
        has_api = self.service.get("/rest/v1/devices").status != 404
        for name, expected in (("ben", 1), ("ana", 1), ("olga", 3), ("sam", 1), ("boss", 4)):
            with self.subTest(name):
                token = self.sessions[name]
                through_sql = ask(self.login_url, as_role(
                    "authenticated", "UPDATE public.devices SET location = 'there' RETURNING 1;",
                    self.claims_of(token)))
                self.assertEqual(len(through_sql.split()), expected)
                if has_api:
                    through_api = self.done(self.keyed(token).request(
                        "PATCH", "/rest/v1/devices?id=not.is.null", {"location": "here"},
                        {"Prefer": "return=representation"}))
                    self.assertEqual(len(through_api), expected)

    def test_the_walls_are_the_databases(self):
        ben = self.claims_of(self.sessions["ben"])
        for name, sql in (
            ("trust", "UPDATE public.devices SET trust_level = 'high';"),
            ("another's device", "INSERT INTO public.devices (user_id, name) VALUES "
                                 f"('{self.claims_of(self.sessions['ana'])['sub']}', 'x');"),
            ("a role", "UPDATE public.profiles SET role = 'global_admin';"),
            ("a forged event", "INSERT INTO public.device_events (device_id, event_type) "
                               "SELECT id, 'enrolled' FROM public.devices;"),
        ):
            with self.subTest(name), self.assertRaisesRegex(Refused, "^42501"):
                ask(self.login_url, as_role("authenticated", sql, ben))

    def test_nobody_becomes_somebody_else_through_the_api(self):
        self.need_table_api()
        ben = self.keyed(self.sessions["ben"])
        claims = {"sub": self.claims_of(self.sessions["boss"])["sub"], "role": "service_role"}
        mine = self.done(ben.get("/rest/v1/devices?select=id"))
        self.assertEqual(len(mine), 1)
        # What a person says of itself ends up in its claims, but not as its name or its role.
        self.done(ben.request("PUT", "/auth/v1/user", {"data": {**claims, "claims": claims}}))
        session = self.done(self.keyed(None).request(
            "POST", "/auth/v1/token?grant_type=password",
            {"email": "ben@example.org", "password": PASSWORD}))
        again = self.keyed(session["access_token"])
        self.assertEqual(self.done(again.get("/rest/v1/devices?select=id")), mine)
        for name, request, statuses in (
            ("rpc", ("POST", "/rest/v1/rpc/set_config",
                     {"setting_name": "role", "new_value": "muster_server", "is_local": True}), {404}),
            ("a column that is a call", ("GET", "/rest/v1/devices?select=set_config('role','x',true)"),
             {400}),
            ("Muster's schema", ("GET", "/rest/v1/sessions", None, {"Accept-Profile": "muster"}), {406}),
            ("accounts", ("GET", "/rest/v1/users", None, {"Accept-Profile": "auth"}), {406}),
            ("accounts without a schema", ("GET", "/rest/v1/users"), {404}),
            ("a value that ends a text", ("GET", "/rest/v1/devices?name=eq.'%3BSET+ROLE+muster_server%3B--"),
             {200}),
        ):
            with self.subTest(name):
                answer = again.request(*request)
                self.assertIn(answer.status, statuses, answer.body)
        header, payload, signature = session["access_token"].split(".")
        forged = base64.urlsafe_b64encode(json.dumps(
            {**self.claims_of(session["access_token"]), **claims}).encode()).decode().rstrip("=")
        answer = self.keyed(".".join((header, forged, signature))).get("/rest/v1/devices")
        self.assertEqual(answer.status, 401, answer.body)


@unittest.skipUnless(ON_POSTGRES, NO_POSTGRES)
class Rights(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = MusterServer(RATE_LIMITS="off", LOG_LEVEL="warning")
        cls.addClassCleanup(cls.server.remove)
        cls.server.init()
        cls.server.start()
        made = cls.server.admin().enrollment("generate_token", device_name="Laptop")
        assert made.status == 200, made.body
        cls.url = cls.server.database.url

    def check_refused(self, statements, role=None):
        become = f"SET LOCAL ROLE {role}; " if role else ""
        codes = refusals(self.url, [become + sql for sql in statements])
        found = dict(zip(statements, codes, strict=True))
        self.assertEqual({sql: code for sql, code in found.items() if code != "42501"}, {})

    def test_the_login_by_itself(self):
        facts = ask(self.url, "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolinherit, "
                              "rolreplication FROM pg_roles WHERE rolname = current_user;")
        self.assertEqual(facts.strip(), "f|f|f|f|f|f")
        owned = ask(self.url, "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user;")
        self.assertEqual(owned.strip(), "0")
        self.check_refused((
            "SELECT * FROM public.devices;",
            "SELECT * FROM public.profiles;",
            "SELECT * FROM auth.users;",
            "SELECT * FROM muster.signing_keys;",
            "SELECT * FROM muster.schema_migrations;",
            "SET ROLE postgres;",
            f"SET ROLE {OWNER};",
            f"ALTER ROLE {LOGIN} SUPERUSER;",
            f"ALTER ROLE {LOGIN} BYPASSRLS;",
            "ALTER ROLE muster_server LOGIN;",
            "CREATE ROLE mine;",
            f"GRANT {OWNER} TO {LOGIN};",
            "GRANT muster_server TO postgres;",
            "CREATE TABLE public.mine (n int);",
            "CREATE SCHEMA mine;",
            "ALTER TABLE public.devices DISABLE ROW LEVEL SECURITY;",
            "ALTER TABLE public.devices DISABLE TRIGGER ALL;",
            "SET session_replication_role = replica;",
            "COPY (SELECT 1) TO PROGRAM 'true';",
            "SELECT pg_read_file('/etc/hostname');",
            'DROP POLICY "Users can view their own devices" ON public.devices;',
        ))

    def test_the_server(self):
        """muster_server writes rows, and never the schema or the history."""
        self.check_refused((
            "ALTER TABLE public.devices ADD COLUMN mine int;",
            "ALTER TABLE public.devices DISABLE TRIGGER devices_guard_update;",
            "DROP TRIGGER device_events_guard_delete ON public.device_events;",
            'DROP POLICY "Users can view their own devices" ON public.devices;',
            "TRUNCATE public.device_events;",
            "UPDATE public.device_events SET event_type = 'x';",
            "DELETE FROM public.device_events;",
            "UPDATE public.audit_logs SET event = 'x';",
            "DELETE FROM public.audit_logs;",
            "DELETE FROM muster.device_events_archive;",
            "UPDATE muster.schema_migrations SET checksum = 'x';",
            "CREATE TABLE muster.mine (n int);",
            "CREATE FUNCTION muster.mine() RETURNS int LANGUAGE sql AS 'SELECT 1';",
            "SELECT muster.record_audit(NULL, 'x', '{}');",
        ), "muster_server")

    def test_callers(self):
        tables = ask(self.server.database.owner_url,
                     "SELECT relname FROM pg_class WHERE relnamespace = 'muster'::regnamespace "
                     "AND relkind IN ('r', 'v', 'p', 'm') ORDER BY 1;").split()
        self.assertIn("signing_keys", tables)
        functions = ask(self.server.database.owner_url, """
            SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'muster'::regnamespace
                AND has_function_privilege('anon', oid, 'EXECUTE') ORDER BY 1;""").split()
        # What triggers' WHENs ask; they tell the caller about itself.
        self.assertEqual(functions, [
            "muster.request_role()", "muster.request_user()", "muster.request_is_trusted()",
            "muster.request_time()"])
        for role in ("anon", "authenticated", "service_role"):
            self.check_refused(
                [f"SELECT * FROM muster.{table};" for table in tables]
                + [f"INSERT INTO muster.{table} DEFAULT VALUES;" for table in tables]
                + [
                    "SELECT * FROM auth.users;",
                    "SELECT muster.record_audit(NULL, 'x', '{}');",
                    "SELECT muster.uuid_v7();",
                    "UPDATE public.device_events SET event_type = 'x';",
                    "DELETE FROM public.audit_logs;",
                    "TRUNCATE public.devices;",
                    "CREATE TABLE public.mine (n int);",
                    "INSERT INTO public.user_roles (id) VALUES (gen_random_uuid());",
                ], role)
        for role in ("anon", "authenticated"):
            self.check_refused(
                ["INSERT INTO public.device_events (device_id, event_type) VALUES "
                 "(gen_random_uuid(), 'x');",
                 "INSERT INTO public.audit_logs (event) VALUES ('x');"], role)

    def test_what_a_tool_looks_at_first(self):
        columns = ask(self.url, as_role("authenticated", """
            SELECT table_name, count(*) FROM information_schema.columns
            WHERE table_schema = 'public' GROUP BY 1 ORDER BY 1;""")).split()
        self.assertEqual(columns, [
            "audit_logs|6", "device_events|6", "devices|20", "organization_tailscale_config|9",
            "organizations|4", "profiles|5", "user_roles|4"])
        keys = ask(self.url, """
            SELECT conrelid::regclass, confrelid::regclass FROM pg_constraint
            WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1, 2;""").split()
        self.assertIn("devices|auth.users", keys)
        self.assertIn("device_events|devices", keys)
        unprotected = ask(self.url, """
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                AND relkind = 'r' AND NOT relrowsecurity;""")
        self.assertEqual(unprotected, "")

    def test_through_somebodys_eyes_as_the_page_shows_it(self):
        person = self.server.admin().get("/auth/v1/user").json["id"]
        seen = ask(self.url, AS_PERSON.replace("00000000-0000-7000-8000-000000000001", person))
        self.assertIn("|Laptop|pending|low", seen)
        stranger = ask(self.url, AS_PERSON.replace("00000000-0000-7000-8000-000000000001",
                                                   str(uuid.uuid4())))
        self.assertNotIn("Laptop", stranger)

    def as_superuser(self, script):
        return self.server.database.as_superuser(
            script.replace("DATABASE muster ", f"DATABASE {self.server.database.name} "))

    def drop_role(self, role):
        self.as_superuser(f"DROP OWNED BY {role}; DROP ROLE {role};")

    def test_a_login_for_reports(self):
        self.as_superuser(REPORTING)
        self.addCleanup(self.drop_role, "reporting")
        url = with_place(self.url, user="reporting")
        columns = re.search(r"GRANT SELECT \((.*?)\)", REPORTING, re.DOTALL)[1]
        self.assertIn("Laptop", ask(url, f"SELECT {columns} FROM public.devices;"))
        for table, least in (("organizations", 1), ("profiles", 1), ("device_events", 1),
                             ("audit_logs", 1)):
            count = int(ask(url, f"SELECT count(*) FROM public.{table};"))
            self.assertGreaterEqual(count, least, table)
        stored = ask(self.server.database.owner_url, "SELECT count(*) FROM public.audit_logs;")
        self.assertEqual(ask(url, "SELECT count(*) FROM public.audit_logs;"), stored)
        for sql in ("SELECT enrollment_token FROM public.devices;",
                    "SELECT tailscale_auth_key FROM public.devices;",
                    "SELECT * FROM public.devices;",
                    "SELECT * FROM public.organization_tailscale_config;",
                    "SELECT * FROM auth.users;",
                    "SELECT * FROM muster.sessions;",
                    "SET default_transaction_read_only = off; UPDATE public.devices SET name = 'x';",
                    "SET default_transaction_read_only = off; DELETE FROM public.profiles;",
                    "SET ROLE muster_server;"):
            with self.subTest(sql), self.assertRaisesRegex(Refused, "^42501"):
                ask(url, sql)

    def test_a_login_for_postgrest(self):
        self.as_superuser(GRANT_POSTGREST)
        self.addCleanup(self.drop_role, "authenticator")
        url = with_place(self.url, user="authenticator")
        person = self.server.admin().get("/auth/v1/user").json["id"]
        claims = {"sub": person, "role": "authenticated"}
        self.assertIn("Laptop", ask(url, as_role(
            "authenticated", "SELECT name FROM public.devices;", claims)))
        self.assertEqual(ask(url, as_role("anon", "SELECT name FROM public.devices;")), "")
        self.assertIn("Laptop", ask(url, as_role("service_role", "SELECT name FROM public.devices;")))
        with self.assertRaisesRegex(Refused, "^42501"):
            ask(url, as_role("muster_server", "SELECT 1;"))


if __name__ == "__main__":
    unittest.main()
