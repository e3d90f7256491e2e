#!/usr/bin/env python3
# Runs clang-tidy over the sources of a build, as many at once as there are processors. A source
# that passed is not read again until it, a header of ours below it, or the configuration changes: in
# this clone of the repository or in another one of the same user.
# SPDX-License-Identifier: Apache-2.0
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import repository

TIDY = "clang-tidy-19"
# Flags that only g++ knows.
EXTRA = ["--extra-arg=-Wno-unknown-warning-option"]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "muster-tidy"
CACHE_DAYS = 60  # what nobody asked for in so long is forgotten
_INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


def closure(file, folders, seen):
    """Adds `file` and every header of ours that it reaches to `seen` (path: bytes)."""
    if file in seen:
        return
    seen[file] = file.read_bytes()
    for name in _INCLUDE.findall(seen[file]):
        for folder in [file.parent, *folders]:
            header = folder / name.decode()
            if header.is_file():
                closure(header.resolve(), folders, seen)
                break


def key_of(file, command, world, folders, root=repository.ROOT):
    """Changes with anything that clang-tidy's answer may depend on; not with the clone's place."""
    seen = {}
    closure(file, folders, seen)
    digest = hashlib.sha256(world)
    digest.update(command.replace(str(root), ".").encode())
    for path in sorted(seen):
        name = str(path.relative_to(root))
        digest.update(name.encode() + b"\0" + hashlib.sha256(seen[path]).digest())
    return digest.hexdigest()


def has_passed(key):
    try:
        os.utime(CACHE / key)
    except FileNotFoundError:
        return False
    return True


def forget_old():
    oldest = time.time() - CACHE_DAYS * 86400
    for entry in CACHE.iterdir():
        if entry.stat().st_mtime < oldest:
            entry.unlink(missing_ok=True)


def world_state():
    """The configuration and the versions of what is installed."""
    packages = (repository.ROOT / "tools" / "packages.txt").read_text()
    names = [line.split()[0] for line in packages.splitlines() if line.strip() and line[0] != "#"]
    versions = subprocess.run(["dpkg-query", "-W", *names], capture_output=True).stdout
    configuration = (repository.ROOT / ".clang-tidy").read_bytes()
    return output_of(TIDY, "--version") + versions + configuration + " ".join(EXTRA).encode()


def sources_of(build, only):
    """{file: its compile command} of what is ours, not generated, and named in `only`, if any."""
    ours = {(repository.ROOT / path).resolve() for path in repository.cpp_files()}
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = (pathlib.Path(entry["directory"]) / entry["file"]).resolve()
        relative = str(file.relative_to(repository.ROOT)) if file in ours else ""
        if relative and (not only or any(part in relative for part in only)):
            found[file] = entry["command"]
    return found


def run(build, file):
    done = subprocess.run(
        [TIDY, "-p", str(build), "--quiet", *EXTRA, str(file)], capture_output=True, text=True
    )
    lines = [
        line
        for line in done.stdout.splitlines() + done.stderr.splitlines()
        if line and not re.match(r"\d+ warnings? |\d+ errors? |Error while processing|Suppressed", line)
    ]
    return done.returncode, "\n".join(lines).replace(f"{repository.ROOT}/", "")


def main():
    parser = argparse.ArgumentParser(description="Runs clang-tidy over the sources of a build.")
    parser.add_argument("--build", type=pathlib.Path, default=repository.ROOT / "build" / "debug")
    parser.add_argument("only", nargs="*", help="parts of paths; without: every source")
    options = parser.parse_args()
    started = time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    world = world_state()
    folders = [repository.ROOT / "src", repository.ROOT / "tests"]
    sources = sources_of(options.build.resolve(), options.only)
    keys = {file: key_of(file, command, world, folders) for file, command in sources.items()}
    waiting = [file for file in sources if not has_passed(keys[file])]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for file, (code, text) in zip(waiting, pool.map(lambda f: run(options.build, f), waiting)):
            if code == 0:
                (CACHE / keys[file]).touch()
            else:
                failed += 1
                print(text, flush=True)
    forget_old()
    print(
        f"clang-tidy: {len(sources)} sources, {len(waiting)} read,"
        f" {len(sources) - len(waiting)} unchanged since they passed,"
        f" {time.monotonic() - started:.0f} s"
    )
    if failed:
        print(
            f"check_tidy: {failed} to mend; where a finding is wrong, write // NOLINT(check-name)"
            " with the reason, or leave the check out in .clang-tidy, with the reason"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
