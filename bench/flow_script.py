"""The statements of one enrolment as the server sends them to PostgreSQL, read from PostgreSQL's own
log, and the pgbench script that sends the same ones."""
# SPDX-License-Identifier: Apache-2.0
import json
import re
from typing import NamedTuple

from measuring import Failure

CLIENTS_MAX = 64
VALUES_MAX = 64  # that differ from flow to flow
DIGITS = 12
FIRST_NUMBER = 10 ** (DIGITS - 1)
NUMBERS_OF_A_RUN = 10 ** (DIGITS - 3)  # for 240,000 flows of each client

_EXECUTED = re.compile(r"execute [^:]*: (.*)", re.DOTALL)
_VALUE = re.compile(r"\$\d+ = (?:'((?:[^']|'')*)'|NULL)(?:, |$)")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(?:Z|\+00:00|\+00)")
_WORD = re.compile(_TIME.pattern + r'|[^\s"{}\[\],]+')
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")


class Statement(NamedTuple):
    sql: str
    values: tuple = ()  # text or None


def read_transactions(log, begin, end):
    """What PostgreSQL's jsonlog says was run between the log lines that hold `begin` and `end`: one
    list of statements for each transaction, in the order of their beginnings."""
    running, transactions = False, []
    is_open = {}
    for line in log.splitlines():
        entry = json.loads(line)
        message = entry.get("message", "")
        if begin in message or end in message:
            running = begin in message
        found = _EXECUTED.match(message)
        if not running or not found:
            continue
        statement = Statement(found[1], _values_of(entry.get("detail", "")))
        session = entry["session_id"]
        if statement.sql.startswith("BEGIN"):
            is_open[session] = []
            transactions.append(is_open[session])
        if session not in is_open:
            raise Failure(f"a statement outside of a transaction: {statement.sql}")
        is_open[session].append(statement)
        if statement.sql in ("COMMIT", "ROLLBACK"):
            del is_open[session]
    return transactions


def _values_of(detail):
    _, _, text = detail.partition("arameters: ")
    values, at = [], 0
    while at < len(text):
        found = _VALUE.match(text, at)
        if not found:
            raise Failure(f"PostgreSQL's log names parameters in a new way: {text[at:]}")
        values.append(None if found[1] is None else found[1].replace("''", "'"))
        at = found.end()
    return tuple(values)


def halves(transactions):
    """Two flows that ran one after the other. Fails when they did not do the same."""
    count = len(transactions) // 2
    first, second = transactions[:count], transactions[count:]
    texts = [[[one.sql for one in each] for each in flow] for flow in (first, second)]
    if not first or texts[0] != texts[1]:
        raise Failure("two flows did not send the same statements")
    return first, second


class ScriptWriter:
    """Values that two flows have in common become constants, the others new ones each time: of the
    same length and form, in the same places, ascending like the server's own."""

    def __init__(self, types):
        """`types`: the types of a statement's parameters, by its text."""
        self._types = types
        self._constants = {}  # name by value
        self._new = {}  # name by the first flow's value
        self._twins = {}  # the second flow's value by the first one's

    def write(self, first, second, pipelined=False):
        """The script of one flow, and the definitions that it needs (pgbench -D)."""
        body = []
        for one, other in zip(first, second):
            body += ["\\startpipeline"] * pipelined
            body += [self._statement(a, b) for a, b in zip(one, other)]
            body += ["\\endpipeline"] * pipelined
        if len(self._new) > VALUES_MAX:
            raise Failure("more new values than a flow has numbers")
        head = ["\\set flow :flow + 1",
                f"\\set number :base + (:flow * {CLIENTS_MAX} + :client_id) * {VALUES_MAX}"]
        head += [f"\\set {name} :number + {place}"
                 for place, name in enumerate(self._new.values())]
        return "\n".join([*head, *body]) + "\n", {n: v for v, n in self._constants.items()}

    def _statement(self, one, other):
        sql = " ".join(one.sql.split())
        for place in range(len(one.values), 0, -1):  # $12 before $1
            expression = self._value(one.values[place - 1], other.values[place - 1],
                                     self._types[one.sql][place - 1])
            sql = re.sub(rf"\${place}(?!\d)", lambda _, text=expression: text, sql)
        return sql + ";"

    def _value(self, one, other, type_name):
        if one is None and other is None:
            return "NULL"
        if one == other:
            return self._constant(one)
        if one is None or other is None:
            raise Failure("a parameter is null in one flow only")
        parts = self._parts(one, other)
        if len(parts) == 1 and not parts[0].startswith(":new"):
            return parts[0]
        return f"({' || '.join(part + '::text' for part in parts)})::{type_name}"

    def _parts(self, one, other):
        """References whose values, put together, are the new text."""
        words = list(_WORD.finditer(one)), list(_WORD.finditer(other))
        if _WORD.sub("", one) != _WORD.sub("", other) or len(words[0]) != len(words[1]):
            raise Failure(f"two flows' values have no common form: {one!r} and {other!r}")
        parts, done = [], 0
        text = ""
        for word, twin in zip(*words):
            text += one[done:word.start()]
            done = word.end()
            if word[0] == twin[0] or _TIME.fullmatch(word[0]) or _ADDRESS.fullmatch(word[0]):
                text += word[0]
                continue
            prefix, name = self._new_word(word[0], twin[0])
            parts += [self._constant(text + prefix)] * bool(text + prefix) + [f":{name}"]
            text = ""
        text += one[done:]
        return parts + [self._constant(text)] * bool(text)

    def _new_word(self, word, twin):
        if self._twins.setdefault(word, twin) != twin:
            raise Failure(f"{word!r} is one value in one flow, and two in the other")
        if len(word) < DIGITS:
            raise Failure(f"{word!r} is too short to be made anew each time")
        name = self._new.setdefault(word, f"new{len(self._new)}")
        return word[:-DIGITS], name

    def _constant(self, text):
        if not text:
            return "''"  # which pgbench defines nothing as
        return ":" + self._constants.setdefault(text, f"constant{len(self._constants)}")
