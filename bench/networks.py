#!/usr/bin/env python3
"""Measures how fast Muster acts on a network of 10,000 nodes; `./dev bench networks`.

The network is a fake of Headscale's API on loopback that answers at once: what is measured is
Muster's own, on SQLite and on a durable PostgreSQL. Exits 1 when a target is missed.
"""
# SPDX-License-Identifier: Apache-2.0
import argparse
import contextlib
import http.server
import json
import os
import pathlib
import re
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
import urllib.request

from measuring import ROOT, Failure, Server, rewrite_page, run_json, verdict
from throwaway import Installation, ThrowawayPostgres, psql

OWN_TIME_TARGET_S = 2
REVOKE_TARGET_S = 1
MEMORY_GROWTH_MAX = 1.1
KEY = "hskey-api-bench0000000-bench"
AT = "2026-01-01T00:00:00.000000+00:00"


def node_id(number):
    return str(number + 1)


def node(number, is_online):
    return {"id": node_id(number), "name": f"laptop-{number}", "givenName": f"laptop-{number}",
            "ipAddresses": [f"100.64.{number >> 8}.{number & 255}"], "online": is_online,
            "createdAt": "2026-01-01T00:00:00Z", "lastSeen": "2026-01-01T00:00:00Z",
            "expiry": None, "preAuthKey": None, "tags": [], "registerMethod": "REGISTER_METHOD_CLI",
            "user": {"id": "1", "name": "muster"}}


class HeadscaleFake:
    """What Muster asks of Headscale 0.29 to list and remove nodes; notes when it was asked."""

    def __init__(self, nodes):
        self.asked = []  # (seconds, "GET /path")
        self.removed_at = {}
        self.body = json.dumps({"nodes": [node(number, True) for number in range(nodes)]}).encode()
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                at = time.monotonic()
                path = self.path.partition("?")[0]
                fake.asked.append((at, f"{self.command} {path}"))
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                found = re.fullmatch(r"/api/v1/node/(\d+)(/expire)?", path)
                if found:
                    fake.removed_at.setdefault(found[1], at)
                body = {"/version": b'{"version":"v0.29.2"}',
                        "/api/v1/node": fake.body}.get(path, b"{}")
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def lists(self):
        return [at for at, what in list(self.asked) if what == "GET /api/v1/node"]


def device_id(number):
    return f"10000000-0000-7000-8000-{number:012}"


class SqliteHome:
    """An installation whose database is a file."""

    name = "SQLite"

    def __init__(self, muster, folder):
        self.muster, self.data = muster, folder / "data"
        self.keys = run_json([muster, "init", "--email", "bench@example.com", "--password-stdin",
                              "--organization", "Bench", "--data", self.data, "--json"],
                             input="correct horse battery staple", env={"PATH": os.environ["PATH"]})

    def serve(self, log, **settings):
        return Server(self.muster, self.data, log, settings)

    def fill(self, count):
        """Devices that are on the network, written past the server, whose guards know functions
        that only its own connections have."""
        with contextlib.closing(
                sqlite3.connect(self.data / "muster.db", isolation_level=None)) as database:
            triggers = database.execute(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            database.execute("BEGIN")
            for name, _ in triggers:
                database.execute(f"DROP TRIGGER {name}")
            self._insert(database, range(count))
            for _, sql in triggers:
                database.execute(sql)
            database.execute("COMMIT")

    def _insert(self, database, numbers):
        user, organization = self.keys["user_id"], self.keys["organization_id"]
        database.executemany(
            "INSERT INTO devices (id, user_id, organization_id, name, fingerprint, enrolled_at, "
            "last_seen, status, trust_level, metadata, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, 'active', 'high', '{}', ?)",
            ((device_id(n), user, organization, f"laptop-{n}", f"print-{n}", AT, AT, AT)
             for n in numbers))
        database.executemany(
            "INSERT INTO trust_evidence (device_id, kind, provenance, observed_at, source) "
            "VALUES (?, ?, ?, ?, ?)",
            ((device_id(n), kind, how, AT, "headscale") for n in numbers
             for kind, how in (("fingerprint", "claimed"), ("network_connection", "seen"))))
        database.executemany(
            "INSERT INTO network_memberships (device_id, network, node_id, hostname, confirmed_at, "
            "created_at) VALUES (?, 'headscale', ?, ?, ?, ?)",
            ((device_id(n), node_id(n), f"laptop-{n}", AT, AT) for n in numbers))


class PostgresHome(Installation):
    """One on PostgreSQL, with the same devices."""

    name = "PostgreSQL"

    def __init__(self, muster, postgres, folder):
        super().__init__({"muster": muster}, postgres, folder)

    def fill(self, count):
        psql(self.url, f"""
            SET session_replication_role = replica;
            SET search_path = muster, public;
            CREATE TEMPORARY TABLE numbered AS
            SELECT n, ('10000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid AS id
            FROM generate_series(0, {count - 1}) n;
            INSERT INTO devices (id, user_id, organization_id, name, fingerprint, enrolled_at,
                last_seen, status, trust_level, metadata, created_at)
            SELECT id, '{self.keys["user_id"]}', '{self.keys["organization_id"]}', 'laptop-' || n,
                'print-' || n, '{AT}', '{AT}', 'active', 'high', '{{}}', '{AT}' FROM numbered;
            INSERT INTO trust_evidence (device_id, kind, provenance, observed_at, source)
            SELECT id, kind, provenance, '{AT}', 'headscale' FROM numbered, (VALUES
                ('fingerprint', 'claimed'), ('network_connection', 'seen')) known (kind, provenance);
            INSERT INTO network_memberships (device_id, network, node_id, hostname, confirmed_at,
                created_at)
            SELECT id, 'headscale', (n + 1)::text, 'laptop-' || n, '{AT}', '{AT}' FROM numbered;
            ANALYZE;""")


def own_times(server):
    text = server.get("/metrics")
    found = [re.search(rf"^muster_reconcile_duration_seconds_{part}{{network=\"headscale\"}} (\S+)$",
                       text, re.MULTILINE) for part in ("count", "sum")]
    return [float(one[1]) if one else 0.0 for one in found]


def wait_for(what, is_there, seconds=120, pause=0.05):
    until = time.monotonic() + seconds
    while not is_there():
        if time.monotonic() > until:
            raise Failure(f"{what} did not come within {seconds} s")
        time.sleep(pause)


def measure_comparisons(server, fake, rounds):
    """Each is one call and moves the last-seen of every device: the most that there is to do."""
    own, memory = [], []
    wait_for("the first comparison", lambda: own_times(server)[0] >= 1)
    asked, compared = len(fake.asked), own_times(server)[0]
    for _ in range(rounds):
        before, lists = own_times(server), len(fake.lists())
        wait_for("a comparison", lambda: len(fake.lists()) > lists)
        # Asked for its metrics, the server counts the roster: not more than once in a while.
        wait_for("its end", lambda: own_times(server)[0] > before[0], pause=4)
        after = own_times(server)
        own.append((after[1] - before[1]) / (after[0] - before[0]))
        memory.append(server.resident_mib())
    calls = (len(fake.asked) - asked) / (own_times(server)[0] - compared)
    return {"own": own, "memory": memory, "calls": calls}


def revoke(server, keys, number):
    body = json.dumps({"action": "revoke", "device_id": device_id(number)}).encode()
    request = urllib.request.Request(
        server.url + "/functions/v1/device-enrollment", data=body,
        headers={"Authorization": f"Bearer {keys['service_role_key']}",
                 "apikey": keys["service_role_key"], "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30):
        return time.monotonic()


def measure_revocations(server, fake, keys, count):
    """Seconds from the answer to the first call for that node, one a tenth of a second."""
    waited = []
    for number in range(count):
        acknowledged = revoke(server, keys, number)
        wait_for("the removal", lambda: node_id(number) in fake.removed_at, 30)
        waited.append(max(0.0, fake.removed_at[node_id(number)] - acknowledged))
        time.sleep(0.1)
    return sorted(waited)


def measure(options, home, folder):
    print(f"{home.name}: filling in {options.nodes:,} devices", file=sys.stderr)
    home.fill(options.nodes)
    with HeadscaleFake(options.nodes) as fake, open(folder / "log", "w", encoding="utf-8") as log:
        common = {"MUSTER_NETWORK": "headscale", "MUSTER_HEADSCALE_BASE_URL": fake.url,
                  "MUSTER_HEADSCALE_API_KEY": KEY, "MUSTER_HEADSCALE_USER": "muster",
                  "MUSTER_LOG_REQUESTS": "off"}
        with home.serve(log, **common, MUSTER_RECONCILER_INTERVAL="61s") as server:
            print(f"{options.rounds} comparisons, a minute each", file=sys.stderr)
            result = measure_comparisons(server, fake, options.rounds)
        with home.serve(log, **common, MUSTER_RECONCILER_INTERVAL="1h") as server:
            wait_for("the first comparison", lambda: own_times(server)[0] >= 1)
            print(f"{options.revocations} revocations", file=sys.stderr)
            result["revoked"] = measure_revocations(server, fake, home.keys, options.revocations)
    return result


def measure_both(options, folder):
    """By the database's name."""
    muster = options.build / "muster"
    homes = [folder / "sqlite", folder / "postgres"]
    for home in homes:
        home.mkdir()
    sqlite = SqliteHome(muster, homes[0])
    results = {sqlite.name: measure(options, sqlite, homes[0])}
    with ThrowawayPostgres(durable=True) as postgres:
        installation = PostgresHome(muster, postgres, homes[1])
        results[installation.name] = measure(options, installation, homes[1])
    return results


def growth_of(memory):
    return memory[-1] / memory[0]


def p99_of(ordered):
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def in_ms(waited):
    return " / ".join(f"{one * 1000:.1f}"
                      for one in (statistics.median(waited), p99_of(waited), waited[-1]))


def summarise(results, options):
    """What was measured, how it reads, whether one database's result is good enough, the target."""
    lines = [
        (f"comparing {options.nodes:,} nodes, our own time: median / longest, s",
         lambda one: f"{statistics.median(one['own']):.2f} / {max(one['own']):.2f}",
         lambda one: max(one["own"]) <= OWN_TIME_TARGET_S, f"at most {OWN_TIME_TARGET_S}"),
        ("calls of the network's API in one", lambda one: f"{one['calls']:.2f}",
         lambda one: one["calls"] <= 1.01, "1: its list has no pages"),
        ("memory after the first / the last one, MiB",
         lambda one: f"{one['memory'][0]:.0f} / {one['memory'][-1]:.0f}",
         lambda one: growth_of(one["memory"]) <= MEMORY_GROWTH_MAX,
         f"growth at most {MEMORY_GROWTH_MAX}"),
        ("from a revocation's answer to the network's API: median / p99 / longest, ms",
         lambda one: in_ms(one["revoked"]), lambda one: p99_of(one["revoked"]) <= REVOKE_TARGET_S,
         f"p99 at most {REVOKE_TARGET_S * 1000}"),
    ]
    rows = [["measured", *results, "target", "met"], ["---"] * (len(results) + 3)]
    passed = [all(is_good(one) for one in results.values()) for _, _, is_good, _ in lines]
    for (name, text, _, target), is_met in zip(lines, passed):
        rows.append([name, *map(text, results.values()), target, verdict(is_met)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows), all(passed)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release",
                        help="build directory with the release binaries")
    parser.add_argument("--nodes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5, help="comparisons, a minute each")
    parser.add_argument("--revocations", type=int, default=200)
    parser.add_argument("--write", action="store_true", help="put the table into "
                        "docs/performance.md")
    return parser.parse_args()


def main():
    options = parse_options()
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as name:
        table, passed = summarise(measure_both(options, pathlib.Path(name)), options)
    text = (f"{table}\n\n{len(os.sched_getaffinity(0))} cores, shared with the fake; "
            f"{options.rounds} comparisons, {options.revocations} revocations on each; "
            f"{time.strftime('%Y-%m-%d', time.gmtime())}.")
    print(text)
    if options.write:
        rewrite_page("networks", text)
    return 0 if passed else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"bench/networks.py: {failure}")
