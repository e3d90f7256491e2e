#!/usr/bin/env python3
# Muster on real networks: `./dev e2e-networks`. Runs what the programs on PATH allow, says what it
# did not run, and exits 1 when a scenario failed, 2 when nothing can run here for want of rights.
# SPDX-License-Identifier: Apache-2.0
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
for beside in ("isolation", "e2e"):
    sys.path.insert(0, str(ROOT / "tests" / beside))
import isolation  # noqa: E402
import run_connector_suite  # noqa: E402
import scenes  # noqa: E402
from muster_server import BINARY  # noqa: E402
from scenario import FAILED, NOT_RUN, Scenario, expect_equal  # noqa: E402
from stage import HeadscaleStage, NetBirdStage, World  # noqa: E402

LOGS = ROOT / "build" / "e2e-networks"
SUITE = ROOT / "build" / "release" / "tests" / "networks_test"


def on_stage(stage, act):
    """A scenario with a Muster: plays `act` on the network."""
    def play(scenario, folder, logs):
        world = World(stage(folder), folder, logs)
        try:
            world.start()
            act(scenario, world)
        finally:
            world.close()
    return play


def suite_of(network):
    """A scenario without one: the connectors' shared suite."""
    def play(scenario, folder, logs):
        with scenario.step("every test of the suite passes or says why it does not run"):
            expect_equal(run_connector_suite.run(network, folder, logs, [SUITE]), 0, "exit code")
    return play


# Name, the programs and the setting of Muster's that it needs, how it is played.
SCENARIOS = {
    "headscale": ("Headscale: the life of two devices", HeadscaleStage.programs, None,
                  on_stage(HeadscaleStage, scenes.main_line)),
    "headscale-trust": ("Headscale: who is trusted reaches what matters",
                        HeadscaleStage.programs, HeadscaleStage.trust_setting,
                        on_stage(HeadscaleStage, scenes.enforce_trust)),
    "headscale-latency": ("Headscale: how soon a revocation arrives", HeadscaleStage.programs,
                          None, on_stage(HeadscaleStage, scenes.time_revocations)),
    "headscale-connector": ("Headscale: the connector, and who reaches whom",
                            HeadscaleStage.programs, None, suite_of("headscale")),
    "netbird": ("NetBird: the life of two devices", NetBirdStage.programs, None,
                on_stage(NetBirdStage, scenes.main_line)),
    "netbird-trust": ("NetBird: who is trusted reaches what matters", NetBirdStage.programs,
                      NetBirdStage.trust_setting, on_stage(NetBirdStage, scenes.enforce_trust)),
    "netbird-connector": ("NetBird: the connector, and who reaches whom", NetBirdStage.programs,
                          None, suite_of("netbird")),
}
VERSION_WORDS = {"headscale": ["version"], "tailscale": ["version"], "tailscaled": ["--version"],
                 "netbird": ["version"]}


def parse_options(words):
    parser = argparse.ArgumentParser(description="Muster on real networks.")
    parser.add_argument("--only", choices=SCENARIOS, action="append", metavar="SCENARIO",
                        help=f"instead of all; may be repeated: {', '.join(SCENARIOS)}")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", default=LOGS / "result.json",
                        help="where the result goes (default: %(default)s)")
    return parser.parse_args(words)


def version_of(program):
    """Its first line about itself; None: it is not on PATH, "": it says nothing."""
    if not shutil.which(program):
        return None
    words = VERSION_WORDS.get(program)
    if not words:
        return ""
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False,
                          timeout=30)
    lines = done.stdout.strip().splitlines()
    return lines[0] if lines else ""


def find_programs():
    names = sorted({name for _, needed, _, _ in SCENARIOS.values() for name in needed})
    return {name: version_of(name) for name in names}


def has_setting(name):
    option = f"--{name.replace('.', '-').replace('_', '-')}"
    told = subprocess.run([BINARY, "serve", "--help"], capture_output=True, text=True, check=True,
                          timeout=30)
    return option in told.stdout


def perform(key, folder, programs):
    name, needed, setting, play = SCENARIOS[key]
    scenario = Scenario(name)
    missing = [program for program in needed if programs[program] is None]
    if missing:
        scenario.leave_out(f"not on PATH: {', '.join(missing)}")
    elif setting and not has_setting(setting):
        scenario.leave_out(f"this Muster has no setting {setting}")
    else:
        (folder / key).mkdir()
        scenario.perform(lambda played: play(played, folder / key, LOGS / key))
    return scenario


def summarize(scenarios, programs):
    print("\nPrograms:")
    for name, version in programs.items():
        print(f"  {name}: {'not on PATH' if version is None else version or 'there'}")
    print("Scenarios:")
    for scenario in scenarios:
        why = f": {scenario.reason}" if scenario.reason else ""
        print(f"  {scenario.outcome:8} {scenario.name} ({scenario.seconds} s){why}")
    if any(scenario.outcome == FAILED for scenario in scenarios):
        print(f"Logs: {LOGS}")
    if all(scenario.outcome == NOT_RUN for scenario in scenarios):
        print("Nothing was run: docs/networks.md says how to come by the programs.")


def write_result(file, scenarios, programs):
    found = {
        "muster": subprocess.run([BINARY, "--version"], capture_output=True, text=True,
                                 check=False).stdout.strip(),
        "programs": programs,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "cores": len(os.sched_getaffinity(0)),
        "scenarios": [scenario.as_json() for scenario in scenarios],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"Result: {file}")


def furnish_logs():
    shutil.rmtree(LOGS, ignore_errors=True)
    LOGS.mkdir(parents=True)


def give_back():
    """What root wrote belongs to who owns the repository."""
    owner = ROOT.stat()
    for path in (LOGS, *LOGS.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)


def run(options):
    furnish_logs()
    folder = isolation.furnish("networks")
    os.environ["TMPDIR"] = str(folder)  # nothing of this run is left on a disk but logs and result
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    programs = find_programs()
    scenarios = [perform(key, folder, programs) for key in options.only or SCENARIOS]
    summarize(scenarios, programs)
    write_result(options.json, scenarios, programs)
    give_back()
    return 1 if any(scenario.outcome == FAILED for scenario in scenarios) else 0


def main(words):
    options = parse_options(words)
    try:
        if isolation.is_inside():
            return run(options)
        isolation.check("./dev e2e-networks")
        for program in (BINARY, SUITE):
            if not os.access(program, os.X_OK):
                raise isolation.Missing(f"{program} is not there: ./dev e2e-networks builds it")
        return isolation.run_inside([__file__, *words])
    except isolation.Missing as missing:
        print(f"e2e-networks: {missing}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
