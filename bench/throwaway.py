"""A PostgreSQL that is gone afterwards, and an installation of Muster on it."""
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import secrets
import subprocess
import sys
import urllib.parse

from measuring import ROOT, Failure, Server, run_json

sys.path.insert(0, str(ROOT / "tools"))
from throwaway_postgres import ThrowawayPostgres, find_programs  # noqa: E402

__all__ = ["Installation", "ThrowawayPostgres", "find_programs", "folder_of", "psql"]


def psql(url, script):
    """The answers, a line each."""
    done = subprocess.run(
        [find_programs() / "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only",
         "--set", "ON_ERROR_STOP=1", "--dbname", url],
        input=script, capture_output=True, text=True, check=False, timeout=3600)
    if done.returncode != 0:
        raise Failure(f"psql: {done.stderr.strip()}")
    return done.stdout


def folder_of(url):
    """The server's, of which its data is a part."""
    return pathlib.Path(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["host"][0])


class Installation:
    """A database with an organisation and its admin, and the server's folder."""

    def __init__(self, programs, postgres, folder):
        self.programs, self.data = programs, folder / "data"
        self.log = folder / "server.log"
        psql(postgres.url, "CREATE DATABASE bench;")
        self.url = postgres.url_of("bench")
        self.email, self.password = "bench@example.com", secrets.token_urlsafe(24)
        self.keys = run_json(
            [programs["muster"], "init", "--email", self.email, "--password-stdin",
             "--organization", "Bench", "--data", self.data, "--json"], input=self.password,
            env={"PATH": os.environ["PATH"], "MUSTER_DATABASE": self.url})

    def serve(self, log, **settings):
        return Server(self.programs["muster"], self.data, log,
                      {"MUSTER_DATABASE": self.url, **settings})

    def sign_in(self, server):
        """The environment that the load programs take."""
        token = server.sign_in(self.email, self.password, self.keys["anon_key"])
        return {"MUSTER_ACCESS_TOKEN": token, "MUSTER_ANON_KEY": self.keys["anon_key"]}

    def load(self, server, environment, *options):
        """Whole enrolments."""
        return run_json([self.programs["muster_load"], "--url", server.url, "--json", *options],
                        env=environment)
