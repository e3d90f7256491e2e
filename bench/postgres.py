#!/usr/bin/env python3
"""Measures whole enrolments on PostgreSQL beside pgbench; `./dev bench postgres`.

pgbench runs the statements that the server sends for an enrolment, in the same transactions: they
are read from PostgreSQL's log of two enrolments, and both must change as many rows of each table.
Rounds of both alternate on one durable PostgreSQL. Exits 1 when the target is missed or an answer
was wrong.
"""
# SPDX-License-Identifier: Apache-2.0
import argparse
import itertools
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from flow_script import FIRST_NUMBER, NUMBERS_OF_A_RUN, ScriptWriter, halves, read_transactions
from measuring import ROOT, Failure, rewrite_page, verdict
from throwaway import Installation, ThrowawayPostgres, find_programs, folder_of, psql

RATIO_TARGET = 0.5
CONNECTIONS = 64
THREADS = 2  # of pgbench
CHECKED_FLOWS = 20
ONE_AT_A_TIME = ("--connections", "1", "--seconds", "600", "--flows")
PATIENCE_S = 60
SEARCH_PATH = "muster,public"
# The capture must hear of enrolments only.
QUIET = {"MUSTER_OUTBOX_INTERVAL": "24h", "MUSTER_SWEEPER_INTERVAL": "24h",
         "MUSTER_RECONCILER_INTERVAL": "24h"}
LOGGED = ("logging_collector=on", "log_destination=jsonlog", "log_statement=all")
COUNT_CHANGES = """
SELECT json_object_agg(schemaname || '.' || relname, ARRAY[n_tup_ins, n_tup_upd, n_tup_del])
FROM pg_stat_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"""
COUNT_SESSIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"""


def wait_for(what, look):
    deadline = time.monotonic() + PATIENCE_S
    while not (found := look()):
        if time.monotonic() > deadline:
            raise Failure(f"waited in vain: {what}")
        time.sleep(0.05)
    return found


def capture_flows(installation):
    """Two enrolments as PostgreSQL's log has them."""
    with open(installation.log, "w", encoding="utf-8") as log:
        with installation.serve(log, **QUIET) as server:
            environment = installation.sign_in(server)
            installation.load(server, environment, *ONE_AT_A_TIME, "1")  # prepares its statements
            psql(installation.url, "SELECT 'flows begin';")
            installation.load(server, environment, *ONE_AT_A_TIME, "2")
    psql(installation.url, "SELECT 'flows end';")

    def read_log():
        logs = sorted((folder_of(installation.url) / "data" / "log").glob("*.json"))
        text = "".join(each.read_text(encoding="utf-8") for each in logs)
        return text if "flows end" in text and text.endswith("\n") else None
    return halves(read_transactions(wait_for("PostgreSQL's log", read_log),
                                    "flows begin", "flows end"))


def parameter_types(url, flow):
    """Of every statement that has parameters, by its text."""
    types = {}
    for statement in (one for transaction in flow for one in transaction if one.values):
        types[statement.sql] = json.loads(psql(url, f"""
            SET search_path = {SEARCH_PATH};
            PREPARE asked AS {statement.sql};
            SELECT to_json(parameter_types::text[]) FROM pg_prepared_statements;"""))
    return types


class Opponent:
    """pgbench with one of the scripts."""
    runs = itertools.count()  # of all of them: each makes devices of its own

    def __init__(self, url, folder, name, script, constants):
        self.name = name
        file = folder / f"{name}.sql"
        file.write_text(script, encoding="utf-8")
        self.command = [find_programs() / "pgbench", "--no-vacuum", "--protocol=prepared",
                        f"--file={file}", "--define=flow=0"]
        self.command += [f"--define={name}={text}" for name, text in constants.items()]
        self.url = url

    def run(self, *options):
        """Flows a second."""
        base = FIRST_NUMBER + next(self.runs) * NUMBERS_OF_A_RUN
        # Before a pipeline pgbench prepares all that is in it: the transaction's own SET is in it.
        environment = {**os.environ, "PGOPTIONS": f"-c search_path={SEARCH_PATH}"}
        done = subprocess.run([*self.command, f"--define=base={base}", *options, self.url],
                              env=environment, capture_output=True, text=True, check=False,
                              timeout=600)
        rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
        failed = re.search(r"^number of failed transactions: (\d+)", done.stdout, re.MULTILINE)
        if done.returncode != 0 or not rate or (failed and int(failed[1]) > 0):
            raise Failure(f"pgbench failed: {done.stderr.strip()[-2000:]}")
        return float(rate[1])


def make_scripts(installation):
    """Name, script and constants of pgbench's variants, and the flow that they repeat."""
    first, second = capture_flows(installation)
    types = parameter_types(installation.url, first)
    return [(name, *ScriptWriter(types).write(first, second, pipelined))
            for name, pipelined in (("one by one", False), ("pipelined", True))], first


def changed_rows(url):
    """Of each table: inserted, updated, deleted. Sessions report when they end, which is a moment
    after whoever had them has gone."""
    wait_for("every session to end", lambda: psql(url, COUNT_SESSIONS).strip() == "0")
    return json.loads(psql(url, COUNT_CHANGES))


def rows_changed_by(installation, work):
    before = changed_rows(installation.url)
    work()
    after = changed_rows(installation.url)
    changes = {table: [now - was for now, was in zip(counts, before.get(table, [0, 0, 0]))]
               for table, counts in after.items()}
    return {table: counts for table, counts in changes.items() if any(counts)}


def check_equality(installation, scripts, folder):
    """Fails unless the scripts change as many rows of each table as the server's enrolments do."""
    def enrol():
        with open(installation.log, "a", encoding="utf-8") as log:
            with installation.serve(log, **QUIET) as server:
                installation.load(server, installation.sign_in(server),
                                  *ONE_AT_A_TIME, str(CHECKED_FLOWS))

    def sign_in_only():
        with open(installation.log, "a", encoding="utf-8") as log:
            with installation.serve(log, **QUIET) as server:
                installation.sign_in(server)
    sign_in_only()  # does what the captured enrolments left to be done
    by_signing_in = rows_changed_by(installation, sign_in_only)
    by_server = rows_changed_by(installation, enrol)
    for table, counts in by_signing_in.items():
        by_server[table] = [a - b for a, b in zip(by_server[table], counts)]
    by_server = {table: counts for table, counts in by_server.items() if any(counts)}
    for script in scripts:
        opponent = Opponent(installation.url, folder, *script)
        by_script = rows_changed_by(installation, lambda o=opponent: o.run(
            "--client=1", f"--transactions={CHECKED_FLOWS}"))
        if by_script != by_server:
            raise Failure(f"pgbench {opponent.name} changes {by_script}, the server {by_server}")


def for_other_people(scripts, captured, measured):
    """The scripts with another installation's organisation and admin."""
    def replace(text):
        for name in ("user_id", "organization_id"):
            text = text.replace(captured.keys[name], measured.keys[name])
        return text
    return [(name, script, {constant: replace(text) for constant, text in constants.items()})
            for name, script, constants in scripts]


def prepare_scripts(programs, folder):
    """From a server of their own: logging every statement is slow."""
    folder.mkdir()
    with ThrowawayPostgres(settings=LOGGED) as postgres:
        installation = Installation(programs, postgres, folder)
        scripts, flow = make_scripts(installation)
        check_equality(installation, scripts, folder)
    return installation, scripts, flow


def measure_round(installation, server, environment, opponents, seconds):
    load = installation.load(server, environment, "--connections", str(CONNECTIONS),
                             "--seconds", str(seconds))
    rates = {each.name: each.run(f"--client={CONNECTIONS}", f"--jobs={THREADS}",
                                 f"--time={round(seconds)}") for each in opponents}
    print(f"  {load['flows_per_second']:.0f} flows/s; pgbench " +
          ", ".join(f"{rate:.0f} {name}" for name, rate in rates.items()), file=sys.stderr)
    return {"load": load, "pgbench": rates, "best": max(rates.values())}


def measure(programs, folder, options):
    print("what one enrolment sends", file=sys.stderr)
    captured, scripts, flow = prepare_scripts(programs, folder / "capture")
    with ThrowawayPostgres(durable=True) as postgres:
        installation = Installation(programs, postgres, folder)
        opponents = [Opponent(installation.url, folder, *script)
                     for script in for_other_people(scripts, captured, installation)]
        print(f"{options.rounds} rounds of {options.seconds} s each", file=sys.stderr)
        with open(installation.log, "w", encoding="utf-8") as log:
            # pgbench's devices are strangers to the network: the reconciler would write each of them.
            with installation.serve(log, MUSTER_RECONCILER_INTERVAL="24h") as server:
                environment = installation.sign_in(server)
                rounds = [measure_round(installation, server, environment, opponents,
                                        options.seconds) for _ in range(options.rounds)]
    return rounds, flow


def median_of(rounds, pick):
    return statistics.median(pick(one) for one in rounds)


def summarise(rounds, flow):
    """The page's table, and whether the target was met."""
    flows = median_of(rounds, lambda one: one["load"]["flows_per_second"])
    ratio = median_of(rounds, lambda one: one["load"]["flows_per_second"] / one["best"])
    passed = ratio >= RATIO_TARGET
    rows = [("whole enrolments a second", f"{flows:,.0f}", "", "")]
    for name in rounds[0]["pgbench"]:
        rate = median_of(rounds, lambda one, n=name: one["pgbench"][n])
        rows.append((f"pgbench, the same statements {name}, a second", f"{rate:,.0f}", "", ""))
    rows.append(("Muster as a part of pgbench's faster way", f"{ratio:.2f}",
                 f"at least {RATIO_TARGET}", verdict(passed)))
    rows.append(("transactions / statements of one enrolment",
                 f"{len(flow)} / {sum(len(each) for each in flow)}", "", ""))
    for name in ("generate_token", "verify", "check_tailscale_status", "whole flow"):
        def pick(one, part, name=name):
            load = one["load"]
            return (load["flow"] if name == "whole flow" else load["steps"][name])[part]
        times = " / ".join(f"{median_of(rounds, lambda one, p=part: pick(one, p)):.1f}"
                           for part in ("p50_ms", "p99_ms", "max_ms"))
        rows.append((f"{name}: p50 / p99 / longest, ms", times, "", ""))
    head = ["| measured | median | target | met |", "|---|---|---|---|"]
    return "\n".join(head + ["| " + " | ".join(row) + " |" for row in rows]), passed


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release",
                        help="build directory with the release binaries")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6, help="length of each part of a round")
    parser.add_argument("--write", action="store_true", help="put the table into "
                        "docs/performance.md")
    return parser.parse_args()


def run(options, folder):
    programs = {"muster": options.build / "muster",
                "muster_load": options.build / "bench" / "muster_load"}
    table, passed = summarise(*measure(programs, folder, options))
    text = (f"{table}\n\n{len(os.sched_getaffinity(0))} cores, shared by PostgreSQL and who asks it; "
            f"{CONNECTIONS} connections; medians of {options.rounds} rounds of "
            f"{options.seconds:g} s each, the part of pgbench's way being that of each round; "
            f"{time.strftime('%Y-%m-%d', time.gmtime())}.")
    print(text)
    if options.write:
        rewrite_page("postgres", text)
    return 0 if passed else 1


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
