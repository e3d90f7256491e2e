# How Muster gets to its database: TLS, several hosts, service and password files, and what it says
# where it cannot; and that no password is ever said.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import subprocess
import unittest

import postgres_database
from muster_server import BINARY, ON_POSTGRES, PATIENCE_S, MusterServer, wait_for
from postgres_cluster import TableHolder, start_cluster, start_proxy, with_place
from postgres_database import LOGIN, OWNER, PASSWORD, PostgresDatabase, psql

READY = "the database is at this version's schema\n"
REASON = f"{postgres_database.VARIABLE} is not set: PostgreSQL is not tested"
# Whoever comes over TCP shows a password, save the superuser that the test is.
HBA = "local all all trust\nhost all postgres all trust\nhost all all all scram-sha-256\n"


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"openssl: {done.stderr}")


def make_authority(folder, name):
    """Its certificate and its key."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", key, "-out", certificate)
    return certificate, key


def make_server_certificate(folder, authority):
    """For localhost, and for no address. server.crt and server.key."""
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
            "-keyout", folder / "server.key", "-out", folder / "server.csr")
    openssl("x509", "-req", "-days", "2", "-in", folder / "server.csr", "-CA", authority[0],
            "-CAkey", authority[1], "-CAcreateserial", "-extfile", folder / "names",
            "-out", folder / "server.crt")


def protect(cluster):
    """TLS with an authority of the test's own, and passwords."""
    folder = cluster.folder
    make_server_certificate(folder, make_authority(folder, "right"))
    make_authority(folder, "wrong")
    (folder / "data" / "pg_hba.conf").write_text(HBA)
    for path in folder.glob("server.*"):
        if cluster.user:
            os.chown(path, cluster.user.pw_uid, cluster.user.pw_gid)
        path.chmod(0o600)
    cluster.settings.update(
        ssl="on", ssl_cert_file=str(folder / "server.crt"), ssl_key_file=str(folder / "server.key"))


class ConnectionTestCase(unittest.TestCase):
    def setUp(self):
        self.cluster = start_cluster(self, protect)
        self.server = MusterServer(PostgresDatabase(BINARY, self.cluster.url), LOG_LEVEL="off")
        self.addCleanup(self.server.remove)
        self.url = self.server.database.url
        self.certificates = self.cluster.folder

    def migrate(self, url, **environment):
        """`muster migrate` with that URL, and with those variables of libpq's."""
        return subprocess.run(
            [BINARY, "migrate", "--data", self.server.data], capture_output=True, text=True,
            timeout=PATIENCE_S, cwd=self.server.folder,
            env={**self.server.environment(DATABASE=url), **environment},
        )

    def check_taken(self, url, **environment):
        done = self.migrate(url, **environment)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, READY, ""))

    def check_refused(self, done, *words):
        """In one sentence, which has these words in it and no password."""
        self.assertNotEqual(done.returncode, 0, done.stdout)
        said = done.stderr
        self.assertRegex(said, r"\Aerror: database: [^\n]+\n\Z")
        for word in words:
            self.assertIn(word, said)
        self.assertNotIn(PASSWORD, said + done.stdout + self.server.log_text())


@unittest.skipUnless(ON_POSTGRES, REASON)
class Connection(ConnectionTestCase):
    def test_tls(self):
        right = self.certificates / "right.crt"
        wrong = self.certificates / "wrong.crt"
        # The name in the URL is what the certificate is for; the address is where to go.
        by_name = {"host": "localhost", "hostaddr": "127.0.0.1", "sslmode": "verify-full"}
        self.check_taken(with_place(self.url, **by_name, sslrootcert=right))
        self.check_taken(with_place(self.url, sslmode="verify-ca", sslrootcert=right))
        self.check_refused(
            self.migrate(with_place(self.url, **by_name, sslrootcert=wrong)),
            "certificate verify failed")
        self.check_refused(
            self.migrate(with_place(self.url, sslmode="verify-full", sslrootcert=right)),
            'does not match host name "127.0.0.1"')
        self.check_refused(
            self.migrate(with_place(self.url, **by_name, sslrootcert="/no/such/file")),
            '"/no/such/file"')

    def test_a_running_server_speaks_tls(self):
        self.server.settings["DATABASE"] = with_place(
            self.url, host="localhost", hostaddr="127.0.0.1", sslmode="verify-full",
            sslrootcert=self.certificates / "right.crt")
        self.server.init()
        self.server.start()
        self.assertEqual(self.server.admin().get("/roster/v1/devices").status, 200)
        found = psql(self.cluster.url, "SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity "
                                       "USING (pid) WHERE application_name = 'muster';")
        self.assertEqual(found.split(), ["t"])

    def test_several_hosts(self):
        nobody = start_proxy(self, self.cluster)
        nobody.stop()
        second = start_cluster(self, settings=["default_transaction_read_only=on"])
        alone = psql(second.url, "SELECT 1;")
        self.assertEqual(alone.strip(), "1")
        here, dead, read_only = self.cluster.port, nobody.port, second.port

        def by_ports(*ports, **options):
            return with_place(self.url, host=",".join(["127.0.0.1"] * len(ports)),
                              port=",".join(map(str, ports)), **options)

        self.check_taken(by_ports(dead, here))
        self.check_refused(self.migrate(by_ports(dead)), "Connection refused", str(dead))
        # The second server has the database and the login too, so that only its state tells it apart.
        psql(second.url, f"SET default_transaction_read_only = off; CREATE ROLE {LOGIN} LOGIN;")
        psql(second.url, "SET default_transaction_read_only = off; "
                         f"CREATE DATABASE {self.server.database.name};")
        self.check_refused(self.migrate(by_ports(read_only, here)), "read-only transaction")
        self.check_taken(by_ports(read_only, here, target_session_attrs="read-write"))
        self.check_refused(
            self.migrate(by_ports(read_only, target_session_attrs="read-write")), "read-only")

    def test_files_and_variables_of_libpq(self):
        folder = self.server.folder
        name = self.server.database.name
        service, passwords = folder / "services", folder / "passwords"
        service.write_text(f"[roster]\nhost=127.0.0.1\nport={self.cluster.port}\n"
                           f"dbname={name}\nuser={LOGIN}\n")
        passwords.write_text(f"127.0.0.1:{self.cluster.port}:{name}:{LOGIN}:{PASSWORD}\n")
        passwords.chmod(0o600)
        without = with_place(self.url, password="")
        files = {"PGSERVICEFILE": str(service), "PGPASSFILE": str(passwords)}
        self.check_refused(self.migrate(without), "no password supplied")
        self.check_taken(without, PGPASSWORD=PASSWORD)
        self.check_taken(without, PGPASSFILE=str(passwords))
        self.check_taken("postgresql:///?service=roster", **files)
        self.check_refused(
            self.migrate("postgresql:///?service=other", **files), 'service "other" not found')
        # What a URL says in `options` reaches the server.
        self.check_refused(
            self.migrate(with_place(self.url, options="-c no_such_setting=1")), "no_such_setting")


@unittest.skipUnless(ON_POSTGRES, REASON)
class Refusals(ConnectionTestCase):
    def serve(self, url):
        """`muster serve`, which must give up."""
        done = self.server.run("serve", "--data", self.server.data, "--listen", "127.0.0.1:0",
                               DATABASE=url)
        self.assertEqual(done.returncode, 1, done.stdout)
        return done

    def empty_database(self, name, rights=""):
        psql(self.cluster.url, f"CREATE DATABASE {name} {rights};")
        return self.url.replace(self.server.database.name, name)

    def test_what_cannot_be_reached(self):
        nobody = start_proxy(self, self.cluster)
        nobody.stop()
        for name, url, words in (
            ("wrong password", with_place(self.url, password="not-" + PASSWORD),
             ["password authentication failed", LOGIN]),
            ("unknown login", with_place(self.url, user="nobody_knows"),
             ["password authentication failed"]),
            ("unknown database", self.url.replace(self.server.database.name, "elsewhere"),
             ['database "elsewhere" does not exist']),
            ("nobody listens", with_place(self.url, port=nobody.port), ["Connection refused"]),
            ("no such host", with_place(self.url, host="db.invalid"), ["db.invalid"]),
            ("no such folder", with_place(self.url, host="/no/such/folder"), ["/no/such/folder"]),
        ):
            with self.subTest(name):
                self.check_refused(self.serve(url), *words)

    def test_a_url_that_is_none(self):
        for url in (
            f"postgresql://{LOGIN}:{PASSWORD}%zz@127.0.0.1/x",
            f"postgresql://{LOGIN}:@{PASSWORD}@127.0.0.1/x",
            f"postgresql://{LOGIN}:{PASSWORD}/x",
            f"postgresql://127.0.0.1/x?pasword={PASSWORD}",
        ):
            with self.subTest(url):
                self.check_refused(self.serve(url), "is no URL that libpq takes")

    def test_an_old_server(self):
        """A new one that says to be old: its version is one of the first things that it sends."""
        proxy = start_proxy(self, self.cluster)
        version = psql(self.cluster.url, "SHOW server_version;").split()[0].encode()
        older = (b"14." + b"9" * len(version))[:len(version)]
        said = []

        def pretend(_, data):
            said.append(b"server_version\0" + version in data)
            return data.replace(b"server_version\0" + version, b"server_version\0" + older)

        proxy.on_answer = pretend
        done = self.serve(with_place(self.url, port=proxy.port, sslmode="disable"))
        self.assertTrue(any(said))
        self.check_refused(done, "PostgreSQL 15 or newer is needed; this server is 14.9")

    def test_another_encoding(self):
        url = self.empty_database(
            "latin", "TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
        self.check_refused(self.serve(url), "LATIN1", "ENCODING 'UTF8'")

    def test_rights_that_are_missing(self):
        psql(self.cluster.url, f"CREATE ROLE stranger LOGIN PASSWORD '{PASSWORD}';")
        stranger = with_place(self.url, user="stranger")
        for name, url, words in (
            ("nobody migrated", self.empty_database("untouched"), ["migrations are missing"]),
            ("a login that is no member", stranger, ["muster_server"]),
        ):
            with self.subTest(name):
                self.check_refused(self.serve(url), *words)
        for role in ("anon", "authenticated", "service_role"):
            psql(self.cluster.url, f"GRANT {role} TO stranger;")
        self.check_refused(self.serve(stranger), "muster_server")

    def test_a_schema_that_everybody_may_create_in(self):
        owner = self.server.database
        in_database = self.cluster.url.replace("/postgres?", f"/{owner.name}?")
        for who in ("PUBLIC", "anon"):
            with self.subTest(who):
                psql(in_database, f"GRANT CREATE ON SCHEMA public TO {who};")
                self.check_refused(self.serve(self.url), "REVOKE CREATE ON SCHEMA public")
                psql(in_database, f"REVOKE CREATE ON SCHEMA public FROM {who};")

    def test_a_database_that_may_forget_is_named(self):
        self.server.settings["LOG_LEVEL"] = "warning"
        self.server.init()
        self.server.start()
        warnings = [json.loads(line) for line in self.server.log_text().splitlines()]
        found = [line["setting"] for line in warnings if line["event"] == "database_not_durable"]
        self.assertIn("fsync = off", found)

    def test_another_installations_key(self):
        self.server.init()
        (self.server.data / "secret.key").unlink()
        self.assertRegex(self.serve(self.url).stderr, r"\Aerror: secret_key: [^\n]+\n\Z")

    def test_a_newer_database_and_a_changed_migration(self):
        owner = self.server.database
        owner.as_owner("INSERT INTO muster.schema_migrations (name, checksum) "
                       "VALUES ('9999_later', 'x');")
        self.check_refused(self.serve(self.url), "newer version of Muster", "9999_later")
        owner.as_owner("DELETE FROM muster.schema_migrations WHERE name = '9999_later'; "
                       "UPDATE muster.schema_migrations SET checksum = 'x' WHERE name ~ '^0002';")
        self.check_refused(self.serve(self.url), "0002", "was changed after it was applied")

    def test_policies_that_changed_are_applied_again(self):
        owner = self.server.database
        count = "SELECT count(*) FROM pg_policies WHERE tablename = 'devices';"
        before = owner.as_owner(count)
        owner.as_owner("""
            DROP POLICY "Users can view their own devices" ON public.devices;
            UPDATE muster.schema_migrations SET checksum = 'of an older file' WHERE name ~ 'policies';
        """)
        self.check_refused(self.serve(self.url), "migrations are missing")
        self.check_taken(owner.owner_url)
        self.assertEqual(owner.as_owner(count), before)

    def test_a_table_that_a_backup_holds_is_waited_for(self):
        """And whoever only reads is not kept waiting meanwhile."""
        owner = self.server.database
        owner.as_owner("UPDATE muster.schema_migrations SET checksum = 'of an older file' "
                       "WHERE name ~ 'policies';")
        in_database = self.cluster.url.replace("/postgres?", f"/{owner.name}?")
        backup = TableHolder(self, in_database, "public.devices IN ACCESS SHARE MODE")
        migrating = subprocess.Popen(
            [BINARY, "migrate", "--data", self.server.data], text=True, cwd=self.server.folder,
            env=self.server.environment(DATABASE=owner.owner_url),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock';"
        wait_for("it wants the table", lambda: psql(in_database, waits).strip() != "0")
        psql(in_database, "SET lock_timeout = '10s'; SELECT count(*) FROM public.devices;")
        wait_for("it lets go", lambda: psql(in_database, waits).strip() == "0")
        self.assertIsNone(migrating.poll())
        backup.release()
        self.assertEqual(migrating.communicate(timeout=PATIENCE_S), (READY, ""))

    def test_several_servers_migrate_at_once(self):
        psql(self.cluster.url, f"CREATE DATABASE crowd OWNER {OWNER};")
        url = self.server.database.owner_url.replace(self.server.database.name, "crowd")
        crowd = [
            subprocess.Popen(
                [BINARY, "migrate", "--data", self.server.data], text=True,
                env=self.server.environment(DATABASE=url), cwd=self.server.folder,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(6)
        ]
        answers = [process.communicate(timeout=PATIENCE_S) for process in crowd]
        self.assertEqual(answers, [(READY, "")] * len(crowd))
        known = pathlib.Path(__file__).resolve().parents[2] / "src/store/schema/postgres"
        applied = psql(url, "SELECT count(*) FROM muster.schema_migrations;")
        self.assertEqual(int(applied), len(list(known.glob("*.sql"))) + 1)


if __name__ == "__main__":
    unittest.main()
