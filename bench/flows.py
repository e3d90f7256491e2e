#!/usr/bin/env python3
"""Measures whole enrolments, cold start and idle memory of the release build; `./dev bench`.

Rounds of the server under load alternate with rounds of bare SQLite on the same disk, so that both
meet the same machine. Exits 1 when a target is missed or an answer was wrong.
"""
# SPDX-License-Identifier: Apache-2.0
import argparse
import os
import pathlib
import platform
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time

from measuring import PAGE, ROOT, Failure, Server, rewrite_page, run_json, verdict

FLOWS_TARGET = 2000
COLD_START_TARGET_MS = 100
IDLE_TARGET_MIB = 64
CONNECTIONS = 64


def measure_starts(programs, data, log, count):
    """Medians of cold start and of the memory of a server that has done nothing yet."""
    starts, idle = [], []
    for _ in range(count):
        with Server(programs["muster"], data, log) as server:
            starts.append(server.cold_start_ms)
            server.get("/healthz")
            idle.append(server.resident_mib())
    return statistics.median(starts), statistics.median(idle)


def measure_round(programs, server, token, anon_key, bare_folder, seconds):
    """One round under load, then bare SQLite with groups of the size that the load had."""
    before = server.group_counters()
    load = run_json(
        [programs["muster_load"], "--url", server.url, "--connections", str(CONNECTIONS),
         "--seconds", str(seconds), "--json"],
        env={"MUSTER_ACCESS_TOKEN": token, "MUSTER_ANON_KEY": anon_key})
    writes, commits = (after - was for after, was in zip(server.group_counters(), before))
    group = max(1, round(writes / max(commits, 1)))
    bare = run_json([programs["bench_bare_sqlite"], bare_folder, "--group", str(group),
                     "--flows-at-once", str(CONNECTIONS), "--seconds", str(seconds), "--json"])
    print(f"  {load['flows_per_second']:.0f} flows/s; bare SQLite {bare['flows_per_second']:.0f} "
          f"in groups of {group}", file=sys.stderr)
    return {"load": load, "bare": bare, "group": group}


def measure(programs, folder, options):
    data, bare_folder = folder / "data", folder / "bare"
    bare_folder.mkdir()
    email, password = "bench@example.com", secrets.token_urlsafe(24)
    keys = run_json(
        [programs["muster"], "init", "--email", email, "--password-stdin", "--organization",
         "Bench", "--data", data, "--json"],
        input=password, env={"PATH": os.environ["PATH"]})
    with open(folder / "server.log", "w", encoding="utf-8") as log:
        print("cold starts", file=sys.stderr)
        start_ms, idle_mib = measure_starts(programs, data, log, options.starts)
        with Server(programs["muster"], data, log) as server:
            token = server.sign_in(email, password, keys["anon_key"])
            print(f"{options.rounds} rounds of {options.seconds} s", file=sys.stderr)
            rounds = [measure_round(programs, server, token, keys["anon_key"], bare_folder,
                                    options.seconds) for _ in range(options.rounds)]
            busy_mib = server.resident_mib()
    return {"start_ms": start_ms, "idle_mib": idle_mib, "busy_mib": busy_mib, "rounds": rounds}


def median_of(rounds, pick):
    return statistics.median(pick(one) for one in rounds)


def summarise(result):
    """The page's table, and whether every target was met."""
    rounds = result["rounds"]
    flows = median_of(rounds, lambda one: one["load"]["flows_per_second"])
    bare = median_of(rounds, lambda one: one["bare"]["flows_per_second"])
    ratio = median_of(rounds, lambda one: one["load"]["flows_per_second"] /
                      one["bare"]["flows_per_second"])
    target = min(FLOWS_TARGET, bare / 2)
    passed = {
        "flows": flows >= target,
        "start": result["start_ms"] < COLD_START_TARGET_MS,
        "idle": result["idle_mib"] < IDLE_TARGET_MIB,
    }
    rows = [
        ("whole enrolments a second", f"{flows:,.0f}", f"at least {target:,.0f}: the lower of "
         f"{FLOWS_TARGET:,} and half of bare SQLite", verdict(passed["flows"])),
        ("the same rows by bare SQLite, a second", f"{bare:,.0f}", "", ""),
        ("Muster as a part of bare SQLite", f"{ratio:.2f}", "", ""),
        ("units of work in a group commit",
         f"{median_of(rounds, lambda one: one['group']):.0f}", "", ""),
        ("fdatasync of 4 KiB appended, a second",
         f"{median_of(rounds, lambda one: one['bare']['fdatasyncs_per_second']):,.0f}", "", ""),
    ]
    for name in ("generate_token", "verify", "check_tailscale_status", "whole flow"):
        def pick(one, part, name=name):
            load = one["load"]
            return (load["flow"] if name == "whole flow" else load["steps"][name])[part]
        times = " / ".join(f"{median_of(rounds, lambda one, p=part: pick(one, p)):.1f}"
                           for part in ("p50_ms", "p99_ms", "max_ms"))
        rows.append((f"{name}: p50 / p99 / longest, ms", times, "", ""))
    rows += [
        ("cold start to `listening`, ms", f"{result['start_ms']:.0f}",
         f"under {COLD_START_TARGET_MS}", verdict(passed["start"])),
        ("idle memory, MiB", f"{result['idle_mib']:.1f}", f"under {IDLE_TARGET_MIB}",
         verdict(passed["idle"])),
        ("memory after the load, MiB", f"{result['busy_mib']:.1f}", "", ""),
    ]
    head = ["| measured | median | target | met |", "|---|---|---|---|"]
    return "\n".join(head + ["| " + " | ".join(row) + " |" for row in rows]), all(passed.values())


def describe_machine(options):
    model = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(),
                      re.MULTILINE)
    return (f"{len(os.sched_getaffinity(0))} cores ({model[1] if model else platform.machine()}), "
            f"shared by server and load generator; {CONNECTIONS} connections; medians of "
            f"{options.rounds} rounds of {options.seconds:g} s each; "
            f"{time.strftime('%Y-%m-%d', time.gmtime())}.")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release",
                        help="build directory with the release binaries")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5, help="length of each half of a round")
    parser.add_argument("--starts", type=int, default=7, help="cold starts to measure")
    parser.add_argument("--write", action="store_true", help="put the table into " +
                        str(PAGE.relative_to(ROOT)))
    return parser.parse_args()


def run(options, folder):
    programs = {"muster": options.build / "muster",
                "muster_load": options.build / "bench" / "muster_load",
                "bench_bare_sqlite": options.build / "bench" / "bench_bare_sqlite"}
    for path in programs.values():
        if not os.access(path, os.X_OK):
            raise Failure(f"{path} is missing: build it first, ./dev build")
    table, passed = summarise(measure(programs, folder, options))
    text = f"{table}\n\n{describe_machine(options)}"
    print(text)
    if options.write:
        rewrite_page("flows", text)
    return 0 if passed else 1


def main():
    options = parse_options()
    (ROOT / "build").mkdir(exist_ok=True)
    # On the disk that is to be measured: the usual place for such a folder may be in memory.
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
