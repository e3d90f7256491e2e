#!/usr/bin/env python3
"""Measures what one PostgreSQL holds, and what dividing the events into months changes;
`./dev bench scale`.

Fills a durable throw-away PostgreSQL on the server's side, measures Muster and the database on it,
deletes a month of history, runs docs/sql/partition_events.sql, measures again and drops a month.
Exits 1 when an answer was wrong.
"""
# SPDX-License-Identifier: Apache-2.0
import argparse
import base64
import hashlib
import hmac
import json
import os
import pathlib
import random
import re
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from measuring import ROOT, Failure, rewrite_page, run_json
from scale_fill import BEGIN, Roster, fill
from scale_queries import measure_inserts, measure_queries
from throwaway import Installation, ThrowawayPostgres, psql

PAGE = ROOT / "docs" / "scale.md"
POLICIES = ROOT / "src" / "store" / "schema" / "policies.sql"
PARTITIONING = ROOT / "docs" / "sql" / "partition_events.sql"
CONNECTIONS = 64
# What somebody gives a PostgreSQL of this size; the rest are its defaults.
SETTINGS = ("shared_buffers=2GB", "max_wal_size=4GB", "maintenance_work_mem=512MB")
HEARTBEATS = 10_000  # devices that report again and again
ENROLLMENT = "/functions/v1/device-enrollment"
SIZES = """
SELECT relname, reltuples::bigint, pg_table_size(c.oid), pg_indexes_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE relkind = 'r' AND nspname IN ('public', 'muster', 'auth') AND pg_table_size(c.oid) > 1000000
ORDER BY pg_total_relation_size(c.oid) DESC LIMIT 7;"""
FIRST_MONTH = f"(date_trunc('month', {BEGIN}) + interval '1 month')"


class Machine:
    """A running server on the filled database, and who asks it."""

    def __init__(self, installation, server, environment, roster, options):
        self.installation, self.server = installation, server
        self.environment, self.roster, self.options = environment, roster, options

    def reads(self, lines, token=None, post=None, connections=1):
        environment = {**self.environment, **({"MUSTER_ACCESS_TOKEN": token} if token else {})}
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            return run_json([self.installation.programs["muster_reads"], "--url", self.server.url,
                             "--paths-file", file.name, "--connections", str(connections),
                             "--seconds", str(self.options.seconds)]
                            + (["--post", post] if post else []), env=environment)


def make_token(secret, person):
    """A session of that person, signed as another project would."""
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    now = int(time.time())
    claims = {"sub": f"20000000-0000-4000-8000-{person:012}", "role": "authenticated",
              "aud": "authenticated", "iat": now, "exp": now + 86_400}
    signed = encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + b"." + encode(
        json.dumps(claims).encode())
    return (signed + b"." + encode(hmac.digest(secret.encode(), signed, hashlib.sha256))).decode()


def say(text):
    print(text, file=sys.stderr)


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# What is measured on a server -------------------------------------------------------------------

def measure_roster(machine, secret):
    """(p50, p99) of the roster's lists, as the org_admin of an organisation, and of the metrics."""
    admin = 7 % machine.roster.organizations
    token = make_token(secret, admin)
    ids = psql(machine.installation.url, f"""
        SELECT id FROM public.devices WHERE organization_id = bench.organization({admin})
        ORDER BY id LIMIT 1000;""").split()
    answers = {}
    for name, lines in {
        "roster: 50 devices of the organization": ["/roster/v1/devices?limit=50"],
        "roster: 50 events of a device": [f"/roster/v1/events?limit=50&device_id={each}"
                                          for each in ids],
        "roster: 50 events of the whole organization": ["/roster/v1/events?limit=50"],
        "`/metrics`": ["/metrics"],
    }.items():
        found = machine.reads(lines, token)
        answers[name] = (found["p50_ms"], found["p99_ms"])
    return answers


def measure_tables(machine, secret):
    """The same of the table API, or nothing where the server has none."""
    organization = 7 % machine.roster.organizations
    page = "/rest/v1/devices?select=*&order=last_seen.desc"
    request = urllib.request.Request(
        machine.server.url + page + "&limit=1",
        headers={"Authorization": "Bearer " + make_token(secret, organization),
                 "apikey": machine.environment["MUSTER_ANON_KEY"]})
    try:
        with urllib.request.urlopen(request, timeout=30):
            pass
    except urllib.error.HTTPError as refusal:
        say(f"  skipped: the table API answers {refusal.code} on PostgreSQL")
        return {}
    admin, user = (make_token(secret, organization + n * machine.roster.organizations)
                   for n in (0, 2))
    id_of = "00000000-0000-4000-8000-{:012}".format(organization)
    answers = {}
    for name, token, path in (
        ("table API: 50 devices of an organization, last seen first", admin,
         f"{page}&limit=50&organization_id=eq.{id_of}"),
        ("table API: all devices that a user sees, without a filter", user, page),
    ):
        found = machine.reads([path], token)
        answers[name] = (found["p50_ms"], found["p99_ms"])
    return answers


def measure_rates(machine):
    load = machine.installation.load(machine.server, machine.environment, "--connections",
                                     str(CONNECTIONS), "--seconds", str(machine.options.seconds))
    count = min(HEARTBEATS, machine.roster.devices // 20)
    bodies = [json.dumps({"action": "enroll", "fingerprint": "bench-" + hashlib.md5(
        str(20 * n).encode()).hexdigest()}) for n in range(count)]
    random.Random(1).shuffle(bodies)
    beats = machine.reads(bodies, post=ENROLLMENT, connections=CONNECTIONS)
    return {"whole enrolments a second": load["flows_per_second"],
            "heartbeats a second": beats["per_second"]}


def adopt_devices(installation, count):
    """They belong to the admin who reports for them."""
    psql(installation.url, f"""
        SET session_replication_role = replica;
        UPDATE public.devices SET user_id = '{installation.keys["user_id"]}'
        WHERE id IN (SELECT id FROM bench.device_ids WHERE n % 20 = 0 AND n < 20 * {count});""")


def measure(installation, roster, options, log):
    """Everything that dividing the events may change."""
    secret = secrets.token_urlsafe(32)
    settings = {"MUSTER_AUTH_JWT_SECRET": secret}
    with installation.serve(log, **settings) as server:
        machine = Machine(installation, server, installation.sign_in(server), roster, options)
        times = {**measure_roster(machine, secret), **measure_tables(machine, secret)}
        rates = measure_rates(machine)
    times |= {"SQL: " + name: found for name, found in
              measure_queries(installation.url, roster, options.seconds).items()}
    rates["single events a second, a transaction each, 16 connections"] = measure_inserts(
        installation.url, roster, options.seconds)
    for name, (p50, p99) in times.items():
        say(f"  {name}: {p50:.2f} / {p99:.2f} ms")
    for name, rate in rates.items():
        say(f"  {name}: {rate:,.0f}")
    return times, rates


# Retention and months ---------------------------------------------------------------------------

def delete_a_month(url):
    """What an operator does with one large table: seconds for DELETE and VACUUM, and how many rows."""
    until = f"{FIRST_MONTH} + interval '1 month'"
    count = int(psql(url, f"SELECT count(*) FROM public.device_events WHERE created_at >= "
                     f"{FIRST_MONTH} AND created_at < {until};"))
    # The guard refuses to everybody that history is deleted.
    deleting = timed(lambda: psql(url, f"""
        BEGIN;
        ALTER TABLE public.device_events DISABLE TRIGGER device_events_guard_delete;
        DELETE FROM public.device_events
        WHERE created_at >= {FIRST_MONTH} AND created_at < {until};
        ALTER TABLE public.device_events ENABLE TRIGGER device_events_guard_delete;
        COMMIT;"""))
    return {"rows": count, "delete": deleting,
            "vacuum": timed(lambda: psql(url, "VACUUM public.device_events;"))}


def divide(url):
    return timed(lambda: psql(url, "\\set ON_ERROR_STOP on\nBEGIN;\n" + PARTITIONING.read_text(
        encoding="utf-8") + "COMMIT;\nVACUUM (ANALYZE) public.device_events;"))


def drop_a_month(url):
    answer = []
    month = f"({FIRST_MONTH} + interval '1 month')::date"
    seconds = timed(lambda: answer.append(psql(url, f"SELECT muster.drop_event_month({month});")))
    name = psql(url, f"SELECT to_char({FIRST_MONTH} + interval '2 months', "
                "'\"muster.device_events_\"YYYY_MM');").strip()
    bare = timed(lambda: psql(url, f"DROP TABLE {name};"))
    return {"rows": int(answer[0]), "drop": seconds, "bare": bare}


def measure_own_words(url, roster):
    """Seconds of a user's list without a filter under the policies as the file words them."""
    words = POLICIES.read_text(encoding="utf-8")
    drops = "".join(f"DROP POLICY {name} ON {table};\n" for name, table in re.findall(
        r'CREATE POLICY ("[^"]*")\s+ON ([a-z_.]+)', words))
    psql(url, f"BEGIN; SET search_path = public; {drops} {words} COMMIT;")
    claims = json.dumps({"role": "authenticated", "sub":
                         f"20000000-0000-4000-8000-{2 * roster.organizations:012}"})
    return timed(lambda: psql(url, f"""
        SET request.jwt.claims = '{claims}'; SET ROLE authenticated;
        SELECT * FROM public.devices ORDER BY last_seen DESC;"""))


# The page ---------------------------------------------------------------------------------------

def table_of(head, rows):
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def sizes_of(url):
    rows = [line.split("|") for line in psql(url, SIZES).split("\n") if line]
    shown = [(f"`{name}`", f"{int(count):,}", f"{int(table) / 2**20:,.0f}",
              f"{int(indexes) / 2**20:,.0f}") for name, count, table, indexes in rows]
    whole = int(psql(url, "SELECT pg_database_size(current_database());"))
    return table_of(("table", "rows", "MiB", "its indexes, MiB"),
                    [*shown, ("the whole database", "", f"{whole / 2**20:,.0f}", "")])


def figures_of(before, after):
    (times, rates), (later_times, later_rates) = before, after
    rows = [(name, f"{rate:,.0f}", f"{later_rates[name]:,.0f}") for name, rate in rates.items()]
    rows += [(f"{name}: p50 / p99, ms", f"{p50:.2f} / {p99:.2f}",
              "{:.2f} / {:.2f}".format(*later_times[name])) for name, (p50, p99) in times.items()]
    return table_of(("measured", "one table of events", "a table for each month"), rows)


def seconds_of(deleted, dividing, dropped, own_words):
    return table_of(("what", "events", "seconds"), [
        ("DELETE of a month", f"{deleted['rows']:,}", f"{deleted['delete']:.1f}"),
        ("VACUUM after it", "", f"{deleted['vacuum']:.1f}"),
        ("partition_events.sql, once", "", f"{dividing:.0f}"),
        ("`muster.drop_event_month`, with its audit rows", f"{dropped['rows']:,}",
         f"{dropped['drop']:.2f}"),
        ("DROP TABLE of a month", "", f"{dropped['bare']:.2f}"),
        ("all devices that a user sees, under the policies in the file's own words", "",
         f"{own_words:.1f}"),
    ])


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release",
                        help="build directory with the release binaries")
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--organizations", type=int, default=1_000)
    parser.add_argument("--seconds", type=float, default=5, help="length of each measurement")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scale.md")
    return parser.parse_args()


def run(options, folder):
    programs = {"muster": options.build / "muster",
                "muster_load": options.build / "bench" / "muster_load",
                "muster_reads": options.build / "bench" / "muster_reads"}
    roster = Roster(options.devices, options.events, options.organizations)
    with ThrowawayPostgres(durable=True, settings=SETTINGS) as postgres:
        installation = Installation(programs, postgres, folder)
        say(f"filling in {roster.devices:,} devices and {roster.events:,} events")
        filling = timed(lambda: fill(installation.url, roster))
        adopt_devices(installation, min(HEARTBEATS, roster.devices // 20))
        sizes = sizes_of(installation.url)
        with open(installation.log, "w", encoding="utf-8") as log:
            say("one table of events")
            before = measure(installation, roster, options, log)
            say("a month less, by DELETE")
            deleted = delete_a_month(installation.url)
            say("dividing the events into months")
            dividing = divide(installation.url)
            after = measure(installation, roster, options, log)
            dropped = drop_a_month(installation.url)
        own_words = measure_own_words(installation.url, roster)
    note = (f"{len(os.sched_getaffinity(0))} cores, shared by PostgreSQL, Muster and who asks it; "
            f"{roster.organizations:,} organizations, {roster.people:,} people; PostgreSQL's "
            f"defaults, and {', '.join(SETTINGS)}; filled in {filling:.0f} s; rates on "
            f"{CONNECTIONS} connections, times on one, {options.seconds:g} s each; "
            f"{time.strftime('%Y-%m-%d', time.gmtime())}.")
    text = "\n\n".join([sizes, figures_of(before, after),
                        seconds_of(deleted, dividing, dropped, own_words), note])
    print(text)
    if options.write:
        rewrite_page("scale", text, PAGE)
    return 0


def main():
    options = parse_options()
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as name:
        log = pathlib.Path(name) / "server.log"
        try:
            return run(options, log.parent)
        except (Failure, OSError, subprocess.SubprocessError) as error:
            print(f"bench: {error}", file=sys.stderr)
            if log.exists():
                print("".join(log.read_text().splitlines(True)[-20:]), file=sys.stderr, end="")
            return 1


if __name__ == "__main__":
    sys.exit(main())
