#!/usr/bin/env python3
# What tools/check_edges.py accepts and refuses.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import unittest
from unittest import mock

import check_edges


def includes(path, *headers):
    text = "".join(f'#include "{header}"\n' for header in headers)
    return check_edges.check_includes([(pathlib.Path(path), text)])


class Includes(unittest.TestCase):
    def test_rows(self):
        rows = [
            ("own folder", "src/core/trust.cpp", "core/trust.hpp", None),
            ("allowed folder", "src/store/devices.cpp", "core/device.hpp", None),
            ("forbidden folder", "src/store/devices.cpp", "app/devices.hpp", "may not include"),
            ("upwards", "src/base/log.cpp", "core/error.hpp", "may not include"),
            ("the one header of store", "src/api/routes.cpp", "store/store.hpp", None),
            ("another header of store", "src/api/routes.cpp", "store/devices.hpp", "may not"),
            ("deep in a folder", "src/api/system/health.cpp", "jobs/outbox.hpp", "may not"),
            ("wiring sees everything", "src/main/serve.cpp", "jobs/outbox.hpp", None),
            ("wiring sees no fakes", "src/main/serve.cpp", "fakes/clock.hpp", "tests only"),
            ("tests see everything", "src/base/log_test.cpp", "api/routes.hpp", None),
            ("what only tests include, too", "src/store/test_database.hpp", "fakes/clock.hpp", None),
            ("and they alone", "src/store/devices.cpp", "store/test_database.hpp", "tests only"),
            ("fakes are for tests", "src/app/devices.cpp", "fakes/clock.hpp", "may not include"),
            ("by name alone", "src/app/devices.cpp", "devices.hpp", "path from src/"),
            ("relative", "src/app/devices.cpp", "../core/device.hpp", "path from src/"),
            ("a folder that nobody knows", "src/extra/thing.cpp", "core/device.hpp", "is new"),
        ]
        for name, path, header, message in rows:
            with self.subTest(name):
                problems, _ = includes(path, header)
                if message is None:
                    self.assertEqual(problems, [])
                else:
                    self.assertEqual(len(problems), 1)
                    self.assertIn(message, problems[0])

    def test_names_file_and_line(self):
        problems, _ = includes("src/core/trust.cpp", "core/trust.hpp", "store/store.hpp")
        self.assertTrue(problems[0].startswith("src/core/trust.cpp:2: "), problems)


class UnusedEdges(unittest.TestCase):
    def setUp(self):
        self.all = {
            (folder, name) for folder, names in check_edges.MAY_INCLUDE.items() for name in names
        }

    def test_all_used(self):
        with mock.patch.object(check_edges, "NOT_YET_USED", []):
            self.assertEqual(check_edges.check_unused(self.all), [])

    def test_one_unused(self):
        with mock.patch.object(check_edges, "NOT_YET_USED", []):
            problems = check_edges.check_unused(self.all - {("jobs", "app")})
        self.assertEqual(len(problems), 1)
        self.assertIn("jobs/ no longer includes app", problems[0])

    def test_excused_until_used(self):
        with mock.patch.object(check_edges, "NOT_YET_USED", [("jobs", "app")]):
            self.assertEqual(check_edges.check_unused(self.all - {("jobs", "app")}), [])
            self.assertEqual(len(check_edges.check_unused(self.all)), 1)


class Twins(unittest.TestCase):
    def lists(self):
        rows = []
        for folder, names in check_edges.MAY_INCLUDE.items():
            uses = " ".join(name.split("/")[0] for name in names)
            rows.append(f"muster_library({folder} USES {uses} EXTERNAL fmt::fmt)")
        everything = " ".join(name for name in check_edges.MAY_INCLUDE if name != "fakes")
        rows.append(f"muster_library(main USES {everything})")
        return "\n".join(rows).replace(" USES  EXTERNAL", " EXTERNAL")

    def test_equal(self):
        self.assertEqual(check_edges.check_cmake(self.lists()), [])

    def test_an_edge_too_many(self):
        problems = check_edges.check_cmake(
            self.lists().replace("muster_library(net USES base", "muster_library(net USES base core")
        )
        self.assertEqual(len(problems), 1)
        self.assertIn("muster_library(net)", problems[0])

    def test_a_folder_without_its_line(self):
        problems = check_edges.check_architecture("src/core/  nouns", {"core", "net"})
        self.assertEqual(len(problems), 1)
        self.assertIn("src/net", problems[0])


if __name__ == "__main__":
    unittest.main()
