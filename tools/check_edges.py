#!/usr/bin/env python3
# Fails when a folder under src/ includes one that it may not, when an allowed edge is unused, or
# when CMakeLists.txt and ARCHITECTURE.md do not say the same.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import re
import sys

import repository

# A folder may include those named beside it and nothing else of ours; a file name allows that
# header only. ARCHITECTURE.md explains the order.
MAY_INCLUDE = {
    "base": [],
    "core": [],
    "crypto": ["base", "core"],
    "net": ["base"],
    "store": ["base", "core"],
    "mail": ["base"],
    "networks": ["base", "core", "crypto", "net"],
    "app": ["base", "core", "crypto", "store", "networks/connection.hpp"],
    "jobs": ["base", "core", "store", "app", "networks"],
    "rest": ["base", "core", "store"],
    "api": [
        "base", "core", "crypto", "net", "mail/mail_sender.hpp", "app", "networks", "rest",
        "store/store.hpp",
    ],
    "agent": ["base", "core", "crypto", "net"],
    "cli": ["base", "core", "net", "agent"],
    "fakes": ["base", "core", "net", "mail/mail_sender.hpp", "networks"],
}
WIRING = "main"  # may include everything but the fakes; nothing includes it
FOR_TESTS = "fakes"

# Edges that the design allows and that no file uses yet. May only shrink.
NOT_YET_USED = [("crypto", "core"), ("fakes", "networks")]

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.MULTILINE)
_LIBRARY = re.compile(r"muster_library\(\s*(\w+)([^)]*)\)")


def is_test(path):
    """foo_test.cpp, and what only tests include: test_foo.hpp, foo_fixture.hpp."""
    return path.stem.endswith(("_test", "_fixture")) or path.name.startswith("test_")


def check_includes(sources):
    """`sources`: (path, text) of the files below src/. Returns problems and the edges in use."""
    problems, used = [], set()
    for path, text in sources:
        folder = path.parts[1]
        if is_test(path) or len(path.parts) < 3:
            continue
        if folder != WIRING and folder not in MAY_INCLUDE:
            problems.append(f"{path}: src/{folder} is new: give it a line in tools/check_edges.py")
            continue
        for match in _INCLUDE.finditer(text):
            header = match[1]
            target = header.split("/")[0]
            line = text.count("\n", 0, match.start()) + 1
            if "/" not in header or target.startswith("."):
                problems.append(f'{path}:{line}: include "{header}" by its path from src/')
            elif is_test(pathlib.PurePosixPath(header)):
                problems.append(f"{path}:{line}: {header} is for tests only")
            elif folder == WIRING:
                if target == FOR_TESTS:
                    problems.append(f"{path}:{line}: {target}/ is for tests only")
            elif target != folder:
                allowed = {header, target} & set(MAY_INCLUDE[folder])
                used |= {(folder, name) for name in allowed}
                if not allowed:
                    problems.append(
                        f"{path}:{line}: {folder}/ may not include {header}: move what you need"
                        f" to a folder that both may include, or hand it over from main/"
                    )
    return problems, used


def check_unused(used):
    problems = []
    for folder, names in MAY_INCLUDE.items():
        for name in names:
            excused = (folder, name) in NOT_YET_USED
            if (folder, name) not in used and not excused:
                problems.append(
                    f"tools/check_edges.py: {folder}/ no longer includes {name}: delete the edge"
                    " there and in CMakeLists.txt"
                )
            if (folder, name) in used and excused:
                problems.append(
                    f"tools/check_edges.py: {folder}/ includes {name} now: delete it from"
                    " NOT_YET_USED"
                )
    return problems


def check_cmake(text):
    """The targets of CMakeLists.txt have the table's edges."""
    problems = []
    expected = {
        folder: {name.split("/")[0] for name in names} for folder, names in MAY_INCLUDE.items()
    }
    expected[WIRING] = set(MAY_INCLUDE) - {FOR_TESTS}
    found = {}
    for match in _LIBRARY.finditer(text):
        uses = re.search(r"\bUSES\s+(.*?)(?:\bEXTERNAL\b|$)", match[2], re.DOTALL)
        found[match[1]] = set(uses[1].split()) if uses else set()
    for folder in sorted(expected.keys() | found.keys()):
        if found.get(folder) != expected.get(folder):
            problems.append(
                f"CMakeLists.txt: muster_library({folder}) uses"
                f" {sorted(found.get(folder, set()))}, tools/check_edges.py says"
                f" {sorted(expected.get(folder, set()))}: make them equal"
            )
    return problems


def check_architecture(text, folders):
    """Each folder has its line."""
    return [
        f"ARCHITECTURE.md: src/{folder} has no line: say in one what lives there"
        for folder in sorted(folders)
        if not re.search(rf"\bsrc/{folder}/", text)
    ]


def main():
    root = repository.ROOT
    paths = [path for path in repository.cpp_files() if path.parts[0] == "src"]
    problems, used = check_includes((path, (root / path).read_text()) for path in paths)
    problems += check_unused(used)
    problems += check_cmake((root / "CMakeLists.txt").read_text())
    architecture = root / "ARCHITECTURE.md"
    text = architecture.read_text() if architecture.exists() else ""
    problems += check_architecture(text, {path.parts[1] for path in paths if len(path.parts) > 2})
    return repository.finish("check_edges", problems)


if __name__ == "__main__":
    sys.exit(main())
