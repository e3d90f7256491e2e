#!/usr/bin/env python3
# Fails on statements that g++ 12 miscompiles: co_await together with a temporary lambda that
# captures by value, or with a temporary made by braces, is destroyed twice (GCC bug 107288).
# SPDX-License-Identifier: Apache-2.0
import re
import sys

import cpp_text
import repository

_OPENING = {")": "(", "]": "[", "}": "{"}
_LAMBDA = re.compile(r"\[([^\[\]]*)\]\s*(?=[({]|mutable\b|->|<)")
_NAMED = re.compile(r"^\s*(?!co_return\b|co_await\b|return\b|throw\b)(?:const\s+)?"
                    r"[\w:]+(?:<.*>)?(?:\s*[&*]+)?\s+\w+\s*$", re.DOTALL)
_VALUE_BEFORE = re.compile(r"(?:[\w>,=(?:\[{]|&&|\|\||\breturn|\bco_return)$")


def opens_block(code, brace):
    """Whether the brace opens statements (a body, a lambda, a class) and not a value."""
    before = code[max(0, brace - 400) : brace].rstrip()
    if re.search(r"(?:\)|\]|;|\{|\}|\b(?:else|do|try|const|noexcept|override|final|mutable))$", before):
        return True
    if re.search(r"\)\s*(?:mutable\s*)?(?:noexcept\s*)?->[^;{}()]*$", before):
        return True
    last = re.split(r"[;{}]", before)[-1]
    return bool(re.search(r"\b(?:namespace|class|struct|union|enum)\b", last)) and ")" not in last


def statement_start(code, offset):
    """Walks back to where the statement around `offset` begins."""
    closed = []
    while offset > 0:
        offset -= 1
        character = code[offset]
        if character in ")]":
            closed.append(character)
        elif character == "}":
            if not closed and ends_block(code, offset):
                return offset + 1
            closed.append(character)
        elif character in "([":
            if closed:
                closed.pop()
        elif character == "{":
            if closed:
                closed.pop()
            elif opens_block(code, offset):
                return offset + 1
        elif character == ";" and not closed and not in_parentheses(code, offset):
            return offset + 1
    return 0


def ends_block(code, brace):
    """Whether the brace that closes at `brace` was opened as a block, and nothing follows it that
    would make it a lambda in an expression."""
    depth = 0
    for offset in range(brace, -1, -1):
        if code[offset] == "}":
            depth += 1
        elif code[offset] == "{":
            depth -= 1
            if depth == 0:
                return opens_block(code, offset) and code[brace + 1 :].lstrip()[:1] not in tuple("),;.(")
    return True


def in_parentheses(code, semicolon):
    """Whether the semicolon is one of `for (...; ...)` or `if (...; ...)`."""
    depth = 0
    for offset in range(semicolon - 1, -1, -1):
        character = code[offset]
        if character in ")}]":
            depth += 1
        elif character in "({[":
            if depth == 0:
                return character == "(" and bool(re.search(r"\b(?:for|if|switch|while)\s*$", code[:offset]))
            depth -= 1
    return False


def statement_end(code, offset):
    while offset < len(code):
        character = code[offset]
        if character in "([":
            offset = cpp_text.matching(code, offset)
        elif character == "{":
            if opens_block(code, offset):
                return offset
            offset = cpp_text.matching(code, offset)
        elif character in ";}":
            return offset
        offset += 1
    return len(code)


def without_bodies(statement):
    """Blanks the bodies of lambdas: their statements are looked at on their own."""
    offset = 0
    while offset < len(statement):
        if statement[offset] == "{" and opens_block(statement, offset):
            end = cpp_text.matching(statement, offset)
            inside = re.sub(r"[^\n]", " ", statement[offset + 1 : end])
            statement = statement[: offset + 1] + inside + statement[end:]
            offset = end
        offset += 1
    return statement


def captures_by_value(captures):
    parts = [part.strip() for part in captures.split(",") if part.strip()]
    return any(not part.startswith("&") and part != "this" for part in parts)


def fault_of(statement):
    """Why the statement is dangerous; None if it is not."""
    for match in _LAMBDA.finditer(statement):
        before = statement[: match.start()].rstrip()
        subscript = re.search(r"[\w)\]]$", before) and not re.search(r"\b(?:return|co_return|co_await)$", before)
        if not subscript and captures_by_value(match[1]):
            return "a lambda that captures by value"
    for match in re.finditer(r"\{", statement):
        brace = match.start()
        if opens_block(statement, brace) or _NAMED.match(statement[:brace]):
            continue
        if _VALUE_BEFORE.search(statement[:brace].rstrip()):
            return "a temporary made by braces"
    return None


def check(source):
    """(line, fault) of each dangerous statement."""
    code = cpp_text.code_of(source)
    found, seen = [], set()
    for match in re.finditer(r"\bco_await\b", code):
        start = statement_start(code, match.start())
        if start in seen:
            continue
        seen.add(start)
        statement = without_bodies(code[start : statement_end(code, match.start())])
        fault = fault_of(statement) if "co_await" in statement else None
        if fault:
            found.append((cpp_text.line_of(code, match.start()), fault))
    return found


def main():
    problems = [
        f"{path}:{line}: co_await beside {fault}: g++ 12 destroys it twice; give it a name in a"
        " statement of its own first"
        for path in repository.cpp_files()
        for line, fault in check((repository.ROOT / path).read_text())
    ]
    return repository.finish("check_coroutines", problems)


if __name__ == "__main__":
    sys.exit(main())
