# C++ source as the checks read it: comments, literals and directives are blanked, line breaks and
# columns stay where they were.
# SPDX-License-Identifier: Apache-2.0
import re

# What may stand between two pieces of code, longest first: a raw string before a plain one.
_TOKEN = re.compile(
    r"""
      (?P<comment> //(?:\\\n|[^\n])* | /\*.*?\*/ )
    | (?P<raw> \b(?:u8|u|U|L)?R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)" )
    | (?P<number> (?<![\w]) \d [\w'.]* )
    | (?P<string> "(?:\\.|[^"\\\n])*" )
    | (?P<character> '(?:\\.|[^'\\\n])+' )
    | (?P<directive> (?m:^)[ \t]*\#(?:\\\n|//[^\n]*|/\*.*?\*/|[^\n])* )
    """,
    re.VERBOSE | re.DOTALL,
)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def _replacement(match):
    text = match.group(0)
    if match.lastgroup == "number":
        return text.replace("'", "0")
    if match.lastgroup in ("string", "character") or match.group("raw"):
        return '"' + _blank(text[1:-1]) + '"'
    return _blank(text)


def code_of(source):
    """`source` without comments, directives and the inside of literals; of the same length."""
    return _TOKEN.sub(_replacement, source)


def line_of(source, offset):
    return source.count("\n", 0, offset) + 1


def matching(code, opening):
    """Where the bracket at `opening` closes; the end of the text if it never does."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    expected = []
    for offset in range(opening, len(code)):
        character = code[offset]
        if character in pairs:
            expected.append(pairs[character])
        elif character in ")]}":
            if not expected or expected.pop() != character:
                return len(code)
            if not expected:
                return offset
    return len(code)
