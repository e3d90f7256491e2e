#!/usr/bin/env python3
# When tools/check_tidy.py must read a source again.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import tempfile
import unittest

import check_tidy


class Keys(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name).resolve() / "clone"
        self.write("core/a.cpp", '#include "core/a.hpp"\n#include <vector>\n')
        self.write("core/a.hpp", '#include "base/b.hpp"\n')
        self.write("base/b.hpp", "int b;\n")
        self.write("base/c.hpp", "int c;\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def key(self, command="g++ a.cpp", world=b"1"):
        return check_tidy.key_of(self.root / "core/a.cpp", command, world, [self.root], self.root)

    def test_rows(self):
        rows = [
            ("nothing", lambda: None, False),
            ("the source", lambda: self.write("core/a.cpp", '#include "core/a.hpp"\n'), True),
            ("its header", lambda: self.write("core/a.hpp", '#include "base/b.hpp"\nint a;\n'), True),
            ("its header's header", lambda: self.write("base/b.hpp", "int b2;\n"), True),
            ("a header that it does not reach", lambda: self.write("base/c.hpp", ";\n"), False),
        ]
        for name, change, expected in rows:
            with self.subTest(name):
                before = self.key()
                change()
                self.assertEqual(self.key() != before, expected)

    def test_another_clone_has_the_same(self):
        before = self.key(command=f"g++ -I{self.root} a.cpp")
        other = self.root.parent / "other clone"
        self.root.rename(other)
        self.root = other
        self.assertEqual(self.key(command=f"g++ -I{other} a.cpp"), before)

    def test_command_and_world(self):
        self.assertNotEqual(self.key(), self.key(command="g++ -O2 a.cpp"))
        self.assertNotEqual(self.key(), self.key(world=b"2"))


if __name__ == "__main__":
    unittest.main()
