# SQL as some role or login says it, and what docs/how-to/use-postgresql.md tells an operator to run. For
# the suites beside this.
# SPDX-License-Identifier: Apache-2.0
import json
import pathlib
import re
import subprocess

import postgres_database
from muster_server import PATIENCE_S
from postgres_cluster import with_place

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "how-to" / "use-postgresql.md"
MAKE, GRANT, GRANT_IN_PROJECT, AS_PERSON, GRANT_POSTGREST, REPORTING, MAKE_ROLES = re.findall(
    r"^```sql\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
NO_POSTGRES = f"{postgres_database.VARIABLE} is not set: PostgreSQL is not tested"


class Refused(Exception):
    """What PostgreSQL said, its SQLSTATE first."""


def ask(url, sql):
    """The statements' answers; each in a transaction of its own unless they say otherwise."""
    done = subprocess.run(
        ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose",
         "-d", url],
        input=sql, capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode != 0:
        raise Refused(done.stderr.partition("ERROR:  ")[2] or done.stderr)
    return done.stdout


def refusals(url, statements):
    """The SQLSTATE with which each was refused, or None where it was not; nothing of them is kept."""
    script = "".join(f"\\warn #\nBEGIN; {sql}\nROLLBACK;\n" for sql in statements)
    done = subprocess.run(
        ["psql", "-X", "-q", "-v", "VERBOSITY=sqlstate", "-d", url],
        input=script, capture_output=True, text=True, timeout=PATIENCE_S)
    answers = done.stderr.split("#\n")[1:]
    if len(answers) != len(statements):
        raise AssertionError(f"psql: {done.stderr}")
    found = (re.search(r"ERROR: +(\w{5})", answer) for answer in answers)
    return [match and match[1] for match in found]


def as_role(role, sql, claims=None):
    """The same as PostgREST opens a request."""
    claims = json.dumps(claims or {"role": role})
    return (f"BEGIN; SET LOCAL ROLE {role}; SET LOCAL TimeZone = 'UTC'; "
            f"SET LOCAL request.jwt.claims = '{claims}';\n{sql}\nCOMMIT;")


class Made:
    """A database that somebody else made, with the login that serves."""

    def __init__(self, url, name, login="muster_login"):
        self.url = with_place(url.replace("/postgres?", f"/{name}?"), user=login)

    def drop(self):
        """It goes with its cluster."""
