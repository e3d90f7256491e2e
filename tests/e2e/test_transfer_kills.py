# A move is killed at every kind of moment, as it is about to say a certain word to PostgreSQL: the
# next run brings the rest, and nothing twice. And a mover whose machine is gone is soon forgotten.
# SPDX-License-Identifier: Apache-2.0
import json
import pathlib
import signal
import subprocess

import postgres_database
from muster_server import BINARY, wait_for
from postgres_cluster import start_cluster, start_proxy, with_place
from transfer_case import TransferTestCase

EVENTS = 50_000  # of which 20,000 are a batch
FIRST_TABLE = "api_keys"
GOES_ON = "going on where an earlier run ended"
# What it is killed before, and how often it may say that until then; whether rows are there already.
MOMENTS = {
    "before it says that a move began": (b"INSERT INTO muster.transfer ", 1, False),
    "in the first table, before its first row": (b"COPY muster.api_keys (", 1, False),
    "in the first table, before it counts": (b"INSERT INTO muster.transfer_tables", 1, False),
    "between two tables": (b"INSERT INTO muster.transfer_tables", 4, True),
    "in the middle of a table, between batches": (b"COPY public.device_events (", 3, True),
    "in the middle of a batch": (b"10000000-0000-4000-8000-000000030000", 1, True),
    "before the first table is verified": (b"COPY (SELECT ", 1, True),
    "while tables are verified": (b" FROM public.device_events) TO STDOUT", 1, True),
    "before it says that all is equal": (b"UPDATE muster.transfer SET finished_at", 1, True),
}


KEEPALIVE_TIMER = "02"  # in /proc/net/tcp; behind it hundredths of a second until it asks
SILENCE_MAX = 500


def timers_of(port):
    """Of the sockets that a server on this machine has with its clients: kind and time left."""
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    sockets = [line.split() for line in lines]
    established = [words for words in sockets if words[3] == "01"]
    return [words[5].split(":") for words in established if words[1].endswith(f":{port:04X}")]


def backends_of(database):
    return int(postgres_database.psql(
        database.maintenance,
        "SELECT count(*) FROM pg_stat_activity"
        f" WHERE datname = '{database.name}' AND backend_type = 'client backend';"))


class Mover:
    """A run of the tool, whose words pass through a proxy."""

    def __init__(self, case, proxy, word, times):
        self.word, self.left, self.tail = word, times, b""
        proxy.on_request = self.look
        url = with_place(case.target.owner_url, host="127.0.0.1", port=proxy.port)
        self.process = subprocess.Popen(
            [str(BINARY), "migrate", "--from", case.from_folder, "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=case.server.environment(DATABASE=url), cwd=case.server.folder)

    def look(self, _, data):
        """A word may come in two pieces, and several times in one."""
        seen = self.tail + data
        self.left -= seen.count(self.word)
        self.tail = seen[len(seen) - len(self.word) + 1:]
        return data if self.left > 0 else self.meet(data)

    def meet(self, _):
        self.process.kill()

    def end(self):
        _, said = self.process.communicate()
        return self.process.returncode, said


class StoppedMover(Mover):
    def meet(self, data):
        """As silent as one whose machine is gone."""
        self.process.send_signal(signal.SIGSTOP)
        return data


class OnTcp(TransferTestCase):
    def new_target(self, cluster):
        self.target = postgres_database.PostgresDatabase(BINARY, cluster.url)
        self.addCleanup(self.target.drop)


class Killed(OnTcp):
    def kill(self, proxy, word, times):
        code, said = Mover(self, proxy, word, times).end()
        self.assertEqual(code, -9, said)
        wait_for("PostgreSQL noticed", lambda: backends_of(self.target) == 0)

    def test_it_goes_on_whenever_it_was_killed(self):
        self.add_events(EVENTS)
        cluster = start_cluster(self)
        proxy = start_proxy(self, cluster)
        self.new_target(cluster)
        whole = self.moved()
        self.assertEqual(
            [row["table"] for row in whole["tables"] if row["source"]["rows"]][0], FIRST_TABLE)
        for name, (word, times, has_rows) in MOMENTS.items():
            with self.subTest(name):
                self.new_target(cluster)
                self.kill(proxy, word, times)
                self.check_guards()
                self.check_goes_on(whole, has_rows)

    def check_goes_on(self, whole, has_rows):
        done = self.move()
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertEqual(GOES_ON in done.stderr, has_rows, done.stderr)
        report = json.loads(done.stdout)
        self.assertTrue(report["equal"])
        self.assertEqual(report["tables"], whole["tables"])
        self.assertEqual(report["rows_copied"] < whole["rows_copied"], has_rows)
        counts = "".join(f"SELECT count(*) FROM {row['table']};" for row in whole["tables"])
        self.assertEqual(
            self.target.as_superuser("SET search_path = muster, public;" + counts).split(),
            [str(row["source"]["rows"]) for row in whole["tables"]])
        self.check_guards()

    def test_after_the_end_it_says_so(self):
        cluster = start_cluster(self)
        self.new_target(cluster)
        self.kill(start_proxy(self, cluster), b"ANALYZE ", 1)
        report = self.moved()
        self.assertTrue(report["was_finished"])
        self.assertEqual(report["rows_copied"], 0)


class Silent(OnTcp):
    def test_a_mover_holds_its_place_until_it_is_gone(self):
        """Without being asked, PostgreSQL would keep the lock for hours after a power cut."""
        cluster = start_cluster(self)
        self.new_target(cluster)
        mover = StoppedMover(self, start_proxy(self, cluster), b"INSERT INTO muster.transfer ", 1)
        self.addCleanup(mover.end)
        self.addCleanup(mover.process.kill)
        wait_for("PostgreSQL asks within 5 s whether it is there", lambda: [
            left for kind, left in timers_of(cluster.port)
            if kind == KEEPALIVE_TIMER and 0 < int(left, 16) <= SILENCE_MAX])
        self.assertEqual(backends_of(self.target), 1)
        self.refused(f"the source: a server runs on {self.server.data}, or another muster migrate")
