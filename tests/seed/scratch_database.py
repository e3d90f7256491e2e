# A PostgreSQL database of a test's own, made and dropped beside the one that MUSTER_TEST_POSTGRES
# names (a libpq URL of a superuser's maintenance database), and psql to speak to it.
# SPDX-License-Identifier: Apache-2.0
import csv
import io
import itertools
import os
import pathlib
import subprocess
import tempfile
import urllib.parse

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "src" / "store" / "schema"
MAINTENANCE = os.environ.get("MUSTER_TEST_POSTGRES")
BINARY = os.environ.get("MUSTER_BINARY") or SCHEMA.parents[2] / "build" / "release" / "muster"

_numbers = itertools.count()


class Refused(Exception):
    """The SQLSTATE and what PostgreSQL said."""

    def __init__(self, words):
        super().__init__(words)
        self.code = words.partition("ERROR:  ")[2][:5]


class ScratchDatabase:
    def __init__(self, copied="template1"):
        """`copied`: another database, which nobody uses now."""
        self.name = f"muster_seed_{os.getpid()}_{next(_numbers)}"
        _psql(MAINTENANCE, f"CREATE DATABASE {self.name} TEMPLATE {copied};")
        parts = urllib.parse.urlsplit(MAINTENANCE)
        query = "?" + parts.query if parts.query else ""
        self.url = f"{parts.scheme}://{parts.netloc}/{self.name}{query}"

    def drop(self):
        _psql(MAINTENANCE, f"DROP DATABASE {self.name} WITH (FORCE);")

    def run(self, sql):
        """Several statements, each by itself; raises Refused at the first that fails."""
        return _psql(self.url, sql)

    def rows(self, sql, before=""):
        """One statement's rows as dictionaries of texts, null as None. `before` answers nothing."""
        return list(_dictionaries(_psql(self.url, before + "\n" + sql)))

    def tried(self, sql, role, claims="{}"):
        """The rows of what `role` does; nothing of it is kept."""
        before = f"BEGIN; SET LOCAL ROLE {role}; SET LOCAL request.jwt.claims = '{claims}';"
        return self.rows(sql + "\nROLLBACK;", before)

    def migrate(self):
        """As an operator does."""
        with tempfile.TemporaryDirectory() as data:
            subprocess.run([BINARY, "migrate", "--data", data], check=True, stdout=subprocess.DEVNULL,
                           env={**os.environ, "MUSTER_DATABASE": self.url})

    def run_scripts(self):
        """The policies in their file's own words, which Muster says another way."""
        scripts = sorted((SCHEMA / "postgres").glob("*.sql")) + [SCHEMA / "policies.sql"]
        for script in scripts:
            self.run(f"BEGIN;\n{script.read_text()}\nCOMMIT;")


def _dictionaries(text):
    rows = csv.reader(io.StringIO(text))
    names = next(rows, [])
    for row in rows:
        cells = (None if cell == "<null>" else cell for cell in row)
        yield dict(zip(names, cells, strict=True))


def _psql(url, sql):
    done = subprocess.run(
        ["psql", "-X", "-q", "--csv", "-P", "null=<null>", "-v", "ON_ERROR_STOP=1",
         "-v", "VERBOSITY=verbose", "-d", url],
        input=sql,
        capture_output=True,
        text=True,
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
    )
    if done.returncode != 0:
        raise Refused(done.stderr)
    return done.stdout
