# An installation moves from SQLite to PostgreSQL: every kind of row arrives as it was, and what people
# and programs had begun goes on.
# SPDX-License-Identifier: Apache-2.0
import base64
import hashlib
import hmac
import json
import struct
import time

from muster_server import EMAIL
from transfer_case import TransferTestCase

PASSWORD = "correct horse battery"
HARD_NAME = "Nora \\N O'Neil"
# Values that a careless copy would change. Times have microseconds, texts what COPY escapes, JSON
# what jsonb writes in its own way, arrays what their literals quote.
HARD_TEXT = "a\tb\nc\\d\r\\N \\. \"'{}, é 漢 🦊 \x7f"
HARD_JSON = (
    '{"zz":1.50, "a":{"n":[1e3,-0,0.1e-2,12345678901234567890,true,null]},"é":"\\u00e9\\u0009",'
    '"dup":1,"dup":2,"e":{},"l":[], "q":"\\"\\\\\\/"}'
)
HARD_TAGS = [[], ["tag:prod"], ["a,b", "{x}", 'q"q', "b\\s", "", "NULL", " s ", "é"]]


def totp(secret, step):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    number = struct.unpack(">I", digest[at:at + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class EveryKindOfRow(TransferTestCase):
    def sign_in(self, email, password):
        answer = self.server.client().request(
            "POST", "/auth/v1/token?grant_type=password", {"email": email, "password": password},
            {"apikey": self.server.keys["anon_key"]},
        )
        return self.check(answer, 200)

    def keyed(self, token):
        return self.server.client(token=token, apikey=self.server.keys["anon_key"])

    def enroll(self, admin, name):
        made = self.check(admin.enrollment("generate_token", device_name=name), 200)
        agent = self.server.client()
        fields = {"enrollment_token": made["enrollment_token"]}
        self.check(agent.enrollment("verify", fingerprint=name, **fields), 200)
        self.check(
            agent.enrollment("check_tailscale_status", device_id=made["device_id"], **fields), 200)
        return made["device_id"]

    def fill(self):
        """By the doors that people use, and by SQL where that is far."""
        admin = self.server.admin()
        self.pending = self.check(admin.enrollment("generate_token", device_name="pending"), 200)
        self.active, revoked, deleted = (self.enroll(admin, n) for n in ("one", "two", "three"))
        self.check(admin.enrollment("revoke", device_id=revoked, reason="lost"), 200)
        self.check(admin.request("DELETE", f"/roster/v1/devices/{deleted}"), 200)
        self.check(admin.request("POST", "/roster/v1/users", {
            "email": "nora@example.org", "password": PASSWORD, "full_name": HARD_NAME}), 201)
        self.session = self.sign_in("nora@example.org", PASSWORD)
        nora = self.keyed(self.session["access_token"])
        factor = self.check(nora.request("POST", "/auth/v1/factors", {"factor_type": "totp"}), 200)
        self.factor, self.secret = factor["id"], factor["totp"]["secret"]
        self.show_code(nora, 0)
        self.check(nora.request("POST", f"/auth/v1/factors/{self.factor}/challenge", {}), 200)
        service = self.keyed(self.server.keys["service_role_key"])
        link = {"type": "recovery", "email": EMAIL}
        self.check(service.request("POST", "/auth/v1/admin/generate_link", link), 200)
        return admin

    def show_code(self, client, ahead):
        path = f"/auth/v1/factors/{self.factor}"
        challenge = self.check(client.request("POST", path + "/challenge", {}), 200)
        code = totp(self.secret, int(time.time()) // 30 + ahead)
        body = {"challenge_id": challenge["id"], "code": code}
        return self.check(client.request("POST", path + "/verify", body), 200)

    def fill_by_sql(self):
        database = self.sqlite()
        organization, = database.execute("SELECT id FROM organizations").fetchone()
        user, = database.execute("SELECT id FROM users").fetchone()
        for number, tags in enumerate(HARD_TAGS):
            database.execute(
                "INSERT INTO organization_tailscale_config (organization_id, tailscale_auth_key,"
                " tags, description, is_active, created_by) VALUES (?, ?, ?, ?, ?, ?)",
                (organization, f"sealed-{number}", json.dumps(tags), HARD_TEXT, number % 2, user))
        database.execute(
            "INSERT INTO devices (user_id, name, metadata, location) VALUES (?, ?, ?, '')",
            (user, HARD_TEXT, HARD_JSON))
        database.execute(
            "INSERT INTO devices (user_id, name, metadata, last_seen, created_at)"
            " VALUES (?, '', NULL, NULL, '0001-01-01T00:00:00.000001+00:00')", (user,))
        database.execute(
            "INSERT INTO network_connections (organization_id, name, network, settings,"
            " credential, created_by) VALUES (?, ?, 'netbird', ?, 'sealed', ?)",
            (organization, HARD_TEXT, json.dumps({"tags": [HARD_NAME]}), user))
        database.execute("INSERT INTO trust_policies VALUES (?, 86400)", (organization,))
        database.execute(
            "INSERT INTO trust_pins (device_id, level, pinned_by, reason) VALUES (?, 'high', ?, ?)",
            (self.active, user, HARD_TEXT))
        database.execute(
            "INSERT INTO flow_states (user_id, code_digest, authentication_method, code_challenge,"
            " code_challenge_method, expires_at) VALUES (?, 'x', 'magiclink', 'y', 's256',"
            " '9999-12-31T23:59:59.999999+00:00')", (user,))
        database.commit()

    def history(self):
        """Events of all devices and the audit log, as the API shows them."""
        admin = self.server.admin()
        events = self.check(admin.get("/roster/v1/events?limit=100"), 200)["events"]
        audit = self.check(admin.get("/roster/v1/audit?limit=100"), 200)["entries"]
        return events, [row for row in audit if row["event"] != "user_signed_in"]

    def test_all_of_it_arrives_and_works(self):
        self.server.start()
        self.fill()
        before = self.history()
        self.server.stop()
        self.fill_by_sql()
        counts = self.counts()
        self.assertEqual({name for name, count in counts.items() if not count}, set())

        report = self.moved()
        self.assertFalse(report["was_finished"])
        self.assertEqual(report["rows_copied"], sum(counts.values()))
        self.assertEqual({row["table"]: row["source"]["rows"] for row in report["tables"]}, counts)
        for row in report["tables"]:
            self.assertEqual(row["source"], row["target"], row["table"])
            self.assertEqual(self.rows_of_target(row["table"]), counts[row["table"]], row["table"])
        self.assertIn(str(self.server.data / "secret.key"), report["message"])
        self.check_values()

        with self.subTest("again: it says so, and verifies"):
            again = self.moved()
            self.assertTrue(again["was_finished"])
            self.assertEqual(again["rows_copied"], 0)
            self.assertEqual(again["tables"], report["tables"])
        self.start_on_postgres()
        self.check_life(before)

    def check_values(self):
        """Not by the tool's own eyes."""
        shown = json.loads(self.target.as_superuser(
            "SET TimeZone = 'UTC'; SELECT json_build_object("
            "'hard', (SELECT metadata FROM devices WHERE location = ''),"
            "'name', (SELECT name FROM devices WHERE location = ''),"
            "'first', (SELECT created_at FROM devices WHERE metadata IS NULL),"
            "'last', (SELECT expires_at FROM muster.flow_states),"
            "'tags', (SELECT json_agg(tags ORDER BY tailscale_auth_key)"
            "    FROM organization_tailscale_config),"
            "'active', (SELECT json_agg(is_active ORDER BY tailscale_auth_key)"
            "    FROM organization_tailscale_config));"))
        self.assertEqual(shown["hard"], json.loads(HARD_JSON))
        self.assertEqual(shown["name"], HARD_TEXT)
        self.assertEqual(shown["first"], "0001-01-01T00:00:00.000001+00:00")
        self.assertEqual(shown["last"], "9999-12-31T23:59:59.999999+00:00")
        self.assertEqual(shown["tags"], HARD_TAGS)
        self.assertEqual(shown["active"], [False, True, False])

    def check_life(self, before):
        """What was begun on SQLite goes on."""
        with self.subTest("history is the same"):
            now = self.history()
            self.assertEqual([row for row in now[0] if row in before[0]], before[0])
            self.assertEqual([row for row in now[1] if row in before[1]], before[1])
            news = [row["event_type"] for row in now[0] if row not in before[0]]
            self.assertEqual(news, [], "the copy wrote history")
        with self.subTest("a session"):
            nora = self.keyed(self.session["access_token"])
            self.assertEqual(
                self.check(nora.get("/auth/v1/user"), 200)["email"], "nora@example.org")
        with self.subTest("its refresh token"):
            fresh = self.server.client(apikey=self.server.keys["anon_key"]).request(
                "POST", "/auth/v1/token?grant_type=refresh_token",
                {"refresh_token": self.session["refresh_token"]})
            nora = self.keyed(self.check(fresh, 200)["access_token"])
        with self.subTest("a second factor, whose codes still count once"):
            raised = self.keyed(self.show_code(nora, 1)["access_token"])
            self.check(raised.get("/auth/v1/user"), 200)
        with self.subTest("a pending token"):
            verified = self.server.client().enrollment(
                "verify", enrollment_token=self.pending["enrollment_token"], fingerprint="late")
            self.check(verified, 200)
        with self.subTest("keys of programs"):
            service = self.keyed(self.server.keys["service_role_key"])
            self.assertEqual(service.get("/roster/v1/devices").status, 200)


class OwnTables(TransferTestCase):
    """An operator's tables move, too, once PostgreSQL has them."""

    SQLITE = """
        CREATE TABLE notes (
            id integer PRIMARY KEY,
            parent integer REFERENCES notes (id),
            device_id uuid REFERENCES devices (id),
            weight double precision, price numeric, day date, facts jsonb, is_done boolean,
            picture blob, text text
        );
        CREATE TABLE lines (text text);
    """
    POSTGRES = """
        CREATE TABLE public.notes (
            id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
            parent bigint REFERENCES public.notes (id),
            device_id uuid REFERENCES public.devices (id),
            weight double precision, price numeric, day date, facts jsonb, is_done boolean,
            picture bytea, text text, more text DEFAULT 'x'
        );
        CREATE FUNCTION public.shout() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN NEW.text := upper(NEW.text); RETURN NEW; END';
        CREATE TRIGGER shout BEFORE INSERT ON public.notes
            FOR EACH ROW EXECUTE FUNCTION public.shout();
        CREATE TABLE public.lines (text text);
    """

    def test_they_arrive(self):
        self.server.start()
        self.server.stop()
        database = self.sqlite()
        database.executescript(self.SQLITE)
        database.executemany(
            "INSERT INTO notes VALUES (?, ?, NULL, ?, ?, ?, ?, ?, ?, ?)",
            [
                (1, 3, 0.1, 12.5, "2026-02-28", '{"b":1,"a":2}', 1, b"\x00\xff\\", "low"),
                (2, None, 1e300, 7, None, None, 0, None, HARD_TEXT),
                (3, 2, 5.0, -0.001, "2026-01-01", "[]", None, b"", ""),
            ])
        database.executemany("INSERT INTO lines VALUES (?)", [("b",), ("a",), (None,), ("a",)])
        database.commit()
        self.refused("the target: it lacks the source's table lines: create it there first")
        self.target.as_owner(self.POSTGRES)
        report = {row["table"]: row for row in self.moved()["tables"]}
        self.assertEqual(report["notes"]["target"]["rows"], 3)
        self.assertEqual(report["lines"]["target"]["rows"], 4)
        self.assertEqual(
            self.target.as_owner("INSERT INTO notes (text) VALUES ('next') RETURNING id, text;"),
            "4|NEXT\n")

    def test_a_secret_does_not_lose_its_secrecy(self):
        self.server.start()
        self.server.stop()
        database = self.sqlite()
        database.execute("CREATE TABLE vault (id uuid PRIMARY KEY, word text)")
        database.execute("INSERT INTO column_types VALUES ('vault', 'word', 'text', 'sealed')")
        database.commit()
        self.target.as_owner("CREATE TABLE public.vault (id uuid PRIMARY KEY, word text);")
        self.refused("the target: it would show column vault.word, which is sealed in the source")
        self.target.as_owner("INSERT INTO muster.column_secrecy VALUES ('vault', 'word', 'sealed');")
        self.moved()
