# PgBouncer before a test's database: for the suites beside it.
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import subprocess
import tempfile
import urllib.parse

import postgres_cluster
import postgres_database
from muster_server import PATIENCE_S, wait_for
from postgres_cluster import with_place

PORT = 6432  # of a unix socket in a folder of our own


class Pooler:
    """PgBouncer before the database of that URL, for its user."""

    def __init__(self, url, mode, server_connections):
        parts = urllib.parse.urlsplit(url)
        query = dict(urllib.parse.parse_qsl(parts.query))
        name, user = parts.path.lstrip("/"), query["user"]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="muster-pool-"))
        self.log = self.folder / "log"
        host = query.get("host") or parts.hostname
        port = query.get("port") or parts.port or 5432
        (self.folder / "users").write_text(f'"{user}" ""\n')
        (self.folder / "pgbouncer.ini").write_text(
            f"[databases]\n{name} = host={host} port={port} password={postgres_database.PASSWORD}\n"
            f"[pgbouncer]\nlisten_addr =\nlisten_port = {PORT}\nunix_socket_dir = {self.folder}\n"
            f"auth_type = trust\nauth_file = {self.folder}/users\npool_mode = {mode}\n"
            f"default_pool_size = {server_connections}\nmax_client_conn = 100\n"
            "server_login_retry = 0.1\n"
            f"stats_users = {user}\nlogfile = {self.log}\n"
        )
        self.url = with_place(url, host=self.folder, port=PORT, password="")
        self.console = with_place(
            self.url.replace(f"/{name}?", "/pgbouncer?"), host=self.folder, port=PORT)
        # It refuses to run as root, and whoever runs PostgreSQL reaches its socket.
        account = postgres_cluster.throwaway_postgres.server_user()
        options = {}
        if account:
            for path in [self.folder, *self.folder.iterdir()]:
                os.chown(path, account.pw_uid, account.pw_gid)
            options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self.process = subprocess.Popen(
            [shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin"), "--quiet",
             self.folder / "pgbouncer.ini"],
            stdin=subprocess.DEVNULL, **options,
        )
        wait_for("PgBouncer", lambda: (self.folder / f".s.PGSQL.{PORT}").exists())

    def transactions(self):
        """How many it has passed on."""
        lines = postgres_database.psql(self.console, "SHOW STATS_TOTALS;").splitlines()
        return sum(int(line.split("|")[1]) for line in lines)

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        shutil.rmtree(self.folder, ignore_errors=True)
