# What a run found, for people (a table), for programs (JSON), and for the operator's page.
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import re
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "high-availability.md"
sys.path.insert(0, str(ROOT / "bench"))
import measuring  # noqa: E402  beside the other measurements


def as_json(outcomes, front, counted, problems, oddities):
    faults = [{**outcome._asdict(), "troubles": dict(outcome.troubles)} for outcome in outcomes]
    return {"front": front, "faults": faults, **counted, "problems": problems,
            "oddities": oddities}


def table(outcomes):
    lines = ["| fault | first success, s | longest gap, s | whole again, s | answers to come again |",
             "|---|---|---|---|---|"]
    for one in outcomes:
        troubles = ", ".join(f"{count} {word}" for word, count in sorted(one.troubles.items()))
        lines.append(f"| {one.name} ({one.remark}) | {one.first_success_s:.1f} | "
                     f"{one.longest_gap_s:.1f} | {one.whole_s:.1f} | {troubles or 'none'} |")
    return "\n".join(lines)


def describe(counted, front):
    model = re.search(r"^model name\s*:\s*(.+)$", pathlib.Path("/proc/cpuinfo").read_text(),
                      re.MULTILINE)
    acknowledged = counted["acknowledged"]
    return (f"{sum(acknowledged.values()):,} acknowledged steps of {counted['devices']:,} devices, "
            f"{counted['contests']:,} contested tokens, through {front}; none missing, none spent "
            f"twice. All on one machine of {len(os.sched_getaffinity(0))} cores"
            f"{f' ({model[1]})' if model else ''}, disks in memory; "
            f"{time.strftime('%Y-%m-%d', time.gmtime())}.")


def write_page(outcomes, counted, front):
    measuring.rewrite_page("high-availability", f"{table(outcomes)}\n\n{describe(counted, front)}",
                           PAGE)
