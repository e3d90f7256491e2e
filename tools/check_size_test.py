#!/usr/bin/env python3
# What tools/check_size.py takes for a function, and how its list of exceptions shrinks.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import unittest

import check_size


class FindsFunctions(unittest.TestCase):
    def check(self, source, expected):
        found = [(name, lines) for name, _, lines in check_size.functions(source)]
        self.assertEqual(found, expected)

    def test_rows(self):
        rows = [
            ("plain", "int f(int a) {\n return a;\n}\n", [("f", 3)]),
            ("in a namespace", "namespace a::b {\nvoid f() {\n}\n}\n", [("f", 2)]),
            ("method", "class C {\npublic:\n int f() const {\n  return 1;\n }\n};", [("f", 3)]),
            ("method of a final class", "class C final : public D {\n void f() override {\n }\n};", [("f", 2)]),
            ("qualified", "int C::f() const noexcept {\n}\n", [("C::f", 2)]),
            ("trailing type", "auto f(int a) -> std::vector<int> {\n}\n", [("f", 2)]),
            ("template", "template <class T>\n requires X<T>\nvoid f(T a) {\n}\n", [("f", 2)]),
            ("template class", "template <class T>\nclass C {\n void f() {\n }\n};", [("f", 2)]),
            ("returns a struct", "struct tm f() {\n}\n", [("f", 2)]),
            ("initialisers", "C::C(int a) : m_a{a}, m_b(a) {\n}\n", [("C::C", 2)]),
            ("initialisers, last braced", "C::C() : m_a(1), m_b{2} {\n\n}\n", [("C::C", 3)]),
            ("table of values", "const Row rows[] = {\n {1, f(2)},\n};\nvoid g() {\n}\n", [("g", 2)]),
            ("enum", "enum class E {\n a,\n};\nvoid g() {\n}\n", [("g", 2)]),
            ("brace in a string", 'void f() {\n g("}");\n}\n', [("f", 3)]),
            ("brace in a raw string", 'void f() {\n g(R"sql(\n}\n)sql");\n}\n', [("f", 5)]),
            ("brace in a comment", "void f() {\n // }\n /* } */\n}\n", [("f", 4)]),
            ("brace in a character", "void f() {\n g('}');\n}\n", [("f", 3)]),
            ("digit separators", "void f() {\n g(1'000, 2'000);\n}\n", [("f", 3)]),
            ("lambda counts with its function", "void f() {\n g([] {\n });\n}\n", [("f", 4)]),
            ("lambda in a table", "const Row rows[] = {{1, [](int a) {\n  return a;\n }}};\n", [("lambda", 3)]),
            ("test", "TEST(Devices, Approve) {\n}\n", [("Devices.Approve", 2)]),
            ("default argument", "void f(A a = {}) {\n}\n", [("f", 2)]),
            ("member with a value", "struct S {\n int a{1};\n B b = {};\n};\nvoid g() {\n}\n", [("g", 2)]),
            ("directive", "#define X {\nvoid f() {\n}\n", [("f", 2)]),
            ("operator", "bool operator==(A a, B b) {\n}\n", [("operator==", 2)]),
        ]
        for name, source, expected in rows:
            with self.subTest(name):
                self.check(source, expected)


class Limits(unittest.TestCase):
    def sizes(self, lines):
        body = "\n" * (lines - 1)
        return check_size.oversized(pathlib.Path("a.cpp"), "void f() {" + body + "}")

    def test_function_at_the_limit(self):
        self.assertEqual(self.sizes(check_size.FUNCTION_LINES_MAX), {})

    def test_function_one_past_it(self):
        self.assertEqual(list(self.sizes(check_size.FUNCTION_LINES_MAX + 1)), ["a.cpp f"])

    def test_file(self):
        path = pathlib.Path("a.cpp")
        self.assertEqual(check_size.oversized(path, "\n" * check_size.FILE_LINES_MUCH), {})
        much = check_size.oversized(path, "\n" * (check_size.FILE_LINES_MUCH + 1))
        self.assertEqual(list(much), ["a.cpp file"])

    def test_python(self):
        source = "def f():\n" + "    pass\n" * check_size.FUNCTION_LINES_MAX
        self.assertEqual(list(check_size.oversized(pathlib.Path("a.py"), source)), ["a.py f"])


class Ratchet(unittest.TestCase):
    def test_rows(self):
        function, file = "a.cpp f", "a.cpp file"
        rows = [
            ("nothing", {}, {}, None),
            ("unlisted function", {function: 71}, {}, "split it"),
            ("listed", {function: 80}, {function: 80}, None),
            ("grown", {function: 81}, {function: 80}, "shrink it"),
            ("shrunk", {function: 79}, {function: 80}, "write that"),
            ("mended", {}, {function: 80}, "delete the line"),
            ("unlisted file", {file: 401}, {}, "split it"),
            ("listed file", {file: 600}, {file: 600}, None),
            ("file that no list excuses", {file: 601}, {file: 601}, "split the file"),
        ]
        for name, things, exceptions, message in rows:
            with self.subTest(name):
                measured = {thing: (lines, "a.cpp:1") for thing, lines in things.items()}
                problems = check_size.compare(measured, exceptions)
                self.assertEqual(len(problems), 0 if message is None else 1, problems)
                if message is not None:
                    self.assertIn(message, problems[0])

    def test_list(self):
        text = "# why\nsrc/a.cpp f 71\nsrc/b.cpp file 450  # once more\n"
        expected = {"src/a.cpp f": 71, "src/b.cpp file": 450}
        self.assertEqual(check_size.parse_exceptions(text), expected)


if __name__ == "__main__":
    unittest.main()
