# A table of the operator's own: the example of docs/how-to/add-a-table.md, taken from the page, and
# what a mistake in the policy file says.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import re
import sqlite3

from muster_server import ON_POSTGRES, ServerTestCase

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "how-to" / "add-a-table.md"
TABLE, POLICIES = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
PASSWORD = "correct horse"


class OwnTable(ServerTestCase):
    def setUp(self):
        super().setUp()
        self.server.stop()
        self.policies = self.server.folder / "policies.sql"
        self.make_table()
        self.apply(POLICIES)

    def make_table(self):
        if ON_POSTGRES:
            self.server.database.as_owner(
                TABLE.replace("auth_uid()", "auth.uid()")
                + "ALTER TABLE device_notes ENABLE ROW LEVEL SECURITY;\n"
            )
            return
        database = sqlite3.connect(self.server.data / "muster.db")
        database.executescript(TABLE)
        database.close()

    def apply(self, policies):
        """Puts them into the file, and onto a PostgreSQL, as the page says."""
        self.policies.write_text(policies)
        if ON_POSTGRES:
            self.server.database.as_owner(policies)

    def start(self):
        self.server.start(REST_POLICIES_FILE=self.policies)
        self.admin = self.server.admin()
        self.service = self.keyed(self.server.keys["service_role_key"])

    def keyed(self, token):
        return self.server.client(token=token, apikey=self.server.keys["anon_key"])

    def person(self, name):
        """Somebody of the admin's organisation, signed in."""
        login = {"email": f"{name}@example.org", "password": PASSWORD}
        self.check(self.admin.request("POST", "/roster/v1/users", {**login, "full_name": name}), 201)
        path = "/auth/v1/token?grant_type=password"
        session = self.check(self.keyed(None).request("POST", path, login), 200)
        return self.keyed(session["access_token"])

    def ask(self, client, method, target, body=None, status=200, **headers):
        headers.setdefault("Prefer", "return=representation")
        answer = client.request(method, "/rest/v1/" + target, body, headers)
        self.assertEqual(answer.status, status, answer.body)
        return answer.json

    def test_the_example(self):
        self.start()
        nora, ben = self.person("nora"), self.person("ben")
        device = self.check(nora.enrollment("generate_token", device_name="Laptop"), 200)["device_id"]
        text = "The left hinge is loose."
        facts = {"side": "left", "screws": 2}

        note, = self.ask(
            nora, "POST", "device_notes", {"device_id": device, "text": text, "facts": facts}, 201
        )
        self.assertEqual((note["text"], note["is_pinned"], note["facts"]), (text, False, facts))
        self.assertRegex(note["created_at"], r"^\d{4}-\d\d-\d\dT.*\+00:00$")

        with self.subTest("it is embedded, both ways"):
            query = "devices?select=name,device_notes(text,profiles(full_name))"
            notes = [{"text": text, "profiles": {"full_name": "nora"}}]
            self.assertEqual(self.ask(nora, "GET", query), [{"name": "Laptop", "device_notes": notes}])
        with self.subTest("types count"):
            for column, value in (("is_pinned", "maybe"), ("device_id", "x")):
                row = {"device_id": device, "text": "x", column: value}
                refused = self.ask(nora, "POST", "device_notes", row, 400)
                self.assertEqual(refused["code"], "22P02", column)
            row = {"device_id": device, "text": ""}
            self.assertEqual(self.ask(nora, "POST", "device_notes", row, 400)["code"], "23514")
            found = self.ask(nora, "GET", "device_notes?facts->screws=eq.2&is_pinned=is.false")
            self.assertEqual(len(found), 1)
        with self.subTest("who sees the device sees the note"):
            self.assertEqual(len(self.ask(self.admin, "GET", "device_notes")), 1)
            self.assertEqual(self.ask(ben, "GET", "device_notes"), [])
            self.ask(self.keyed(None), "GET", "device_notes", status=401)
            self.assertEqual(len(self.ask(self.service, "GET", "device_notes")), 1)
        with self.subTest("who sees the device writes on it, in the own name"):
            row = {"device_id": device, "text": "mine"}
            self.assertEqual(self.ask(ben, "POST", "device_notes", row, 403)["code"], "42501")
            self.ask(self.admin, "POST", "device_notes", row, 201)
            row["author"] = note["author"]
            self.assertEqual(self.ask(self.admin, "POST", "device_notes", row, 403)["code"], "42501")
        with self.subTest("authors change what they may change"):
            target = f"device_notes?id=eq.{note['id']}"
            pinned, = self.ask(nora, "PATCH", target, {"is_pinned": True})
            self.assertTrue(pinned["is_pinned"])
            self.assertEqual(self.ask(self.admin, "PATCH", target, {"is_pinned": False}), [])
            refused = self.ask(nora, "PATCH", target, {"created_at": "2020-01-01"}, 403)
            self.assertEqual(refused["message"], "permission denied for table device_notes")
            self.assertEqual(self.ask(self.admin, "DELETE", target), [])
        with self.subTest("a note goes with its device"):
            self.ask(nora, "DELETE", f"devices?id=eq.{device}")
            self.assertEqual(self.ask(self.service, "GET", "device_notes"), [])

    def test_a_table_that_no_file_names_is_not_there(self):
        self.server.start()
        for client in (self.server.admin(), self.keyed(self.server.keys["service_role_key"])):
            answer = client.get("/rest/v1/device_notes")
            self.check(answer, 404, "PGRST205")

    def test_mistakes_stop_the_start(self):
        lines = POLICIES.splitlines()
        using = 1 + next(i for i, line in enumerate(lines) if line.startswith("USING"))
        mistakes = {
            POLICIES.replace("(SELECT id FROM devices)", "(SELECT id FROM computers)", 1):
                f':{using}:37: relation "computers" does not exist',
            POLICIES.replace("USING (device_id", "USING (device", 1):
                f':{using}:8: column "device" does not exist',  # as the page shows it
            POLICIES.replace("auth.uid()", "auth.uid(", 1): ": syntax error at or near",
            POLICIES + "GRANT SELECT ON device_notes TO everybody;\n":
                f':{len(lines) + 1}:33: role "everybody" does not exist',
        }
        if not ON_POSTGRES:  # it runs policies itself, however deep
            deep = "CREATE POLICY p ON device_notes USING (" + "NOT " * 39 + "true);"
            mistakes[POLICIES + deep] = ": the policies of table device_notes do not work: "
        for text, message in mistakes.items():
            with self.subTest(message):
                self.policies.write_text(text)
                done = self.server.run(
                    "serve", "--data", self.server.data, "--listen", "127.0.0.1:0",
                    REST_POLICIES_FILE=self.policies,
                )
                self.assertEqual(done.returncode, 1, done.stderr)
                sentence = done.stderr.splitlines()[-1]
                self.assertTrue(sentence.startswith(f"error: {self.policies}:"), sentence)
                self.assertIn(message, sentence)
        self.policies.unlink()
        done = self.server.run(
            "serve", "--data", self.server.data, REST_POLICIES_FILE=self.policies
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("rest.policies_file: ", done.stderr.splitlines()[-1])

    def test_rules_for_muster_s_own_tables_may_be_tightened(self):
        rule = (
            'CREATE POLICY "Nothing by night" ON devices AS RESTRICTIVE'
            " TO anon, authenticated USING (false);\n"
        )
        if ON_POSTGRES:
            self.server.database.as_owner(rule)
        self.policies.write_text(POLICIES + rule)
        self.start()
        device = self.check(self.admin.enrollment("generate_token"), 200)["device_id"]
        self.assertEqual(self.ask(self.admin, "GET", f"devices?id=eq.{device}"), [])
        self.assertEqual(len(self.ask(self.service, "GET", f"devices?id=eq.{device}")), 1)
        self.assertEqual(self.admin.get(f"/roster/v1/devices/{device}").status, 200)
