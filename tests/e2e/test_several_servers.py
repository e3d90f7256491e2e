# Three servers on one PostgreSQL behave as one: tokens are spent once, guessing is limited, sessions
# and keys end everywhere, what must be done once is done by one of them, and by another when that one
# is killed.
# SPDX-License-Identifier: Apache-2.0
import collections
import json
import os
import secrets
import signal
import threading
import unittest

from muster_server import EMAIL, ON_POSTGRES, PATIENCE_S, MusterServer, wait_for

SERVERS = 3
CALLS = 1000
CONNECTIONS = 63
# Of each server, so that other suites find room in the same PostgreSQL.
POOLS = {"STORE_WRITE_CONNECTIONS": "8", "STORE_READ_CONNECTIONS": "4"}
# What a server that hears no news may still believe in (src/api/authenticator.hpp).
KEY_CACHE_S = 30


def at_once(jobs):
    """Runs each of `jobs` on a thread of its own, all from the same moment; returns their answers."""
    start = threading.Barrier(len(jobs))
    answers = [None] * len(jobs)

    def run(number, job):
        start.wait()
        answers[number] = job()

    threads = [threading.Thread(target=run, args=numbered) for numbered in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    return answers


@unittest.skipUnless(ON_POSTGRES, "several servers share a PostgreSQL; MUSTER_TEST_POSTGRES names none")
class SeveralServersTestCase(unittest.TestCase):
    settings = {}

    def setUp(self):
        first = MusterServer(**POOLS, LOG_REQUESTS="off", **self.settings)
        self.addCleanup(first.remove)
        self.servers = [first]
        self.database = first.database
        self.begin(first)
        for _ in range(1, SERVERS):
            self.servers.append(MusterServer(beside=first))
            self.addCleanup(self.servers[-1].remove)
        self.addCleanup(self.show_logs)
        # At the same moment, on the same folder and database.
        for server in self.servers:
            server.process = server.launch()
        for server in self.servers:
            server.await_start()

    def begin(self, first):
        first.init()

    def show_logs(self):
        outcome = self._outcome.result
        if any(test is self for test, _ in outcome.failures + outcome.errors):
            for server in self.servers:
                print("the end of a server's log:\n" + server.log_text()[-2000:])

    def check(self, answer, status, code=None):
        self.assertEqual(answer.status, status, answer.body)
        if code is not None:
            self.assertIn(code, (answer.json.get("code"), answer.json.get("error_code")), answer.body)
        return answer.json

    def rows(self, query):
        return self.database.as_superuser(query).splitlines()

    def admins(self):
        """One session, a connection to each server."""
        token = self.servers[0].sign_in()
        return [server.client(token=token, apikey=server.keys["anon_key"]) for server in self.servers]

    def anon(self, server):
        return server.client(apikey=server.keys["anon_key"])

    def token_call(self, server, grant, body):
        return self.anon(server).request("POST", f"/auth/v1/token?grant_type={grant}", body)

    def connected_device(self, admin, name):
        """Enrolled, and seen on the network; asked of one server. Returns its id."""
        made = self.check(admin.enrollment("generate_token", device_name=name), 200)
        self.check(
            admin.enrollment("verify", enrollment_token=made["enrollment_token"], fingerprint=name), 200
        )
        device_id = made["device_id"]
        wait_for(
            "the device is on the network",
            lambda: admin.enrollment("check_tailscale_status", device_id=device_id).json[
                "tailscale_connected"
            ],
        )
        return device_id


class FirstStart(SeveralServersTestCase):
    settings = {"RATE_LIMITS": "off"}

    def begin(self, first):
        """Nothing is there when the servers start."""

    def test_servers_that_start_together_make_one_set_of_keys(self):
        self.assertEqual(self.rows("SELECT count(*) FROM muster.signing_keys"), ["1"])
        self.assertEqual(self.rows("SELECT count(*) FROM muster.api_keys"), ["4"])
        keys = self.servers[0].init()
        for server in self.servers:
            server.keys = keys
        for admin in self.admins():
            self.check(admin.get("/roster/v1/devices"), 200)


class OneUse(SeveralServersTestCase):
    settings = {"RATE_LIMITS": "off", "LOG_LEVEL": "warning"}

    def verify_from(self, start, number, token, answers):
        client = self.servers[number % SERVERS].client()
        self.assertEqual(client.get("/healthz").status, 200)
        start.wait()
        for call in range(number, CALLS, CONNECTIONS):
            answer = client.enrollment("verify", enrollment_token=token, fingerprint=f"print-{call}")
            answers.append((f"print-{call}", answer))

    def test_one_of_a_thousand_wins(self):
        admin = self.admins()[1]
        made = self.check(admin.enrollment("generate_token", device_name="contested"), 200)
        token = made["enrollment_token"]
        start = threading.Barrier(CONNECTIONS)
        answers = collections.deque()
        threads = [
            threading.Thread(target=self.verify_from, args=(start, number, token, answers))
            for number in range(CONNECTIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        self.assertEqual(len(answers), CALLS)
        winners = [(name, answer) for name, answer in answers if answer.status == 200]
        refusals = collections.Counter(
            (answer.status, answer.json["code"]) for _, answer in answers if answer.status != 200
        )
        self.assertEqual(refusals, {(409, "token_bound"): CALLS - 1})
        self.assertEqual(len(winners), 1)
        name, won = winners[0]
        device = f"'{made['device_id']}'"
        kept = self.rows(f"SELECT fingerprint, trust_level FROM public.devices WHERE id = {device}")
        self.assertEqual(kept, [f"{name}|medium"])
        events = self.rows(
            "SELECT count(*) FROM public.device_events "
            f"WHERE device_id = {device} AND event_type = 'token_validated'"
        )
        self.assertEqual(events, ["1"])
        for server in self.servers:
            again = server.client().enrollment("verify", enrollment_token=token, fingerprint=name)
            self.assertEqual(self.check(again, 200), won.json, "the winner's answer changed")


class Refreshing(SeveralServersTestCase):
    settings = {"RATE_LIMITS": "off", "AUTH_REFRESH_GRACE": "0s"}

    def refresh(self, server, token):
        return self.token_call(server, "refresh_token", {"refresh_token": token})

    def opened(self):
        body = {"email": EMAIL, "password": self.servers[0].password}
        return self.check(self.token_call(self.servers[0], "password", body), 200)["refresh_token"]

    def storm(self, token):
        clients = [self.anon(self.servers[number % SERVERS]) for number in range(CONNECTIONS)]
        path, body = "/auth/v1/token?grant_type=refresh_token", {"refresh_token": token}
        return at_once([lambda c=client: c.request("POST", path, body) for client in clients])

    def test_one_token_through_all_servers_gets_one_successor(self):
        token = self.opened()
        for _ in range(3):
            answers = self.storm(token)
            self.assertEqual({answer.status for answer in answers}, {200})
            successors = {answer.json["refresh_token"] for answer in answers}
            self.assertEqual(len(successors), 1)
            token = successors.pop()
        self.assertEqual(self.rows("SELECT refresh_counter FROM muster.sessions"), ["3"])

    def test_reuse_ends_the_session_everywhere(self):
        first = self.opened()
        second = self.check(self.refresh(self.servers[1], first), 200)["refresh_token"]
        third = self.check(self.refresh(self.servers[2], second), 200)["refresh_token"]
        codes = collections.Counter(answer.json["error_code"] for answer in self.storm(first))
        self.assertEqual(
            set(codes) - {"refresh_token_already_used", "refresh_token_not_found"}, set(), codes
        )
        self.assertGreaterEqual(codes["refresh_token_already_used"], 1)
        for server in self.servers:
            self.check(self.refresh(server, third), 400, "refresh_token_not_found")
        self.assertEqual(self.rows("SELECT count(*) FROM muster.sessions"), ["0"])


class Guessing(SeveralServersTestCase):
    def guess(self, calls):
        """`calls`: one function a guess, given the server. All at the same moment."""
        return at_once([lambda n=n, c=c: c(self.servers[n % SERVERS]) for n, c in enumerate(calls)])

    def check_limited(self, answers, burst, told):
        """No more than the burst learnt whether they were right; the rest was told to wait."""
        learnt = sum(told(answer) for answer in answers)
        limited = [answer for answer in answers if answer.status == 429]
        self.assertEqual(learnt + len(limited), len(answers), [a.body for a in answers][:3])
        for answer in limited:
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        # What refills meanwhile is at most one attempt for each guess of a very slow machine.
        self.assertGreaterEqual(learnt, burst)
        self.assertLess(learnt, 2 * burst)

    def test_enrollment_tokens(self):
        def guess(server):
            client = server.client()
            return client.enrollment(
                "verify", enrollment_token=secrets.token_urlsafe(32), fingerprint="print-1"
            )

        answers = self.guess([guess] * (6 * 20))
        self.check_limited(answers, 20, lambda answer: answer.status == 400)

    def test_passwords(self):
        def guess(server):
            body = {"email": EMAIL, "password": secrets.token_urlsafe(12)}
            return self.token_call(server, "password", body)

        answers = self.guess([guess] * (6 * 10))
        self.check_limited(answers, 10, lambda answer: answer.status == 400)
        body = {"email": EMAIL, "password": self.servers[0].password}
        for server in self.servers:
            self.check(self.token_call(server, "password", body), 429)

    def test_the_honest_are_let_in(self):
        body = {"email": EMAIL, "password": self.servers[0].password}
        for number in range(3 * 10):
            self.check(self.token_call(self.servers[number % SERVERS], "password", body), 200)


class Once(SeveralServersTestCase):
    settings = {
        "RATE_LIMITS": "off",
        "SIMULATED_JOIN_DELAY": "10ms",
        "SWEEPER_INTERVAL": "100ms",
        "RECONCILER_INTERVAL": "100ms",
        "OUTBOX_INTERVAL": "50ms",
    }

    def test_a_revocation_is_delivered_once(self):
        admins = self.admins()
        devices = [self.connected_device(admins[n % SERVERS], f"print-{n}") for n in range(12)]
        self.assertEqual(len(self.nodes(admins[2])), len(devices))
        for number, device in enumerate(devices):
            self.check(admins[number % SERVERS].enrollment("revoke", device_id=device), 200)
        wait_for("the nodes are gone", lambda: not any(self.nodes(admin) for admin in admins))
        done = "SELECT count(*) FROM muster.network_jobs WHERE state = 'done'"
        wait_for("the jobs are done", lambda: self.rows(done) == [str(len(devices))])
        self.assertEqual(self.rows("SELECT DISTINCT attempts FROM muster.network_jobs"), ["1"])
        events = self.rows(
            "SELECT count(*), count(DISTINCT device_id) FROM public.device_events "
            "WHERE event_type = 'network_removed'"
        )
        self.assertEqual(events, [f"{len(devices)}|{len(devices)}"])

    def nodes(self, client):
        return self.check(client.get("/roster/v1/network/nodes"), 200)["nodes"]

    def leaders(self):
        """Of the servers that run, those whose log says so; the newest line counts."""
        found = []
        for server in self.servers:
            lines = [json.loads(line) for line in server.log_text().splitlines() if "leading" in line]
            if server.process and lines and lines[-1]["event"] == "leading":
                found.append(server)
        return found

    def test_another_takes_over_from_a_killed_leader(self):
        leader = wait_for("one leads", self.leaders)
        self.assertEqual(len(leader), 1)
        leader[0].kill()
        alive = [server for server in self.servers if server.process]
        successor = wait_for("another one leads", self.leaders)
        self.assertEqual(len(successor), 1)
        self.assertIn(successor[0], alive)

        admin = alive[0].admin()
        made = self.check(admin.enrollment("generate_token", device_name="late"), 200)
        device = f"'{made['device_id']}'"
        self.database.as_superuser(
            f"UPDATE public.devices SET enrollment_expires_at = now() - interval '1 s' WHERE id = {device}"
        )
        expired = (
            "SELECT count(*) FROM public.device_events "
            f"WHERE device_id = {device} AND event_type = 'token_expired'"
        )
        wait_for("the token's end is written down", lambda: self.rows(expired) != ["0"])
        self.assertEqual(self.rows(expired), ["1"])

    def test_another_takes_over_from_a_leader_that_says_nothing(self):
        """Its connection stands, and so would its lock: the database ends both."""
        frozen = wait_for("one leads", self.leaders)[0]
        os.kill(frozen.process.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, frozen.process.pid, signal.SIGCONT)

        def successors():
            return [server for server in self.leaders() if server is not frozen]
        successor = wait_for("another one leads", successors)
        os.kill(frozen.process.pid, signal.SIGCONT)
        wait_for("the first one knows", lambda: self.leaders() == successor)


class Endings(SeveralServersTestCase):
    settings = {"RATE_LIMITS": "off"}

    def test_a_session_that_was_signed_out(self):
        admins = self.admins()
        for admin in admins:
            self.check(admin.get("/auth/v1/user"), 200)
        self.assertEqual(admins[0].request("POST", "/auth/v1/logout").status, 204)
        for admin in admins:
            self.check(admin.get("/auth/v1/user"), 403, "session_not_found")

    def test_a_user_who_was_banned_and_an_admin_who_is_none_any_more(self):
        service = self.servers[0].client(token=self.servers[0].keys["service_role_key"])
        service.headers["apikey"] = self.servers[0].keys["anon_key"]
        admins = self.admins()
        user = self.check(admins[1].get("/auth/v1/user"), 200)["id"]
        for admin in admins:
            self.check(admin.get("/roster/v1/users"), 200)
        self.database.as_superuser(f"UPDATE public.profiles SET role = 'user' WHERE id = '{user}'")
        for admin in admins:
            self.check(admin.get("/roster/v1/users"), 403)
        banned = {"ban_duration": "24h"}
        self.check(service.request("PUT", f"/auth/v1/admin/users/{user}", banned), 200)
        for admin in admins:
            self.check(admin.get("/auth/v1/user"), 403, "user_banned")

    def test_an_api_key_that_was_revoked(self):
        keys = self.servers[0].keys
        clients = [server.client(token=keys["service_role_key"]) for server in self.servers]
        for client in clients:
            self.check(client.get("/roster/v1/users"), 200)
        self.database.as_superuser(
            "UPDATE muster.api_keys SET revoked_at = now() WHERE role = 'service_role'"
        )
        for client in clients:
            wait_for(
                "the key is refused, long before the caches' time",
                lambda c=client: c.get("/roster/v1/users").status == 401,
                patience_s=KEY_CACHE_S / 2,
            )
