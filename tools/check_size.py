#!/usr/bin/env python3
# Fails on functions of more than 70 lines and on files of more than 400, unless
# tools/size_exceptions.txt lists them with their size; a listed size may only shrink.
# SPDX-License-Identifier: Apache-2.0
import ast
import re
import sys

import cpp_text
import repository

FUNCTION_LINES_MAX = 70
FILE_LINES_MUCH = 400
FILE_LINES_MAX = 600  # no exception goes beyond
EXCEPTIONS = repository.ROOT / "tools" / "size_exceptions.txt"

_NOT_A_FUNCTION = re.compile(
    r"^\s*(?:(?:template\s*<.*>|inline|export|static|typedef|extern\s*\"\s*\")\s*)*"
    r"(?:namespace|class|struct|union|enum|concept)\b(?!.*\)\s*(?:const|noexcept)?\s*$)",
    re.DOTALL,
)
_TRANSPARENT = re.compile(r"\b(?:namespace|class|struct|union|extern)\b")
_NAME = re.compile(r"([~\w:]+|operator\s*[^\s\w(]+|operator\s*\(\s*\))\s*\($")


def functions(source):
    """(name, first line, lines) of each function body that is not inside another one; lambdas that
    stand in a table of their own count too."""
    code = cpp_text.code_of(source)
    found = []
    head_start, offset = 0, 0
    while offset < len(code):
        character = code[offset]
        if character in ";}":
            head_start = offset + 1
        elif character in "([":
            offset = _inside(code, offset, source, found)
        elif character == "{":
            head = code[head_start:offset]
            if is_transparent(head):
                head_start = offset + 1
            else:
                end = cpp_text.matching(code, offset)
                if is_body(head):
                    found.append(_measure(code, head, offset, end))
                    head_start = end + 1
                else:
                    _inside(code, offset, source, found)
                offset = end
        offset += 1
    return found


def is_transparent(head):
    """A namespace's or a class's brace: what is inside is read as if it stood outside."""
    head = head.strip()
    if not _TRANSPARENT.search(head) or "=" in re.sub(r"[=<>!]=|<=>", "", _no_angles(head)):
        return False
    return _NOT_A_FUNCTION.search(head) is not None or head.startswith("extern")


def _no_angles(text):
    previous = None
    while previous != text:
        previous, text = text, re.sub(r"<[^<>]*>", "", text)
    return text


def is_body(head):
    """Whether the brace after `head` opens a function's body, not a value."""
    head = re.sub(r"^\s*(?:public|private|protected)\s*:", "", head).strip()
    if not head or re.search(r"(?:=|\breturn|,|\()$", head):
        return False
    before_initialisers = re.split(r"\)\s*(?:noexcept\s*)?:(?!:)", head)
    if len(before_initialisers) > 1:
        return re.search(r"[\w>]$", head) is None  # `m_name{`: a member's value; `} {`: the body
    if re.search(r"\)\s*(?:const|noexcept|override|final|mutable|try|&|&&|\s)*$", head):
        return True
    return re.search(r"\)[^;{}]*(?:->|\brequires\b|\bnoexcept\s*\()", head) is not None


def _inside(code, opening, source, found):
    """Looks for lambdas between the bracket at `opening` and its end; returns the end."""
    end = cpp_text.matching(code, opening)
    for match in re.finditer(r"\]\s*(?:\([^{};]*?\))?[^{};()]*\{", code[opening:end]):
        start = opening + match.end() - 1
        found.append(("lambda", cpp_text.line_of(code, start), _lines(code, start)))
    return end


def _lines(code, opening):
    return code.count("\n", opening, cpp_text.matching(code, opening)) + 1


def _measure(code, head, opening, end):
    parenthesis = head.find("(")
    match = _NAME.search(head[: parenthesis + 1])
    name = re.sub(r"\s+", "", match[1]) if match else "function"
    if name in ("TEST", "TEST_F", "TEST_P"):
        arguments = head[parenthesis + 1 : head.find(")", parenthesis)]
        name = ".".join(part.strip() for part in arguments.split(","))
    return name, cpp_text.line_of(code, opening), code.count("\n", opening, end) + 1


def python_functions(source):
    return [
        (node.name, node.lineno, node.end_lineno - node.lineno + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]


def oversized(path, source):
    """{thing: (lines, where)} of what is above a limit; `thing` is as the exceptions name it."""
    things = {}
    line_count = source.count("\n")
    if line_count > FILE_LINES_MUCH:
        things[f"{path} file"] = (line_count, str(path))
    found = python_functions(source) if path.suffix == ".py" else functions(source)
    for name, line, lines in found:
        if lines > FUNCTION_LINES_MAX:
            things[f"{path} {name}"] = (lines, f"{path}:{line}")
    return things


def parse_exceptions(text):
    """Lines of "PATH file|FUNCTION LINES"; # starts a comment."""
    rows = {}
    for line in text.splitlines():
        line = line.split("#")[0].strip()
        if line:
            thing, lines = line.rsplit(None, 1)
            rows[thing] = int(lines)
    return rows


def compare(things, exceptions):
    problems = []
    for thing, (lines, where) in sorted(things.items()):
        is_file = thing.endswith(" file")
        limit = FILE_LINES_MUCH if is_file else FUNCTION_LINES_MAX
        listed = exceptions.get(thing)
        if is_file and lines > FILE_LINES_MAX:
            problems.append(f"{where}: {lines} lines; {FILE_LINES_MAX} is the end: split the file")
        elif listed is None:
            problems.append(f"{where}: {thing.split(' ')[1]}: {lines} lines, {limit} allowed: split it")
        elif lines > listed:
            problems.append(f"{where}: {lines} lines, {listed} in tools/size_exceptions.txt: shrink it")
        elif lines < listed:
            problems.append(f"tools/size_exceptions.txt: {thing} is down to {lines}: write that")
    for thing in sorted(exceptions.keys() - things.keys()):
        problems.append(f"tools/size_exceptions.txt: {thing} is within the limits: delete the line")
    return problems


def main():
    things = {}
    for path in repository.cpp_files() + repository.python_files():
        things |= oversized(path, (repository.ROOT / path).read_text())
    exceptions = parse_exceptions(EXCEPTIONS.read_text() if EXCEPTIONS.exists() else "")
    return repository.finish("check_size", compare(things, exceptions))


if __name__ == "__main__":
    sys.exit(main())
