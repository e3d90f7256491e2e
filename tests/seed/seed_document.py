# The published page of the schema that Muster keeps word for word: where it is, and every SQL
# statement in it. For test_seed.py.
# SPDX-License-Identifier: Apache-2.0
import collections
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The page is its publisher's: no copy of it is part of this repository.
DOCUMENT = pathlib.Path(os.environ.get("MUSTER_SEED") or ROOT.parent / "shared" / "seed.txt")

# `kind` is the first word, for CREATE the first two; `name` a table's, an index's or a policy's.
Statement = collections.namedtuple("Statement", "kind name table text")

# The page is text without marks around its code, but its prose never begins a line like this.
_BEGINNING = re.compile(
    r"(CREATE [A-Z]+|INSERT INTO|SELECT|UPDATE|DELETE FROM|ALTER [A-Z]+|GRANT)\b"
)
_NAME = re.compile(r'CREATE [A-Z]+ (?:"([^"]+)"|(?:public\.)?(\w+))')
_TABLE = re.compile(r"\b(?:ON|TABLE|INTO|UPDATE|FROM)\s+(?:public\.)?(\w+)")


def read_statements(text):
    """In the page's order. A statement begins a line and ends with a line that ends in ';'."""
    found, lines = [], None
    for line in text.splitlines():
        if lines is None and _BEGINNING.match(line):
            lines = []
        if lines is None:
            continue
        lines.append(line)
        if line.rstrip().endswith(";"):
            found.append(_statement("\n".join(lines)))
            lines = None
    if lines is not None:
        raise ValueError("a statement without an end: " + lines[0])
    return found


def _statement(text):
    name = _NAME.match(text)
    return Statement(
        _BEGINNING.match(text)[1],
        (name[1] or name[2]) if name else None,
        _TABLE.search(text)[1],
        text,
    )
