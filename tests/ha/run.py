#!/usr/bin/env python3
# Builds a highly available Muster on this machine, breaks it part by part under load, and compares
# what it acknowledged with what is left; `./dev ha`. Exits 1 when anything is missing or wrong, 2
# when the run is not possible here.
# SPDX-License-Identifier: Apache-2.0
import argparse
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys

import faults
import journal
import machines
import report
import sandbox
import verdict
from certificates import Authority
from cluster import Cluster
from haproxy import Haproxy
from load import Load
from muster_node import LOGIN, OWNER, MusterNode, make_admin, make_database, sign_in
from patience import Failure, now, say, wait_for

LOGS = report.ROOT / "build" / "ha"
LINES_SHOWN = 40
LIMIT_S = 600  # nobody runs what takes longer
# What a program that hangs, or fails, makes of a run.
TROUBLES = (Failure, subprocess.SubprocessError)
FRONTS = {"libpq": "libpq with three hosts", "haproxy": "HAProxy"}
PEOPLE = ("postgres", "replicator", "rewinder", "patroni", OWNER, LOGIN)


def parse_options(words):
    parser = argparse.ArgumentParser(description="Breaks a highly available Muster, part by part.")
    parser.add_argument("--binary", type=pathlib.Path, default=os.environ.get(
        "MUSTER_BINARY", report.ROOT / "build" / "release" / "muster"))
    parser.add_argument("--only", choices=faults.FAULTS, action="append", metavar="FAULT",
                        help=f"instead of all; may be repeated: {', '.join(faults.FAULTS)}")
    parser.add_argument("--front", choices=FRONTS, default="libpq",
                        help="how Muster finds the primary")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="the figures")
    parser.add_argument("--write", action="store_true",
                        help=f"put the table into {report.PAGE.relative_to(report.ROOT)}")
    options = parser.parse_args(words)
    options.binary = pathlib.Path(options.binary).resolve()
    if options.write and (options.only or options.front != "libpq"):
        parser.error("--write needs all faults, and the default front")
    return options


class World:
    """Everything that runs."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.passwords = {name: secrets.token_hex(12) for name in PEOPLE}
        self.passfile = folder / "pgpass"
        self.passfile.touch(mode=0o600)
        self.passfile.write_text(
            "".join(f"*:*:*:{name}:{word}\n" for name, word in self.passwords.items()))
        machines.lay_bridge()
        database = [machines.Machine(f"n{number}", number, folder, LOGS) for number in (1, 2, 3)]
        self.cluster = Cluster(database, self.passwords, self.passfile, Authority(folder))
        self.proxies = []
        self.servers = [self._server(number) for number in (1, 2)]
        self.journal = journal.Journal(folder / "journal.jsonl")
        self.load = None

    def _server(self, number):
        machine = machines.Machine(f"m{number}", 10 + number, self.folder, LOGS)
        url = self.cluster.url(LOGIN)
        if self.options.front == "haproxy":
            self.proxies.append(Haproxy(machine, self.cluster))
            url = self.proxies[-1].url(LOGIN)
        settings = {
            "RATE_LIMITS": "off",
            "LOG_REQUESTS": "off",
            # One process's own: the second server would not see the first one's nodes.
            "NETWORK": "simulated" if number == 1 else "none",
            "SIMULATED_JOIN_DELAY": "0ms",
            # Jobs that the second server takes wait for the first one's turn.
            "OUTBOX_BACKOFF_LONGEST": "2s",
        }
        return MusterNode(self.options.binary, machine, url, settings)

    def start(self):
        self.cluster.start()
        for proxy in self.proxies:
            proxy.start()
        first = self.servers[0]
        make_database(self.cluster, first, self.passwords)
        password = secrets.token_urlsafe(16)
        keys = make_admin(first, password)
        for other in self.servers[1:]:
            shutil.copy(first.secret_key_file, other.secret_key_file)
        for server in self.servers:
            server.start()
        say("two Muster servers listen")
        self.load = Load(self.servers, sign_in(first, keys, password), self.journal)
        self.load.start()
        start = now()
        wait_for("the load runs", lambda: self.journal.count(start) >= 10 * faults.STEADY)
        say(f"the load runs: {self.journal.count(start) / (now() - start):.0f} steps a second")

    def perform(self, keys, outcomes):
        """Adds to `outcomes`."""
        scene = faults.Scene(self.cluster, self.servers, self.load, self.journal)
        for key in keys:
            outcomes.append(faults.perform(scene, key))

    def stop_load(self):
        if self.load:
            self.load.stop()
        self.journal.close()

    def check_same_everywhere(self):
        """Every node holds the same rows; Muster has stopped."""
        count = "SELECT count(*) FROM public.device_events; SELECT count(*) FROM public.audit_logs;"

        def held_by(node):
            return self.cluster.devices_digest(node) + self.cluster.psql(count, node=node)

        wait_for("all three nodes hold the same rows",
                 lambda: len({held_by(node) for node in self.cluster.nodes}) == 1)

    def wait_delivered(self):
        """What is still owed then, the verdict tells."""
        try:
            wait_for("the network was told everything",
                     lambda: int(self.cluster.psql(verdict.WAITING)) == 0)
        except Failure as failure:
            say(str(failure))

    def judge(self, is_broken):
        """(problems, counts): the journal against the database. `is_broken`: nothing can be asked
        to end well any more."""
        for server in self.servers:
            if server.process and is_broken:
                server.kill()
            elif server.process:
                server.stop()
        snapshot = verdict.parse_snapshot(self.cluster.psql(verdict.SNAPSHOT))
        lines = journal.read(self.journal.file)
        counted = {
            "acknowledged": dict(verdict.count_acknowledged(lines)),
            "devices": len(snapshot["devices"]),
            "contests": verdict.count_contests(lines),
            "seconds": round(now(), 1),
        }
        problems = verdict.judge(lines, snapshot)
        if not is_broken:
            problems += verdict.judge_jobs(lines, snapshot)
        return problems, counted


def furnish_logs():
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)
    owner = report.ROOT.stat()
    os.chown(LOGS, owner.st_uid, owner.st_gid)  # who may remove it without being root


def run(options):
    furnish_logs()
    world = World(options, sandbox.furnish())
    outcomes, broken = [], None
    try:
        world.start()
        world.perform(options.only or list(faults.FAULTS), outcomes)
    except TROUBLES as failure:
        broken = failure  # what was acknowledged until then is still worth a verdict
        print(f"ha: {failure}", file=sys.stderr)
        if not world.load:
            return 1
    finally:
        world.stop_load()
    say("the load has stopped; the verdict")
    shutil.copy(world.journal.file, LOGS)
    if not broken:
        world.wait_delivered()
    problems, counted = world.judge(broken is not None)
    if not broken:
        world.check_same_everywhere()
    return conclude(options, world, outcomes, problems, counted, broken)


def conclude(options, world, outcomes, problems, counted, broken):
    """Says what was found; returns the exit code."""
    oddities, front = world.journal.oddities, FRONTS[options.front]
    print(f"\n{report.table(outcomes)}\n")
    if options.json:
        found = report.as_json(outcomes, front, counted, problems, oddities)
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    for line in (problems + oddities)[:LINES_SHOWN]:
        print(line)
    took = now()
    say(f"{took:.0f} s in all; at most {LIMIT_S}")
    if broken or problems or oddities:
        raise Failure(f"{len(problems)} things are not as they were acknowledged, {len(oddities)} "
                      f"answers are none that anybody should get; logs in {LOGS}")
    if took > LIMIT_S:
        raise Failure(f"all is well, and took longer than {LIMIT_S} s")
    print(report.describe(counted, front))
    if options.write:
        report.write_page(outcomes, counted, front)
    return 0


def main(words):
    options = parse_options(words)
    try:
        if not sandbox.is_inside():
            sandbox.check()
            if not os.access(options.binary, os.X_OK):
                raise sandbox.Missing(f"{options.binary} is not there: ./dev build release")
            return sandbox.run_inside([__file__, *words])
        return run(options)
    except sandbox.Missing as missing:
        print(f"ha: {missing}", file=sys.stderr)
        return 2
    except TROUBLES as failure:
        print(f"ha: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nha: stopped; nothing is left", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
