#!/usr/bin/env python3
# Which statements tools/check_coroutines.py flags. The dangerous rows abort under
# AddressSanitizer when g++ 12.2 compiles them.
# SPDX-License-Identifier: Apache-2.0
import unittest

import check_coroutines

DANGEROUS = [
    ("lambda by value", "co_await run([text] { use(text); });"),
    ("lambda by copy of all", "co_await run([=] { use(text); });"),
    ("lambda with a moved value", "co_await run([t = std::move(text)]() mutable { use(t); });"),
    ("mixed captures", "auto x = co_await run([&, text] { use(text); });"),
    ("aggregate", "co_await send(Message{text, 1});"),
    ("aggregate of a qualified type", "co_await send(net::Message{.text = text});"),
    ("template's aggregate", "co_await send(Pair<int, Text>{1, text});"),
    ("braces alone", "co_await send({text, 1});"),
    ("second argument", "co_await send(1, {text});"),
    ("bound to a reference", "const auto& m = co_await echo(Message{text});"),
    ("inside another call", "use(Message{text}, co_await next());"),
    ("in an if", "if (co_await send(Message{text})) { stop(); }"),
    ("in an if with a first part", "if (auto r = co_await send(Message{text}); !r) { stop(); }"),
    ("in a loop's head", "for (const auto& row : co_await list(Query{text})) { use(row); }"),
    ("returned", "co_return co_await send(Message{text});"),
    ("inside a coroutine lambda", "auto f = [&]() -> Task { co_await send(Message{text}); };"),
    ("over two lines", "co_await send(1,\n              Message{text});"),
    ("assigned", "answer = co_await send(Message{text});"),
    ("the value awaited", "co_await Timer{text};"),
    ("await inside the braces", "use(Message{co_await next()});"),
]

HARMLESS = [
    ("named lambda", "auto work = [text] { use(text); };\nco_await run(work);"),
    ("named aggregate", "const Message m{text, 1};\nco_await send(m);"),
    ("lambda by reference", "co_await run([&] { use(text); });"),
    ("lambda by named references", "co_await run([&text, &m] { use(text); });"),
    ("lambda that captures this", "co_await run([this] { use(m_text); });"),
    ("lambda without captures", "co_await run([] { use(1); });"),
    ("value inside the lambda's body", "co_await run([&](auto h) { start([h] { h(); }, A{1}); });"),
    ("written constructor", "co_await send(std::string(text), Message(1));"),
    ("returned aggregate", "co_return Message{text, 1};"),
    ("aggregate in the statement before", "use(Message{text});\nco_await next();"),
    ("aggregate in the statement after", "co_await next();\nuse(Message{text});"),
    ("aggregate in the branch", "if (co_await next()) { use(Message{text}); }"),
    ("branch without braces", "if (auto r = co_await next(); !r) co_return Message{1};"),
    ("initialised by name", "const Message m{co_await next()};"),
    ("subscript", "use(rows[i](1), co_await next());"),
    ("coroutine lambda by name", "auto f = [text]() -> Task<void> { co_await next(); };"),
    ("in a comment", "// co_await send(Message{text});\nco_await next();"),
    ("in a string", 'log("co_await f(A{1})", A{1});'),
    ("loop's body", "while (co_await next()) {\n    use(Message{text});\n}"),
    ("after a block", "{\n    use(A{1});\n}\nco_await next();"),
    ("default member", "struct S {\n    int a = 1;\n    Task f() { co_await next(); }\n};"),
]


def wrapped(statement):
    return "Task f(std::string text) {\n" + statement + "\n}\n"


class Statements(unittest.TestCase):
    def test_dangerous(self):
        for name, statement in DANGEROUS:
            with self.subTest(name):
                self.assertEqual(len(check_coroutines.check(wrapped(statement))), 1)

    def test_harmless(self):
        for name, statement in HARMLESS:
            with self.subTest(name):
                self.assertEqual(check_coroutines.check(wrapped(statement)), [])

    def test_names_the_line(self):
        source = wrapped("use(1);\nco_await send(Message{text});")
        self.assertEqual(check_coroutines.check(source)[0][0], 3)


if __name__ == "__main__":
    unittest.main()
