# What goes wrong on the way to PostgreSQL is never taken for success: kills, strangers' databases,
# servers that run, values that changed.
# SPDX-License-Identifier: Apache-2.0
import json
import subprocess

from muster_server import BINARY, MusterServer, wait_for
from transfer_case import QUIET, TransferTestCase

EVENTS = 100_000  # several batches, so that a kill meets the middle


class Interrupted(TransferTestCase):
    def kill_in_the_middle(self):
        process = subprocess.Popen(
            [str(BINARY), "migrate", "--from", self.from_folder, "--json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.server.environment(DATABASE=self.target.owner_url), cwd=self.server.folder)
        try:
            wait_for("a part is there", lambda: "device_events" in self.target.as_superuser(
                "SELECT table_name FROM muster.transfer_tables;"))
        finally:
            process.kill()
            process.wait()
        done = int(self.target.as_superuser(
            "SELECT row_count FROM muster.transfer_tables WHERE table_name = 'device_events';"))
        self.assertLess(done, EVENTS, "it was killed too late to be a test")

    def test_it_goes_on_after_kill_9(self):
        self.add_events(EVENTS)
        self.kill_in_the_middle()
        self.check_guards()
        self.serve_refused("not all of it is here yet")
        done = self.move()
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn("going on where an earlier run ended", done.stderr)
        report = json.loads(done.stdout)
        self.assertTrue(report["equal"])
        self.assertLess(report["rows_copied"], EVENTS)
        self.assertGreater(report["rows_copied"], 0)
        self.check_guards()
        self.start_on_postgres()
        self.server.admin()

    def test_it_starts_over_where_the_source_was_changed(self):
        self.add_events(EVENTS)
        self.kill_in_the_middle()
        database = self.sqlite()
        database.execute("UPDATE organizations SET name = 'Renamed'")
        database.execute("INSERT INTO organizations (name) VALUES ('New')")
        database.commit()
        done = self.move()
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        self.assertIn("starting over", done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["rows_copied"], sum(self.counts().values()))
        self.check_guards()


class Refusals(TransferTestCase):
    def test_a_running_server_is_refused_and_may_be_rehearsed(self):
        self.server.start()
        self.refused("the source: a server runs on")
        done = self.move("--rehearse")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertTrue(report["equal"] and report["is_rehearsal"])
        for table in self.tables():
            self.assertEqual(self.rows_of_target(table), 0, table)
        self.check(self.server.admin().get("/roster/v1/devices"), 200)
        self.server.stop()
        self.moved()

    def test_a_target_with_other_data_is_refused(self):
        self.target.as_superuser("INSERT INTO organizations (name) VALUES ('Somebody else''s');")
        self.refused("the target: it has data of its own already, in public.organizations")
        self.assertEqual(self.rows_of_target("users"), 0)
        self.assertEqual(self.target.as_superuser("SELECT count(*) FROM muster.transfer;"), "0\n")

    def test_a_target_where_a_server_ran_is_refused(self):
        self.server.start(DATABASE=self.target.url)
        self.server.stop()
        self.refused("the target: it has data of its own already, in muster.api_keys")

    def test_another_installation_s_target_is_refused(self):
        self.moved()
        other = MusterServer(**QUIET)
        self.addCleanup(other.remove)
        other.settings.pop("DATABASE")
        other.init()
        done = other.run(
            "migrate", "--from", f"sqlite:{other.data}", "--to", self.target.owner_url)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("the target: it holds another installation", done.stderr)

    def test_a_flipped_value_is_found(self):
        self.moved()
        self.target.as_superuser(
            "SET session_replication_role = replica;"
            "UPDATE public.profiles SET full_name = full_name || ' ';")
        done = self.move()
        self.assertEqual(done.returncode, 1, done.stderr)
        report = json.loads(done.stdout)
        self.assertFalse(report["equal"])
        self.assertEqual(
            [row["table"] for row in report["tables"] if not row["equal"]], ["profiles"])
        self.assertIn("The move was complete before", report["message"])

    def test_a_row_too_many_before_the_end_keeps_servers_away(self):
        self.moved()
        self.target.as_superuser(
            "UPDATE muster.transfer SET finished_at = NULL;"
            "INSERT INTO public.organizations (name) VALUES ('Slipped in');")
        done = self.move()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("make it anew", json.loads(done.stdout)["message"])
        self.serve_refused("not all of it is here yet")

    def test_the_server_s_login_may_not_move(self):
        done = self.server.run(
            "migrate", "--from", self.from_folder, "--json", DATABASE=self.target.url)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr, "connect as the owner|permission denied")

    def test_command_lines_that_make_no_sense(self):
        folder = self.from_folder
        for arguments, code, sentence in (
            (["--to", "postgresql://h/d"], 2, "--from"),
            (["--rehearse"], 2, "--from"),
            (["--from", folder], 2, "--to postgresql://... is needed"),
            (["--from", str(self.server.data), "--to", "postgresql://h/d"], 2, "sqlite:FOLDER"),
            (["--from", "sqlite:", "--to", "postgresql://h/d"], 2, "sqlite:FOLDER"),
            (["--from", folder, "--to", "mysql://h/d"], 2, "postgresql://"),
            (["--from", folder, "--data", "x"], 2, "--data"),
            (["--from", folder + "/none", "--to", "postgresql://h/d"], 1, "the source: there is no Muster database"),
        ):
            with self.subTest(arguments):
                done = self.server.run("migrate", *arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(sentence, done.stderr)
