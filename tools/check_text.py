#!/usr/bin/env python3
# Fails on what no file of the repository may hold: tabs, stray spaces, unowned TODOs, a missing
# licence line, addresses of other hosts, paths of one machine, empty names, dead links.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import re
import sys

import repository

SOURCE_ENDINGS = {".cpp", ".hpp", ".py", ".sh", ".sql", ".cmake", ".mjs"}
LICENCE = "SPDX-License-Identifier: Apache-2.0"
LICENCE_LINES = 20  # a file's purpose comes first
BANNED_NAMES = {"util", "utils", "utility", "helper", "helpers", "manager", "common", "misc"}
# Nothing here depends on a host of somebody else's; documents may point at these.
LINKED_HOSTS = {
    "www.apache.org",
    "keepachangelog.com",
    "semver.org",
    "www.rfc-editor.org",
    "gcc.gnu.org",
    "www.sqlite.org",
    "prometheus.io",
    "www.w3.org",  # the name of the SVG namespace
    "github.com",
    "api.tailscale.com",  # the connectors' defaults
    "api.netbird.io",
}
BYTES_ARE_THE_POINT = ("tests/fuzz/corpus/",)
TABS_ARE_THE_SYNTAX = {"Makefile", ".gitmodules"}
# npm copies each package's own addresses there; where packages come from stands in "resolved".
OTHERS_ADDRESSES = re.compile(r'^\s*"url": "[^"]*",?$')

_HOST = re.compile(r"\b(?:https?|wss?)://(?:[^\s/@\"'`]*@)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]*)")
# The people of the examples have homes.
_MACHINE_PATH = re.compile(
    r"(?<![\w.$}/~-])/(?:home/(?!ana/|ada/)|(?:root|Users|work|workspace|mnt|media)/)\w"
)
_TODO = re.compile(r"\bTODO\b(?!\(#\d+\))")
_FIXME = re.compile(r"\b(?:FIXME|XXX)\b")
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def is_ours(host):
    """Loopback, and the names that RFC 2606 and RFC 6761 keep for examples and tests."""
    host = host.lower().rstrip(".")
    if host in LINKED_HOSTS or host.startswith(("127.", "192.0.2.", "10.", "100.", "[")):
        return True
    if "." not in host:
        return True
    return re.search(r"(?:^|\.)(?:example\.(?:org|com|net)|test|invalid|localhost|example)$", host)


def check_lines(path, text):
    problems = []
    may_hold_tabs = path.name in TABS_ARE_THE_SYNTAX
    speaks_of_marks = path.name.startswith("check_text")
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{path}:{number}"
        if "\t" in line and not may_hold_tabs:
            problems.append(f"{where}: a tab: write spaces, or \\t in a literal")
        if line != line.rstrip():
            problems.append(f"{where}: white space at the end: ./dev fmt, or your editor, removes it")
        if not speaks_of_marks and _TODO.search(line):
            problems.append(f"{where}: a TODO without an issue: write TODO" + "(#number), or do it")
        if not speaks_of_marks and _FIXME.search(line):
            problems.append(f"{where}: an open end: mend it before it is merged")
        if not speaks_of_marks and _MACHINE_PATH.search(line):
            problems.append(f"{where}: a path of one machine: make it relative, or an argument")
        if path.name == "package-lock.json" and OTHERS_ADDRESSES.match(line):
            continue
        for match in _HOST.finditer(line):
            if match[1] and path.name != "LICENSE" and not is_ours(match[1]):
                problems.append(
                    f"{where}: the host {match[1]}: use a reserved name (example.org), or add it to"
                    " LINKED_HOSTS in tools/check_text.py if readers need the link"
                )
    if text and not text.endswith("\n"):
        problems.append(f"{path}: the last line has no end: add a line break")
    if text.endswith("\n\n"):
        problems.append(f"{path}: empty lines at the end: delete them")
    return problems


def check_licence(path, text, is_source):
    if not is_source or LICENCE in "\n".join(text.split("\n")[:LICENCE_LINES]):
        return []
    return [f"{path}: no licence line: write `{LICENCE}` below the file's purpose"]


def check_name(path):
    words = {word for part in path.parts for word in re.split(r"[_.\-]", part.lower())}
    return [
        f"{path}: `{word}` says nothing: name it after what it holds"
        for word in sorted(words & BANNED_NAMES)
    ]


def anchor_of(heading):
    """The fragment under which a Markdown heading is found."""
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", text))


def anchors(text):
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", _FENCE.sub("", text), re.MULTILINE)
    return {anchor_of(heading) for heading in headings}


def check_links(path, text, root):
    """Links of a Markdown file to other files and headings of the repository."""
    problems = []
    for target in _LINK.findall(_FENCE.sub("", text)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, fragment = target.partition("#")
        file = (root / path.parent / name).resolve() if name else root / path
        if not file.exists():
            problems.append(f"{path}: the link {target} leads nowhere: mend the path")
        elif fragment and file.suffix == ".md" and fragment not in anchors(file.read_text()):
            problems.append(f"{path}: {target}: there is no such heading: mend the part after #")
    return problems


def check(path, data, root=repository.ROOT):
    """`data`: the file's bytes."""
    problems = check_name(path)
    if path.as_posix().startswith(BYTES_ARE_THE_POINT):
        return problems
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return problems + [f"{path}: not UTF-8: convert it, or generate it in the test"]
    problems += check_lines(path, text)
    is_source = path.suffix in SOURCE_ENDINGS or path.name == "CMakeLists.txt"
    is_source = is_source or text.startswith("#!")
    problems += check_licence(path, text, is_source)
    if path.suffix == ".md":
        problems += check_links(path, text, root)
    return problems


def main():
    problems = []
    for path in repository.files():
        problems += check(pathlib.PurePosixPath(path), (repository.ROOT / path).read_bytes())
    return repository.finish("check_text", problems)


if __name__ == "__main__":
    sys.exit(main())
