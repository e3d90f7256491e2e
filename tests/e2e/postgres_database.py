# A migrated PostgreSQL database of one server's own, beside the one that MUSTER_TEST_POSTGRES names:
# a libpq URL of a superuser's maintenance database. The suites beside this import it; the client
# suite runs it as a program: `create BINARY` prints it as JSON, `drop NAME` removes it.
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import secrets
import subprocess
import sys
import tempfile
import urllib.parse

VARIABLE = "MUSTER_TEST_POSTGRES"
MAINTENANCE = os.environ.get(VARIABLE)
IS_USED = MAINTENANCE is not None
PATIENCE_S = 60
# Whoever reaches the server of a test may be anybody there.
PASSWORD = "of-a-test"
# The rights that docs ask for: an owner who may make roles, and a login that owns nothing.
OWNER, LOGIN = "muster_test_owner", "muster_test_login"
ROLES = ("anon", "authenticated", "service_role", "muster_server")

MAKE_PEOPLE = f"""
SELECT pg_advisory_lock(hashtextextended('{OWNER}', 0));
SELECT format('CREATE ROLE %I LOGIN PASSWORD ''{PASSWORD}'' %s', name, rights)
FROM (VALUES ('{OWNER}', 'CREATEROLE'), ('{LOGIN}', 'NOINHERIT')) AS wanted (name, rights)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \\gexec
"""
# Another database's migration may have made them, for a superuser.
LET_OWNER_GRANT = f"""
SELECT format('GRANT %I TO {OWNER} WITH ADMIN OPTION', rolname)
FROM pg_roles WHERE rolname IN {ROLES} \\gexec
"""


def psql(url, script):
    """Runs statements, and commands of psql; returns the answers, a line each."""
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only",
         "--set", "ON_ERROR_STOP=1", "--dbname", url],
        input=script, capture_output=True, text=True, timeout=PATIENCE_S,
    )
    if done.returncode != 0:
        raise AssertionError(f"psql: {done.stderr}")
    return done.stdout


class PostgresDatabase:
    """`url` is the server's login, `owner_url` whoever migrated it."""

    def __init__(self, binary, maintenance=MAINTENANCE):
        if not maintenance:
            raise AssertionError(f"{VARIABLE} is empty: ./dev test starts a PostgreSQL and fills it")
        self.maintenance = maintenance
        self.name = f"muster_e2e_{secrets.token_hex(6)}"
        psql(self.maintenance, MAKE_PEOPLE + LET_OWNER_GRANT)
        psql(self.maintenance, f"CREATE DATABASE {self.name} OWNER {OWNER};")
        self.url, self.owner_url = self._url_for(LOGIN), self._url_for(OWNER)
        try:
            self._migrate(binary)
            psql(self.maintenance, f"GRANT {', '.join(ROLES)} TO {LOGIN};")
        except BaseException:
            self.drop()
            raise

    def _url_for(self, user):
        parts = urllib.parse.urlsplit(self.maintenance)
        query = dict(urllib.parse.parse_qsl(parts.query))
        query.update(user=user, password=PASSWORD)
        host = parts.netloc.rpartition("@")[2]
        return f"postgresql://{host}/{self.name}?{urllib.parse.urlencode(query)}"

    def _migrate(self, binary):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [binary, "migrate", "--data", folder],
                capture_output=True, text=True, timeout=PATIENCE_S, cwd=folder,
                env={"PATH": os.environ["PATH"], "HOME": folder, "MUSTER_DATABASE": self.owner_url},
            )
        if done.returncode != 0:
            raise AssertionError(f"muster migrate: exit {done.returncode}: {done.stderr}")

    def as_owner(self, script):
        return psql(self.owner_url, script)

    def as_superuser(self, script):
        return psql(self.maintenance, f"\\connect {self.name}\n{script}")

    def drop(self):
        drop(self.name, self.maintenance)


def drop(name, maintenance=MAINTENANCE):
    psql(maintenance, f"DROP DATABASE IF EXISTS {name} WITH (FORCE);")


def main(words):
    if words[:1] == ["create"] and len(words) == 2:
        made = PostgresDatabase(pathlib.Path(words[1]).resolve())
        print(json.dumps({"name": made.name, "url": made.url, "owner_url": made.owner_url}))
    elif words[:1] == ["drop"] and len(words) == 2:
        drop(words[1])
    else:
        sys.exit("postgres_database.py create BINARY | drop NAME")


if __name__ == "__main__":
    main(sys.argv[1:])
