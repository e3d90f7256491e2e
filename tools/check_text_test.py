#!/usr/bin/env python3
# What tools/check_text.py accepts and refuses.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import tempfile
import unittest

import check_text

LICENCE = "// " + check_text.LICENCE + "\n"
SPOKEN = "TO" + "DO"
MACHINE = "/ho" + "me/somebody/file"
ELSEWHERE = "https:" + "//packages.elsewhere.io/x"


def check(name, text):
    data = text if isinstance(text, bytes) else text.encode()
    return check_text.check(pathlib.PurePosixPath(name), data)


class Files(unittest.TestCase):
    def test_rows(self):
        rows = [
            ("clean", "src/core/trust.cpp", LICENCE, None),
            ("tab", "src/core/trust.cpp", LICENCE + "\tint a;\n", "a tab"),
            ("space at the end", "src/core/trust.cpp", LICENCE + "int a; \n", "white space"),
            ("carriage return", "src/core/trust.cpp", LICENCE + "int a;\r\n", "white space"),
            ("no last line break", "src/core/trust.cpp", LICENCE + "int a;", "no end"),
            ("empty lines at the end", "src/core/trust.cpp", LICENCE + "\n", "empty lines"),
            ("no licence", "src/core/trust.cpp", "int a;\n", "no licence"),
            ("licence too late", "a.sh", "\n" * check_text.LICENCE_LINES + LICENCE, "no licence"),
            ("script without an ending", "dev", "#!/usr/bin/env bash\n", "no licence"),
            ("document needs none", "docs/glossary.md", "# Words\n", None),
            ("open end without an issue", "a.md", SPOKEN + ": this\n", "without an issue"),
            ("open end with an issue", "a.md", SPOKEN + "(#12): this\n", None),
            ("open end that cannot be merged", "a.md", "FIX" + "ME\n", "open end"),
            ("path of a machine", "a.md", "see " + MACHINE + "\n", "one machine"),
            ("home of an example's person", "a.md", "/home/ana/enrolled\n", None),
            ("variable path", "a.md", "$PREFIX" + MACHINE + "\n", None),
            ("foreign host", "a.md", ELSEWHERE + "\n", "the host"),
            ("address of a package", "a/package-lock.json", '  "url": "' + ELSEWHERE + '"\n', None),
            ("where packages come from", "a/package-lock.json",
             '  "resolved": "' + ELSEWHERE + '"\n', "the host"),
            ("reserved host", "a.md", "https://muster.example.org/enroll\n", None),
            ("loopback", "a.md", "http://127.0.0.1:8080/ http://localhost:1/ http://[::1]:8\n", None),
            ("placeholder", "a.md", "http://HOST:PORT\n", None),
            ("not text", "a.md", b"\xff\xfe\n", "not UTF-8"),
            ("corpora hold anything", "tests/fuzz/corpus/jwt/a", b"\xff\t ", None),
            ("name that says nothing", "src/core/string_" + "utils.cpp", LICENCE, "says nothing"),
            ("folder that says nothing", "src/" + "common/a.cpp", LICENCE, "says nothing"),
            ("name that contains such a word", "src/core/commonplace.cpp", LICENCE, None),
        ]
        for name, path, text, message in rows:
            with self.subTest(name):
                problems = check(path, text)
                self.assertEqual(len(problems), 0 if message is None else 1, problems)
                if message is not None:
                    self.assertIn(message, problems[0])


class Links(unittest.TestCase):
    def test_rows(self):
        rows = [
            ("file", "[a](other.md)", 0),
            ("heading", "[a](other.md#two-words-its)", 0),
            ("own heading", "# Here\n[a](#here)", 0),
            ("other site", "[a](https://example.org/x)", 0),
            ("missing file", "[a](missing.md)", 1),
            ("missing heading", "[a](other.md#three)", 1),
            ("missing own heading", "[a](#there)", 1),
            ("in a code block", "```\n[a](missing.md)\n```\n", 0),
        ]
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "other.md").write_text("# Two words: it's\n")
            for name, text, count in rows:
                with self.subTest(name):
                    path = root / "page.md"
                    path.write_text(text)
                    page = pathlib.PurePosixPath("page.md")
                    problems = check_text.check_links(page, text, root)
                    self.assertEqual(len(problems), count, problems)


if __name__ == "__main__":
    unittest.main()
