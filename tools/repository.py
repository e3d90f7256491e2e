# Which files the checks look at, and where they are. Used by every check beside it.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def files(root=ROOT):
    """The files of the repository, tracked or new, without what .gitignore names; sorted."""
    listing = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
    ).stdout.decode()
    found = {pathlib.Path(name) for name in listing.split("\0") if name}
    return sorted(path for path in found if (root / path).is_file())


def cpp_files(root=ROOT):
    return [path for path in files(root) if path.suffix in (".cpp", ".hpp")]


def python_files(root=ROOT):
    return [path for path in files(root) if path.suffix == ".py"]


def is_shell(path, root=ROOT):
    """Shell scripts are known by their name's end or, like ./dev, by their first line."""
    if path.suffix == ".sh":
        return True
    if path.suffix:
        return False
    with open(root / path, "rb") as file:
        return file.readline(64).startswith((b"#!/usr/bin/env bash", b"#!/bin/sh", b"#!/bin/bash"))


def shell_files(root=ROOT):
    return [path for path in files(root) if is_shell(path, root)]


def finish(name, problems):
    """Prints what a check found; returns the exit code."""
    for problem in problems:
        print(problem)
    if problems:
        print(f"{name}: {len(problems)} to mend")
    return 1 if problems else 0


def main():
    """`repository.py cpp|python|shell`: their paths, one a line, for ./dev."""
    listings = {"cpp": cpp_files, "python": python_files, "shell": shell_files}
    for path in listings[sys.argv[1]]():
        print(path)


if __name__ == "__main__":
    main()
