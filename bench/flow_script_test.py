#!/usr/bin/env python3
# That pgbench's script says what PostgreSQL's log said, and that a log which cannot be understood is
# a failure.
# SPDX-License-Identifier: Apache-2.0
import json
import unittest

from flow_script import ScriptWriter, Statement, halves, read_transactions
from measuring import Failure

INSERT = "INSERT INTO t VALUES ($1, $2, $3, $4)"
TYPES = {INSERT: ["uuid", "jsonb", "timestamp with time zone", "text"]}
IDS = ("01a21d30-8942-784d-8201-19a8f58a0898", "01a21d30-8942-784d-9e42-0684eab958f7",
       "01a21d30-8942-784d-a7c1-5f0f3b8d21c6")


def entry(message, detail="", session="1"):
    return json.dumps({"session_id": session, "message": message, "detail": detail})


def log_of(*entries):
    return "\n".join([entry("statement: SELECT 'begin'"), *entries, entry("statement: SELECT 'end'")])


def flow_of(identity, time="2026-11-27 13:23:07.1+00"):
    details = json.dumps({"id": identity, "at": "2026-01-01T00:00:00Z", "n": [1, None]})
    return [[Statement("BEGIN"), Statement(INSERT, (identity, details, time, "it's"))]]


class ReadTransactions(unittest.TestCase):
    def test_each_session_has_its_own(self):
        log = log_of(entry("execute <unnamed>: BEGIN"),
                     entry("execute <unnamed>: BEGIN READ ONLY", session="2"),
                     entry("execute muster_1: SELECT $1, $2, $3",
                           "parameters: $1 = 'it''s, $2 = ''x''', $2 = NULL, $3 = ''"),
                     entry("execute <unnamed>: ROLLBACK", session="2"),
                     entry("execute <unnamed>: COMMIT"))
        self.assertEqual(read_transactions(log, "'begin'", "'end'"), [
            [Statement("BEGIN"), Statement("SELECT $1, $2, $3", ("it's, $2 = 'x'", None, "")),
             Statement("COMMIT")],
            [Statement("BEGIN READ ONLY"), Statement("ROLLBACK")]])

    def test_only_what_is_between_the_marks(self):
        self.assertEqual(read_transactions(entry("execute x: SELECT 1") + "\n" + log_of(), "'begin'",
                                           "'end'"), [])

    def test_what_it_cannot_understand(self):
        for name, log in (
            ("outside of a transaction", log_of(entry("execute x: SELECT 1"))),
            ("parameters in a new form", log_of(entry("execute x: BEGIN", "parameters: $1: 5"))),
        ):
            with self.subTest(name), self.assertRaises(Failure):
                read_transactions(log, "'begin'", "'end'")


class Halves(unittest.TestCase):
    def test_two_flows(self):
        first, second = flow_of(IDS[0]), flow_of(IDS[1])
        self.assertEqual(halves(first + second), (first, second))

    def test_others_are_refused(self):
        for name, transactions in (
            ("nothing", []),
            ("three", flow_of(IDS[0]) * 3),
            ("another statement", [*flow_of(IDS[0]), [Statement("BEGIN"), Statement("SELECT 1")]]),
        ):
            with self.subTest(name), self.assertRaises(Failure):
                halves(transactions)


class Script(unittest.TestCase):
    def write(self, first, second, pipelined=False):
        return ScriptWriter(TYPES).write(first, second, pipelined)

    def test_what_differs_is_made_anew(self):
        script, constants = self.write(flow_of(IDS[0]), flow_of(IDS[1], "2026-11-27 13:24:00+00"))
        lines = script.splitlines()
        self.assertEqual(lines[2:], [
            "\\set new0 :number + 0",
            "BEGIN;",
            "INSERT INTO t VALUES ((:constant4::text || :new0::text)::uuid, "
            "(:constant2::text || :new0::text || :constant3::text)::jsonb, :constant1, :constant0);"])
        prefix = "01a21d30-8942-784d-8201-"
        self.assertEqual(constants, {
            "constant0": "it's", "constant1": "2026-11-27 13:23:07.1+00",
            "constant2": '{"id": "' + prefix,
            "constant3": '", "at": "2026-01-01T00:00:00Z", "n": [1, null]}', "constant4": prefix})

    def test_a_pipeline_is_a_transaction(self):
        script, _ = self.write(flow_of(IDS[0]), flow_of(IDS[1]), pipelined=True)
        lines = script.splitlines()
        self.assertEqual((lines[3], lines[-1]), ("\\startpipeline", "\\endpipeline"))

    def test_values_without_a_common_form(self):
        def with_text(text):
            return [[Statement(INSERT, (IDS[0], "{}", "now", text))]]
        for name, one, other in (
            ("null in one flow", "a", None),
            ("too short", "abc", "abd"),
            ("other words", "a b", "a b c"),
        ):
            with self.subTest(name), self.assertRaises(Failure):
                self.write(with_text(one), with_text(other))

    def test_one_value_that_is_two_in_the_other_flow(self):
        def with_ids(first, second):
            return [[Statement("SELECT $1", (each,)) for each in (first, second)]]
        with self.assertRaises(Failure):
            ScriptWriter({"SELECT $1": ["uuid"]}).write(with_ids(IDS[0], IDS[0]),
                                                        with_ids(IDS[1], IDS[2]))


if __name__ == "__main__":
    unittest.main()
