# Where Muster's PostgreSQL may be: a new database made as docs/how-to/use-postgresql.md says, another
# cluster that its dump is restored into, and the database of a Supabase project.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import subprocess
import unittest

from muster_server import ON_POSTGRES, PATIENCE_S, MusterServer
from postgres_cluster import start_cluster, with_place
from postgres_database import psql
from postgres_sessions import (
    GRANT, GRANT_IN_PROJECT, MAKE, MAKE_ROLES, NO_POSTGRES, Made, Refused, as_role, ask)

PROJECT = pathlib.Path(__file__).with_name("supabase_project.sql")
PASSWORD = "correct horse"

@unittest.skipUnless(ON_POSTGRES, NO_POSTGRES)
class FromThePage(unittest.TestCase):
    def test_a_new_database_a_dump_and_another_cluster(self):
        first = start_cluster(self)
        psql(first.url, MAKE)
        server = MusterServer(database=Made(first.url, "muster"), RATE_LIMITS="off")
        self.addCleanup(server.remove)
        owner = with_place(server.database.url, user="muster_owner")
        migrated = server.run("migrate", "--data", server.data, DATABASE=owner)
        self.assertEqual(migrated.returncode, 0, migrated.stderr)
        psql(first.url, GRANT)
        server.init()
        server.start()
        made = server.admin().enrollment("generate_token", device_name="Laptop").json
        self.assertEqual(server.stop(), 0)
        dump = server.folder / "muster.dump"
        self.tool("pg_dump", "--format=custom", f"--file={dump}", owner)

        second = start_cluster(self)
        psql(second.url, MAKE + MAKE_ROLES)
        restored = second.url.replace("/postgres?", "/muster?")
        self.tool("pg_restore", "--exit-on-error", f"--dbname={restored}", dump)
        server.settings["DATABASE"] = with_place(restored, user="muster_login")
        server.start()
        client = server.client(apikey=server.keys["anon_key"])
        verified = client.enrollment(
            "verify", enrollment_token=made["enrollment_token"], fingerprint="print-1")
        self.assertEqual(verified.status, 200, verified.body)
        devices = server.admin().get("/roster/v1/devices").json["devices"]
        self.assertEqual([(device["name"], device["trust_level"]) for device in devices],
                         [("Laptop", "medium")])
        with self.assertRaisesRegex(Refused, "^42501"):
            ask(server.settings["DATABASE"], as_role(
                "service_role", "UPDATE public.device_events SET event_type = 'x';"))
        counts = [psql(url, "SELECT count(*) FROM pg_policies;")
                  for url in (first.url.replace("/postgres?", "/muster?"), restored)]
        self.assertEqual(counts[0], counts[1])
        self.assertEqual(server.stop(), 0)

    def tool(self, *words):
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True,
                              timeout=PATIENCE_S)
        self.assertEqual(done.returncode, 0, done.stderr)


FACTS_OF_AUTH = """
SELECT 'column', attname, format_type(atttypid, atttypmod), attnotnull::text, attacl::text
FROM pg_attribute WHERE attrelid = 'auth.users'::regclass AND attnum > 0
UNION ALL
SELECT 'function', proname, prosrc, pg_get_userbyid(proowner), proacl::text
FROM pg_proc WHERE pronamespace = 'auth'::regnamespace
UNION ALL
SELECT 'relation', relname, relkind::text, pg_get_userbyid(relowner), relacl::text
FROM pg_class WHERE relnamespace = 'auth'::regnamespace
UNION ALL
SELECT 'schema', nspname, '', pg_get_userbyid(nspowner), nspacl::text
FROM pg_namespace WHERE nspname IN ('auth', 'public')
UNION ALL
SELECT 'role', rolname, rolsuper::text, rolbypassrls::text, rolcanlogin::text
FROM pg_roles WHERE rolname IN ('anon', 'authenticated', 'service_role')
ORDER BY 1, 2, 3;
"""


@unittest.skipUnless(ON_POSTGRES, NO_POSTGRES)
class SupabaseProject(unittest.TestCase):
    def test_muster_moves_in_and_changes_nothing_of_theirs(self):
        cluster = start_cluster(self)
        hashed = psql(
            cluster.url, "CREATE EXTENSION pgcrypto; SELECT crypt('password', gen_salt('bf', 6));")
        psql(cluster.url, f"\\set hash '{hashed.strip()}'\n{PROJECT.read_text()}")
        app = cluster.url.replace("/postgres?", "/app?")
        before = ask(app, FACTS_OF_AUTH)

        server = MusterServer(database=Made(cluster.url, "app"), RATE_LIMITS="off")
        self.addCleanup(server.remove)
        owner = with_place(app, user="project")
        migrated = server.run("migrate", "--data", server.data, DATABASE=owner)
        self.assertEqual(migrated.returncode, 0, migrated.stderr)
        psql(owner, GRANT_IN_PROJECT)
        self.assertEqual(ask(app, FACTS_OF_AUTH), before)

        server.init()
        server.start()
        anon = server.client(apikey=server.keys["anon_key"])
        signed_up = anon.request("POST", "/auth/v1/signup", {
            "email": "new@example.org", "password": PASSWORD, "data": {"full_name": "New"}})
        self.assertEqual(signed_up.status, 200, signed_up.body)
        for email, password in (("new@example.org", PASSWORD), ("old@example.org", "password")):
            with self.subTest(email):
                session = anon.request("POST", "/auth/v1/token?grant_type=password",
                                       {"email": email, "password": password})
                self.assertEqual(session.status, 200, session.body)
                person = server.admin_of(session.json["access_token"])
                enrolled = person.enrollment("enroll", fingerprint=f"print-of-{email.split('@')[0]}")
                self.assertEqual(enrolled.status, 200, enrolled.body)
                devices = person.get("/roster/v1/devices").json["devices"]
                self.assertEqual([(device["status"], device["trust_level"]) for device in devices],
                                 [("active", "medium")])
        # Whom GoTrue let in by telephone has no address, and neither has what is theirs.
        service = server.keys["service_role_key"]
        for path in ("/auth/v1/admin/users", "/roster/v1/users"):
            people = server.client(token=service, apikey=service).get(path)
            self.assertEqual(people.status, 200, people.body)
            self.assertEqual(len(people.json["users"]), 5, people.body)
        psql(app, "INSERT INTO public.devices (user_id, name) SELECT id, 'phone' FROM auth.users "
                  "WHERE email IS NULL;")
        devices = server.admin().get("/roster/v1/devices").json["devices"]
        self.assertEqual(sorted(device["name"] for device in devices)[-1], "phone")
        self.assertEqual(len(devices), 3)
        roles = ask(app, "SELECT email, p.role FROM public.profiles p JOIN auth.users USING (id) "
                         "ORDER BY email;").split()
        self.assertEqual(roles, ["admin@example.org|global_admin", "new@example.org|user",
                                 "old@example.org|user", "old@example.org|user", "|user"])
        grants = ask(app, """
            SELECT table_name, privilege_type FROM information_schema.role_table_grants
            WHERE grantee = 'anon' AND table_name IN ('audit_logs', 'device_events', 'user_roles');""")
        self.assertEqual({line.split("|")[1] for line in grants.split()}, {"SELECT"})
        self.assertEqual(server.stop(), 0)

    def test_tables_that_are_there_already_stop_the_migration(self):
        cluster = start_cluster(self)
        for taken in ("organizations", "profiles", "user_roles", "devices", "device_events",
                      "organization_tailscale_config", "audit_logs"):
            with self.subTest(taken):
                psql(cluster.url, f"CREATE DATABASE has_{taken};")
                app = cluster.url.replace("/postgres?", f"/has_{taken}?")
                psql(app, f"CREATE TABLE public.{taken} (id int); INSERT INTO public.{taken} VALUES (7);")
                server = MusterServer(database=Made(cluster.url, f"has_{taken}", "postgres"))
                self.addCleanup(server.remove)
                done = server.run("migrate", "--data", server.data)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertRegex(done.stderr, r"\Aerror: database: its schema public has what is not "
                                              rf"Muster's already: {taken}\. [^\n]+\n\Z")
                self.assertEqual(ask(app, f"SELECT * FROM public.{taken};").strip(), "7")
                left = "SELECT count(*) FROM pg_namespace WHERE nspname IN ('muster', 'auth');"
                self.assertEqual(ask(app, left).strip(), "0")


if __name__ == "__main__":
    unittest.main()
