# The database goes away and comes back: requests wait, then are refused with a 503, and work again by
# themselves; what was acknowledged is there, and nothing is there twice.
# SPDX-License-Identifier: Apache-2.0
import collections
import http.client
import signal
import threading
import unittest

import postgres_database
from muster_server import BINARY, ON_POSTGRES, MusterServer, wait_for
from pgbouncer import Pooler
from postgres_cluster import TableHolder, start_cluster, start_proxy, with_place
from postgres_database import PostgresDatabase, psql

CONNECTIONS = 8
# Nothing but the test's own requests.
QUIET = {"SWEEPER_INTERVAL": "1h", "OUTBOX_INTERVAL": "1h", "RECONCILER_INTERVAL": "1h"}


class Load:
    """Makes devices until it is told to stop, each by a name of its own."""

    def __init__(self, server):
        self.server = server
        self.token = server.sign_in()
        self.stopping = threading.Event()
        self.outcomes = []  # (name, status, code)
        self.threads = [threading.Thread(target=self._run, args=(i,)) for i in range(CONNECTIONS)]
        for thread in self.threads:
            thread.start()

    def _run(self, lane):
        client = self.server.client(token=self.token, apikey=self.server.keys["anon_key"])
        for number in range(1_000_000):
            if self.stopping.is_set():
                return
            name = f"device-{lane}-{number}"
            answer = client.enrollment("generate_token", device_name=name)
            self.outcomes.append((name, answer.status, answer.json.get("code")))

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def count(self, status):
        return sum(1 for _, found, _ in list(self.outcomes) if found == status)

    def wait_for_more(self, status):
        before = self.count(status)
        wait_for(f"an answer {status}", lambda: self.count(status) > before + CONNECTIONS)


@unittest.skipUnless(ON_POSTGRES, f"{postgres_database.VARIABLE} is not set: PostgreSQL is not tested")
class Outage(unittest.TestCase):
    def serve(self, proxied=False, pooled=False, **settings):
        # Whom SIGQUIT ends writes nothing more: what was acknowledged must have been written before.
        self.cluster = start_cluster(
            self, settings=["synchronous_commit=on", "wal_level=replica", "max_wal_senders=2"])
        self.server = MusterServer(
            PostgresDatabase(BINARY, self.cluster.url), RATE_LIMITS="off", LOG_REQUESTS="off",
            **QUIET, **settings,
        )
        self.addCleanup(self.server.remove)
        self.addCleanup(self.bring_back, self.cluster)
        if proxied:
            self.proxy = start_proxy(self, self.cluster)
            self.server.settings["DATABASE"] = with_place(
                self.server.database.url, port=self.proxy.port)
        if pooled:
            pooler = Pooler(self.server.database.url, "transaction", server_connections=4)
            self.addCleanup(pooler.stop)
            self.server.settings["DATABASE"] = pooler.url
        self.server.init()
        self.server.start()

    def bring_back(self, cluster):
        """For who drops the database."""
        if cluster.process.poll() is not None:
            cluster.resume()

    def names(self):
        """How many devices of each name are in the database."""
        rows = psql(
            with_place(self.cluster.url.replace("/postgres?", f"/{self.server.database.name}?")),
            "SELECT name, count(*) FROM public.devices GROUP BY name;",
        )
        pairs = (line.rsplit("|", 1) for line in rows.splitlines())
        return {name: int(count) for name, count in pairs}

    def check_outcomes(self, outcomes):
        statuses = collections.Counter((status, code) for _, status, code in outcomes)
        self.assertLessEqual(set(statuses), {(200, None), (503, "database_unavailable")}, statuses)
        names = self.names()
        self.assertEqual({name: count for name, count in names.items() if count != 1}, {})
        lost = [name for name, status, _ in outcomes if status == 200 and name not in names]
        self.assertEqual(lost, [])

    def test_a_server_that_stops_and_starts_under_load(self):
        for how in (signal.SIGINT, signal.SIGQUIT):
            with self.subTest(how.name):
                self.serve(STORE_OUTAGE_PATIENCE="500ms")
                load = Load(self.server)
                try:
                    load.wait_for_more(200)
                    self.cluster.pause(how)
                    load.wait_for_more(503)
                    client = self.server.admin_of(load.token)
                    for path in ("/roster/v1/devices", "/auth/v1/user"):
                        refused = client.get(path)
                        self.assertEqual(refused.status, 503, refused.body)
                        self.assertEqual(refused.headers["Retry-After"], "1")
                    self.cluster.resume()
                    load.wait_for_more(200)
                finally:
                    load.stop()
                self.check_outcomes(load.outcomes)
                self.assertEqual(self.server.stop(), 0)

    def test_a_short_outage_is_waited_for(self):
        for pooled in (False, True):
            with self.subTest(pooled=pooled):
                self.check_patience(pooled)

    def check_patience(self, pooled):
        self.serve(pooled=pooled, STORE_OUTAGE_PATIENCE="60s", HTTP_HANDLER_TIMEOUT="60s")
        client = self.server.admin()
        self.cluster.pause()
        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(client.enrollment("generate_token", device_name="patient")))
        asking.start()
        asking.join(1.5)
        self.assertEqual(answers, [])
        self.cluster.resume()
        asking.join()
        self.assertEqual(answers[0].status, 200, answers[0].body)
        self.assertEqual(self.names(), {"patient": 1})

    def test_patience_is_for_each_request_not_for_each_turn(self):
        """One connection and a queue before it: all are refused after one patience, not one each."""
        self.serve(STORE_OUTAGE_PATIENCE="3s", STORE_WRITE_CONNECTIONS="1")
        token = self.server.sign_in()
        self.cluster.pause()
        answers = []

        def ask(number):
            answers.append(self.server.admin_of(token).enrollment(
                "generate_token", device_name=f"device-{number}"))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Whoever waited longer than http.handler_timeout would have another code.
        self.assertEqual([(answer.status, answer.json["code"]) for answer in answers],
                         [(503, "database_unavailable")] * len(threads))

    def test_stopping_while_the_database_is_away(self):
        """What waits is answered first: store.outage_patience is less than shutdown_timeout."""
        self.serve(STORE_OUTAGE_PATIENCE="3s")
        client = self.server.admin()
        self.cluster.pause()
        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(client.enrollment("generate_token", device_name="late")))
        asking.start()
        asking.join(0.5)
        self.assertEqual(self.server.stop(), 0)
        asking.join()
        self.assertEqual(answers[0].status, 503, answers[0].body)
        self.cluster.resume()
        self.assertEqual(self.names(), {})

    def test_a_database_that_stopped_answering_does_not_keep_a_stopping_server(self):
        self.serve(STORE_WRITE_TIMEOUT="600s", SHUTDOWN_TIMEOUT="1s")
        client = self.server.admin()
        url = self.cluster.url.replace("/postgres?", f"/{self.server.database.name}?")
        holder = TableHolder(self, url, "public.devices")
        asking = threading.Thread(target=self.ask_in_vain, args=(client,))
        asking.start()
        asking.join(0.5)
        self.assertEqual(self.server.stop(), 0)
        self.assertIsNone(holder.process.poll(), "it still holds the table")
        asking.join()

    @staticmethod
    def ask_in_vain(client):
        try:
            client.enrollment("generate_token", device_name="late")
        except (OSError, http.client.HTTPException):
            pass  # cut off

    def test_connections_that_are_ended_under_load(self):
        self.serve()
        load = Load(self.server)
        try:
            load.wait_for_more(200)
            for _ in range(20):
                psql(self.cluster.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                                       "WHERE application_name = 'muster';")
                load.wait_for_more(200)
        finally:
            load.stop()
        self.check_outcomes(load.outcomes)

    def cut_at_commit(self, name, answer_is_lost):
        """Cuts the link on which the device of that name is committed: before the COMMIT gets through, or
        after, when its answer comes back. Returns the links that were cut."""
        cut = []

        def on_request(link, data):
            if name.encode() in data:
                link.marks.add("made here")
            if "made here" in link.marks and b"COMMIT\0" in data:
                link.marks.add("committing")
                if not answer_is_lost:
                    cut.append(link)
                    return None
            return data

        def on_answer(link, data):
            if "committing" in link.marks and b"COMMIT\0" in data:
                cut.append(link)
                return None
            return data

        self.proxy.on_request, self.proxy.on_answer = on_request, on_answer
        return cut

    def test_a_connection_that_is_lost_while_it_commits(self):
        self.serve(proxied=True)
        client = self.server.admin()
        for name, answer_is_lost, expected in (
            ("the question is lost", False, {}),
            ("the answer is lost", True, {"the answer is lost": 1}),
        ):
            with self.subTest(name):
                cut = self.cut_at_commit(name, answer_is_lost)
                refused = client.enrollment("generate_token", device_name=name)
                self.assertEqual(refused.status, 503, refused.body)
                self.assertEqual(refused.json["code"], "database_unavailable")
                self.assertEqual(refused.headers["Retry-After"], "1")
                # Nobody knows what became of it, so nobody tries again: neither now nor later.
                self.assertEqual(len(cut), 1)
                again = client.enrollment("generate_token", device_name="next")
                self.assertEqual(again.status, 200, again.body)
                found = self.names()
                del found["next"]
                self.assertEqual(found, expected)
                self.server.database.as_owner("DELETE FROM public.devices;")

    def await_standby(self, name):
        psql(self.cluster.url, f"ALTER SYSTEM SET synchronous_standby_names = {name};")
        psql(self.cluster.url, "SELECT pg_reload_conf();")

    def test_a_commit_that_its_synchronous_standby_missed(self):
        """It may be lost with the primary, so it is not acknowledged. What an operator's own trigger warns of
        is nothing of the kind."""
        self.serve()
        client = self.server.admin()
        in_database = self.cluster.url.replace("/postgres?", f"/{self.server.database.name}?")
        psql(in_database, """
            CREATE FUNCTION public.warn() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE WARNING 'a device'; RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER warns AFTER INSERT ON public.devices
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.warn();""")
        warned = client.enrollment("generate_token", device_name="warned")
        self.assertEqual(warned.status, 200, warned.body)
        self.await_standby("'nobody'")
        self.addCleanup(self.await_standby, "''")
        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(client.enrollment("generate_token", device_name="alone")))
        asking.start()
        # Somebody's own patience, or an operator's, ends what nothing else would.
        wait_for("a commit that waits", lambda: "t" in psql(
            self.cluster.url, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
                              "WHERE wait_event = 'SyncRep' AND application_name = 'muster';"))
        asking.join()
        self.assertEqual(answers[0].status, 503, answers[0].body)


if __name__ == "__main__":
    unittest.main()
