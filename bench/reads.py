#!/usr/bin/env python3
"""Measures reads of a large table through the table API beside bare SQLite; `./dev bench reads`.

Exits 1 when a target is missed or an answer was wrong.
"""
# SPDX-License-Identifier: Apache-2.0
import argparse
import os
import pathlib
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time

from measuring import ROOT, Failure, Server, rewrite_page, run_json, verdict

PAGE_RATIO_TARGET = 3
SINGLE_ROW_TARGET = 20_000
CONNECTIONS = 64
PAGE = ("/rest/v1/devices?select=*&organization_id=eq.00000000-0000-4000-8000-{:012}"
        "&order=last_seen.desc&limit=50")
# The devices were last seen all over a year: the sweeper would write most of them meanwhile.
SETTINGS = {"MUSTER_TRUST_INACTIVE_AFTER": "3650d"}
SINGLE = "/rest/v1/devices?select=*&id=eq.10000000-0000-4000-8000-{:012}"


class Reader:
    """Runs muster_reads against one server."""

    def __init__(self, program, server, folder, environment, seconds):
        self.program, self.server, self.folder = program, server, folder
        self.environment, self.seconds = environment, seconds

    def measure(self, name, paths, connections):
        file = self.folder / f"{name}.txt"
        file.write_text("\n".join(paths) + "\n", encoding="utf-8")
        return run_json([self.program, "--url", self.server.url, "--paths-file", file,
                         "--connections", str(connections), "--seconds", str(self.seconds)],
                        env=self.environment)


def measure_round(programs, reader, file, options):
    chosen = random.Random(1)
    pages = [PAGE.format(chosen.randint(1, options.organizations)) for _ in range(1000)]
    rows = [SINGLE.format(chosen.randrange(options.devices)) for _ in range(10_000)]
    bare = run_json([programs["bench_bare_reads"], file, "--organizations",
                     str(options.organizations), "--seconds", str(options.seconds)])
    result = {"bare": bare,
              "page": reader.measure("pages", pages, 1),
              "single": reader.measure("rows", rows, CONNECTIONS),
              "healthz": reader.measure("healthz", ["/healthz"], CONNECTIONS)}
    print(f"  page {result['page']['p50_ms']:.3f} ms, bare {bare['p50_ms']:.3f} ms; one row "
          f"{result['single']['per_second']:,}/s, /healthz {result['healthz']['per_second']:,}/s",
          file=sys.stderr)
    return result


def measure(programs, folder, options):
    data = folder / "data"
    email, password = "bench@example.com", secrets.token_urlsafe(24)
    keys = run_json(
        [programs["muster"], "init", "--email", email, "--password-stdin", "--organization",
         "Bench", "--data", data, "--json"],
        input=password, env={"PATH": os.environ["PATH"]})
    file = data / "muster.db"
    print(f"filling in {options.devices:,} devices", file=sys.stderr)
    subprocess.run([programs["bench_bare_reads"], file, "--fill", str(options.devices),
                    "--organizations", str(options.organizations)], check=True, timeout=1800)
    with open(folder / "server.log", "w", encoding="utf-8") as log:
        with Server(programs["muster"], data, log, SETTINGS) as server:
            token = server.sign_in(email, password, keys["anon_key"])
            environment = {"MUSTER_ACCESS_TOKEN": token, "MUSTER_ANON_KEY": keys["anon_key"]}
            reader = Reader(programs["muster_reads"], server, folder, environment, options.seconds)
            print(f"{options.rounds} rounds of {options.seconds} s each", file=sys.stderr)
            return [measure_round(programs, reader, file, options) for _ in range(options.rounds)]


def median_of(rounds, part, figure):
    return statistics.median(one[part][figure] for one in rounds)


def summarise(rounds):
    """The page's table, and whether every target was met."""
    page, bare = (median_of(rounds, part, "p50_ms") for part in ("page", "bare"))
    single, healthz = (median_of(rounds, part, "per_second") for part in ("single", "healthz"))
    target = min(SINGLE_ROW_TARGET, healthz / 2)
    passed = page <= PAGE_RATIO_TARGET * bare, single >= target
    rows = [
        ("page of 50 of 1,000,000 devices: p50, ms", f"{page:.3f}",
         f"at most {PAGE_RATIO_TARGET * bare:.3f}: {PAGE_RATIO_TARGET} times bare SQLite",
         verdict(passed[0])),
        ("the same by bare SQLite: p50, ms", f"{bare:.3f}", "", ""),
        ("Muster as a multiple of bare SQLite", f"{page / bare:.2f}", "", ""),
        ("page: p99, ms", f"{median_of(rounds, 'page', 'p99_ms'):.3f}", "", ""),
        ("one row by id, a second", f"{single:,.0f}",
         f"at least {target:,.0f}: the lower of {SINGLE_ROW_TARGET:,} and half of /healthz",
         verdict(passed[1])),
        ("one row by id: p50 / p99, ms", f"{median_of(rounds, 'single', 'p50_ms'):.2f} / "
         f"{median_of(rounds, 'single', 'p99_ms'):.2f}", "", ""),
        ("/healthz, a second", f"{healthz:,.0f}", "", ""),
    ]
    head = ["| measured | median | target | met |", "|---|---|---|---|"]
    return "\n".join(head + ["| " + " | ".join(row) + " |" for row in rows]), all(passed)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release",
                        help="build directory with the release binaries")
    parser.add_argument("--devices", type=int, default=1_000_000)
    parser.add_argument("--organizations", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5, help="length of each part of a round")
    parser.add_argument("--write", action="store_true", help="put the table into "
                        "docs/performance.md")
    return parser.parse_args()


def run(options, folder):
    programs = {"muster": options.build / "muster",
                "muster_reads": options.build / "bench" / "muster_reads",
                "bench_bare_reads": options.build / "bench" / "bench_bare_reads"}
    table, passed = summarise(measure(programs, folder, options))
    text = (f"{table}\n\n{len(os.sched_getaffinity(0))} cores, shared by server and load generator; "
            f"{CONNECTIONS} connections; medians of {options.rounds} rounds of "
            f"{options.seconds:g} s each; {time.strftime('%Y-%m-%d', time.gmtime())}.")
    print(text)
    if options.write:
        rewrite_page("reads", text)
    return 0 if passed else 1


def main():
    options = parse_options()
    (ROOT / "build").mkdir(exist_ok=True)
    # On the disk that is to be measured: the usual place for such a folder may be in memory.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as name:
        try:
            return run(options, pathlib.Path(name))
        except (Failure, OSError, subprocess.SubprocessError) as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
